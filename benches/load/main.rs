//! The load benchmark: starts the release binary on SQLite with full durability, drives it over loopback, checks every
//! answer, and prints what it cost beside what the machine itself can do.
//!
//! `cargo bench --bench load` takes less than four minutes, `… -- --quick` less than one; `… -- --only refresh` does
//! one kind of work.
//! `docs/performance.md` says how to read the figures. Linux only: processor time and memory come from `/proc`.

mod caller;
mod drive;
mod http;
mod key;
mod machine;
mod person;
mod proofs;
mod report;
mod server;
mod site;
mod storm;
mod tokens;
mod visitors;
mod work;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use drive::Watch;
use http::{Connection, Request};
use machine::Machine;
use report::Findings;
use site::Site;
use tokens::Tokens;
use visitors::Common;
use work::{Bench, Row};

// As the binary does, so that the bare server allocates the same way.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long everything is watched.
struct Plan {
    limits: Duration,
    watch: Watch,
    watch_logins: Watch,
    starts: usize,
}

impl Plan {
    const FULL: Self = Self {
        limits: Duration::from_secs(1),
        watch: Watch { warm_up: Duration::from_millis(500), counted: Duration::from_secs(3) },
        watch_logins: Watch { warm_up: Duration::from_secs(2), counted: Duration::from_secs(6) },
        starts: 9,
    };
    const QUICK: Self = Self {
        limits: Duration::from_millis(200),
        watch: Watch { warm_up: Duration::from_millis(100), counted: Duration::from_millis(400) },
        watch_logins: Watch { warm_up: Duration::from_millis(500), counted: Duration::from_millis(1500) },
        starts: 3,
    };
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).filter(|word| *word != "--bench").collect();
    let outcome = match words[..] {
        [machine::BARE, address] => bare_server(address),
        [] => run(&Plan::FULL, None),
        ["--quick"] => run(&Plan::QUICK, None),
        ["--only", name] => run(&Plan::FULL, Some(name)),
        _ => Err("cargo bench --bench load -- [--quick | --only NAME]".into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("the benchmark failed: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn bare_server(address: &str) -> Result<bool, Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(machine::serve_bare(address))?;
    Ok(true)
}

/// Measures all of it, or only the work whose name holds `only`.
fn run(plan: &Plan, only: Option<&str>) -> Result<bool, Box<dyn Error>> {
    // One thread drives, so that the server has the rest of the machine.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Below cargo's target directory: /tmp may be in memory, where a commit costs nothing.
    let directory = tempfile::Builder::new().prefix("load-").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let outcome = match only {
        None => runtime.block_on(measure(plan, directory.path())),
        Some(only) => runtime.block_on(measure_only(plan, only, directory.path())),
    };
    if outcome.is_err() {
        let kept = directory.keep();
        eprintln!("what the server said is in {}", kept.display());
    }
    outcome
}

async fn measure(plan: &Plan, directory: &Path) -> Result<bool, Box<dyn Error>> {
    let machine = machine_itself(plan, directory).await?;
    let start_empty_ms = start_on_empty_folders(directory, plan.starts).await?;
    let site = Site::make(&directory.join("site"))?;
    let mut bench = installation(plan, &site, machine.rs256_us).await?;
    let idle_mb = bench.server.process().resident_mb();
    bench.run(None).await?;
    let storm = storm::storm(&bench.server, &bench.common, plan.watch_logins).await;
    let Bench { server, common, rows, .. } = bench;
    server.stop()?;
    let found = Findings {
        machine,
        rows,
        storm,
        start_empty_ms,
        start_existing_ms: start_again(&site, plan.starts).await?,
        idle_mb,
        binary_mb: site::binary_mb(),
        verified: common.tokens.verified(),
    };
    println!("\n{}\n{}", report::aims(&found), report::remarks(&found));
    Ok(found.is_right() & holds(&found.rows))
}

async fn measure_only(plan: &Plan, only: &str, directory: &Path) -> Result<bool, Box<dyn Error>> {
    let machine = machine_itself(plan, directory).await?;
    let site = Site::make(&directory.join("site"))?;
    let mut bench = installation(plan, &site, machine.rs256_us).await?;
    bench.run(Some(only)).await?;
    Ok(bench.rows.iter().all(|row| row.figures.wrong.is_empty()) & holds(&bench.rows))
}

/// Says what assertions and proofs cost; whether that is within the bound, where it has to be.
fn holds(rows: &[Row]) -> bool {
    let proven = report::proven(rows);
    if !proven.is_empty() {
        println!("\nserver µs with an assertion, a proof (DPoP) or both, and without, at 32 connections");
    }
    for cost in &proven {
        println!("{}", cost.line());
    }
    proven.iter().all(report::Proven::is_right)
}

async fn machine_itself(plan: &Plan, directory: &Path) -> Result<Machine, Box<dyn Error>> {
    println!("{}", name_of_the_machine());
    let machine = Machine::measure(directory, plan.limits)?;
    let bare = machine::bare_replies(directory, plan.watch, 32).await?;
    println!("{}\n", report::machine(&machine, bare.server_us, bare.per_second));
    Ok(machine)
}

/// A server with clients and people, just started.
async fn installation(plan: &Plan, site: &Site, rs256_us: f64) -> Result<Bench, Box<dyn Error>> {
    site.serve().await?.stop()?;
    site.apply()?;
    let server = site.serve().await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let tokens = Arc::new(tokens_of(site, Connection::open(server.address).await?).await?);
    let common = Arc::new(Common { issuer: site.issuer(), tokens });
    println!("{}", report::head());
    let Plan { watch, watch_logins, .. } = *plan;
    Ok(Bench { server, common, watch, watch_logins, rs256_us, rows: Vec::new() })
}

async fn tokens_of(site: &Site, mut connection: Connection) -> Result<Tokens, http::Wrong> {
    let answer = connection.ask(&Request::get("/.well-known/jwks.json").end()).await?;
    Tokens::new(&site.issuer(), answer.with_status(200, "the key set")?.body)
}

async fn start_on_empty_folders(directory: &Path, times: usize) -> Result<f64, Box<dyn Error>> {
    let mut starts = Vec::with_capacity(times);
    for number in 0..times {
        let site = Site::make(&directory.join(format!("empty-{number}")))?;
        let server = site.serve().await?;
        starts.push(server.started_in);
        server.stop()?;
    }
    Ok(median_ms(starts))
}

async fn start_again(site: &Site, times: usize) -> Result<f64, Box<dyn Error>> {
    let mut starts = Vec::with_capacity(times);
    for _ in 0..times {
        let server = site.serve().await?;
        starts.push(server.started_in);
        server.stop()?;
    }
    Ok(median_ms(starts))
}

fn median_ms(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    drive::percentile_ms(&times, 50)
}

fn name_of_the_machine() -> String {
    let line = |path: &str, name: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let found = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        found.trim_start_matches([' ', '\t', ':']).to_owned()
    };
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "{} x {}, {} memory, Linux {}; runnable before the run: {}",
        std::thread::available_parallelism().map_or(0, usize::from),
        line("/proc/cpuinfo", "model name"),
        line("/proc/meminfo", "MemTotal"),
        release.trim(),
        // Others at work make everything slower, and the figures worthless.
        load.split(' ').next().unwrap_or_default()
    )
}
