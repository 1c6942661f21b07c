//! The `claims` request parameter (OpenID Connect Core §5.5): its JSON, bounded in size, depth and count.
//!
//! Which of the claims a client may have is decided in [`scope_policy`](super::scope_policy).

use std::collections::BTreeMap;

use serde_json::Value;

use super::reason::Reason;
use crate::base::bounds::{CLAIMS_DEPTH_MAX, CLAIMS_PARAMETER_BYTES_MAX, CLAIMS_REQUESTED_MAX};
use crate::model::claims_request::{ClaimsRequest, RequestedClaim};

/// Reads a `claims` parameter.
pub fn parse(text: &str) -> Result<ClaimsRequest, Reason> {
    if text.len() > CLAIMS_PARAMETER_BYTES_MAX {
        return Err(Reason::ClaimsTooMany);
    }
    let json: Value = serde_json::from_str(text).map_err(|_| Reason::ClaimsMalformed)?;
    if depth_exceeds(&json, CLAIMS_DEPTH_MAX) || !json.is_object() {
        return Err(Reason::ClaimsMalformed);
    }
    let claims = ClaimsRequest { userinfo: parse_place(&json, "userinfo")?, id_token: parse_place(&json, "id_token")? };
    if claims.userinfo.len() + claims.id_token.len() > CLAIMS_REQUESTED_MAX {
        return Err(Reason::ClaimsTooMany);
    }
    Ok(claims)
}

fn parse_place(json: &Value, place: &str) -> Result<BTreeMap<String, Option<RequestedClaim>>, Reason> {
    match json.get(place) {
        None => Ok(BTreeMap::new()),
        Some(Value::Object(claims)) => {
            claims.iter().map(|(name, wanted)| Ok((name.clone(), parse_claim(wanted)?))).collect()
        }
        Some(_) => Err(Reason::ClaimsMalformed),
    }
}

// §5.5.1: null, or an object whose unknown members are ignored.
fn parse_claim(wanted: &Value) -> Result<Option<RequestedClaim>, Reason> {
    match wanted {
        Value::Null => Ok(None),
        Value::Object(_) => serde_json::from_value(wanted.clone()).map(Some).map_err(|_| Reason::ClaimsMalformed),
        _ => Err(Reason::ClaimsMalformed),
    }
}

/// Whether a value is nested more than `left` deep.
pub(super) fn depth_exceeds(value: &Value, left: usize) -> bool {
    match value {
        Value::Array(items) => left == 0 || items.iter().any(|item| depth_exceeds(item, left - 1)),
        Value::Object(members) => left == 0 || members.values().any(|member| depth_exceeds(member, left - 1)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn core_5_5_the_example_of_the_specification_is_read() {
        let claims = parse(
            r#"{"userinfo":{"given_name":{"essential":true},"nickname":null,"http://example.info/claims/groups":null},
                "id_token":{"auth_time":{"essential":true},"acr":{"values":["urn:mace:incommon:iap:silver"]}},
                "unheard_of":[1]}"#,
        )
        .unwrap();
        assert_eq!(claims.userinfo.len(), 3);
        assert_eq!(claims.userinfo["nickname"], None);
        assert!(claims.userinfo["given_name"].as_ref().is_some_and(|claim| claim.essential));
        assert_eq!(claims.id_token["acr"].as_ref().unwrap().values.as_ref().unwrap().len(), 1);
    }

    #[test]
    fn core_5_5_1_unknown_members_of_a_claim_are_ignored() {
        assert!(parse(r#"{"userinfo":{"name":{"purpose":"greeting"}}}"#).is_ok());
        assert!(parse("{}").unwrap().is_empty());
    }

    #[test]
    fn aut_22_anything_but_the_specified_json_is_refused() {
        for malformed in [
            "",
            "null",
            "[]",
            "\"x\"",
            "{",
            "{}{}",
            r#"[{"name":null},{}]"#,
            r#"{"userinfo":null}"#,
            r#"{"userinfo":[]}"#,
            r#"{"userinfo":{"name":true}}"#,
            r#"{"userinfo":{"name":[true]}}"#,
            r#"{"userinfo":{"name":{"essential":"yes"}}}"#,
            r#"{"userinfo":{"name":{"values":"x"}}}"#,
            r#"{"userinfo":{"name":{"value":1e999}}}"#,
        ] {
            assert_eq!(parse(malformed), Err(Reason::ClaimsMalformed), "{malformed}");
        }
    }

    #[test]
    fn aut_22_nested_json_and_thousands_of_claims_end_quickly() {
        let nested = format!(r#"{{"userinfo":{{"a":{{"value":{}1{}}}}}}}"#, "[".repeat(60), "]".repeat(60));
        assert_eq!(parse(&nested), Err(Reason::ClaimsMalformed));
        let deep = format!("{}{}", r#"{"a":"#.repeat(1_000), "1");
        assert_eq!(parse(&deep), Err(Reason::ClaimsMalformed));
        let names = |count| {
            let members: Vec<_> = (0..count).map(|index| format!("\"c{index}\":null")).collect();
            format!(r#"{{"userinfo":{{{}}}}}"#, members.join(","))
        };
        assert!(parse(&names(CLAIMS_REQUESTED_MAX)).is_ok());
        assert_eq!(parse(&names(CLAIMS_REQUESTED_MAX + 1)), Err(Reason::ClaimsTooMany));
        assert_eq!(parse(&names(3_000)), Err(Reason::ClaimsTooMany));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[\\[\\]{}\",:a-z0-9 ]{0,100}") {
            let _ = parse(&text);
        }
    }
}
