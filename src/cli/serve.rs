//! `dev` and `serve`: the program that runs until it is told to stop.

use std::io::{IsTerminal as _, Write as _};
use std::time::Instant;

use super::arguments::{Place, Serving};
use super::failure::Failure;
use super::settings;
use crate::app::{Parts, Prepared};
use crate::config::{Mode, Settings};
use crate::dev::Banner;
use crate::listener::Signals;

/// Runs the server to its end.
pub async fn serve(mode: Mode, place: &Place, serving: &Serving) -> Result<(), Failure> {
    let started = Instant::now();
    let settings = settings::load(mode, place, Some(serving))?;
    log(&settings);
    // Before anything is made, so that a signal at the wrong moment ends in order too.
    let signals = Signals::install().map_err(crate::app::StartFault::Threads)?;
    let mut prepared = Prepared::build(settings, Parts::of_this_machine(mode)).await?;
    prepared.enter_mode().await?;
    for doubt in prepared.settings.doubts() {
        tracing::warn!("{doubt}");
    }
    for fault in prepared.context.pages.faults() {
        tracing::warn!(%fault, "a template is not used");
    }
    greet(&prepared);
    let app = prepared.serve();
    let issuer = app.context.issuer.to_string();
    tracing::info!(
        issuer,
        listen = %app.address(),
        store = app.context.store.engine_name(),
        milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "ready"
    );
    app.run(signals).await;
    tracing::info!("stopped");
    Ok(())
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

fn log(_: &Settings) {
    let _ = tracing_subscriber::fmt().with_writer(std::io::stderr).try_init();
}
