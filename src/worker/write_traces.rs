//! Writing down traces behind the requests: everything that gathered, in one unit, every second.

use std::sync::Arc;
use std::time::Duration;

use crate::base::bounds::{TRACE_FLUSH_ROWS, TRACE_FLUSH_SECONDS};
use crate::store::{Store, StoreFault, TraceQueue};

/// Who writes traces.
#[derive(Clone)]
pub struct TraceWriter {
    /// Where they go.
    pub store: Store,
    /// Where they gather.
    pub queue: Arc<TraceQueue>,
}

impl TraceWriter {
    /// Writes until it is dropped.
    pub async fn write_forever(self) {
        loop {
            tokio::time::sleep(Duration::from_secs(TRACE_FLUSH_SECONDS)).await;
            if let Err(fault) = self.write_once().await {
                tracing::warn!(%fault, "traces were lost");
            }
        }
    }

    /// Writes everything that is left, at an orderly end.
    pub async fn write_rest(&self) {
        while self.write_once().await.is_ok_and(|count| count > 0) {}
    }

    /// Writes what gathered; gives how many entries that were.
    pub async fn write_once(&self) -> Result<usize, StoreFault> {
        let (entries, lost) = self.queue.take(TRACE_FLUSH_ROWS);
        if lost > 0 {
            tracing::info!(lost, "there were more traces than are written");
        }
        let count = entries.len();
        if count > 0 {
            self.store.put_traces(entries).await?;
        }
        Ok(count)
    }
}
