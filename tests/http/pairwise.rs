//! Pairwise subjects (OpenID Connect Core §8.1).

use poem::http::Method;
use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::support::browser::{Browser, Page};
use crate::support::collector::Collector;
use crate::support::registrar::{open, own_path, register, send};
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

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Registers a client with pairwise subjects and gives the answer.
async fn registered(world: &World, members: &Value) -> Page {
    let mut metadata = json!({ "client_name": "Some App", "subject_type": "pairwise" });
    metadata.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    register(world, &metadata).await
}

#[track_caller]
fn refused_for(page: &Page, member: &str) {
    assert_eq!(page.status, 400, "{}", page.body);
    assert_eq!(page.json()["error"], "invalid_client_metadata");
    assert!(page.json()["error_description"].as_str().unwrap().starts_with(member), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn core_8_1_a_device_joins_a_sector_only_by_keys_that_its_document_lists() {
    let world = World::with(open).await;
    let server = Server::start();
    let (callback, keys) = ("https://victim.example/cb", server.at("/keys"));
    server.answer("/victims", Reply::json(&json!([callback])));
    server.answer("/own", Reply::json(&json!([callback, keys])));
    let of = |redirect_uris: Value, grants: Value, document: &str| json!({ "redirect_uris": redirect_uris, "grant_types": grants, "sector_identifier_uri": server.at(document) });
    let mut nobody = of(json!([]), json!([DEVICE]), "/victims");
    nobody["response_types"] = json!([]);
    refused_for(&registered(&world, &nobody).await, "jwks_uri");
    let mut named = of(json!([callback]), json!(["authorization_code", DEVICE]), "/victims");
    refused_for(&registered(&world, &named).await, "jwks_uri");
    named["jwks_uri"] = json!(keys);
    refused_for(&registered(&world, &named).await, "jwks_uri");
    named["token_endpoint_auth_method"] = json!("private_key_jwt");
    refused_for(&registered(&world, &named).await, "sector_identifier_uri");
    named["sector_identifier_uri"] = json!(server.at("/own"));
    assert_eq!(registered(&world, &named).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn core_8_1_what_stands_behind_an_applications_own_scheme_is_no_host() {
    let world = World::with(open).await;
    for uris in [
        json!(["com.elsewhere.app://victim.example/cb"]),
        json!(["https://victim.example/cb", "com.elsewhere.app://victim.example/cb"]),
    ] {
        let members = json!({ "redirect_uris": uris, "application_type": "native" });
        refused_for(&registered(&world, &members).await, "sector_identifier_uri");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn core_8_1_a_client_that_changes_itself_keeps_its_kind_of_subjects_and_its_sector() {
    let world = World::with(open).await;
    let client = registered(&world, &json!({ "redirect_uris": ["https://one.example/cb"] })).await.json();
    let change = async |client: &Value, uri: &str, kind: &str| {
        let metadata = json!({ "client_id": client["client_id"], "redirect_uris": [uri], "subject_type": kind });
        let token = client["registration_access_token"].as_str();
        send(&world, Method::PUT, &own_path(client), Some(&metadata), token).await
    };
    refused_for(&change(&client, "https://victim.example/cb", "pairwise").await, "sector_identifier_uri");
    refused_for(&change(&client, "https://one.example/cb", "public").await, "subject_type");
    assert_eq!(change(&client, "https://one.example/other", "pairwise").await.status, 200);
    let public = register(&world, &json!({ "redirect_uris": ["https://one.example/cb"] })).await.json();
    assert_eq!(change(&public, "https://victim.example/cb", "public").await.status, 200);
    refused_for(&change(&public, "https://victim.example/cb", "pairwise").await, "subject_type");
}

#[tokio::test(flavor = "multi_thread")]
async fn core_8_1_a_document_that_moves_its_redirect_uris_does_not_move_into_another_sector() {
    let world = World::with(|settings| settings.protocol.client_id_documents = true).await;
    world.person("ada@example.com").await;
    client(&world, "a-one", "pairwise", &redirect_uri("a-one")).await;
    let victims = claims(text(&tokens(&world, "a-one").await, "id_token"))["sub"].clone();
    let server = Server::start();
    let id = server.at("/client.json");
    let says = |uri: &str| {
        Reply::json(&json!({
            "client_id": id, "redirect_uris": [uri], "subject_type": "pairwise",
            "grant_types": ["authorization_code", "refresh_token"],
        }))
    };
    let own = "https://elsewhere.example/cb";
    server.answer("/client.json", says(own));
    let change = [("client_id", id.as_str()), ("redirect_uri", own), ("scope", "openid offline_access")];
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &authorize_path(&change)).await.answer();
    let code = answer["code"].as_str();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", &id),
        ("redirect_uri", own),
        ("code_verifier", VERIFIER),
    ];
    let first = post(&world, "/oauth2/token", &fields, &[]).await.json();
    server.answer("/client.json", says(&redirect_uri("a-one")));
    world.pass(25 * 60 * 60);
    let moved = [("client_id", id.as_str()), ("redirect_uri", &redirect_uri("a-one")), ("prompt", "none")];
    browser.visit(&authorize_path(&moved)).await;
    let fields =
        [("grant_type", "refresh_token"), ("refresh_token", text(&first, "refresh_token")), ("client_id", &id)];
    let later = post(&world, "/oauth2/token", &fields, &[]).await;
    assert_eq!(later.status, 200, "{}", later.body);
    let [before, after] = [&first, &later.json()].map(|issued| claims(text(issued, "id_token"))["sub"].clone());
    assert_eq!(before, after);
    assert_ne!(after, victims);
}
