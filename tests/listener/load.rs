//! Many connections, few descriptors. The servers under a limit of the system are processes of their own: this test
//! binary, started again.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use doorward::listener::{Limits, Listener, Switch};

use crate::client::{Client, body, status};
use crate::{Gate, PATIENCE, limits, routes, start};

const ROLE: &str = "DOORWARD_TEST_SERVES";

/// Descriptors this process may open, less what it has anyway.
fn spare_descriptors() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    line.split_whitespace().nth(3).unwrap().parse::<usize>().unwrap() - 200
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn htt_06_a_thousand_idle_connections_and_a_burst_of_pages_are_fine() {
    let server = start(limits());
    // Both ends of each connection are in this process.
    let (idle_wanted, burst) = (1_000.min(spare_descriptors() / 2 - 300), 300.min(spare_descriptors() / 4));
    let mut idle = Vec::new();
    for _ in 0..idle_wanted {
        idle.push(Client::connect(server.address).await);
    }
    let pages = (0..burst).map(|_| async { Client::connect(server.address).await.get("/").await });
    for page in futures_util::future::join_all(pages).await {
        assert_eq!(body(&page), "hello");
    }
    for client in &mut idle {
        assert_eq!(status(&client.get("/").await), 200, "an idle connection is still good");
    }
}

#[tokio::test]
async fn whoever_sends_many_requests_at_once_takes_turns_with_the_others() {
    let (_switch, stop) = Switch::new();
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), limits()).unwrap();
    let address = listener.address();
    let request = "GET / HTTP/1.1\r\nHost: doorward\r\n\r\n";
    // All of it is there before the first is looked at: nothing is served while this thread does not wait.
    let mut greedy = TcpStream::connect(address).unwrap();
    greedy.write_all(request.repeat(100).as_bytes()).unwrap();
    let mut modest = TcpStream::connect(address).unwrap();
    modest.write_all(request.as_bytes()).unwrap();
    let (answered, before_modest) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count, noted, modest) = (answered.clone(), before_modest.clone(), modest.local_addr().unwrap());
    let endpoint = poem::endpoint::make_sync(move |request| {
        let before = count.fetch_add(1, Ordering::SeqCst);
        if request.remote_addr().as_socket_addr() == Some(&modest) {
            noted.store(before, Ordering::SeqCst);
        }
    });
    tokio::spawn(listener.serve(endpoint, stop));
    while answered.load(Ordering::SeqCst) <= 100 {
        tokio::task::yield_now().await;
    }
    let before = before_modest.load(Ordering::SeqCst);
    assert!(before <= 5, "{before} requests of another connection went before the one of this");
}

/// A server in a process of its own, with at most `descriptors` open files.
struct Apart {
    process: Child,
    address: std::net::SocketAddr,
}

impl Apart {
    fn start(test: &str, descriptors: usize) -> Self {
        let mut process = Command::new("sh")
            .args(["-c", "ulimit -n \"$1\" && shift && exec \"$@\"", "sh", &descriptors.to_string()])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(ROLE, test)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("listening on ")?.parse().ok());
        Self { process, address: address.expect("the server tells its address") }
    }

    /// Kilobytes of memory in use.
    fn resident(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whether this process is the server of `test`; if so, it serves until it is killed.
async fn serves_apart(test: &str, limits: Limits) -> bool {
    if std::env::var(ROLE).as_deref() != Ok(test) {
        return false;
    }
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), limits).unwrap();
    println!("\nlistening on {}", listener.address());
    let (_switch, stop) = Switch::new();
    listener.serve(routes(Arc::new(Gate::default())), stop).await;
    true
}

#[tokio::test]
async fn f_40_few_descriptors_are_shared_out_and_nobody_is_lost() {
    const NAME: &str = "load::f_40_few_descriptors_are_shared_out_and_nobody_is_lost";
    if serves_apart(NAME, Limits { head: Duration::from_millis(500), ..limits() }).await {
        return;
    }
    let server = Apart::start(NAME, 64);
    let mut silent = Vec::new();
    for _ in 0..90 {
        silent.push(Client::connect(server.address).await);
    }
    let pages = (0..90).map(|_| async { Client::connect(server.address).await.get("/").await });
    for page in tokio::time::timeout(PATIENCE, futures_util::future::join_all(pages)).await.unwrap() {
        assert_eq!(body(&page), "hello");
    }
}

#[tokio::test]
async fn f_44_a_kept_connection_costs_little_memory() {
    const NAME: &str = "load::f_44_a_kept_connection_costs_little_memory";
    const KILOBYTES_EACH: usize = 40;
    let connections = 2_000.min(spare_descriptors());
    if serves_apart(NAME, limits()).await {
        return;
    }
    let server = Apart::start(NAME, connections + 400);
    let mut kept = vec![Client::connect(server.address).await];
    assert_eq!(status(&kept[0].get("/").await), 200);
    let before = server.resident();
    for _ in 1..connections {
        let mut client = Client::connect(server.address).await;
        assert_eq!(status(&client.get("/").await), 200);
        kept.push(client);
    }
    let each = (server.resident() - before) / connections;
    println!("{each} kB for each of {connections} connections");
    assert!(each < KILOBYTES_EACH, "{each} kB for each of {connections} connections");
    assert_eq!(body(&Client::connect(server.address).await.get("/").await), "hello");
}
