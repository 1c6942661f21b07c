//! The rules of OAuth 2.0 and OpenID Connect as plain functions: what a request asks for, what follows from it, and
//! what is answered. One file per grant and per concern of a specification; [`reason`] is the one table of refusals.
//!
//! Nothing here does IO, reads a clock or draws randomness of its own; what is to be written is returned as data.
//! Signatures are checked and made elsewhere (`jose`), HTTP is spoken elsewhere (`endpoint`).

pub mod acr;
pub mod claims_parameter;
pub mod id_token_hint;

pub mod access_token;
pub mod authorization_header;
pub mod bearer;
pub mod client_authentication;
pub mod grant;
pub mod id_token;
pub mod introspection;
pub mod params;
pub mod pkce;
pub mod reason;
pub mod scope_policy;

#[cfg(test)]
mod samples;

pub mod revocation;
pub mod standard_claims;
pub mod token_policy;
pub mod token_response;
pub mod userinfo;

pub use params::Parameters;
pub use reason::{ErrorCode, Loudness, Reason};
