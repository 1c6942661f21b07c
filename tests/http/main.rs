//! Doorward as its callers see it: HTTP and mail in, HTTP and mail out. One file a specification or concern.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails where it should")]

#[path = "../support/mod.rs"]
mod support;

mod authorization;
mod journeys;
mod resources;
mod tokens;
