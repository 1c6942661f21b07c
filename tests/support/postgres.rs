//! A throw-away PostgreSQL server for one test binary, made from the installed programs, and a fresh database for each test.
//!
//! The server speaks on a socket in its own temporary folder. A shell watches over it that ends, stops it and removes
//! the folder when its standard input closes; that happens with the end of the test process, however it ends.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Durability is off as far as a power cut is concerned, which these tests do not ask the server to survive. Each line
/// it reads restarts the server in the middle of whatever it does.
const WATCH: &str = r#"
set -e
trap '' INT
PATH="$1:$PATH"
folder=$(mktemp -d "${TMPDIR:-/tmp}/doorward-postgres-XXXXXX" 2>/dev/null || mktemp -d /tmp/doorward-postgres-XXXXXX)
trap 'rm -rf "$folder"' EXIT
initdb --pgdata "$folder/data" --username doorward --auth trust --encoding UTF8 --no-locale --no-sync >"$folder/log" 2>&1
settings="-k $folder -c listen_addresses= -c fsync=off -c synchronous_commit=$2 -c full_page_writes=off"
pg_ctl start --wait --silent --pgdata "$folder/data" --log "$folder/log" \
  --options "$settings -c max_connections=300 -c shared_buffers=32MB"
trap 'pg_ctl stop --silent --pgdata "$folder/data" --mode immediate || true; rm -rf "$folder"' EXIT
echo "$folder"
while read -r command; do
  pg_ctl restart --wait --silent --pgdata "$folder/data" --log "$folder/log" --mode immediate \
    --options "$settings -c max_connections=300 -c shared_buffers=32MB"
  echo "$command"
done
"#;

/// A running server.
pub struct Server {
    folder: String,
    said: BufReader<ChildStdout>,
    /// Its standard input is closed by the end of this process, which ends the server.
    watch: Child,
}

static SERVER: OnceLock<Option<Server>> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The address of a new, empty database; nothing where PostgreSQL is not installed.
///
/// # Panics
/// If the server cannot be started, or if it is not installed and `CI` is set.
pub async fn fresh_database() -> Option<String> {
    Some(SERVER.get_or_init(|| start("off")).as_ref()?.fresh_database().await)
}

impl Server {
    /// One that no other test uses, and whose committed transactions survive its being restarted; none where PostgreSQL
    /// is not installed.
    pub fn of_its_own() -> Option<Self> {
        start("on")
    }

    /// The address of a new, empty database.
    pub async fn fresh_database(&self) -> String {
        let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.url("postgres")).await.expect("the server was just started");
        let create = format!("CREATE DATABASE {name}");
        sqlx::query(AssertSqlSafe(create)).execute(&mut connection).await.expect("the name is new");
        connection.close().await.expect("the server runs");
        self.url(&name)
    }

    /// Restarts it in the middle of whatever it does, and waits until it answers again.
    pub fn restart(&mut self) {
        let input = self.watch.stdin.as_mut().expect("it is piped");
        input.write_all(b"restarted\n").expect("the shell reads");
        let mut line = String::new();
        self.said.read_line(&mut line).expect("the shell writes text");
        assert_eq!(line, "restarted\n");
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://doorward@localhost/{database}?host={}", self.folder)
    }
}

/// `commits` is the setting `synchronous_commit`.
fn start(commits: &str) -> Option<Server> {
    let Some(programs) = find_programs() else {
        assert!(std::env::var_os("CI").is_none(), "PostgreSQL's server programs must be installed in CI");
        eprintln!("skipped on PostgreSQL: neither PATH nor /usr/lib/postgresql has initdb");
        return None;
    };
    let mut watch = unprivileged_shell();
    let mut child = watch
        .args(["-c", WATCH, "watch"])
        .arg(programs)
        .arg(commits)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell starts");
    let mut said = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut folder = String::new();
    said.read_line(&mut folder).expect("the shell writes text");
    let folder = folder.trim().to_owned();
    assert!(!folder.is_empty(), "PostgreSQL did not start");
    Some(Server { folder, said, watch: child })
}

/// PostgreSQL refuses to run as root.
fn unprivileged_shell() -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    if !is_root {
        return Command::new("sh");
    }
    let has_own_user = Command::new("id").args(["-u", "postgres"]).output().is_ok_and(|id| id.status.success());
    let mut shell = Command::new("runuser");
    shell.args(["-u", if has_own_user { "postgres" } else { "nobody" }, "--", "sh"]);
    shell
}

fn find_programs() -> Option<PathBuf> {
    let in_path = std::env::split_paths(&std::env::var_os("PATH")?).find(|folder| has_server(folder));
    let version = |folder: &PathBuf| folder.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    let packaged = || {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
        let folders = versions.flatten().map(|entry| entry.path().join("bin"));
        folders.filter(|folder| has_server(folder)).max_by_key(version)
    };
    in_path.or_else(packaged)
}

fn has_server(folder: &Path) -> bool {
    folder.join("initdb").is_file() && folder.join("pg_ctl").is_file() && folder.join("postgres").is_file()
}
