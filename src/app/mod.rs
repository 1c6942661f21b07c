//! The composition root: builds every part from the settings, starts what runs, and ends it in order.
//!
//! The only place that knows all modules. It decides nothing itself: what a setting means is said in `policy`, what is
//! answered in `endpoint`, what goes on in the background in `worker`.

mod compose;
mod counting;
mod fault;
pub mod federation;
#[cfg(test)]
mod federation_tests;
pub mod inspect;
mod keys;
mod metrics;
mod modes;
pub mod policy;
mod running;
mod secret_file;
mod tracing;
mod transport;
mod workers;

use std::sync::Arc;

use crate::base::entropy::OsEntropy;
use crate::base::time::SystemClock;
use crate::base::{Clock, Entropy};
use crate::config::{Mode, Settings};
use crate::mail::Transport;
use crate::telemetry::{Exports, Logging};

pub use compose::Prepared;
pub use fault::StartFault;
pub use keys::{follower, make_folder, master_key, open_store};
pub use running::App;

/// What comes from outside and is another thing in tests.
#[derive(Clone)]
pub struct Parts {
    /// Production, or development with its inbox and demo application.
    pub mode: Mode,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Where mail goes, if not where the settings say.
    pub transport: Option<Arc<Transport>>,
    /// The log, whose lost lines are counted.
    pub logging: Option<Arc<Logging>>,
    /// Where errors and spans are put for others to look at.
    pub exports: Option<Arc<Exports>>,
}

impl Parts {
    /// The machine's own clock and randomness.
    pub fn of_this_machine(mode: Mode) -> Self {
        Self {
            mode,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            transport: None,
            logging: None,
            exports: None,
        }
    }
}

impl App {
    /// Builds everything and begins to serve.
    pub async fn start(settings: Settings, parts: Parts) -> Result<Self, StartFault> {
        let mut prepared = Prepared::build(settings, parts).await?;
        prepared.enter_mode().await?;
        Ok(prepared.serve())
    }
}
