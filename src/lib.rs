//! Doorward: a standalone OAuth 2.0 and OpenID Connect identity provider.
//!
//! `docs/ARCHITECTURE.md` tells which module owns what; an import may only point to the left of
//! base ← model ← { protocol, identity, jose } ← { store, upstream, pages } ← mail ← { endpoint, worker } ← app ← cli.

pub mod app;
pub mod base;
pub mod cli;
pub mod config;
pub mod dev;
pub mod endpoint;
pub mod identity;
pub mod jose;
pub mod listener;
pub mod mail;
pub mod model;
pub mod pages;
pub mod protocol;
pub mod store;
pub mod telemetry;
pub mod upstream;
pub mod worker;
