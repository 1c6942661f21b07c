//! Records to decide on in tests: one client, one person with every claim filled, and what passed between them.

use crate::base::{
    AccountId, Digest, Draw, GrantId, Issuer, Names, OpaqueToken, Scope, Sensitive, SessionId, Timestamp, TokenKind,
};
use crate::model::account::{Account, Address, StandardClaims};
use crate::model::audit::Origin;
use crate::model::authorization_details::AuthorizationDetails;
use crate::model::claims_request::ClaimsRequest;
use crate::model::client::{AuthMethod, Client, ClientMetadata, ClientSecret, GrantType, Provenance};
use crate::model::grant::{AuthorizationCode, Grant};
use crate::model::key::SigningAlgorithm;
use crate::protocol::access_token::{AccessTokenClaims, AccessTokenSnapshot, GrantSnapshot, UnsignedAccessToken};
use crate::protocol::params::Parameters;
use crate::protocol::subject::Subjects;
use crate::protocol::token_policy::{TokenContext, TokenPolicy};

pub const ISSUER: &str = "https://idp.example";
pub const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
pub const REDIRECT_URI: &str = "https://app.example/cb";
pub const API: &str = "https://api.example";
pub const SECRET: &str = "a secret with + and / and 100% ä";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub fn draw(seed: u8) -> Draw {
    Draw::from_seed([seed; 32])
}

pub fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

pub fn form(pairs: &[(&str, &str)]) -> Parameters {
    let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    Parameters::parse(encoded.as_bytes()).unwrap()
}

pub fn policy() -> TokenPolicy {
    TokenPolicy {
        issuer: Issuer::parse(ISSUER).unwrap(),
        access_token_seconds: 600,
        access_token_alg: SigningAlgorithm::ES256,
        id_token_seconds: 600,
        refresh_idle_seconds: 1_000,
        refresh_grace_seconds: 30,
        subjects: Subjects::new(Sensitive::new([5; 32])),
    }
}

pub fn client(client_id: &str) -> Client {
    let mut metadata = ClientMetadata {
        grant_types: GrantType::ALL.to_vec(),
        token_endpoint_auth_method: AuthMethod::ClientSecretBasic,
        scope: scope("openid profile email address phone offline_access reports:read"),
        ..ClientMetadata::default()
    };
    metadata.doorward.resources = vec![API.to_owned()];
    Client {
        client_id: client_id.to_owned(),
        metadata: Box::new(metadata),
        secrets: vec![secret(SECRET, None)],
        created_at: NOW,
        updated_at: NOW,
        disabled_at: None,
        provenance: Provenance::Operator,
    }
}

pub fn secret(text: &str, expires_at: Option<Timestamp>) -> ClientSecret {
    ClientSecret { digest: Digest::of(text), created_at: NOW, expires_at, sealed: None }
}

pub fn account() -> Account {
    let text = |text: &str| Some(text.to_owned());
    Account {
        id: AccountId::generate(&mut draw(1)),
        email: "ada@example.com".parse().unwrap(),
        username: None,
        email_verified_at: Some(NOW),
        password_hash: None,
        password_changed_at: None,
        generation: 0,
        claims: StandardClaims {
            name: text("Ada King"),
            given_name: text("Ada"),
            family_name: text("King"),
            middle_name: text("Augusta"),
            nickname: text("Countess"),
            preferred_username: text("ada"),
            profile: text("https://ada.example/"),
            picture: text("https://ada.example/ada.png"),
            website: text("https://ada.example/web"),
            gender: text("female"),
            birthdate: text("1815-12-10"),
            zoneinfo: text("Europe/London"),
            locale: text("en-GB"),
            phone_number: text("+442079460000"),
            phone_number_verified: true,
            address: Some(Address { locality: text("London"), region: text(""), ..Address::default() }),
        },
        created_at: NOW,
        updated_at: NOW.plus_seconds(-5),
        disabled_at: None,
        roles: Names::of(["editor", "staff"]).unwrap(),
        groups: Names::of(["london"]).unwrap(),
    }
}

/// A client, a person, a grant between them and the settings.
pub struct World {
    pub policy: TokenPolicy,
    pub client: Client,
    pub account: Account,
    pub grant: Grant,
    pub origin: Origin,
}

impl World {
    /// Granted was `granted`, ten seconds ago, for 10,000 seconds.
    pub fn with_scope(granted: &str) -> Self {
        let (client, account) = (client("app"), account());
        let grant = Grant {
            id: GrantId::generate_at(NOW, &mut draw(2)),
            client_id: client.client_id.clone(),
            account_id: account.id.clone(),
            session_id: SessionId::generate_at(NOW, &mut draw(3)),
            sid: SessionId::generate_at(NOW, &mut draw(3)),
            via: GrantType::AuthorizationCode,
            scope: scope(granted),
            claims: ClaimsRequest::default(),
            nonce: Some("n-0S6".to_owned()),
            resources: Vec::new(),
            authorization_details: AuthorizationDetails::default(),
            auth_time: NOW.plus_seconds(-100),
            amr: vec!["pwd".to_owned()],
            idp: None,
            acr: None,
            created_at: NOW.plus_seconds(-10),
            expires_at: NOW.plus_seconds(10_000),
            revoked_at: None,
            confirmation: None,
        };
        let origin = Origin { ip: Some("192.0.2.1".to_owned()), request_id: "request-1".to_owned() };
        Self { policy: policy(), client, account, grant, origin }
    }

    pub fn context(&self) -> TokenContext<'_> {
        self.context_at(NOW)
    }

    pub fn context_at(&self, now: Timestamp) -> TokenContext<'_> {
        self.context_of(&self.client, now)
    }

    pub fn context_of<'a>(&'a self, client: &'a Client, now: Timestamp) -> TokenContext<'a> {
        TokenContext { policy: &self.policy, client, now, origin: &self.origin, confirmation: None }
    }

    pub fn granted(&self) -> GrantSnapshot<'_> {
        GrantSnapshot { grant: &self.grant, account: &self.account }
    }

    /// What the store knows about an access token on the grant.
    pub fn token_snapshot(&self) -> AccessTokenSnapshot<'_> {
        AccessTokenSnapshot { client: Some(&self.client), grant: Some(self.granted()), is_revoked: false }
    }

    /// An access token on the grant, for ourselves.
    pub fn access_token(&self) -> AccessTokenClaims {
        self.access_token_for(&[ISSUER])
    }

    pub fn access_token_for(&self, audience: &[&str]) -> AccessTokenClaims {
        let audience = audience.iter().map(ToString::to_string).collect();
        UnsignedAccessToken::for_person(
            self.granted(),
            self.grant.scope.clone(),
            audience,
            &self.context(),
            &mut draw(4),
        )
        .claims
    }

    /// An access token of the client for itself.
    pub fn machine_token(&self) -> AccessTokenClaims {
        UnsignedAccessToken::for_client(scope("reports:read"), vec![API.to_owned()], &self.context(), &mut draw(5))
            .claims
    }

    /// A fresh code on the grant, with a challenge, and how it looks to the client.
    pub fn code(&self) -> (AuthorizationCode, OpaqueToken) {
        let token = OpaqueToken::generate(TokenKind::AuthorizationCode, &mut draw(6));
        let code = AuthorizationCode {
            digest: token.digest(),
            grant_id: self.grant.id.clone(),
            redirect_uri: REDIRECT_URI.to_owned(),
            redirect_uri_was_sent: true,
            code_challenge: Some(Digest::of(VERIFIER).as_str().to_owned()),
            dpop_jkt: None,
            failures: 0,
            created_at: NOW.plus_seconds(-10),
            expires_at: NOW.plus_seconds(50),
            consumed_at: None,
        };
        (code, token)
    }
}
