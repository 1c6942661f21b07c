//! Doorward as its callers see it: HTTP and mail in, HTTP and mail out. One file a specification or concern.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails where it should")]
#[path = "../support/mod.rs"]
mod support;

mod accounts;
mod address_change;
mod administration;
mod api;
mod api_accounts;
mod api_bodies;
mod api_identities;
mod api_passwords;
mod api_person;
mod api_sign_in;
mod auth_backends;
mod authorization;
mod backchannel_logout;
mod ciba;
mod client_id_metadata;
mod clock;
mod deletion;
mod devices;
mod encryption;
mod fapi2_requests;
mod federation;
mod federation_again;
mod federation_browsers;
mod federation_down;
mod federation_points;
mod federation_reported;
mod first_party;
mod frontchannel_logout;
mod grants;
mod http_layer;
mod hybrid;
mod jarm;
mod journeys;
mod limits;
mod login_trace;
mod mails;
mod mcp;
mod one_time_codes;
mod opaque_tokens;
mod pages;
mod pairwise;
mod passwords;
mod recovery;
mod registration;
mod resources;
mod rfc7523_client_authentication;
mod rfc7523_grant;
mod rfc7591;
mod rfc7592;
#[allow(dead_code, reason = "the tests of other providers use more of it")]
mod rfc8414;
mod rfc8628;
mod rfc8693;
mod rfc8705;
mod rfc8707;
mod rfc9101;
mod rfc9126;
mod rfc9396;
mod rfc9449;
mod rfc9470;
mod rp_initiated_logout;
#[allow(dead_code, reason = "the tests of other providers use more of it")]
#[path = "../upstream/server.rs"]
mod server;
mod session_management;
mod sessions;
mod third_party_login;
mod tokens;
mod untrusted_text;
