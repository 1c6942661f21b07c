//! ID tokens (OpenID Connect Core §2): that a person has signed in, told to one client.
//!
//! What the scopes bring belongs in userinfo and is here only for clients set so, or when asked for by the `claims`
//! parameter. Signing, and the hash that binds the access token, happen in `jose`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::access_token::{GrantSnapshot, random_jti};
use super::standard_claims::claims_of;
use super::token_policy::TokenContext;
use crate::base::{Draw, Scope};
use crate::model::key::SigningAlgorithm;

/// The claims of an ID token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// The issuer.
    pub iss: String,
    /// The person.
    pub sub: String,
    /// The client it is for, and no other.
    pub aud: String,
    /// The client that asked: the same.
    pub azp: String,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// When the person had signed in, in seconds since 1970. It is always there, so that nobody has to ask.
    pub auth_time: i64,
    /// The nonce of the authorization request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The authentication context reached, when one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// How the person had signed in (RFC 8176).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The hash of the access token beside it (§3.1.3.6): set when that has been signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// The session (Front- and Back-Channel Logout).
    pub sid: String,
    /// Its own name.
    pub jti: String,
    /// Claims about the person.
    #[serde(flatten)]
    pub person: Map<String, Value>,
}

/// An ID token that lacks its signature; its `typ` is `JWT`.
#[derive(Debug, Clone, PartialEq)]
pub struct UnsignedIdToken {
    /// What it says.
    pub claims: IdTokenClaims,
    /// How it is to be signed.
    pub alg: SigningAlgorithm,
}

impl UnsignedIdToken {
    /// The ID token that answers a code (§3.1.3.6), with the request's nonce.
    pub fn for_code(granted: GrantSnapshot<'_>, scope: &Scope, context: &TokenContext<'_>, draw: &mut Draw) -> Self {
        let mut token = Self::for_refresh(granted, scope, context, draw);
        token.claims.nonce.clone_from(&granted.grant.nonce);
        token
    }

    /// The ID token that answers a refresh.
    // §12.2: iss, sub, aud, azp and auth_time are those of the first one, iat is new, and there is no nonce.
    pub fn for_refresh(granted: GrantSnapshot<'_>, scope: &Scope, context: &TokenContext<'_>, draw: &mut Draw) -> Self {
        let TokenContext { policy, client, now, .. } = context;
        let GrantSnapshot { grant, account } = granted;
        let brought = if client.metadata.doorward.claims_in_id_token { scope } else { &Scope::empty() };
        let claims = IdTokenClaims {
            iss: policy.issuer.as_str().to_owned(),
            sub: grant.account_id.as_str().to_owned(),
            aud: client.client_id.clone(),
            azp: client.client_id.clone(),
            exp: policy.id_token_end(*now).seconds(),
            iat: now.seconds(),
            auth_time: grant.auth_time.seconds(),
            nonce: None,
            acr: grant.acr.clone(),
            amr: grant.amr.clone(),
            at_hash: None,
            sid: grant.session_id.as_str().to_owned(),
            jti: random_jti(draw),
            person: claims_of(account, brought, &grant.claims.id_token, &client.metadata.scope),
        };
        Self { claims, alg: client.metadata.id_token_signed_response_alg }
    }
}
