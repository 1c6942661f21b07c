//! What goes on without anybody asking: mail is delivered, clients are told of logouts, expired rows are swept, the audit log is sealed, signing keys
//! follow one another.
//!
//! Every replica runs these; the store's guards see to it that each thing happens once. Nothing here answers requests.

mod deliver;
mod follow_keys;
mod keep_audit;
mod sweep;
mod tell_logouts;
mod write_traces;

pub use deliver::Delivery;
pub use follow_keys::{KeyFollower, KeyTrouble};
pub use keep_audit::AuditKeeper;
pub use sweep::sweep_forever;
pub use tell_logouts::LogoutTeller;
pub use write_traces::TraceWriter;

/// Told what the workers did. `app` connects it to the metrics.
pub trait Watcher: Send + Sync + 'static {
    /// A mail was delivered (`sent`), put off (`retried`) or given up (`failed`).
    fn mail(&self, outcome: &'static str);
    /// So many mails wait.
    fn mail_waiting(&self, count: i64);
    /// A client was told of a logout (`delivered`), will be tried again (`retried`) or was given up (`failed`).
    fn logout(&self, outcome: &'static str);
    /// So many clients wait to be told.
    fn logouts_waiting(&self, count: i64);
}
