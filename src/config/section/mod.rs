//! The sections of the settings file, a struct each. The doc comment of a field is what people read about it in the
//! reference; its `Default` is what holds when nothing is set; its range comes from `base::bounds::settings`.

mod access;
mod network;
mod operation;
mod protocol;
mod provider;
mod storage;
mod telemetry;

pub use access::{Codes, Limits, Passwords, Sessions, SignatureAlgorithm, Signup, Tokens};
pub use network::{ForwardingHeader, Http, Proxies, Tls};
pub use operation::{Audit, Log, LogFormat, Mail, MailSecurity, MailTransport, Metrics, Pages};
pub use protocol::{OutboundCalls, ProfileOfRegistered, Protocol, RegistrationBy};
pub(super) use provider::by_name;
pub use provider::{ClaimsTaken, Provider, ProviderKind, canonical_domains};
pub use storage::{Database, Keys};
pub use telemetry::Telemetry;
