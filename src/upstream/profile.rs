//! What a provider says about a person, as far as it is taken over: names, picture, language. Texts that could deceive
//! or that are out of bounds are left out.
//!
//! OpenID Connect Core §5.1.

use serde_json::{Map, Value};

use crate::identity::profile::{is_well_formed, longest};
use crate::model::account::StandardClaims;

/// The claim of this name, if it is fit to be kept.
pub(super) fn claim(claims: &Map<String, Value>, name: &str) -> Option<String> {
    fit(name, claims.get(name)?.as_str()?)
}

/// `text` as a value of the claim `name`, if it is fit to be kept.
pub(super) fn fit(name: &str, text: &str) -> Option<String> {
    let text = text.trim();
    let is_fit = !text.is_empty() && text.chars().count() <= longest(name) && is_well_formed(name, text);
    is_fit.then(|| text.to_owned())
}

// 3.20: no more than that.
/// The claims of an ID token or of userinfo.
pub(super) fn standard_claims(claims: &Map<String, Value>) -> StandardClaims {
    StandardClaims {
        name: claim(claims, "name"),
        given_name: claim(claims, "given_name"),
        family_name: claim(claims, "family_name"),
        middle_name: claim(claims, "middle_name"),
        nickname: claim(claims, "nickname"),
        preferred_username: claim(claims, "preferred_username"),
        picture: claim(claims, "picture"),
        locale: claim(claims, "locale"),
        ..StandardClaims::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fed_3_20_only_what_is_fit_is_taken() {
        let claims = serde_json::json!({
            "name": "  Ada Lovelace ", "given_name": "Ada\u{202e}", "family_name": 7, "nickname": "x".repeat(1000),
            "picture": "javascript:alert(1)", "locale": "en-GB", "phone_number": "+44 20 0000", "birthdate": "1815",
            "email": "ada@example.com", "preferred_username": "",
        });
        let taken = standard_claims(claims.as_object().unwrap());
        let name = Some("Ada Lovelace".to_owned());
        assert_eq!(taken, StandardClaims { name, locale: Some("en-GB".to_owned()), ..StandardClaims::default() });
    }
}
