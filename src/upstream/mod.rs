//! Other providers: sending people to them and finding out who comes back.
//!
//! One connector a provider, behind one small interface: [`Connector::begin`] gives the address to send the browser to,
//! [`Connector::finish`] turns what the browser brought back into an [`Identity`]. Everything the provider says is
//! verified here; what it means for accounts is decided by `identity::linking`, and kept by `store`.
//!
//! Not here: accounts, sessions, what is kept (`identity`, `store`), and HTTP from browsers (`endpoint`).
//!
//! RFC 6749, RFC 7636, RFC 9207, RFC 9700, OpenID Connect Core 1.0 and Discovery 1.0, RFC 8417.

mod address;
mod breaker;
mod cache;
mod client_keys;
mod connector;
mod discovery;
mod exchange;
mod failure;
mod github;
mod google;
mod http;
mod id_token;
mod issuer;
mod keys;
mod line;
mod microsoft;
mod openid_connect;
mod outbound;
mod profile;
mod provider;
mod rest;
mod security_event;

pub use client_keys::PublishedKeys;
pub use connector::{Arrival, Arrived, Connector, Connectors, Departure, Pending};
pub use failure::UpstreamFailure;
pub use http::Limits;
pub use outbound::{Outbound, OutboundDocument, OutboundRules};
pub use provider::{ClaimsTaken, Kind, Provider, Restrictions, callback};
pub use security_event::{SecurityEvent, SecurityEventKind, SecurityEvents};
