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
mod ciba;
mod clock;
mod deletion;
mod devices;
mod federation;
mod federation_points;
mod first_party;
mod grants;
mod http_layer;
mod journeys;
mod limits;
mod mails;
mod one_time_codes;
mod opaque_tokens;
mod pages;
mod passwords;
mod recovery;
mod registration;
mod resources;
mod rfc7523_grant;
mod rfc8628;
mod rfc8693;
mod rfc8707;
mod sessions;
mod tokens;
mod untrusted_text;
