//! The program as a process: killed, stopped, starved, restarted, and set up wrongly. What was acknowledged before is
//! looked for afterwards.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod backup;
mod capacity;
mod disk;
mod flood;
mod keys;
mod kill;
mod log;
mod mail;
mod replicas;
mod server;
mod signals;
mod start;
mod telemetry;
mod visitor;
