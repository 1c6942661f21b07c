//! Proofs of possession (DPoP, RFC 9449).

use std::sync::Arc;

use doorward::base::Timestamp;
use doorward::base::bounds::{REPLAY_BLOCK_NAMES, REPLAY_NAMES_MAX};
use doorward::config::Settings;
use doorward::model::client::{AuthMethod, ClientMetadata, Profile};
use doorward::model::jti::{JtiPurpose, UsedJti};
use poem::http::{Method, header};
use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::example::Example;
use crate::support::keys::{ClientKeyPair, JWT_BEARER, ath, fresh_jti, proof_claims};
use crate::support::relying_party::{REDIRECT, VERIFIER, authorize_path, basic, claims, post, sign_in_and_consent};
use crate::support::requests::{PAR, begin, fields, reference};
use crate::support::world::{Engine, ISSUER, SECRET, World};

const TOKEN: &str = "http://localhost:8080/oauth2/token";
const USERINFO: &str = "http://localhost:8080/oauth2/userinfo";

fn public(own: &mut ClientMetadata) {
    own.token_endpoint_auth_method = AuthMethod::None;
    own.grant_types.retain(|grant| grant.as_str() != "client_credentials");
}

async fn world_of(change: impl FnOnce(&mut ClientMetadata)) -> World {
    world_with(|_| (), change).await
}

async fn world_with(settings: impl FnOnce(&mut Settings), change: impl FnOnce(&mut ClientMetadata)) -> World {
    let world = World::with(settings).await;
    world.client("acme", change).await;
    world.person("ada@example.com").await;
    world
}

async fn code(world: &World, change: &[(&str, &str)]) -> String {
    let mut browser = Browser::new(world);
    let page = sign_in_and_consent(&mut browser, "ada@example.com", &authorize_path(change)).await;
    page.answer().get("code").unwrap_or_else(|| panic!("{:?}", page.answer())).clone()
}

/// A token request of the confidential client with these proofs.
async fn ask(world: &World, form: &[(&str, &str)], proofs: &[&str]) -> Page {
    let authorization = basic("acme", SECRET);
    let mut headers = vec![("authorization", authorization.as_str())];
    headers.extend(proofs.iter().map(|proof| ("dpop", *proof)));
    post(world, "/oauth2/token", form, &headers).await
}

async fn ask_as_public(world: &World, form: &[(&str, &str)], proofs: &[&str]) -> Page {
    let headers: Vec<(&str, &str)> = proofs.iter().map(|proof| ("dpop", *proof)).collect();
    post(world, "/oauth2/token", &[form, &[("client_id", "acme")]].concat(), &headers).await
}

const MACHINE: &[(&str, &str)] = &[("grant_type", "client_credentials")];

fn redemption(code: &str) -> [(&'static str, &str); 4] {
    [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT), ("code_verifier", VERIFIER)]
}

fn refreshing(token: &str) -> [(&'static str, &str); 2] {
    [("grant_type", "refresh_token"), ("refresh_token", token)]
}

async fn userinfo(world: &World, scheme: &str, token: &str, proofs: &[&str]) -> Page {
    resource(world, "/oauth2/userinfo", scheme, token, proofs).await
}

async fn resource(world: &World, path: &str, scheme: &str, token: &str, proofs: &[&str]) -> Page {
    let mut request = poem::Request::builder()
        .method(Method::GET)
        .uri(path.parse().unwrap())
        .header(header::AUTHORIZATION, format!("{scheme} {token}"));
    for proof in proofs {
        request = request.header("dpop", *proof);
    }
    Page::of(world.send(request.finish()).await, path).await
}

fn error(page: &Page) -> (u16, String) {
    (page.status.as_u16(), page.json()["error"].as_str().unwrap_or_default().to_owned())
}

fn bad_proof() -> (u16, String) {
    (400, "invalid_dpop_proof".to_owned())
}

fn no_proof() -> (u16, String) {
    (400, "invalid_request".to_owned())
}

fn text(document: &Value, member: &str) -> String {
    document[member].as_str().unwrap_or_else(|| panic!("{member} in {document}")).to_owned()
}

fn challenges(page: &Page) -> Vec<String> {
    page.headers.get_all(header::WWW_AUTHENTICATE).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9449_5_a_proof_binds_the_access_token_to_its_key() {
    // RFC 9449 §6.1: `jkt` is the key's thumbprint.
    for key in [ClientKeyPair::es256("1"), ClientKeyPair::eddsa("1"), ClientKeyPair::ps256("1")] {
        let world = world_of(|_| ()).await;
        let answer = ask(&world, MACHINE, &[&key.proof("POST", TOKEN, world.now())]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let answer = answer.json();
        assert_eq!(answer["token_type"], "DPoP");
        let token = claims(&text(&answer, "access_token"));
        assert_eq!(token["cnf"], json!({"jkt": key.thumbprint()}));
        let unbound = ask(&world, MACHINE, &[]).await.json();
        assert_eq!(
            (&unbound["token_type"], &claims(&text(&unbound, "access_token"))["cnf"]),
            (&json!("Bearer"), &json!(null))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9449_4_3_what_is_no_proof_for_this_request_is_refused() {
    // RFC 9449 §4.1: one field with one proof.
    let (world, key, other) = (world_of(|_| ()).await, ClientKeyPair::es256("1"), ClientKeyPair::es256("2"));
    let now = world.now().seconds();
    let with = |name: &str, value: Value| {
        let mut claims = proof_claims("POST", TOKEN, world.now());
        claims[name] = value;
        key.proof_with(&claims)
    };
    let header = |header: Value| key.jwt_with(&header, &proof_claims("POST", TOKEN, world.now()));
    let mut private = key.bare_jwk();
    private["d"] = "AAAA".into();
    let unsigned = {
        let proof = header(json!({"typ": "dpop+jwt", "jwk": key.bare_jwk(), "alg": "none"}));
        proof[..=proof.rfind('.').unwrap()].to_owned()
    };
    let refused = [
        ("no name", with("jti", json!(null))),
        ("a long name", with("jti", json!("x".repeat(1_000)))),
        ("another method", with("htm", json!("GET"))),
        ("no method", with("htm", json!(null))),
        ("another address", with("htu", json!(USERINFO))),
        ("another host", with("htu", json!("http://evil.example/oauth2/token"))),
        ("no address", with("htu", json!(null))),
        ("no time", with("iat", json!(null))),
        ("an hour old", with("iat", json!(now - 3_600))),
        ("an hour ahead", with("iat", json!(now + 3_600))),
        ("another type", header(json!({"typ": "JWT", "jwk": key.bare_jwk()}))),
        ("no type", header(json!({"jwk": key.bare_jwk()}))),
        ("no key", header(json!({"typ": "dpop+jwt"}))),
        ("a private key", header(json!({"typ": "dpop+jwt", "jwk": private}))),
        ("a symmetric key", header(json!({"typ": "dpop+jwt", "jwk": {"kty": "oct", "k": "AAAA"}, "alg": "HS256"}))),
        ("another key", header(json!({"typ": "dpop+jwt", "jwk": other.bare_jwk()}))),
        ("a key by its address", header(json!({"typ": "dpop+jwt", "jku": "http://127.0.0.1:1/"}))),
        ("an algorithm of another kind", header(json!({"typ": "dpop+jwt", "jwk": key.bare_jwk(), "alg": "EdDSA"}))),
        ("none", unsigned),
        ("nonsense", "a.b.c".to_owned()),
        ("nothing", String::new()),
    ];
    for (what, proof) in refused {
        assert_eq!(error(&ask(&world, MACHINE, &[&proof]).await), bad_proof(), "{what}");
    }
    let two = [key.proof("POST", TOKEN, world.now()), key.proof("POST", TOKEN, world.now())];
    assert_eq!(error(&ask(&world, MACHINE, &[&two[0], &two[1]]).await), bad_proof(), "two");
    for iat in [now - 10, now + 10] {
        assert_eq!(ask(&world, MACHINE, &[&with("iat", json!(iat))]).await.status, 200, "{iat}");
    }
    for address in ["http://LOCALHOST:8080/oauth2/token?x=1#y", "HTTP://localhost:8080/oauth2/./token"] {
        assert_eq!(ask(&world, MACHINE, &[&with("htu", json!(address))]).await.status, 200, "{address}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9449_4_3_the_address_is_ours_whatever_host_was_called() {
    let (world, key) = (world_of(|_| ()).await, ClientKeyPair::es256("1"));
    let proof = key.proof("POST", "http://evil.example/oauth2/token", world.now());
    let authorization = basic("acme", SECRET);
    let headers = [("host", "evil.example"), ("dpop", proof.as_str()), ("authorization", authorization.as_str())];
    assert_eq!(error(&post(&world, "/oauth2/token", MACHINE, &headers).await), bad_proof());
}

async fn twenty_at_once(world: World) {
    world.client("acme", |_| ()).await;
    let key = ClientKeyPair::es256("1");
    let proof = key.proof("POST", TOKEN, world.now());
    let world = Arc::new(world);
    let racers = (0..20).map(|_| {
        let (world, proof) = (world.clone(), proof.clone());
        tokio::spawn(async move { ask(&world, MACHINE, &[&proof]).await.status.as_u16() })
    });
    let mut statuses = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        statuses.push(racer.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 400)), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9449_11_1_of_twenty_at_once_one_wins_on_sqlite() {
    if let Some(world) = World::on(Engine::Sqlite, |_| ()).await {
        twenty_at_once(world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9449_11_1_of_twenty_at_once_one_wins_on_postgres() {
    if let Some(world) = World::on(Engine::Postgres, |_| ()).await {
        twenty_at_once(world).await;
    }
}

/// Where there is no room to remember a proof, none is taken, and those that were keep working once.
async fn a_full_memory(world: World) {
    let (key, store) = (ClientKeyPair::eddsa("1"), &world.context.store);
    let proof = || key.proof("POST", TOKEN, world.now());
    let known = proof();
    assert_eq!(ask(&world, MACHINE, &[&known]).await.status.as_u16(), 200);
    // All but what this server has taken out already, for a minute other than that of the proofs.
    let (end, rest) = (world.now().plus_seconds(600), REPLAY_NAMES_MAX - REPLAY_BLOCK_NAMES);
    assert_eq!(store.take_replay_block(end, rest, REPLAY_NAMES_MAX).await, Ok(true));
    let mut answered = 1;
    let refused = loop {
        let page = ask(&world, MACHINE, &[&proof()]).await;
        if page.status.as_u16() != 200 || answered > REPLAY_BLOCK_NAMES {
            break page;
        }
        answered += 1;
    };
    assert_eq!((error(&refused), answered), ((503, "temporarily_unavailable".to_owned()), REPLAY_BLOCK_NAMES));
    // What proves nothing needs no room.
    assert_eq!(ask(&world, MACHINE, &[]).await.status.as_u16(), 200);
    // Nothing was forgotten for it.
    assert_eq!(store.use_jtis(vec![used(&key, &known)]).await, Ok(Some(JtiPurpose::DpopProof)));
}

/// What is remembered of a proof.
fn used(key: &ClientKeyPair, proof: &str) -> UsedJti {
    let claims = claims(proof);
    let made_at = Timestamp::from_seconds(claims["iat"].as_i64().unwrap());
    UsedJti::of(JtiPurpose::DpopProof, &key.thumbprint(), claims["jti"].as_str().unwrap(), made_at)
}

#[tokio::test]
async fn rfc9449_11_1_a_full_memory_of_proofs_refuses_and_forgets_nothing_on_sqlite() {
    if let Some(world) = World::on(Engine::Sqlite, |_| ()).await {
        world.client("acme", |_| ()).await;
        a_full_memory(world).await;
    }
}

#[tokio::test]
async fn rfc9449_11_1_a_full_memory_of_proofs_refuses_and_forgets_nothing_on_postgres() {
    if let Some(world) = World::on(Engine::Postgres, |_| ()).await {
        world.client("acme", |_| ()).await;
        a_full_memory(world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9449_7_at_a_resource_token_key_and_proof_belong_together() {
    let (world, key, other) = (world_of(|_| ()).await, ClientKeyPair::es256("1"), ClientKeyPair::eddsa("2"));
    let code = code(&world, &[]).await;
    let answer = ask(&world, &redemption(&code), &[&key.proof("POST", TOKEN, world.now())]).await.json();
    let token = text(&answer, "access_token");
    let proof = || key.proof_for(&token, "GET", USERINFO, world.now());
    for scheme in ["DPoP", "dpop", "DPOP"] {
        assert_eq!(userinfo(&world, scheme, &token, &[&proof()]).await.status, 200, "{scheme}");
    }
    let used = proof();
    assert_eq!(userinfo(&world, "DPoP", &token, &[&used]).await.status, 200);
    let mut wrong_ath = proof_claims("GET", USERINFO, world.now());
    wrong_ath["ath"] = ath("another token").into();
    let refused = [
        ("a used proof", "DPoP", vec![used], "invalid_dpop_proof"),
        ("no proof", "DPoP", vec![], "invalid_dpop_proof"),
        ("two proofs", "DPoP", vec![proof(), proof()], "invalid_dpop_proof"),
        ("no ath", "DPoP", vec![key.proof("GET", USERINFO, world.now())], "invalid_dpop_proof"),
        ("a wrong ath", "DPoP", vec![key.proof_with(&wrong_ath)], "invalid_dpop_proof"),
        ("another method", "DPoP", vec![key.proof_for(&token, "POST", USERINFO, world.now())], "invalid_dpop_proof"),
        ("another key", "DPoP", vec![other.proof_for(&token, "GET", USERINFO, world.now())], "invalid_token"),
        ("as a bearer token", "Bearer", vec![proof()], "invalid_token"),
        ("as a bearer token without proof", "Bearer", vec![], "invalid_token"),
    ];
    for (what, scheme, proofs, code) in refused {
        let proofs: Vec<&str> = proofs.iter().map(String::as_str).collect();
        let page = userinfo(&world, scheme, &token, &proofs).await;
        assert_eq!(error(&page), (401, code.to_owned()), "{what}");
        let told = challenges(&page);
        assert!(told[0].starts_with(scheme) && told[0].contains(&format!("error=\"{code}\"")), "{what}: {told:?}");
        assert!(told.iter().any(|one| one.starts_with("DPoP") && one.contains("algs=\"RS256 PS256 ES256")), "{told:?}");
    }
    let form = post(&world, "/oauth2/userinfo", &[("access_token", &token)], &[("dpop", &proof())]).await;
    assert_eq!(error(&form), (401, "invalid_token".to_owned()), "in the form");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9449_7_2_an_unbound_token_does_not_come_with_a_proof() {
    let (world, key) = (world_of(|_| ()).await, ClientKeyPair::es256("1"));
    let code = code(&world, &[]).await;
    let token = text(&ask(&world, &redemption(&code), &[]).await.json(), "access_token");
    let proof = key.proof_for(&token, "GET", USERINFO, world.now());
    assert_eq!(error(&userinfo(&world, "DPoP", &token, &[&proof]).await), (401, "invalid_token".to_owned()));
    assert_eq!(userinfo(&world, "Bearer", &token, &[]).await.status, 200);
    let none = resource(&world, "/oauth2/userinfo", "Basic", "YTpi", &[]).await;
    assert_eq!(challenges(&none).len(), 2, "both schemes are offered: {:?}", challenges(&none));
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9449_7_our_own_interface_asks_for_the_proof_too() {
    let (world, key) = (world_of(|own| own.doorward.first_party = true).await, ClientKeyPair::es256("1"));
    let code = code(&world, &[]).await;
    let answer = ask(&world, &redemption(&code), &[&key.proof("POST", TOKEN, world.now())]).await.json();
    let token = text(&answer, "access_token");
    let address = format!("{ISSUER}/api/v1/profile");
    let proof = key.proof_for(&token, "GET", &address, world.now());
    assert_eq!(resource(&world, "/api/v1/profile", "DPoP", &token, &[&proof]).await.status, 200);
    assert_eq!(resource(&world, "/api/v1/profile", "DPoP", &token, &[&proof]).await.status, 401);
    assert_eq!(resource(&world, "/api/v1/profile", "DPoP", &token, &[]).await.status, 401);
    assert_eq!(resource(&world, "/api/v1/profile", "Bearer", &token, &[]).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9449_5_refresh_tokens_of_public_clients_are_bound_to_the_key() {
    let (world, key, other) = (world_of(public).await, ClientKeyPair::es256("1"), ClientKeyPair::es256("2"));
    let code = code(&world, &[]).await;
    let answer = ask_as_public(&world, &redemption(&code), &[&key.proof("POST", TOKEN, world.now())]).await.json();
    let refresh = text(&answer, "refresh_token");
    let thief = other.proof("POST", TOKEN, world.now());
    for proofs in [vec![], vec![thief.as_str()]] {
        let page = ask_as_public(&world, &refreshing(&refresh), &proofs).await;
        assert_eq!(error(&page), (400, "invalid_grant".to_owned()), "{proofs:?}");
    }
    let page = ask_as_public(&world, &refreshing(&refresh), &[&key.proof("POST", TOKEN, world.now())]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(page.json()["token_type"], "DPoP");
    assert_ne!(text(&page.json(), "refresh_token"), refresh, "those of public clients are replaced");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9449_5_a_confidential_client_may_change_its_key() {
    let (world, key, other) = (world_of(|_| ()).await, ClientKeyPair::es256("1"), ClientKeyPair::es256("2"));
    let code = code(&world, &[]).await;
    let answer = ask(&world, &redemption(&code), &[&key.proof("POST", TOKEN, world.now())]).await.json();
    let refresh = text(&answer, "refresh_token");
    let page = ask(&world, &refreshing(&refresh), &[&other.proof("POST", TOKEN, world.now())]).await.json();
    assert_eq!(claims(&text(&page, "access_token"))["cnf"]["jkt"], other.thumbprint());
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9449_10_a_code_is_bound_to_the_key_it_was_asked_for_with() {
    let (world, key, other) = (world_of(public).await, ClientKeyPair::es256("1"), ClientKeyPair::es256("2"));
    let code = code(&world, &[("dpop_jkt", &key.thumbprint())]).await;
    let stranger = other.proof("POST", TOKEN, world.now());
    for proofs in [vec![], vec![stranger.as_str()]] {
        let page = ask_as_public(&world, &redemption(&code), &proofs).await;
        assert_eq!(error(&page), (400, "invalid_grant".to_owned()), "{proofs:?}");
    }
    let proof = key.proof("POST", TOKEN, world.now());
    assert_eq!(ask_as_public(&world, &redemption(&code), &[&proof]).await.status, 200);
    let mut browser = Browser::new(&world);
    let wrong = browser.open(&authorize_path(&[("dpop_jkt", "short")])).await;
    assert_eq!(wrong.answer()["error"], "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9449_5_2_a_client_that_is_registered_for_bound_tokens_gets_no_others() {
    let (world, key) = (world_of(|own| own.dpop_bound_access_tokens = true).await, ClientKeyPair::es256("1"));
    assert_eq!(error(&ask(&world, MACHINE, &[]).await), no_proof());
    assert_eq!(ask(&world, MACHINE, &[&key.proof("POST", TOKEN, world.now())]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9449_6_2_introspection_shows_the_key() {
    let (world, key) = (world_of(|_| ()).await, ClientKeyPair::es256("1"));
    let answer = ask(&world, MACHINE, &[&key.proof("POST", TOKEN, world.now())]).await.json();
    let form = [("token", answer["access_token"].as_str().unwrap())];
    let page = post(&world, "/oauth2/introspect", &form, &[("authorization", &basic("acme", SECRET))]).await.json();
    assert_eq!((&page["token_type"], &page["cnf"]), (&json!("DPoP"), &json!({"jkt": key.thumbprint()})));
}

fn with_nonces(settings: &mut Settings) {
    settings.protocol.dpop_nonce = true;
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9449_8_where_nonces_are_demanded_the_answer_brings_one() {
    // RFC 9449 §8.2, §9: new nonces come with answers; a resource asks by 401.
    let (world, key) = (world_with(with_nonces, |_| ()).await, ClientKeyPair::es256("1"));
    let page = ask(&world, MACHINE, &[&key.proof("POST", TOKEN, world.now())]).await;
    assert_eq!(error(&page), (400, "use_dpop_nonce".to_owned()));
    let nonce = page.headers["dpop-nonce"].to_str().unwrap().to_owned();
    let with = |nonce: &str, token: Option<&str>| {
        let address = if token.is_some() { USERINFO } else { TOKEN };
        let mut claims = proof_claims(if token.is_some() { "GET" } else { "POST" }, address, world.now());
        claims["nonce"] = nonce.into();
        if let Some(token) = token {
            claims["ath"] = ath(token).into();
        }
        key.proof_with(&claims)
    };
    let page = ask(&world, MACHINE, &[&with(&nonce, None)]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.headers.contains_key("dpop-nonce"));
    assert_eq!(error(&ask(&world, MACHINE, &[&with("made up", None)]).await), (400, "use_dpop_nonce".to_owned()));
    let code = code(&world, &[]).await;
    let token = text(&ask(&world, &redemption(&code), &[&with(&nonce, None)]).await.json(), "access_token");
    let proof = key.proof_for(&token, "GET", USERINFO, world.now());
    let page = userinfo(&world, "DPoP", &token, &[&proof]).await;
    assert_eq!(error(&page), (401, "use_dpop_nonce".to_owned()));
    assert!(challenges(&page)[0].contains("error=\"use_dpop_nonce\""), "{:?}", challenges(&page));
    assert_eq!(userinfo(&world, "DPoP", &token, &[&with(&nonce, Some(&token))]).await.status, 200);
    world.pass(600);
    assert_eq!(error(&ask(&world, MACHINE, &[&with(&nonce, None)]).await), (400, "use_dpop_nonce".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_5_3_2_1_a_refresh_token_of_the_profile_is_not_replaced() {
    let (signing, key) = (ClientKeyPair::es256("1"), ClientKeyPair::es256("2"));
    let jwks = signing.jwks();
    let world = world_of(move |own| {
        own.token_endpoint_auth_method = AuthMethod::PrivateKeyJwt;
        own.jwks = Some(jwks);
        own.dpop_bound_access_tokens = true;
        own.doorward.profile = Some(Profile::Fapi2);
    })
    .await;
    let ask = async |form: &[(&str, &str)], proof: Option<String>| {
        let assertion = signing.assertion("acme", ISSUER, world.now());
        let own = [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.as_str())];
        let headers: Vec<(&str, &str)> = proof.iter().map(|proof| ("dpop", proof.as_str())).collect();
        post(&world, "/oauth2/token", &[form, &own].concat(), &headers).await
    };
    let proof = || Some(key.proof("POST", TOKEN, world.now()));
    assert_eq!(error(&ask(MACHINE, None).await), no_proof(), "unbound tokens are not for the profile");
    let assertion = signing.assertion("acme", ISSUER, world.now());
    let mut wanted = fields(&[]);
    wanted.push(("client_assertion_type".to_owned(), JWT_BEARER.to_owned()));
    wanted.push(("client_assertion".to_owned(), assertion));
    let wanted: Vec<(&str, &str)> = wanted.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let pushing = key.proof("POST", &format!("{ISSUER}{PAR}"), world.now());
    let pushed = post(&world, PAR, &wanted, &[("dpop", pushing.as_str())]).await;
    let mut browser = Browser::new(&world);
    let page = sign_in_and_consent(&mut browser, "ada@example.com", &begin(&reference(&pushed))).await;
    let code = page.answer()["code"].clone();
    let other = ClientKeyPair::es256("3").proof("POST", TOKEN, world.now());
    let stolen = ask(&redemption(&code), Some(other)).await;
    assert_eq!(error(&stolen).1, "invalid_grant", "RFC 9449 §10.1: the proof at PAR binds the code");
    let first = text(&ask(&redemption(&code), proof()).await.json(), "refresh_token");
    for _ in 0..3 {
        world.pass(86_400);
        let page = ask(&refreshing(&first), proof()).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert_eq!(text(&page.json(), "refresh_token"), first);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tok_09_scripts_may_send_proofs_and_read_nonces() {
    let world = world_of(|_| ()).await;
    let request = poem::Request::builder()
        .method(Method::OPTIONS)
        .uri("/oauth2/token".parse().unwrap())
        .header("origin", "https://acme.example")
        .finish();
    let page = Page::of(world.send(request).await, "/oauth2/token").await;
    assert!(page.headers["access-control-allow-headers"].to_str().unwrap().contains("dpop"));
    let page = post(
        &world,
        "/oauth2/token",
        MACHINE,
        &[("authorization", &basic("acme", SECRET)), ("origin", "https://acme.example")],
    )
    .await;
    assert!(page.headers["access-control-expose-headers"].to_str().unwrap().contains("dpop-nonce"));
}

async fn metadata(world: &World) -> Value {
    let path = "/.well-known/openid-configuration";
    let request = poem::Request::builder().uri(path.parse().unwrap()).finish();
    Page::of(world.send(request).await, path).await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9449_5_1_what_is_off_is_neither_told_nor_answered() {
    let key = ClientKeyPair::es256("1");
    let on = world_of(|_| ()).await;
    let algorithms = json!(["RS256", "PS256", "ES256", "ES384", "EdDSA"]);
    assert_eq!(metadata(&on).await["dpop_signing_alg_values_supported"], algorithms);
    let off = world_with(|settings| settings.protocol.dpop = false, |_| ()).await;
    assert_eq!(metadata(&off).await["dpop_signing_alg_values_supported"], json!(null));
    let page = ask(&off, MACHINE, &[&key.proof("POST", TOKEN, off.now())]).await;
    assert_eq!(page.json()["token_type"], "Bearer");
    let code = code(&off, &[("dpop_jkt", &key.thumbprint())]).await;
    assert_eq!(ask(&off, &redemption(&code), &[]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_the_manual() {
    let (world, key) = (world_of(public).await, ClientKeyPair::known());
    let mut example = Example::new();
    let code = code(&world, &[("dpop_jkt", &key.thumbprint())]).await;
    example.say("The app makes a key that never leaves it, and signs which request it is about to make:");
    example.show(&json!({"typ": "dpop+jwt", "alg": "EdDSA", "jwk": key.bare_jwk()}));
    let said = json!({"htm": "POST", "htu": TOKEN, "iat": world.now().seconds(), "jti": fresh_jti()});
    let proof = key.proof_with(&said);
    let shown = json!({"htm": "POST", "htu": TOKEN, "iat": world.now().seconds(), "jti": "e1j3V_bKic8"});
    example.show(&shown);
    example.say("The proof goes with the token request:");
    let form = [&redemption(&code)[..], &[("client_id", "acme")]].concat();
    example.ask("POST /oauth2/token", &[("DPoP", &proof)], &form);
    let page = post(&world, "/oauth2/token", &form, &[("dpop", &proof)]).await;
    assert_eq!(page.status, 200);
    example.answer(&page, &[]);
    let token = text(&page.json(), "access_token");
    example.say("The access token says which key it is bound to:");
    example.show(&json!({"cnf": claims(&token)["cnf"]}));
    example.say("Each call brings the token under the scheme `DPoP`, and a new proof with `ath`, the token's SHA-256:");
    let proof = key.proof_for(&token, "GET", USERINFO, world.now());
    let authorization = format!("DPoP {token}");
    example.ask("GET /oauth2/userinfo", &[("Authorization", &authorization), ("DPoP", &proof)], &[]);
    let page = userinfo(&world, "DPoP", &token, &[&proof]).await;
    assert_eq!(page.status, 200);
    example.say("Whoever has the token alone is refused:");
    let authorization = format!("Bearer {token}");
    example.ask("GET /oauth2/userinfo", &[("Authorization", &authorization)], &[]);
    let page = userinfo(&world, "Bearer", &token, &[]).await;
    assert_eq!(page.status, 401);
    example.answer(&page, &["www-authenticate"]);
    example.keep("rfc9449");
}
