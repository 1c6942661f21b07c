//! Sessions and requests that other sites cause (SES, API-08).

use poem::http::StatusCode;

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{
    authorize_path, claims, redeem, refresh, sign_in_and_consent, tokens, userinfo, usual_world,
};
use crate::support::world::{PASSWORD, World};

const SESSIONS: &str = "doorward-sessions";
const BROWSER: &str = "doorward-browser";

async fn signed_in<'w>(world: &'w World, email: &str) -> Browser<'w> {
    let mut browser = Browser::new(world);
    let page = browser.open("/login").await;
    let account = browser.sign_in(&page, email, PASSWORD).await;
    assert!(account.at.starts_with("/account"), "{} {}", account.at, account.text());
    browser
}

async fn is_signed_in(browser: &mut Browser<'_>) -> bool {
    browser.visit("/account").await.status == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_01_every_sign_in_makes_a_new_session_and_ends_the_one_it_replaces() {
    let world = usual_world().await;
    let mut browser = signed_in(&world, "ada@example.com").await;
    let old = browser.cookies()[SESSIONS].clone();
    let login = browser.open(&authorize_path(&[("prompt", "login")])).await;
    browser.sign_in(&login, "ada@example.com", PASSWORD).await;
    let new = browser.cookies()[SESSIONS].clone();
    assert_ne!(old, new);
    assert!(is_signed_in(&mut browser).await);
    browser.set_cookie(SESSIONS, &old);
    assert!(!is_signed_in(&mut browser).await, "the old one opens nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_02_planted_cookies_are_not_adopted() {
    let world = usual_world().await;
    let genuine = signed_in(&world, "ada@example.com").await.cookies().clone();
    let invented = |value: &str| value.chars().rev().collect::<String>();
    let mut browser = Browser::new(&world);
    browser.set_cookie(SESSIONS, &invented(&genuine[SESSIONS]));
    browser.set_cookie(BROWSER, &invented(&genuine[BROWSER]));
    let login = browser.open(&authorize_path(&[])).await;
    assert_ne!(browser.cookies()[BROWSER], invented(&genuine[BROWSER]), "the browser gets a name of our making");
    browser.sign_in(&login, "ada@example.com", PASSWORD).await;
    assert!(!browser.cookies()[SESSIONS].contains(&invented(&genuine[SESSIONS])));
    assert!(!browser.cookies()[SESSIONS].contains('.'), "one session, and not the planted one beside it");
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_03_a_sign_in_form_works_in_the_browser_that_got_it_and_nowhere_else() {
    let world = usual_world().await;
    world.person("eve@example.com").await;
    let mut attacker = Browser::new(&world);
    let prepared = attacker.open("/login").await;
    let mut victim = Browser::new(&world);
    victim.open("/login").await;
    for form in [&prepared, &victim.open("/login").await] {
        // The attacker's form as it is, and the victim's own interaction with the attacker's token.
        let token = prepared.form("login-form").fields.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
        let fill = [("username", "eve@example.com"), ("password", PASSWORD), ("csrf", token.as_str())];
        let page = victim.submit(form, "login-form", &fill).await;
        assert!(page.status.is_client_error(), "{} {}", page.status, page.text());
        assert!(!victim.cookies().contains_key(SESSIONS));
    }
    let mut without_cookies = Browser::new(&world);
    let page = without_cookies.sign_in(&prepared, "eve@example.com", PASSWORD).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.body.contains("cookies_off"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_04_a_consent_form_is_bound_and_its_hidden_fields_carry_no_authority() {
    let world = usual_world().await;
    world.person("eve@example.com").await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[("scope", "openid")])).await;
    let consent = browser.sign_in(&login, "ada@example.com", PASSWORD).await;
    let mut other = signed_in(&world, "eve@example.com").await;
    let stolen = other.submit(&consent, "consent-form", &[("decision", "allow")]).await;
    assert_eq!(stolen.status, StatusCode::NOT_FOUND, "not this browser's");
    let without = browser.submit(&consent, "consent-form", &[("decision", "allow"), ("csrf", "")]).await;
    assert_eq!(without.status, StatusCode::BAD_REQUEST);
    let fill = [
        ("decision", "allow"),
        ("scope", "openid email profile offline_access"),
        ("client_id", "other"),
        ("redirect_uri", "https://evil.example/"),
        ("account", "somebody"),
    ];
    let location = browser.submit(&consent, "consent-form", &fill).await;
    assert!(location.location().unwrap().starts_with("https://acme.example/cb?"));
    let tokens = redeem(&world, &location.answer()["code"]).await.json();
    assert_eq!(claims(tokens["access_token"].as_str().unwrap())["scope"], "openid");
    assert!(tokens.get("refresh_token").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_05_forms_sent_by_other_sites_are_refused() {
    let world = usual_world().await;
    for mark in [
        ("origin", "https://evil.example"),
        ("origin", "http://localhost:8081"),
        ("origin", "http://localhost:8080.evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let mut browser = signed_in(&world, "ada@example.com").await;
        let login = browser.open(&authorize_path(&[("prompt", "login")])).await;
        let profile = browser.visit("/account/profile").await;
        let logout = browser.visit("/oauth2/logout").await;
        browser.extra.push((mark.0.to_owned(), mark.1.to_owned()));
        let fill = [("username", "ada@example.com"), ("password", PASSWORD)];
        let answers = [
            browser.submit_only(&login, "login-form", &fill).await,
            browser.submit_only(&profile, "profile-form", &[("name", "Eve")]).await,
            browser.submit_only(&logout, "logout-confirm", &[("decision", "yes")]).await,
        ];
        for answer in answers {
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{mark:?} {}", answer.at);
        }
        browser.extra.clear();
        assert!(is_signed_in(&mut browser).await, "{mark:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_06_tampered_cookies_are_nobodys() {
    let world = usual_world().await;
    let genuine = signed_in(&world, "ada@example.com").await.cookies()[SESSIONS].clone();
    let short = genuine[..genuine.len() - 1].to_owned();
    let many = vec![genuine.replace("dw", "wd"); 60].join(".");
    let garbage =
        ["", ".", "....", "\"", "%00", "=;=", "a=b=c", "undefined", "null", "../../../etc/passwd", &short, &many]
            .map(str::to_owned);
    let long = "x".repeat(16 * 1024);
    for value in garbage.iter().chain([&long, &format!("{genuine}x"), &genuine.to_uppercase()]) {
        let mut browser = Browser::new(&world);
        for name in [SESSIONS, BROWSER, "doorward-device", "__Host-doorward-sessions"] {
            browser.set_cookie(name, value);
        }
        let account = browser.visit("/account").await;
        assert_eq!(account.location().as_deref(), Some("/login"), "{value}");
        let login = browser.open(&authorize_path(&[])).await;
        assert_eq!(login.status, 200, "{value}");
        let answer = browser.visit(&authorize_path(&[("prompt", "none")])).await;
        assert_eq!(answer.answer()["error"], "login_required", "{value}");
    }
    // Bytes that are no text, and more cookies than anybody has.
    let request = poem::Request::builder()
        .uri("/account".parse().unwrap())
        .header("cookie", poem::http::HeaderValue::from_bytes(b"doorward-sessions=\xff\xfe; a=\x80").unwrap())
        .finish();
    assert_eq!(world.send(request).await.status(), 303);
    let mut browser = Browser::new(&world);
    for number in 0..500 {
        browser.set_cookie(&format!("c{number}"), "v");
    }
    assert_eq!(browser.visit("/account").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_07_a_session_ends_when_it_is_idle_and_in_any_case_after_a_day() {
    let world = usual_world().await;
    let mut browser = signed_in(&world, "ada@example.com").await;
    world.pass(3_599);
    assert!(is_signed_in(&mut browser).await, "used within the hour");
    world.pass(3_599);
    assert!(is_signed_in(&mut browser).await, "and so again");
    world.pass(3_601);
    assert!(!is_signed_in(&mut browser).await, "an hour without use ends it");
    let mut busy = signed_in(&world, "ada@example.com").await;
    for _ in 0..47 {
        world.pass(1_800);
        assert!(is_signed_in(&mut busy).await);
    }
    world.pass(1_801);
    assert!(!is_signed_in(&mut busy).await, "a day ends it however busy it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_08_people_see_and_end_their_own_sessions_and_no_others() {
    let world = usual_world().await;
    world.person("eve@example.com").await;
    let mut here = signed_in(&world, "ada@example.com").await;
    let mut there = signed_in(&world, "ada@example.com").await;
    let mut eve = signed_in(&world, "eve@example.com").await;
    let list = here.visit("/account/sessions").await;
    assert_eq!(session_ids(&list).len(), 2, "{}", list.text());
    assert!(!list.body.contains(&there.cookies()[SESSIONS]), "the secret is not shown");
    let csrf = csrf(&eve.visit("/account/profile").await);
    for id in session_ids(&list) {
        eve.post("/account/sessions", &[("csrf", csrf.as_str()), ("session", id.as_str())]).await;
    }
    assert!(is_signed_in(&mut here).await && is_signed_in(&mut there).await, "another person's cannot be ended");
    let others = here.submit(&list, "end-others-form", &[("decision", "end-others")]).await;
    assert_eq!(session_ids(&others).len(), 1, "{}", others.text());
    assert!(is_signed_in(&mut here).await && !is_signed_in(&mut there).await, "ended at once");
    assert!(is_signed_in(&mut eve).await);
    // One by one, one's own included.
    let own = session_ids(&others).remove(0);
    let csrf = self::csrf(&here.visit("/account/profile").await);
    here.post("/account/sessions", &[("csrf", csrf.as_str()), ("session", own.as_str())]).await;
    assert!(!is_signed_in(&mut here).await);
}

fn session_ids(page: &Page) -> Vec<String> {
    let document = scraper::Html::parse_document(&page.body);
    let buttons = scraper::Selector::parse("button[name=\"session\"]").unwrap();
    document.select(&buttons).filter_map(|button| button.value().attr("value")).map(str::to_owned).collect()
}

fn csrf(page: &Page) -> String {
    page.form("profile-form").fields.iter().find(|(name, _)| name == "csrf").unwrap().1.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_09_and_ses_14_sessions_end_with_disabling_deletion_and_a_new_password() {
    let world = usual_world().await;
    let audit = || {
        let action = doorward::model::audit::AuditAction::AccountLocked;
        doorward::model::audit::AuditEvent::new(action, world.now(), "test")
    };
    let store = &world.context.store;
    let eve = world.person("eve@example.com").await;
    let mut browser = signed_in(&world, "eve@example.com").await;
    store.set_account_disabled(&eve.id, true, world.now(), audit()).await.unwrap();
    assert!(!is_signed_in(&mut browser).await, "disabled");
    store.set_account_disabled(&eve.id, false, world.now(), audit()).await.unwrap();
    assert!(!is_signed_in(&mut browser).await, "enabling brings nothing back");
    let mut browser = signed_in(&world, "eve@example.com").await;
    store.delete_account(&eve.id, audit()).await.unwrap();
    assert!(!is_signed_in(&mut browser).await, "deleted");

    let old = tokens(&world).await;
    let (mut here, mut there) =
        (signed_in(&world, "ada@example.com").await, signed_in(&world, "ada@example.com").await);
    let page = here.visit("/account/password").await;
    let fill = [("current_password", PASSWORD), ("password", "another walk along the dunes"), ("end_sessions", "yes")];
    let changed = here.submit(&page, "password-form", &fill).await;
    assert!(changed.at.starts_with("/account?saved"), "{} {}", changed.at, changed.text());
    assert!(is_signed_in(&mut here).await, "whoever changed it stays");
    assert!(!is_signed_in(&mut there).await);
    assert_eq!(refresh(&world, old["refresh_token"].as_str().unwrap()).await.status, 400);
    assert_eq!(userinfo(&world, old["access_token"].as_str().unwrap()).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_10_two_tabs_of_two_clients_both_finish_with_their_own_code_and_state() {
    let world = usual_world().await;
    let uri = "https://other.example/cb";
    world.client("other", |metadata| metadata.redirect_uris = vec![uri.to_owned().try_into().unwrap()]).await;
    let mut browser = Browser::new(&world);
    let one = browser.open(&authorize_path(&[("state", "one")])).await;
    let two = browser.open(&authorize_path(&[("client_id", "other"), ("redirect_uri", uri), ("state", "two")])).await;
    let consent_one = browser.sign_in(&one, "ada@example.com", PASSWORD).await;
    // The second tab still shows the form of before.
    let consent_two = browser.sign_in(&two, "ada@example.com", PASSWORD).await;
    let allow = [("decision", "allow")];
    let answer_two = browser.submit(&consent_two, "consent-form", &allow).await;
    let answer_one = browser.submit(&consent_one, "consent-form", &allow).await;
    let answer_one = if answer_one.has("consent-allow") {
        browser.submit(&answer_one, "consent-form", &allow).await
    } else {
        answer_one
    };
    assert!(answer_one.location().unwrap().starts_with("https://acme.example/cb?"));
    assert!(answer_two.location().unwrap().starts_with("https://other.example/cb?"));
    assert_eq!((answer_one.answer()["state"].as_str(), answer_two.answer()["state"].as_str()), ("one", "two"));
    assert_ne!(answer_one.answer()["code"], answer_two.answer()["code"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_11_a_double_click_on_sign_in_or_consent_ends_well() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    let mut impatient = browser.clone();
    let consent = browser.sign_in(&login, "ada@example.com", PASSWORD).await;
    let again = impatient.sign_in(&login, "ada@example.com", PASSWORD).await;
    assert!(again.has("consent-allow"), "{} {}", again.at, again.text());
    assert!(consent.has("consent-allow"));
    // The browser keeps the cookies of the last answer.
    let allow = [("decision", "allow")];
    let first = impatient.submit(&again, "consent-form", &allow).await;
    let second = impatient.submit(&again, "consent-form", &allow).await;
    for answer in [first, second] {
        let answer = answer.answer();
        assert_eq!(answer["state"], "a state");
        assert_eq!(redeem(&world, &answer["code"]).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_11_two_clicks_at_the_same_moment_end_well() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    let (mut left, mut right) = (browser.clone(), browser.clone());
    let (one, two) = tokio::join!(
        left.sign_in(&login, "ada@example.com", PASSWORD),
        right.sign_in(&login, "ada@example.com", PASSWORD)
    );
    for page in [&one, &two] {
        assert!(page.has("consent-allow") || page.has("login-submit"), "{} {}", page.status, page.text());
    }
    assert!(one.has("consent-allow") || two.has("consent-allow"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_11_the_back_button_and_an_expired_form_lead_on() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    let consent = browser.sign_in(&login, "ada@example.com", PASSWORD).await;
    let back = browser.open(&login.at).await;
    assert!(back.has("login-submit") || back.has("consent-allow"), "{} {}", back.status, back.text());
    browser.submit(&consent, "consent-form", &[("decision", "allow")]).await;
    let back = browser.open(&consent.at).await;
    assert!(back.location().is_some_and(|to| to.contains("code=")), "the request is simply answered again");
    world.pass(60);
    let later = browser.open(&consent.at).await;
    assert_eq!(later.status, StatusCode::GONE);
    assert!(later.link("onward").is_some(), "{}", later.text());
    // A form that was left open over lunch begins the same request anew.
    let mut slow = Browser::new(&world);
    let login = slow.open(&authorize_path(&[("state", "slow")])).await;
    world.pass(2 * 3600);
    let anew = slow.sign_in(&login, "ada@example.com", PASSWORD).await;
    assert!(anew.has("login-submit") && anew.status == 200, "{} {}", anew.status, anew.text());
    let answer = slow.sign_in(&anew, "ada@example.com", PASSWORD).await.answer();
    assert_eq!(answer["state"], "slow");
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_12_after_another_person_signed_in_code_and_session_are_the_newcomers() {
    let world = usual_world().await;
    let eve = world.person("eve@example.com").await;
    let mut browser = Browser::new(&world);
    sign_in_and_consent(&mut browser, "ada@example.com", &authorize_path(&[])).await;
    let login = browser.open(&authorize_path(&[("prompt", "login")])).await;
    let consent = browser.sign_in(&login, "eve@example.com", PASSWORD).await;
    assert!(consent.has("consent-allow"), "what Ada agreed to is not Eve's agreement: {}", consent.text());
    assert!(consent.text().contains("eve@example.com") && !consent.text().contains("ada@example.com"));
    let answer = browser.submit(&consent, "consent-form", &[("decision", "allow")]).await.answer();
    let tokens = redeem(&world, &answer["code"]).await.json();
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["sub"], eve.id.as_str());
    assert!(browser.visit("/account").await.text().contains("eve@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_13_get_changes_nothing() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    let credentials = format!("{}&username=ada@example.com&password=a+long+walk+on+the+beach", login.at);
    assert!(browser.open(&credentials).await.has("login-submit"));
    assert!(!browser.cookies().contains_key(SESSIONS));
    let consent = browser.sign_in(&login, "ada@example.com", PASSWORD).await;
    let csrf = consent.form("consent-form").fields[0].1.clone();
    let allowed = browser.open(&format!("{}&decision=allow&csrf={csrf}", consent.at)).await;
    assert!(allowed.has("consent-allow"), "still asked");
    for path in ["/oauth2/logout", "/logout?decision=yes", "/account/sessions?decision=end-others", "/account/apps"] {
        browser.visit(path).await;
    }
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn api_08_changes_by_cookie_need_our_own_form_whatever_the_encoding() {
    let world = usual_world().await;
    let browser = signed_in(&world, "ada@example.com").await;
    let cookies: Vec<String> = browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    for path in ["/account/profile", "/account/password", "/account/sessions", "/account/apps", "/logout"] {
        for kind in [
            "application/x-www-form-urlencoded",
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/json",
            "",
        ] {
            let request = poem::Request::builder()
                .method(poem::http::Method::POST)
                .uri(path.parse().unwrap())
                .header("cookie", cookies.join("; "))
                .header("content-type", kind)
                .body("name=Eve&decision=yes&client_id=acme&session=x&password=a&current_password=b");
            let status = world.send(request).await.status();
            assert!(status.is_client_error(), "{path} {kind}: {status}");
        }
    }
    let mut browser = browser;
    assert!(is_signed_in(&mut browser).await);
    assert!(!browser.visit("/account").await.text().contains("Eve"));
}

/// Eve signs in in `browser`, where somebody else is signed in already.
async fn eve_comes(browser: &mut Browser<'_>) {
    let mut elsewhere = browser.clone();
    let login = elsewhere.open(&authorize_path(&[("prompt", "login")])).await;
    elsewhere.sign_in(&login, "eve@example.com", PASSWORD).await;
    browser.take_over(elsewhere.cookies());
    assert!(browser.open("/account").await.body.contains("eve@example.com"), "the newest is shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_04_of_several_people_in_a_browser_an_account_form_acts_for_the_one_it_was_shown_to() {
    const NEW: &str = "tomatoes in the greenhouse";
    let world = usual_world().await;
    world.person("eve@example.com").await;
    let mut browser = signed_in(&world, "ada@example.com").await;
    let profile = browser.open("/account/profile").await;
    let password = browser.open("/account/password").await;
    eve_comes(&mut browser).await;
    let saved = browser.submit(&profile, "profile-form", &[("nickname", "Countess")]).await;
    assert!(saved.body.contains("Countess") && saved.body.contains("ada@example.com"), "{}", saved.text());
    browser.submit(&password, "password-form", &[("current_password", PASSWORD), ("password", NEW)]).await;
    for (person, theirs) in [("ada@example.com", NEW), ("eve@example.com", PASSWORD)] {
        let mut elsewhere = Browser::new(&world);
        let login = elsewhere.open("/login").await;
        let home = elsewhere.sign_in(&login, person, theirs).await;
        assert_eq!(home.body.contains("Countess"), person == "ada@example.com", "{person}: {}", home.text());
        assert!(home.at.starts_with("/account"), "{person}: {}", home.at);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_04_an_account_form_of_somebody_who_left_acts_for_nobody_else() {
    let world = usual_world().await;
    let eve = world.person("eve@example.com").await;
    let mut browser = signed_in(&world, "ada@example.com").await;
    let profile = browser.open("/account/profile").await;
    browser.forget(SESSIONS);
    let nobody = browser.submit_only(&profile, "profile-form", &[("nickname", "Countess")]).await;
    assert_eq!(nobody.location().as_deref(), Some("/login?page=profile"));
    let login = browser.open("/login").await;
    browser.sign_in(&login, "eve@example.com", PASSWORD).await;
    let refused = browser.submit_only(&profile, "profile-form", &[("nickname", "Countess")]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text());
    let kept = world.context.store.find_account(&eve.id).await.unwrap().unwrap();
    assert_eq!(kept.claims.nickname, None);
}
