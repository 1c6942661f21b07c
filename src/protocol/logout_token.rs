//! Logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4): that a session ended, told to one client. Signing happens in
//! `jose`, sending in `worker`.

use serde::Serialize;
use serde_json::{Value, json};

use super::access_token::random_jti;
use crate::base::bounds::LOGOUT_TOKEN_SECONDS;
use crate::base::{Draw, Issuer, Timestamp};
use crate::model::logout::LogoutDelivery;

/// The one event there is.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The claims of a logout token. There is no nonce among them, so that it cannot pass for an ID token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogoutTokenClaims {
    /// The issuer.
    pub iss: String,
    /// The person, as the client knows them.
    pub sub: String,
    /// The client it is for, and no other.
    pub aud: String,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// Its own name, another one at every attempt.
    pub jti: String,
    /// The session, as the client knows it.
    pub sid: String,
    /// What happened.
    pub events: Value,
}

impl LogoutTokenClaims {
    /// What one attempt at `delivery` says about the person whom its client knows as `sub`.
    pub fn of(delivery: &LogoutDelivery, sub: String, issuer: &Issuer, now: Timestamp, draw: &mut Draw) -> Self {
        Self {
            iss: issuer.as_str().to_owned(),
            sub,
            aud: delivery.client_id.clone(),
            iat: now.seconds(),
            exp: now.plus_seconds(LOGOUT_TOKEN_SECONDS).seconds(),
            jti: random_jti(draw),
            sid: delivery.sid.clone(),
            events: json!({ EVENT: {} }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::samples::{self, NOW};

    #[test]
    fn out_07_a_logout_token_says_this_and_nothing_else() {
        let delivery = LogoutDelivery {
            client_id: "acme".into(),
            sid: "s1".into(),
            account: "a1".into(),
            uri: "https://app.example/bye".into(),
            created_at: NOW,
            next_attempt_at: None,
            attempts: 1,
            delivered_at: None,
            failed_at: None,
            last_status: None,
        };
        let mut draw = Draw::from_seed([1; 32]);
        let claims = LogoutTokenClaims::of(&delivery, "u1".into(), &samples::issuer(), NOW, &mut draw);
        let expected = json!({
            "iss": "https://idp.example",
            "sub": "u1",
            "aud": "acme",
            "iat": NOW.seconds(),
            "exp": NOW.seconds() + 120,
            "jti": claims.jti,
            "sid": "s1",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        });
        assert_eq!(serde_json::to_value(&claims).unwrap(), expected);
        assert_ne!(LogoutTokenClaims::of(&delivery, "u1".into(), &samples::issuer(), NOW, &mut draw).jti, claims.jti);
    }
}
