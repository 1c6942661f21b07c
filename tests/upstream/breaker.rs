//! A provider that is down for long: nobody waits for it in vain, and it is found when it is back. F-28.

use doorward::base::Timestamp;
use doorward::base::bounds::{UPSTREAM_FAILURES_MAX, UPSTREAM_PAUSE_SECONDS_MAX, UPSTREAM_PAUSE_SECONDS_MIN};
use doorward::upstream::{Connector, Kind, UpstreamFailure};
use serde_json::json;

use crate::idp::{DISCOVERY, HASTE, Idp, NOW, connector, connector_within, departure, draw, finish_at, provider};
use crate::server::{Reply, Server};

fn later(seconds: i64) -> Timestamp {
    NOW.plus_seconds(seconds)
}

async fn begin_at(connector: &Connector, now: Timestamp) -> Result<(), UpstreamFailure> {
    connector.begin(&departure(), now, &mut draw(1)).await.map(drop)
}

/// As many visits in a row as it takes.
async fn fail_often(connector: &Connector, now: Timestamp) {
    for _ in 0..UPSTREAM_FAILURES_MAX {
        assert_eq!(finish_at(connector, now).await.unwrap_err().label(), "unreachable");
    }
}

fn out_of_order(status: u16) -> Reply {
    Reply::typed(status, "text/html", "<h1>sorry</h1>")
}

#[tokio::test]
async fn f_28_a_provider_that_is_not_reached_is_left_alone_and_found_when_it_is_back() {
    let idp = Idp::start();
    let connector = idp.connector();
    begin_at(&connector, NOW).await.unwrap();
    idp.server.answer("/op/token", out_of_order(503));
    fail_often(&connector, NOW).await;
    assert!(connector.is_left_alone());
    let asked = idp.server.seen("/op/token").len();
    // Who comes back and who wants to leave are told so without a call.
    assert_eq!(finish_at(&connector, later(1)).await.unwrap_err().label(), "unreachable");
    assert_eq!(begin_at(&connector, later(1)).await.unwrap_err().label(), "unreachable");
    assert_eq!(idp.server.seen("/op/token").len(), asked);
    // One tries, in vain; then the pause is longer.
    let tried = later(UPSTREAM_PAUSE_SECONDS_MIN);
    begin_at(&connector, tried).await.expect("leaving asks nothing of it, and the pause is over");
    finish_at(&connector, tried).await.unwrap_err();
    assert_eq!(idp.server.seen("/op/token").len(), asked + 1);
    finish_at(&connector, tried.plus_seconds(UPSTREAM_PAUSE_SECONDS_MIN)).await.unwrap_err();
    assert_eq!(idp.server.seen("/op/token").len(), asked + 1);
    // It is back.
    idp.give(&crate::signer::Signer::Rs256(0).header(), &idp.claims(), crate::signer::Signer::Rs256(0));
    finish_at(&connector, tried.plus_seconds(2 * UPSTREAM_PAUSE_SECONDS_MIN)).await.unwrap();
    assert!(!connector.is_left_alone());
}

#[tokio::test]
async fn f_28_whatever_does_not_reach_a_provider_counts() {
    for reply in [out_of_order(502), out_of_order(504), Reply::Raw(Vec::new()), Reply::Silence] {
        let idp = Idp::start();
        idp.server.answer(DISCOVERY, reply.clone());
        let connector = connector_within(crate::idp::patience_for(&reply), idp.provider());
        // At different times, because visitors of one moment share a document.
        for second in 0..i64::from(UPSTREAM_FAILURES_MAX) {
            assert!(!connector.is_left_alone(), "{reply:?}");
            begin_at(&connector, later(second)).await.unwrap_err();
        }
        assert!(connector.is_left_alone(), "{reply:?}");
    }
    let mut nobody = provider(Kind::OpenIdConnect, Server::start().at("/op"));
    // RFC 6335 §6: port 1 is reserved, and nothing answers on loopback.
    nobody.issuer = Some("http://localhost:1/op".to_owned());
    let connector = connector(nobody);
    fail_often(&connector, NOW).await;
    assert!(connector.is_left_alone());
}

#[tokio::test]
async fn f_28_what_a_provider_refuses_or_garbles_is_no_reason_to_leave_it_alone() {
    let refusal = json!({ "error": "invalid_grant" });
    for reply in [
        Reply::status(400, &refusal),
        Reply::json(&json!({ "access_token": "a", "token_type": "Bearer", "id_token": "x.y.z" })),
        out_of_order(200),
        // Anybody may come back with a code of their own making, and one is told to be patient by name.
        out_of_order(500),
        out_of_order(429),
    ] {
        let idp = Idp::start();
        idp.server.answer("/op/token", reply.clone());
        let connector = idp.connector();
        for _ in 0..2 * UPSTREAM_FAILURES_MAX {
            finish_at(&connector, NOW).await.unwrap_err();
        }
        assert!(!connector.is_left_alone(), "{reply:?}");
        begin_at(&connector, NOW).await.unwrap();
    }
}

#[tokio::test]
async fn f_28_too_many_calls_of_our_own_say_nothing_about_the_provider() {
    let idp = Idp::start();
    let full = doorward::upstream::Limits { calls: 0, ..HASTE };
    let connector = connector_within(full, idp.provider());
    for _ in 0..2 * UPSTREAM_FAILURES_MAX {
        begin_at(&connector, NOW).await.unwrap_err();
    }
    assert!(!connector.is_left_alone());
}

#[tokio::test]
async fn f_28_of_many_who_come_after_the_pause_one_waits() {
    let idp = Idp::start();
    let connector = connector_within(HASTE, idp.provider());
    begin_at(&connector, NOW).await.unwrap();
    idp.server.answer("/op/token", out_of_order(503));
    fail_often(&connector, NOW).await;
    let asked = idp.server.seen("/op/token").len();
    idp.server.answer("/op/token", Reply::Silence);
    let now = later(UPSTREAM_PAUSE_SECONDS_MAX);
    let outcomes = futures_util::future::join_all((0..20).map(|_| finish_at(&connector, now))).await;
    assert!(outcomes.iter().all(Result::is_err));
    assert_eq!(idp.server.seen("/op/token").len(), asked + 1);
}

#[tokio::test]
async fn f_28_a_provider_that_is_down_leaves_others_alone() {
    let (down, up) = (Idp::start(), Idp::start());
    let other = doorward::upstream::Provider { id: "other".parse().unwrap(), ..up.provider() };
    let connectors = doorward::upstream::Connectors::new(vec![down.provider(), other]).unwrap();
    down.server.answer(DISCOVERY, out_of_order(503));
    fail_often(connectors.find("up").unwrap(), NOW).await;
    assert!(connectors.find("up").unwrap().is_left_alone());
    begin_at(connectors.find("other").unwrap(), NOW).await.unwrap();
}

#[tokio::test]
async fn f_28_github_is_left_alone_like_any_other() {
    let server = Server::start();
    server.answer("/login/oauth/access_token", out_of_order(503));
    let connector = connector(provider(Kind::GitHub, server.at("")));
    fail_often(&connector, NOW).await;
    assert_eq!(begin_at(&connector, NOW).await.unwrap_err().label(), "unreachable");
    begin_at(&connector, later(UPSTREAM_PAUSE_SECONDS_MIN)).await.unwrap();
}
