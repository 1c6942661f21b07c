//! The token endpoint: codes (COD), client authentication (CLI), requests (TOK), refresh tokens (REF), tokens (JWT).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poem::http::Method;
use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{
    REDIRECT, VERIFIER, authorize_path, basic, claims, jwt_header, post, redeem, refresh, sign_in_and_consent, token,
    tokens, userinfo, usual_world,
};
use crate::support::world::{Engine, ISSUER, SECRET, World};

async fn code(world: &World) -> String {
    let mut browser = Browser::new(world);
    let page = sign_in_and_consent(&mut browser, "ada@example.com", &authorize_path(&[])).await;
    page.answer()["code"].clone()
}

fn text<'a>(document: &'a Value, member: &str) -> &'a str {
    document[member].as_str().unwrap_or_else(|| panic!("{member} in {document}"))
}

fn error(page: &Page) -> (u16, String) {
    (page.status.as_u16(), text(&page.json(), "error").to_owned())
}

fn invalid_grant() -> (u16, String) {
    (400, "invalid_grant".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn cod_01_and_02_a_code_works_once_and_a_replay_revokes_what_it_gave() {
    let world = usual_world().await;
    let code = code(&world).await;
    let first = redeem(&world, &code).await.json();
    assert_eq!(userinfo(&world, text(&first, "access_token")).await.status, 200);
    world.pass(30);
    assert_eq!(error(&redeem(&world, &code).await), invalid_grant());
    assert_eq!(userinfo(&world, text(&first, "access_token")).await.status, 401);
    assert_eq!(error(&refresh(&world, text(&first, "refresh_token")).await), invalid_grant());
}

async fn fifty_redemptions(world: World) {
    world.client("acme", |_| ()).await;
    world.person("ada@example.com").await;
    let code = code(&world).await;
    let world = Arc::new(world);
    let racers = (0..50).map(|_| {
        let (world, code) = (world.clone(), code.clone());
        tokio::spawn(async move { redeem(&world, &code).await })
    });
    let mut statuses = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        statuses.push(racer.await.unwrap().status.as_u16());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 400)), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cod_03_of_fifty_parallel_redemptions_exactly_one_wins_on_sqlite() {
    fifty_redemptions(World::new().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cod_03_of_fifty_parallel_redemptions_exactly_one_wins_on_postgres() {
    if let Some(world) = World::on(Engine::Postgres, |_| ()).await {
        fifty_redemptions(world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cod_04_a_code_is_bound_to_its_client() {
    let world = usual_world().await;
    world.client("other", |_| ()).await;
    let code = code(&world).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    let other = [("authorization", basic("other", SECRET))];
    let other: Vec<(&str, &str)> = other.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(error(&post(&world, "/oauth2/token", &fields, &other).await), invalid_grant());
    let mut claimed = fields.to_vec();
    claimed.push(("client_id", "acme"));
    let refused = post(&world, "/oauth2/token", &claimed, &other).await;
    assert!(refused.status == 400 || refused.status == 401, "{}", refused.body);
    assert_eq!(redeem(&world, &code).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn cod_05_only_the_right_verifier_redeems() {
    let world = usual_world().await;
    let challenge = crate::support::relying_party::challenge(VERIFIER);
    for verifier in
        ["", "short", &VERIFIER[..43], challenge.as_str(), "a-quite-different-verifier-of-forty-three-chars"]
    {
        let code = code(&world).await;
        let mut fields =
            vec![("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", REDIRECT)];
        if !verifier.is_empty() {
            fields.push(("code_verifier", verifier));
        }
        let (status, name) = error(&token(&world, &fields).await);
        assert!(status == 400 && matches!(name.as_str(), "invalid_grant" | "invalid_request"), "{verifier}: {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cod_07_and_red_08_the_redirect_uri_must_be_that_of_the_request() {
    let world = usual_world().await;
    for uri in ["", "https://acme.example/cb2", "https://acme.example/cb/"] {
        let code = code(&world).await;
        let mut fields =
            vec![("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", VERIFIER)];
        if !uri.is_empty() {
            fields.push(("redirect_uri", uri));
        }
        assert_eq!(error(&token(&world, &fields).await).0, 400, "{uri}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cod_08_a_code_lives_sixty_seconds() {
    let world = usual_world().await;
    let late = code(&world).await;
    world.pass(61);
    assert_eq!(error(&redeem(&world, &late).await), invalid_grant());
}

#[tokio::test(flavor = "multi_thread")]
async fn cod_10_and_11_mutated_codes_and_tokens_of_another_kind_are_refused() {
    let world = usual_world().await;
    let issued = tokens(&world).await;
    let code = code(&world).await;
    let mutated = [
        code[..code.len() - 1].to_owned(),
        format!("{code}A"),
        format!(" {code}"),
        code.to_uppercase(),
        text(&issued, "refresh_token").to_owned(),
        text(&issued, "access_token").to_owned(),
    ];
    for mutated in mutated {
        assert_eq!(error(&redeem(&world, &mutated).await), invalid_grant());
    }
    assert_eq!(error(&refresh(&world, &code).await), invalid_grant());
    assert_eq!(userinfo(&world, &code).await.status, 401);
    assert_eq!(userinfo(&world, text(&issued, "refresh_token")).await.status, 401);
    assert_eq!(redeem(&world, &code).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn cod_12_a_code_dies_with_its_user() {
    let world = usual_world().await;
    let ada = world.context.store.find_account_by_email(&"ada@example.com".parse().unwrap()).await.unwrap().unwrap();
    let code = code(&world).await;
    lock(&world, &ada.id).await;
    assert_eq!(error(&redeem(&world, &code).await), invalid_grant());
}

async fn lock(world: &World, account: &doorward::base::AccountId) {
    use doorward::model::audit::{AuditAction, AuditEvent};
    let event = AuditEvent::new(AuditAction::AccountLocked, world.now(), "test");
    assert!(world.context.store.set_account_disabled(account, true, world.now(), event).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn cod_13_redirects_with_a_code_are_not_kept_and_leak_no_referrer() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let page = sign_in_and_consent(&mut browser, "ada@example.com", &authorize_path(&[])).await;
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn cod_14_wrong_verifiers_cannot_be_tried_for_ever() {
    let world = usual_world().await;
    let code = code(&world).await;
    let wrong = "a-quite-different-verifier-of-forty-three-chars";
    for _ in 0..5 {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", wrong),
        ];
        assert_eq!(error(&token(&world, &fields).await), invalid_grant());
    }
    let spent = redeem(&world, &code).await;
    assert_eq!(error(&spent), invalid_grant(), "spent by the wrong attempts");
    assert!(spent.body.contains("too often"), "nothing was given, so nothing was replayed: {}", spent.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_01_wrong_secrets_are_401_with_a_challenge_and_cli_11_look_like_unknown_clients() {
    let world = usual_world().await;
    let fields = [("grant_type", "client_credentials")];
    let mut answers = Vec::new();
    let upper = SECRET.to_uppercase();
    for (client, secret) in
        [("acme", "wrong"), ("acme", ""), ("acme", &SECRET[..20]), ("acme", &upper), ("nobody", SECRET)]
    {
        let header = basic(client, secret);
        let page = post(&world, "/oauth2/token", &fields, &[("authorization", header.as_str())]).await;
        assert_eq!(page.status, 401, "{client}");
        assert!(page.header("www-authenticate").unwrap().starts_with("Basic "));
        assert_eq!(page.json()["error"], "invalid_client");
        answers.push(page.body);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_02_03_04_05_secrets_count_by_the_registered_method_alone() {
    let world = usual_world().await;
    let grant = ("grant_type", "client_credentials");
    let in_the_address = format!("/oauth2/token?client_id=acme&client_secret={SECRET}");
    assert_eq!(post(&world, &in_the_address, &[grant], &[]).await.status, 401);
    let by_form = [grant, ("client_id", "acme"), ("client_secret", SECRET)];
    assert_eq!(post(&world, "/oauth2/token", &by_form, &[]).await.status, 401, "registered for Basic");
    let header = basic("acme", SECRET);
    let both = post(&world, "/oauth2/token", &by_form, &[("authorization", header.as_str())]).await;
    assert!(both.status == 400 || both.status == 401, "{}", both.status);
    let as_public = post(&world, "/oauth2/token", &[grant, ("client_id", "acme")], &[]).await;
    assert_eq!(as_public.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_12_guessing_is_slowed_and_the_honest_client_gets_through() {
    let world = usual_world().await;
    world.client("acme", |metadata| metadata.scope = doorward::base::Scope::parse("openid read").unwrap()).await;
    let fields = [("grant_type", "client_credentials")];
    let wrong = basic("acme", "wrong");
    let mut slowed = false;
    for _ in 0..400 {
        let page = post(&world, "/oauth2/token", &fields, &[("authorization", wrong.as_str())]).await;
        if page.status == 429 {
            assert!(page.header("retry-after").is_some());
            slowed = true;
            break;
        }
    }
    assert!(slowed, "400 wrong secrets in a row");
    assert_eq!(token(&world, &fields).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_13_client_credentials_never_speak_of_a_person() {
    let world = usual_world().await;
    for scope in ["openid", "offline_access", "profile"] {
        let refused = token(&world, &[("grant_type", "client_credentials"), ("scope", scope)]).await;
        assert_eq!(error(&refused), (400, "invalid_scope".to_owned()), "{scope}");
    }
    let only_code = vec![doorward::model::client::GrantType::AuthorizationCode];
    world.client("acme", |metadata| metadata.grant_types = only_code).await;
    let refused = token(&world, &[("grant_type", "client_credentials")]).await;
    assert_eq!(error(&refused), (400, "unauthorized_client".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_15_malformed_authorization_headers_are_no_server_error() {
    let world = usual_world().await;
    for header in
        ["Basic", "Basic !!!", "Basic YQ==", "Basic Og==", "Bearer x", "Digest x", "", "Basic \u{ff}", "basic =="]
    {
        let page =
            post(&world, "/oauth2/token", &[("grant_type", "client_credentials")], &[("authorization", header)]).await;
        assert!(page.status == 400 || page.status == 401, "{header:?}: {}", page.status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tok_01_02_03_04_only_a_posted_form_counts() {
    // RFC 6749 §3.2: POST alone, and no parameter twice.
    let world = usual_world().await;
    let header = basic("acme", SECRET);
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let request = poem::Request::builder()
            .method(method)
            .uri("/oauth2/token?grant_type=client_credentials".parse().unwrap())
            .header("authorization", &header)
            .finish();
        assert_eq!(world.send(request).await.status(), 405);
    }
    for (kind, body) in [
        ("application/json", "{\"grant_type\":\"client_credentials\"}"),
        ("multipart/form-data; boundary=x", "--x--"),
        ("application/x-www-form-urlencoded; charset=utf-16", "grant_type=client_credentials"),
        ("application/x-www-form-urlencoded", "grant_type=%ff%fe"),
        ("application/x-www-form-urlencoded", "grant_type=client_credentials&grant_type=client_credentials"),
        ("application/x-www-form-urlencoded", ""),
        ("", "grant_type=client_credentials"),
    ] {
        let request = poem::Request::builder()
            .method(Method::POST)
            .uri("/oauth2/token?grant_type=client_credentials".parse().unwrap())
            .header("authorization", &header)
            .header("content-type", kind)
            .body(body);
        let page = Page::of(world.send(request).await, "/oauth2/token").await;
        assert_eq!((page.status.as_u16(), text(&page.json(), "error")), (400, "invalid_request"), "{kind} {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tok_05_and_07_answers_are_json_not_kept_and_plain() {
    let world = usual_world().await;
    let good = token(&world, &[("grant_type", "authorization_code"), ("code", "x")]).await;
    for page in [good, redeem(&world, &code(&world).await).await] {
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("pragma"), Some("no-cache"));
        assert!(page.header("content-type").unwrap().starts_with("application/json"));
        if let Some(description) = page.json()["error_description"].as_str() {
            assert!(description.bytes().all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tok_06_and_10_unknown_and_unregistered_grants_are_refused() {
    let world = usual_world().await;
    for grant in ["password", "urn:openid:params:grant-type:ciba", "Authorization_Code", "implicit", "x"] {
        let fields = [("grant_type", grant), ("username", "ada@example.com"), ("password", "x")];
        assert_eq!(error(&token(&world, &fields).await), (400, "unsupported_grant_type".to_owned()), "{grant}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tok_08_access_tokens_are_short_and_the_scope_is_told() {
    // RFC 6750 §4: the token type is Bearer.
    let world = usual_world().await;
    let issued = tokens(&world).await;
    assert!(issued["expires_in"].as_i64().unwrap() <= 3600);
    assert_eq!(issued["token_type"], "Bearer");
    assert_eq!(issued["scope"], "openid email offline_access");
}

#[tokio::test(flavor = "multi_thread")]
async fn ref_01_02_rotation_and_replay() {
    // RFC 6749 §6 and RFC 9700 §4.14: a refresh gives tokens, replaces itself, and a replay is noticed.
    let world = usual_world().await;
    let first = tokens(&world).await;
    let second = refresh(&world, text(&first, "refresh_token")).await.json();
    let third = refresh(&world, text(&second, "refresh_token")).await.json();
    assert_ne!(second["refresh_token"], third["refresh_token"]);
    assert_eq!(error(&refresh(&world, text(&first, "refresh_token")).await), invalid_grant());
    assert_eq!(error(&refresh(&world, text(&third, "refresh_token")).await), invalid_grant(), "the family is dead");
    assert_eq!(userinfo(&world, text(&third, "access_token")).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn ref_03_and_04_parallel_and_repeated_use_leave_one_live_chain() {
    let world = Arc::new(usual_world().await);
    let first = tokens(&world).await;
    let racers = (0..20).map(|_| {
        let (world, token) = (world.clone(), text(&first, "refresh_token").to_owned());
        tokio::spawn(async move { refresh(&world, &token).await })
    });
    let mut successors = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        let page = racer.await.unwrap();
        assert_eq!(page.status, 200, "{}", page.body);
        successors.push(text(&page.json(), "refresh_token").to_owned());
    }
    successors.dedup();
    assert_eq!(successors.len(), 1, "one successor for all");
    world.pass(29);
    assert_eq!(refresh(&world, text(&first, "refresh_token")).await.json()["refresh_token"], successors[0]);
    world.pass(2);
    assert_eq!(error(&refresh(&world, text(&first, "refresh_token")).await), invalid_grant());
    assert_eq!(error(&refresh(&world, &successors[0]).await), invalid_grant());
}

#[tokio::test(flavor = "multi_thread")]
async fn ref_05_a_refresh_token_is_bound_to_its_client() {
    let world = usual_world().await;
    world.client("other", |_| ()).await;
    let issued = tokens(&world).await;
    let header = basic("other", SECRET);
    let fields = [("grant_type", "refresh_token"), ("refresh_token", text(&issued, "refresh_token"))];
    let foreign = post(&world, "/oauth2/token", &fields, &[("authorization", header.as_str())]).await;
    assert_eq!(error(&foreign), invalid_grant());
    assert_eq!(refresh(&world, text(&issued, "refresh_token")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn ref_06_scope_narrows_and_never_widens() {
    let world = usual_world().await;
    let issued = tokens(&world).await;
    let token_of = text(&issued, "refresh_token").to_owned();
    let wider = [("grant_type", "refresh_token"), ("refresh_token", &token_of), ("scope", "openid email phone")];
    assert_eq!(error(&token(&world, &wider).await), (400, "invalid_scope".to_owned()));
    let narrow = [("grant_type", "refresh_token"), ("refresh_token", &token_of), ("scope", "openid")];
    let narrowed = token(&world, &narrow).await.json();
    assert_eq!(narrowed["scope"], "openid");
    assert!(userinfo(&world, text(&narrowed, "access_token")).await.json().get("email").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn ref_07_and_08_refresh_tokens_end_unused_and_after_all() {
    let world = World::with(|settings| {
        settings.tokens.refresh_idle_seconds = 86_400;
        settings.tokens.refresh_absolute_seconds = 3 * 86_400;
    })
    .await;
    world.client("acme", |_| ()).await;
    world.person("ada@example.com").await;
    let mut issued = tokens(&world).await;
    for _ in 0..3 {
        world.pass(80_000);
        issued = refresh(&world, text(&issued, "refresh_token")).await.json();
    }
    world.pass(80_000);
    assert_eq!(error(&refresh(&world, text(&issued, "refresh_token")).await), invalid_grant(), "absolute");
    let idle = tokens(&world).await;
    world.pass(86_401);
    assert_eq!(error(&refresh(&world, text(&idle, "refresh_token")).await), invalid_grant(), "idle");
}

#[tokio::test(flavor = "multi_thread")]
async fn ref_09_and_12_a_locked_account_refreshes_nothing() {
    let world = usual_world().await;
    let issued = tokens(&world).await;
    let ada = world.context.store.find_account_by_email(&"ada@example.com".parse().unwrap()).await.unwrap().unwrap();
    lock(&world, &ada.id).await;
    assert_eq!(error(&refresh(&world, text(&issued, "refresh_token")).await), invalid_grant());
}

#[tokio::test(flavor = "multi_thread")]
async fn ref_10_a_refresh_token_comes_only_when_asked_for() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let path = authorize_path(&[("scope", "openid email")]);
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &path).await.answer();
    assert!(redeem(&world, &answer["code"]).await.json().get("refresh_token").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn jwt_01_02_the_id_token_says_what_it_should_and_verifies_against_the_published_keys() {
    // OpenID Connect Core §3.1.3.3: the answer holds an ID token.
    let world = usual_world().await;
    let issued = tokens(&world).await;
    let id_token = text(&issued, "id_token");
    let request = poem::Request::builder().uri("/.well-known/jwks.json".parse().unwrap()).finish();
    let jwks = Page::of(world.send(request).await, "jwks").await.json();
    let jwks: jsonwebtoken::jwk::JwkSet = serde_json::from_value(jwks).unwrap();
    let key = jwks.find(text(&jwt_header(id_token), "kid")).expect("the published kid");
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.set_audience(&["acme"]);
    validation.set_issuer(&[ISSUER]);
    validation.validate_exp = false;
    let key = jsonwebtoken::DecodingKey::from_jwk(key).unwrap();
    let verified = jsonwebtoken::decode::<Value>(id_token, &key, &validation).unwrap().claims;
    assert_eq!(verified["nonce"], "a nonce");
    assert_eq!(verified["azp"], "acme");
    assert!(verified["exp"].as_i64().unwrap() - verified["iat"].as_i64().unwrap() <= 3600);
    assert_eq!(verified["iat"].as_i64().unwrap(), world.now().seconds());
    assert_eq!(verified["auth_time"], verified["iat"]);
    assert!(!text(&verified, "sub").contains('@'));
    let hash = <sha2::Sha256 as sha2::Digest>::digest(text(&issued, "access_token").as_bytes());
    assert_eq!(verified["at_hash"], URL_SAFE_NO_PAD.encode(&hash[..16]));
    for personal in ["email", "name", "groups", "roles"] {
        assert!(verified.get(personal).is_none(), "{personal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jwt_03_04_access_tokens_are_at_jwt_and_no_id_tokens() {
    // RFC 9068 §2.1: `at+jwt`.
    let world = usual_world().await;
    let issued = tokens(&world).await;
    let access_token = text(&issued, "access_token");
    assert_eq!(jwt_header(access_token)["typ"], "at+jwt");
    assert_eq!(jwt_header(access_token)["alg"], "ES256");
    let access = claims(access_token);
    assert_eq!((&access["aud"], &access["client_id"]), (&json!(ISSUER), &json!("acme")));
    assert!(access.get("nonce").is_none() && access["jti"].is_string());
    assert_eq!(userinfo(&world, text(&issued, "id_token")).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn jwt_05_to_09_forged_access_tokens_open_nothing() {
    let world = usual_world().await;
    let issued = tokens(&world).await;
    let access_token = text(&issued, "access_token");
    let [head, body, signature] = access_token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let unsigned = |alg: &str| {
        let head = URL_SAFE_NO_PAD.encode(format!("{{\"typ\":\"at+jwt\",\"alg\":\"{alg}\"}}"));
        format!("{head}.{body}.")
    };
    let mut other = claims(access_token);
    other["sub"] = json!("somebody-else");
    let tampered = URL_SAFE_NO_PAD.encode(other.to_string());
    let deep = URL_SAFE_NO_PAD.encode(format!("{}{}", "[".repeat(4_000), "]".repeat(4_000)));
    for forged in [
        unsigned("none"),
        unsigned("None"),
        unsigned("nOnE"),
        format!("{head}.{tampered}.{signature}"),
        format!("{head}.{body}"),
        format!("{head}.{body}."),
        format!("{head}.{body}.{signature}.{signature}"),
        format!("{head}.{deep}.{signature}"),
        "a.".repeat(20_000),
    ] {
        assert_eq!(userinfo(&world, &forged).await.status, 401, "{}", &forged[..40.min(forged.len())]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jwt_10_an_expired_access_token_is_dead() {
    let world = usual_world().await;
    let issued = tokens(&world).await;
    world.pass(issued["expires_in"].as_i64().unwrap() + 61);
    let page = userinfo(&world, text(&issued, "access_token")).await;
    assert_eq!(page.status, 401);
    assert!(page.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn resources_are_reflected_in_the_audience_and_bounded_by_the_registration() {
    let world = usual_world().await;
    let resource = "https://api.acme.example/";
    world.client("acme", |metadata| metadata.doorward.resources = vec![resource.to_owned()]).await;
    let mut browser = Browser::new(&world);
    let path = authorize_path(&[("resource", resource)]);
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &path).await.answer();
    let issued = redeem(&world, &answer["code"]).await.json();
    assert_eq!(claims(text(&issued, "access_token"))["aud"], resource);
    assert_eq!(userinfo(&world, text(&issued, "access_token")).await.status, 401, "it is for somebody else");
    let foreign = browser.visit(&authorize_path(&[("resource", "https://evil.example/")])).await.answer();
    assert_eq!(foreign["error"], "invalid_target");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_client_gets_its_id_tokens_in_its_own_algorithm() {
    use doorward::model::key::SigningAlgorithm;
    let world = usual_world().await;
    for algorithm in SigningAlgorithm::USUAL {
        world.client("acme", |metadata| metadata.id_token_signed_response_alg = algorithm).await;
        let issued = tokens(&world).await;
        assert_eq!(jwt_header(text(&issued, "id_token"))["alg"], algorithm.as_str());
    }
}
