//! Other providers: sending people to them and finding out who comes back.
//!
//! One connector a provider, behind one small interface: [`Connector::begin`] gives the address to send the browser to,
//! [`Connector::finish`] turns what the browser brought back into an [`Identity`]. Everything the provider says is
//! verified here; what it means for accounts is decided by `identity::linking`, and kept by `store`.

mod connector;
mod failure;
mod provider;

pub use connector::{Arrival, Arrived, Connector, Connectors, Departure, Pending};
pub use failure::UpstreamFailure;
pub use provider::{ClaimsTaken, Kind, Provider, Restrictions};
