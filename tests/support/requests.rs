//! Authorization requests as clients hand them in: pushed, and signed with a key of theirs.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::browser::{Page, encode};
use super::relying_party::{authorize_path, basic, post};
use super::world::{BEGIN, ISSUER, SECRET, World};

/// The address requests are pushed to.
pub const PAR: &str = "/oauth2/par";

/// What a usual request holds, after `change`.
pub fn fields(change: &[(&str, &str)]) -> Vec<(String, String)> {
    let path = authorize_path(change);
    let (_, query) = path.split_once('?').unwrap();
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Pushes a usual request after `change`.
pub async fn push(world: &World, change: &[(&str, &str)]) -> Page {
    let fields = fields(change);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    push_only(world, &fields).await
}

/// Pushes these fields and nothing else.
pub async fn push_only(world: &World, fields: &[(&str, &str)]) -> Page {
    post(world, PAR, fields, &[("authorization", &basic("acme", SECRET))]).await
}

/// The reference of a request that was taken.
#[track_caller]
pub fn reference(page: &Page) -> String {
    assert_eq!(page.status, 201, "{}", page.body);
    page.json()["request_uri"].as_str().unwrap().to_owned()
}

/// Where the browser is sent with a reference.
pub fn begin(reference: &str) -> String {
    format!("/oauth2/authorize?{}", encode(&[("client_id", "acme"), ("request_uri", reference)]))
}

/// A key of a client, for ES256.
pub struct RequestKey(EcdsaKeyPair);

impl RequestKey {
    /// A new one.
    pub fn generate() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    /// The set a client registers.
    pub fn set(&self) -> Value {
        let (x, y) = self.0.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "one", "x": x, "y": y}]})
    }

    /// A JWT with these claims.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with(&json!({"alg": "ES256", "kid": "one", "typ": "oauth-authz-req+jwt"}), claims)
    }

    /// A JWT with this header and these claims.
    pub fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(header), part(claims));
        let signature = self.0.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The claims of a usual request object, with everything that the strictest profile wants.
pub fn request_claims(change: &[(&str, &str)]) -> Value {
    let mut claims = json!({"iss": "acme", "aud": ISSUER, "nbf": BEGIN, "exp": BEGIN + 300});
    for (name, value) in fields(change) {
        claims[name] = value.into();
    }
    claims
}
