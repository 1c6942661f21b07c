//! The running program: its address, and its end in order: no new connections, running requests finished, workers
//! ended, the database closed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::compose::{Prepared, Sockets};
use super::metrics::MetricsOnly;
use super::workers::Workers;
use crate::endpoint::{self, Context};
use crate::listener::{Ended, Signals, Stage, Stop, Switch};

/// A program that serves.
pub struct App {
    /// What its endpoints stand on.
    pub context: Arc<Context>,
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    switch: Switch,
    stop: Stop,
    serving: JoinHandle<Ended>,
    metrics: Option<JoinHandle<Ended>>,
    workers: Workers,
    patience: Duration,
}

impl Prepared {
    /// Begins to serve.
    pub fn serve(self) -> App {
        let workers = Workers::start(&self);
        let (switch, stop) = Switch::new();
        let Sockets { main, metrics, .. } = self.sockets;
        let (address, metrics_address) = (main.address(), metrics.as_ref().map(crate::listener::Listener::address));
        let routes = endpoint::routes(&self.context, &self.further_rows);
        let serving = tokio::spawn(main.serve(routes, stop.clone()));
        let observer = self.context.observer.clone();
        let metrics = metrics.map(|listener| tokio::spawn(listener.serve(MetricsOnly(observer), stop.clone())));
        let patience = Duration::from_secs(self.settings.http.shutdown_seconds);
        App { context: self.context, address, metrics_address, switch, stop, serving, metrics, workers, patience }
    }
}

impl App {
    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where `/metrics` has a listener of its own, if it does.
    pub const fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Serves until a signal; a second one ends without waiting.
    pub async fn run(self, signals: Signals) {
        let (switch, ending) = self.split();
        let driving = tokio::spawn(switch.follow(signals));
        ending.run().await;
        driving.abort();
    }

    /// Ends it as a signal would.
    pub async fn stop(self) {
        let (switch, ending) = self.split();
        switch.finish();
        ending.run().await;
    }

    fn split(self) -> (Switch, Ending) {
        let Self { context, switch, stop, serving, metrics, workers, patience, .. } = self;
        (switch, Ending { context, stop, serving, metrics, workers, patience })
    }
}

/// What is waited for at the end.
struct Ending {
    context: Arc<Context>,
    stop: Stop,
    serving: JoinHandle<Ended>,
    metrics: Option<JoinHandle<Ended>>,
    workers: Workers,
    patience: Duration,
}

impl Ending {
    async fn run(mut self) {
        match self.serving.await {
            Ok(Ended { cut: 0 }) => {}
            Ok(Ended { cut }) => tracing::warn!(cut, "requests that did not finish in time were cut"),
            Err(problem) => tracing::error!(%problem, "the listener ended in the middle of its work"),
        }
        if let Some(metrics) = self.metrics {
            metrics.abort();
        }
        let stop = &mut self.stop;
        self.workers
            .stop(async {
                tokio::select! {
                    () = tokio::time::sleep(self.patience) => {}
                    () = stop.reached(Stage::AtOnce) => {}
                }
            })
            .await;
        self.context.store.shutdown().await;
    }
}
