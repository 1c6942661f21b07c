//! Dynamic client registration (RFC 7591, OpenID Connect Dynamic Client Registration 1.0; DCR).

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::config::RegistrationBy;
use poem::http::Method;
use serde_json::{Value, json};

use crate::administration::Boss;
use crate::server::{Reply, Server};
use crate::support::browser::{Browser, Page};
use crate::support::example::Example;
use crate::support::registrar::{initial_access_token, open, register, send, send_text};
use crate::support::relying_party::{REDIRECT, VERIFIER, authorize_path, basic, post};
use crate::support::world::{ISSUER, World};

const PATH: &str = "/oauth2/clients";

fn usual() -> Value {
    json!({ "client_name": "Acme Notes", "redirect_uris": [REDIRECT] })
}

fn with(name: &str, value: Value) -> Value {
    let mut metadata = usual();
    metadata[name] = value;
    metadata
}

fn refused(page: &Page) -> String {
    assert_eq!(page.status, 400, "{}", page.body);
    page.json()["error"].as_str().unwrap().to_owned()
}

async fn metadata(world: &World) -> Value {
    let request = poem::Request::builder().uri("/.well-known/openid-configuration".parse().unwrap()).finish();
    Page::of(world.send(request).await, "").await.json()
}

async fn as_registered(world: &World, registered: &Value, code: &str) -> Page {
    let (id, secret) = (registered["client_id"].as_str().unwrap(), registered["client_secret"].as_str().unwrap());
    let fields =
        [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT), ("code_verifier", VERIFIER)];
    post(world, "/oauth2/token", &fields, &[("authorization", &basic(id, secret))]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_01_nobody_registers_where_nobody_may() {
    let world = World::new().await;
    assert_eq!(register(&world, &usual()).await.status, 404);
    assert_eq!(metadata(&world).await.get("registration_endpoint"), None);
    let world = World::with(open).await;
    assert_eq!(metadata(&world).await["registration_endpoint"], json!(format!("{ISSUER}{PATH}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7591_3_2_1_a_client_that_registered_signs_people_in() {
    // OpenID Connect Registration §3: registering, and the answer.
    let world = World::with(open).await;
    world.person("ada@example.com").await;
    let mut example = Example::new();
    example.say("A program registers its client:");
    let asked = usual();
    example.ask(&format!("POST {PATH}"), &[("content-type", "application/json")], &[]);
    example.show(&asked);
    let page = register(&world, &asked).await;
    assert_eq!(page.status, 201, "{}", page.body);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let client = page.json();
    // RFC 7591 §2, OpenID Connect Registration §2: the defaults.
    for (name, value) in [
        ("redirect_uris", json!([REDIRECT])),
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("grant_types", json!(["authorization_code"])),
        ("response_types", json!(["code"])),
        ("application_type", json!("web")),
        ("id_token_signed_response_alg", json!("RS256")),
        ("client_secret_expires_at", json!(0)),
        ("client_id_issued_at", json!(world.now().seconds())),
    ] {
        assert_eq!(client[name], value, "{name}");
    }
    let uri = format!("{ISSUER}{PATH}/{}", client["client_id"].as_str().unwrap());
    assert_eq!(client["registration_client_uri"], json!(uri));
    assert!(client["registration_access_token"].as_str().unwrap().len() > 40);
    example.answer(&page, &[]);
    example.say("It is known at once. People are asked before it learns anything.");
    example.keep("rfc7591");

    let mut browser = Browser::new(&world);
    let path = authorize_path(&[("client_id", client["client_id"].as_str().unwrap()), ("scope", "openid")]);
    let page = browser.open(&path).await;
    let page = browser.sign_in(&page, "ada@example.com", crate::support::world::PASSWORD).await;
    assert!(page.has("consent-allow"), "people are asked");
    let answer = browser.submit(&page, "consent-form", &[("decision", "allow")]).await.answer();
    assert_eq!(as_registered(&world, &client, &answer["code"]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7591_3_1_an_initial_access_token_lets_as_many_register_as_it_says() {
    let world = World::with(|settings| settings.protocol.registration = RegistrationBy::Token).await;
    let without = register(&world, &usual()).await;
    assert_eq!(without.status, 401);
    assert!(without.header("www-authenticate").unwrap().starts_with("Bearer "));
    let token = initial_access_token(&world, 1).await;
    let wrong = format!("{}A", &token[..token.len() - 1]);
    for wrong in ["x", wrong.as_str(), "dwn_"] {
        let page = send(&world, Method::POST, PATH, Some(&usual()), Some(wrong)).await;
        assert_eq!(page.status, 401, "{wrong}");
    }
    let page = send(&world, Method::POST, PATH, Some(&with("logo_uri", json!("data:x"))), Some(&token)).await;
    assert_eq!(refused(&page), "invalid_client_metadata", "a refusal uses nothing up");
    assert_eq!(send(&world, Method::POST, PATH, Some(&usual()), Some(&token)).await.status, 201);
    assert_eq!(send(&world, Method::POST, PATH, Some(&usual()), Some(&token)).await.status, 401);
    let late = initial_access_token(&world, 5).await;
    world.pass(3_601);
    assert_eq!(send(&world, Method::POST, PATH, Some(&usual()), Some(&late)).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7591_3_1_of_many_that_use_one_token_at_once_one_registers() {
    let world = World::with(|settings| settings.protocol.registration = RegistrationBy::Token).await;
    let token = initial_access_token(&world, 1).await;
    let metadata = usual();
    let tries = (0..8).map(|_| send(&world, Method::POST, PATH, Some(&metadata), Some(&token)));
    let pages = futures_util::future::join_all(tries).await;
    assert_eq!(pages.iter().filter(|page| page.status == 201).count(), 1);
    assert_eq!(pages.iter().filter(|page| page.status == 401).count(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7591_3_2_2_each_mistake_has_its_error() {
    let world = World::with(open).await;
    for uris in [
        json!(["https://acme.example/cb#fragment"]),
        json!(["http://acme.example/cb"]),
        json!(["javascript:alert(1)"]),
        json!(["https://*.acme.example/cb"]),
        json!([]),
        json!("https://acme.example/cb"),
        json!([7]),
    ] {
        assert_eq!(
            refused(&register(&world, &with("redirect_uris", uris.clone())).await),
            "invalid_redirect_uri",
            "{uris}"
        );
    }
    for (name, value) in [
        ("token_endpoint_auth_method", json!("magic")),
        ("grant_types", json!(["client_credentials"])),
        ("subject_type", json!("secret")),
        ("id_token_signed_response_alg", json!("none")),
        ("client_name", json!("a\u{202e}b")),
        ("scope", json!("admin")),
        ("initiate_login_uri", json!("http://acme.example/login")),
        ("userinfo_encrypted_response_enc", json!("A256GCM")),
    ] {
        let page = register(&world, &with(name, value)).await;
        assert_eq!(refused(&page), "invalid_client_metadata", "{name}");
        assert!(page.json()["error_description"].as_str().unwrap().contains(name), "{}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_04_no_address_is_a_script() {
    let world = World::with(|settings| {
        open(settings);
        settings.limits.registrations_per_source = 10_000;
    })
    .await;
    for name in
        ["client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri", "initiate_login_uri", "sector_identifier_uri"]
    {
        for uri in [
            "javascript:alert(1)",
            "JAVASCRIPT:alert(1)",
            " javascript:alert(1)",
            "java\tscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
        ] {
            assert_eq!(
                refused(&register(&world, &with(name, json!(uri))).await),
                "invalid_client_metadata",
                "{name} {uri}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_05_a_registration_that_asks_for_more_than_it_may_gets_what_it_may() {
    let world = World::with(open).await;
    let page = register(
        &world,
        &json!({
            "redirect_uris": [REDIRECT],
            "scope": "openid admin email roles",
            "doorward": {"first_party": true, "require_pkce": false},
            "first_party": true,
            "client_id": "admin",
            "client_secret": "chosen by me",
            "disabled": false,
            "provenance": "operator",
        }),
    )
    .await;
    assert_eq!(page.status, 201, "{}", page.body);
    let client = page.json();
    assert_eq!(client["scope"], json!("openid email"));
    assert_ne!(client["client_id"], json!("admin"));
    assert_ne!(client["client_secret"], json!("chosen by me"));
    assert_eq!(client.get("doorward"), None);
    let kept = world.context.store.find_client(client["client_id"].as_str().unwrap()).await.unwrap().unwrap();
    assert!(!kept.metadata.doorward.first_party && kept.metadata.doorward.require_pkce);
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_08_odd_bodies_are_refused() {
    let world = World::with(open).await;
    let deep = format!(r#"{{"jwks":{}1{}}}"#, "[".repeat(100), "]".repeat(100));
    let many = (0..300).map(|index| format!(r#""m{index}":1,"#)).collect::<Vec<_>>().concat();
    for body in [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "{".to_owned(),
        r#"{"redirect_uris":["https://a.example/"],"redirect_uris":["https://b.example/"]}"#.to_owned(),
        format!(r#"{{{many}"x":1}}"#),
        deep,
        format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000)),
    ] {
        let page = send_text(&world, (Method::POST, PATH), ("application/json", body), None).await;
        assert_eq!(page.status, 400, "{}", page.body);
    }
    let form = send_text(&world, (Method::POST, PATH), ("application/x-www-form-urlencoded", "a=b".to_owned()), None);
    assert_eq!(form.await.status, 415);
    let large = json!({ "client_name": "x".repeat(200_000) });
    assert_eq!(register(&world, &large).await.status, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_08_registrations_from_one_source_are_limited() {
    let world = World::with(|settings| {
        open(settings);
        settings.limits.registrations_per_source = 4;
    })
    .await;
    let mut answers = Vec::new();
    for _ in 0..6 {
        answers.push(register(&world, &usual()).await.status.as_u16());
    }
    assert_eq!(answers.iter().filter(|status| **status == 201).count(), 2);
    assert_eq!(answers.last(), Some(&429));
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_09_keys_are_public_and_sound() {
    let world = World::with(open).await;
    let of = |key: Value| {
        let mut metadata = with("jwks", json!({ "keys": [key] }));
        metadata["token_endpoint_auth_method"] = json!("private_key_jwt");
        metadata
    };
    let sound = json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    let page = register(&world, &of(sound.clone())).await;
    assert_eq!(page.status, 201, "{}", page.body);
    assert_eq!(page.json().get("client_secret"), None);
    let mut private = sound.clone();
    private["d"] = json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
    let mut broken = sound.clone();
    broken["y"] = broken["x"].clone();
    for key in [
        private,
        broken,
        json!({"kty": "oct", "k": "AAAA"}),
        json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
        json!({"kty": "EC", "crv": "P-256"}),
        json!({}),
        json!("x"),
    ] {
        assert_eq!(refused(&register(&world, &of(key)).await), "invalid_client_metadata");
    }
    let mut both = of(sound);
    both["jwks_uri"] = json!("https://acme.example/jwks");
    assert_eq!(refused(&register(&world, &both).await), "invalid_client_metadata");
}

#[tokio::test(flavor = "multi_thread")]
async fn registration_5_the_document_of_the_sector_lists_every_redirect_uri() {
    let world = World::with(open).await;
    let server = Server::start();
    server.answer("/right", Reply::json(&json!([REDIRECT, "https://other.example/"])));
    server.answer("/wrong", Reply::json(&json!(["https://other.example/"])));
    server.answer("/object", Reply::json(&json!({ "uris": [REDIRECT] })));
    server.answer("/endless", Reply::Endless);
    server.answer("/elsewhere", Reply::status(302, &json!([])).with("Location", &server.at("/right")));
    let at = |path: &str| {
        let mut metadata = with("sector_identifier_uri", json!(server.at(path)));
        metadata["subject_type"] = json!("pairwise");
        metadata
    };
    assert_eq!(register(&world, &at("/right")).await.status, 201);
    for path in ["/wrong", "/object", "/endless", "/elsewhere", "/missing"] {
        let page = register(&world, &at(path)).await;
        assert_eq!(refused(&page), "invalid_client_metadata", "{path}");
        assert!(page.json()["error_description"].as_str().unwrap().starts_with("sector_identifier_uri"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn core_8_1_nobody_takes_the_sector_of_a_host_that_they_only_name() {
    let world = World::with(open).await;
    let grants = json!(["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"]);
    let mut metadata = with("grant_types", grants);
    assert_eq!(register(&world, &metadata).await.status, 201);
    metadata["subject_type"] = json!("pairwise");
    let page = register(&world, &metadata).await;
    assert_eq!(refused(&page), "invalid_client_metadata");
    assert!(page.json()["error_description"].as_str().unwrap().starts_with("sector_identifier_uri"));
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_02_no_document_of_a_sector_leads_inside() {
    let world = World::with(open).await;
    for inside in ["https://10.0.0.1/x", "https://169.254.169.254/latest", "https://[fd00::1]/x", "https://0xa000001/"]
    {
        assert_eq!(
            refused(&register(&world, &with("sector_identifier_uri", json!(inside))).await),
            "invalid_client_metadata"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7591_2_3_a_software_statement_of_somebody_unknown_is_not_passed_over() {
    let world = World::with(open).await;
    let of_stranger = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(r#"{"iss":"https://stranger.example"}"#));
    let page = register(&world, &with("software_statement", json!(of_stranger))).await;
    assert_eq!(refused(&page), "unapproved_software_statement");
    for statement in [json!("eyJhbGciOiJub25lIn0.e30."), json!("x"), json!(7), json!({})] {
        let page = register(&world, &with("software_statement", statement)).await;
        assert_eq!(refused(&page), "invalid_software_statement");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn registration_2_logo_policy_and_terms_are_on_the_login_page_and_nothing_else_is_loaded() {
    let world = World::with(open).await;
    let mut metadata = with("logo_uri", json!("https://img.acme.example/logo.png"));
    metadata["policy_uri"] = json!("https://acme.example/policy");
    metadata["tos_uri"] = json!("https://acme.example/terms");
    let client = register(&world, &metadata).await.json();
    let path = authorize_path(&[("client_id", client["client_id"].as_str().unwrap()), ("scope", "openid")]);
    let page = Browser::new(&world).open(&path).await;
    assert!(page.has("client-logo") && page.has("client-policy") && page.has("client-tos"), "{}", page.body);
    assert!(page.body.contains("logo.png"), "{}", page.body);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("img-src 'self' data: https://img.acme.example;"), "{policy}");
    let other = Browser::new(&world).open("/login").await;
    assert!(other.header("content-security-policy").unwrap().contains("img-src 'self' data:;"));
}

/// A key of somebody who makes statements, and the file that names them.
fn issuer_of_statements() -> (Ed25519KeyPair, tempfile::NamedTempFile) {
    let key = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
    let x = URL_SAFE_NO_PAD.encode(key.public_key().as_ref());
    let file = tempfile::NamedTempFile::new().unwrap();
    let keys = json!({ "https://trust.example": { "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x }] } });
    std::fs::write(file.path(), keys.to_string()).unwrap();
    (key, file)
}

fn statement(key: &Ed25519KeyPair, claims: &Value) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", part(r#"{"alg":"EdDSA"}"#), part(&claims.to_string()));
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes())))
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7591_2_3_what_a_believed_statement_says_wins() {
    let (key, file) = issuer_of_statements();
    let world = World::with(|settings| {
        open(settings);
        settings.protocol.software_statement_issuers = Some(file.path().to_owned());
    })
    .await;
    let claims = json!({ "iss": "https://trust.example", "client_name": "As Attested", "software_id": "editor" });
    let sound = statement(&key, &claims);
    let page = register(&world, &with("software_statement", json!(sound))).await;
    assert_eq!(page.status, 201, "{}", page.body);
    assert_eq!(page.json()["client_name"], json!("As Attested"));
    assert_eq!(page.json()["software_id"], json!("editor"));
    assert_eq!(page.json()["software_statement"], json!(sound));
    let mut over = claims.clone();
    over["exp"] = json!(world.now().seconds());
    let forged = statement(&Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap(), &claims);
    let mut early = claims.clone();
    early["nbf"] = json!(world.now().seconds() + 3_600);
    for refused_one in [statement(&key, &over), statement(&key, &early), forged, sound.replacen("ey", "ez", 1)] {
        let page = register(&world, &with("software_statement", json!(refused_one))).await;
        assert_eq!(refused(&page), "invalid_software_statement");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7591_3_administrators_make_list_and_remove_initial_access_tokens() {
    let world = World::with(|settings| settings.protocol.registration = RegistrationBy::Token).await;
    let boss = Boss::of(&world).await;
    let made = boss.send(Method::POST, "/registration-tokens", json!({ "uses": 2, "days": 1 })).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let made = made.json();
    let wish = json!({ "redirect_uris": [REDIRECT] });
    let register = async || {
        let page = send(&world, Method::POST, "/oauth2/clients", Some(&wish), made["token"].as_str()).await;
        page.status.as_u16()
    };
    assert_eq!(register().await, 201);
    let listed = boss.get("/registration-tokens").await["tokens"].clone();
    assert_eq!((&listed[0]["id"], &listed[0]["uses_left"]), (&made["id"], &json!(1)));
    assert_eq!(listed[0].get("token"), None, "it is told once");
    let path = format!("/registration-tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(boss.call(Method::DELETE, &path).await.status, 204);
    assert_eq!(boss.call(Method::DELETE, &path).await.status, 404);
    assert_eq!(register().await, 401);
    assert_eq!(boss.get("/registration-tokens").await["tokens"], json!([]));
    let greedy = boss.send(Method::POST, "/registration-tokens", json!({ "uses": 0 })).await;
    assert_eq!(greedy.status, 400, "{}", greedy.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_09_an_rsa_key_that_nothing_can_be_encrypted_for_is_none() {
    let world = World::with(open).await;
    let ones = |bytes: usize| vec![0xff; bytes];
    let mut even = ones(256);
    even[255] = 0xfe;
    for (modulus, exponent) in
        [(even, vec![1, 0, 1]), (ones(256), vec![1]), (ones(256), vec![2]), (ones(1_025), vec![1, 0, 1])]
    {
        let (n, e) = (URL_SAFE_NO_PAD.encode(modulus), URL_SAFE_NO_PAD.encode(exponent));
        let mut metadata = with("jwks", json!({ "keys": [{ "kty": "RSA", "n": n, "e": e }] }));
        metadata["id_token_encrypted_response_alg"] = json!("RSA-OAEP-256");
        assert_eq!(refused(&register(&world, &metadata).await), "invalid_client_metadata", "{e}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8037_2_a_key_whose_octets_begin_with_zero_is_one() {
    // RFC 7518 §6.2.1.2: octets of a key are no number.
    let world = World::with(open).await;
    let keys = (0..4_096_u32).map(|number| {
        let mut seed = [7; 32];
        seed[..4].copy_from_slice(&number.to_be_bytes());
        Ed25519KeyPair::from_seed_unchecked(&seed).unwrap()
    });
    let key = keys.into_iter().find(|key| key.public_key().as_ref()[0] == 0).unwrap();
    let x = URL_SAFE_NO_PAD.encode(key.public_key().as_ref());
    let page = register(&world, &with("jwks", json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x }] }))).await;
    assert_eq!(page.status, 201, "{}", page.body);
}
