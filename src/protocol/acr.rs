//! Authentication contexts: which there are, which a sign-in reaches and which a request cannot do without
//! (OpenID Connect Core §2 and §5.5.1.1).

use serde_json::Value;

use crate::model::authorization_request::AuthorizationRequest;
use crate::model::claims_request::RequestedClaim;

/// The contexts that can be reached, weakest first. `1` is one factor, a password or a mailed code: level 1 of
/// ISO/IEC 29115.
pub const SUPPORTED: [&str; 1] = ["1"];

/// The context of a sign-in. Every way to sign in is one factor.
pub const fn reached() -> &'static str {
    SUPPORTED[0]
}

/// Whether the answer says which context was reached: only when somebody asked.
pub fn is_asked_for(request: &AuthorizationRequest) -> bool {
    !request.acr_values.is_empty() || request.claims.id_token.contains_key("acr")
}

// OpenID Connect Core §5.5.1.1: an acr that is essential and asked for by value must be reached or the request fails;
// acr_values and voluntary claims are wishes.
/// Whether the request cannot do without a context that no sign-in here reaches.
pub fn is_out_of_reach(request: &AuthorizationRequest) -> bool {
    match request.claims.id_token.get("acr") {
        Some(Some(claim)) if claim.essential => {
            let mut wanted = wanted_values(claim).peekable();
            wanted.peek().is_some() && !wanted.any(|value| value.as_str().is_some_and(|text| SUPPORTED.contains(&text)))
        }
        _ => false,
    }
}

fn wanted_values(claim: &RequestedClaim) -> impl Iterator<Item = &Value> {
    claim.value.iter().chain(claim.values.iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{claims_parameter, samples};

    fn request(claims: &str) -> AuthorizationRequest {
        AuthorizationRequest { claims: claims_parameter::parse(claims).unwrap(), ..samples::request() }
    }

    #[test]
    fn core_5_5_1_1_an_essential_context_must_be_reachable() {
        for out_of_reach in [
            r#"{"id_token":{"acr":{"essential":true,"value":"gold"}}}"#,
            r#"{"id_token":{"acr":{"essential":true,"values":["gold","silver"]}}}"#,
            r#"{"id_token":{"acr":{"essential":true,"values":[1]}}}"#,
        ] {
            assert!(is_out_of_reach(&request(out_of_reach)), "{out_of_reach}");
        }
        for within in [
            r#"{"id_token":{"acr":{"essential":true,"values":["gold","1"]}}}"#,
            r#"{"id_token":{"acr":{"essential":true}}}"#,
            r#"{"id_token":{"acr":{"values":["gold"]}}}"#,
            r#"{"id_token":{"acr":null}}"#,
            r#"{"userinfo":{"acr":{"essential":true,"value":"gold"}}}"#,
            "{}",
        ] {
            assert!(!is_out_of_reach(&request(within)), "{within}");
        }
    }

    #[test]
    fn core_3_1_2_1_the_context_is_told_when_asked_for() {
        assert!(!is_asked_for(&samples::request()));
        assert!(is_asked_for(&request(r#"{"id_token":{"acr":null}}"#)));
        assert!(is_asked_for(&AuthorizationRequest { acr_values: vec!["gold".into()], ..samples::request() }));
    }
}
