//! What is printed: one line for each work, then how the whole compares with what was aimed at.

use crate::machine::Machine;
use crate::storm::Storm;
use crate::work::{Bound, PROVEN, PROVEN_MAX, Row, Work};

/// One RS256 signature with 2048 bits on the machine where the targets were set, in microseconds.
pub const REFERENCE_RS256_US: f64 = 750.0;

/// The connections at which targets hold.
const TARGET_CONNECTIONS: usize = 32;

/// Everything that was measured.
pub struct Findings {
    /// The machine.
    pub machine: Machine,
    /// Each work with each number of connections.
    pub rows: Vec<Row>,
    /// The key set under a storm of logins.
    pub storm: Storm,
    /// From start to first answer on an empty folder, in milliseconds.
    pub start_empty_ms: f64,
    /// The same on the database that the run left behind.
    pub start_existing_ms: f64,
    /// Resident memory before any request but the first, in MB.
    pub idle_mb: f64,
    /// The size of the binary, in MB.
    pub binary_mb: f64,
    /// Signatures that were verified.
    pub verified: u64,
}

impl Findings {
    /// Whether every answer was as it should be.
    pub fn is_right(&self) -> bool {
        self.storm.is_right && self.rows.iter().all(|row| row.figures.wrong.is_empty())
    }
}

/// The head of the table of works.
pub fn head() -> String {
    format!(
        "{:<36} {:>5} {:>9} {:>8} {:>8} {:>10} {:>8} {:>9} {:>7} {:>7} {:>6}  {}",
        "work", "conns", "per s", "p50 ms", "p99 ms", "server µs", "x RS256", "x 750 µs", "target", "driver", "MB", ""
    )
}

/// One line of the table of works.
pub fn line(row: &Row, rs256_us: f64) -> String {
    let figures = &row.figures;
    let target = row.work.target().filter(|_| figures.connections == TARGET_CONNECTIONS);
    let (here, there) = (figures.server_us / rs256_us, figures.server_us / REFERENCE_RS256_US);
    let wrong = figures.wrong.first().map_or_else(String::new, |wrong| format!("  {wrong}"));
    format!(
        "{:<36} {:>5} {:>9.0} {:>8.2} {:>8.2} {:>10.1} {:>8.3} {:>9.3} {:>7} {:>7.2} {:>6.1}  {}{wrong}",
        row.work.name(),
        figures.connections,
        figures.per_second,
        figures.p50_ms,
        figures.p99_ms,
        figures.server_us,
        here,
        there,
        target.map_or_else(String::new, |target| format!("{target}")),
        figures.driver_cores,
        figures.resident_mb,
        target.map_or("", |target| verdict_of_cost(here, there, target)),
    )
}

fn verdict_of_cost(here: f64, there: f64, target: f64) -> &'static str {
    match (here <= target, there <= target) {
        (true, _) => "met",
        (false, true) => "met at 750 µs only",
        (false, false) => "MISSED",
    }
}

/// What the machine can do, in a few lines.
pub fn machine(machine: &Machine, bare_us: f64, bare_per_second: f64) -> String {
    let per_core = |us: f64| 1e6 / us;
    format!(
        "signatures, µs each (a second and core): RS256 {:.0} ({:.0}), ES256 {:.1} ({:.0}), EdDSA {:.1} ({:.0})\n\
         RS256 signatures a second, {} cores together: {:.0}\n\
         durable commits a second, one row each: {:.0}; rows a second, 32 to a commit: {:.0}\n\
         bare answers of poem behind the listener, 32 connections: {:.0} a second, {:.1} µs each = {:.3} RS256",
        machine.rs256_us,
        per_core(machine.rs256_us),
        machine.es256_us,
        per_core(machine.es256_us),
        machine.eddsa_us,
        per_core(machine.eddsa_us),
        machine.cores,
        machine.rs256_per_second,
        machine.commits_per_second,
        machine.rows_per_second,
        bare_per_second,
        bare_us,
        bare_us / machine.rs256_us,
    )
}

/// What assertions and proofs cost: server time with them as a multiple of that without, for what was measured of both.
pub fn proven(rows: &[Row]) -> Vec<Proven> {
    let at = |work| rows.iter().find(|row: &&Row| row.work == work && row.figures.connections == TARGET_CONNECTIONS);
    let cost = |(with, without, bound): (Work, Work, Bound)| {
        let ratio = at(with)?.figures.server_us / at(without)?.figures.server_us;
        Some(Proven { what: format!("{} / {}", with.name(), without.name()), ratio, bound })
    };
    PROVEN.into_iter().filter_map(cost).collect()
}

/// What an assertion, a proof or both cost beside the same request without them.
pub struct Proven {
    what: String,
    ratio: f64,
    bound: Bound,
}

impl Proven {
    /// Whether it is within the bound, where it has to be.
    pub fn is_right(&self) -> bool {
        self.ratio <= PROVEN_MAX || self.bound == Bound::Told
    }

    fn verdict(&self) -> &'static str {
        match self.bound {
            _ if self.ratio <= PROVEN_MAX => "holds",
            Bound::Kept => "DOES NOT HOLD",
            Bound::Told => "above",
        }
    }

    /// One line.
    pub fn line(&self) -> String {
        format!("{:<62} {:>8.2}  <= {PROVEN_MAX:<6} {}", self.what, self.ratio, self.verdict())
    }
}

/// What is aimed at beside the cost of each work.
pub fn aims(found: &Findings) -> String {
    let at = |work| found.rows.iter().find(|row| row.work == work && row.figures.connections == TARGET_CONNECTIONS);
    let per_second = |work| at(work).map_or(f64::NAN, |row: &Row| row.figures.per_second);
    let with_rs256 = per_second(Work::Refresh) / found.machine.rs256_per_second;
    let without = per_second(Work::RefreshWithoutRs256) / found.machine.commits_per_second;
    let without_login = || found.rows.iter().filter(|row| row.work != Work::Login);
    let slowest = without_login().filter(|row| row.figures.connections == TARGET_CONNECTIONS);
    let p99 = slowest.map(|row| row.figures.p99_ms).fold(0.0, f64::max);
    let resident = without_login().map(|row| row.figures.resident_mb).fold(0.0, f64::max);
    let wrong: usize = found.rows.iter().map(|row| row.figures.wrong.len()).sum();
    [
        aim("rotations a second / RS256 signatures a second of all cores", with_rs256, ">=", 0.35),
        aim("rotations a second without RS256 / durable commits a second", without, ">=", 4.0),
        aim("slowest p99 at 32 connections, password login aside, ms", p99, "<", 60.0),
        aim("p99 of JWKS under a login storm, ms", found.storm.p99_ms, "<", 10.0),
        aim("start to first answer, existing database, ms", found.start_existing_ms, "<", 50.0),
        aim("start to first answer, empty folder, ms", found.start_empty_ms, "<", 300.0),
        aim("resident memory idle, MB", found.idle_mb, "<", 30.0),
        aim("resident memory under load, password login aside, MB", resident, "<", 80.0),
        aim("binary, MB", found.binary_mb, "<", 30.0),
        aim("wrong answers", if found.is_right() { 0.0 } else { crate::drive::count(wrong.max(1)) }, "<", 1.0),
    ]
    .join("\n")
}

fn aim(what: &str, found: f64, relation: &str, target: f64) -> String {
    let is_met = if relation == ">=" { found >= target } else { found < target };
    let verdict = if is_met { "met" } else { "MISSED" };
    format!("{what:<62} {found:>8.2}  {relation} {target:<6} {verdict}")
}

/// The storm, and how much was looked at.
pub fn remarks(found: &Findings) -> String {
    format!(
        "login storm: {:.0} logins a second, JWKS p50 {:.2} ms, {:.0} MB resident; {} signatures verified",
        found.storm.logins_per_second, found.storm.p50_ms, found.storm.resident_mb, found.verified
    )
}
