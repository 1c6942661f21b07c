//! What goes on without anybody asking: mail is delivered, expired rows are swept, the audit log is sealed, signing keys
//! follow one another.
//!
//! Every replica runs these; the store's guards see to it that each thing happens once. Nothing here answers requests.

mod deliver;
mod follow_keys;
mod keep_audit;
mod sweep;

pub use deliver::Delivery;
pub use follow_keys::{KeyFollower, KeyTrouble};
pub use keep_audit::AuditKeeper;
pub use sweep::sweep_forever;

/// Told what the workers did. `app` connects it to the metrics.
pub trait Watcher: Send + Sync + 'static {
    /// A mail was delivered (`sent`), put off (`retried`) or given up (`failed`).
    fn mail(&self, outcome: &'static str);
    /// So many mails wait.
    fn mail_waiting(&self, count: i64);
}
