//! RFC 8414 Authorization Server Metadata and RFC 9728 Protected Resource Metadata.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::support::browser::Browser;
use crate::support::example::Example;
use crate::support::relying_party::{claims, jwt_header};
use crate::support::world::{ISSUER, World};

const METADATA: &str = "/.well-known/oauth-authorization-server";

async fn document(world: &World, path: &str) -> Value {
    Browser::new(world).visit(path).await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8414_3_2_both_addresses_answer_the_same() {
    // RFC 8414 §3.3: the issuer is the one in whose address the document was found.
    let world = World::new().await;
    let metadata = document(&world, METADATA).await;
    assert_eq!(metadata, document(&world, "/.well-known/openid-configuration").await);
    assert_eq!(metadata["issuer"], ISSUER);
    assert!(metadata.get("signed_metadata").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8414_2_1_signed_metadata_says_the_same_under_a_key_of_ours() {
    let world = World::with(|settings| settings.protocol.signed_metadata = true).await;
    let page = Browser::new(&world).visit(METADATA).await;
    let mut metadata = page.json();
    let mut example = Example::new();
    example.ask(&format!("GET {METADATA}"), &[("Host", "localhost:8080")], &[]);
    example.answer(&page, &["content-type", "cache-control", "access-control-allow-origin"]);
    example.keep("rfc8414");
    let jwt = metadata.as_object_mut().unwrap().remove("signed_metadata").unwrap();
    let mut signed = claims(jwt.as_str().unwrap());
    assert_eq!(signed.as_object_mut().unwrap().remove("iss").unwrap(), ISSUER);
    assert_eq!(signed, metadata);
    let header = jwt_header(jwt.as_str().unwrap());
    let keys = document(&world, "/.well-known/jwks.json").await;
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).unwrap();
    let public = URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap();
    let (input, signature) = jwt.as_str().unwrap().rsplit_once('.').unwrap();
    let verifier = aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ED25519, public);
    verifier.verify(input.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    let again = Browser::new(&world).visit(METADATA).await;
    assert_eq!(page.headers["etag"], again.headers["etag"], "nothing changed, so caches keep it");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9728_3_our_own_resources_name_their_server() {
    let world = World::new().await;
    let page = Browser::new(&world).visit("/.well-known/oauth-protected-resource").await;
    let metadata = page.json();
    assert_eq!((&metadata["resource"], &metadata["authorization_servers"][0]), (&ISSUER.into(), &ISSUER.into()));
    // RFC 9728 §4: and the server names its resources.
    assert_eq!(document(&world, METADATA).await["protected_resources"][0], metadata["resource"]);
    assert_eq!(page.headers["access-control-allow-origin"], "*");
    let mut example = Example::new();
    example.ask("GET /.well-known/oauth-protected-resource", &[("Host", "login.example.com")], &[]);
    example.answer(&page, &["content-type", "cache-control"]);
    example.keep("rfc9728");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc6749_5_2_every_refusal_leads_to_a_page_that_explains_it() {
    let world = World::new().await;
    let refused = crate::support::relying_party::token(&world, &[("grant_type", "x")]).await.json();
    let uri = refused["error_uri"].as_str().unwrap();
    let mut browser = Browser::new(&world);
    let page = browser.visit(uri.strip_prefix(ISSUER).unwrap()).await;
    assert_eq!(page.status, 200);
    assert!(page.has("error-reference") && page.body.contains(refused["error"].as_str().unwrap()), "{}", page.body);
    assert_eq!(browser.visit("/errors/unheard_of").await.status, 404);
    assert_eq!(browser.visit("/errors/").await.status, 404);
}
