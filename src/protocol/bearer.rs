//! How an access token reaches a resource of ours, and how one is asked for (RFC 6750; with a proof: RFC 9449 §7).

use super::authorization_header::{AuthorizationHeader, NotAnAuthorization};
use super::params::Parameters;
use super::reason::{ErrorCode, Reason};
use super::resource_metadata::RESOURCE_METADATA_PATH;
use crate::base::bounds::JWT_BYTES_MAX;
use crate::base::{Issuer, Sensitive};

/// An access token as it was presented; nothing about it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentedToken {
    token: Sensitive<String>,
    scheme: Scheme,
}

/// As what a token was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// As one that whoever holds it may use (RFC 6750 §2).
    Bearer,
    /// As one that is bound to a key, which a proof beside it shows (RFC 9449 §7.1).
    Dpop,
}

impl PresentedToken {
    /// Finds the token in the `Authorization` fields or in the form of a POST (an empty `form` for other methods).
    /// In the `query` it is refused, and so are two of them.
    pub fn parse(authorization: &[&[u8]], form: &Parameters, query: &Parameters) -> Result<Self, Reason> {
        // RFC 6750 §2.3, RFC 9700 §4.3.2: addresses end up in logs and histories.
        if query.get("access_token").is_some() {
            return Err(Reason::TokenTransportRefused);
        }
        let header = AuthorizationHeader::parse(authorization).map_err(|not| match not {
            NotAnAuthorization::Repeated => Reason::TokenTransportRefused,
            NotAnAuthorization::Malformed => Reason::TokenMalformed,
        })?;
        // Another scheme is no token, so the answer only says what is needed.
        let from_header = header.map(|header| of_known_scheme(header).ok_or(Reason::TokenMissing)).transpose();
        match (from_header?, form.get("access_token")) {
            // RFC 6750 §2: one method in each request.
            (Some(_), Some(_)) => Err(Reason::TokenTransportRefused),
            (Some((scheme, token)), None) => Self::in_shape(token, scheme),
            // RFC 9449 §7.1: a token with a proof comes in the header.
            (None, Some(token)) => Self::in_shape(token, Scheme::Bearer),
            (None, None) => Err(Reason::TokenMissing),
        }
    }

    /// The token, to be verified.
    pub fn expose(&self) -> &str {
        self.token.expose()
    }

    /// As what it was presented.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    fn in_shape(token: &str, scheme: Scheme) -> Result<Self, Reason> {
        if token.len() <= JWT_BYTES_MAX && is_b64token(token) {
            Ok(Self { token: Sensitive::new(token.to_owned()), scheme })
        } else {
            Err(Reason::TokenMalformed)
        }
    }
}

fn of_known_scheme(header: AuthorizationHeader<'_>) -> Option<(Scheme, &str)> {
    let bearer = header.of_scheme("Bearer").map(|token| (Scheme::Bearer, token));
    bearer.or_else(|| header.of_scheme("DPoP").map(|token| (Scheme::Dpop, token)))
}

/// Whether the `Authorization` fields speak of a token that is bound to a key, so that the challenge is to do so, too.
pub fn is_dpop(authorization: &[&[u8]]) -> bool {
    let header = AuthorizationHeader::parse(authorization).ok().flatten();
    header.is_some_and(|header| header.of_scheme("DPoP").is_some())
}

// RFC 6750 §2.1: b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

/// What every challenge of ours begins with: where it holds, and where a client learns how to get a token (RFC 9728 §5.1).
pub(super) fn place(issuer: &Issuer) -> String {
    format!("realm=\"{issuer}\", resource_metadata=\"{}\"", issuer.at(RESOURCE_METADATA_PATH))
}

/// The `WWW-Authenticate` of an answer that refuses a token (RFC 6750 §3) where `needed_scope` is needed.
pub fn challenge(issuer: &Issuer, reason: Reason, needed_scope: &str) -> String {
    // RFC 6750 §3.1: who brought no token is only told what is needed.
    if reason == Reason::TokenMissing {
        return format!("Bearer {}", place(issuer));
    }
    let code = reason.code();
    // A description holds neither quotes nor backslashes.
    let description = reason.description();
    let place = place(issuer);
    let error = format!("Bearer {place}, error=\"{}\", error_description=\"{description}\"", code.as_str());
    if code == ErrorCode::InsufficientScope { format!("{error}, scope=\"{needed_scope}\"") } else { error }
}

/// The `WWW-Authenticate` of an answer for which the sign-in behind the token is too old (RFC 9470 §3): asking for
/// authorization again with this `max_age`, in seconds, will do.
pub fn step_up_challenge(issuer: &Issuer, max_age: i64) -> String {
    format!(
        "Bearer {}, error=\"insufficient_user_authentication\", \
         error_description=\"A more recent sign-in is needed.\", max_age=\"{max_age}\"",
        place(issuer)
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::grant::fixtures::{ISSUER, form};

    type Pairs<'a> = &'a [(&'a str, &'a str)];

    fn parse(fields: &[&[u8]], in_form: Pairs<'_>, in_query: Pairs<'_>) -> Result<String, Reason> {
        PresentedToken::parse(fields, &form(in_form), &form(in_query)).map(|token| token.expose().to_owned())
    }

    #[test]
    fn rfc6750_2_a_token_comes_in_the_header_or_in_the_form() {
        assert_eq!(parse(&[b"Bearer a.b.c"], &[], &[]).as_deref(), Ok("a.b.c"));
        assert_eq!(parse(&[b"bEARER  a.b.c"], &[], &[("other", "x")]).as_deref(), Ok("a.b.c"));
        assert_eq!(parse(&[], &[("access_token", "a.b-_~+/c==")], &[]).as_deref(), Ok("a.b-_~+/c=="));
    }

    #[test]
    fn rfc9449_7_1_the_scheme_is_told_and_its_letter_case_does_not_count() {
        for (field, scheme) in
            [(&b"Bearer a"[..], Scheme::Bearer), (b"DPoP a", Scheme::Dpop), (b"dpop a", Scheme::Dpop)]
        {
            let token = PresentedToken::parse(&[field], &form(&[]), &form(&[])).unwrap();
            assert_eq!((token.scheme(), is_dpop(&[field])), (scheme, scheme == Scheme::Dpop));
        }
        assert!(!is_dpop(&[]) && !is_dpop(&[b"DPoP"]) && !is_dpop(&[b"DPoP a", b"DPoP a"]));
    }

    #[test]
    fn res_08_two_transports_at_once_are_refused() {
        let both = parse(&[b"Bearer a"], &[("access_token", "a")], &[]);
        assert_eq!(both, Err(Reason::TokenTransportRefused));
        assert_eq!(parse(&[b"Bearer a", b"Bearer a"], &[], &[]), Err(Reason::TokenTransportRefused));
    }

    #[test]
    fn res_02_a_token_in_the_address_line_is_refused() {
        // RFC 6750 §2.3, RFC 9700 §4.3.2: a token in the query is refused.
        assert_eq!(parse(&[], &[], &[("access_token", "a")]), Err(Reason::TokenTransportRefused));
        assert_eq!(parse(&[b"Bearer a"], &[], &[("access_token", "a")]), Err(Reason::TokenTransportRefused));
    }

    #[test]
    fn res_01_no_token_and_a_malformed_one_are_401() {
        // RFC 6750 §2.1: what is no b64token is malformed. RFC 6750 §3.1: both are 401.
        assert_eq!(parse(&[], &[], &[]), Err(Reason::TokenMissing));
        assert_eq!(parse(&[b"Basic YTpi"], &[], &[]), Err(Reason::TokenMissing));
        let long = format!("Bearer {}", "a".repeat(JWT_BYTES_MAX + 1));
        for malformed in
            [&b"Bearer"[..], b"Bearer ", b"Bearer a b", b"Bearer a,b", b"Bearer ==", b"\xff", long.as_bytes()]
        {
            assert_eq!(parse(&[malformed], &[], &[]), Err(Reason::TokenMalformed));
        }
        assert_eq!((Reason::TokenMissing.status(), Reason::TokenMalformed.status()), (401, 401));
    }

    #[test]
    fn rfc6750_3_the_challenge_says_what_was_wrong() {
        let issuer = Issuer::parse(ISSUER).unwrap();
        let told = |reason| challenge(&issuer, reason, "openid");
        let place = "Bearer realm=\"https://idp.example\", \
                     resource_metadata=\"https://idp.example/.well-known/oauth-protected-resource\"";
        assert_eq!(told(Reason::TokenMissing), place);
        let expired = format!("{place}, error=\"invalid_token\", error_description=\"The access token has expired.\"");
        assert_eq!(told(Reason::TokenExpired), expired);
        assert!(told(Reason::ScopeInsufficient).ends_with("needed here.\", scope=\"openid\""));
        assert!(told(Reason::TokenTransportRefused).contains("error=\"invalid_request\""));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = parse(&[&bytes], &[], &[]);
        }
    }
}
