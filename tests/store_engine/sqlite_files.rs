//! What the storage engine promises about SQLite files alone: whose they are, locks, damage, and recovery.

use std::fs;
use std::time::Duration;

use crate::tickets::*;
use doorward::store::{Location, Store, StoreFault, StoreOptions};

/// Another program's connection to the same file.
fn stranger(database: &Database) -> rusqlite::Connection {
    rusqlite::Connection::open(database.path()).expect("it opens")
}

/// Runs a pragma on the writing connection.
async fn on_the_writer(store: &Store, pragma: &'static str) {
    let unit = store.write((), move |tx, ()| Box::pin(async move { tx.all::<(i64,)>(pragma, &[]).await }));
    unit.await.expect("a pragma");
}

#[tokio::test]
async fn a_unit_that_waits_for_something_else_is_refused() {
    let database = Database::sqlite();
    let store = database.store().await;
    let unit = store.write((), |tx, ()| {
        Box::pin(async move {
            tx.execute("DELETE FROM stubs", &[]).await?;
            tokio::task::yield_now().await;
            Ok(())
        })
    });
    assert_eq!(unit.await, Err(StoreFault::Waited));
    assert_eq!(insert(&store, ticket("a")).await, Ok(1));
}

#[tokio::test]
async fn a_unit_that_ends_the_transaction_takes_nobody_with_it_unnoticed() {
    let database = Database::sqlite();
    let store = database.store().await;
    let unit = store.write((), |tx, ()| Box::pin(async move { tx.execute("ROLLBACK", &[]).await }));
    let (ended, beside) = futures_util::join!(unit, insert(&store, ticket("a")));
    assert!(matches!(ended, Err(StoreFault::Statement { .. })), "{ended:?}");
    assert_eq!(find(&store, "a").await.is_some(), beside.is_ok());
    assert_eq!(insert(&store, ticket("b")).await, Ok(1));
}

#[tokio::test]
async fn a_reading_unit_cannot_write() {
    let database = Database::sqlite();
    let store = database.store().await;
    let unit = store.read((), |tx, ()| Box::pin(async move { tx.execute("DELETE FROM tickets", &[]).await }));
    assert_eq!(unit.await, Err(StoreFault::ReadOnly));
    assert_eq!(count(&store).await, 0);
}

#[tokio::test]
async fn what_was_acknowledged_is_in_the_files_before_the_store_is_closed() {
    let database = Database::sqlite();
    let store = database.store().await;
    insert(&store, ticket("a")).await.expect("a row");
    // What a process that was killed would leave behind.
    let left = Database::sqlite();
    for suffix in ["", "-wal"] {
        let name = |path: &std::path::Path| format!("{}{suffix}", path.display());
        fs::copy(name(&database.path()), name(&left.path())).expect("a copy");
    }
    assert_eq!(count(&left.store().await).await, 1);
}

#[tokio::test]
async fn f_09_a_lock_of_another_process_is_waited_for() {
    let database = Database::sqlite();
    let store = database.store().await;
    let other = stranger(&database);
    other.execute_batch("BEGIN IMMEDIATE").expect("nobody writes");
    let release = async { other.execute_batch("COMMIT").expect("it holds the lock") };
    let (written, ()) = futures_util::join!(insert(&store, ticket("a")), release);
    assert_eq!(written, Ok(1));
}

#[tokio::test]
async fn f_09_a_lock_held_too_long_is_busy_and_the_next_unit_works() {
    let database = Database::sqlite();
    database.store().await.shutdown().await;
    let impatient = StoreOptions { lock_wait: Duration::from_millis(1), ..options() };
    let store = database.open(&impatient).await.expect("it opens");
    let other = stranger(&database);
    other.execute_batch("BEGIN IMMEDIATE").expect("nobody writes");
    assert_eq!(insert(&store, ticket("a")).await, Err(StoreFault::Busy));
    assert_eq!(count(&store).await, 0);
    other.execute_batch("COMMIT").expect("it holds the lock");
    assert_eq!(insert(&store, ticket("b")).await, Ok(1));
    assert!(find(&store, "a").await.is_none());
}

#[tokio::test]
async fn f_05_a_full_disk_refuses_writes_serves_reads_and_recovers() {
    let database = Database::sqlite();
    let store = database.store().await;
    insert(&store, ticket("a")).await.expect("a row");
    on_the_writer(&store, "PRAGMA max_page_count = 1").await;
    let long = "x".repeat(100_000);
    assert_eq!(insert(&store, ticket(&long)).await, Err(StoreFault::Full));
    assert_eq!(count(&store).await, 1);
    on_the_writer(&store, "PRAGMA max_page_count = 1000000").await;
    assert_eq!(insert(&store, ticket(&long)).await, Ok(1));
    assert_eq!(count(&store).await, 2);
}

#[tokio::test]
async fn a_connection_that_became_read_only_is_replaced() {
    let database = Database::sqlite();
    let store = database.store().await;
    on_the_writer(&store, "PRAGMA query_only = ON").await;
    assert_eq!(insert(&store, ticket("a")).await, Err(StoreFault::ReadOnly));
    assert_eq!(insert(&store, ticket("b")).await, Ok(1));
    assert_eq!(count(&store).await, 1);
}

#[tokio::test]
async fn f_10_a_damaged_page_is_named_at_the_start() {
    let database = Database::sqlite();
    let store = database.store().await;
    insert(&store, ticket("a")).await.expect("a row");
    store.shutdown().await;
    let mut bytes = fs::read(database.path()).expect("the file");
    let page = 4096;
    bytes[page..page + 64].fill(0xff);
    fs::write(database.path(), &bytes).expect("the file");
    let fault = database.open(&options()).await.err().expect("it is damaged");
    assert!(matches!(&fault, StoreFault::Corrupt { detail } if detail.contains("doorward.db")), "{fault:?}");
    assert!(fault.hint().is_some_and(|hint| hint.contains("backup")));
    assert_eq!(fs::read(database.path()).expect("the file"), bytes);
}

#[tokio::test]
async fn f_10_a_file_that_was_cut_off_is_named_at_the_start() {
    let database = Database::sqlite();
    database.store().await.shutdown().await;
    let bytes = fs::read(database.path()).expect("the file");
    fs::write(database.path(), &bytes[..bytes.len() - 4096]).expect("the file");
    let fault = database.open(&options()).await.err().expect("it is damaged");
    assert!(matches!(&fault, StoreFault::Corrupt { detail } if detail.contains("doorward.db")), "{fault:?}");
}

#[tokio::test]
async fn a_newer_database_is_left_untouched() {
    let database = Database::sqlite();
    database.store().await.shutdown().await;
    let before = fs::read(database.path()).expect("the file");
    let older = StoreOptions { migrations: &OLDER_SCHEMA, ..options() };
    assert!(matches!(database.open(&older).await.err(), Some(StoreFault::Newer { .. })));
    assert_eq!(fs::read(database.path()).expect("the file"), before);
}

#[tokio::test]
async fn a_file_of_another_program_is_refused_and_left_untouched() {
    let text = Database::sqlite();
    fs::write(text.path(), "not a database at all").expect("a file");
    let foreign = Database::sqlite();
    stranger(&foreign).execute_batch("CREATE TABLE theirs (id TEXT)").expect("a table");
    for database in [text, foreign] {
        let before = fs::read(database.path()).expect("the file");
        let fault = database.open(&options()).await.err().expect("it is not ours");
        assert!(matches!(&fault, StoreFault::Unusable { place, .. } if place.contains("doorward.db")), "{fault:?}");
        assert!(fault.hint().is_some());
        assert_eq!(fs::read(database.path()).expect("the file"), before);
    }
}

#[tokio::test]
async fn a_restored_copy_without_our_mark_is_still_ours() {
    let database = Database::sqlite();
    let store = database.store().await;
    insert(&store, ticket("a")).await.expect("a row");
    store.shutdown().await;
    stranger(&database).execute_batch("PRAGMA application_id = 0").expect("the mark is taken off");
    assert_eq!(count(&database.store().await).await, 1);
}

#[tokio::test]
async fn a_path_that_cannot_hold_a_database_is_refused_with_a_remedy() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for path in [folder.path().join("missing/doorward.db"), folder.path().to_owned()] {
        let fault = Store::open(&Location::Sqlite { path }, &options()).await.err().expect("no such place");
        assert!(matches!(fault, StoreFault::Unusable { .. }), "{fault:?}");
        assert!(fault.hint().is_some());
    }
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0);
}

#[tokio::test]
async fn a_removed_or_replaced_file_is_not_ready() {
    let database = Database::sqlite();
    let store = database.store().await;
    let kept = database.path().with_extension("kept");
    fs::rename(database.path(), &kept).expect("the file");
    assert!(matches!(store.ready().await, Err(StoreFault::Io { .. })));
    fs::copy(&kept, database.path()).expect("a copy");
    assert!(matches!(store.ready().await, Err(StoreFault::Io { .. })));
    fs::rename(&kept, database.path()).expect("the file");
    assert_eq!(store.ready().await, Ok(()));
}

#[tokio::test]
async fn a_store_that_was_shut_down_leaves_one_whole_file() {
    let database = Database::sqlite();
    let store = database.store().await;
    insert(&store, ticket("a")).await.expect("a row");
    store.shutdown().await;
    let log = database.path().with_extension("db-wal");
    assert!(!log.exists());
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let database = Database::sqlite();
    let store = database.store().await;
    insert(&store, ticket("a")).await.expect("a row");
    let folder = database.path().parent().expect("a folder").to_owned();
    for file in fs::read_dir(folder).expect("the folder").flatten() {
        let mode = file.metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", file.path().display());
    }
}
