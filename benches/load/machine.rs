//! What the machine itself can do, measured in the same run, so that figures of different machines can be compared:
//! signatures, durable commits, and bare answers of the same framework behind the same listener.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use doorward::listener::{Limits, Listener, Switch};
use poem::http::HeaderValue;
use poem::http::header::CONTENT_TYPE;
use poem::{Response, Route, get};

use crate::drive::{Figures, Visitor, Watch, count, drive};
use crate::http::{Connection, Request, Wrong};
use crate::server::{Server, free_address, own_thread_time};

/// The argument that makes this program the bare server, and nothing else.
pub const BARE: &str = "--bare-server";

/// Commits that are gathered in the second measurement of the disk.
const TOGETHER: usize = 32;

/// What the machine can do.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    /// Processors this program may use.
    pub cores: usize,
    /// Processor time of one RS256 signature with 2048 bits, in microseconds.
    pub rs256_us: f64,
    /// The same for ES256.
    pub es256_us: f64,
    /// The same for EdDSA.
    pub eddsa_us: f64,
    /// RS256 signatures in a second by all cores together.
    pub rs256_per_second: f64,
    /// Durable commits in a second, one row each, one after another.
    pub commits_per_second: f64,
    /// Durable rows in a second, when 32 share a commit.
    pub rows_per_second: f64,
}

impl Machine {
    /// Measures, with `time` for each figure; the database is made in `directory`.
    pub fn measure(directory: &Path, time: Duration) -> io::Result<Self> {
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).map_err(io::Error::other)?;
        let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(io::Error::other)?;
        let ed = Ed25519KeyPair::generate().map_err(io::Error::other)?;
        let random = SystemRandom::new();
        let input = [b'a'; 600];
        let mut signature = vec![0; rsa.public_modulus_len()];
        let rs256_us = processor_us(time, || rsa.sign(&RSA_PKCS1_SHA256, &random, &input, &mut signature).is_ok())?;
        let es256_us = processor_us(time, || ec.sign(&random, &input).is_ok())?;
        let eddsa_us = processor_us(time, || !ed.sign(&input).as_ref().is_empty())?;
        let cores = thread::available_parallelism()?.get();
        let rs256_per_second = thread::scope(|scope| {
            let signer = || scope.spawn(|| signatures_per_second(&rsa, &input, time));
            let threads: Vec<_> = (0..cores).map(|_| signer()).collect();
            threads.into_iter().map(|thread| thread.join().unwrap_or(f64::NAN)).sum()
        });
        let commits_per_second = commits(&directory.join("alone.sqlite"), 1, time).map_err(io::Error::other)?;
        let rows_per_second = commits(&directory.join("together.sqlite"), TOGETHER, time).map_err(io::Error::other)?;
        Ok(Self { cores, rs256_us, es256_us, eddsa_us, rs256_per_second, commits_per_second, rows_per_second })
    }
}

/// Processor time of this thread for one run of `work`, in microseconds. `work` tells whether it succeeded.
fn processor_us(time: Duration, mut work: impl FnMut() -> bool) -> io::Result<f64> {
    let (before, end, mut runs) = (own_thread_time(), Instant::now() + time, 0);
    while Instant::now() < end {
        if !work() {
            return Err(io::Error::other("a signature failed"));
        }
        runs += 1;
    }
    Ok(own_thread_time().saturating_sub(before).as_secs_f64() * 1e6 / count(runs))
}

fn signatures_per_second(rsa: &RsaKeyPair, input: &[u8], time: Duration) -> f64 {
    let (random, mut signature) = (SystemRandom::new(), vec![0; rsa.public_modulus_len()]);
    let (began, mut runs) = (Instant::now(), 0);
    while began.elapsed() < time {
        if rsa.sign(&RSA_PKCS1_SHA256, &random, input, &mut signature).is_err() {
            return f64::NAN;
        }
        runs += 1;
    }
    count(runs) / began.elapsed().as_secs_f64()
}

/// Rows a second, `together` in each durable commit, on a database of its own under the settings of the store.
fn commits(path: &Path, together: usize, time: Duration) -> rusqlite::Result<f64> {
    let connection = rusqlite::Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch("CREATE TABLE t (id TEXT PRIMARY KEY, value TEXT NOT NULL)")?;
    let mut insert = connection.prepare("INSERT INTO t (id, value) VALUES (?1, ?2)")?;
    let (began, mut rows) = (Instant::now(), 0_usize);
    while began.elapsed() < time {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..together {
            // As far apart in the index as digests are.
            let id = format!("{:032x}", (rows as u128).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
            insert.execute([&*id, "a value about as long as the digest of a token is"])?;
            rows += 1;
        }
        connection.execute_batch("COMMIT")?;
    }
    Ok(count(rows) / began.elapsed().as_secs_f64())
}

/// Drives bare answers: this program, started once more as the bare server.
pub async fn bare_replies(directory: &Path, watch: Watch, connections: usize) -> io::Result<Figures> {
    let address = free_address()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(BARE).arg(address.to_string());
    let server = Server::start(command, address, "/", &directory.join("bare.log")).await?;
    let visitors = (0..connections).map(|_| Bare(Request::get("/").end())).collect();
    let (figures, _) = drive(&server, visitors, watch).await;
    drop(server);
    fs::remove_file(directory.join("bare.log"))?;
    Ok(figures)
}

struct Bare(Vec<u8>);

impl Visitor for Bare {
    async fn visit(&mut self, connection: &mut Connection) -> Result<(), Wrong> {
        let answer = connection.ask(&self.0).await?;
        if answer.body == BARE_BODY.as_bytes() { Ok(()) } else { Err(Wrong::answer("the body", answer.text())) }
    }
}

const BARE_BODY: &str = "{\"hello\":\"world\"}";

#[poem::handler]
fn hello() -> Response {
    Response::builder().header(CONTENT_TYPE, HeaderValue::from_static("application/json")).body(BARE_BODY)
}

/// The bare server: the listener, poem's route table, one answer. Runs until it is killed.
pub async fn serve_bare(address: &str) -> io::Result<()> {
    let address = address.parse().map_err(io::Error::other)?;
    let long = Duration::from_mins(1);
    let limits = Limits {
        body_bytes: 65_536,
        connections: 1_024,
        head: long,
        body: long,
        idle: long,
        handshake: long,
        shutdown: long,
    };
    let listener = Listener::bind(address, limits).map_err(io::Error::other)?;
    let (_switch, stop) = Switch::new();
    listener.serve(Route::new().at("/", get(hello)), stop).await;
    Ok(())
}
