//! The program as an operator and a script meet it: run as a process, judged by what it writes and by its exit code.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod apply;
mod audit;
mod clients;
mod conformance;
mod grants;
mod health;
mod help;
mod https;
mod keys;
mod mcp;
mod migrations;
mod people;
mod program;
mod refusing;
mod serving;
mod sessions;
mod trace;
