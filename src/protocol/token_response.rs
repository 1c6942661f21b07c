//! The successful answer of the token endpoint (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).

use serde::Serialize;

use super::access_token::UnsignedAccessToken;
use super::confirmation::token_type;
use super::id_token::UnsignedIdToken;
use crate::base::{OpaqueToken, Scope};
use crate::model::authorization_details::AuthorizationDetails;

/// What is to be signed, and then sent when the writes have been done.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenIssue {
    /// The access token.
    pub access_token: UnsignedAccessToken,
    /// The ID token; its `at_hash` can be set once the access token is signed.
    pub id_token: Option<UnsignedIdToken>,
    /// The refresh token.
    pub refresh_token: Option<OpaqueToken>,
}

/// The members of the answer.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// What kind of token it is, when it was exchanged (RFC 8693 §2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<&'static str>,
    /// `Bearer` (RFC 6750), or `DPoP` for one that is bound to a key (RFC 9449 §5).
    pub token_type: &'static str,
    /// The access token's life in seconds.
    pub expires_in: i64,
    /// The refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// What the access token allows. It is always told, so it is also told when it differs from what was asked for.
    #[serde(skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// What exactly it allows (RFC 9396 §7).
    #[serde(skip_serializing_if = "AuthorizationDetails::is_empty")]
    pub authorization_details: AuthorizationDetails,
    /// The ID token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
}

impl TokenIssue {
    /// The answer, with both tokens signed.
    pub fn into_response(self, access_token: String, id_token: Option<String>) -> TokenResponse {
        TokenResponse {
            access_token,
            issued_token_type: None,
            token_type: token_type(self.access_token.claims.cnf.as_ref()),
            expires_in: self.access_token.expires_in(),
            refresh_token: self.refresh_token.map(|token| token.expose().to_owned()),
            scope: self.access_token.claims.scope,
            authorization_details: self.access_token.claims.authorization_details,
            id_token,
        }
    }
}

impl std::fmt::Debug for TokenResponse {
    // LOG-02: the members are secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenResponse").field("scope", &self.scope).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::TokenKind;
    use crate::protocol::grant::fixtures::{API, ISSUER, World, draw, scope};

    #[test]
    fn rfc6749_5_1_the_answer_has_these_members_and_numbers_are_numbers() {
        let world = World::with_scope("openid email");
        let (context, granted, mut draw) = (world.context(), world.granted(), draw(1));
        let audience = vec![ISSUER.to_owned()];
        let refresh_token = OpaqueToken::generate(TokenKind::RefreshToken, &mut draw);
        let text = refresh_token.expose().to_owned();
        let wanted = scope("openid email");
        let issue = TokenIssue {
            id_token: Some(UnsignedIdToken::for_code(granted, &wanted, &context, &mut draw)),
            access_token: UnsignedAccessToken::for_person(world.granted(), wanted, audience, &context, &mut draw),
            refresh_token: Some(refresh_token),
        };
        let response = issue.into_response("a.b.c".to_owned(), Some("d.e.f".to_owned()));
        let expected = json!({
            "access_token": "a.b.c",
            "token_type": "Bearer",
            "expires_in": 600,
            "refresh_token": text,
            "scope": "openid email",
            "id_token": "d.e.f",
        });
        assert_eq!(serde_json::to_value(&response).unwrap(), expected);
        assert!(!format!("{response:?}").contains("a.b.c"));
    }

    #[test]
    fn what_there_is_not_is_left_out() {
        let world = World::with_scope("openid");
        let audience = vec![API.to_owned()];
        let access_token = UnsignedAccessToken::for_client(scope(""), audience, &world.context(), &mut draw(1));
        let issue = TokenIssue { access_token, id_token: None, refresh_token: None };
        let expected = json!({"access_token": "a.b.c", "token_type": "Bearer", "expires_in": 600});
        assert_eq!(serde_json::to_value(issue.into_response("a.b.c".to_owned(), None)).unwrap(), expected);
    }
}
