//! The members of a registration that are read at all, from the body and from a software statement, and whether each can
//! be held by a record (DCR-08).

use serde_json::{Map, Value};

use super::unregistrable::{Unregistrable, wrong};
use crate::base::bounds::{CLIENT_LIST_MAX, CLOCK_SKEW_SECONDS, REGISTRATION_DEPTH_MAX, REGISTRATION_MEMBERS_MAX};
use crate::base::{RedirectUri, Timestamp};
use crate::model::client::ClientMetadata;
use crate::protocol::claims_parameter::depth_exceeds;

/// The members a program may register. A test holds them against those of the record.
const MEMBERS: [&str; 53] = [
    "client_name",
    "redirect_uris",
    "post_logout_redirect_uris",
    "application_type",
    "token_endpoint_auth_method",
    "grant_types",
    "response_types",
    "scope",
    "contacts",
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "subject_type",
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "default_max_age",
    "require_auth_time",
    "default_acr_values",
    "initiate_login_uri",
    "jwks",
    "jwks_uri",
    "token_endpoint_auth_signing_alg",
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
    "tls_client_certificate_bound_access_tokens",
    "dpop_bound_access_tokens",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "request_object_signing_alg",
    "request_uris",
    "authorization_details_types",
    "authorization_signed_response_alg",
    "authorization_encrypted_response_alg",
    "authorization_encrypted_response_enc",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "introspection_signed_response_alg",
    "introspection_encrypted_response_alg",
    "introspection_encrypted_response_enc",
    "sector_identifier_uri",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    "software_id",
    "software_version",
    SOFTWARE_STATEMENT,
];
/// The member that holds a software statement (RFC 7591 §2.3).
pub const SOFTWARE_STATEMENT: &str = "software_statement";

/// The members of a registration that are read at all.
pub fn members(document: Value) -> Result<Map<String, Value>, Unregistrable> {
    let Value::Object(mut members) = document else { return Err(wrong("The body must be a JSON object.")) };
    // DCR-08
    if members.len() > REGISTRATION_MEMBERS_MAX
        || members.values().any(|value| depth_exceeds(value, REGISTRATION_DEPTH_MAX))
    {
        return Err(wrong("The metadata has more members, or deeper ones, than are read."));
    }
    // RFC 7591 §2: members that are not understood are ignored. RFC 7592 §2.2: null is the same as left out.
    members.retain(|name, value| MEMBERS.contains(&name.as_str()) && !value.is_null());
    Ok(members)
}

/// Puts the claims of a software statement, whose signature was verified, in the place of what the program says itself.
// RFC 7591 §2.3: what the statement says takes precedence.
pub fn believe(
    members: &mut Map<String, Value>,
    claims: Map<String, Value>,
    now: Timestamp,
) -> Result<(), Unregistrable> {
    let is_over = |claim: &Value| claim.as_i64().is_none_or(|end| now.seconds() >= end);
    let is_to_come = |claim: &Value| claim.as_i64().is_none_or(|begin| now.seconds() + CLOCK_SKEW_SECONDS < begin);
    if claims.get("exp").is_some_and(is_over) || claims.get("nbf").is_some_and(is_to_come) {
        return Err(Unregistrable::StatementInvalid);
    }
    members.extend(self::members(Value::Object(claims))?);
    Ok(())
}

pub(super) fn check_redirect_uris(members: &Map<String, Value>) -> Result<(), Unregistrable> {
    let refused = |text: String| Err(Unregistrable::RedirectUri(text));
    let Some(uris) = members.get("redirect_uris") else { return Ok(()) };
    let Some(uris) = uris.as_array().filter(|uris| uris.len() <= CLIENT_LIST_MAX) else {
        return refused("redirect_uris: must be a list that is not too long.".to_owned());
    };
    for (index, uri) in uris.iter().enumerate() {
        let Some(text) = uri.as_str() else { return refused(format!("redirect_uris[{index}]: must be text.")) };
        if let Err(problem) = RedirectUri::parse(text) {
            return refused(format!("redirect_uris[{index}]: {problem}."));
        }
    }
    Ok(())
}

/// Says which member has a value that no record can hold.
pub(super) fn check_values(members: &Map<String, Value>) -> Result<(), Unregistrable> {
    for (name, value) in members {
        let alone = Value::Object(Map::from_iter([(name.clone(), value.clone())]));
        if serde_json::from_value::<ClientMetadata>(alone).is_err() {
            return Err(Unregistrable::Metadata(format!("{name}: has a value that this server does not take.")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_member_of_a_client_but_ours_can_be_registered() {
        let Value::Object(full) = json!(ClientMetadata::full()) else { panic!("no object") };
        let mut names: Vec<&str> = full.keys().map(String::as_str).filter(|name| *name != "doorward").collect();
        names.push("software_statement");
        let mut listed = MEMBERS.to_vec();
        names.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, names);
    }
}
