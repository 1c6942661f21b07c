//! `apply`: clients and people as a file describes them.

use super::arguments::{self, Place};
use super::desk::{Desk, Makes};
use super::failure::Failure;
use super::output;
use super::provision::Description;

/// Applies a file.
pub async fn run(place: &Place, apply: &arguments::Apply) -> Result<(), Failure> {
    // The file first: nothing is opened, let alone made, for one that is wrong.
    let description = Description::read(&output::read(&apply.file)?)?;
    let desk = Desk::open_migrated(place, Makes::Database).await?;
    let applied = desk.registrar()?.apply(&description).await;
    desk.store.shutdown().await;
    let changes = applied?;
    if apply.json.json { output::json(&changes.to_json()) } else { output::lines(changes.to_lines()) }
}
