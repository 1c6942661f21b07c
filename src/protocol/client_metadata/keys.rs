//! A client's public keys: by value or by address (RFC 7591 §2). Whether each of them is sound is judged where keys are
//! read.

use serde_json::Value;

use super::{Found, Problem, is_web_address};
use crate::base::bounds::CLIENT_KEYS_MAX;
use crate::model::client::ClientMetadata;

pub(super) fn check(found: &mut Found, metadata: &ClientMetadata) {
    // DCR-09, RFC 7591 §2: one of the two.
    found.check("jwks_uri", metadata.jwks.is_none() || metadata.jwks_uri.is_none(), Problem::KeysTwice);
    found.check("jwks_uri", metadata.jwks_uri.as_deref().is_none_or(is_web_address), Problem::WebAddress);
    found.check("jwks", metadata.jwks.as_ref().is_none_or(is_set), Problem::KeySet);
}

fn is_set(set: &Value) -> bool {
    let keys = set.get("keys").and_then(Value::as_array);
    keys.is_some_and(|keys| keys.len() <= CLIENT_KEYS_MAX && keys.iter().all(Value::is_object))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{one, wrong};
    use super::*;

    #[test]
    fn dcr_09_keys_come_by_value_or_by_address() {
        let both = wrong(|own| {
            own.jwks = Some(json!({ "keys": [] }));
            own.jwks_uri = Some("https://app.example/jwks".into());
        });
        assert_eq!(both, one("jwks_uri", Problem::KeysTwice));
        let inside = wrong(|own| own.jwks_uri = Some("http://app.example/jwks".into()));
        assert_eq!(inside, one("jwks_uri", Problem::WebAddress));
        for set in [json!([]), json!({"keys": {}}), json!({"keys": ["x"]}), json!({"keys": vec![json!({}); 100]})] {
            assert_eq!(wrong(|own| own.jwks = Some(set)), one("jwks", Problem::KeySet));
        }
    }
}
