//! The rules of OAuth 2.0 and OpenID Connect as plain functions: what a request asks for, what follows from it, and
//! what is answered. One file per grant and per concern of a specification; [`reason`] is the one table of refusals.
//!
//! Nothing here does IO, reads a clock or draws randomness of its own; what is to be written is returned as data.
//! Signatures are checked and made elsewhere (`jose`), HTTP is spoken elsewhere (`endpoint`).

pub mod params;
pub mod reason;

pub use params::Parameters;
pub use reason::{ErrorCode, Loudness, Reason};
