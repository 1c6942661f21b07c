//! What tokens are bound to, and whether whoever brings one proves it (RFC 9449 §6, RFC 8705 §3).

use super::access_token::AccessTokenClaims;
use super::bearer::Scheme;
use super::reason::Reason;
use crate::model::client::{Client, Profile};
use crate::model::grant::{Confirmation, Grant};

/// Whether a token may be made for `client`, which proved `confirmation` with its request: a client that is registered
/// for bound tokens gets no others.
pub fn check_demanded(client: &Client, confirmation: Option<&Confirmation>) -> Result<(), Reason> {
    if confirmation.is_some() {
        return Ok(());
    }
    if client.metadata.tls_client_certificate_bound_access_tokens {
        return Err(Reason::CertificateNeeded);
    }
    // FAPI 2.0 Security Profile §5.3.2.1: sender-constrained access tokens only.
    if client.metadata.dpop_bound_access_tokens || client.keeps(Profile::Fapi2) {
        return Err(Reason::DpopProofNeeded);
    }
    Ok(())
}

/// Whether a code that was asked for with the key `dpop_jkt` is redeemed with that key (RFC 9449 §10).
pub fn check_code(dpop_jkt: Option<&str>, proven: Option<&Confirmation>) -> Result<(), Reason> {
    match (dpop_jkt, proven) {
        (None, _) => Ok(()),
        (Some(asked), Some(Confirmation::DpopKey(jkt))) if asked == jkt => Ok(()),
        (Some(_), _) => Err(Reason::CodeOfAnotherKey),
    }
}

/// Whether the refresh tokens of `grant` are used with what they are bound to.
pub fn check_refresh(grant: &Grant, proven: Option<&Confirmation>) -> Result<(), Reason> {
    match &grant.confirmation {
        Some(bound) if proven != Some(bound) => Err(Reason::RefreshOfAnotherKey),
        _ => Ok(()),
    }
}

/// What the refresh tokens of a grant are bound to from its first redemption on.
// RFC 9449 §5, RFC 8705 §4: those of clients that authenticate are bound to that already.
pub fn of_refresh_tokens(client: &Client, proven: Option<&Confirmation>) -> Option<Confirmation> {
    if client.is_confidential() { None } else { proven.cloned() }
}

/// Whether an access token may come under `scheme`; what it is bound to has to be proven besides.
// RFC 9449 §7.1, §7.2: a token that is bound to a key is no bearer token, and the reverse.
pub fn check_scheme(token: &AccessTokenClaims, scheme: Scheme) -> Result<(), Reason> {
    let expected = match &token.cnf {
        Some(Confirmation::DpopKey(_)) => Scheme::Dpop,
        Some(Confirmation::Certificate(_)) | None => Scheme::Bearer,
    };
    if scheme == expected { Ok(()) } else { Err(Reason::TokenSchemeWrong) }
}

/// Whether the access token's confirmation is the one that was proven.
pub fn check_token(token: &AccessTokenClaims, proven: Option<&Confirmation>) -> Result<(), Reason> {
    match &token.cnf {
        Some(bound) if proven != Some(bound) => Err(Reason::TokenOfAnotherKey),
        _ => Ok(()),
    }
}

/// The `token_type` of a token with this confirmation (RFC 6750 §4, RFC 9449 §5).
pub const fn token_type(confirmation: Option<&Confirmation>) -> &'static str {
    match confirmation {
        Some(Confirmation::DpopKey(_)) => "DPoP",
        Some(Confirmation::Certificate(_)) | None => "Bearer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::client::AuthMethod;
    use crate::protocol::grant::fixtures::{World, client};

    fn key(text: &str) -> Confirmation {
        Confirmation::DpopKey(text.to_owned())
    }

    fn certificate(text: &str) -> Confirmation {
        Confirmation::Certificate(text.to_owned())
    }

    #[test]
    fn who_is_registered_for_bound_tokens_gets_no_others() {
        let mut app = client("app");
        assert_eq!(check_demanded(&app, None), Ok(()));
        app.metadata.dpop_bound_access_tokens = true;
        assert_eq!(check_demanded(&app, None), Err(Reason::DpopProofNeeded));
        assert_eq!(check_demanded(&app, Some(&key("a"))), Ok(()));
        app.metadata.dpop_bound_access_tokens = false;
        app.metadata.doorward.profile = Some(Profile::Fapi2);
        assert_eq!(check_demanded(&app, None), Err(Reason::DpopProofNeeded));
        app.metadata.tls_client_certificate_bound_access_tokens = true;
        assert_eq!(check_demanded(&app, None), Err(Reason::CertificateNeeded));
        assert_eq!(check_demanded(&app, Some(&certificate("a"))), Ok(()));
    }

    #[test]
    fn rfc9449_10_a_code_is_bound_to_the_key_it_was_asked_for_with() {
        assert_eq!(check_code(None, None), Ok(()));
        assert_eq!(check_code(None, Some(&key("a"))), Ok(()));
        assert_eq!(check_code(Some("a"), Some(&key("a"))), Ok(()));
        for proven in [None, Some(key("b")), Some(certificate("a"))] {
            assert_eq!(check_code(Some("a"), proven.as_ref()), Err(Reason::CodeOfAnotherKey), "{proven:?}");
        }
    }

    #[test]
    fn rfc9449_5_refresh_tokens_of_public_clients_are_bound_and_those_of_others_are_not() {
        let mut world = World::with_scope("openid");
        assert_eq!(of_refresh_tokens(&world.client, Some(&key("a"))), None);
        world.client.metadata.token_endpoint_auth_method = AuthMethod::None;
        assert_eq!(of_refresh_tokens(&world.client, Some(&key("a"))), Some(key("a")));
        // RFC 8705 §4: to a certificate likewise.
        assert_eq!(of_refresh_tokens(&world.client, Some(&certificate("a"))), Some(certificate("a")));
        assert_eq!(check_refresh(&world.grant, Some(&key("b"))), Ok(()));
        world.grant.confirmation = Some(key("a"));
        assert_eq!(check_refresh(&world.grant, Some(&key("a"))), Ok(()));
        for proven in [None, Some(key("b")), Some(certificate("a"))] {
            assert_eq!(check_refresh(&world.grant, proven.as_ref()), Err(Reason::RefreshOfAnotherKey), "{proven:?}");
        }
    }

    #[test]
    fn rfc9449_7_2_a_bound_token_is_no_bearer_token_and_the_reverse() {
        let mut token = World::with_scope("openid").access_token();
        assert_eq!(check_scheme(&token, Scheme::Bearer), Ok(()));
        assert_eq!(check_scheme(&token, Scheme::Dpop), Err(Reason::TokenSchemeWrong));
        token.cnf = Some(certificate("a"));
        assert_eq!(check_scheme(&token, Scheme::Bearer), Ok(()));
        token.cnf = Some(key("a"));
        assert_eq!(check_scheme(&token, Scheme::Bearer), Err(Reason::TokenSchemeWrong));
        assert_eq!(check_scheme(&token, Scheme::Dpop), Ok(()));
        assert_eq!(check_token(&token, Some(&key("a"))), Ok(()));
        assert_eq!(check_token(&token, Some(&key("b"))), Err(Reason::TokenOfAnotherKey));
        assert_eq!(check_token(&token, None), Err(Reason::TokenOfAnotherKey));
        assert_eq!(token_type(token.cnf.as_ref()), "DPoP");
    }
}
