//! Pairwise subjects (OpenID Connect Core §8.1).

use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::collector::Collector;
use crate::support::relying_party::{VERIFIER, authorize_path, basic, claims, post, sign_in_and_consent, userinfo};
use crate::support::world::{SECRET, World};

async fn client(world: &World, id: &str, kind: &str, redirect_uri: &str) {
    world
        .client(id, |metadata| {
            metadata.subject_type = Some(kind.to_owned());
            metadata.redirect_uris = vec![redirect_uri.to_owned().try_into().unwrap()];
            metadata.post_logout_redirect_uris = vec![redirect_uri.to_owned().try_into().unwrap()];
        })
        .await;
}

fn redirect_uri(id: &str) -> String {
    format!("https://{}.example/{id}", id.split('-').next().unwrap())
}

async fn ask(browser: &mut Browser<'_>, id: &str, change: &[(&str, &str)]) -> Page {
    let uri = redirect_uri(id);
    let path = authorize_path(&[&[("client_id", id), ("redirect_uri", uri.as_str())], change].concat());
    if change.contains(&("prompt", "none")) {
        return browser.visit(&path).await;
    }
    sign_in_and_consent(browser, "ada@example.com", &path).await
}

async fn redeem(world: &World, id: &str, code: &str) -> Value {
    let uri = redirect_uri(id);
    let fields =
        [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", &uri), ("code_verifier", VERIFIER)];
    let page = post(world, "/oauth2/token", &fields, &[("authorization", &basic(id, SECRET))]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.json()
}

/// A world in which `a-one` and `a-two` share a sector, `b-one` has another, and `c-one` is public.
async fn world() -> World {
    let world = World::new().await;
    world.person("ada@example.com").await;
    for id in ["a-one", "a-two", "b-one"] {
        client(&world, id, "pairwise", &redirect_uri(id)).await;
    }
    client(&world, "c-one", "public", &redirect_uri("c-one")).await;
    world
}

async fn tokens(world: &World, id: &str) -> Value {
    let mut browser = Browser::new(world);
    let code = ask(&mut browser, id, &[]).await.answer()["code"].clone();
    redeem(world, id, &code).await
}

fn text<'a>(document: &'a Value, name: &str) -> &'a str {
    document[name].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn core_8_1_clients_of_different_sectors_see_different_people() {
    let world = world().await;
    let mut subjects = Vec::new();
    for id in ["a-one", "a-two", "b-one", "c-one", "a-one"] {
        let issued = tokens(&world, id).await;
        let sub = claims(text(&issued, "id_token"))["sub"].clone();
        assert_eq!(userinfo(&world, text(&issued, "access_token")).await.json()["sub"], sub);
        assert_eq!(claims(text(&issued, "access_token"))["sub"], sub);
        let refresh_token = text(&issued, "refresh_token");
        for token in [text(&issued, "access_token"), refresh_token] {
            let header = basic(id, SECRET);
            let told = post(&world, "/oauth2/introspect", &[("token", token)], &[("authorization", &header)]).await;
            assert_eq!(told.json()["sub"], sub);
        }
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        let again = post(&world, "/oauth2/token", &fields, &[("authorization", &basic(id, SECRET))]).await.json();
        assert_eq!(claims(text(&again, "id_token"))["sub"], sub, "refreshed");
        subjects.push(sub);
    }
    let [one, two, other, public, again] = subjects.try_into().unwrap();
    assert_eq!((&one, &one), (&two, &again), "one sector, every time");
    let account =
        world.context.store.find_account_by_email(&"ada@example.com".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(public, json!(account.id.as_str()));
    assert!(one != other && one != public && other != public);
    assert!(one.as_str().unwrap().len() >= 22);
}

#[tokio::test(flavor = "multi_thread")]
async fn core_3_1_2_1_hints_and_claims_name_people_as_the_client_knows_them() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let code = ask(&mut browser, "a-one", &[]).await.answer()["code"].clone();
    let id_token = text(&redeem(&world, "a-one", &code).await, "id_token").to_owned();
    let sub = claims(&id_token)["sub"].clone();
    let silent = ask(&mut browser, "a-one", &[("prompt", "none"), ("id_token_hint", &id_token)]).await.answer();
    assert!(silent.contains_key("code"), "{silent:?}");
    let wanted = json!({ "id_token": { "sub": { "value": sub } } }).to_string();
    let by_claim = ask(&mut browser, "a-one", &[("prompt", "none"), ("claims", &wanted)]).await.answer();
    assert!(by_claim.contains_key("code"), "{by_claim:?}");
    let account =
        world.context.store.find_account_by_email(&"ada@example.com".parse().unwrap()).await.unwrap().unwrap();
    let public = json!({ "id_token": { "sub": { "value": account.id.as_str() } } }).to_string();
    let by_public = ask(&mut browser, "a-one", &[("prompt", "none"), ("claims", &public)]).await.answer();
    assert_eq!(by_public["error"], "login_required", "no client can ask who somebody is elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn rp_initiated_logout_2_a_pairwise_hint_ends_the_session() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let code = ask(&mut browser, "a-one", &[]).await.answer()["code"].clone();
    let id_token = text(&redeem(&world, "a-one", &code).await, "id_token").to_owned();
    let uri = redirect_uri("a-one");
    let fields = [("id_token_hint", id_token.as_str()), ("post_logout_redirect_uri", &uri), ("state", "s")];
    let gone = browser.visit(&format!("/oauth2/logout?{}", crate::support::browser::encode(&fields))).await;
    assert_eq!(gone.location().as_deref(), Some(format!("{uri}?state=s").as_str()));
    let after = ask(&mut browser, "a-one", &[("prompt", "none")]).await.answer();
    assert_eq!(after["error"], "login_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn backchannel_logout_2_4_a_logout_token_names_people_as_the_client_knows_them() {
    let (world, collector) = (world().await, Collector::start());
    let told_at = format!("http://{}/backchannel", collector.address);
    world
        .client("d-one", |metadata| {
            metadata.subject_type = Some("pairwise".to_owned());
            metadata.redirect_uris = vec![redirect_uri("d-one").try_into().unwrap()];
            metadata.backchannel_logout_uri = Some(told_at);
        })
        .await;
    let mut browser = Browser::new(&world);
    let code = ask(&mut browser, "d-one", &[]).await.answer()["code"].clone();
    let id_token = text(&redeem(&world, "d-one", &code).await, "id_token").to_owned();
    browser.visit(&format!("/oauth2/logout?id_token_hint={id_token}")).await;
    assert_eq!(world.tell_logouts().await, 1);
    let told = claims(collector.posted()[0].body.strip_prefix("logout_token=").unwrap());
    assert_eq!((&told["sub"], &told["sid"]), (&claims(&id_token)["sub"], &claims(&id_token)["sid"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_3_subject_types_are_those_that_are_on() {
    for (is_on, expected) in [(true, json!(["public", "pairwise"])), (false, json!(["public"]))] {
        let world = World::with(|settings| settings.protocol.pairwise_subjects = is_on).await;
        let request = poem::Request::builder().uri("/.well-known/openid-configuration".parse().unwrap()).finish();
        let document = Page::of(world.send(request).await, "").await.json();
        assert_eq!(document["subject_types_supported"], expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn log_01_the_record_of_a_revoked_token_names_the_person_it_spoke_for() {
    let world = world().await;
    let issued = tokens(&world, "a-one").await;
    let form = [("token", text(&issued, "access_token"))];
    let header = basic("a-one", SECRET);
    assert_eq!(post(&world, "/oauth2/revoke", &form, &[("authorization", &header)]).await.status, 200);
    let account =
        world.context.store.find_account_by_email(&"ada@example.com".parse().unwrap()).await.unwrap().unwrap();
    let entries = world.context.store.list_audit_of(&account.id, 10).await.unwrap();
    assert!(entries.iter().any(|entry| entry.action == "grant.revoked"), "{entries:?}");
}
