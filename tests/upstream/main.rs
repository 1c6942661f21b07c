//! Connectors against providers that misbehave: real servers on loopback that really answer so.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod breaker;
mod departures;
mod github;
mod github_rest;
mod id_tokens;
mod idp;
mod keys;
mod mailboxes;
mod microsoft;
mod security_events;
mod server;
mod signer;
