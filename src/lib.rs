//! Doorward, a standalone OAuth 2.0 and OpenID Connect provider.

pub mod base;
pub mod config;
pub mod listener;
