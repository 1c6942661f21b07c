//! Doorward as its callers see it: HTTP and mail in, HTTP and mail out. One file a specification or concern.

#[path = "../support/mod.rs"]
mod support;

mod authorization;
mod journeys;
mod resources;
mod tokens;
