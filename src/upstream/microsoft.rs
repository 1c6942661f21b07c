//! What Microsoft does differently from OpenID Connect: many issuers behind one address, and addresses that any
//! administrator of a tenant writes at will. Which issuers count is decided in [`issuer`](super::issuer).

use serde_json::{Map, Value};

use super::UpstreamFailure;
use super::issuer::is_tenant_id;
use super::keys::unverified;
use super::openid_connect;
use crate::base::bounds::UPSTREAM_SUBJECT_BYTES_MAX;
use crate::model::upstream::Mailbox;

// OpenID Connect Core §2: a subject is unique within its issuer, and each tenant is one.
/// The person's name across tenants.
pub(super) fn subject(signed: &Map<String, Value>, subject: &str) -> Result<String, UpstreamFailure> {
    let tenant = signed.get("tid").and_then(Value::as_str).filter(|tenant| is_tenant_id(tenant));
    let tenant = tenant.ok_or(unverified("it names no tenant"))?;
    let subject = format!("{}.{subject}", tenant.to_ascii_lowercase());
    if subject.len() <= UPSTREAM_SUBJECT_BYTES_MAX {
        Ok(subject)
    } else {
        Err(unverified("its subject cannot be kept"))
    }
}

/// The mailbox, which nobody proved: `email` is whatever the tenant's administrator wrote.
pub(super) fn mailbox(told: &Map<String, Value>) -> Mailbox {
    openid_connect::mailbox(told, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_subject_is_told_apart_by_its_tenant() {
        let of = |tid: Value| subject(json!({ "tid": tid }).as_object().unwrap(), "AAAA");
        let tid = "72F988BF-86f1-41af-91ab-2d7cd011db47";
        assert_eq!(of(json!(tid)), Ok("72f988bf-86f1-41af-91ab-2d7cd011db47.AAAA".to_owned()));
        for wrong in [json!(null), json!("common"), json!(7)] {
            assert!(of(wrong).is_err());
        }
    }

    #[test]
    fn fed_3_5_an_administrators_word_about_an_address_proves_nothing() {
        let told = json!({ "email": "ada@example.com", "email_verified": true });
        assert!(matches!(mailbox(told.as_object().unwrap()), Mailbox::Claimed(_)));
    }
}
