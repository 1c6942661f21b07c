//! Keys and addresses of a provider: kept, shared, renewed, and no oftener asked for than need be.

use doorward::upstream::Connector;
use serde_json::json;

use crate::idp::{DISCOVERY, Idp, NOW, begin, departure, finish, finish_at, unverified};
use crate::server::Reply;
use crate::signer::Signer;

fn rotated(idp: &Idp, to: Signer) {
    idp.publish_keys(&[to]);
    idp.give(&to.header(), &idp.claims_but(&json!({ "exp": NOW.seconds() + 1_000_000 })), to);
}

#[tokio::test]
async fn fed_2_3_a_rotated_key_is_found_without_a_restart() {
    let idp = Idp::start();
    let connector = idp.connector();
    finish(&connector).await.unwrap();
    rotated(&idp, Signer::Rs256(1));
    finish(&connector).await.unwrap();
    finish(&connector).await.unwrap();
    assert_eq!(idp.server.seen("/op/keys").len(), 2);
    // The key that is gone signs no more.
    idp.give(&Signer::Rs256(0).header(), &idp.claims(), Signer::Rs256(0));
    let unpublished = "it is signed with a key that the provider does not publish";
    assert_eq!(unverified(finish(&connector).await), unpublished);
}

#[tokio::test]
async fn fed_2_3_a_new_key_under_an_old_name_is_found_without_a_restart() {
    let idp = Idp::start();
    let connector = idp.connector();
    finish(&connector).await.unwrap();
    let mut jwk = Signer::Rs256(1).jwk();
    jwk["kid"] = Signer::Rs256(0).kid().into();
    idp.server.answer("/op/keys", Reply::json(&json!({ "keys": [jwk] })));
    idp.give(&Signer::Rs256(0).header(), &idp.claims(), Signer::Rs256(1));
    finish(&connector).await.unwrap();
    assert_eq!(idp.server.seen("/op/keys").len(), 2);
    // Whatever else is signed wrongly has them fetched no more for a minute.
    idp.give(&Signer::Rs256(0).header(), &idp.claims(), Signer::Rs256(0));
    for _ in 0..5 {
        assert_eq!(unverified(finish(&connector).await), "its signature is wrong");
    }
    assert_eq!(idp.server.seen("/op/keys").len(), 2);
}

#[tokio::test]
async fn fed_11_an_unknown_key_is_looked_for_once_a_minute() {
    let idp = Idp::start();
    let connector = idp.connector();
    let unknown = json!({ "alg": "RS256", "kid": "never-published" });
    idp.give(&unknown, &idp.claims(), Signer::Rs256(0));
    for _ in 0..5 {
        let refusal = unverified(finish(&connector).await);
        assert_eq!(refusal, "it is signed with a key that the provider does not publish");
    }
    assert_eq!(idp.server.seen("/op/keys").len(), 2);
    unverified(finish_at(&connector, NOW.plus_seconds(59)).await);
    assert_eq!(idp.server.seen("/op/keys").len(), 2);
    unverified(finish_at(&connector, NOW.plus_seconds(60)).await);
    assert_eq!(idp.server.seen("/op/keys").len(), 3);
    // Whoever has a known key is not kept waiting.
    idp.give(&Signer::Rs256(0).header(), &idp.claims(), Signer::Rs256(0));
    finish_at(&connector, NOW.plus_seconds(61)).await.unwrap();
    assert_eq!(idp.server.seen("/op/keys").len(), 3);
}

#[tokio::test]
async fn fed_2_3_documents_are_kept_by_their_headers() {
    let idp = Idp::start();
    let connector = idp.connector();
    idp.server.answer(DISCOVERY, Reply::json(&idp.document()).with("Cache-Control", "public, max-age=1000"));
    for (after, fetched) in [(0, 1), (999, 1), (1000, 2), (1500, 2)] {
        connector.begin(&departure(), NOW.plus_seconds(after), &mut crate::idp::draw(1)).await.unwrap();
        assert_eq!(idp.server.seen(DISCOVERY).len(), fetched, "{after}");
    }
}

#[tokio::test]
async fn f_31_many_visitors_share_one_fetch() {
    let idp = Idp::start();
    let connector = idp.connector();
    let visits: Vec<_> = (0..50)
        .map(|_| {
            let connector: Connector = connector.clone();
            tokio::spawn(async move { finish(&connector).await.map(|_| ()) })
        })
        .collect();
    for visit in visits {
        visit.await.unwrap().unwrap();
    }
    assert_eq!((idp.server.seen(DISCOVERY).len(), idp.server.seen("/op/keys").len()), (1, 1));
}

#[tokio::test]
async fn f_30_the_last_keys_serve_for_a_day_when_there_are_no_new_ones() {
    let idp = Idp::start();
    let connector = idp.connector();
    idp.give(&Signer::Rs256(0).header(), &idp.claims_but(&json!({ "exp": NOW.seconds() + 200_000 })), Signer::Rs256(0));
    finish(&connector).await.unwrap();
    idp.server.answer("/op/keys", Reply::typed(503, "text/html", "<h1>later</h1>"));
    idp.server.answer(DISCOVERY, Reply::typed(503, "text/html", "<h1>later</h1>"));
    finish_at(&connector, NOW.plus_seconds(80_000)).await.unwrap();
    let failure = finish_at(&connector, NOW.plus_seconds(90_000)).await.unwrap_err();
    assert_eq!(failure.label(), "unreachable");
}

#[tokio::test]
async fn f_29_a_provider_that_was_down_is_found_again_by_itself() {
    let idp = Idp::start();
    let connector = idp.connector();
    idp.server.answer(DISCOVERY, Reply::typed(502, "text/html", ""));
    assert_eq!(finish(&connector).await.unwrap_err().label(), "unreachable");
    idp.publish(&idp.document());
    begin(&connector, &departure()).await;
    finish(&connector).await.unwrap();
}

#[tokio::test]
async fn keys_of_unknown_kinds_are_passed_over() {
    let idp = Idp::start();
    let odd = json!({ "keys": [7, null, { "kty": "PQ" }, { "kty": "RSA" }, Signer::Rs256(0).jwk()], "more": 1 });
    idp.server.answer("/op/keys", Reply::json(&odd));
    finish(&idp.connector()).await.unwrap();
}
