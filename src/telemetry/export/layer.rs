//! From a log line of level `error` to a report: the program's own words and four named fields. Other fields stay in
//! the log, because they may hold what somebody sent.

use std::fmt;
use std::sync::Arc;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::{ErrorReport, Queue};
use crate::base::{Clock, Entropy};

/// Where lines of other crates are left out.
const OURS: &str = "doorward";

/// Puts every error into the queue.
pub struct ErrorLayer {
    queue: Queue<ErrorReport>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl ErrorLayer {
    /// Reports to `queue`.
    pub fn new(queue: Queue<ErrorReport>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { queue, clock, entropy }
    }
}

impl<S: Subscriber> Layer<S> for ErrorLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        if *metadata.level() != Level::ERROR || !metadata.target().starts_with(OURS) {
            return;
        }
        let mut told = Told::default();
        event.record(&mut told);
        // Without randomness there is worse to worry about than an event without a number of its own.
        let id = self.entropy.draw().map_or([0; 16], |mut draw| draw.bytes());
        self.queue.put(ErrorReport {
            at: self.clock.now(),
            message: told.message,
            target: metadata.target(),
            kind: told.kind,
            route: told.route,
            request: told.request,
            place: told.place,
            id,
        });
    }
}

#[derive(Default)]
struct Told {
    message: String,
    kind: Option<String>,
    route: Option<String>,
    request: Option<String>,
    place: Option<String>,
}

impl Told {
    fn tell(&mut self, field: &Field, value: String) {
        match field.name() {
            // A literal of the program; a test sees to it.
            "message" => self.message = value,
            "kind" => self.kind = Some(value),
            "route" => self.route = Some(value),
            "request" => self.request = Some(value),
            "place" => self.place = Some(value),
            _ => {}
        }
    }
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.tell(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.tell(field, format!("{value:?}"));
    }
}
