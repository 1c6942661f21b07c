//! Userinfo, introspection, revocation (RES), metadata (DISC) and logout (OUT).

use poem::http::Method;
use serde_json::{Value, json};

use crate::support::browser::{Browser, Page, encode};
use crate::support::people::everything;
use crate::support::relying_party::{
    authorize_path, basic, claims, post, redeem, refresh, sign_in_and_consent, tokens, userinfo, usual_world,
};
use crate::support::world::{ISSUER, PASSWORD, SECRET, World};

async fn get(world: &World, path: &str, headers: &[(&str, &str)]) -> Page {
    let mut request = poem::Request::builder().uri(path.parse().unwrap());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Page::of(world.send(request.finish()).await, path).await
}

async fn as_acme(world: &World, path: &str, fields: &[(&str, &str)]) -> Page {
    let header = basic("acme", SECRET);
    post(world, path, fields, &[("authorization", header.as_str())]).await
}

fn text<'a>(document: &'a Value, member: &str) -> &'a str {
    document[member].as_str().unwrap_or_else(|| panic!("{member} in {document}"))
}

async fn from_origin(world: &World, origin: &str, token: &str) -> Page {
    let authorization = format!("Bearer {token}");
    get(world, "/oauth2/userinfo", &[("authorization", &authorization), ("origin", origin)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn web_10_tokens_and_claims_are_read_by_scripts_of_the_clients_origins_alone() {
    const ALLOW: &str = "access-control-allow-origin";
    let world = World::new().await;
    world.person("ada@example.com").await;
    world.client("acme", |metadata| metadata.doorward.allowed_origins = vec!["https://spa.example".to_owned()]).await;
    let token = text(&tokens(&world).await, "access_token").to_owned();
    // The first is listed; the second is where codes are sent.
    for origin in ["https://spa.example", "https://acme.example"] {
        let answer = from_origin(&world, origin, &token).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header(ALLOW), Some(origin));
        assert!(answer.header("vary").unwrap().contains("origin"), "a cache keeps them apart");
        let authorization = basic("acme", SECRET);
        let refused = post(
            &world,
            "/oauth2/token",
            &[("grant_type", "refresh_token"), ("refresh_token", "x")],
            &[("authorization", &authorization), ("origin", origin)],
        )
        .await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.header(ALLOW), Some(origin), "an app must see what is wrong");
    }
    for origin in ["https://evil.example", "https://acme.example.evil.example", "http://acme.example", "null", "*"] {
        let answer = from_origin(&world, origin, &token).await;
        assert_eq!((answer.status.as_u16(), answer.header(ALLOW)), (200, None), "{origin}");
    }
    world.pass(24 * 3600);
    let late = from_origin(&world, "https://spa.example", &token).await;
    assert_eq!((late.status.as_u16(), late.header(ALLOW)), (401, Some("https://spa.example")));
    let preflight = poem::Request::builder()
        .method(Method::OPTIONS)
        .uri("/oauth2/userinfo".parse().unwrap())
        .header("origin", "https://anyone.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization");
    let preflight = Page::of(world.send(preflight.finish()).await, "/oauth2/userinfo").await;
    assert_eq!((preflight.status.as_u16(), preflight.header(ALLOW)), (204, Some("*")));
    assert!(preflight.header("access-control-allow-headers").unwrap().contains("authorization"));
    assert!(preflight.header("access-control-allow-credentials").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn res_01_and_02_userinfo_wants_a_token_in_its_place() {
    let world = usual_world().await;
    let none = get(&world, "/oauth2/userinfo", &[]).await;
    assert_eq!(none.status, 401);
    let challenge = none.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer ") && !challenge.contains("error="), "{challenge}");
    let token = text(&tokens(&world).await, "access_token").to_owned();
    let query = get(&world, &format!("/oauth2/userinfo?access_token={token}"), &[]).await;
    assert!(query.status == 400 || query.status == 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn res_03_every_standard_claim_comes_back_for_its_scope() {
    // OpenID Connect Core §5.1.1: `address` is an object.
    let world = usual_world().await;
    world.person_with("ada@example.com", everything()).await;
    let mut browser = Browser::new(&world);
    let path = authorize_path(&[("scope", "openid profile email address phone")]);
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &path).await.answer();
    let issued = redeem(&world, &answer["code"]).await.json();
    let page = userinfo(&world, text(&issued, "access_token")).await;
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let told = page.json();
    assert_eq!(told["sub"], claims(text(&issued, "id_token"))["sub"]);
    for claim in [
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "email",
        "phone_number",
    ] {
        assert!(told[claim].is_string(), "{claim} in {told}");
    }
    assert!(told["updated_at"].is_i64() && told["address"].is_object());
    assert_eq!((&told["email_verified"], &told["phone_number_verified"]), (&json!(true), &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn userinfo_by_post_works_with_header_and_with_form_and_res_08_refuses_both_at_once() {
    let world = usual_world().await;
    let token = text(&tokens(&world).await, "access_token").to_owned();
    let bearer = format!("bearer {token}");
    let by_header = post(&world, "/oauth2/userinfo", &[], &[("authorization", bearer.as_str())]).await;
    let by_form = post(&world, "/oauth2/userinfo", &[("access_token", &token)], &[]).await;
    assert_eq!((by_header.status.as_u16(), by_form.status.as_u16()), (200, 200));
    let both =
        post(&world, "/oauth2/userinfo", &[("access_token", &token)], &[("authorization", bearer.as_str())]).await;
    assert_eq!(both.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn userinfo_is_signed_for_clients_that_registered_it() {
    use doorward::model::key::SigningAlgorithm;
    let world = usual_world().await;
    world.client("acme", |metadata| metadata.userinfo_signed_response_alg = Some(SigningAlgorithm::RS256)).await;
    let page = userinfo(&world, text(&tokens(&world).await, "access_token")).await;
    assert_eq!(page.header("content-type"), Some("application/jwt"));
    let told = claims(&page.body);
    assert_eq!((&told["iss"], &told["aud"]), (&json!(ISSUER), &json!("acme")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_claims_parameter_brings_a_claim_without_its_scope() {
    let world = usual_world().await;
    world.person_with("ada@example.com", everything()).await;
    let mut browser = Browser::new(&world);
    let wanted = "{\"userinfo\":{\"name\":{\"essential\":true}}}";
    let path = authorize_path(&[("scope", "openid"), ("claims", wanted)]);
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &path).await.answer();
    let issued = redeem(&world, &answer["code"]).await.json();
    let told = userinfo(&world, text(&issued, "access_token")).await.json();
    assert_eq!(told["name"], "Ada King");
    assert!(told.get("email").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn res_04_and_05_introspection_tells_confidential_clients_of_their_own_tokens_alone() {
    let world = usual_world().await;
    world.client("other", |_| ()).await;
    world
        .client("public", |metadata| {
            metadata.token_endpoint_auth_method = doorward::model::client::AuthMethod::None;
        })
        .await;
    let issued = tokens(&world).await;
    for member in ["access_token", "refresh_token"] {
        let own = as_acme(&world, "/oauth2/introspect", &[("token", text(&issued, member))]).await.json();
        assert_eq!((&own["active"], &own["client_id"]), (&json!(true), &json!("acme")), "{member}");
        let header = basic("other", SECRET);
        let fields = [("token", text(&issued, member))];
        let foreign = post(&world, "/oauth2/introspect", &fields, &[("authorization", header.as_str())]).await;
        assert_eq!(foreign.body, "{\"active\":false}", "{member}");
        let public = [("token", text(&issued, member)), ("client_id", "public")];
        assert_eq!(post(&world, "/oauth2/introspect", &public, &[]).await.status, 401);
    }
    assert_eq!(as_acme(&world, "/oauth2/introspect", &[("token", "nonsense")]).await.body, "{\"active\":false}");
}

#[tokio::test(flavor = "multi_thread")]
async fn res_06_and_07_revocation_is_at_once_idempotent_and_only_for_own_tokens() {
    let world = usual_world().await;
    world.client("other", |_| ()).await;
    let issued = tokens(&world).await;
    let (access, refresh_token) = (text(&issued, "access_token"), text(&issued, "refresh_token"));
    let header = basic("other", SECRET);
    let foreign = post(&world, "/oauth2/revoke", &[("token", access)], &[("authorization", header.as_str())]).await;
    assert_eq!(foreign.status, 400);
    assert_eq!(userinfo(&world, access).await.status, 200);
    for _ in 0..2 {
        assert_eq!(as_acme(&world, "/oauth2/revoke", &[("token", access)]).await.status, 200);
        assert_eq!(userinfo(&world, access).await.status, 401);
    }
    let second = refresh(&world, refresh_token).await.json();
    let hinted = [("token", text(&second, "refresh_token")), ("token_type_hint", "access_token")];
    assert_eq!(as_acme(&world, "/oauth2/revoke", &hinted).await.status, 200);
    assert_eq!(userinfo(&world, text(&second, "access_token")).await.status, 401, "it cascades");
    assert_eq!(refresh(&world, text(&second, "refresh_token")).await.status, 400);
    assert_eq!(as_acme(&world, "/oauth2/revoke", &[("token", "nonsense")]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn res_09_userinfo_needs_openid_and_a_person() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let path = authorize_path(&[("scope", "email")]);
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &path).await.answer();
    let issued = redeem(&world, &answer["code"]).await.json();
    assert!(issued.get("id_token").is_none());
    let refused = userinfo(&world, text(&issued, "access_token")).await;
    assert_eq!(refused.status, 403);
    assert!(refused.header("www-authenticate").unwrap().contains("insufficient_scope"));
}

#[tokio::test(flavor = "multi_thread")]
async fn res_10_a_disabled_persons_token_is_dead() {
    use doorward::model::audit::{AuditAction, AuditEvent};
    let world = usual_world().await;
    let issued = tokens(&world).await;
    let ada = world.context.store.find_account_by_email(&"ada@example.com".parse().unwrap()).await.unwrap().unwrap();
    let event = AuditEvent::new(AuditAction::AccountLocked, world.now(), "test");
    world.context.store.set_account_disabled(&ada.id, true, world.now(), event).await.unwrap();
    assert_eq!(userinfo(&world, text(&issued, "access_token")).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn disc_01_to_06_and_09_metadata_is_the_configured_truth_whatever_the_request_says() {
    let world = usual_world().await;
    let path = "/.well-known/openid-configuration";
    let plain = get(&world, path, &[]).await;
    let forged = [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")];
    assert_eq!(get(&world, path, &forged).await.body, plain.body);
    assert_eq!(get(&world, "/.well-known/oauth-authorization-server", &[]).await.body, plain.body);
    let metadata = plain.json();
    assert_eq!(metadata["issuer"], ISSUER);
    for (name, value) in metadata.as_object().unwrap() {
        if name.ends_with("_endpoint") || name == "jwks_uri" {
            assert!(value.as_str().unwrap().starts_with(&format!("{ISSUER}/")), "{name}");
        }
        if name.ends_with("alg_values_supported") {
            let algorithms = value.to_string();
            assert!(!algorithms.contains("HS") && !algorithms.contains("none"), "{name}: {value}");
        }
    }
    assert_eq!(metadata["response_types_supported"], json!(["code"]));
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    assert_eq!(metadata["request_parameter_supported"], true);
    assert_eq!(metadata["request_uri_parameter_supported"], true);
    assert_eq!(metadata["require_request_uri_registration"], true);
    let grants = metadata["grant_types_supported"].to_string();
    assert!(!grants.contains("implicit") && !grants.contains("password"));
    assert!(metadata["id_token_signing_alg_values_supported"].to_string().contains("RS256"));
    assert_eq!(plain.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test(flavor = "multi_thread")]
async fn disc_07_and_08_the_key_set_is_public_distinct_and_cacheable() {
    // RFC 7517 §5: the set of public keys.
    let world = usual_world().await;
    let page = get(&world, "/.well-known/jwks.json", &[]).await;
    let keys = page.json()["keys"].as_array().unwrap().clone();
    let mut names: Vec<String> = keys.iter().map(|key| text(key, "kid").to_owned()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), keys.len());
    for key in &keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
            assert!(key.get(private).is_none(), "{private}");
        }
        assert!(key["kty"] != "RSA" || text(key, "n").len() >= 342);
    }
    let etag = page.header("etag").unwrap();
    assert!(page.header("cache-control").unwrap().starts_with("public, max-age="));
    assert_eq!(get(&world, "/.well-known/jwks.json", &[("if-none-match", etag)]).await.status, 304);
}

#[tokio::test(flavor = "multi_thread")]
async fn disc_10_files_of_the_installation_are_no_addresses() {
    let world = usual_world().await;
    for path in [
        "/keys/master.key",
        "/doorward.db",
        "/doorward.toml",
        "/.env",
        "/.git/HEAD",
        "/migrations/",
        "/templates/",
        "/..%2f..%2fetc/passwd",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/static/../keys/master.key",
    ] {
        assert_eq!(get(&world, path, &[]).await.status, 404, "{path}");
    }
}

async fn signed_in(world: &World) -> (Browser<'_>, String) {
    let mut browser = Browser::new(world);
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &authorize_path(&[])).await.answer();
    let hint = text(&redeem(world, &answer["code"]).await.json(), "id_token").to_owned();
    (browser, hint)
}

fn logout(fields: &[(&str, &str)]) -> String {
    format!("/oauth2/logout?{}", encode(fields))
}

async fn is_signed_in(browser: &mut Browser<'_>) -> bool {
    browser.visit(&authorize_path(&[("prompt", "none")])).await.answer().contains_key("code")
}

#[tokio::test(flavor = "multi_thread")]
async fn out_01_only_a_registered_address_is_redirected_to() {
    let world = usual_world().await;
    let (mut browser, hint) = signed_in(&world).await;
    for uri in ["https://acme.example/bye?x=1", "https://acme.example/bye/", "https://evil.example/", "javascript:x"] {
        let page = browser.visit(&logout(&[("id_token_hint", &hint), ("post_logout_redirect_uri", uri)])).await;
        assert!(page.location().is_none() && page.has("error-page"), "{uri}: {}", page.status);
    }
    let without_hint = browser.visit(&logout(&[("post_logout_redirect_uri", "https://acme.example/bye")])).await;
    assert!(without_hint.location().is_none());
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn out_02_and_06_a_mere_link_logs_nobody_out_and_the_confirmation_is_ours() {
    let world = usual_world().await;
    let (mut browser, _) = signed_in(&world).await;
    let page = browser.visit("/oauth2/logout").await;
    assert!(page.has("logout-confirm"), "{}", page.text());
    assert!(is_signed_in(&mut browser).await);
    let forged = browser.post("/logout", &[("decision", "yes"), ("csrf", "x")]).await;
    assert_eq!(forged.status, 400);
    assert!(is_signed_in(&mut browser).await);
    let out = browser.submit(&page, "logout-confirm", &[("decision", "yes")]).await;
    assert!(out.has("logged-out"), "{}", out.text());
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn out_03_after_logout_the_old_cookie_is_dead() {
    let world = usual_world().await;
    let (mut browser, hint) = signed_in(&world).await;
    let cookies = browser.cookies().clone();
    browser.visit(&logout(&[("id_token_hint", &hint)])).await;
    for (name, value) in cookies {
        browser.set_cookie(&name, &value);
    }
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn out_04_forged_hints_and_other_peoples_hints_have_no_authority() {
    let world = usual_world().await;
    world.person("grace@example.com").await;
    let (mut browser, hint) = signed_in(&world).await;
    let forged = format!("{}AAAA", &hint[..hint.len() - 4]);
    browser.visit(&logout(&[("id_token_hint", &forged)])).await;
    assert!(is_signed_in(&mut browser).await);
    let mut grace = Browser::new(&world);
    sign_in_and_consent(&mut grace, "grace@example.com", &authorize_path(&[])).await;
    grace.visit(&logout(&[("id_token_hint", &hint)])).await;
    assert!(is_signed_in(&mut grace).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn out_05_state_comes_only_with_a_redirect() {
    let world = usual_world().await;
    let (mut browser, hint) = signed_in(&world).await;
    let state = "<script>alert(1)</script>";
    let page = browser.visit(&logout(&[("id_token_hint", &hint), ("state", state)])).await;
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
    assert!(page.location().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn out_08_logout_ends_grants_of_the_session_but_those_for_offline_access() {
    let world = usual_world().await;
    let (mut browser, hint) = signed_in(&world).await;
    let online = browser.visit(&authorize_path(&[("scope", "openid email"), ("prompt", "none")])).await.answer();
    let online = redeem(&world, &online["code"]).await.json();
    let offline = browser.visit(&authorize_path(&[("prompt", "none")])).await.answer();
    let offline = redeem(&world, &offline["code"]).await.json();
    browser.visit(&logout(&[("id_token_hint", &hint)])).await;
    assert_eq!(userinfo(&world, text(&online, "access_token")).await.status, 401);
    assert_eq!(refresh(&world, text(&offline, "refresh_token")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn logout_by_post_works_like_get() {
    let world = usual_world().await;
    let (mut browser, hint) = signed_in(&world).await;
    let bye = "https://acme.example/bye";
    let page = browser.post("/oauth2/logout", &[("id_token_hint", &hint), ("post_logout_redirect_uri", bye)]).await;
    assert_eq!(page.location().as_deref(), Some(bye));
    let again = Browser::new(&world).open(&authorize_path(&[])).await;
    let _ = (again, PASSWORD, Method::GET);
}
