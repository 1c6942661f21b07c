//! What a signed-in person does by the JSON interface beside sessions: profile, apps, one's own data (API, AUT-25).

use doorward::model::account::{Address, StandardClaims};
use poem::http::Method;
use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{
    authorize_path, redeem, refresh, sign_in_and_consent, tokens, userinfo, usual_world,
};
use crate::support::script::{by_cookie, by_token, call, send, signed_in, signed_in_as};
use crate::support::world::{PASSWORD, World};

const ADA: &str = "ada@example.com";
const PROFILE: &str = "/api/v1/profile";
const APPS: &str = "/api/v1/apps";
const EXPORT: &str = "/api/v1/export";

async fn patch(browser: &Browser<'_>, world: &World, body: Value) -> Page {
    by_cookie(world, browser, Method::PATCH, PROFILE, Some(body)).await
}

fn error_of(page: &Page) -> (u16, String, String) {
    let problem = page.json();
    let error = &problem["errors"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (page.status.as_u16(), text(&error["field"]), text(&error["code"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_changes_claims_and_leaves_the_others_as_they_are() {
    let world = usual_world().await;
    let claims = StandardClaims {
        name: Some("Ada".to_owned()),
        nickname: Some("A".to_owned()),
        phone_number: Some("+441234567".to_owned()),
        phone_number_verified: true,
        address: Some(Address {
            formatted: Some("12 Street\nLondon".to_owned()),
            locality: Some("London".to_owned()),
            ..Address::default()
        }),
        ..StandardClaims::default()
    };
    world.person_with("grace@example.com", claims).await;
    let browser = signed_in_as(&world, "grace@example.com").await;
    let nothing = patch(&browser, &world, json!({})).await;
    assert_eq!(nothing.status, 200, "{}", nothing.body);
    assert_eq!(nothing.json()["address"]["formatted"], "12 Street\nLondon");
    let changed = patch(&browser, &world, json!({ "name": " Ada Lovelace ", "nickname": null })).await.json();
    assert_eq!((&changed["name"], &changed["nickname"]), (&json!("Ada Lovelace"), &Value::Null));
    assert_eq!(changed["phone_number_verified"], true);
    let moved =
        patch(&browser, &world, json!({ "address": { "country": "UK" }, "phone_number": "+44765" })).await.json();
    assert_eq!(moved["address"], json!({ "locality": "London", "country": "UK" }), "what was formatted no longer fits");
    assert_eq!(moved["phone_number_verified"], false, "a new number is not proven");
    let formatted = patch(&browser, &world, json!({ "address": { "formatted": "1 Road\nUK" } })).await.json();
    assert_eq!(formatted["address"]["formatted"], "1 Road\nUK");
    let cleared = patch(&browser, &world, json!({ "address": null })).await.json();
    assert_eq!(cleared["address"], Value::Null);
    let read = by_cookie(&world, &browser, Method::GET, PROFILE, None).await.json();
    assert_eq!(read, cleared);
}

#[tokio::test(flavor = "multi_thread")]
async fn api_07_a_profile_refuses_by_name_what_is_not_its_own_or_not_right() {
    let world = usual_world().await;
    let browser = signed_in(&world).await;
    for (member, value) in [
        ("email", json!("eve@example.com")),
        ("email_verified", json!(true)),
        ("sub", json!("x")),
        ("phone_number_verified", json!(true)),
        ("updated_at", json!(1)),
        ("role", json!("admin")),
    ] {
        let page = patch(&browser, &world, json!({ member: value })).await;
        assert_eq!(error_of(&page), (400, member.to_owned(), "field_unknown".to_owned()), "{}", page.body);
    }
    for (body, field) in [
        (json!({ "name": 7 }), "name"),
        (json!({ "address": { "city": "x" } }), "address.city"),
        (json!({ "address": "London" }), "address"),
        (json!({ "name": { "x": 1 } }), "name"),
    ] {
        let page = patch(&browser, &world, body).await;
        assert_eq!((page.status.as_u16(), error_of(&page).1.as_str()), (400, field), "{}", page.body);
    }
    for (member, value) in [
        ("website", "javascript:alert(1)".to_owned()),
        ("birthdate", "1815-13-10".to_owned()),
        ("locale", "<b>".to_owned()),
        ("name", "a\u{202e}b".to_owned()),
        ("name", "a\0b".to_owned()),
        ("phone_number", "call me".to_owned()),
    ] {
        let page = patch(&browser, &world, json!({ member: value })).await;
        assert_eq!(error_of(&page), (422, member.to_owned(), "value_malformed".to_owned()), "{value:?}");
    }
    let long = patch(&browser, &world, json!({ "address": { "region": "x".repeat(201) } })).await;
    assert_eq!(error_of(&long), (422, "address.region".to_owned(), "value_too_long".to_owned()));
    for text in ["", "[]", "{", "{\"name\":\"a\",\"name\":\"b\"}", "{\"name\":\"\\ud800\"}"] {
        let page = send(&world, &browser, Method::PATCH, PROFILE, ("application/json", text)).await;
        assert_eq!(page.status, 400, "{text}: {}", page.body);
    }
    let form = send(&world, &browser, Method::PATCH, PROFILE, ("application/x-www-form-urlencoded", "name=x")).await;
    assert_eq!(form.status, 403, "no form of another site can do it");
    let account = world.context.store.find_account_by_email(&ADA.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(account.claims, StandardClaims::default(), "nothing was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn f_52_patches_at_one_moment_undo_nothing_of_each_other() {
    let world = usual_world().await;
    let browser = signed_in(&world).await;
    world.pass(1);
    let (one, other) = tokio::join!(
        patch(&browser, &world, json!({ "name": "Ada" })),
        patch(&browser, &world, json!({ "nickname": "A" })),
    );
    assert!(one.status == 200 && other.status == 200, "{} {}", one.body, other.body);
    let read = by_cookie(&world, &browser, Method::GET, PROFILE, None).await.json();
    assert_eq!((&read["name"], &read["nickname"]), (&json!("Ada"), &json!("A")));
}

#[tokio::test(flavor = "multi_thread")]
async fn api_03_an_app_of_others_changes_and_reads_nothing_of_this() {
    let world = usual_world().await;
    let issued = tokens(&world).await;
    let token = issued["access_token"].as_str().unwrap();
    let cases = [
        (Method::PATCH, PROFILE, Some(json!({ "name": "x" }))),
        (Method::GET, APPS, None),
        (Method::DELETE, "/api/v1/apps/acme", None),
        (Method::GET, "/api/v1/email", None),
        (Method::POST, "/api/v1/email", Some(json!({ "email": "new@example.com", "password": PASSWORD }))),
        (Method::POST, "/api/v1/email/resend", None),
        (Method::POST, "/api/v1/email/confirm", Some(json!({ "code": "123456" }))),
        (Method::GET, EXPORT, None),
        (Method::DELETE, "/api/v1/account", Some(json!({ "password": PASSWORD }))),
    ];
    for (method, path, body) in cases {
        let stranger = call(&world, method.clone(), path, &[], body.clone()).await;
        assert_eq!(stranger.status, 401, "{method} {path} {}", stranger.body);
        let refused = by_token(&world, method.clone(), path, token, body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.json()["code"].as_str()),
            (403, Some("forbidden")),
            "{method} {path}"
        );
    }
    world.client("acme", |client| client.doorward.first_party = true).await;
    assert_eq!(by_token(&world, Method::GET, APPS, token, None).await.status, 200);
    assert_eq!(by_token(&world, Method::PATCH, PROFILE, token, Some(json!({ "name": "x" }))).await.status, 200);
    assert!(world.mails().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_25_apps_are_listed_and_lose_their_access_at_once() {
    let world = usual_world().await;
    let issued = tokens(&world).await;
    let browser = signed_in(&world).await;
    let listed = by_cookie(&world, &browser, Method::GET, APPS, None).await.json();
    assert_eq!(listed["apps"].as_array().unwrap().len(), 1);
    assert_eq!((&listed["apps"][0]["client_id"], &listed["apps"][0]["name"]), (&json!("acme"), &json!("Acme Notes")));
    assert_eq!(listed["apps"][0]["scope"], json!(["openid", "email", "offline_access"]));
    for path in ["/api/v1/apps/nobody", "/api/v1/apps/%00", "/api/v1/apps/a%0Ab"] {
        assert_eq!(by_cookie(&world, &browser, Method::DELETE, path, None).await.status, 404, "{path}");
    }
    world.person("eve@example.com").await;
    let eve = signed_in_as(&world, "eve@example.com").await;
    assert_eq!(by_cookie(&world, &eve, Method::DELETE, "/api/v1/apps/acme", None).await.status, 404, "not hers");
    assert_eq!(by_cookie(&world, &browser, Method::DELETE, "/api/v1/apps/acme", None).await.status, 204);
    assert_eq!(userinfo(&world, issued["access_token"].as_str().unwrap()).await.status, 401);
    assert_eq!(refresh(&world, issued["refresh_token"].as_str().unwrap()).await.status, 400);
    assert_eq!(by_cookie(&world, &browser, Method::DELETE, "/api/v1/apps/acme", None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_copy_holds_what_is_kept_and_no_secret_and_nothing_of_others() {
    let world = usual_world().await;
    world.person("eve@example.com").await;
    let eve = signed_in_as(&world, "eve@example.com").await;
    let mut ada = Browser::new(&world);
    let answer = sign_in_and_consent(&mut ada, ADA, &authorize_path(&[])).await.answer();
    let redeemed = redeem(&world, &answer["code"]).await.json();
    let by_api = by_cookie(&world, &ada, Method::GET, EXPORT, None).await;
    assert_eq!(by_api.status, 200, "{}", by_api.body);
    let page = ada.visit("/account/data").await;
    let by_page = ada.submit_only(&page, "data-form", &[]).await;
    assert!(by_page.header("content-disposition").unwrap().starts_with("attachment"));
    assert_eq!(by_page.header("cache-control"), Some("no-store"));
    let mut secrets = vec![PASSWORD.to_owned(), "argon2".to_owned(), answer["code"].clone()];
    secrets.extend(["access_token", "refresh_token"].map(|name| redeemed[name].as_str().unwrap().to_owned()));
    secrets.extend(ada.cookies().values().cloned());
    for page in [by_api, by_page] {
        let document = page.json();
        assert_eq!(document["profile"]["email"], ADA);
        assert_eq!(document["addresses"][0]["email"], ADA);
        assert_eq!(document["sessions"].as_array().unwrap().len(), 1);
        assert_eq!(document["consents"][0]["client_id"], "acme");
        let actions: Vec<&str> =
            document["audit"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
        assert!(actions.contains(&"session.started") && actions.contains(&"grant.code_issued"), "{actions:?}");
        for secret in &secrets {
            assert!(!page.body.contains(secret), "{secret}");
        }
        assert!(!page.body.contains("eve@example.com"));
    }
    let entries = world.context.store.list_audit("", 10).await.unwrap();
    assert_eq!(entries.iter().filter(|entry| entry.action == "account.exported").count(), 2);
    drop(eve);
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_13_opening_the_page_of_the_copy_hands_nothing_out() {
    let world = usual_world().await;
    let mut browser = signed_in(&world).await;
    let page = browser.visit("/account/data").await;
    assert!(page.header("content-type").unwrap().starts_with("text/html") && !page.body.contains("exported_at"));
    let forged = browser.post("/account/data", &[]).await;
    assert_eq!(forged.status, 400, "without the token of our form");
}
