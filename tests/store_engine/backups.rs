//! Copies of a SQLite database: taken while it is written to, and put back only when they are sound.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;

use crate::tickets::*;
use doorward::params;
use doorward::store::{BackupFault, CopyProgress, Location, Restoration, Store, StoreFault, StoreOptions};

const NEWEST: i64 = 2;
const STUBS: &str = "SELECT count(*) FROM stubs";

async fn back_up(store: &Store, to: &Path) -> Result<u64, BackupFault> {
    store.back_up(to, |_| ()).await
}

/// Puts a backup in the place of a database that nobody has open.
fn restore(database: &Database, backup: &Path) -> Result<Option<std::path::PathBuf>, BackupFault> {
    Restoration::begin(&database.path(), backup, NEWEST)?.finish(".before")
}

/// Writes tickets with two stubs each, a ticket and its stubs in one unit, until told to stop.
async fn write_on(store: Store, name: usize, stop: Arc<AtomicBool>, written: Arc<AtomicU64>) {
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let id = format!("{name}-{number}");
        let unit = store.write(id, |tx, id| {
            Box::pin(async move {
                tx.execute(INSERT, params![&*id, None::<&str>, None::<i64>, None::<i64>]).await?;
                for stub in 0..2_i64 {
                    tx.execute(INSERT_STUB, params![&*id, stub]).await?;
                }
                Ok(())
            })
        });
        unit.await.expect("a unit");
        written.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn f_46_backups_taken_while_many_write_are_each_one_moment_of_the_database() {
    let database = Database::sqlite();
    let store = database.store().await;
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writers: Vec<_> =
        (0..8).map(|name| tokio::spawn(write_on(store.clone(), name, stop.clone(), written.clone()))).collect();
    let folder = tempfile::tempdir().expect("a folder");
    for round in 0..10 {
        // So that there is something new to copy in every round.
        while written.load(Ordering::Relaxed) < (round + 1) * 100 {
            tokio::task::yield_now().await;
        }
        let acknowledged = written.load(Ordering::Relaxed);
        let copy = folder.path().join(format!("{round}.sqlite"));
        back_up(&store, &copy).await.expect("a backup");
        let elsewhere = Database::sqlite();
        assert_eq!(restore(&elsewhere, &copy).expect("it is sound"), None);
        let restored = elsewhere.open(&options()).await.expect("it opens");
        let tickets = u64::try_from(count(&restored).await).expect("a count");
        let stubs = restored.read((), |tx, ()| Box::pin(async move { tx.one::<(i64,)>(STUBS, &[]).await })).await;
        assert!(tickets >= acknowledged, "{tickets} of {acknowledged}");
        assert_eq!(stubs.expect("a read").0, i64::try_from(tickets * 2).expect("few"), "no unit is there half");
        restored.shutdown().await;
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.expect("a writer");
    }
}

#[tokio::test]
async fn a_backup_is_one_private_file_and_overwrites_nothing() {
    let database = Database::sqlite();
    let store = database.store().await;
    insert(&store, ticket("a")).await.expect("a row");
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy.sqlite");
    let (sender, seen) = mpsc::channel::<CopyProgress>();
    let bytes = store.back_up(&copy, move |progress| sender.send(progress).expect("it listens")).await.expect("a copy");
    let metadata = fs::metadata(&copy).expect("a file");
    assert_eq!((metadata.len(), metadata.permissions().mode() & 0o777), (bytes, 0o600));
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing beside it");
    let last = seen.iter().last().expect("progress");
    assert_eq!((last.done, last.total), (bytes, bytes));
    let before = fs::read(&copy).expect("a file");
    assert!(matches!(back_up(&store, &copy).await, Err(BackupFault::Exists(path)) if path == copy));
    assert_eq!(fs::read(&copy).expect("a file"), before);
    let nowhere = folder.path().join("not/there.sqlite");
    assert!(matches!(back_up(&store, &nowhere).await, Err(BackupFault::File(..))));
}

#[tokio::test]
async fn what_a_killed_backup_left_is_no_obstacle_and_no_backup() {
    let database = Database::sqlite();
    let store = database.store().await;
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("copy.sqlite.partial"), "half a page").expect("a file");
    let copy = folder.path().join("copy.sqlite");
    back_up(&store, &copy).await.expect("a backup");
    restore(&Database::sqlite(), &copy).expect("it is sound");
}

#[tokio::test]
async fn the_former_database_is_kept_with_what_its_log_held() {
    let database = Database::sqlite();
    let store = database.store().await;
    insert(&store, ticket("a")).await.expect("a row");
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy.sqlite");
    back_up(&store, &copy).await.expect("a backup");
    insert(&store, ticket("b")).await.expect("a row");
    store.shutdown().await;
    let kept = restore(&database, &copy).expect("it is sound").expect("there was one");
    assert_eq!(count(&database.open(&options()).await.expect("it opens")).await, 1);
    let former = Store::open(&Location::Sqlite { path: kept }, &options()).await.expect("it opens");
    assert_eq!(count(&former).await, 2);
}

#[tokio::test]
async fn nothing_is_put_in_the_place_of_a_database_that_is_open() {
    let database = Database::sqlite();
    let store = database.store().await;
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy.sqlite");
    back_up(&store, &copy).await.expect("a backup");
    assert!(matches!(restore(&database, &copy), Err(BackupFault::InUse(_))));
    insert(&store, ticket("a")).await.expect("it goes on");
    store.shutdown().await;
    restore(&database, &copy).expect("nobody has it open");
    // And whoever opens it meanwhile waits for the end.
    let held = Restoration::begin(&database.path(), &copy, NEWEST).expect("nobody has it open");
    assert!(matches!(restore(&database, &copy), Err(BackupFault::InUse(_))));
    drop(held);
    assert_eq!(count(&database.open(&options()).await.expect("it opens")).await, 0);
}

#[tokio::test]
async fn another_programs_hold_on_it_is_respected() {
    let database = Database::sqlite();
    let store = database.store().await;
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy.sqlite");
    back_up(&store, &copy).await.expect("a backup");
    store.shutdown().await;
    let stranger = rusqlite::Connection::open(database.path()).expect("it opens");
    stranger.query_row("SELECT count(*) FROM tickets", [], |_| Ok(())).expect("a read");
    assert!(matches!(restore(&database, &copy), Err(BackupFault::InUse(_))));
}

#[tokio::test]
async fn a_damaged_foreign_newer_or_unfinished_file_is_refused_and_nothing_is_touched() {
    let database = Database::sqlite();
    let store = database.store().await;
    for number in 0..2_000 {
        insert(&store, ticket(&format!("a ticket with a long name, number {number}"))).await.expect("a row");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    back_up(&store, &file("good")).await.expect("a backup");
    store.shutdown().await;
    let before = fs::read(database.path()).expect("a file");
    let good = fs::read(file("good")).expect("a file");
    let mut damaged = good.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 4_096].fill(0xa5);
    fs::write(file("damaged"), damaged).expect("a file");
    fs::write(file("cut"), &good[..good.len() - 4_096]).expect("a file");
    fs::write(file("text"), "a letter").expect("a file");
    fs::write(file("empty"), "").expect("a file");
    fs::write(file("hot"), &good).expect("a file");
    fs::write(file("hot-wal"), "a log").expect("a file");
    let foreign = rusqlite::Connection::open(file("foreign")).expect("it opens");
    foreign.execute_batch("CREATE TABLE notes (text)").expect("a table");
    let refusal = |name: &str| restore(&database, &file(name)).expect_err(name);
    for (name, wanted) in [("damaged", "damaged"), ("cut", "damaged"), ("text", "not an SQLite"), ("empty", "is empty")]
    {
        let fault = refusal(name);
        assert!(matches!(fault, BackupFault::Unsound(..)) && fault.to_string().contains(wanted), "{name}: {fault}");
    }
    assert!(refusal("foreign").to_string().contains("another program"));
    assert!(matches!(refusal("hot"), BackupFault::HasLog(_)));
    assert!(matches!(refusal("absent"), BackupFault::File(..)));
    let older = Restoration::begin(&database.path(), &file("good"), 1).err();
    assert!(matches!(older, Some(BackupFault::Unsound(_, StoreFault::Newer { found: 2, known: 1 }))), "{older:?}");
    assert_eq!(fs::read(database.path()).expect("a file"), before);
    let beside = fs::read_dir(database.path().parent().expect("a folder")).expect("a folder");
    let names: Vec<_> = beside.map(|entry| entry.expect("an entry").file_name().into_string().expect("text")).collect();
    assert!(names.iter().all(|name| !name.contains("restoring")), "{names:?}");
}

#[tokio::test]
async fn a_damaged_database_can_be_replaced_and_is_kept() {
    let database = Database::sqlite();
    let store = database.store().await;
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy.sqlite");
    back_up(&store, &copy).await.expect("a backup");
    store.shutdown().await;
    fs::write(database.path(), "what the disk made of it").expect("a file");
    let kept = restore(&database, &copy).expect("it is sound").expect("there was one");
    assert_eq!(fs::read_to_string(kept).expect("a file"), "what the disk made of it");
    assert_eq!(count(&database.open(&options()).await.expect("it opens")).await, 0);
}

#[tokio::test]
async fn a_database_on_a_server_has_tools_of_its_own() {
    let Some(database) = Database::postgresql().await else { return };
    let store = database.open(&StoreOptions::default()).await.expect("it opens");
    let fault = back_up(&store, Path::new("copy")).await.expect_err("not a file");
    assert!(fault.hint().is_some_and(|hint| hint.contains("pg_dump")));
}
