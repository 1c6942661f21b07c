//! What holds between processes: starting at once, and being killed in the middle of work.
//!
//! A child process is this test binary again, told by its environment to play the part of a server.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use doorward::params;
use doorward::store::{Location, Store, StoreFault};
use futures_util::future::join_all;

use crate::tickets::*;

const LOCATION: &str = "DOORWARD_TEST_CHILD_LOCATION";
const PART: &str = "DOORWARD_TEST_CHILD_PART";
const ACKNOWLEDGED: &str = "acknowledged ";

/// A running child and what it says.
struct Part {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
}

impl Part {
    fn start(database: &Database, part: &str) -> Part {
        let location = match &database.location {
            Location::Sqlite { path } => format!("sqlite:{}", path.display()),
            Location::Postgres { url } => url.clone(),
        };
        let mut command = Command::new(std::env::current_exe().expect("this binary"));
        command.args(["--exact", "processes::a_child_plays_its_part"]).env(LOCATION, location).env(PART, part);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("this binary starts");
        let output = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        Part { child, output }
    }

    /// The ids it says were acknowledged, until it ends or has said `enough`.
    fn listen(&mut self, enough: usize) -> Vec<String> {
        let lines = self.output.by_ref().map_while(Result::ok);
        let said = lines.filter_map(|line| line.split_once(ACKNOWLEDGED).map(|(_, id)| id.to_owned()));
        said.take(enough).collect()
    }
}

fn say(id: &str) {
    writeln!(std::io::stdout().lock(), "{ACKNOWLEDGED}{id}").expect("the parent listens");
}

/// Two rows that belong together.
async fn insert_pair(store: &Store, id: String) -> Result<u64, StoreFault> {
    let unit = store.write(id, |tx, id| {
        Box::pin(async move {
            tx.execute(INSERT, params![id, None::<&str>, None::<i64>, None::<i64>]).await?;
            tx.execute(INSERT_STUB, params![id, 1_i64]).await
        })
    });
    unit.await
}

/// Not a test of its own: passes at once unless a parent started it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_child_plays_its_part() {
    let (Ok(location), Ok(part)) = (std::env::var(LOCATION), std::env::var(PART)) else { return };
    let store = Store::open(&location.parse().expect("a location"), &options()).await.expect("it opens");
    store.migrate_up().await.expect("it migrates");
    let name = std::process::id();
    match part.as_str() {
        "start" => {
            insert_pair(&store, name.to_string()).await.expect("a unit");
            say(&name.to_string());
        }
        // Until it is killed.
        "work" => {
            let worker = |worker: u32| {
                let store = store.clone();
                async move {
                    for number in 0_u64.. {
                        let id = format!("{worker}-{number}");
                        insert_pair(&store, id.clone()).await.expect("a unit");
                        say(&id);
                    }
                }
            };
            join_all((0..16).map(worker)).await;
        }
        other => panic!("no such part: {other}"),
    }
}

async fn start_at_once(database: Database) {
    let mut parts: Vec<Part> = (0..4).map(|_| Part::start(&database, "start")).collect();
    for part in &mut parts {
        assert_eq!(part.listen(usize::MAX).len(), 1);
        assert!(part.child.wait().expect("it ends").success());
    }
    assert_eq!(count(&database.store().await).await, 4);
}

async fn die_at_work(database: Database) {
    let mut part = Part::start(&database, "work");
    let mut acknowledged = part.listen(200);
    part.child.kill().expect("it runs");
    // What it still said before it died is in the pipe.
    acknowledged.extend(part.listen(usize::MAX));
    part.child.wait().expect("it was killed");
    let store = database.store().await;
    let all = store.read((), |tx, ()| Box::pin(async move { tx.all::<(String,)>(ALL_IDS, &[]).await }));
    let kept: HashSet<String> = all.await.expect("a read").into_iter().map(|(id,)| id).collect();
    assert!(acknowledged.len() >= 200);
    for id in acknowledged {
        assert!(kept.contains(&id), "{id} was acknowledged and is lost");
    }
    let lone = store.read((), |tx, ()| Box::pin(async move { tx.one::<(i64,)>(LONE, &[]).await }));
    assert_eq!(lone.await, Ok((0,)), "units of which only half was kept");
}

const ALL_IDS: &str = "SELECT id FROM tickets";
const LONE: &str = "SELECT count(*) FROM tickets WHERE id NOT IN (SELECT ticket_id FROM stubs)";

#[tokio::test]
async fn processes_that_start_at_once_on_an_empty_sqlite_file_migrate_it_once() {
    start_at_once(Database::sqlite()).await;
}

#[tokio::test]
async fn processes_that_start_at_once_on_an_empty_postgresql_database_migrate_it_once() {
    if let Some(database) = Database::postgresql().await {
        start_at_once(database).await;
    }
}

#[tokio::test]
async fn a_process_that_is_killed_loses_nothing_acknowledged_on_sqlite() {
    die_at_work(Database::sqlite()).await;
}

#[tokio::test]
async fn a_process_that_is_killed_loses_nothing_acknowledged_on_postgresql() {
    if let Some(database) = Database::postgresql().await {
        die_at_work(database).await;
    }
}
