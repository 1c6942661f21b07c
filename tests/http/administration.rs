//! The administrators' interface (API-01 to API-11): who is let in, what is done, and that it is recorded.

use doorward::base::{AccountId, Names};
use doorward::model::account::{Account, ChangeMembership, StandardClaims};
use doorward::model::audit::{AuditAction, AuditEvent};
use doorward::store::AuditFilter;
use poem::http::Method;
use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{
    authorize_path, claims, redeem, refresh, sign_in_and_consent, tokens, userinfo, usual_world,
};
use crate::support::world::{Engine, PASSWORD, World};

const ADMIN: &str = "/api/v1/admin";
const SCRIPT: (&str, &str) = ("x-requested-with", "doorward");
const BOSS: &str = "boss@example.com";

async fn send(world: &World, method: Method, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Page {
    let mut request = poem::Request::builder().method(method).uri(path.parse().unwrap());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = match body {
        Some(body) => request.header("content-type", "application/json").body(body.to_string()),
        None => request.finish(),
    };
    Page::of(world.send(request).await, path).await
}

/// An administrator in a browser of their own.
pub struct Boss<'w> {
    world: &'w World,
    account: Account,
    cookies: String,
}

impl<'w> Boss<'w> {
    pub async fn of(world: &'w World) -> Self {
        let account = administrator(world, BOSS).await;
        Self { world, account, cookies: cookies(world, BOSS).await }
    }

    /// A call.
    pub async fn call(&self, method: Method, path: &str) -> Page {
        self.let_time_pass(&method);
        send(self.world, method, &format!("{ADMIN}{path}"), &[("cookie", &self.cookies), SCRIPT], None).await
    }

    /// A call with a body.
    pub async fn send(&self, method: Method, path: &str, body: Value) -> Page {
        let headers = [("cookie", self.cookies.as_str())];
        self.let_time_pass(&method);
        send(self.world, method, &format!("{ADMIN}{path}"), &headers, Some(body)).await
    }

    /// Entries of one moment have no order.
    fn let_time_pass(&self, method: &Method) {
        self.world.pass(i64::from(!method.is_safe()));
    }

    /// What is read at `path`.
    pub async fn get(&self, path: &str) -> Value {
        let page = self.call(Method::GET, path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        assert_eq!(page.header("cache-control"), Some("no-store"));
        page.json()
    }

    /// A call that succeeds.
    pub async fn done(&self, method: Method, path: &str) -> Page {
        let page = self.call(method, path).await;
        assert!(page.status.is_success(), "{path}: {} {}", page.status, page.body);
        page
    }

    /// The newest entry about an account.
    async fn recorded(&self, about: &AccountId) -> Value {
        self.get(&format!("/audit?account={about}&limit=1")).await["entries"][0].clone()
    }
}

async fn give(world: &World, account: &Account, roles: &[&str], groups: &[&str]) {
    let change = ChangeMembership {
        account: account.id.clone(),
        read_at: world.reload(&account.id).await.updated_at,
        roles: Names::of(roles).unwrap(),
        groups: Names::of(groups).unwrap(),
        keeps_an_administrator: false,
        audit: AuditEvent::new(AuditAction::MembershipChanged, world.now(), "test"),
    };
    world.context.store.change_membership(change).await.unwrap();
}

pub async fn administrator(world: &World, email: &str) -> Account {
    let account = world.person(email).await;
    give(world, &account, &["admin"], &[]).await;
    account
}

async fn cookies(world: &World, email: &str) -> String {
    let mut browser = Browser::new(world);
    let page = browser.open("/login").await;
    let page = browser.sign_in(&page, email, PASSWORD).await;
    assert!(page.at.starts_with("/account"), "{}", page.text());
    browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

async fn access_token(world: &World, email: &str, scope: &str) -> String {
    let mut browser = Browser::new(world);
    let path = authorize_path(&[("scope", scope)]);
    let answer = sign_in_and_consent(&mut browser, email, &path).await.answer();
    redeem(world, &answer["code"]).await.json()["access_token"].as_str().unwrap().to_owned()
}

async fn id_of(world: &World, email: &str) -> AccountId {
    world.context.store.find_account_by_email(&email.parse().unwrap()).await.unwrap().unwrap().id
}

fn assert_problem(page: &Page, status: u16, code: &str) {
    assert_eq!(page.status, status, "{} {}", page.at, page.body);
    assert_eq!(page.header("content-type"), Some("application/problem+json"));
    assert_eq!(page.json()["code"], code, "{}", page.body);
}

/// Every call there is, on something that exists.
fn every_call(account: &AccountId) -> Vec<(Method, String)> {
    let of_account = |rest: &str| format!("/accounts/{account}{rest}");
    vec![
        (Method::GET, "/accounts".to_owned()),
        (Method::GET, of_account("")),
        (Method::DELETE, of_account("")),
        (Method::POST, of_account("/lock")),
        (Method::POST, of_account("/unlock")),
        (Method::POST, of_account("/verify")),
        (Method::POST, of_account("/reset")),
        (Method::PUT, of_account("/roles/admin")),
        (Method::DELETE, of_account("/roles/admin")),
        (Method::PUT, of_account("/groups/staff")),
        (Method::DELETE, of_account("/groups/staff")),
        (Method::GET, of_account("/sessions")),
        (Method::DELETE, of_account("/sessions")),
        (Method::DELETE, of_account("/sessions/0198c1de-0000-7000-8000-000000000000")),
        (Method::GET, of_account("/identities")),
        (Method::DELETE, of_account("/identities/google/101")),
        (Method::GET, of_account("/grants")),
        (Method::GET, "/clients/acme/grants".to_owned()),
        (Method::DELETE, "/grants/0198c1de-0000-7000-8000-000000000000".to_owned()),
        (Method::POST, of_account("/identities/google/101/unblock")),
        (Method::GET, "/clients".to_owned()),
        (Method::POST, "/clients".to_owned()),
        (Method::GET, "/clients/acme".to_owned()),
        (Method::PUT, "/clients/acme".to_owned()),
        (Method::DELETE, "/clients/acme".to_owned()),
        (Method::POST, "/clients/acme/secret".to_owned()),
        (Method::POST, "/clients/acme/disable".to_owned()),
        (Method::POST, "/clients/acme/enable".to_owned()),
        (Method::GET, "/registration-tokens".to_owned()),
        (Method::POST, "/registration-tokens".to_owned()),
        (Method::DELETE, "/registration-tokens/x".to_owned()),
        (Method::GET, "/audit".to_owned()),
        (Method::GET, "/logouts".to_owned()),
        (Method::GET, "/traces".to_owned()),
        (Method::GET, "/traces/5e1b7a90-3f".to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_administrative_address_is_among_the_calls_that_are_tried() {
    let world = usual_world().await;
    let account = id_of(&world, "ada@example.com").await;
    let rows = doorward::endpoint::ROWS.iter().filter(|row| row.path.starts_with(ADMIN));
    let mounted: usize = rows.map(|row| row.methods.len()).sum();
    assert_eq!(every_call(&account).len(), mounted);
}

#[tokio::test(flavor = "multi_thread")]
async fn api_01_strangers_are_refused_on_every_administrative_call() {
    let world = usual_world().await;
    let account = id_of(&world, "ada@example.com").await;
    for (method, path) in every_call(&account) {
        let page = send(&world, method, &format!("{ADMIN}{path}"), &[SCRIPT], Some(json!({}))).await;
        assert_problem(&page, 401, "token_missing");
        let challenge = page.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Bearer ") && !challenge.contains("error"), "{challenge}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn api_02_ordinary_people_are_refused_by_cookie_and_by_every_token() {
    let world = usual_world().await;
    world.client("acme", |client| client.scope = "openid email admin".to_owned().try_into().unwrap()).await;
    let account = id_of(&world, "ada@example.com").await;
    // A role that only sounds like it.
    give(&world, &world.reload(&account).await, &["administrator", "admins"], &["admin"]).await;
    let by_cookie = cookies(&world, "ada@example.com").await;
    let others_app = access_token(&world, "ada@example.com", "openid admin").await;
    world
        .client("acme", |client| {
            client.scope = "openid email admin".to_owned().try_into().unwrap();
            client.doorward.first_party = true;
        })
        .await;
    let own_app = access_token(&world, "ada@example.com", "openid admin").await;
    let before = world.context.store.list_audit("", 200).await.unwrap().len();
    for (method, path) in every_call(&account) {
        let path = format!("{ADMIN}{path}");
        for (name, value) in [
            ("cookie", by_cookie.clone()),
            ("authorization", format!("Bearer {others_app}")),
            ("authorization", format!("Bearer {own_app}")),
        ] {
            let page = send(&world, method.clone(), &path, &[(name, &value), SCRIPT], Some(json!({}))).await;
            assert_problem(&page, 403, "forbidden");
        }
    }
    assert_eq!(world.context.store.list_audit("", 200).await.unwrap().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn api_03_an_administrators_token_counts_only_with_the_scope_and_from_a_first_party_client() {
    let world = usual_world().await;
    administrator(&world, BOSS).await;
    let register = async |first_party: bool| {
        world
            .client("acme", |client| {
                client.scope = "openid email admin".to_owned().try_into().unwrap();
                client.doorward.first_party = first_party;
            })
            .await;
    };
    let accounts = async |token: &str| {
        let field = format!("Bearer {token}");
        send(&world, Method::GET, &format!("{ADMIN}/accounts"), &[("authorization", &field)], None).await
    };
    register(true).await;
    let with_scope = access_token(&world, BOSS, "openid admin").await;
    let without_openid = access_token(&world, BOSS, "admin").await;
    let without = access_token(&world, BOSS, "openid email").await;
    assert_eq!(accounts(&with_scope).await.status, 200);
    assert_eq!(accounts(&without_openid).await.status, 200);
    assert_problem(&accounts(&without).await, 403, "forbidden");
    register(false).await;
    assert_problem(&accounts(&with_scope).await, 403, "forbidden");
    assert_problem(&accounts("a.b.c").await, 401, "token_malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn api_06_a_role_that_was_taken_is_gone_at_once() {
    let world = usual_world().await;
    let boss = Boss::of(&world).await;
    boss.get("/accounts").await;
    give(&world, &boss.account, &[], &[]).await;
    assert_problem(&boss.call(Method::GET, "/accounts").await, 403, "forbidden");
    give(&world, &boss.account, &["admin"], &[]).await;
    boss.get("/accounts").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn api_08_administrative_changes_by_cookie_come_from_our_own_script() {
    let world = usual_world().await;
    let boss = Boss::of(&world).await;
    let ada = id_of(&world, "ada@example.com").await;
    for (method, path) in every_call(&ada).into_iter().filter(|(method, _)| !method.is_safe()) {
        let path = format!("{ADMIN}{path}");
        for headers in [
            &[("cookie", boss.cookies.as_str())][..],
            &[("cookie", boss.cookies.as_str()), SCRIPT, ("sec-fetch-site", "cross-site")],
            &[("cookie", boss.cookies.as_str()), SCRIPT, ("origin", "https://evil.example")],
        ] {
            assert_problem(&send(&world, method.clone(), &path, headers, None).await, 403, "cross_site");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_searched_in_pages() {
    let world = usual_world().await;
    let boss = Boss::of(&world).await;
    let claims = StandardClaims { name: Some("Grace Hopper".to_owned()), ..StandardClaims::default() };
    world.person_with("grace@example.com", claims).await;
    let found = async |query: &str| {
        let page = boss.get(&format!("/accounts?{query}")).await;
        let emails = page["accounts"].as_array().unwrap().iter().map(|account| account["email"].as_str().unwrap());
        emails.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(found("").await, "ada@example.com boss@example.com grace@example.com");
    assert_eq!(found("search=HOPPER").await, "grace@example.com");
    assert_eq!(found("search=ada@").await, "ada@example.com");
    assert_eq!(found("search=nobody").await, "");
    let first = boss.get("/accounts?limit=1").await;
    assert_eq!(first["next"], "ada@example.com");
    assert_eq!(found("limit=1&after=ada@example.com").await, "boss@example.com");
    for wrong in ["limit=0", "limit=201", "limit=x", "after=%01"] {
        let page = boss.call(Method::GET, &format!("/accounts?{wrong}")).await;
        assert_problem(&page, 400, "field_malformed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_read_without_its_secrets() {
    let world = usual_world().await;
    let boss = Boss::of(&world).await;
    let ada = id_of(&world, "ada@example.com").await;
    let read = boss.call(Method::GET, &format!("/accounts/{ada}")).await;
    let told = read.json();
    assert_eq!((&told["id"], &told["email"]), (&json!(ada.as_str()), &json!("ada@example.com")));
    assert_eq!((&told["locked"], &told["has_password"], &told["roles"]), (&json!(false), &json!(true), &json!([])));
    assert!(!read.body.contains("argon2"));
    for nobody in ["x", "0198c1de-0000-4000-8000-000000000000", "%00", "%ff"] {
        let page = boss.call(Method::GET, &format!("/accounts/{nobody}")).await;
        assert!(page.status == 404 || page.status == 400, "{nobody}: {}", page.status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn api_09_locking_and_unlocking_take_effect_and_are_recorded() {
    let world = usual_world().await;
    let boss = Boss::of(&world).await;
    let ada = id_of(&world, "ada@example.com").await;
    let issued = tokens(&world).await;
    let locked = boss.done(Method::POST, &format!("/accounts/{ada}/lock")).await.json();
    assert_eq!(locked["locked"], true);
    assert_ne!(userinfo(&world, issued["access_token"].as_str().unwrap()).await.status, 200);
    let entry = boss.recorded(&ada).await;
    assert_eq!((&entry["action"], &entry["actor"]), (&json!("account.locked"), &json!("administrator")));
    assert_eq!((&entry["actor_id"], &entry["outcome"]), (&json!(boss.account.id.as_str()), &json!("success")));
    assert_eq!(entry["detail"], json!({ "locked": true }));
    let unlocked = boss.done(Method::POST, &format!("/accounts/{ada}/unlock")).await.json();
    assert_eq!(unlocked["locked"], false);
    cookies(&world, "ada@example.com").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_account_is_told_from_a_locked_one_and_unlocking_restores_it() {
    let world = usual_world().await;
    let boss = Boss::of(&world).await;
    let ada = id_of(&world, "ada@example.com").await;
    let cookies = cookies(&world, "ada@example.com").await;
    let headers = [("cookie", cookies.as_str()), SCRIPT];
    let body = json!({ "password": PASSWORD });
    let deleted = send(&world, Method::DELETE, "/api/v1/account", &headers, Some(body)).await;
    assert_eq!(deleted.status, 202, "{}", deleted.body);
    let listed = boss.done(Method::GET, "/accounts?search=ada%40").await.json();
    for shown in [&boss.done(Method::GET, &format!("/accounts/{ada}")).await.json(), &listed["accounts"][0]] {
        assert_eq!((&shown["locked"], &shown["erased_from"]), (&json!(true), &deleted.json()["erased_at"]));
    }
    let unlocked = boss.done(Method::POST, &format!("/accounts/{ada}/unlock")).await.json();
    assert_eq!((&unlocked["locked"], &unlocked["erased_from"]), (&json!(false), &json!(null)));
    let log = world.context.store.list_audit("", 50).await.unwrap();
    let entry = log.iter().find(|entry| entry.action == "account.restored").expect("that is recorded");
    assert_eq!((entry.actor.as_str(), entry.actor_id.as_ref()), ("administrator", Some(&boss.account.id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn unlocking_ends_the_wait_after_too_many_failures() {
    let world = usual_world().await;
    let boss = Boss::of(&world).await;
    let ada = id_of(&world, "ada@example.com").await;
    let mut browser = Browser::new(&world);
    let mut page = browser.open("/login").await;
    for number in 0..40 {
        browser.ip = format!("198.51.100.{number}");
        page = browser.sign_in(&page, "ada@example.com", "not the password at all").await;
    }
    page = browser.sign_in(&page, "ada@example.com", PASSWORD).await;
    assert_eq!(page.status, 429, "{}", page.text());
    boss.done(Method::POST, &format!("/accounts/{ada}/unlock")).await;
    page = browser.sign_in(&page, "ada@example.com", PASSWORD).await;
    assert!(page.at.starts_with("/account"), "{} {}", page.at, page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn api_10_the_last_administrator_stays() {
    let world = usual_world().await;
    let boss = Boss::of(&world).await;
    let (own, ada) = (boss.account.id.clone(), id_of(&world, "ada@example.com").await);
    for (method, rest) in [(Method::DELETE, "/roles/admin"), (Method::POST, "/lock"), (Method::DELETE, "")] {
        let page = boss.call(method, &format!("/accounts/{own}{rest}")).await;
        assert_problem(&page, 409, "last_administrator");
    }
    let promoted = boss.done(Method::PUT, &format!("/accounts/{ada}/roles/admin")).await.json();
    assert_eq!(promoted["roles"], json!(["admin"]));
    boss.done(Method::DELETE, &format!("/accounts/{own}/roles/admin")).await;
    assert_problem(&boss.call(Method::GET, "/accounts").await, 403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_groups_reach_relying_parties_by_scope() {
    let world = usual_world().await;
    let boss = Boss::of(&world).await;
    let ada = id_of(&world, "ada@example.com").await;
    boss.done(Method::PUT, &format!("/accounts/{ada}/roles/editor")).await;
    boss.done(Method::PUT, &format!("/accounts/{ada}/groups/team:eu")).await;
    let again = boss.done(Method::PUT, &format!("/accounts/{ada}/groups/team%3Aeu")).await.json();
    assert_eq!((&again["roles"], &again["groups"]), (&json!(["editor"]), &json!(["team:eu"])));
    assert_eq!(boss.recorded(&ada).await["detail"], json!({ "roles": ["editor"], "groups": ["team:eu"] }));
    // Not for a client that is not registered for it.
    let token = access_token(&world, "ada@example.com", "openid roles groups").await;
    let told = userinfo(&world, &token).await.json();
    assert_eq!((&told["roles"], &claims(&token)["roles"]), (&Value::Null, &Value::Null));
    world
        .client("acme", |client| {
            client.scope = "openid roles groups offline_access".to_owned().try_into().unwrap();
            client.doorward.claims_in_id_token = true;
        })
        .await;
    let mut browser = Browser::new(&world);
    let path = authorize_path(&[("scope", "openid roles groups offline_access")]);
    let asked = browser.open(&path).await;
    let asked = browser.sign_in(&asked, "ada@example.com", PASSWORD).await;
    assert!(asked.text().contains("team:eu") && asked.text().contains("editor"), "{}", asked.text());
    let answer = browser.submit(&asked, "consent-form", &[("decision", "allow")]).await.answer();
    let issued = redeem(&world, &answer["code"]).await.json();
    for token in ["access_token", "id_token"] {
        let told = claims(issued[token].as_str().unwrap());
        assert_eq!((&told["roles"], &told["groups"]), (&json!(["editor"]), &json!(["team:eu"])), "{token}");
    }
    let told = userinfo(&world, issued["access_token"].as_str().unwrap()).await.json();
    assert_eq!((&told["roles"], &told["groups"]), (&json!(["editor"]), &json!(["team:eu"])));
    // The next token says what is true then.
    boss.done(Method::DELETE, &format!("/accounts/{ada}/roles/editor")).await;
    let next = refresh(&world, issued["refresh_token"].as_str().unwrap()).await.json();
    assert_eq!(claims(next["access_token"].as_str().unwrap())["roles"], Value::Null);
    let refused = boss.call(Method::PUT, &format!("/accounts/{ada}/roles/two%20words")).await;
    assert_problem(&refused, 400, "name_refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_13_an_administrator_starts_a_reset_and_neither_chooses_nor_sees_a_password() {
    let world = usual_world().await;
    let boss = Boss::of(&world).await;
    let ada = id_of(&world, "ada@example.com").await;
    let answer = boss.call(Method::POST, &format!("/accounts/{ada}/reset")).await;
    assert!(answer.status == 202 && answer.body.is_empty(), "{} {}", answer.status, answer.body);
    let mail = world.last_mail_to("ada@example.com").await;
    assert!(mail.text.contains("administrator"), "{}", mail.text);
    cookies(&world, "ada@example.com").await;
    let link = world.last_link_to("ada@example.com").await;
    let mut browser = Browser::new(&world);
    let page = browser.open(&link).await;
    let page = browser.submit(&page, "confirm-form", &[]).await;
    let page = browser.submit(&page, "reset-password-form", &[("password", "another walk on the beach")]).await;
    let page = browser.sign_in(&page, "ada@example.com", "another walk on the beach").await;
    assert!(page.at.starts_with("/account"), "{} {}", page.at, page.text());
    let used = browser.visit(&link).await;
    assert_eq!(used.status, 400, "it works once");
    let started = boss.get(&format!("/audit?account={ada}&action=password.reset_started")).await;
    assert_eq!(started["entries"][0]["actor_id"], boss.account.id.as_str());
    boss.done(Method::POST, &format!("/accounts/{ada}/lock")).await;
    assert_problem(&boss.call(Method::POST, &format!("/accounts/{ada}/reset")).await, 409, "account_locked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_is_not_flooded_with_resets() {
    let world = usual_world().await;
    let boss = Boss::of(&world).await;
    let ada = id_of(&world, "ada@example.com").await;
    let path = format!("/accounts/{ada}/reset");
    let mut last = boss.call(Method::POST, &path).await;
    for _ in 0..30 {
        last = boss.call(Method::POST, &path).await;
    }
    assert_problem(&last, 429, "too_many_requests");
    assert!(last.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_counted_as_proven_once() {
    let world = usual_world().await;
    let boss = Boss::of(&world).await;
    let ada = id_of(&world, "ada@example.com").await;
    let first = boss.done(Method::POST, &format!("/accounts/{ada}/verify")).await.json();
    world.pass(5);
    let second = boss.done(Method::POST, &format!("/accounts/{ada}/verify")).await.json();
    assert_eq!(first["email_verified_at"], second["email_verified_at"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_08_an_administrator_sees_and_ends_a_persons_sessions() {
    let world = usual_world().await;
    let boss = Boss::of(&world).await;
    let ada = id_of(&world, "ada@example.com").await;
    let (one, two) = (cookies(&world, "ada@example.com").await, cookies(&world, "ada@example.com").await);
    let live = async |cookies: &str| {
        send(&world, Method::GET, "/api/v1/sessions", &[("cookie", cookies)], None).await.status == 200
    };
    let sessions = format!("/accounts/{ada}/sessions");
    let listed = boss.get(&sessions).await["sessions"].as_array().unwrap().clone();
    assert_eq!((listed.len(), &listed[0]["ip"]), (2, &json!("203.0.113.7")));
    let own = boss.get(&format!("/accounts/{}/sessions", boss.account.id)).await["sessions"][0]["id"].clone();
    let foreign = boss.call(Method::DELETE, &format!("{sessions}/{}", own.as_str().unwrap())).await;
    assert_problem(&foreign, 404, "not_found");
    for session in &listed[..1] {
        boss.done(Method::DELETE, &format!("{sessions}/{}", session["id"].as_str().unwrap())).await;
    }
    assert_eq!([live(&one).await, live(&two).await].iter().filter(|live| **live).count(), 1);
    boss.done(Method::DELETE, &sessions).await;
    assert!(!live(&one).await && !live(&two).await);
    let entry = boss.recorded(&ada).await;
    assert_eq!((&entry["action"], &entry["actor"]), (&json!("session.ended"), &json!("administrator")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_account_is_gone_from_the_log_too() {
    let world = usual_world().await;
    let boss = Boss::of(&world).await;
    let ada = id_of(&world, "ada@example.com").await;
    tokens(&world).await;
    boss.done(Method::DELETE, &format!("/accounts/{ada}")).await;
    assert_problem(&boss.call(Method::DELETE, &format!("/accounts/{ada}")).await, 404, "not_found");
    let left = boss.get(&format!("/audit?account={ada}")).await["entries"].as_array().unwrap().clone();
    assert_eq!(left.iter().map(|entry| entry["action"].as_str().unwrap()).collect::<Vec<_>>(), ["account.deleted"]);
    let all = world.context.store.search_audit(&AuditFilter::default(), "", 200).await.unwrap().entries;
    assert!(all.iter().any(|entry| entry.subject_erased_at.is_some()));
    assert!(all.iter().filter(|entry| entry.actor_id.as_ref() == Some(&ada)).count() == 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_made_changed_and_removed() {
    let world = usual_world().await;
    let boss = Boss::of(&world).await;
    let described = json!({
        "client_id": "https://shop.example/app", "client_name": "Shop",
        "redirect_uris": ["https://shop.example/cb"], "doorward": { "first_party": true },
    });
    let made = boss.send(Method::POST, "/clients", described.clone()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let made = made.json();
    let secret = made["client_secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("dws_") && made["client_secret_expires_at"] == 0);
    let path = "/clients/https:%2F%2Fshop.example%2Fapp";
    // API-05: not told again.
    let read = boss.get(path).await;
    assert_eq!((&read["client_name"], &read["client_secret"]), (&json!("Shop"), &Value::Null));
    assert_problem(&boss.send(Method::POST, "/clients", described).await, 409, "taken");
    let changed = json!({ "client_name": "The Shop", "redirect_uris": ["https://shop.example/cb"] });
    let changed = boss.send(Method::PUT, path, changed).await;
    assert_eq!((changed.status.as_u16(), &changed.json()["doorward"]["first_party"]), (200, &json!(false)));
    let entry = boss.get("/audit?client_id=https://shop.example/app&limit=1").await["entries"][0].clone();
    assert_eq!(entry["detail"]["members"], json!(["client_name", "doorward"]));
    assert_eq!(entry["actor_id"], boss.account.id.as_str());
    let rotated = boss.done(Method::POST, &format!("{path}/secret?overlap_hours=0")).await.json();
    assert_ne!(rotated["client_secret"].as_str().unwrap(), secret);
    assert_eq!(boss.done(Method::POST, &format!("{path}/disable")).await.json()["disabled"], true);
    assert_eq!(boss.done(Method::POST, &format!("{path}/enable")).await.json()["disabled"], false);
    assert_eq!(boss.get("/clients?limit=1").await["next"], "acme");
    boss.done(Method::DELETE, path).await;
    assert_problem(&boss.call(Method::GET, path).await, 404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_05_what_breaks_a_rule_is_told_and_not_kept() {
    let world = usual_world().await;
    let boss = Boss::of(&world).await;
    let wrong = json!({ "redirect_uris": ["https://a.example/#x"], "logo_uri": "javascript:alert(1)" });
    let page = boss.send(Method::POST, "/clients", wrong).await;
    assert_problem(&page, 400, "invalid_client_metadata");
    let wrong = json!({ "client_id": "a b", "redirect_uris": [], "logo_uri": "javascript:alert(1)" });
    let page = boss.send(Method::POST, "/clients", wrong).await;
    let detail = page.json()["detail"].as_str().unwrap().to_owned();
    assert!(["client_id", "redirect_uris", "logo_uri"].iter().all(|member| detail.contains(member)), "{detail}");
    for refused in [json!({ "client_secret": "chosen by somebody" }), json!({ "disabled": false }), json!([])] {
        assert_eq!(boss.send(Method::POST, "/clients", refused).await.status, 400);
    }
    let off = json!({ "token_endpoint_auth_method": "client_secret_jwt", "redirect_uris": ["https://a.example/"] });
    for (method, path) in [(Method::POST, "/clients"), (Method::PUT, "/clients/acme")] {
        let page = boss.send(method, path, off.clone()).await;
        assert_problem(&page, 400, "invalid_client_metadata");
        assert!(page.json()["detail"].as_str().unwrap().contains("token_endpoint_auth_method"), "{}", page.body);
    }
    let moved = json!({ "client_id": "other", "redirect_uris": ["https://a.example/"] });
    assert_problem(&boss.send(Method::PUT, "/clients/acme", moved).await, 400, "invalid_client_metadata");
    let public = json!({ "token_endpoint_auth_method": "none", "redirect_uris": ["https://a.example/"] });
    let public = boss.send(Method::POST, "/clients", public).await.json();
    assert_eq!(public["client_secret"], Value::Null);
    let path = format!("/clients/{}/secret", public["client_id"].as_str().unwrap());
    assert_problem(&boss.call(Method::POST, &path).await, 409, "client_public");
}

#[tokio::test(flavor = "multi_thread")]
async fn log_01_the_log_is_searched_in_pages() {
    let world = usual_world().await;
    let boss = Boss::of(&world).await;
    tokens(&world).await;
    let ada = id_of(&world, "ada@example.com").await;
    let by_ada = boss.get(&format!("/audit?actor={ada}&action=session.started")).await;
    assert_eq!(by_ada["entries"].as_array().unwrap().len(), 1);
    assert_eq!(by_ada["entries"][0]["actor"], "person");
    let all = boss.get("/audit").await["entries"].as_array().unwrap().len();
    let (mut seen, mut path) = (0, "/audit?limit=2".to_owned());
    loop {
        let page = boss.get(&path).await;
        seen += page["entries"].as_array().unwrap().len();
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/audit?limit=2&before={next}");
    }
    assert_eq!(seen, all);
    assert_eq!(boss.get(&format!("/audit?since={}", world.now().seconds() + 1)).await["entries"], json!([]));
    for wrong in ["account=ada", "outcome=perhaps", "before=%01", "limit=9999"] {
        assert_problem(&boss.call(Method::GET, &format!("/audit?{wrong}")).await, 400, "field_malformed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn administering_works_on_postgresql() {
    let Some(world) = World::on(Engine::Postgres, |_| ()).await else { return };
    world.client("acme", |_| ()).await;
    world.person("ada@example.com").await;
    let boss = Boss::of(&world).await;
    let ada = id_of(&world, "ada@example.com").await;
    assert_eq!(boss.get("/accounts?search=ADA").await["accounts"][0]["id"], ada.as_str());
    boss.done(Method::PUT, &format!("/accounts/{ada}/roles/editor")).await;
    boss.done(Method::POST, &format!("/accounts/{ada}/lock")).await;
    boss.done(Method::DELETE, &format!("/accounts/{ada}")).await;
    let own = boss.call(Method::POST, &format!("/accounts/{}/lock", boss.account.id)).await;
    assert_problem(&own, 409, "last_administrator");
    assert_eq!(boss.get("/audit?action=account.").await["entries"][0]["action"], "account.deleted");
}
