//! The rules of OAuth 2.0 and OpenID Connect as plain functions: what a request asks for, what follows from it, and
//! what is answered. One file per grant and per concern of a specification; [`reason`] is the one table of refusals.
//!
//! Nothing here does IO, reads a clock or draws randomness of its own; what is to be written is returned as data.
//! Signatures are checked and made elsewhere (`jose`), HTTP is spoken elsewhere (`endpoint`).

pub mod access_token;
pub mod acr;
pub mod approval;
pub mod authorization_details;
pub mod authorization_header;
pub mod authorization_request;
pub mod authorization_response;
pub mod backchannel;
pub mod bearer;
pub mod claims_parameter;
pub mod client_assertion;
pub mod client_authentication;
pub mod client_document;
mod client_keys;
pub mod client_metadata;
pub mod client_registration;
pub mod confirmation;
pub mod decided_members;
pub mod discovery;
pub mod dpop;
pub mod end_session;
pub mod features;
pub mod frontchannel_logout;
pub mod grant;
pub mod id_token;
pub mod id_token_hint;
pub mod introspection;
pub mod issue;
pub mod json_schema;
pub mod jwt_typ;
pub mod logout_token;
pub mod next_step;
pub mod numeric_date;
pub mod params;
pub mod pkce;
pub mod pushed_request;
pub mod reason;
pub mod redirect_mismatch;
pub mod request_object;
pub mod resource_metadata;
pub mod response_type;
pub mod revocation;
pub mod scope_policy;
pub mod session_state;
pub mod standard_claims;
pub mod subject;
pub mod third_party_login;
pub mod time_line;
pub mod token_policy;
pub mod token_response;
pub mod userinfo;

#[cfg(test)]
mod samples;

pub use params::Parameters;
pub use reason::{ErrorCode, Loudness, Reason};
