//! The vocabulary everything else is written in: ids, secrets, digests, time, entropy, addresses, scopes, faults and
//! every bound of the program by name.
//!
//! Nothing here does IO except [`time::SystemClock`] and [`entropy::OsEntropy`], the two doors through which the
//! outside world's time and randomness come in; both are handed in from the composition root.

pub mod bounds;
pub mod email;
pub mod entropy;
pub mod fault;
pub mod id;
pub mod issuer;
pub mod local_host;
pub mod names;
pub mod peer_certificates;
pub mod redirect_uri;
pub mod scope;
pub mod secret;
pub mod time;

pub use email::EmailAddress;
pub use entropy::{Draw, Entropy};
pub use fault::Fault;
pub use id::{AccountId, CodeId, GrantId, Id, InteractionId, OutboxId, SessionId};
pub use issuer::Issuer;
pub use names::{Names, NotNames};
pub use peer_certificates::PeerCertificates;
pub use redirect_uri::RedirectUri;
pub use scope::Scope;
pub use secret::{Digest, OpaqueToken, Sensitive, TokenKind};
pub use time::{Clock, Timestamp};
