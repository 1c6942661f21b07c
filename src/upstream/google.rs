//! What Google does differently from OpenID Connect: for whom its word about a mailbox counts, and Workspace domains.

use serde_json::{Map, Value};

use super::Provider;
use super::openid_connect;
use crate::model::upstream::Mailbox;

const OWN_MAIL_DOMAIN: &str = "gmail.com";

/// Parameters of Google's own.
pub(super) fn parameters(provider: &Provider) -> Vec<(&'static str, &str)> {
    let mut parameters = Vec::new();
    // 2.5: only a hint to its page; who may come is decided by the signed claim.
    match provider.restrictions.hosted_domains.as_slice() {
        [] => {}
        [domain] => parameters.push(("hd", domain.as_str())),
        _ => parameters.push(("hd", "*")),
    }
    // 2.6: a refresh token is only of use to whoever keeps it.
    if provider.keeps_tokens {
        parameters.push(("access_type", "offline"));
    }
    parameters
}

/// The Workspace domain that Google signed for, in small letters; people of their own have none.
pub(super) fn hosted_domain(signed: &Map<String, Value>) -> Option<String> {
    let domain = signed.get("hd").and_then(Value::as_str)?;
    (!domain.is_empty()).then(|| domain.to_ascii_lowercase())
}

// 2.4: Google is authoritative for its own mailboxes and those of Workspaces. Any other address was confirmed once and
// may have changed hands since.
/// The mailbox.
pub(super) fn mailbox(told: &Map<String, Value>, hosted_domain: Option<&str>) -> Mailbox {
    match openid_connect::mailbox(told, true) {
        Mailbox::Proven(address) if hosted_domain.is_none() && address.domain() != OWN_MAIL_DOMAIN => {
            Mailbox::Claimed(address)
        }
        mailbox => mailbox,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn mailbox_of(email: &str, verified: bool, hd: Option<&str>) -> Mailbox {
        let told = json!({ "email": email, "email_verified": verified });
        mailbox(told.as_object().unwrap(), hd)
    }

    #[test]
    fn fed_2_4_google_speaks_for_its_own_and_for_workspaces_only() {
        assert!(mailbox_of("ada@gmail.com", true, None).is_proven());
        assert!(mailbox_of("ada@example.com", true, Some("example.com")).is_proven());
        // 2.5: secondary domains of a Workspace differ from `hd`.
        assert!(mailbox_of("ada@example.net", true, Some("example.com")).is_proven());
        for claimed in [
            mailbox_of("ada@example.com", true, None),
            mailbox_of("ada@gmail.com", false, None),
            mailbox_of("ada@example.com", false, Some("example.com")),
            mailbox_of("ada@notgmail.com", true, None),
            mailbox_of("ada@gmail.com.example.net", true, None),
        ] {
            assert!(matches!(claimed, Mailbox::Claimed(_)), "{claimed:?}");
        }
    }

    #[test]
    fn fed_2_12_dots_of_gmail_are_kept() {
        assert_ne!(mailbox_of("a.da@gmail.com", true, None), mailbox_of("ada@gmail.com", true, None));
    }

    #[test]
    fn fed_2_5_a_consumer_has_no_hosted_domain() {
        let hd = |claims: Value| hosted_domain(claims.as_object().unwrap());
        assert_eq!(hd(json!({ "hd": "Example.COM" })).as_deref(), Some("example.com"));
        for none in [json!({}), json!({ "hd": "" }), json!({ "hd": true }), json!({ "hd": ["example.com"] })] {
            assert_eq!(hd(none), None);
        }
    }
}
