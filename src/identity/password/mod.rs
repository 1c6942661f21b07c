//! Passwords: how they are read, which are refused, how they are hashed and checked.
//!
//! Whose password it is, how often it may be tried ([`crate::identity::throttle`]) and what follows from a right one is
//! decided elsewhere. NIST SP 800-63B-4 §3.1.1, OWASP ASVS 5.0 §6.2 and §11.4.

mod foreign;
mod hasher;
mod leaked;
mod policy;
mod predictable;
mod stored;
mod strength;
mod text;
mod threads;

pub use hasher::{HasherSettings, PasswordHasher, Verified};
pub use leaked::{LEAKED_DIGEST_BYTES, leaked_digest};
pub use policy::{PasswordContext, PasswordPolicy, PasswordRefused};
pub use stored::{HashParameters, ParametersRefused, StoredHash, StoredHashRefused};
pub use strength::{Advice, Strength};
pub use text::{Password, PasswordTooLong};
