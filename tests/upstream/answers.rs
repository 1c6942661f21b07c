//! Answers that are none: too late, too long, elsewhere, or not what the protocol says. FED-10, F-28.

use std::time::{Duration, Instant};

use doorward::upstream::{Kind, Limits, Provider, UpstreamFailure};
use serde_json::json;

use crate::idp::{
    DISCOVERY, HASTE, Idp, NOW, connector, connector_within, departure, draw, finish, patience_for, provider,
};
use crate::server::{Reply, Server};
use crate::signer::Signer;

/// The paths of a visit in the order they are called.
const PATHS: [&str; 4] = [DISCOVERY, "/op/token", "/op/keys", "/op/userinfo"];

/// What a visit ends with when `path` answers so.
async fn failure_at(path: &str, reply: Reply) -> UpstreamFailure {
    let idp = Idp::start();
    // So that userinfo is asked at all.
    let claims = idp.claims_but(&json!({ "email": null }));
    idp.give(&crate::signer::Signer::Rs256(0).header(), &claims, crate::signer::Signer::Rs256(0));
    let limits = patience_for(&reply);
    idp.server.answer(path, reply);
    let failure = finish(&connector_within(limits, idp.provider())).await.unwrap_err();
    assert!(!idp.server.seen(path).is_empty(), "{path} was not asked");
    failure
}

async fn labels(reply: Reply) -> Vec<&'static str> {
    let mut labels = Vec::new();
    for path in PATHS {
        labels.push(failure_at(path, reply.clone()).await.label());
    }
    labels.dedup();
    labels
}

#[tokio::test]
async fn fed_10_html_and_other_types_are_malformed() {
    let page = "<!doctype html><title>Sign in to the hotel's network</title>";
    assert_eq!(labels(Reply::typed(200, "text/html", page)).await, ["malformed"]);
    assert_eq!(labels(Reply::typed(200, "text/plain", "{}")).await, ["malformed"]);
    assert_eq!(labels(Reply::Answer(200, vec![], b"{}".to_vec())).await, ["malformed"]);
    assert_eq!(labels(Reply::typed(400, "text/html", page)).await, ["malformed"]);
}

#[tokio::test]
async fn fed_10_malformed_json_is_malformed() {
    for body in ["", "{", "null", "[]", "\"text\"", "{}", "{\"keys\": 7, \"issuer\": [], \"access_token\": {}}"] {
        assert_eq!(
            failure_at("/op/token", Reply::typed(200, "application/json", body)).await.label(),
            "malformed",
            "{body}"
        );
        assert_eq!(failure_at(DISCOVERY, Reply::typed(200, "application/json", body)).await.label(), "malformed");
        assert_eq!(failure_at("/op/keys", Reply::typed(200, "application/json", body)).await.label(), "malformed");
    }
    let deep = format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000));
    assert_eq!(labels(Reply::typed(200, "application/json", &deep)).await, ["malformed"]);
}

#[tokio::test]
async fn fed_10_a_provider_that_is_out_of_order_is_unreachable() {
    for status in [500, 502, 503, 504, 429] {
        let reply = Reply::typed(status, "text/html", "<h1>sorry</h1>").with("Retry-After", "999999");
        assert_eq!(labels(reply).await, ["unreachable"], "{status}");
    }
}

#[tokio::test]
async fn fed_3_17_an_endless_answer_is_cut() {
    for path in PATHS {
        let failure = failure_at(path, Reply::Endless).await;
        assert_eq!(failure, UpstreamFailure::Malformed { detail: "the answer is too long".to_owned() }, "{path}");
    }
}

#[tokio::test]
async fn fed_3_17_an_answer_is_measured_and_not_believed_in_its_length() {
    let long = " ".repeat(64 * 1024) + "{}";
    let failure = failure_at("/op/token", Reply::typed(200, "application/json", &long)).await;
    assert_eq!(failure.label(), "malformed");
    // A length that is promised and never comes, and one that is too short.
    let promised = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{}";
    assert_eq!(failure_at("/op/token", Reply::Raw(promised.to_vec())).await.label(), "unreachable");
    let short = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{}";
    assert_eq!(failure_at("/op/token", Reply::Raw(short.to_vec())).await.label(), "malformed");
    let nothing = failure_at("/op/token", Reply::Raw(Vec::new())).await;
    assert_eq!(nothing.label(), "unreachable");
    let noise = failure_at("/op/token", Reply::Raw(b"\x16\x03\x01 not http\r\n\r\n".to_vec())).await;
    assert_eq!(noise.label(), "unreachable");
}

#[tokio::test]
async fn fed_3_17_silence_and_drips_end_in_time() {
    for path in PATHS {
        for reply in [Reply::Silence, Reply::Drip] {
            let begun = Instant::now();
            assert_eq!(failure_at(path, reply).await.label(), "unreachable", "{path}");
            assert!(begun.elapsed() < Duration::from_secs(5));
        }
    }
}

#[tokio::test]
async fn fed_10_all_calls_of_a_visit_together_end_in_time() {
    let idp = Idp::start();
    let slow = Limits { call: Duration::from_mins(1), step: Duration::from_millis(200), calls: 1 };
    idp.server.answer("/op/token", Reply::Silence);
    assert_eq!(finish(&connector_within(slow, idp.provider())).await.unwrap_err().label(), "unreachable");
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let server = Server::start();
    let mut nobody = provider(Kind::OpenIdConnect, server.at("/op"));
    // RFC 6335 §6: port 1 is reserved, and nothing answers on loopback.
    nobody.issuer = Some("http://localhost:1/op".to_owned());
    assert_eq!(finish(&connector(nobody)).await.unwrap_err().label(), "unreachable");
}

#[tokio::test]
async fn fed_3_17_redirects_are_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        for path in PATHS {
            let idp = Idp::start();
            let claims = idp.claims_but(&json!({ "email": null }));
            idp.give(&crate::signer::Signer::Rs256(0).header(), &claims, crate::signer::Signer::Rs256(0));
            let inside = Server::start();
            let location = format!("http://127.0.0.1:{}/latest/meta-data", inside.address.port());
            idp.server.answer(path, Reply::typed(status, "text/html", "").with("Location", &location));
            let failure = finish(&idp.connector()).await.unwrap_err();
            assert_eq!(failure.label(), "malformed", "{status} {path}");
            assert_eq!(inside.seen("/latest/meta-data").len(), 0);
        }
    }
}

fn closed(issuer: String) -> Provider {
    let mut closed = provider(Kind::OpenIdConnect, issuer);
    closed.allows_private_addresses = false;
    closed
}

#[tokio::test]
async fn fed_3_17_private_addresses_are_not_called_unless_allowed() {
    let server = Server::start();
    let port = server.address.port();
    let refused = UpstreamFailure::Misconfigured {
        detail: "an address is private, and private addresses are not allowed for this provider".to_owned(),
    };
    for host in
        ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
    {
        let connector = connector(closed(format!("https://{host}:{port}/op")));
        let failure = connector.begin(&departure(), NOW, &mut draw(1)).await.unwrap_err();
        assert_eq!(failure, refused, "{host}");
    }
    for host in ["169.254.169.254", "10.0.0.1", "192.168.1.1", "[fd00:ec2::254]", "100.100.100.200"] {
        let connector = connector(closed(format!("https://{host}/op")));
        assert_eq!(connector.begin(&departure(), NOW, &mut draw(1)).await.unwrap_err(), refused, "{host}");
    }
    let plain = connector(closed(server.at("/op")));
    let failure = plain.begin(&departure(), NOW, &mut draw(1)).await.unwrap_err();
    assert_eq!(failure, UpstreamFailure::Misconfigured { detail: "an address is not https".to_owned() });
    assert!(server.seen("/op/.well-known/openid-configuration").is_empty());
}

#[tokio::test]
async fn fed_3_17_addresses_that_are_given_are_judged_like_discovered_ones() {
    let inside = Server::start();
    let mut given = closed("https://op.example".to_owned());
    given.authorization_endpoint = Some("https://op.example/authorize".to_owned());
    given.token_endpoint = Some(format!("https://localhost:{}/op/token", inside.address.port()));
    given.jwks_uri = Some("https://op.example/keys".to_owned());
    assert_eq!(finish(&connector(given)).await.unwrap_err().label(), "misconfigured");
    assert!(inside.seen("/op/token").is_empty());
}

#[tokio::test]
async fn more_calls_than_there_are_places_for_are_turned_away() {
    let idp = Idp::start();
    idp.server.answer("/op/token", Reply::Silence);
    let limits = Limits { calls: 1, ..HASTE };
    let connector = connector_within(limits, idp.provider());
    connector.begin(&departure(), NOW, &mut draw(1)).await.unwrap();
    let (one, two) = tokio::join!(finish(&connector), finish(&connector));
    let details = [one.unwrap_err(), two.unwrap_err()].map(|failure| failure.to_string());
    assert!(details[0].ends_with("no answer in time"), "{details:?}");
    assert!(details[1].ends_with("too many calls are under way"), "{details:?}");
}

#[tokio::test]
async fn fed_3_13_nothing_of_an_errors_text_is_kept_but_a_code() {
    let hostile = "<script>alert(1)</script>\u{1b}[31m\r\nSet-Cookie: a=b";
    let error = |code: &str| json!({ "error": code, "error_description": hostile, "error_uri": "javascript:alert(1)" });
    for (code, kept) in [
        ("invalid_grant", "invalid_grant"),
        ("invalid_client", "invalid_client"),
        (hostile, "unreadable"),
        ("", "unreadable"),
        (&"x".repeat(65), "unreadable"),
    ] {
        for status in [200, 400, 401, 403] {
            let failure = failure_at("/op/token", Reply::status(status, &error(code))).await;
            assert_eq!(failure, UpstreamFailure::Refused { code: kept.to_owned() }, "{status}");
        }
    }
}

#[tokio::test]
async fn fed_3_13_no_failure_repeats_what_was_answered() {
    let mark = "hostile-mark";
    for path in PATHS {
        for reply in [
            Reply::typed(200, "application/json", &format!("{{\"{mark}\": {mark}}}")),
            Reply::typed(200, mark, mark),
            Reply::typed(503, "text/html", mark).with("X-Error", mark),
            Reply::status(200, &json!({ "error": { "text": mark }, "keys": mark, "issuer": mark, "sub": mark })),
            Reply::typed(302, "text/html", mark).with("Location", &format!("https://{mark}.example/")),
        ] {
            let failure = failure_at(path, reply).await;
            assert!(!format!("{failure:?} {failure}").contains(mark), "{failure:?}");
        }
    }
}

#[tokio::test]
async fn a_token_of_another_type_than_bearer_is_malformed() {
    let tokens = json!({ "access_token": "a", "token_type": "mac", "id_token": "x" });
    assert_eq!(failure_at("/op/token", Reply::json(&tokens)).await.label(), "malformed");
    let unsendable = json!({ "access_token": "a\r\nX-Evil: 1", "token_type": "bearer" });
    assert_eq!(failure_at("/op/token", Reply::json(&unsendable)).await.label(), "malformed");
}

#[tokio::test]
async fn log_02_secrets_of_a_visit_do_not_print() {
    let arrived = finish(&Idp::start().connector()).await.unwrap();
    let printed = format!("{arrived:?} {:?}", crate::idp::pending());
    for secret in [crate::idp::ACCESS_TOKEN, "the-nonce", "vvvv"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[tokio::test]
async fn fed_1_5_an_error_that_is_null_beside_good_tokens_is_none() {
    let idp = Idp::start();
    let id_token = Signer::Rs256(0).token(&Signer::Rs256(0).header(), &idp.claims());
    let tokens = json!({ "access_token": "a", "token_type": "Bearer", "id_token": id_token, "error": null });
    idp.server.answer("/op/token", Reply::json(&tokens));
    assert!(finish(&idp.connector()).await.is_ok());
}
