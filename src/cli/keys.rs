//! `keys`: the signing keys and their rotation.

use serde_json::{Value, json};

use super::arguments::{Keys, Place};
use super::desk::{Desk, Makes};
use super::failure::{Complaint, Failure};
use super::output::{self, moment, row};
use crate::app::{self, StartFault};
use crate::base::Timestamp;
use crate::jose::Rotation;
use crate::model::key::{SigningAlgorithm, SigningKeyRecord};

/// Shows or rotates.
pub async fn run(place: &Place, keys: &Keys) -> Result<(), Failure> {
    let makes = if matches!(keys, Keys::List(_)) { Makes::Nothing } else { Makes::Database };
    let desk = Desk::open_migrated(place, makes).await?;
    let done = match keys {
        Keys::List(json) => list(&desk, json.json).await,
        Keys::Rotate { algorithms, emergency, json } => rotate(&desk, algorithms, *emergency, json.json).await,
    };
    desk.store.shutdown().await;
    done
}

async fn list(desk: &Desk, as_json: bool) -> Result<(), Failure> {
    let records = desk.store.signing_keys().await?.records;
    show(&records, desk.parts.clock.now(), as_json)
}

async fn rotate(desk: &Desk, algorithms: &[SigningAlgorithm], emergency: bool, as_json: bool) -> Result<(), Failure> {
    let offered = app::policy::rotation(&desk.settings).algorithms;
    if let Some(off) = algorithms.iter().find(|algorithm| !emergency && !offered.contains(algorithm)) {
        let complaint = Complaint::new(format!("There is no successor for keys of {off}, which is not switched on."));
        return Err(Failure::Input(vec![complaint.hint("set protocol.ps256_signatures = true, or leave --alg out")]));
    }
    let algorithms = if algorithms.is_empty() { &SigningAlgorithm::ALL } else { algorithms };
    let before = desk.store.signing_keys().await?.records;
    let master_key = app::master_key(&desk.settings, &desk.parts, before.is_empty())?;
    let follower = app::follower(&desk.settings, &desk.parts, &desk.store, &master_key);
    let rotation = if emergency { Rotation::Emergency(algorithms) } else { Rotation::Requested(algorithms) };
    follower.bring_up_to_date(rotation).await.map_err(StartFault::Keys)?;
    let after = desk.store.signing_keys().await?.records;
    if before == after && !as_json {
        eprintln!("note: nothing changed, because a successor is announced already");
    }
    show(&after, desk.parts.clock.now(), as_json)
}

fn show(records: &[SigningKeyRecord], now: Timestamp, as_json: bool) -> Result<(), Failure> {
    let mut records: Vec<&SigningKeyRecord> = records.iter().collect();
    records.sort_by_key(|record| (record.algorithm, record.signs_from));
    if as_json {
        let keys: Vec<Value> = records.iter().map(|record| to_json(record, now)).collect();
        return output::json(&json!({ "keys": keys }));
    }
    let mut rows = vec![row(["ALG", "PHASE", "SIGNS FROM", "RETIRES", "GONE", "KID"])];
    rows.extend(records.iter().map(|record| to_row(record, now)));
    output::lines(output::columns(&rows))
}

fn to_row(record: &SigningKeyRecord, now: Timestamp) -> Vec<String> {
    let or_dash = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), moment);
    let gone_at = record.revoked_at.or(record.gone_at);
    row([
        record.algorithm.as_str(),
        record.phase(now).as_str(),
        &moment(record.signs_from),
        &or_dash(record.retires_at),
        &or_dash(gone_at),
        &record.kid,
    ])
}

fn to_json(record: &SigningKeyRecord, now: Timestamp) -> Value {
    json!({
        "kid": record.kid,
        "alg": record.algorithm.as_str(),
        "phase": record.phase(now).as_str(),
        "announced_at": moment(record.announced_at),
        "signs_from": moment(record.signs_from),
        "retires_at": record.retires_at.map(moment),
        "gone_at": record.gone_at.map(moment),
        "revoked_at": record.revoked_at.map(moment),
    })
}
