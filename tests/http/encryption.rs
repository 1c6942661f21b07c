//! What one client reads alone: encrypted ID tokens and userinfo (OpenID Connect Registration §2), introspection answers
//! as JWTs (RFC 9701).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::model::client::ClientMetadata;
use doorward::model::key::{ContentEncryption, KeyEncryption, SigningAlgorithm};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::browser::Page;
use crate::support::example::Example;
use crate::support::relying_party::{basic, claims, jwt_header, post, tokens, userinfo};
use crate::support::world::{ISSUER, SECRET, World};

/// A client's pair for ECDH-ES.
struct Reader(PrivateKey);

impl Reader {
    fn new() -> Self {
        Self(PrivateKey::generate(&ECDH_P256).unwrap())
    }

    fn jwks(&self) -> Value {
        let public = self.0.compute_public_key().unwrap();
        let (x, y) = public.as_ref()[1..].split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        json!({"keys": [{"kty": "EC", "crv": "P-256", "use": "enc", "kid": "e1", "x": x, "y": y}]})
    }

    /// What is in a JWE by ECDH-ES and A256GCM, computed from RFC 7518 alone.
    fn read(&self, jwe: &str) -> String {
        let parts: Vec<&str> = jwe.split('.').collect();
        let [protected, "", iv, ciphertext, tag] = parts[..] else { panic!("no direct agreement: {jwe}") };
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let header: Value = serde_json::from_slice(&decode(protected)).unwrap();
        assert_eq!(
            (&header["alg"], &header["enc"], &header["cty"]),
            (&json!("ECDH-ES"), &json!("A256GCM"), &json!("JWT"))
        );
        assert_eq!(header["kid"], "e1");
        let coordinate = |name: &str| decode(header["epk"][name].as_str().unwrap());
        let epk = UnparsedPublicKey::new(&ECDH_P256, [vec![4], coordinate("x"), coordinate("y")].concat());
        let key = agree(&self.0, epk, (), |shared| {
            let info = [&[0, 0, 0, 7][..], b"A256GCM", &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]].concat();
            Ok(Sha256::digest([&[0, 0, 0, 1], shared, &info].concat()))
        });
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key.unwrap()).unwrap());
        let mut content = [decode(ciphertext), decode(tag)].concat();
        let nonce = Nonce::try_assume_unique_for_key(&decode(iv)).unwrap();
        let plain = key.open_in_place(nonce, Aad::from(protected.as_bytes()), &mut content).unwrap();
        String::from_utf8(plain.to_vec()).unwrap()
    }
}

async fn world(change: impl FnOnce(&mut ClientMetadata)) -> World {
    let world = World::new().await;
    world.client("acme", change).await;
    world.person("ada@example.com").await;
    world
}

const HOW: (Option<KeyEncryption>, Option<ContentEncryption>) =
    (Some(KeyEncryption::EcdhEs), Some(ContentEncryption::A256Gcm));

async fn introspect(world: &World, token: &str, accept: &str) -> Page {
    let headers = [("authorization", basic("acme", SECRET)), ("accept", accept.to_owned())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    post(world, "/oauth2/introspect", &[("token", token)], &headers).await
}

#[tokio::test(flavor = "multi_thread")]
async fn registration_2_id_token_and_userinfo_are_signed_and_then_encrypted() {
    let reader = Reader::new();
    let world = world(|client| {
        client.jwks = Some(reader.jwks());
        (client.id_token_encrypted_response_alg, client.id_token_encrypted_response_enc) = HOW;
        (client.userinfo_encrypted_response_alg, client.userinfo_encrypted_response_enc) = HOW;
    })
    .await;
    let tokens = tokens(&world).await;
    let id_token = reader.read(tokens["id_token"].as_str().unwrap());
    assert_eq!((&claims(&id_token)["aud"], &claims(&id_token)["iss"]), (&json!("acme"), &json!(ISSUER)));
    let page = userinfo(&world, tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(page.headers["content-type"], "application/jwt");
    let told = claims(&reader.read(&page.body));
    assert_eq!((&told["sub"], &told["email"]), (&claims(&id_token)["sub"], &json!("ada@example.com")));
}

#[tokio::test(flavor = "multi_thread")]
async fn registration_2_without_a_key_nothing_is_sent_in_the_clear() {
    let world =
        world(|client| (client.id_token_encrypted_response_alg, client.id_token_encrypted_response_enc) = HOW).await;
    let mut browser = crate::support::browser::Browser::new(&world);
    let path = crate::support::relying_party::authorize_path(&[]);
    let answer = crate::support::relying_party::sign_in_and_consent(&mut browser, "ada@example.com", &path).await;
    let refused = crate::support::relying_party::redeem(&world, &answer.answer()["code"]).await;
    assert_eq!((refused.status.as_u16(), refused.json()["error"].as_str()), (400, Some("invalid_request")));
    assert!(refused.json()["error_uri"].as_str().unwrap().ends_with("/errors/encryption_key_missing"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9701_5_an_answer_as_a_jwt_is_for_the_one_who_asked() {
    let world = world(|client| client.introspection_signed_response_alg = Some(SigningAlgorithm::ES256)).await;
    let token = tokens(&world).await["access_token"].as_str().unwrap().to_owned();
    let page = introspect(&world, &token, "application/json").await;
    assert_eq!(page.headers["content-type"], "application/token-introspection+jwt");
    let (header, told) = (jwt_header(&page.body), claims(&page.body));
    assert_eq!((&header["typ"], &header["alg"]), (&json!("token-introspection+jwt"), &json!("ES256")));
    assert_eq!((&told["iss"], &told["aud"]), (&json!(ISSUER), &json!("acme")));
    assert_eq!((&told["token_introspection"]["active"], told.get("sub"), told.get("exp")), (&json!(true), None, None));
    let nothing = claims(&introspect(&world, "unknown", "*/*").await.body);
    assert_eq!(nothing["token_introspection"], json!({"active": false}), "RES-04");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9701_4_who_asks_by_accept_gets_one_and_nobody_else() {
    let world = world(|_| ()).await;
    let token = tokens(&world).await["access_token"].as_str().unwrap().to_owned();
    let page = introspect(&world, &token, "application/token-introspection+jwt").await;
    assert_eq!(jwt_header(&page.body)["alg"], "RS256", "RFC 9701 §6: the default");
    assert_eq!(introspect(&world, &token, "application/json").await.json()["active"], true);
    let mut example = Example::new();
    let ask = [("Accept", "application/token-introspection+jwt")];
    example.ask("POST /oauth2/introspect", &ask, &[("token", &token)]);
    example.answer(&page, &["content-type"]);
    example.say("The claims of the JWT:");
    example.show(&claims(&page.body));
    example.keep("rfc9701");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9701_5_an_answer_is_encrypted_where_the_client_is_registered_so() {
    let reader = Reader::new();
    let world = world(|client| {
        client.jwks = Some(reader.jwks());
        (client.introspection_encrypted_response_alg, client.introspection_encrypted_response_enc) = HOW;
    })
    .await;
    let token = tokens(&world).await["access_token"].as_str().unwrap().to_owned();
    let jwt = reader.read(&introspect(&world, &token, "*/*").await.body);
    assert_eq!(claims(&jwt)["token_introspection"]["client_id"], "acme");
}

#[tokio::test(flavor = "multi_thread")]
async fn jwt_04_an_introspection_answer_is_no_token() {
    let world = world(|client| client.introspection_signed_response_alg = Some(SigningAlgorithm::ES256)).await;
    let token = tokens(&world).await["access_token"].as_str().unwrap().to_owned();
    let answer = introspect(&world, &token, "*/*").await.body;
    assert_eq!(userinfo(&world, &answer).await.status, 401);
    let about_it = claims(&introspect(&world, &answer, "*/*").await.body);
    assert_eq!(about_it["token_introspection"], json!({"active": false}));
}
