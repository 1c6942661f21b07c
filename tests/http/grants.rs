//! What stands granted: a person's and an administrator's view of it, and ending one grant (AUT-25).

use poem::http::Method;
use serde_json::{Value, json};

use super::administration::administrator;
use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{basic, post, refresh, token, tokens, userinfo, usual_world};
use crate::support::script::{by_cookie, signed_in, signed_in_as};
use crate::support::world::{PASSWORD, SECRET, World};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const ADA: &str = "ada@example.com";

/// Ada lets `acme` in on a device, too.
async fn device_tokens(world: &World) -> Value {
    let header = basic("acme", SECRET);
    let fields = [("scope", "openid offline_access")];
    let codes = post(world, "/oauth2/device", &fields, &[("authorization", &header)]).await.json();
    let mut browser = Browser::new(world);
    let page = browser.open("/device").await;
    let code = codes["user_code"].as_str().unwrap();
    let page = browser.submit(&page, "device-form", &[("user_code", code)]).await;
    let page = browser.sign_in(&page, ADA, PASSWORD).await;
    browser.submit(&page, "approve-form", &[("decision", "allow")]).await;
    let device_code = codes["device_code"].as_str().unwrap();
    token(world, &[("grant_type", DEVICE), ("device_code", device_code)]).await.json()
}

async fn alive(world: &World, tokens: &Value) -> bool {
    userinfo(world, tokens["access_token"].as_str().unwrap()).await.status == 200
}

fn vias(grants: &Value) -> Vec<&str> {
    grants.as_array().unwrap().iter().map(|grant| grant["via"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_25_a_person_sees_each_grant_and_ends_one_of_them() {
    let world = usual_world().await;
    let by_browser = tokens(&world).await;
    world.pass(60);
    let by_device = device_tokens(&world).await;
    world.pass(60);
    let refreshed = refresh(&world, by_browser["refresh_token"].as_str().unwrap()).await.json();
    let cookies = signed_in(&world).await;
    let listed = by_cookie(&world, &cookies, Method::GET, "/api/v1/apps", None).await.json();
    let app = &listed["apps"][0];
    assert_eq!((&app["client_id"], vias(&app["grants"])), (&json!("acme"), vec![DEVICE, "authorization_code"]));
    let (device, browser) = (&app["grants"][0], &app["grants"][1]);
    assert_eq!(browser["last_used_at"].as_i64(), Some(world.now().seconds()));
    assert_eq!(device["scope"], json!(["openid", "offline_access"]));
    let path = format!("/api/v1/apps/acme/grants/{}", device["id"].as_str().unwrap());
    let elsewhere = path.replace("acme", "umbra");
    assert_eq!(by_cookie(&world, &cookies, Method::DELETE, &elsewhere, None).await.status, 404);
    assert_eq!(by_cookie(&world, &cookies, Method::DELETE, &path, None).await.status, 204);
    assert!(!alive(&world, &by_device).await && alive(&world, &refreshed).await);
    assert_eq!(by_cookie(&world, &cookies, Method::DELETE, &path, None).await.status, 404);
    assert_eq!(refresh(&world, by_device["refresh_token"].as_str().unwrap()).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_25_the_page_shows_each_grant_with_a_button_of_its_own() {
    let world = usual_world().await;
    let by_browser = tokens(&world).await;
    world.pass(1);
    let by_device = device_tokens(&world).await;
    let mut browser = Browser::new(&world);
    let page = browser.open("/account/apps").await;
    let page = browser.sign_in(&page, ADA, PASSWORD).await;
    for words in ["allowed for a device", "allowed in the browser"] {
        assert!(page.text().contains(words), "{}", page.text());
    }
    let grant = button_value(&page, "grant-withdraw-1-1");
    let csrf = page.form("grant-form-1-1").fields.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let page = browser.post("/account/apps", &[("csrf", &csrf), ("grant", &grant)]).await;
    let page = browser.follow(page).await;
    assert!(page.has("saved"));
    assert!(!alive(&world, &by_device).await && alive(&world, &by_browser).await);
}

fn button_value(page: &Page, id: &str) -> String {
    let document = scraper::Html::parse_document(&page.body);
    let selector = scraper::Selector::parse(&format!("button[id=\"{id}\"]")).unwrap();
    document.select(&selector).next().unwrap().value().attr("value").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_25_nobody_ends_the_grant_of_somebody_else() {
    let world = usual_world().await;
    let adas = tokens(&world).await;
    let cookies = signed_in(&world).await;
    let listed = by_cookie(&world, &cookies, Method::GET, "/api/v1/apps", None).await.json();
    let path = format!("/api/v1/apps/acme/grants/{}", listed["apps"][0]["grants"][0]["id"].as_str().unwrap());
    world.person("grace@example.com").await;
    let graces = signed_in_as(&world, "grace@example.com").await;
    assert_eq!(by_cookie(&world, &graces, Method::DELETE, &path, None).await.status, 404);
    let none = by_cookie(&world, &graces, Method::GET, "/api/v1/apps", None).await.json();
    assert_eq!(none["apps"], json!([]));
    let as_admin = format!("/api/v1/admin/grants/{}", path.rsplit_once('/').unwrap().1);
    assert_eq!(by_cookie(&world, &graces, Method::DELETE, &as_admin, None).await.status, 403);
    assert!(alive(&world, &adas).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_sees_grants_by_person_and_by_client_and_ends_one() {
    let world = usual_world().await;
    let adas = tokens(&world).await;
    let ada = world.context.store.find_account_by_email(&ADA.parse().unwrap()).await.unwrap().unwrap();
    administrator(&world, "boss@example.com").await;
    let boss = signed_in_as(&world, "boss@example.com").await;
    let get = async |path: &str| by_cookie(&world, &boss, Method::GET, path, None).await;
    let of_ada = get(&format!("/api/v1/admin/accounts/{}/grants", ada.id)).await.json();
    let of_acme = get("/api/v1/admin/clients/acme/grants").await.json();
    assert_eq!(of_ada, of_acme);
    let grant = &of_ada["grants"][0];
    assert_eq!((&grant["account"], &grant["client_id"]), (&json!(ada.id.as_str()), &json!("acme")));
    assert_eq!(get("/api/v1/admin/clients/nobody/grants").await.status, 404);
    let path = format!("/api/v1/admin/grants/{}", grant["id"].as_str().unwrap());
    assert_eq!(by_cookie(&world, &boss, Method::DELETE, &path, None).await.status, 204);
    assert!(!alive(&world, &adas).await);
    let recorded = get(&format!("/api/v1/admin/audit?account={}&limit=10", ada.id)).await.json();
    let actions: Vec<_> = recorded["entries"].as_array().unwrap().iter().map(|entry| &entry["action"]).collect();
    assert!(actions.contains(&&json!("grant.withdrawn")), "{actions:?}");
}
