//! OpenID Connect Session Management 1.0: `session_state`, and the frame that compares it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::support::browser::Browser;
use crate::support::example::Example;
use crate::support::relying_party::{authorize_path, sign_in_and_consent};
use crate::support::world::{PASSWORD, World};

const ADA: &str = "ada@example.com";
const STATE: &str = "doorward-state";

async fn world() -> World {
    let world = World::with(|settings| settings.protocol.session_management = true).await;
    world.client("acme", |_| ()).await;
    world.person(ADA).await;
    world
}

/// What the frame's script finds: whether `session_state` belongs to the state that the browser has now.
fn is_unchanged(browser: &Browser<'_>, client: &str, origin: &str, session_state: &str) -> bool {
    let (hash, salt) = session_state.split_once('.').unwrap();
    let state = browser.cookies().get(STATE).cloned().unwrap_or_default();
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{client} {origin} {state} {salt}"))) == hash
}

#[tokio::test(flavor = "multi_thread")]
async fn session_management_2_an_answer_holds_the_state_that_the_frame_compares() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let page = sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await;
    let session_state = page.answer()["session_state"].clone();
    assert!(is_unchanged(&browser, "acme", "https://acme.example", &session_state));
    assert!(!is_unchanged(&browser, "acme", "https://evil.example", &session_state), "for the client's origin alone");
    assert!(!is_unchanged(&browser, "other", "https://acme.example", &session_state));
    let again = browser.open(&authorize_path(&[("prompt", "none")])).await.answer();
    assert_ne!(again["session_state"], session_state, "salted anew");
    assert!(is_unchanged(&browser, "acme", "https://acme.example", &again["session_state"]));
    assert!(is_unchanged(&browser, "acme", "https://acme.example", &session_state), "a silent answer changes nothing");
    let mut example = Example::new();
    example.say("The answer to an authorization request:");
    example.answer(&page, &["location"]);
    example.keep("session_management");
}

#[tokio::test(flavor = "multi_thread")]
async fn session_management_3_1_logout_another_sign_in_and_another_person_change_it() {
    // Session Management §4.2: the state changes with who is signed in.
    let world = world().await;
    world.person("bob@example.com").await;
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await.answer();
    let unchanged = |browser: &Browser<'_>, state: &str| is_unchanged(browser, "acme", "https://acme.example", state);
    let first = answer["session_state"].clone();
    let login = browser.open(&authorize_path(&[("prompt", "login")])).await;
    let second = browser.sign_in(&login, ADA, PASSWORD).await.answer()["session_state"].clone();
    assert!(unchanged(&browser, &second) && !unchanged(&browser, &first));
    let login = browser.open("/login").await;
    let login = if login.has("login-form") { login } else { browser.open("/login?prompt=login").await };
    if login.has("login-form") {
        browser.sign_in(&login, "bob@example.com", PASSWORD).await;
        assert!(!unchanged(&browser, &second), "somebody is added");
    }
    let page = browser.open("/oauth2/logout").await;
    browser.submit(&page, "logout-confirm", &[("decision", "yes")]).await;
    assert!(!unchanged(&browser, &second) && !browser.cookies().contains_key(STATE));
}

#[tokio::test(flavor = "multi_thread")]
async fn session_management_3_2_the_frame_may_stand_anywhere_and_loads_nothing() {
    // Session Management §3.3: the metadata names the frame.
    let world = world().await;
    let mut browser = Browser::new(&world);
    let document = browser.visit("/.well-known/openid-configuration").await.json();
    assert_eq!(document["check_session_iframe"], "http://localhost:8080/oauth2/check_session");
    let page = browser.visit("/oauth2/check_session").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(!policy.contains("frame-ancestors") && policy.starts_with("default-src 'none'"), "{policy}");
    assert_ne!(page.header("x-frame-options"), Some("DENY"));
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert!(page.body.contains(&format!("<script nonce=\"{nonce}\" data-cookie=\"{STATE}\">")));
    assert!(!page.body.contains(" src=") && !page.body.contains("http"), "{}", page.body);
    assert!(page.body.contains("crypto.subtle.digest"));
    let other = browser.visit("/login").await;
    let other = browser.follow(other).await;
    assert!(other.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"), "that page alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_cookie_opens_nothing_and_is_the_only_one_that_scripts_read() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    let answer = browser.submit_only(&login, "login-form", &[("username", ADA), ("password", PASSWORD)]).await;
    let cookies = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let readable: Vec<&str> = cookies.filter(|line| !line.contains("HttpOnly")).collect();
    assert!(readable.len() == 1 && readable[0].starts_with("doorward-state="), "{readable:?}");
    let mut thief = Browser::new(&world);
    thief.set_cookie(STATE, &browser.cookies()[STATE]);
    assert_ne!(thief.visit("/account").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn session_management_over_https_the_cookie_reaches_frames_of_other_sites() {
    let world = World::with(|settings| {
        settings.protocol.session_management = true;
        settings.issuer = doorward::base::Issuer::parse("https://id.example").unwrap();
    })
    .await;
    world.person(ADA).await;
    let mut browser = Browser::new(&world);
    browser.extra.push(("origin".to_owned(), "https://id.example".to_owned()));
    let login = browser.open("/login").await;
    let form = login.form("login-form");
    let mut fields: Vec<(&str, &str)> = form.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    fields.retain(|(name, _)| !["username", "password"].contains(name));
    fields.extend([("username", ADA), ("password", PASSWORD)]);
    let answer = browser.post(&form.action, &fields).await;
    let mut cookies = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let state = cookies.rfind(|line| line.starts_with("__Host-doorward-state="));
    let state = state.unwrap_or_else(|| panic!("{} {}", answer.status, answer.text()));
    assert!(state.ends_with("; Path=/; SameSite=None; Secure"), "{state}");
}

#[tokio::test(flavor = "multi_thread")]
async fn session_management_is_there_exactly_while_it_is_on() {
    let world = World::new().await;
    world.client("acme", |_| ()).await;
    world.person(ADA).await;
    let mut browser = Browser::new(&world);
    let document = browser.visit("/.well-known/openid-configuration").await.json();
    assert!(document.get("check_session_iframe").is_none());
    assert_eq!(browser.visit("/oauth2/check_session").await.status, 404);
    let answer = sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await.answer();
    assert!(!answer.contains_key("session_state") && !browser.cookies().contains_key(STATE));
}
