//! A storm of logins, and somebody who only wants the key set meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::drive::{Watch, drive, percentile_ms};
use crate::http::{Connection, Request, Wrong};
use crate::server::Server;
use crate::visitors::Common;
use crate::work::newcomers;

/// Browsers that sign in at once.
const NEWCOMERS: usize = 64;

/// Those who fetch the key set, each on a connection of its own …
const READERS: usize = 4;

/// … and pause this long between two requests, as relying parties do; a closed loop would only measure itself.
const PAUSE: Duration = Duration::from_millis(5);

/// What was seen.
#[derive(Clone, Copy, Debug)]
pub struct Storm {
    /// Logins in a second.
    pub logins_per_second: f64,
    /// Half of the requests for the key set took no longer, in milliseconds.
    pub p50_ms: f64,
    /// Of a hundred requests for the key set, 99 took no longer, in milliseconds.
    pub p99_ms: f64,
    /// The server's resident memory during the storm, in MB.
    pub resident_mb: f64,
    /// Whether every answer was right.
    pub is_right: bool,
}

/// Raises the storm for as long as `watch` says.
pub async fn storm(server: &Server, common: &Arc<Common>, watch: Watch) -> Storm {
    let begin = Instant::now() + watch.warm_up;
    let end = begin + watch.counted;
    let address = server.address;
    let readers: Vec<_> = (0..READERS).map(|_| tokio::spawn(read(address, begin, end))).collect();
    let (figures, _) = drive(server, newcomers(common, NEWCOMERS), watch).await;
    let (mut latencies, mut is_right) = (Vec::new(), figures.wrong.is_empty());
    for reader in readers {
        match reader.await {
            Ok(Ok(seen)) => latencies.extend(seen),
            Ok(Err(_)) | Err(_) => is_right = false,
        }
    }
    latencies.sort_unstable();
    Storm {
        logins_per_second: figures.per_second,
        p50_ms: percentile_ms(&latencies, 50),
        p99_ms: percentile_ms(&latencies, 99),
        resident_mb: figures.resident_mb,
        is_right,
    }
}

async fn read(address: std::net::SocketAddr, begin: Instant, end: Instant) -> Result<Vec<Duration>, Wrong> {
    let request = Request::get("/.well-known/jwks.json").end();
    let mut connection = Connection::open(address).await?;
    let mut latencies = Vec::new();
    loop {
        let asked = Instant::now();
        if asked >= end {
            return Ok(latencies);
        }
        connection.ask(&request).await?.with_status(200, "the key set")?;
        if asked >= begin {
            latencies.push(asked.elapsed());
        }
        tokio::time::sleep(PAUSE).await;
    }
}
