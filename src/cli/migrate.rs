//! `migrate`: the schema, forward and back.

use serde_json::json;

use super::arguments::{Json, Migrate, Place};
use super::desk::{Desk, Makes};
use super::failure::{Complaint, Failure};
use super::output;
use crate::store::engine::migrate::MigrationState;

/// Migrates, or shows where the schema is.
pub async fn run(place: &Place, migrate: &Migrate) -> Result<(), Failure> {
    let makes = if matches!(migrate, Migrate::Up) { Makes::Database } else { Makes::Nothing };
    let desk = Desk::open(place, makes).await?;
    let done = carry_out(&desk, migrate).await;
    desk.store.shutdown().await;
    done
}

async fn carry_out(desk: &Desk, migrate: &Migrate) -> Result<(), Failure> {
    let before = states(desk).await?;
    match migrate {
        Migrate::Up => desk.store.migrate_up().await.map_err(|fault| desk.fault(fault))?,
        Migrate::Down { yes: false, steps } => return Err(unconfirmed(*steps, &before).into()),
        Migrate::Down { steps, yes: true } => {
            desk.store.migrate_down(*steps).await.map_err(|fault| desk.fault(fault))?;
        }
        Migrate::Status(Json { json: true }) => return output::json(&to_json(&before)),
        Migrate::Status(_) => return output::lines(output::columns(&rows(&before))),
    }
    let after = states(desk).await?;
    let changed = before.iter().zip(&after).filter(|(before, after)| before.is_applied != after.is_applied);
    let lines: Vec<String> = changed.map(|(_, after)| line(after)).collect();
    if lines.is_empty() { output::lines(["nothing to do"]) } else { output::lines(lines) }
}

/// Nothing is lost by a slip of the fingers.
fn unconfirmed(steps: usize, states: &[MigrationState]) -> Complaint {
    let applied = states.iter().rev().filter(|state| state.is_applied).take(steps);
    let names: Vec<String> = applied.map(|state| format!("{:04} {}", state.version, state.name)).collect();
    let complaint = Complaint::new(format!("what these migrations hold would be lost: {}", names.join(", ")));
    complaint.hint("stop every server on this database, keep a backup, and add --yes")
}

async fn states(desk: &Desk) -> Result<Vec<MigrationState>, Failure> {
    Ok(desk.store.migration_status().await.map_err(|fault| desk.fault(fault))?)
}

fn line(state: &MigrationState) -> String {
    let what = if state.is_applied { "applied" } else { "taken back" };
    format!("{:04} {} {what}", state.version, state.name)
}

fn rows(states: &[MigrationState]) -> Vec<Vec<String>> {
    let word = |state: &MigrationState| if state.is_applied { "applied" } else { "pending" }.to_owned();
    states.iter().map(|state| vec![format!("{:04}", state.version), state.name.to_owned(), word(state)]).collect()
}

fn to_json(states: &[MigrationState]) -> serde_json::Value {
    let state =
        |state: &MigrationState| json!({ "version": state.version, "name": state.name, "applied": state.is_applied });
    json!({ "migrations": states.iter().map(state).collect::<Vec<_>>() })
}
