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
mod clock;
mod deletion;
mod devices;
mod federation;
mod federation_again;
mod federation_browsers;
mod federation_down;
mod federation_points;
mod federation_reported;
mod first_party;
mod http_layer;
mod journeys;
mod limits;
mod mails;
mod one_time_codes;
mod pages;
mod passwords;
mod recovery;
mod registration;
mod resources;
mod sessions;
mod tokens;
mod untrusted_text;
