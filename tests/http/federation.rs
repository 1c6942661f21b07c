//! Coming in from other providers, through the real connectors and the imitated Google and GitHub: who gets into which
//! account, what is asked first, and what the five pre-hijack attacks come to (federation §3).

use doorward::model::account::Account;
use serde_json::json;

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{authorize_path, claims, redeem, userinfo};
use crate::support::upstream::Upstream;
use crate::support::world::{PASSWORD, World};

/// People of the imitated Google.
pub const INES: &str = "100000000000000000101";
const SANA: &str = "100000000000000000404";
pub const MIRA: &str = "100000000000000000505";
/// People of the imitated GitHub.
pub const ADA: &str = "1815";
pub const KERSTIN: &str = "1906";
const JONAS: &str = "1987";

pub async fn world(upstream: &Upstream) -> World {
    let world = World::with(|settings| settings.providers = upstream.providers(|_| ())).await;
    world.client("acme", |_| ()).await;
    world
}

pub async fn account(world: &World, email: &str) -> Option<Account> {
    world.context.store.find_account_by_email(&email.parse().unwrap()).await.unwrap()
}

pub async fn come<'w>(world: &'w World, upstream: &Upstream, provider: &str, person: &str) -> (Browser<'w>, Page) {
    let mut browser = Browser::new(world);
    let login = browser.open("/login").await;
    let page = browser.come_by(upstream, &login, provider, person).await;
    (browser, page)
}

/// The claims of the ID token at the end of a visit that began at the usual client.
pub async fn id_token(world: &World, answer: &Page) -> serde_json::Value {
    let code = answer.answer().get("code").unwrap_or_else(|| panic!("a code: {} {}", answer.at, answer.text())).clone();
    let tokens = redeem(world, &code).await.json();
    let mut claims = claims(tokens["id_token"].as_str().unwrap());
    let told = userinfo(world, tokens["access_token"].as_str().unwrap()).await.json();
    claims.as_object_mut().unwrap().insert("userinfo".to_owned(), told);
    claims
}

pub async fn consent(browser: &mut Browser<'_>, page: Page) -> Page {
    if page.has("consent-allow") { browser.submit(&page, "consent-form", &[("decision", "allow")]).await } else { page }
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_2_a_new_person_comes_in_with_a_proven_address_and_comes_back_as_the_same() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mut subs = Vec::new();
    for _ in 0..2 {
        let mut browser = Browser::new(&world);
        let path = authorize_path(&[("claims", r#"{"id_token":{"idp":null}}"#)]);
        let login = browser.open(&path).await;
        let page = browser.come_by(upstream, &login, "google", INES).await;
        let answer = consent(&mut browser, page).await;
        let claims = id_token(&world, &answer).await;
        assert_eq!((&claims["amr"], &claims["idp"]), (&json!(["federated"]), &json!("google")));
        subs.push(claims["sub"].clone());
    }
    assert_eq!(subs[0], subs[1]);
    let ines = account(&world, "ines-rask@gmail.com").await.expect("an account");
    assert!(ines.email_verified_at.is_some() && ines.password_hash.is_none());
    assert_eq!(ines.claims.name.as_deref(), Some("Ines Rask"));
    assert_eq!(subs[0], ines.id.as_str());
    let welcome = world.last_mail_to("ines-rask@gmail.com").await;
    assert!(welcome.subject.contains("ready"), "{}", welcome.subject);
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_1_2_github_brings_its_verified_primary_address() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let (_, page) = come(&world, upstream, "github", ADA).await;
    assert_eq!(page.at, "/account", "{}", page.text());
    assert!(account(&world, "ada@people.example").await.unwrap().email_verified_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_1_3_whoever_brings_no_proven_address_gives_one_and_proves_it_by_our_code() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    for (provider, person, address) in
        [("github", KERSTIN, "kerstin@home.example"), ("google", SANA, "sana@home.example")]
    {
        let (mut browser, page) = come(&world, upstream, provider, person).await;
        assert!(page.has("address-form"), "{}", page.text());
        let wrong = browser.submit(&page, "address-form", &[("username", "nobody")]).await;
        assert!(wrong.status == 400 && wrong.has("username-problem"), "{}", wrong.text());
        let verify = browser.submit(&page, "address-form", &[("username", address)]).await;
        assert!(verify.has("code-form"), "{} {}", verify.at, verify.text());
        assert!(account(&world, address).await.unwrap().email_verified_at.is_none());
        let code = world.last_code_to(address).await;
        let home = browser.submit(&verify, "code-form", &[("code", &code)]).await;
        assert_eq!(home.at, "/account", "{}", home.text());
        let own = account(&world, address).await.unwrap();
        assert!(own.email_verified_at.is_some());
        assert_eq!(world.context.store.list_identities(&own.id).await.unwrap().len(), 1);
        let (_, again) = come(&world, upstream, provider, person).await;
        assert_eq!(again.at, "/account", "tied, so nothing is asked: {}", again.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_3_an_address_with_an_account_is_proven_by_the_accounts_own_ways_before_it_is_tied() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mira = world.person("mira@example.com").await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    let page = browser.come_by(upstream, &login, "google", MIRA).await;
    assert!(page.at.starts_with("/login") && page.has("arrived"), "{}", page.text());
    assert!(world.context.store.list_identities(&mira.id).await.unwrap().is_empty());
    let wrong = browser.sign_in(&page, "mira@example.com", "something else entirely").await;
    assert!(wrong.has("login-form"));
    let page = browser.sign_in(&wrong, "mira@example.com", PASSWORD).await;
    assert!(page.has("link-form") && page.body.contains("Google"), "{} {}", page.at, page.text());
    let page = browser.submit(&page, "link-form", &[("decision", "link")]).await;
    let answer = consent(&mut browser, page).await;
    assert_eq!(id_token(&world, &answer).await["sub"], mira.id.as_str());
    assert!(world.last_mail_to("mira@example.com").await.text.contains("Google"), "the mailbox is told");
    let (_, home) = come(&world, upstream, "google", MIRA).await;
    assert_eq!(home.at, "/account", "{}", home.text());
    assert!(world.reload(&mira.id).await.password_hash.is_some(), "nothing else was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_want_the_tie_goes_on_without() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mira = world.person("mira@example.com").await;
    let (mut browser, page) = come(&world, upstream, "google", MIRA).await;
    let page = browser.sign_in(&page, "mira@example.com", PASSWORD).await;
    let home = browser.submit(&page, "link-form", &[("decision", "skip")]).await;
    assert_eq!(home.at, "/account", "{}", home.text());
    assert!(world.context.store.list_identities(&mira.id).await.unwrap().is_empty());
}

pub async fn tied(world: &World, account: &Account) -> Vec<String> {
    let ties = world.context.store.list_identities(&account.id).await.unwrap();
    ties.into_iter().map(|tie| format!("{} {}", tie.provider, tie.subject)).collect()
}

pub async fn signed_in_as_mira(world: &World) -> Browser<'_> {
    let mut browser = Browser::new(world);
    let login = browser.open("/login").await;
    let home = browser.sign_in(&login, "mira@example.com", PASSWORD).await;
    assert_eq!(home.at, "/account", "{}", home.text());
    browser
}

/// Ties a provider from the account's page.
pub async fn tie(browser: &mut Browser<'_>, upstream: &Upstream, provider: &str, person: &str) -> Page {
    let logins = browser.open("/account/logins").await;
    browser.come_by(upstream, &logins, provider, person).await
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_6_tying_and_untying_from_the_accounts_page_need_a_recent_sign_in_and_are_told() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mira = world.person("mira@example.com").await;
    let mut browser = signed_in_as_mira(&world).await;
    let page = tie(&mut browser, upstream, "google", INES).await;
    assert!(page.has("linked") && page.body.contains("ines-rask@gmail.com"), "{}", page.text());
    assert_eq!(tied(&world, &mira).await, [format!("google {INES}")]);
    assert_eq!(world.reload(&mira.id).await.email.as_str(), "mira@example.com", "federation 3.8: the address stays");
    let (_, home) = come(&world, upstream, "google", INES).await;
    assert_eq!(home.at, "/account", "{}", home.text());
    assert!(account(&world, "ines-rask@gmail.com").await.is_none(), "no second account");
    // Too long ago.
    world.pass(301);
    let logins = browser.open("/account/logins").await;
    let start = logins.link("link-github").unwrap();
    assert_eq!(browser.visit(&start).await.location().as_deref(), Some("/login?page=logins"));
    assert_eq!(
        browser.submit_only(&logins, "unlink-form-1", &[("decision", "unlink")]).await.location().as_deref(),
        Some("/login?page=logins")
    );
    assert_eq!(tied(&world, &mira).await.len(), 1);
    // Again, and then it works.
    let login = browser.open("/login?page=logins").await;
    let logins = browser.sign_in(&login, "mira@example.com", PASSWORD).await;
    let done = browser.submit_only(&logins, "unlink-form-1", &[("decision", "unlink")]).await;
    assert_eq!(done.location().as_deref(), Some("/account/logins?notice=unlinked"));
    assert!(tied(&world, &mira).await.is_empty());
    let subjects: Vec<String> = world.mails().await.into_iter().map(|mail| mail.subject).collect();
    assert!(subjects.contains(&"Another way into your account".to_owned()), "{subjects:?}");
    assert!(subjects.contains(&"A way into your account is gone".to_owned()), "{subjects:?}");
    let actions: Vec<String> =
        world.context.store.list_audit("", 50).await.unwrap().into_iter().map(|entry| entry.action).collect();
    assert!(actions.contains(&"identity.linked".to_owned()) && actions.contains(&"identity.unlinked".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_6_a_tie_begun_by_another_site_or_for_another_session_is_refused() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mira = world.person("mira@example.com").await;
    let mut browser = signed_in_as_mira(&world).await;
    for forged in ["/federation/google?link=x", "/federation/google?link=AAAAAAAAAAAAAAAAAAAAAA"] {
        let page = browser.visit(forged).await;
        assert_eq!(page.status, 400, "{}", page.text());
    }
    let logins = browser.open("/account/logins").await;
    let other = logins.link("link-google").unwrap().replace("/google?", "/github?");
    assert_eq!(browser.visit(&other).await.status, 400, "the token is for one provider");
    // Signed out while away, and somebody else in.
    world.person("tove@example.org").await;
    let back = browser.visit_provider(upstream, &logins, "google", Some(INES)).await;
    let home = browser.open("/account").await;
    let sign_out = browser.open(&home.link("logout-link").unwrap()).await;
    browser.submit(&sign_out, "logout-confirm", &[("decision", "yes")]).await;
    let login = browser.open("/login").await;
    browser.sign_in(&login, "tove@example.org", PASSWORD).await;
    let page = browser.open(&back).await;
    assert!(page.status == 409 && page.has("federation-somebody-else"), "{}", page.text());
    assert!(tied(&world, &mira).await.is_empty());
    assert!(tied(&world, &account(&world, "tove@example.org").await.unwrap()).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_9_a_providers_person_belongs_to_one_account() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mira = world.person("mira@example.com").await;
    come(&world, upstream, "google", INES).await;
    let mut browser = signed_in_as_mira(&world).await;
    let page = tie(&mut browser, upstream, "google", INES).await;
    assert!(page.status == 409 && page.has("federation-tied-elsewhere"), "{}", page.text());
    assert!(tied(&world, &mira).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_7_the_last_way_in_stays() {
    let upstream = Upstream::shared();
    let providers = upstream.providers(|_| ());
    let world = World::with(|settings| {
        settings.providers = providers;
        settings.codes.sign_in = false;
    })
    .await;
    // By a code of ours, too: the provider's word alone is no recent sign-in.
    let (mut browser, page) = come(&world, upstream, "github", KERSTIN).await;
    let verify = browser.submit(&page, "address-form", &[("username", "kerstin@home.example")]).await;
    let code = world.last_code_to("kerstin@home.example").await;
    browser.submit(&verify, "code-form", &[("code", &code)]).await;
    let kerstin = account(&world, "kerstin@home.example").await.unwrap();
    let unlink = async |browser: &mut Browser<'_>| {
        let logins = browser.open("/account/logins").await;
        let answer = browser.submit_only(&logins, "unlink-form-1", &[("decision", "unlink")]).await;
        browser.follow(answer).await
    };
    let refused = unlink(&mut browser).await;
    assert!(refused.has("last-way-in"), "{}", refused.text());
    assert_eq!(tied(&world, &kerstin).await.len(), 1);
    world.pass(1);
    let page = tie(&mut browser, upstream, "google", INES).await;
    assert!(page.has("linked"), "{}", page.text());
    assert!(unlink(&mut browser).await.has("unlinked"));
    assert_eq!(tied(&world, &kerstin).await, [format!("google {INES}")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_10_fed_3_12_a_visit_counts_once_in_its_browser_at_its_provider_and_for_ten_minutes() {
    // RFC 6749 §10.12: `state` counts once, in its own browser.
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mut browser = Browser::new(&world);
    let login = browser.open("/login").await;
    let back = browser.visit_provider(upstream, &login, "google", Some(INES)).await;
    let over = |page: &Page| page.status == 400 && page.has("federation-visit-over");
    // Login CSRF: a stranger's way back in the victim's browser.
    let mut victim = Browser::new(&world);
    victim.open("/login").await;
    let page = victim.open(&back).await;
    assert!(over(&page), "{}", page.text());
    let page = browser.open(&back).await;
    assert!(page.has("login-form"), "it was taken by then: {}", page.text());
    world.pass(doorward::base::bounds::REPEATED_FORM_SECONDS);
    let page = browser.open(&back).await;
    assert!(over(&page), "{}", page.text());
    // At another provider (mix-up, federation 3.16).
    let back = browser.visit_provider(upstream, &login, "google", Some(INES)).await;
    let page = browser.open(&back.replace("/federation/google/", "/federation/github/")).await;
    assert!(over(&page), "{}", page.text());
    // Twice.
    let back = browser.visit_provider(upstream, &login, "google", Some(INES)).await;
    assert_eq!(browser.open(&back).await.at, "/account");
    let page = Browser::new(&world).open(&back).await;
    assert!(over(&page), "{}", page.text());
    // Too late.
    let mut late = Browser::new(&world);
    let login = late.open("/login").await;
    let back = late.visit_provider(upstream, &login, "google", Some(INES)).await;
    world.pass(601);
    assert!(over(&late.open(&back).await));
    for nothing in
        ["", "?state=", "?state=x&code=y", "?code=y", "?state=dwv_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&code=y"]
    {
        let page = late.open(&format!("/federation/google/callback{nothing}")).await;
        assert!(over(&page), "{nothing}: {} {}", page.status, page.text());
        assert!(page.has("login-link"), "another way is there");
    }
    let page = late.open("/federation/nobody/callback?state=x&code=y").await;
    assert_eq!(page.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_11_fed_3_13_a_refusal_there_is_told_in_our_words_with_the_other_ways() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    let back = browser.visit_provider(upstream, &login, "google", None).await;
    let page = browser.open(&back).await;
    assert!(page.status == 400 && page.has("federation-declined"), "{}", page.text());
    assert!(page.has("upstream-google") && page.has("upstream-github") && page.has("login-link"));
    // The request goes on.
    let page = browser.come_by(upstream, &page, "github", ADA).await;
    let answer = consent(&mut browser, page).await;
    assert!(answer.answer().contains_key("code"));
    for error in ["%3Cscript%3Ealert(1)%3C/script%3E", "interaction_required%0a%0dSet-Cookie:x=1", "server_error"] {
        let mut browser = Browser::new(&world);
        let login = browser.open("/login").await;
        let back = browser.visit_provider(upstream, &login, "google", Some(INES)).await;
        let state = back.split_once("state=").unwrap().1.split('&').next().unwrap();
        let path = format!("/federation/google/callback?state={state}&error={error}&error_description={error}");
        let page = browser.open(&path).await;
        assert!(page.status.is_client_error() || page.status.is_server_error(), "{error}: {}", page.status);
        assert!(!page.body.contains("alert(1)") && !page.body.contains("interaction_required"), "{}", page.text());
        assert!(page.has("login-link"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idp_hint_leads_straight_to_a_provider_and_prompt_login_never_does() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    world.person("mira@example.com").await;
    let mut browser = Browser::new(&world);
    let page = browser.open(&authorize_path(&[("idp_hint", "google")])).await;
    let away = page.location().unwrap_or_default();
    assert!(away.starts_with(&upstream.origin), "{} {}", page.at, page.text());
    let back = upstream.choose(&away, Some(INES)).await;
    let page = browser.open(back.strip_prefix("http://localhost:8080").unwrap()).await;
    let answer = consent(&mut browser, page).await;
    assert_eq!(id_token(&world, &answer).await["amr"], json!(["federated"]));
    for more in [[("idp_hint", "nobody"), ("display", "page")], [("idp_hint", "google"), ("prompt", "login")]] {
        let page = Browser::new(&world).open(&authorize_path(&more)).await;
        assert!(page.at.starts_with("/login"), "{more:?}: {}", page.at);
    }
    // Federation 1.8, 2.8: another provider does not say that the person is there now.
    let page = Browser::new(&world).open(&authorize_path(&[("prompt", "login")])).await;
    assert!(page.has("login-form") && !page.has("upstream-google"), "{}", page.text());
    let page = signed_in_as_mira(&world).await.open(&authorize_path(&[("max_age", "0")])).await;
    assert!(page.has("login-form") && !page.has("upstream-google"), "{}", page.text());
}

// ---- The five pre-hijack attacks (federation 3.5) -------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_5_classic_federated_merge_the_attackers_password_on_the_victims_address_is_worth_nothing() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    // The attacker signs up with the victim's address and waits.
    let mut attacker = Browser::new(&world);
    let login = attacker.open("/login").await;
    let signup = attacker.open(&login.at.replace("/login", "/signup")).await;
    let fill = [("username", "ines-rask@gmail.com"), ("password", "planted by somebody else"), ("name", "Mallory")];
    attacker.submit(&signup, "signup-form", &fill).await;
    let planted = account(&world, "ines-rask@gmail.com").await.unwrap();
    let (_, home) = come(&world, upstream, "google", INES).await;
    assert_eq!(home.at, "/account", "{}", home.text());
    let own = account(&world, "ines-rask@gmail.com").await.unwrap();
    assert_eq!(own.id, planted.id);
    assert!(own.password_hash.is_none() && own.claims.name.as_deref() == Some("Ines Rask"));
    let mut attacker = Browser::new(&world);
    let login = attacker.open("/login").await;
    let page = attacker.sign_in(&login, "ines-rask@gmail.com", "planted by somebody else").await;
    assert!(page.has("login-form"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_5_unexpired_session_an_unproven_account_never_holds_one() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mut attacker = Browser::new(&world);
    let login = attacker.open("/login").await;
    let signup = attacker.open(&login.at.replace("/login", "/signup")).await;
    let fill = [("username", "ines-rask@gmail.com"), ("password", "planted by somebody else")];
    let verify = attacker.submit(&signup, "signup-form", &fill).await;
    assert_eq!(attacker.visit("/account").await.status, 303);
    come(&world, upstream, "google", INES).await;
    assert_eq!(attacker.visit("/account").await.status, 303);
    let guess = attacker.submit(&verify, "code-form", &[("code", "000000")]).await;
    assert_ne!(guess.at, "/account");
    assert_eq!(attacker.visit("/account").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_5_trojan_identifier_nothing_is_tied_to_an_account_before_its_address_is_proven() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    // The attacker comes with an account of their own elsewhere and names the victim's address.
    let (mut attacker, page) = come(&world, upstream, "github", KERSTIN).await;
    let verify = attacker.submit(&page, "address-form", &[("username", "ines-rask@gmail.com")]).await;
    assert!(verify.has("code-form"));
    let planted = account(&world, "ines-rask@gmail.com").await.unwrap();
    assert!(tied(&world, &planted).await.is_empty());
    let (_, home) = come(&world, upstream, "google", INES).await;
    assert_eq!(home.at, "/account", "{}", home.text());
    assert_eq!(tied(&world, &planted).await, [format!("google {INES}")]);
    // And not later either.
    let (_, page) = come(&world, upstream, "github", KERSTIN).await;
    assert!(page.has("address-form"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_5_unexpired_email_change_only_a_signed_in_owner_of_a_proven_account_can_ask_for_one() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    // The attacker has an account and asks for the victim's address as its new one; the mail goes to the victim.
    world.person("mira@example.com").await;
    let mut attacker = signed_in_as_mira(&world).await;
    let page = attacker.open("/account/email?change=1").await;
    let fill = [("email", "ines-rask@gmail.com"), ("current_password", PASSWORD)];
    attacker.submit(&page, "email-form", &fill).await;
    let link = world.mails().await.into_iter().rev().find(|mail| mail.to.as_str() == "ines-rask@gmail.com");
    let link = link
        .unwrap()
        .text
        .lines()
        .find_map(|line| line.split_once("/account/email/link?token=").map(|found| found.1.to_owned()));
    let (_, home) = come(&world, upstream, "google", INES).await;
    assert_eq!(home.at, "/account", "{}", home.text());
    let own = account(&world, "ines-rask@gmail.com").await.unwrap();
    // Whoever presses the old link takes nothing away from her.
    let mut anybody = Browser::new(&world);
    let confirm = anybody.visit(&format!("/account/email/link?token={}", link.unwrap())).await;
    if confirm.has("confirm-form") {
        anybody.submit(&confirm, "confirm-form", &[]).await;
    }
    assert_eq!(account(&world, "ines-rask@gmail.com").await.unwrap().id, own.id);
    assert!(account(&world, "mira@example.com").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_5_non_verifying_idp_a_claimed_address_opens_and_occupies_nothing() {
    let upstream = Upstream::start();
    let world = world(&upstream).await;
    let mira = world.person("mira@example.com").await;
    upstream.switch("google", json!({ "unverified_address": true })).await;
    let (mut attacker, page) = come(&world, &upstream, "google", MIRA).await;
    assert!(page.has("address-form") && !page.has("arrived"), "nothing is told: {}", page.text());
    let verify = attacker.submit(&page, "address-form", &[("username", "mira@example.com")]).await;
    assert!(verify.has("code-form"));
    assert!(tied(&world, &mira).await.is_empty());
    assert!(world.last_mail_to("mira@example.com").await.subject.contains("account"), "the owner is told");
    let guess = attacker.submit(&verify, "code-form", &[("code", "123456")]).await;
    assert_ne!(guess.at, "/account");
    assert!(world.reload(&mira.id).await.password_hash.is_some());
}

// ---- What the operator decides --------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_14_restrictions_hold_at_every_sign_in() {
    let upstream = Upstream::shared();
    for (change, person, enters) in [
        (json!({ "hosted_domains": ["workspace.example"] }), "100000000000000000202", true),
        (json!({ "hosted_domains": ["workspace.example"] }), INES, false),
        (json!({ "domains": ["gmail.com"] }), INES, true),
        (json!({ "domains": ["elsewhere.example"] }), SANA, false),
        (json!({ "denied_domains": ["gmail.com"] }), INES, false),
    ] {
        let list = |name: &str| -> Vec<String> {
            change.get(name).map_or_else(Vec::new, |list| serde_json::from_value(list.clone()).unwrap())
        };
        let providers = upstream.providers(|provider| {
            if provider.id == "google" {
                (provider.hosted_domains, provider.domains) = (list("hosted_domains"), list("domains"));
                provider.denied_domains = list("denied_domains");
            }
        });
        let world = World::with(|settings| settings.providers = providers).await;
        let (_, page) = come(&world, upstream, "google", person).await;
        assert_eq!(page.at == "/account", enters, "{change}: {} {}", page.at, page.text());
        assert_eq!(page.has("federation-restricted"), !enters, "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_4_a_code_that_was_mailed_for_a_planted_account_opens_nothing_once_its_owner_has_come() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mut attacker = Browser::new(&world);
    let login = attacker.open("/login").await;
    let signup = attacker.open(&login.at.replace("/login", "/signup")).await;
    let fill = [("username", "ines-rask@gmail.com"), ("password", "planted by somebody else")];
    let verify = attacker.submit(&signup, "signup-form", &fill).await;
    let code = world.last_code_to("ines-rask@gmail.com").await;
    let (_, home) = come(&world, upstream, "google", INES).await;
    assert_eq!(home.at, "/account", "{}", home.text());
    // The owner is talked into reading it out.
    let page = attacker.submit(&verify, "code-form", &[("code", &code)]).await;
    assert!(page.at.starts_with("/login"), "{} {}", page.at, page.text());
    assert_eq!(attacker.visit("/account").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_14_whoever_names_no_address_there_gives_none_of_a_denied_domain_here() {
    let upstream = Upstream::shared();
    let providers = upstream.providers(|provider| provider.denied_domains = vec!["rivals.example".to_owned()]);
    let world = World::with(|settings| settings.providers = providers).await;
    let (mut browser, page) = come(&world, upstream, "github", KERSTIN).await;
    assert!(page.has("address-form"), "{}", page.text());
    let refused = browser.submit(&page, "address-form", &[("username", "kerstin@Rivals.example")]).await;
    assert!(refused.status == 403 && refused.has("federation-restricted"), "{}", refused.text());
    assert!(account(&world, "kerstin@rivals.example").await.is_none());
    let verify = browser.submit(&page, "address-form", &[("username", "kerstin@home.example")]).await;
    assert!(verify.has("code-form"), "{}", verify.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_5_whoever_goes_on_with_somebody_elses_visit_sees_whose_it_is() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    // Left open in a browser that several people use: the address that comes next is tied to that person.
    let (mut browser, page) = come(&world, upstream, "github", KERSTIN).await;
    assert!(page.has("address-form") && page.text().contains("kerstin"), "{}", page.text());
    let wrong = browser.submit(&page, "address-form", &[("username", "nobody")]).await;
    assert!(wrong.has("username-problem") && wrong.text().contains("kerstin"), "{}", wrong.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_up_can_be_closed_while_people_with_an_account_come_in() {
    let upstream = Upstream::shared();
    let providers = upstream.providers(|provider| provider.sign_up = false);
    let world = World::with(|settings| settings.providers = providers).await;
    let mira = world.person("mira@example.com").await;
    for (provider, person) in [("google", INES), ("google", SANA), ("github", KERSTIN)] {
        let (_, page) = come(&world, upstream, provider, person).await;
        assert!(page.status == 403 && page.has("federation-sign-up-closed"), "{}", page.text());
    }
    let mut browser = signed_in_as_mira(&world).await;
    tie(&mut browser, upstream, "github", JONAS).await;
    let (_, home) = come(&world, upstream, "github", JONAS).await;
    assert_eq!(home.at, "/account", "{}", home.text());
    assert_eq!(tied(&world, &mira).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_15_a_deleted_account_is_not_revived_by_whoever_was_tied_to_it() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    come(&world, upstream, "google", INES).await;
    let first = account(&world, "ines-rask@gmail.com").await.unwrap();
    let event = doorward::model::audit::AuditEvent::new(
        doorward::model::audit::AuditAction::AccountLocked,
        world.now(),
        "test",
    );
    world.context.store.set_account_disabled(&first.id, true, world.now(), event.clone()).await.unwrap();
    let (_, page) = come(&world, upstream, "google", INES).await;
    assert!(page.status == 403 && page.has("federation-account-closed"), "{}", page.text());
    let delete = doorward::model::account::Administration::Delete;
    world.context.store.administer(&first.id, delete, event).await.unwrap();
    let (_, page) = come(&world, upstream, "google", INES).await;
    assert_eq!(page.at, "/account", "{}", page.text());
    assert_ne!(account(&world, "ines-rask@gmail.com").await.unwrap().id, first.id, "another account");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_follow_the_provider_until_the_person_changes_them() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let (mut browser, _) = come(&world, upstream, "google", INES).await;
    let page = browser.open("/account/profile").await;
    browser.submit(&page, "profile-form", &[("name", "Somebody Else"), ("picture", "")]).await;
    come(&world, upstream, "google", INES).await;
    let own = account(&world, "ines-rask@gmail.com").await.unwrap();
    assert_eq!(own.claims.name.as_deref(), Some("Somebody Else"));
    assert_eq!(own.claims.given_name.as_deref(), Some("Ines"));
    assert_eq!(own.claims.picture, None, "taken away is a change, too");
}

// ---- Security events -------------------------------------------------------------------------------------------------

/// Has the imitated Google send an event about `person`, and hands what it signed to us.
pub async fn tell(world: &World, upstream: &Upstream, event: &str, person: &str) -> Page {
    let token = upstream.security_event(event, person).await;
    let request = poem::Request::builder()
        .method(poem::http::Method::POST)
        .uri("/federation/google/events".parse().unwrap())
        .header("content-type", "application/secevent+jwt")
        .body(token);
    Page::of(world.send(request).await, "/federation/google/events").await
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_2_13_a_takeover_at_google_ends_sessions_and_blocks_the_tie_until_another_proof() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mira = world.person("mira@example.com").await;
    let mut owner = signed_in_as_mira(&world).await;
    tie(&mut owner, upstream, "google", INES).await;
    let told = tell(&world, upstream, "account-disabled", INES).await;
    assert_eq!(told.status, 202, "{}", told.body);
    assert_eq!(owner.visit("/account").await.status, 303, "every session is over");
    let (mut browser, page) = come(&world, upstream, "google", INES).await;
    assert!(page.at.starts_with("/login") && page.has("arrived"), "{} {}", page.at, page.text());
    let page = browser.sign_in(&page, "mira@example.com", PASSWORD).await;
    assert!(page.has("link-form"), "{}", page.text());
    let home = browser.submit(&page, "link-form", &[("decision", "link")]).await;
    assert_eq!(home.at, "/account");
    let (_, home) = come(&world, upstream, "google", INES).await;
    assert_eq!(home.at, "/account", "the tie works again: {}", home.text());
    let log = world.context.store.list_audit("", 50).await.unwrap();
    let entry = log.iter().find(|entry| entry.action == "identity.security_event").expect("that is recorded");
    assert_eq!(entry.account.as_ref(), Some(&mira.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_2_13_an_event_acts_once_and_a_forged_one_never() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    world.person("mira@example.com").await;
    let mut owner = signed_in_as_mira(&world).await;
    tie(&mut owner, upstream, "google", INES).await;
    let token = upstream.security_event("sessions-revoked", INES).await;
    let send = async |body: String| {
        let request = poem::Request::builder()
            .method(poem::http::Method::POST)
            .uri("/federation/google/events".parse().unwrap())
            .header("content-type", "application/secevent+jwt")
            .body(body);
        Page::of(world.send(request).await, "/federation/google/events").await
    };
    let (signed, _) = token.rsplit_once('.').unwrap();
    for forged in [String::new(), "x".to_owned(), format!("{signed}.AAAA"), format!("{signed}."), "\0".to_owned()] {
        let answer = send(forged).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(answer.json()["err"].is_string(), "{}", answer.body);
    }
    assert_eq!(owner.visit("/account").await.status, 200, "nothing happened");
    assert_eq!(send(token.clone()).await.status, 202);
    assert_eq!(owner.visit("/account").await.status, 303);
    let mut again = signed_in_as_mira(&world).await;
    assert_eq!(send(token).await.status, 202, "it was taken before");
    assert_eq!(again.visit("/account").await.status, 200, "and acts no more");
    // About somebody we do not know.
    assert_eq!(tell(&world, upstream, "account-disabled", SANA).await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_1_7_tokens_are_kept_only_where_asked_for_and_githubs_grant_ends_with_the_account() {
    let upstream = Upstream::shared();
    for keeps in [false, true] {
        let providers = upstream.providers(|provider| provider.keep_tokens = keeps);
        let world = World::with(|settings| settings.providers = providers).await;
        let (mut browser, home) = come(&world, upstream, "github", ADA).await;
        assert_eq!(home.at, "/account", "{}", home.text());
        let own = account(&world, "ada@people.example").await.unwrap();
        let tie = world.context.store.list_identities(&own.id).await.unwrap().remove(0);
        assert_eq!(tie.sealed_tokens.is_some(), keeps);
        let Some(sealed) = tie.sealed_tokens else { continue };
        let record = format!("github {ADA}");
        let label = doorward::jose::Label { purpose: "upstream tokens", record: &record };
        let opened = world.context.master_key.open(label, &sealed).expect("sealed for this person");
        let kept: Vec<String> = serde_json::from_slice(opened.expose()).unwrap();
        assert!(!sealed.contains(&kept[0]));
        assert_eq!(upstream.status_with("/dev/github/api/v3/user", &kept[0]).await, 200);
        world.pass(1);
        let login = browser.open("/account/delete").await;
        let page = browser.open(&login.at.replace("/login", "/code")).await;
        let page = browser.submit(&page, "code-request-form", &[("username", "ada@people.example")]).await;
        let code = world.last_code_to("ada@people.example").await;
        let page = browser.submit(&page, "code-form", &[("code", &code)]).await;
        let gone = browser.submit(&page, "delete-form", &[]).await;
        assert!(gone.has("account-deleted"), "{}", gone.text());
        assert_eq!(upstream.status_with("/dev/github/api/v3/user", &kept[0]).await, 401, "the grant is over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_18_visits_are_limited_for_each_source() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mut browser = Browser::new(&world);
    let mut limited = None;
    for _ in 0..=doorward::base::bounds::VISITS_PER_SOURCE {
        let page = browser.visit("/federation/google/callback?state=x&code=y").await;
        if page.status == 429 {
            limited = Some(page);
            break;
        }
    }
    let limited = limited.expect("a limit");
    assert!(limited.header("retry-after").is_some());
    let login = browser.open("/login").await;
    assert_eq!(browser.visit(&login.link("upstream-google").unwrap()).await.status, 429);
    browser.ip = "198.51.100.9".to_owned();
    assert_eq!(browser.visit(&login.link("upstream-google").unwrap()).await.status, 303, "others are let go");
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_2_14_signing_out_here_does_not_claim_to_sign_out_there() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let (mut browser, home) = come(&world, upstream, "google", INES).await;
    let sign_out = browser.open(&home.link("logout-link").unwrap()).await;
    let out = browser.submit(&sign_out, "logout-confirm", &[("decision", "yes")]).await;
    assert!(
        !sign_out.text().contains("Google") && !out.text().contains("Google"),
        "{} {}",
        sign_out.text(),
        out.text()
    );
    assert_eq!(browser.visit("/account").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_8_another_address_at_the_provider_moves_nothing_here() {
    let upstream = Upstream::start();
    let world = world(&upstream).await;
    let (_, home) = come(&world, &upstream, "github", ADA).await;
    assert_eq!(home.at, "/account", "{}", home.text());
    let own = account(&world, "ada@people.example").await.unwrap();
    for switches in [json!({ "no_verified_primary": true }), json!({ "noreply_address": true, "renamed_login": true })]
    {
        upstream.switch("github", switches).await;
        let (_, home) = come(&world, &upstream, "github", ADA).await;
        assert_eq!(home.at, "/account", "{}", home.text());
        let now = world.reload(&own.id).await;
        assert_eq!((now.email, now.email_verified_at), (own.email.clone(), own.email_verified_at));
    }
}
