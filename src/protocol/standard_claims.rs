//! Claims about a person: those that scopes bring (OpenID Connect Core §5.4), those asked for one by one (§5.5), and what
//! the account has for them. Which scope brings which claim is said in `scope_policy`; `sub` is not among them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::scope_policy::{self, SUPPORTED};
use crate::base::{Names, Scope};
use crate::model::account::Account;
use crate::model::claims_request::RequestedClaim;

/// Claims asked for one by one.
pub type Requested = BTreeMap<String, Option<RequestedClaim>>;

/// The claims of `account` that `scope` brings, and those of `requested` whose scope lies in `registered`: asking one
/// by one gets a client nothing that it may not ask for by scope (AUT-13). What the person lacks is left out.
pub fn claims_of(account: &Account, scope: &Scope, requested: &Requested, registered: &Scope) -> Map<String, Value> {
    let mut claims = Map::new();
    for token in SUPPORTED {
        let is_brought = scope.contains(token);
        for name in scope_policy::claims_of(token) {
            let request = requested.get(*name).filter(|_| registered.contains(token));
            if !is_brought && request.is_none() {
                continue;
            }
            let value = value_of(account, name);
            let counts = |value: &Value| is_brought || request.is_some_and(|asked| is_wanted(asked.as_ref(), value));
            if let Some(value) = value.filter(counts) {
                claims.insert((*name).to_owned(), value);
            }
        }
    }
    claims
}

/// What `scope_token` would tell a client about `account`, in words for the person who is asked: each claim's name with
/// its value, without the ones that only a program understands.
pub fn shown_claims(account: &Account, scope_token: &str) -> Vec<(&'static str, String)> {
    let names = scope_policy::claims_of(scope_token).iter().copied();
    let told = names.filter(|name| !name.ends_with("_verified") && *name != "updated_at");
    told.filter_map(|name| Some((name, shown(&value_of(account, name)?)))).collect()
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        Value::Object(members) => {
            let formatted = members.get("formatted").and_then(Value::as_str).map(str::to_owned);
            let parts = || members.values().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
            formatted.unwrap_or_else(parts)
        }
        other => other.to_string(),
    }
}

// OpenID Connect Core §5.5.1: a claim may be asked for with one value, or one of several.
fn is_wanted(request: Option<&RequestedClaim>, value: &Value) -> bool {
    request.is_none_or(|request| {
        request.value.as_ref().is_none_or(|wanted| wanted == value)
            && request.values.as_ref().is_none_or(|wanted| wanted.contains(value))
    })
}

// OpenID Connect Core §5.3.2: a claim without a value is left out, neither null nor empty.
fn value_of(account: &Account, name: &str) -> Option<Value> {
    let claims = &account.claims;
    let text = match name {
        "name" => &claims.name,
        "given_name" => &claims.given_name,
        "family_name" => &claims.family_name,
        "middle_name" => &claims.middle_name,
        "nickname" => &claims.nickname,
        "preferred_username" if account.username.is_some() => &account.username,
        "preferred_username" => &claims.preferred_username,
        "profile" => &claims.profile,
        "picture" => &claims.picture,
        "website" => &claims.website,
        "gender" => &claims.gender,
        "birthdate" => &claims.birthdate,
        "zoneinfo" => &claims.zoneinfo,
        "locale" => &claims.locale,
        "phone_number" => &claims.phone_number,
        _ => return other_value_of(account, name),
    };
    text.as_deref().filter(|text| !text.is_empty()).map(Value::from)
}

fn other_value_of(account: &Account, name: &str) -> Option<Value> {
    let claims = &account.claims;
    match name {
        "updated_at" => Some(account.updated_at.seconds().into()),
        "email" => Some(account.email.as_str().into()),
        "email_verified" => Some(account.email_verified_at.is_some().into()),
        "phone_number_verified" => claims
            .phone_number
            .as_ref()
            .filter(|number| !number.is_empty())
            .map(|_| claims.phone_number_verified.into()),
        "address" => address_of(account),
        "roles" => names(&account.roles),
        "groups" => names(&account.groups),
        _ => None,
    }
}

fn names(names: &Names) -> Option<Value> {
    (!names.is_empty()).then(|| names.as_slice().into())
}

// OpenID Connect Core §5.1.1.
fn address_of(account: &Account) -> Option<Value> {
    let address = account.claims.address.as_ref()?;
    let members = [
        ("formatted", &address.formatted),
        ("street_address", &address.street_address),
        ("locality", &address.locality),
        ("region", &address.region),
        ("postal_code", &address.postal_code),
        ("country", &address.country),
    ];
    let object: Map<String, Value> = members
        .into_iter()
        .filter_map(|(name, text)| {
            Some((name.to_owned(), Value::from(text.as_deref().filter(|text| !text.is_empty())?)))
        })
        .collect();
    (!object.is_empty()).then_some(Value::Object(object))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::protocol::grant::fixtures::{account, scope};

    const ALL: &str = "openid profile email address phone";

    fn brought(text: &str) -> Value {
        Value::Object(claims_of(&account(), &scope(text), &Requested::new(), &scope(ALL)))
    }

    fn requested(claims: &Value, registered: &str) -> Value {
        let requested: Requested = serde_json::from_value(claims.clone()).unwrap();
        Value::Object(claims_of(&account(), &scope("openid"), &requested, &scope(registered)))
    }

    #[test]
    fn jwt_14_res_03_each_scope_brings_its_standard_claims() {
        assert_eq!(brought("openid"), json!({}));
        assert_eq!(brought("email"), json!({"email": "ada@example.com", "email_verified": true}));
        assert_eq!(brought("phone"), json!({"phone_number": "+442079460000", "phone_number_verified": true}));
        assert_eq!(brought("address"), json!({"address": {"locality": "London"}}));
        let profile = brought("profile");
        assert_eq!(profile.as_object().unwrap().len(), 14);
        assert_eq!(profile["updated_at"], json!(1_799_999_995));
        assert_eq!(profile["birthdate"], json!("1815-12-10"));
    }

    #[test]
    fn oidc_core_5_3_2_what_the_person_lacks_is_left_out() {
        let mut person = account();
        person.email_verified_at = None;
        person.claims = crate::model::account::StandardClaims {
            name: Some(String::new()),
            phone_number_verified: true,
            address: Some(crate::model::account::Address::default()),
            ..Default::default()
        };
        let claims = claims_of(&person, &scope(ALL), &Requested::new(), &scope(ALL));
        let expected = json!({"email": "ada@example.com", "email_verified": false, "updated_at": 1_799_999_995});
        assert_eq!(Value::Object(claims), expected);
    }

    #[test]
    fn oidc_core_5_5_claims_can_be_asked_for_one_by_one() {
        let some = requested(&json!({"name": {"essential": true}, "email": null, "sub": null, "magic": null}), ALL);
        assert_eq!(some, json!({"name": "Ada King", "email": "ada@example.com"}));
    }

    #[test]
    fn oidc_core_5_5_1_a_claim_with_another_value_than_wanted_is_left_out() {
        let right = json!({"locale": {"value": "en-GB"}, "gender": {"values": ["other", "female"]}});
        assert_eq!(requested(&right, ALL), json!({"locale": "en-GB", "gender": "female"}));
        let wrong = json!({"locale": {"value": "en"}, "gender": {"values": []}, "updated_at": {"value": "1799999995"}});
        assert_eq!(requested(&wrong, ALL), json!({}));
    }

    #[test]
    fn aut_13_one_by_one_a_client_gets_nothing_outside_its_registered_scope() {
        let both = json!({"name": {"essential": true}, "email": {"essential": true}});
        assert_eq!(requested(&both, "openid email"), json!({"email": "ada@example.com"}));
        assert_eq!(requested(&both, "openid"), json!({}));
    }

    #[test]
    fn every_standard_claim_has_a_value_in_a_full_account() {
        let person = account();
        for name in scope_policy::claims_supported().filter(|name| *name != "sub") {
            assert!(value_of(&person, name).is_some(), "{name}");
        }
    }
}
