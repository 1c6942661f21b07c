//! A relying party's calls, as HTTP and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use poem::http::{Method, header};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::browser::{Browser, Page, encode};
use super::world::{PASSWORD, SECRET, World};

/// The code verifier of every request.
pub const VERIFIER: &str = "a-code-verifier-of-forty-three-characters-or-more";
/// The redirect URI of the usual client.
pub const REDIRECT: &str = "https://acme.example/cb";

/// The S256 challenge of a verifier.
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// An authorization request with everything a usual one has; `change` overrides, an empty value removes.
pub fn authorize_path(change: &[(&str, &str)]) -> String {
    let challenge = challenge(VERIFIER);
    let mut fields = vec![
        ("response_type", "code"),
        ("client_id", "acme"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid email offline_access"),
        ("state", "a state"),
        ("nonce", "a nonce"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in change {
        fields.retain(|(own, _)| own != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    format!("/oauth2/authorize?{}", encode(&fields))
}

/// Posts a form to one of the endpoints for programs, with further header fields.
pub async fn post(world: &World, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Page {
    let mut request = poem::Request::builder()
        .method(Method::POST)
        .uri(path.parse().unwrap())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("x-forwarded-for", "198.51.100.3");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Page::of(world.send(request.body(encode(fields))).await, path).await
}

/// The Authorization header of a confidential client.
pub fn basic(client_id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{client_id}:{secret}")))
}

/// A token request of the usual client.
pub async fn token(world: &World, fields: &[(&str, &str)]) -> Page {
    post(world, "/oauth2/token", fields, &[("authorization", &basic("acme", SECRET))]).await
}

/// Redeems a code as it should be done.
pub async fn redeem(world: &World, code: &str) -> Page {
    let fields =
        [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT), ("code_verifier", VERIFIER)];
    token(world, &fields).await
}

/// Refreshes as it should be done.
pub async fn refresh(world: &World, refresh_token: &str) -> Page {
    token(world, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
}

/// Userinfo with a token.
pub async fn userinfo(world: &World, access_token: &str) -> Page {
    let request = poem::Request::builder()
        .uri("/oauth2/userinfo".parse().unwrap())
        .header(header::AUTHORIZATION, format!("Bearer {access_token}"))
        .finish();
    Page::of(world.send(request).await, "/oauth2/userinfo").await
}

/// The claims of a JWT, unverified.
pub fn claims(jwt: &str) -> Value {
    part(jwt, 1)
}

/// The header of a JWT.
pub fn jwt_header(jwt: &str) -> Value {
    part(jwt, 0)
}

fn part(jwt: &str, index: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

/// A browser with `email` signed in and consent given: the answer of the last redirect to the usual client.
pub async fn sign_in_and_consent(browser: &mut Browser<'_>, email: &str, path: &str) -> Page {
    let page = browser.open(path).await;
    let page = browser.sign_in(&page, email, PASSWORD).await;
    if page.has("consent-allow") { browser.submit(&page, "consent-form", &[("decision", "allow")]).await } else { page }
}

/// A world with the usual client and person; tokens straight from the code flow.
pub async fn tokens(world: &World) -> Value {
    let mut browser = Browser::new(world);
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &authorize_path(&[])).await;
    let code = answer.answer().get("code").expect("a code").clone();
    let response = redeem(world, &code).await;
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()
}

/// A world with the usual client and person.
pub async fn usual_world() -> World {
    let world = World::new().await;
    world.client("acme", |_| ()).await;
    world.person("ada@example.com").await;
    world
}
