//! The expiry sweep: small batches, a pause between them, for ever.

use std::sync::Arc;
use std::time::Duration;

use crate::base::Clock;
use crate::base::bounds::{SWEEP_BATCH_ROWS, SWEEP_EVERY_SECONDS, SWEEP_PAUSE_MILLISECONDS};
use crate::store::Store;

/// Removes expired rows until it is dropped.
pub async fn sweep_forever(store: Store, clock: Arc<dyn Clock>) {
    loop {
        let pause = match store.sweep(clock.now()).await {
            Ok(removed) if removed.iter().any(|(_, count)| *count >= SWEEP_BATCH_ROWS.unsigned_abs()) => {
                Duration::from_millis(SWEEP_PAUSE_MILLISECONDS)
            }
            Ok(removed) => {
                let total: u64 = removed.iter().map(|(_, count)| count).sum();
                tracing::debug!(total, "swept");
                Duration::from_secs(SWEEP_EVERY_SECONDS)
            }
            Err(fault) => {
                tracing::warn!(%fault, "the sweep is put off");
                Duration::from_secs(SWEEP_EVERY_SECONDS)
            }
        };
        tokio::time::sleep(pause).await;
    }
}
