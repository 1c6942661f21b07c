//! Clients of FAPI 2.0 as the OpenID Foundation examines them: with keys of their own, `private_key_jwt`, pushed requests and
//! DPoP.

use std::collections::BTreeMap;

use doorward::model::client::{AuthMethod, ClientMetadata, Profile};
use doorward::model::key::SigningAlgorithm;
use poem::http::{Method, header};
use serde_json::{Value, json};

use super::browser::{Browser, Page, encode};
use super::json;
use super::keys::{ClientKeyPair, JWT_BEARER};
use super::relying_party::{VERIFIER, post, sign_in_and_consent};
use super::requests::{PAR, fields, reference};
use super::world::{ISSUER, World};

/// The person.
pub const ADA: &str = "ada@example.com";
/// The token endpoint, as assertions and proofs name it.
pub const TOKEN: &str = "http://localhost:8080/oauth2/token";
/// Userinfo, as proofs name it.
pub const USERINFO: &str = "http://localhost:8080/oauth2/userinfo";

/// The fields of a form.
pub type Form = Vec<(String, String)>;

/// A client of the suite, with its keys.
pub struct Party {
    /// Its `client_id`.
    pub id: &'static str,
    /// Its redirect URI.
    pub redirect: &'static str,
    /// The key it authenticates and signs requests with.
    pub key: ClientKeyPair,
    /// The key its tokens are bound to.
    pub dpop: ClientKeyPair,
}

impl Party {
    /// The first one.
    pub fn first() -> Self {
        let (key, dpop) = (ClientKeyPair::es256("one"), ClientKeyPair::es256("proofs"));
        Self { id: "acme", redirect: "https://acme.example/cb", key, dpop }
    }

    /// The second one has a redirect URI with a query, as the suite wants it.
    pub fn second() -> Self {
        let (key, dpop) = (ClientKeyPair::eddsa("two"), ClientKeyPair::eddsa("proofs"));
        Self { id: "second", redirect: "https://acme.example/cb?dummy1=lorem&dummy2=ipsum", key, dpop }
    }

    /// Makes it a client of the profile.
    pub async fn register(&self, world: &World, change: impl FnOnce(&mut ClientMetadata)) {
        let jwks = self.key.jwks();
        let set = |own: &mut ClientMetadata| {
            own.token_endpoint_auth_method = AuthMethod::PrivateKeyJwt;
            own.jwks = Some(jwks);
            own.redirect_uris = vec![self.redirect.to_owned().try_into().unwrap()];
            own.dpop_bound_access_tokens = true;
            own.id_token_signed_response_alg = SigningAlgorithm::ES256;
            own.doorward.profile = Some(Profile::Fapi2);
            change(own);
        };
        world.client(self.id, set).await;
    }

    /// The fields of a usual request after `change`.
    pub fn request(&self, change: &[(&str, &str)]) -> Form {
        fields(&[&[("client_id", self.id), ("redirect_uri", self.redirect)], change].concat())
    }

    /// Posts with an assertion, and perhaps a proof.
    pub async fn post(&self, world: &World, path: &str, form: &Form, proof: Option<&str>) -> Page {
        self.post_with(world, path, (form, &self.key.assertion(self.id, ISSUER, world.now())), proof).await
    }

    /// The same with any assertion.
    pub async fn post_with(
        &self,
        world: &World,
        path: &str,
        (form, assertion): (&Form, &str),
        proof: Option<&str>,
    ) -> Page {
        let own = [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)];
        let form = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(own);
        let headers: Vec<(&str, &str)> = proof.map(|proof| ("dpop", proof)).into_iter().collect();
        post(world, path, &form.collect::<Vec<_>>(), &headers).await
    }

    /// Pushes a usual request after `change`.
    pub async fn push(&self, world: &World, change: &[(&str, &str)]) -> Page {
        self.post(world, PAR, &self.request(change), None).await
    }

    /// The claims of a usual request object; null removes one.
    pub fn said(&self, world: &World, change: &[(&str, Value)]) -> Value {
        let now = world.now().seconds();
        let mut said = json!({"iss": self.id, "aud": ISSUER, "nbf": now, "exp": now + 300});
        for (name, value) in self.request(&[]) {
            said[name] = value.into();
        }
        json::change(&mut said, change);
        said
    }

    /// Pushes a request object with more beside it.
    pub async fn push_object(&self, world: &World, object: &str, outside: &[(&str, &str)]) -> Page {
        let form = [&[("client_id", self.id), ("request", object)], outside].concat();
        self.post(world, PAR, &owned(&form), None).await
    }

    /// Where the browser is sent.
    pub fn begin(&self, reference: &str) -> String {
        format!("/oauth2/authorize?{}", encode(&[("client_id", self.id), ("request_uri", reference)]))
    }

    /// What the browser brings back after sign-in and consent.
    pub async fn answer(&self, world: &World, pushed: &Page) -> BTreeMap<String, String> {
        sign_in_and_consent(&mut Browser::new(world), ADA, &self.begin(&reference(pushed))).await.answer()
    }

    /// A code for a usual request after `change`.
    pub async fn code(&self, world: &World, change: &[(&str, &str)]) -> String {
        self.answer(world, &self.push(world, change).await).await["code"].clone()
    }

    /// How a code is redeemed.
    pub fn redemption(&self, code: &str) -> Form {
        let grant = ("grant_type", "authorization_code");
        owned(&[grant, ("code", code), ("redirect_uri", self.redirect), ("code_verifier", VERIFIER)])
    }

    /// A proof for the token endpoint.
    pub fn proof(&self, world: &World) -> String {
        self.dpop.proof("POST", TOKEN, world.now())
    }

    /// A token request with assertion and proof.
    pub async fn token(&self, world: &World, form: &Form) -> Page {
        self.post(world, "/oauth2/token", form, Some(&self.proof(world))).await
    }

    /// Tokens for a usual request after `change`.
    pub async fn tokens(&self, world: &World, change: &[(&str, &str)]) -> Value {
        let page = self.token(world, &self.redemption(&self.code(world, change).await)).await;
        assert_eq!(page.status, 200, "{}", page.body);
        page.json()
    }
}

/// Fields that own their text.
pub fn owned(form: &[(&str, &str)]) -> Form {
    form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// How a refresh token is used.
pub fn refreshing(token: &Value) -> Form {
    owned(&[("grant_type", "refresh_token"), ("refresh_token", token.as_str().unwrap())])
}

/// A world with both clients.
pub async fn two_clients() -> (World, Party, Party) {
    let (world, first, second) = (World::new().await, Party::first(), Party::second());
    first.register(&world, |_| ()).await;
    second.register(&world, |_| ()).await;
    world.person(ADA).await;
    (world, first, second)
}

/// The same where requests and answers are signed.
pub async fn signing_world() -> (World, Party, Party) {
    let (world, first, second) = two_clients().await;
    first.register(&world, |own| own.require_signed_request_object = true).await;
    second.register(&world, |own| own.require_signed_request_object = true).await;
    (world, first, second)
}

/// Status and error code of an answer.
pub fn error(page: &Page) -> (u16, String) {
    (page.status.as_u16(), page.json()["error"].as_str().unwrap_or_default().to_owned())
}

/// What an error is expected to be.
pub fn is(status: u16, error: &str) -> (u16, String) {
    (status, error.to_owned())
}

/// Userinfo with a token under a scheme, and proofs.
pub async fn userinfo(world: &World, scheme: &str, token: &Value, proofs: &[&str]) -> Page {
    let mut request = poem::Request::builder()
        .method(Method::GET)
        .uri("/oauth2/userinfo".parse().unwrap())
        .header(header::AUTHORIZATION, format!("{scheme} {}", token.as_str().unwrap()));
    for proof in proofs {
        request = request.header("dpop", *proof);
    }
    Page::of(world.send(request.finish()).await, "/oauth2/userinfo").await
}
