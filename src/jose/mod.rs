//! Keys and what is signed with them: the master key that seals, the signing keys and their rotation, the published
//! key set, making JWTs and taking them back.
//!
//! Rotation goes `plan_rotation` → `make_keys` → the store writes the changes if the records are still the same →
//! `KeyRing::open`. A token goes `KeyRing::prepare` → `SigningThreads::sign`, and back through `KeyRing::verify`.
//!
//! A `KeyRing` is an immutable snapshot of the store's records; who holds it replaces it as a whole. Nothing here reads
//! the clock, and only the master key's file is read and written. What a token says is decided in `protocol`.
//!
//! RFC 7515, 7517, 7518, 7519, 7638, 8037, 8725.

pub mod certificate;
pub mod client_authorities;
pub mod client_keys;
pub mod compact;
pub mod distinguished_name;
pub mod encryption;
pub mod generate;
pub mod hash_claim;
pub mod key_pair;
pub mod key_ring;
pub mod known_signatures;
pub mod master_key;
pub mod master_key_file;
pub mod own_key;
pub mod parsed_sets;
pub mod public_key;
pub mod rotation;
pub mod sealed_secret;
pub mod signing;
pub mod verification;

#[cfg(test)]
mod attack_tests;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod rotation_tests;

pub use certificate::Certificate;
pub use client_authorities::{ClientAuthorities, NoAuthorities};
pub use client_keys::{ClientJwt, ClientKey, ClientKeys, NotAKey, verify_by_key, verify_by_secret};
pub use encryption::{NotEncrypted, encrypt};
pub use generate::{NewKey, generate_key, make_keys};
pub use hash_claim::hash_claim;
pub use key_ring::{KeyRing, KeyRingError, KeySet};
pub use master_key::{Label, MasterKey, NotSealed};
pub use master_key_file::{MasterKeyError, master_key_from_setting, read_master_key, read_or_create_master_key};
pub use own_key::{OwnKey, OwnKeys};
pub use parsed_sets::ParsedSets;
pub use rotation::{Addition, Rotation, RotationPolicy, plan_rotation};
pub use sealed_secret::{is_sealed, seal_secret, verify_by_sealed};
pub use signing::{SigningThreads, Typ, Unsigned};
pub use verification::{Audience, Expect, JwtRefusal, Lifetime};
