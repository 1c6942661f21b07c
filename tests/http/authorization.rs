//! The authorization endpoint: redirect URIs (RED), requests and consent (AUT).

use poem::http::Method;

use crate::support::browser::{Browser, Page, encode};
use crate::support::relying_party::{
    REDIRECT, authorize_path, challenge, claims, redeem, sign_in_and_consent, usual_world,
};
use crate::support::world::{ISSUER, PASSWORD, SECRET, World};

async fn visit(world: &World, change: &[(&str, &str)]) -> Page {
    Browser::new(world).visit(&authorize_path(change)).await
}

fn is_local_error(page: &Page) -> bool {
    page.status == 400 && page.location().is_none() && page.has("error-page")
}

#[tokio::test(flavor = "multi_thread")]
async fn red_01_redirect_uris_are_compared_exactly() {
    let world = usual_world().await;
    for other in [
        "https://acme.example/cb/",
        "https://acme.example/cb?x=1",
        "https://acme.example/cb#f",
        "https://ACME.example/cb",
        "https://acme.example:443/cb",
        "https://acme.example/./cb",
        "https://acme.example/%63b",
        "https://acme.example.evil.example/cb",
        "https://acme.example@evil.example/cb",
        "http://acme.example/cb",
        "javascript:alert(1)",
    ] {
        let page = visit(&world, &[("redirect_uri", other)]).await;
        assert!(is_local_error(&page), "{other}: {} {:?}", page.status, page.location());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn red_02_only_a_native_clients_loopback_port_is_free() {
    let world = usual_world().await;
    let native = |metadata: &mut doorward::model::client::ClientMetadata| {
        metadata.application_type = doorward::model::client::ApplicationType::Native;
        metadata.redirect_uris = vec!["http://127.0.0.1/cb".to_owned().try_into().unwrap()];
    };
    world.client("native", native).await;
    let change = [("client_id", "native"), ("redirect_uri", "http://127.0.0.1:53111/cb")];
    assert_eq!(visit(&world, &change).await.status, 303);
    for other in ["http://localhost:53111/cb", "http://127.0.0.1:53111/other", "http://127.0.0.2:53111/cb"] {
        assert!(is_local_error(&visit(&world, &[("client_id", "native"), ("redirect_uri", other)]).await), "{other}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn red_03_repeated_array_and_split_redirect_uris_are_refused() {
    let world = usual_world().await;
    let path = authorize_path(&[]);
    let repeated = format!("{path}&redirect_uri=https%3A%2F%2Fevil.example%2F");
    assert!(is_local_error(&Browser::new(&world).visit(&repeated).await));
    let array = format!("{path}&redirect_uri[]=https%3A%2F%2Fevil.example%2F");
    assert!(is_local_error(&Browser::new(&world).visit(&array).await));
    let split = Browser::new(&world).post(&path, &[("redirect_uri", "https://evil.example/")]).await;
    assert!(is_local_error(&split));
}

#[tokio::test(flavor = "multi_thread")]
async fn red_04_errors_stay_here_until_client_and_redirect_uri_are_verified() {
    // RFC 9700 §4.11.2: no redirect before client and address are verified.
    let world = usual_world().await;
    for change in [
        &[("client_id", "nobody")][..],
        &[("client_id", "")],
        &[("redirect_uri", "https://evil.example/"), ("prompt", "none")],
        &[("redirect_uri", "https://evil.example/"), ("response_type", "token")],
        &[("redirect_uri", "https://evil.example/"), ("request", "x.y.z")],
    ] {
        assert!(is_local_error(&visit(&world, change).await), "{change:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn red_05_the_error_page_does_not_lead_to_the_refused_address() {
    let world = usual_world().await;
    let page = visit(&world, &[("redirect_uri", "https://evil.example/<b>")]).await;
    assert!(!page.body.contains("href=\"https://evil.example"), "{}", page.body);
    assert!(!page.body.contains("<b>"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn red_06_a_registered_query_is_kept_and_appended_to() {
    let world = usual_world().await;
    let uri = "https://acme.example/cb?tenant=7";
    world.client("acme", |metadata| metadata.redirect_uris = vec![uri.to_owned().try_into().unwrap()]).await;
    let location = visit(&world, &[("redirect_uri", uri), ("prompt", "none")]).await.location().unwrap();
    assert!(location.starts_with("https://acme.example/cb?tenant=7&error=login_required&"), "{location}");
}

#[tokio::test(flavor = "multi_thread")]
async fn red_07_after_credentials_the_redirect_is_303() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let page = browser.open(&authorize_path(&[])).await;
    let fill = [("username", "ada@example.com"), ("password", PASSWORD)];
    assert_eq!(browser.submit_only(&page, "login-form", &fill).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn red_11_without_a_redirect_uri_a_sole_registered_one_will_do() {
    // RFC 6749 §3.1.2.3: it may be left out when exactly one is registered.
    let world = usual_world().await;
    let sole = visit(&world, &[("redirect_uri", ""), ("prompt", "none"), ("scope", "email")]).await;
    assert!(sole.location().unwrap().starts_with(REDIRECT));
    // OpenID Connect Core §3.1.2.1: it is required there.
    let page = visit(&world, &[("redirect_uri", ""), ("prompt", "none")]).await;
    assert!(is_local_error(&page) && page.text().contains("return address"), "{}", page.text());
    let two = ["https://acme.example/cb", "https://acme.example/cb2"];
    let two = two.map(|uri| uri.to_owned().try_into().unwrap()).to_vec();
    world.client("acme", |metadata| metadata.redirect_uris = two).await;
    assert!(is_local_error(&visit(&world, &[("redirect_uri", ""), ("scope", "email")]).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn red_12_unknown_response_modes_give_no_code_and_form_post_is_escaped() {
    let world = usual_world().await;
    let answer = visit(&world, &[("response_mode", "web_message")]).await.answer();
    assert_eq!(answer["error"], "invalid_request");
    let state = "\"><script>alert(1)</script>";
    let page = visit(&world, &[("response_mode", "form_post"), ("prompt", "none"), ("state", state)]).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
    let form = page.form("form-post");
    assert_eq!(form.action, REDIRECT);
    assert!(form.fields.contains(&("state".to_owned(), state.to_owned())), "{form:?}");
    assert!(form.fields.contains(&("error".to_owned(), "login_required".to_owned())));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' https://acme.example;"), "{policy}");
    let fragment = visit(&world, &[("response_mode", "fragment"), ("prompt", "none")]).await.location().unwrap();
    assert!(fragment.starts_with("https://acme.example/cb#error=login_required&"), "{fragment}");
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_01_parameters_given_twice_are_refused() {
    let world = usual_world().await;
    for name in ["scope", "state", "nonce", "prompt", "code_challenge", "response_type", "foreign"] {
        let path = format!("{}&{name}=a&{name}=b", authorize_path(&[(name, "")]));
        assert_eq!(Browser::new(&world).visit(&path).await.status, 400, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_02_response_types_other_than_code_give_nothing() {
    let world = usual_world().await;
    for kind in ["token", "id_token", "code token", "code id_token", "none", "CODE", "code code"] {
        let answer = visit(&world, &[("response_type", kind)]).await.answer();
        assert_eq!(answer["error"], "unsupported_response_type", "{kind}");
    }
    assert_eq!(visit(&world, &[("response_type", "")]).await.answer()["error"], "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_03_and_04_no_code_without_an_s256_challenge() {
    let world = usual_world().await;
    for change in [
        &[("code_challenge", ""), ("code_challenge_method", "")][..],
        &[("code_challenge_method", "plain")],
        &[("code_challenge_method", "")],
        &[("code_challenge_method", "s256")],
        &[("code_challenge_method", "none")],
        &[("code_challenge", "short")],
        &[("code_challenge", "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!")],
    ] {
        assert_eq!(visit(&world, change).await.answer()["error"], "invalid_request", "{change:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_05_state_comes_back_byte_for_byte_and_is_never_invented() {
    let world = usual_world().await;
    let long = "s".repeat(2_048);
    for state in ["ünïcödé ☂", "<script>&amp;\"'", "a+b c%20d", long.as_str()] {
        for mode in ["query", "fragment"] {
            let answer = visit(&world, &[("state", state), ("prompt", "none"), ("response_mode", mode)]).await.answer();
            assert_eq!(answer["state"], state);
        }
    }
    assert!(!visit(&world, &[("state", ""), ("prompt", "none")]).await.answer().contains_key("state"));
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_06_iss_is_in_success_and_error() {
    let world = usual_world().await;
    assert_eq!(visit(&world, &[("prompt", "none")]).await.answer()["iss"], ISSUER);
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &authorize_path(&[])).await.answer();
    assert_eq!(answer["iss"], ISSUER);
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_07_prompt_none_shows_no_page_and_grants_no_more_than_was_agreed() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let signed_out = browser.visit(&authorize_path(&[("prompt", "none")])).await.answer();
    assert_eq!(signed_out["error"], "login_required");
    assert_eq!(signed_out["state"], "a state");
    sign_in_and_consent(&mut browser, "ada@example.com", &authorize_path(&[("scope", "openid")])).await;
    let wider = browser.visit(&authorize_path(&[("prompt", "none"), ("scope", "openid email")])).await.answer();
    assert_eq!(wider["error"], "consent_required");
    let same = browser.visit(&authorize_path(&[("prompt", "none"), ("scope", "openid")])).await.answer();
    assert!(same.contains_key("code"), "{same:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_08_contradictory_and_unknown_prompts_are_refused() {
    let world = usual_world().await;
    for prompt in ["none login", "none consent", "LOGIN", "sign-in"] {
        assert_eq!(visit(&world, &[("prompt", prompt)]).await.answer()["error"], "invalid_request", "{prompt}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_09_prompt_login_and_max_age_force_a_new_sign_in_and_auth_time_advances() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &authorize_path(&[])).await.answer();
    let first = redeem(&world, &answer["code"]).await.json();
    let auth_time =
        |tokens: &serde_json::Value| claims(tokens["id_token"].as_str().unwrap())["auth_time"].as_i64().unwrap();
    let zero = browser.visit(&authorize_path(&[("max_age", "0"), ("prompt", "none")])).await.answer();
    assert_eq!(zero["error"], "login_required", "not even in the same second");
    world.pass(10);
    let lenient = browser.visit(&authorize_path(&[("max_age", "10000")])).await.answer();
    assert_eq!(auth_time(&redeem(&world, &lenient["code"]).await.json()), auth_time(&first));
    for (change, later) in [(("max_age", "1"), 10), (("prompt", "login"), 20), (("max_age", "0"), 30)] {
        let page = browser.open(&authorize_path(&[change])).await;
        assert!(page.has("login-submit"), "{change:?}: {} {}", page.at, page.status);
        let answer = browser.sign_in(&page, "ada@example.com", PASSWORD).await.answer();
        let tokens = redeem(&world, &answer["code"]).await.json();
        assert_eq!(auth_time(&tokens), auth_time(&first) + later, "{change:?}");
        world.pass(10);
    }
    let silent = browser.visit(&authorize_path(&[("prompt", "none"), ("max_age", "1")])).await.answer();
    assert_eq!(silent["error"], "login_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_10_and_11_unsigned_request_objects_are_refused_and_nothing_is_fetched() {
    let world = usual_world().await;
    let object = visit(&world, &[("request", "eyJhbGciOiJub25lIn0.e30.")]).await;
    assert!(object.status == 400 && object.body.contains("request_object_signature_wrong"), "{}", object.text());
    let by_reference = visit(&world, &[("request_uri", "http://127.0.0.1:1/x")]).await;
    assert!(by_reference.status == 400 && by_reference.body.contains("request_uri_not_registered"));
    assert!(object.location().is_none() && by_reference.location().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_12_and_13_unknown_and_foreign_scopes_are_not_granted() {
    let world = usual_world().await;
    let narrow = doorward::base::Scope::parse("openid email").unwrap();
    world.client("acme", |metadata| metadata.scope = narrow).await;
    let mut browser = Browser::new(&world);
    let path = authorize_path(&[("scope", "openid email phone admin nonsense")]);
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &path).await.answer();
    assert_eq!(redeem(&world, &answer["code"]).await.json()["scope"], "openid email");
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_14_a_disabled_clients_codes_and_tokens_stop_working() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &authorize_path(&[])).await.answer();
    let event = doorward::model::audit::AuditEvent::new(
        doorward::model::audit::AuditAction::ClientChanged,
        world.now(),
        "test",
    );
    assert!(world.context.store.set_client_disabled("acme", true, world.now(), event).await.unwrap());
    assert_eq!(redeem(&world, &answer["code"]).await.status, 401);
    assert!(
        is_local_error(&browser.visit(&authorize_path(&[])).await)
            || browser.visit(&authorize_path(&[])).await.status == 403
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_16_a_hint_signs_nobody_in_and_a_hint_for_another_gives_no_code() {
    let world = usual_world().await;
    world.person("grace@example.com").await;
    let mut ada = Browser::new(&world);
    let answer = sign_in_and_consent(&mut ada, "ada@example.com", &authorize_path(&[])).await.answer();
    let hint = redeem(&world, &answer["code"]).await.json()["id_token"].as_str().unwrap().to_owned();
    let silent = authorize_path(&[("prompt", "none"), ("id_token_hint", &hint)]);
    assert!(ada.visit(&silent).await.answer().contains_key("code"));
    assert_eq!(Browser::new(&world).visit(&silent).await.answer()["error"], "login_required");
    let mut grace = Browser::new(&world);
    sign_in_and_consent(&mut grace, "grace@example.com", &authorize_path(&[])).await;
    assert_eq!(grace.visit(&silent).await.answer()["error"], "login_required");
    let forged = format!("{}x", &hint[..hint.len() - 1]);
    let refused = ada.visit(&authorize_path(&[("prompt", "none"), ("id_token_hint", &forged)])).await.answer();
    assert_eq!(refused["error"], "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_17_refusal_is_access_denied_with_state_and_iss() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    let cancelled = browser.submit(&login, "cancel-form", &[]).await.answer();
    assert_eq!(cancelled["error"], "access_denied");
    let login = browser.open(&authorize_path(&[])).await;
    let consent = browser.sign_in(&login, "ada@example.com", PASSWORD).await;
    let denied = browser.submit(&consent, "consent-form", &[("decision", "deny")]).await.answer();
    assert_eq!(
        (denied["error"].as_str(), denied["state"].as_str(), denied["iss"].as_str()),
        ("access_denied", "a state", ISSUER)
    );
    let only: Vec<&str> = denied.keys().map(String::as_str).collect();
    assert_eq!(only, ["error", "error_description", "error_uri", "iss", "state"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_18_consent_names_client_and_scopes_and_is_asked_again_when_they_widen() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[("scope", "openid")])).await;
    let consent = browser.sign_in(&login, "ada@example.com", PASSWORD).await;
    assert!(consent.text().contains("Acme Notes") && consent.text().contains("https://acme.example"));
    browser.submit(&consent, "consent-form", &[("decision", "allow")]).await;
    assert!(browser.open(&authorize_path(&[("scope", "openid")])).await.answer().contains_key("code"));
    let wider = browser.open(&authorize_path(&[("scope", "openid email")])).await;
    assert!(wider.has("consent-allow") && wider.text().contains("ada@example.com"));
    let again = browser.open(&authorize_path(&[("scope", "openid"), ("prompt", "consent")])).await;
    assert!(again.has("consent-allow"));
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_19_steps_cannot_be_skipped() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    for step in ["/consent", "/choose", "/verify", "/reset/password", "/reset/code", "/continue"] {
        let page = browser.visit(&login.at.replace("/login", step)).await;
        let to = page.location().unwrap_or_default();
        assert!(
            to.starts_with("/login") || page.has("login-submit") || step == "/choose",
            "{step}: {} {to}",
            page.status
        );
    }
    let skipped = browser.submit_only(&login, "login-form", &[("decision", "allow")]).await;
    assert!(!skipped.location().unwrap_or_default().contains("code="));
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_20_a_login_belongs_to_the_browser_that_began_it() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    let mut other = Browser::new(&world);
    let stolen = other.visit(&login.at).await;
    assert!(stolen.has("error-page"), "{}", stolen.text());
    other.open(&authorize_path(&[])).await;
    let stolen = other.visit(&login.at).await;
    assert!(stolen.has("error-page"), "{}", stolen.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_21_the_authorization_endpoint_has_no_cors() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    browser.extra.push(("origin".to_owned(), "https://acme.example".to_owned()));
    assert!(browser.visit(&authorize_path(&[])).await.header("access-control-allow-origin").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_22_extreme_values_end_in_a_refusal() {
    let world = usual_world().await;
    let nonce = "n".repeat(50_000);
    let many: Vec<String> = (0..3_000).map(|number| format!("\"c{number}\":null")).collect();
    let many = format!("{{\"userinfo\":{{{}}}}}", many.join(","));
    let deep = format!("{}{}", "[".repeat(3_000), "]".repeat(3_000));
    for (name, value) in [
        ("nonce", nonce.as_str()),
        ("claims", many.as_str()),
        ("claims", deep.as_str()),
        ("max_age", "1e309"),
        ("max_age", "-1"),
        ("max_age", "99999999999999999999"),
        ("claims", "not json"),
    ] {
        let page = visit(&world, &[(name, value)]).await;
        let refused = page.status == 400 || page.answer().contains_key("error");
        assert!(refused, "{name}: {}", page.status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_23_get_and_post_work_and_other_methods_do_not() {
    let world = usual_world().await;
    let path = authorize_path(&[]);
    let (_, query) = path.split_once('?').unwrap();
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut browser = Browser::new(&world);
    let page = browser.post("/oauth2/authorize", &fields).await;
    let page = browser.follow(page).await;
    assert!(page.has("login-submit"));
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &path).await.answer();
    assert!(answer.contains_key("code"));
    assert!(browser.post("/oauth2/authorize", &fields).await.answer().contains_key("code"));
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let request = poem::Request::builder().method(method).uri(path.parse().unwrap()).finish();
        let page = Page::of(world.send(request).await, &path).await;
        assert_eq!((page.status.as_u16(), page.header("allow")), (405, Some("GET, POST, HEAD")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cross_site_post_comes_back_as_a_get_that_carries_the_cookies() {
    let world = usual_world().await;
    let path = authorize_path(&[]);
    let (_, query) = path.split_once('?').unwrap();
    let request = poem::Request::builder()
        .method(Method::POST)
        .uri("/oauth2/authorize".parse().unwrap())
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site")
        .header("origin", "https://acme.example")
        .body(query.to_owned());
    let page = Page::of(world.send(request).await, &path).await;
    assert_eq!((page.status.as_u16(), page.location()), (303, Some(path)));
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_25_consent_can_be_listed_and_withdrawn_and_takes_its_tokens_along() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &authorize_path(&[])).await.answer();
    let tokens = redeem(&world, &answer["code"]).await.json();
    let apps = browser.open("/account/apps").await;
    assert!(apps.text().contains("Acme Notes"), "{}", apps.text());
    let csrf = apps.body.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let gone = browser.post("/account/apps", &[("csrf", &csrf), ("client_id", "acme")]).await;
    assert_eq!(gone.status, 303);
    let refused = crate::support::relying_party::refresh(&world, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(refused.json()["error"], "invalid_grant");
    let silent = browser.visit(&authorize_path(&[("prompt", "none")])).await.answer();
    assert_eq!(silent["error"], "consent_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn hints_locales_display_and_unknown_parameters_are_never_an_error() {
    let world = usual_world().await;
    let page = Browser::new(&world)
        .open(&authorize_path(&[
            ("display", "wap"),
            ("ui_locales", "xx de en"),
            ("claims_locales", "fr"),
            ("login_hint", "ada@example.com"),
            ("acr_values", "urn:nonsense 1"),
            ("foreign", "x"),
            ("nonce", ""),
        ]))
        .await;
    assert!(page.has("login-submit"));
    assert!(page.body.contains("lang=\"de\""));
    assert!(
        page.form("login-form").fields.iter().any(|(name, value)| name == "username" && value == "ada@example.com")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn prompt_create_opens_sign_up_and_select_account_the_chooser() {
    let world = usual_world().await;
    assert!(Browser::new(&world).open(&authorize_path(&[("prompt", "create")])).await.has("signup-submit"));
    let mut browser = Browser::new(&world);
    sign_in_and_consent(&mut browser, "ada@example.com", &authorize_path(&[])).await;
    let chooser = browser.open(&authorize_path(&[("prompt", "select_account")])).await;
    assert!(chooser.at.starts_with("/choose") && chooser.text().contains("ada@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_10_two_tabs_each_finish_with_their_own_state() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let one = browser.open(&authorize_path(&[("state", "one")])).await;
    let two = browser.open(&authorize_path(&[("state", "two")])).await;
    let consent = browser.sign_in(&one, "ada@example.com", PASSWORD).await;
    let first = browser.submit(&consent, "consent-form", &[("decision", "allow")]).await.answer();
    let second = browser.sign_in(&two, "ada@example.com", PASSWORD).await.answer();
    assert_eq!((first["state"].as_str(), second["state"].as_str()), ("one", "two"));
    assert_ne!(first["code"], second["code"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relaxed_confidential_client_may_go_without_pkce_and_a_verifier_is_then_refused() {
    let world = usual_world().await;
    world.client("acme", |metadata| metadata.doorward.require_pkce = false).await;
    let mut browser = Browser::new(&world);
    let path = authorize_path(&[("code_challenge", ""), ("code_challenge_method", "")]);
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &path).await.answer();
    let downgraded = redeem(&world, &answer["code"]).await;
    assert_eq!(downgraded.json()["error"], "invalid_grant");
    let answer = browser.visit(&path).await.answer();
    let fields = [("grant_type", "authorization_code"), ("code", answer["code"].as_str()), ("redirect_uri", REDIRECT)];
    assert_eq!(crate::support::relying_party::token(&world, &fields).await.status, 200);
    let _ = (challenge("x"), encode(&[]), SECRET);
}
