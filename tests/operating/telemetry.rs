//! What leaves the process for Sentry and an OpenTelemetry collector, and what never does.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::Value;

use crate::server::{ADA, Home, PASSWORD, SECRET};
use crate::support::collector::{Collector, Posted};
use crate::visitor::{Visitor, text};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn telemetry(collector: &Collector) -> String {
    let address = collector.address;
    format!("[telemetry]\nsentry_dsn = \"http://publickey@{address}/42\"\notlp_endpoint = \"http://{address}\"\n")
}

/// The span of a request, if it was posted.
fn span(posted: &Posted, name: &str) -> Option<Value> {
    if posted.path != "/v1/traces" {
        return None;
    }
    let traces: Value = serde_json::from_str(&posted.body).unwrap();
    let spans = traces["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
    spans.iter().find(|span| span["name"] == name).cloned()
}

fn attribute(span: &Value, key: &str) -> String {
    let attributes = span["attributes"].as_array().unwrap();
    let found = attributes.iter().find(|attribute| attribute["key"] == key).unwrap();
    let value = &found["value"];
    value["stringValue"].as_str().or(value["intValue"].as_str()).unwrap().to_owned()
}

/// The event of an envelope, if it is one.
fn event(posted: &Posted) -> Option<Value> {
    let lines: Vec<&str> = posted.body.lines().collect();
    let [header, item, event] = lines[..] else { return None };
    if posted.path != "/api/42/envelope/" {
        return None;
    }
    let (header, item): (Value, Value) = (serde_json::from_str(header).unwrap(), serde_json::from_str(item).unwrap());
    assert_eq!((&item["type"], item["length"].as_u64()), (&Value::from("event"), Some(event.len() as u64)));
    let event: Value = serde_json::from_str(event).unwrap();
    assert_eq!(event["event_id"], header["event_id"]);
    Some(event)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_become_spans_and_errors_events_with_nothing_that_anybody_sent() {
    let collector = Collector::start();
    let mut home = Home::furnished();
    home.settings = format!("{}environment = \"rehearsal\"\n", telemetry(&collector));
    let server = home.start();
    let mut ada = Visitor::ada(&server).await;
    let tokens = ada.tokens().await;
    let exchanged = collector.wait(|posted| span(posted, "POST /oauth2/token"));
    assert_eq!((&exchanged["kind"], exchanged["traceId"].as_str().unwrap().len()), (&Value::from(2), 32));
    assert_eq!(attribute(&exchanged, "http.response.status_code"), "200");
    assert_eq!(attribute(&exchanged, "http.route"), "/oauth2/token");
    let nanos = |name: &str| exchanged[name].as_str().unwrap().parse::<u64>().unwrap();
    assert!(nanos("endTimeUnixNano") > nanos("startTimeUnixNano"));

    // A lock that another program holds for longer than anybody waits.
    let stranger = rusqlite_lock(&home);
    let failed = Visitor::of(&server).get("/login?login_hint=mira%40example.com").await.unwrap();
    assert_eq!(failed.status, StatusCode::SERVICE_UNAVAILABLE);
    drop(stranger);
    let event = collector.wait(event);
    assert_eq!((&event["level"], &event["message"]["formatted"]), (&"error".into(), &"request failed".into()));
    assert_eq!((&event["environment"], &event["tags"]["route"]), (&"rehearsal".into(), &"/login".into()));
    assert_eq!(event["tags"]["kind"], "unavailable", "{event}");
    let request = event["tags"]["request"].as_str().unwrap().to_owned();
    server.logged(&request);
    let failed = collector.wait(|posted| span(posted, "GET /login").filter(|span| span["status"]["code"] == 2));
    assert_eq!(attribute(&failed, "doorward.request_id"), request);
    server.stop();

    let mut never =
        vec!["mira".to_owned(), ADA.to_owned(), PASSWORD.to_owned(), SECRET.to_owned(), "127.0.0.1".to_owned()];
    never.extend(["access_token", "refresh_token", "id_token"].map(|name| text(&tokens, name)[..24].to_owned()));
    never.extend(ada.secrets());
    for posted in collector.posted() {
        let told = never.iter().find(|secret| posted.body.contains(*secret));
        assert!(told.is_none(), "{told:?} left in {posted:?}");
    }
    let envelopes: Vec<Posted> =
        collector.posted().into_iter().filter(|posted| posted.path.contains("envelope")).collect();
    assert!(envelopes.iter().all(|posted| posted.head.contains("sentry_key=publickey")), "{envelopes:?}");
}

/// Keeps every writer out for as long as it lives.
fn rusqlite_lock(home: &Home) -> rusqlite::Connection {
    let stranger = rusqlite::Connection::open(home.database_file()).unwrap();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    stranger
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_is_taken_over_from_a_declared_proxy_and_from_nobody_else() {
    let collector = Collector::start();
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let unsampled = format!("00-{TRACE}-00f067aa0ba902b7-00");
    for (proxies, is_believed) in [("[]", false), ("[\"127.0.0.1\"]", true)] {
        let mut home = Home::furnished();
        home.settings = format!("{}[proxies]\ntrusted = {proxies}\n", telemetry(&collector));
        let server = home.start();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let get = |path: &str, trace: &str| {
            http.get(format!("http://127.0.0.1:{}{path}", server.port)).header("traceparent", trace).send()
        };
        get("/health", &parent).await.unwrap();
        get("/ready", &unsampled).await.unwrap();
        // Its end sends what waits.
        server.stop();
        let posted = collector.posted();
        let last = |name: &str| posted.iter().rev().find_map(|posted| span(posted, name));
        let health = last("GET /health").unwrap();
        assert_eq!(health["traceId"] == TRACE, is_believed, "{health}");
        assert_eq!(health["parentSpanId"] == "00f067aa0ba902b7", is_believed, "{health}");
        let ready = posted.iter().filter(|posted| span(posted, "GET /ready").is_some()).count();
        assert_eq!(ready, 1, "what the proxy does not keep is not kept here");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_never_answers_delays_neither_requests_nor_the_end() {
    const END_WITHIN: Duration = Duration::from_secs(8);
    let collector = Collector::silent();
    let mut home = Home::furnished();
    home.settings = telemetry(&collector);
    let server = home.start();
    let mut visitor = Visitor::of(&server);
    visitor.get("/health").await.unwrap();
    collector.wait(|posted| span(posted, "GET /health"));
    // More than the queue holds, while nothing leaves it.
    for _ in 0..2_500 {
        assert_eq!(visitor.get("/health").await.unwrap().status, StatusCode::OK);
    }
    let figures = visitor.get("/metrics").await.unwrap().body;
    let lost = figures.lines().find_map(|line| line.strip_prefix("doorward_telemetry_lost_total ")).unwrap();
    assert!(lost.parse::<u64>().unwrap() > 0, "{lost}");
    let begun = Instant::now();
    server.stop();
    assert!(begun.elapsed() < END_WITHIN, "{:?}", begun.elapsed());
}
