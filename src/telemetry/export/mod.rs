//! Errors for Sentry and spans for an OpenTelemetry collector, over HTTP.
//!
//! Whoever reports puts a record into a bounded queue and goes on; a full queue costs the record, never a request. The
//! records have fields for what may leave and for nothing else: no header, body, query, address or text of a fault can
//! get into one. What they look like on the wire is in `sentry` and `otlp`; who makes them is `app`.

mod layer;
mod otlp;
mod sentry;
mod trace_parent;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use layer::ErrorLayer;
pub use otlp::RequestSpan;
pub use sentry::ErrorReport;
pub use trace_parent::TraceParent;

use crate::base::Sensitive;
use crate::base::bounds::{
    EXPORT_ANSWER_WAIT, EXPORT_BATCH_MAX, EXPORT_END_WAIT, EXPORT_GATHER, EXPORT_QUEUE_MAX, EXPORT_RETRY_WAIT,
};

/// Where things go.
#[derive(Debug, Clone)]
pub struct ExportOptions {
    /// Where Sentry's envelopes are posted, and the key.
    pub sentry: Option<(String, Sensitive<String>)>,
    /// Where OTLP spans are posted.
    pub otlp: Option<String>,
    /// What this installation is called.
    pub environment: String,
}

/// The queues, and what empties them once it is started.
pub struct Exports {
    errors: Option<Queue<ErrorReport>>,
    spans: Option<Queue<RequestSpan>>,
    lost: Arc<AtomicU64>,
    couriers: Vec<Courier>,
}

/// Becomes true when the program ends.
type End = watch::Receiver<bool>;

/// One destination.
enum Courier {
    Sentry(Receiver<ErrorReport>, sentry::Project),
    Otlp(Receiver<RequestSpan>, otlp::Collector),
}

/// Where one kind of record is put. Cheap to clone.
pub struct Queue<T> {
    sender: Sender<T>,
    lost: Arc<AtomicU64>,
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), lost: self.lost.clone() }
    }
}

impl<T> Queue<T> {
    /// Takes a record, or drops it when too many wait.
    pub fn put(&self, record: T) {
        if self.sender.try_send(record).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn queue<T>(lost: &Arc<AtomicU64>) -> (Queue<T>, Receiver<T>) {
    let (sender, receiver) = channel(EXPORT_QUEUE_MAX);
    (Queue { sender, lost: lost.clone() }, receiver)
}

impl Exports {
    /// The queues; nothing is sent yet.
    pub fn new(options: &ExportOptions) -> Self {
        let mut exports = Self { errors: None, spans: None, lost: Arc::new(AtomicU64::new(0)), couriers: Vec::new() };
        if let Some((envelopes, key)) = &options.sentry {
            let (queue, receiver) = queue(&exports.lost);
            exports.errors = Some(queue);
            let project = sentry::Project::new(envelopes, key, &options.environment);
            exports.couriers.push(Courier::Sentry(receiver, project));
        }
        if let Some(endpoint) = &options.otlp {
            let (queue, receiver) = queue(&exports.lost);
            exports.spans = Some(queue);
            exports.couriers.push(Courier::Otlp(receiver, otlp::Collector::new(endpoint, &options.environment)));
        }
        exports
    }

    /// Where errors are put, if they go anywhere.
    pub fn errors(&self) -> Option<Queue<ErrorReport>> {
        self.errors.clone()
    }

    /// Where spans are put, if they go anywhere.
    pub fn spans(&self) -> Option<Queue<RequestSpan>> {
        self.spans.clone()
    }

    /// Records that did not arrive so far: too many waited, or nobody took them.
    pub fn lost(&self) -> Arc<AtomicU64> {
        self.lost.clone()
    }

    /// Begins to send; must run inside the runtime.
    pub fn start(&mut self) -> Running {
        let (end, ended) = watch::channel(false);
        let start = |courier: Courier| tokio::spawn(courier.run(ended.clone(), self.lost.clone()));
        Running { couriers: self.couriers.drain(..).map(start).collect(), end }
    }
}

/// The tasks that send.
pub struct Running {
    couriers: Vec<JoinHandle<()>>,
    end: watch::Sender<bool>,
}

impl Running {
    /// Takes nothing more, and lets what waits be sent, for a moment at most.
    pub async fn finish(self) {
        // Nobody listens when there is nothing to send to.
        let _ = self.end.send(true);
        let until = tokio::time::Instant::now() + EXPORT_END_WAIT;
        for mut courier in self.couriers {
            if tokio::time::timeout_at(until, &mut courier).await.is_err() {
                courier.abort();
            }
        }
    }
}

impl Courier {
    async fn run(self, ended: End, lost: Arc<AtomicU64>) {
        let http = match client().await {
            Ok(http) => http,
            Err(problem) => return tracing::warn!(%problem, "no telemetry will be sent"),
        };
        match self {
            Self::Sentry(receiver, project) => {
                let post = |records: &[ErrorReport]| project.requests(&http, records);
                deliver(receiver, ended, post, Trouble::new("Sentry", lost)).await;
            }
            Self::Otlp(receiver, collector) => {
                let post = |records: &[RequestSpan]| vec![collector.request(&http, records)];
                deliver(receiver, ended, post, Trouble::new("the OpenTelemetry collector", lost)).await;
            }
        }
    }
}

/// Loading the machine's certificates takes a while.
async fn client() -> Result<reqwest::Client, String> {
    let built = tokio::task::spawn_blocking(|| {
        let builder = reqwest::Client::builder().user_agent(concat!("doorward/", env!("CARGO_PKG_VERSION")));
        builder.redirect(reqwest::redirect::Policy::none()).timeout(EXPORT_ANSWER_WAIT).build()
    });
    match built.await {
        Ok(built) => built.map_err(|error| error.to_string()),
        Err(ended) => Err(ended.to_string()),
    }
}

/// Sends what comes in, gathered for a moment, until the end and what waits then.
async fn deliver<T>(
    mut receiver: Receiver<T>,
    mut ended: End,
    post: impl Fn(&[T]) -> Vec<reqwest::RequestBuilder>,
    mut trouble: Trouble,
) {
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            taken = receiver.recv_many(&mut batch, EXPORT_BATCH_MAX) => if taken == 0 { return },
            _ = ended.wait_for(|is_over| *is_over), if !receiver.is_closed() => {
                receiver.close();
                continue;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EXPORT_GATHER) => {}
            _ = ended.wait_for(|is_over| *is_over) => receiver.close(),
        }
        while batch.len() < EXPORT_BATCH_MAX
            && let Ok(record) = receiver.try_recv()
        {
            batch.push(record);
        }
        let requests = post(&batch);
        let each = batch.len() / requests.len().max(1);
        for request in requests {
            trouble.note(&send(request).await, each);
        }
        batch.clear();
    }
}

/// Sends one request, and once more when that may help.
async fn send(request: reqwest::RequestBuilder) -> Result<(), String> {
    let again = request.try_clone();
    match attempt(request).await {
        Err(Refusal::Passing(_)) if let Some(again) = again => {
            tokio::time::sleep(EXPORT_RETRY_WAIT).await;
            attempt(again).await.map_err(Refusal::into_text)
        }
        outcome => outcome.map_err(Refusal::into_text),
    }
}

/// Why it was not taken.
enum Refusal {
    Passing(String),
    Lasting(String),
}

impl Refusal {
    fn into_text(self) -> String {
        match self {
            Self::Passing(text) | Self::Lasting(text) => text,
        }
    }
}

async fn attempt(request: reqwest::RequestBuilder) -> Result<(), Refusal> {
    // The address may hold a key.
    let answer = request.send().await.map_err(|error| Refusal::Passing(error.without_url().to_string()))?;
    match answer.status() {
        status if status.is_success() => Ok(()),
        status if status.is_server_error() || status.as_u16() == 429 => Err(Refusal::Passing(status.to_string())),
        status => Err(Refusal::Lasting(status.to_string())),
    }
}

/// Says once when a destination stops taking things, and once when it takes them again.
struct Trouble {
    whom: &'static str,
    lost: Arc<AtomicU64>,
    is_there: bool,
}

impl Trouble {
    const fn new(whom: &'static str, lost: Arc<AtomicU64>) -> Self {
        Self { whom, lost, is_there: false }
    }

    // Never as an error: errors are what is to be sent.
    fn note(&mut self, outcome: &Result<(), String>, records: usize) {
        let was_there = std::mem::replace(&mut self.is_there, outcome.is_err());
        match outcome {
            Ok(()) if was_there => tracing::info!(whom = self.whom, "telemetry is taken again"),
            Err(problem) if !was_there => tracing::warn!(whom = self.whom, problem, "telemetry is not taken"),
            _ => {}
        }
        if outcome.is_err() {
            self.lost.fetch_add(records as u64, Ordering::Relaxed);
        }
    }
}
