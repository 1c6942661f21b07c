//! Killed at any moment (F-01, F-37): what was acknowledged is true afterwards, and nothing is half done.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::StatusCode;

use crate::server::{Home, Server};
use crate::visitor::{NoAnswer, Visitor, text};

/// What the callers saw of one chain of tokens.
#[derive(Debug, Default, Clone)]
struct Chain {
    /// The code, once an answer held it.
    code: Option<String>,
    /// Whether the code was sent to be redeemed, answered or not.
    redeeming: bool,
    access_tokens: Vec<String>,
    /// Those used up by an answered refresh.
    spent: Vec<String>,
    /// The newest one.
    refresh_token: Option<String>,
    /// Whether revoking it was asked for, and whether that was answered.
    revoking: bool,
    revoked: bool,
}

/// Addresses whose registration was answered.
#[derive(Debug, Default)]
struct Seen {
    chains: Vec<Chain>,
    registered: Vec<String>,
}

/// Works until the server is gone; gives what was seen.
async fn work(mut visitor: Visitor, worker: usize, round: usize, counter: Arc<AtomicUsize>) -> Seen {
    let mut seen = Seen::default();
    for number in 0.. {
        let mut chain = Chain::default();
        let is_gone = live(&mut visitor, &mut chain, number, &counter).await.is_err();
        seen.chains.push(chain);
        if is_gone {
            return seen;
        }
        if number % 8 == worker {
            let email = format!("new-{round}-{worker}-{number}@example.com");
            match register(&mut Visitor::clone(&visitor), &email).await {
                Ok(true) => seen.registered.push(email),
                Ok(false) => {}
                Err(NoAnswer) => return seen,
            }
        }
    }
    seen
}

async fn live(visitor: &mut Visitor, chain: &mut Chain, number: usize, counter: &AtomicUsize) -> Result<(), NoAnswer> {
    let answer = visitor.authorize().await?;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    chain.code = Some(answer.answer()["code"].clone());
    chain.redeeming = true;
    let tokens = visitor.redeem(chain.code.as_deref().unwrap_or_default()).await?;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    take(chain, &tokens.json());
    counter.fetch_add(1, Ordering::Relaxed);
    for _ in 0..number % 4 {
        let old = chain.refresh_token.clone().unwrap_or_default();
        let tokens = visitor.refresh(&old).await?;
        assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
        chain.spent.push(old);
        take(chain, &tokens.json());
        counter.fetch_add(1, Ordering::Relaxed);
    }
    if number % 5 == 4 {
        chain.revoking = true;
        let answer = visitor.revoke(chain.refresh_token.as_deref().unwrap_or_default()).await?;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        chain.revoked = true;
    }
    Ok(())
}

fn take(chain: &mut Chain, tokens: &serde_json::Value) {
    chain.access_tokens.push(text(tokens, "access_token").to_owned());
    chain.refresh_token = Some(text(tokens, "refresh_token").to_owned());
}

/// Registers somebody; false when the limits say later.
async fn register(visitor: &mut Visitor, email: &str) -> Result<bool, NoAnswer> {
    let login = visitor.open("/login").await?;
    let signup = visitor.open(&login.at.replace("/login", "/signup")).await?;
    let fill = [("username", email), ("password", "tomatoes in the greenhouse")];
    let answer = visitor.submit(&signup, "signup-form", &fill).await?;
    assert!(matches!(answer.status.as_u16(), 303 | 429 | 503), "{}", answer.body);
    Ok(answer.status == StatusCode::SEE_OTHER)
}

/// Looks at everything that was seen, on a server that came after.
async fn check(server: &Server, visitor: &mut Visitor, seen: &Seen) {
    for chain in &seen.chains {
        check_chain(visitor, chain).await;
    }
    let silent = visitor.authorize().await.unwrap();
    assert!(silent.answer().contains_key("code"), "the session lives on: {}", server.log());
}

async fn check_chain(visitor: &mut Visitor, chain: &Chain) {
    for access_token in chain.access_tokens.iter().filter(|_| !chain.revoking) {
        let answer = visitor.userinfo(access_token).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK, "an acknowledged access token: {chain:?}");
    }
    if let Some(refresh_token) = &chain.refresh_token {
        let answer = visitor.refresh(refresh_token).await.unwrap();
        if chain.revoked {
            assert_eq!(answer.json()["error"], "invalid_grant", "{chain:?}");
        } else if !chain.revoking {
            assert_eq!(answer.status, StatusCode::OK, "an acknowledged refresh token: {} {chain:?}", answer.body);
        }
    }
    // A code whose redemption was not answered may have been spent or not, but works once at most.
    let Some(code) = &chain.code else { return };
    let mut honoured = chain.access_tokens.len().min(1);
    for _ in 0..2 {
        let answer = visitor.redeem(code).await.unwrap();
        match answer.status {
            StatusCode::OK => honoured += 1,
            _ => assert_eq!(answer.json()["error"], "invalid_grant"),
        }
    }
    assert!(honoured <= 1, "a code worked {honoured} times: {chain:?}");
    assert!(chain.redeeming || honoured == 1, "an acknowledged code that nobody sent works: {chain:?}");
}

/// Nothing half done, by the database's own account.
fn check_database(home: &Home, registered: &[String]) {
    let database = rusqlite::Connection::open(home.database_file()).unwrap();
    let one = |sql: &str| database.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(one("PRAGMA integrity_check"), "ok");
    for (what, sql) in [
        ("rows that refer to nothing", "SELECT CAST(count(*) AS TEXT) FROM pragma_foreign_key_check"),
        (
            "accounts without a way in",
            "SELECT CAST(count(*) AS TEXT) FROM accounts WHERE password_hash IS NULL OR password_hash = ''",
        ),
        (
            "registrations whose mail is missing",
            "SELECT CAST(count(*) AS TEXT) FROM accounts a WHERE a.email_verified_at IS NULL \
             AND NOT EXISTS (SELECT 1 FROM one_time_codes c WHERE c.account_id = a.id)",
        ),
    ] {
        assert_eq!(one(sql), "0", "{what}");
    }
    for email in registered {
        let found = database.query_row("SELECT count(*) FROM accounts WHERE email = ?1", [email], |row| row.get(0));
        assert_eq!(found, Ok(1_i64), "{email} was told to be registered");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_01_killed_under_load_it_loses_nothing_acknowledged_and_honours_nothing_twice() {
    let mut home = Home::furnished();
    // The mail server is away all the time.
    home.settings = "[limits]\nsignups_per_source = 1000\nmails_per_source = 1000\n\
        [mail]\ntransport = \"smtp\"\nhost = \"127.0.0.1\"\nport = 9\nsecurity = \"none\"\n\
        from = \"Acme <login@acme.example>\"\n"
        .to_owned();
    let mut server = home.start();
    let port = server.port;
    let ada = Visitor::ada(&server).await;
    let mut registered = Vec::new();
    for round in 0..3 {
        let counter = Arc::new(AtomicUsize::new(0));
        let workers = (0..6).map(|worker| tokio::spawn(work(ada.clone(), worker, round, counter.clone())));
        let workers: Vec<_> = workers.collect();
        let is_stuck = Arc::new(AtomicBool::new(false));
        let enough = 20 + round * 13;
        let reached = tokio::time::timeout(crate::server::PATIENCE, async {
            while counter.load(Ordering::Relaxed) < enough {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        is_stuck.store(reached.await.is_err(), Ordering::Relaxed);
        assert!(!is_stuck.load(Ordering::Relaxed), "{}", server.log());
        server.kill();
        let mut all = Vec::new();
        for worker in workers {
            all.push(worker.await.unwrap());
        }
        server = home.start_on(port);
        // Two seconds are asked of a release build; this one is not optimised and not alone.
        assert!(server.ready_after < Duration::from_secs(10), "{:?}", server.ready_after);
        let mut visitor = ada.moved_to(&server);
        for seen in &all {
            check(&server, &mut visitor, seen).await;
            registered.extend(seen.registered.iter().cloned());
        }
    }
    server.stop();
    check_database(&home, &registered);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_37_killed_while_it_makes_its_first_keys_it_leaves_one_key_of_each_kind_and_none_without_a_file() {
    let home = Home::empty();
    for milliseconds in [2, 20, 60, 120, 200, 300, 450, 700] {
        let mut starting = home.spawn(0);
        // The fault is the moment itself.
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        starting.child.kill().unwrap();
        starting.child.wait().unwrap();
    }
    let server = home.start();
    let tokens = Visitor::ada(&server).await.tokens().await;
    assert!(tokens["id_token"].is_string());
    server.stop();
    assert_eq!(
        active_keys(&home),
        [("ES256", 1), ("EdDSA", 1), ("RS256", 1)].map(|(alg, count)| (alg.to_owned(), count))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_37_a_rotation_that_is_killed_leaves_one_signing_key_and_loses_none() {
    let home = Home::furnished();
    let before = key_ids(&home);
    for milliseconds in [1, 10, 30, 60, 100, 160, 250, 400, 600] {
        let mut rotating = home.command(&["keys", "rotate"]).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        rotating.kill().unwrap();
        rotating.wait().unwrap();
        let server = home.start();
        let tokens = Visitor::ada(&server).await.tokens().await;
        assert!(tokens["id_token"].is_string());
        server.stop();
        assert!(active_keys(&home).iter().all(|(_, count)| *count == 1), "{:?}", active_keys(&home));
        let now = key_ids(&home);
        assert!(before.iter().all(|kid| now.contains(kid)), "{before:?} {now:?}");
    }
}

fn listed(home: &Home) -> Vec<serde_json::Value> {
    let outcome = home.run(&["keys", "list", "--json"]);
    assert!(outcome.status.success(), "{}", outcome.stderr);
    let document: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    document["keys"].as_array().unwrap().clone()
}

fn key_ids(home: &Home) -> Vec<String> {
    listed(home).iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// How many keys of each algorithm sign at the moment.
fn active_keys(home: &Home) -> Vec<(String, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for key in listed(home) {
        if key["phase"] == "signing" {
            *counts.entry(key["alg"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
    }
    counts.into_iter().collect()
}
