//! Doorward: a standalone OAuth 2.0 and OpenID Connect identity provider.
pub mod pages;
