//! `/api/v1/profile`: the person's standard claims, as far as the caller may know them.

use poem_openapi::payload::Json;
use poem_openapi::types::ParseFromJSON as _;
use poem_openapi::{Object, OpenApi};
use serde_json::Value;

use super::Tag;
use super::caller::Caller;
use super::problem::Refused;
use crate::base::Fault;

/// The operations.
pub struct ProfileApi;

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Profile")]
#[expect(clippy::unused_async, reason = "operations are asynchronous, whether they wait or not")]
impl ProfileApi {
    /// The person's claims
    ///
    /// The person's own browser is told everything; a program what its scopes open, exactly as at userinfo. What the
    /// person does not have is left out.
    #[oai(path = "/profile", method = "get", operation_id = "readProfile")]
    async fn read(&self, caller: Caller) -> Result<Json<Told>, Refused> {
        let profile = Told::parse_from_json(Some(Value::Object(caller.claims)));
        Ok(Json(profile.map_err(|error| Fault::broken(error.into_message()))?))
    }
}

/// Standard claims (OpenID Connect Core §5.1).
#[derive(Debug, Object)]
#[oai(rename = "Profile", skip_serializing_if_is_none)]
struct Told {
    /// The person; never given to another.
    sub: String,
    /// Full name.
    name: Option<String>,
    /// Given name.
    given_name: Option<String>,
    /// Family name.
    family_name: Option<String>,
    /// Middle name.
    middle_name: Option<String>,
    /// Casual name.
    nickname: Option<String>,
    /// Shorthand name; not unique.
    preferred_username: Option<String>,
    /// Profile page.
    profile: Option<String>,
    /// Picture.
    picture: Option<String>,
    /// Web page.
    website: Option<String>,
    /// Gender.
    gender: Option<String>,
    /// `YYYY-MM-DD`, `0000-MM-DD` or `YYYY`.
    birthdate: Option<String>,
    /// Time zone name.
    zoneinfo: Option<String>,
    /// BCP 47 language tag.
    locale: Option<String>,
    /// When claims were last changed, in seconds since 1970.
    updated_at: Option<i64>,
    /// The address that signs in.
    email: Option<String>,
    /// Whether the address is proven.
    email_verified: Option<bool>,
    /// E.164 phone number.
    phone_number: Option<String>,
    /// Whether the number is proven.
    phone_number_verified: Option<bool>,
    /// Postal address.
    address: Option<PostalAddress>,
    /// What the person may do.
    roles: Option<Vec<String>>,
    /// What the person belongs to.
    groups: Option<Vec<String>>,
}

/// The `address` claim (OpenID Connect Core §5.1.1).
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
struct PostalAddress {
    /// The whole, with line breaks.
    formatted: Option<String>,
    /// Street and number.
    street_address: Option<String>,
    /// City.
    locality: Option<String>,
    /// State or province.
    region: Option<String>,
    /// Postal code.
    postal_code: Option<String>,
    /// Country.
    country: Option<String>,
}
