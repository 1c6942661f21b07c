//! `check`: whether `serve` would start. It looks at everything, says everything that is wrong, and changes nothing. Only
//! when it is told to does it ask other providers.

use serde_json::{Value, json};

use super::arguments::Place;
use super::failure::Failure;
use super::output::{self, row};
use super::settings;
use crate::app::{Parts, StartFault, inspect};
use crate::config::Mode;

/// Looks at everything.
pub async fn run(place: &Place, asks_providers: bool, as_json: bool) -> Result<(), Failure> {
    let settings = match settings::load(Mode::Production, place, None) {
        Ok(settings) => settings,
        Err(failure) if as_json => return tell_of_settings(failure),
        Err(failure) => return Err(failure),
    };
    let parts = Parts::of_this_machine(Mode::Production);
    let mut findings = inspect::everything(&settings, &parts).await;
    if asks_providers {
        inspect::providers(&settings, &parts, &mut findings).await;
    }
    let mut doubts = settings.doubts();
    doubts.extend(findings.doubts);
    let faults: Vec<&StartFault> = findings.looked_at.iter().filter_map(|(_, found)| found.as_ref().err()).collect();
    let is_ready = faults.is_empty();
    if as_json {
        let looked_at: Vec<Value> = findings.looked_at.iter().map(|(what, found)| to_json(what, found)).collect();
        output::json(&json!({ "ready": is_ready, "checks": looked_at, "doubts": doubts }))?;
    } else {
        let rows: Vec<Vec<String>> = findings.looked_at.iter().map(|(what, found)| to_row(what, found)).collect();
        output::lines(output::columns(&rows))?;
        output::lines(doubts.iter().map(|doubt| format!("\nIs it meant so? {doubt}")))?;
    }
    let faults = findings.looked_at.into_iter().filter_map(|(_, found)| found.err()).collect::<Vec<_>>();
    if is_ready { Ok(()) } else { Err(Failure::Unready(faults)) }
}

/// Whoever reads JSON is told in JSON; each mistake stands by itself.
fn tell_of_settings(failure: Failure) -> Result<(), Failure> {
    let wrong = |detail: String| json!({ "name": "settings", "right": false, "detail": detail });
    let checks: Vec<Value> = failure.complaints().into_iter().map(wrong).collect();
    output::json(&json!({ "ready": false, "checks": checks, "doubts": [] }))?;
    Err(failure)
}

fn to_row(what: &str, found: &Result<String, StartFault>) -> Vec<String> {
    match found {
        Ok(detail) => row([what, "right", detail]),
        Err(_) => row([what, "wrong", ""]),
    }
}

fn to_json(what: &str, found: &Result<String, StartFault>) -> Value {
    match found {
        Ok(detail) => json!({ "name": what, "right": true, "detail": detail }),
        Err(fault) => json!({ "name": what, "right": false, "detail": fault.to_string() }),
    }
}
