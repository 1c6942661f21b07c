//! Claims about a person: which scope brings which (OpenID Connect Core §5.4), which were asked for one by one (§5.5),
//! and what the account has for them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::base::Scope;
use crate::model::account::Account;
use crate::model::claims_request::RequestedClaim;

/// Every claim about a person but `sub`, with the scope that brings it (OpenID Connect Core §5.1, §5.4).
pub const STANDARD_CLAIMS: &[(&str, &str)] = &[
    ("name", "profile"),
    ("given_name", "profile"),
    ("family_name", "profile"),
    ("middle_name", "profile"),
    ("nickname", "profile"),
    ("preferred_username", "profile"),
    ("profile", "profile"),
    ("picture", "profile"),
    ("website", "profile"),
    ("gender", "profile"),
    ("birthdate", "profile"),
    ("zoneinfo", "profile"),
    ("locale", "profile"),
    ("updated_at", "profile"),
    ("email", "email"),
    ("email_verified", "email"),
    ("address", "address"),
    ("phone_number", "phone"),
    ("phone_number_verified", "phone"),
];

/// Claims asked for one by one.
pub type Requested = BTreeMap<String, Option<RequestedClaim>>;

/// The claims of `account` that `scope` brings, and those of `requested` whose scope lies in `registered`: asking one by
/// one gets a client nothing that it may not ask for by scope (AUT-13). What the person lacks is left out.
pub fn claims_of(account: &Account, scope: &Scope, requested: &Requested, registered: &Scope) -> Map<String, Value> {
    let mut claims = Map::new();
    for (name, brought_by) in STANDARD_CLAIMS {
        let request = requested.get(*name).filter(|_| registered.contains(brought_by));
        if !scope.contains(brought_by) && request.is_none() {
            continue;
        }
        let Some(value) = value_of(account, name) else { continue };
        if scope.contains(brought_by) || request.is_some_and(|request| is_wanted(request.as_ref(), &value)) {
            claims.insert((*name).to_owned(), value);
        }
    }
    claims
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
        _ => None,
    }
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
