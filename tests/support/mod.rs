//! What the HTTP tests share.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod browser;
pub mod collector;
pub mod example;
pub mod fapi2;
pub mod gate;
pub mod json;
pub mod keys;
pub mod people;
pub mod postgres;
pub mod program;
pub mod registrar;
pub mod relying_party;
pub mod requests;
pub mod script;
pub mod smtp_sink;
pub mod time_taken;
pub mod upstream;
pub mod world;
