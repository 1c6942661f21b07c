//! Dev mode as a person and a program meet it: a server on a free port, a browser without scripts, the inbox, the demo
//! application, whose calls to the provider go over loopback, and the imitations of other providers.
#![expect(clippy::unwrap_used, reason = "a test that finds something else than it looks for ends there")]

mod everything;
mod github;
mod google;
mod imitation;
mod server;
mod switches;
