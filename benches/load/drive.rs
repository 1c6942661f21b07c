//! Driving: a number of visitors, each on its own connection, repeat what they do for a while; counted are the visits,
//! their latency, and what they cost the server.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use crate::http::{Connection, Wrong};
use crate::server::{Process, Server};

/// Somebody who does the same again and again and looks at every answer.
pub trait Visitor: Send + 'static {
    /// Does it once.
    fn visit(&mut self, connection: &mut Connection) -> impl Future<Output = Result<(), Wrong>> + Send;
}

/// How long visitors are watched.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// Time before counting begins.
    pub warm_up: Duration,
    /// Time of counting.
    pub counted: Duration,
}

/// What was seen.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Connections at once.
    pub connections: usize,
    /// Visits in a second.
    pub per_second: f64,
    /// Half of the visits took no longer, in milliseconds.
    pub p50_ms: f64,
    /// Of a hundred visits, 99 took no longer, in milliseconds.
    pub p99_ms: f64,
    /// The server's processor time for each visit, in microseconds.
    pub server_us: f64,
    /// Processors that this driver kept busy.
    pub driver_cores: f64,
    /// The server's resident memory at the end, in MB.
    pub resident_mb: f64,
    /// What went wrong, if anything.
    pub wrong: Vec<String>,
}

struct Seen<V> {
    visitor: V,
    latencies: Vec<Duration>,
    wrong: Option<Wrong>,
}

/// Lets all `visitors` act at once on `server`, and gives them back with what was seen.
pub async fn drive<V: Visitor>(server: &Server, visitors: Vec<V>, watch: Watch) -> (Figures, Vec<V>) {
    let connections = visitors.len();
    let begin = Instant::now() + watch.warm_up;
    let end = begin + watch.counted;
    let address = server.address;
    let tasks: Vec<_> =
        visitors.into_iter().map(|visitor| tokio::spawn(repeat(visitor, address, begin, end))).collect();
    let (process, own) = (server.process(), Process::own());
    sleep_until(begin.into()).await;
    let (before, own_before, counted_from) = (process.processor_time(), own.processor_time(), Instant::now());
    sleep_until(end.into()).await;
    let (after, own_after, seconds) = (process.processor_time(), own.processor_time(), counted_from.elapsed());
    let resident_mb = process.resident_mb();
    let mut visitors = Vec::with_capacity(connections);
    let (mut latencies, mut wrong) = (Vec::new(), Vec::new());
    for task in tasks {
        let seen = task.await.expect("a visitor does not panic");
        latencies.extend(seen.latencies);
        wrong.extend(seen.wrong.map(|wrong| wrong.to_string()));
        visitors.push(seen.visitor);
    }
    latencies.sort_unstable();
    let visits = count(latencies.len());
    let figures = Figures {
        connections,
        per_second: visits / seconds.as_secs_f64(),
        p50_ms: percentile_ms(&latencies, 50),
        p99_ms: percentile_ms(&latencies, 99),
        server_us: after.saturating_sub(before).as_secs_f64() * 1e6 / visits,
        driver_cores: own_after.saturating_sub(own_before).as_secs_f64() / seconds.as_secs_f64(),
        resident_mb,
        wrong,
    };
    (figures, visitors)
}

/// One visitor until the end; counted are visits that end between `begin` and `end`.
async fn repeat<V: Visitor>(mut visitor: V, address: std::net::SocketAddr, begin: Instant, end: Instant) -> Seen<V> {
    let mut latencies = Vec::new();
    let outcome = async {
        let mut connection = Connection::open(address).await?;
        loop {
            let asked = Instant::now();
            if asked >= end {
                return Ok(());
            }
            visitor.visit(&mut connection).await?;
            let answered = Instant::now();
            if answered >= begin && answered < end {
                latencies.push(answered - asked);
            }
        }
    };
    let outcome: Result<(), Wrong> = outcome.await;
    Seen { visitor, latencies, wrong: outcome.err() }
}

/// The latency that `percent` of a hundred sorted ones do not exceed, in milliseconds.
pub fn percentile_ms(sorted: &[Duration], percent: usize) -> f64 {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
}

/// A count as a number to divide by.
#[expect(clippy::cast_precision_loss, reason = "nothing is counted to 2^52")]
pub fn count(number: usize) -> f64 {
    number as f64
}
