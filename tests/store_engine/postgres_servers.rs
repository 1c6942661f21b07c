//! What the storage engine promises about PostgreSQL servers alone: repetition, lost connections, and absence.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::tickets::*;
use doorward::params;
use doorward::store::{Location, Store, StoreFault, StoreOptions, Tx};
use futures_util::future::join_all;
use sqlx::{Connection, PgConnection};

/// Ends every connection to this database but its own, as a restart of the server would.
async fn cut_every_connection(database: &Database) {
    let mut connection = PgConnection::connect(database.url()).await.expect("the server runs");
    let cut = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    sqlx::query(cut).execute(&mut connection).await.expect("the owner may");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_unit_that_lost_against_a_concurrent_one_is_run_again() {
    let Some(database) = Database::postgresql().await else { return };
    let store = database.store().await;
    insert(&store, Ticket { seat: Some(1), ..ticket("a") }).await.expect("a row");
    let runs = Arc::new(AtomicU32::new(0));
    let units = (0..4).map(|_| {
        store.write(Arc::clone(&runs), |tx, runs| {
            Box::pin(async move {
                runs.fetch_add(1, Ordering::Relaxed);
                tx.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", &[]).await?;
                let seen = tx.one::<Ticket>(FIND, params!["a"]).await?;
                let next = seen.seat.map(|seat| seat + 1);
                tx.execute("UPDATE tickets SET seat = $1 WHERE id = 'a'", params![next]).await
            })
        })
    });
    for outcome in join_all(units).await {
        assert_eq!(outcome, Ok(1));
    }
    assert_eq!(find(&store, "a").await.and_then(|row| row.seat), Some(5));
    assert!(runs.load(Ordering::Relaxed) >= 4);
}

#[tokio::test]
async fn a_unit_that_always_loses_is_reported_after_a_bounded_number_of_runs() {
    let Some(database) = Database::postgresql().await else { return };
    let store = database.store().await;
    let runs = Arc::new(AtomicU32::new(0));
    let unit = store.write(Arc::clone(&runs), |tx, runs| {
        Box::pin(async move {
            runs.fetch_add(1, Ordering::Relaxed);
            tx.execute("DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$", &[]).await
        })
    });
    assert_eq!(unit.await, Err(StoreFault::Contended));
    assert_eq!(runs.load(Ordering::Relaxed), doorward::base::bounds::STORE_ATTEMPTS_MAX);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_that_died_while_idle_are_replaced_unnoticed() {
    let Some(database) = Database::postgresql().await else { return };
    let store = database.store().await;
    let many = |prefix: &'static str| {
        let store = store.clone();
        async move { join_all((0..32).map(|n| insert(&store, ticket(&format!("{prefix}{n}"))))).await }
    };
    assert!(many("before").await.into_iter().all(|outcome| outcome == Ok(1)));
    cut_every_connection(&database).await;
    assert_eq!(count(&store).await, 32);
    cut_every_connection(&database).await;
    assert!(many("after").await.into_iter().all(|outcome| outcome == Ok(1)));
    assert_eq!(count(&store).await, 64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_lost_inside_a_unit_is_an_outage_and_the_next_unit_works() {
    let Some(database) = Database::postgresql().await else { return };
    let store = database.store().await;
    let unit = store.write((), |tx, ()| {
        Box::pin(async move {
            tx.execute(INSERT, params!["a", None::<&str>, None::<i64>, None::<i64>]).await?;
            tx.execute("SELECT pg_terminate_backend(pg_backend_pid())", &[]).await
        })
    });
    let lost = unit.await;
    assert!(matches!(lost, Err(StoreFault::Unavailable { .. })), "{lost:?}");
    assert_eq!(insert(&store, ticket("b")).await, Ok(1));
    assert_eq!(count(&store).await, 1);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_reported_without_the_password() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("postgres://doorward:hunter2@localhost/doorward?host={}", folder.path().display());
    let location = Location::Postgres { url };
    let fault = Store::open(&location, &StoreOptions::default()).await.err().expect("nobody listens");
    assert!(matches!(fault, StoreFault::Unavailable { .. }), "{fault:?}");
    assert!(!format!("{fault} {fault:?} {location} {location:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended_by_the_server() {
    let Some(database) = Database::postgresql().await else { return };
    let store = database.store().await;
    let unit = store.write((), |tx, ()| {
        Box::pin(async move {
            tx.execute("SET LOCAL statement_timeout = 1", &[]).await?;
            tx.execute("SELECT pg_sleep(60)", &[]).await
        })
    });
    assert_eq!(unit.await, Err(StoreFault::Busy));
    assert_eq!(insert(&store, ticket("a")).await, Ok(1));
}

#[tokio::test]
async fn every_connection_bounds_its_statements() {
    let Some(database) = Database::postgresql().await else { return };
    let store = database.store().await;
    let setting = |name: &'static str| {
        store.read(name, |tx, name| {
            Box::pin(async move { tx.one::<(String,)>("SELECT current_setting($1)", params![*name]).await })
        })
    };
    assert_eq!(setting("statement_timeout").await, Ok(("5s".to_owned(),)));
    assert_eq!(setting("lock_timeout").await, Ok(("3s".to_owned(),)));
    assert_eq!(setting("default_transaction_isolation").await, Ok(("read committed".to_owned(),)));
}

#[tokio::test]
async fn f_17_even_ephemeral_units_are_answered_after_the_servers_disk_has_them() {
    let Some(database) = Database::postgresql().await else { return };
    // The servers of tests flush nothing unless they are told to.
    let location = Location::Postgres { url: format!("{}&options[synchronous_commit]=on", database.url()) };
    let store = Store::open(&location, &StoreOptions { connections: 1, ..options() }).await.expect("it opens");
    for _ in 0..2 {
        assert_eq!(store.write_ephemeral((), |tx, ()| Box::pin(waits(tx))).await, Ok("on".to_owned()));
        assert_eq!(store.write((), |tx, ()| Box::pin(waits(tx))).await, Ok("on".to_owned()));
    }
}

/// Whether a commit waits for the server's disk, in the server's words.
async fn waits(tx: &mut Tx<'_>) -> Result<String, StoreFault> {
    tx.one::<(String,)>("SELECT current_setting('synchronous_commit')", &[]).await.map(|(word,)| word)
}
