//! Records for the tests of this module.

use crate::base::{AccountId, Digest, Draw, Issuer, Names, RedirectUri, Scope, SessionId, Timestamp};
use crate::model::account::{Account, StandardClaims};
use crate::model::authorization_details::AuthorizationDetails;
use crate::model::authorization_request::{AuthorizationRequest, Prompts, ResponseMode, ResponseType};
use crate::model::claims_request::ClaimsRequest;
use crate::model::client::{Client, ClientMetadata, GrantType, Provenance};
use crate::model::session::{Session, SignedIn};

/// The moment of every test.
pub const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// The challenge of RFC 7636 Appendix B.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// `https://idp.example`.
pub fn issuer() -> Issuer {
    Issuer::parse("https://idp.example").unwrap()
}

/// A confidential web client with one redirect URI and the refresh grant.
pub fn client() -> Client {
    Client {
        client_id: "acme".into(),
        metadata: Box::new(ClientMetadata {
            client_name: Some("Acme".into()),
            redirect_uris: vec![RedirectUri::parse("https://app.example/cb").unwrap()],
            post_logout_redirect_uris: vec![RedirectUri::parse("https://app.example/bye").unwrap()],
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            ..ClientMetadata::default()
        }),
        secrets: Vec::new(),
        created_at: NOW,
        updated_at: NOW,
        disabled_at: None,
        provenance: Provenance::Operator,
    }
}

/// A request of [`client`] for `openid profile`.
pub fn request() -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: "acme".into(),
        redirect_uri: "https://app.example/cb".into(),
        redirect_uri_was_sent: true,
        response_type: ResponseType::Code,
        response_mode: ResponseMode::Query,
        response_alg: None,
        scope: Scope::parse("openid profile").unwrap(),
        state: Some("xyz".into()),
        nonce: Some("n-0S6_WzA2Mj".into()),
        code_challenge: Some(CHALLENGE.into()),
        prompt: Prompts::default(),
        max_age: None,
        login_hint: None,
        hinted_subject: None,
        ui_locales: None,
        acr_values: Vec::new(),
        claims: ClaimsRequest::default(),
        resources: Vec::new(),
        trace: None,
        authorization_details: AuthorizationDetails::default(),
        idp_hint: None,
        pushed: None,
        dpop_jkt: None,
    }
}

/// The `number`-th person, signed in `ago` seconds before [`NOW`].
pub fn signed_in(number: u8, ago: i64) -> SignedIn {
    let mut draw = Draw::from_seed([number; 32]);
    let account = Account {
        id: AccountId::generate(&mut draw),
        email: format!("person{number}@example.com").parse().unwrap(),
        username: None,
        email_verified_at: Some(NOW),
        password_hash: None,
        password_changed_at: None,
        generation: 0,
        claims: StandardClaims::default(),
        created_at: NOW,
        updated_at: NOW,
        disabled_at: None,
        roles: Names::none(),
        groups: Names::none(),
    };
    let auth_time = NOW.plus_seconds(-ago);
    let session = Session {
        id: SessionId::generate_at(auth_time, &mut draw),
        secret: Digest::of("secret"),
        account_id: account.id.clone(),
        auth_time,
        amr: vec!["pwd".into()],
        idp: None,
        created_at: auth_time,
        last_seen_at: auth_time,
        idle_expires_at: NOW.plus_seconds(3_600),
        expires_at: NOW.plus_seconds(36_000),
        ended_at: None,
        user_agent: None,
        ip: None,
    };
    SignedIn { session, account }
}
