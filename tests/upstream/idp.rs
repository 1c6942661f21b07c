//! A provider of OpenID Connect on loopback, and somebody who visits it.

use std::time::Duration;

use doorward::base::{Draw, Sensitive, Timestamp};
use doorward::upstream::{
    Arrival, Arrived, Connector, Connectors, Departure, Kind, Limits, Pending, Provider, UpstreamFailure,
};
use serde_json::{Value, json};
use url::Url;

use crate::server::{Reply, Server};
use crate::signer::Signer;

pub const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
pub const REDIRECT_URI: &str = "https://idp.example/federation/up/callback";
pub const CLIENT_ID: &str = "doorward-at-up";
pub const ACCESS_TOKEN: &str = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
pub const DISCOVERY: &str = "/op/.well-known/openid-configuration";

/// Short patience, so that nobody waits for the tests.
pub const HASTE: Limits = Limits { call: Duration::from_millis(400), step: Duration::from_millis(700), calls: 64 };

/// Short patience where it is to run out; elsewhere a busy machine gets its time.
pub fn patience_for(reply: &Reply) -> Limits {
    if matches!(reply, Reply::Silence | Reply::Drip) { HASTE } else { Limits::default() }
}

/// A provider at `issuer`, which may stand on loopback.
pub fn provider(kind: Kind, issuer: String) -> Provider {
    Provider {
        issuer: Some(issuer),
        allows_private_addresses: true,
        ..Provider::new("up".parse().unwrap(), "Up", kind, CLIENT_ID, "client-secret")
    }
}

pub fn connector(provider: Provider) -> Connector {
    connector_within(Limits::default(), provider)
}

pub fn connector_within(limits: Limits, provider: Provider) -> Connector {
    let connectors = Connectors::within(limits, vec![provider]).unwrap();
    connectors.find("up").unwrap().clone()
}

pub fn departure() -> Departure<'static> {
    Departure {
        redirect_uri: REDIRECT_URI,
        state: "the-state",
        login_hint: None,
        select_account: false,
        ui_locales: None,
    }
}

pub fn arrival() -> Arrival<'static> {
    Arrival { code: "the-code", iss: None, redirect_uri: REDIRECT_URI }
}

pub fn draw(seed: u8) -> Draw {
    Draw::from_seed([seed; 32])
}

pub fn pending() -> Pending {
    Pending { nonce: Some(Sensitive::new("the-nonce".to_owned())), verifier: Sensitive::new("v".repeat(43)) }
}

/// What is wrong, for comparing.
pub fn unverified<T: std::fmt::Debug>(outcome: Result<T, UpstreamFailure>) -> &'static str {
    match outcome {
        Err(UpstreamFailure::Unverified { detail }) => detail,
        other => panic!("{other:?}"),
    }
}

/// The provider's server.
pub struct Idp {
    pub server: Server,
    pub issuer: String,
}

impl Idp {
    /// One that is in order, with every kind of key.
    pub fn start() -> Self {
        let server = Server::start();
        let idp = Self { issuer: server.at("/op"), server };
        idp.publish(&idp.document());
        idp.publish_keys(&[Signer::Rs256(0), Signer::Es256, Signer::EdDsa]);
        idp.give(&Signer::Rs256(0).header(), &idp.claims(), Signer::Rs256(0));
        idp
    }

    pub fn provider(&self) -> Provider {
        provider(Kind::OpenIdConnect, self.issuer.clone())
    }

    pub fn connector(&self) -> Connector {
        connector(self.provider())
    }

    pub fn document(&self) -> Value {
        json!({
            "issuer": self.issuer,
            "authorization_endpoint": self.server.at("/op/authorize"),
            "token_endpoint": self.server.at("/op/token"),
            "userinfo_endpoint": self.server.at("/op/userinfo"),
            "jwks_uri": self.server.at("/op/keys"),
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        })
    }

    pub fn publish(&self, document: &Value) {
        self.server.answer(DISCOVERY, Reply::json(document));
    }

    pub fn publish_keys(&self, keys: &[Signer]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
        self.server.answer("/op/keys", Reply::json(&json!({ "keys": keys })));
    }

    /// The claims of an ID token that is in order.
    pub fn claims(&self) -> Value {
        json!({
            "iss": self.issuer, "aud": CLIENT_ID, "sub": "248289761001", "nonce": "the-nonce",
            "iat": NOW.seconds(), "exp": NOW.seconds() + 3600,
            "email": "ada@example.com", "email_verified": true, "name": "Ada Lovelace",
        })
    }

    /// The claims with some of them changed; `null` takes one away.
    pub fn claims_but(&self, changes: &Value) -> Value {
        let mut claims = self.claims();
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                _ => claims[name] = value.clone(),
            }
        }
        claims
    }

    /// Gives this ID token for any code from now on.
    pub fn give(&self, header: &Value, claims: &Value, signer: Signer) {
        self.give_token(&signer.token(header, claims));
    }

    pub fn give_token(&self, id_token: &str) {
        let tokens = json!({ "access_token": ACCESS_TOKEN, "token_type": "Bearer", "id_token": id_token });
        self.server.answer("/op/token", Reply::json(&tokens));
    }

    /// What a visit ends with when the ID token has these changes.
    pub async fn finish_but(&self, changes: &Value) -> Result<Arrived, UpstreamFailure> {
        self.give(&Signer::Rs256(0).header(), &self.claims_but(changes), Signer::Rs256(0));
        finish(&self.connector()).await
    }
}

pub async fn finish(connector: &Connector) -> Result<Arrived, UpstreamFailure> {
    finish_at(connector, NOW).await
}

pub async fn finish_at(connector: &Connector, now: Timestamp) -> Result<Arrived, UpstreamFailure> {
    connector.finish(&arrival(), &pending(), now).await
}

/// Where somebody is sent, with its parameters.
pub async fn begin(connector: &Connector, departure: &Departure<'_>) -> (Url, Pending) {
    let (address, pending) = connector.begin(departure, NOW, &mut draw(1)).await.unwrap();
    (address.parse().unwrap(), pending)
}

pub fn parameter(address: &Url, name: &str) -> Option<String> {
    address.query_pairs().find_map(|(own, value)| (own == name).then(|| value.into_owned()))
}
