//! `dev` and `serve`: the program that runs until it is told to stop.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::time::Instant;

use super::arguments::{Place, Serving};
use super::failure::Failure;
use super::output;
use super::provision::{Changes, Description, Registrar};
use super::{settings, trust};
use crate::app::{Parts, Prepared, StartFault, policy};
use crate::config::{Mode, Settings};
use crate::dev::Banner;
use crate::listener::Signals;
use crate::telemetry::{self, ErrorLayer, Exports};

/// Runs the server to its end.
pub async fn serve(mode: Mode, place: &Place, serving: &Serving) -> Result<(), Failure> {
    let started = Instant::now();
    let (settings, description) = read(mode, place, serving)?;
    let parts = Parts::of_this_machine(mode);
    let mut exports = Exports::new(&policy::exports(&settings));
    let errors = exports.errors().map(|queue| ErrorLayer::new(queue, parts.clock.clone(), parts.entropy.clone()));
    let logging = telemetry::start(&policy::logging(&settings), errors).map_err(StartFault::Log)?;
    let sending = exports.start();
    let parts = Parts { logging: Some(Arc::new(logging)), exports: Some(Arc::new(exports)), ..parts };
    // Before anything is made, so that a signal at the wrong moment ends in order too.
    let signals = Signals::install().map_err(StartFault::Threads)?;
    let mut prepared = Prepared::build(settings, parts.clone()).await?;
    prepared.enter_mode().await?;
    let changes = match &description {
        Some(description) => Registrar::of_server(&prepared).apply(description).await?,
        None => Changes::default(),
    };
    for doubt in prepared.settings.doubts() {
        tracing::warn!("{doubt}");
    }
    for fault in prepared.context.pages.faults() {
        tracing::warn!(%fault, "a template is not used");
    }
    greet(&prepared);
    if let Some(authority) = prepared.local_authority() {
        // Nobody reads it if it cannot be written, and the server does not depend on it.
        let _ = output::lines(trust::lines(&authority, prepared.context.issuer.as_str()));
    }
    if output::lines(changes.only_changed().to_lines()).is_err() {
        // A server does not depend on somebody reading along.
        tracing::warn!("what was applied cannot be written to standard output");
    }
    let app = prepared.serve();
    let issuer = app.context.issuer.to_string();
    tracing::info!(
        issuer,
        listen = %app.address(),
        metrics = app.metrics_address().map(tracing::field::display),
        store = app.context.store.engine_name(),
        milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "ready"
    );
    app.run(signals).await;
    tracing::info!("stopped");
    sending.finish().await;
    Ok(())
}

/// The settings and the file to apply; what is wrong in either is told at once.
fn read(mode: Mode, place: &Place, serving: &Serving) -> Result<(Settings, Option<Description>), Failure> {
    let settings = settings::load(mode, place, Some(serving));
    let description = serving.apply.as_deref().map(|file| Description::read(&output::read(file)?)).transpose();
    match (settings, description) {
        (Ok(settings), Ok(description)) => Ok((settings, description)),
        (Err(settings), Err(description)) => Err(Failure::Several(vec![settings, description])),
        (Err(failure), _) | (_, Err(failure)) => Err(failure),
    }
}

/// In development, tells people what is where and how to get in.
fn greet(prepared: &Prepared) {
    let Some(seeded) = &prepared.seeded else { return };
    let data = prepared.settings.data.display().to_string();
    let banner = Banner { issuer: &prepared.context.issuer, seeded, data: &data };
    let mut out = std::io::stdout();
    // Nobody reads it if it cannot be written, and the server does not depend on it.
    let _ = if out.is_terminal() { writeln!(out, "{banner:#}") } else { writeln!(out, "{banner}") };
}
