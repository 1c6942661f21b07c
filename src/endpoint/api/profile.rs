//! `/api/v1/profile`: the person's standard claims, as far as the caller may know them, and changing them (API-07).

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::types::ParseFromJSON as _;
use poem_openapi::{Object, OpenApi};
use serde_json::{Map, Value};

use super::Tag;
use super::body::Body;
use super::caller::{Caller, everything_about};
use super::patch::Change;
use super::problem::{Refusals, Refused, RefusedAs};
use crate::base::Fault;
use crate::endpoint::account::profile::patch;
use crate::endpoint::exchange::Exchange;

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
        Ok(Json(told(caller.claims)?))
    }

    /// Changes the person's claims
    ///
    /// By cookie, or by a token of a first-party client. A member that is left out stays as it is, and `null` clears it
    /// (RFC 7396). Changing a part of the address clears its `formatted`, unless that is sent along. Gives all claims.
    #[oai(path = "/profile", method = "patch", operation_id = "changeProfile")]
    async fn change(
        &self,
        caller: Caller,
        exchange: Data<&Arc<Exchange>>,
        body: Body<Patch>,
    ) -> Result<Json<Told>, RefusedAs<OfPatch>> {
        let person = caller.acting_as_person()?.account;
        let person = patch(&exchange, person, &body.0.changes()).await?;
        Ok(Json(told(everything_about(&person)?)?))
    }
}

/// How a patch is refused.
pub struct OfPatch;

impl Refusals for OfPatch {
    const OWN: &'static [(u16, &'static str)] = &[
        (403, "`forbidden`, `cross_site`"),
        (409, "`overtaken`"),
        (422, "`value_malformed`, `value_too_long`; `errors` names the member."),
    ];
}

fn told(claims: Map<String, Value>) -> Result<Told, Fault> {
    Told::parse_from_json(Some(Value::Object(claims))).map_err(|error| Fault::broken(error.into_message()))
}

/// What becomes of each claim: left out, it stays; `null` clears it.
#[derive(Debug, Object)]
#[oai(rename = "ProfilePatch", deny_unknown_fields)]
struct Patch {
    /// Full name.
    name: Change<String>,
    /// Given name.
    given_name: Change<String>,
    /// Family name.
    family_name: Change<String>,
    /// Middle name.
    middle_name: Change<String>,
    /// Casual name.
    nickname: Change<String>,
    /// Shorthand name; not unique.
    preferred_username: Change<String>,
    /// Profile page.
    profile: Change<String>,
    /// Picture.
    picture: Change<String>,
    /// Web page.
    website: Change<String>,
    /// Gender.
    gender: Change<String>,
    /// `YYYY-MM-DD`, `0000-MM-DD` or `YYYY`.
    birthdate: Change<String>,
    /// Time zone name.
    zoneinfo: Change<String>,
    /// BCP 47 language tag.
    locale: Change<String>,
    /// E.164 phone number. A new one is not proven.
    phone_number: Change<String>,
    /// Postal address; `null` clears all of it.
    address: Change<AddressPatch>,
}

/// What becomes of each part of the address.
#[derive(Debug, Object, Default)]
#[oai(deny_unknown_fields)]
struct AddressPatch {
    /// The whole, with line breaks.
    formatted: Change<String>,
    /// Street and number.
    street_address: Change<String>,
    /// City.
    locality: Change<String>,
    /// State or province.
    region: Change<String>,
    /// Postal code.
    postal_code: Change<String>,
    /// Country.
    country: Change<String>,
}

impl Patch {
    /// The claims that change, with their new texts.
    fn changes(self) -> Vec<(&'static str, String)> {
        let address = match self.address {
            Change::Keep => AddressPatch::default(),
            Change::Set(address) => address,
            Change::Clear => AddressPatch::nothing(),
        };
        let all = [
            ("name", self.name),
            ("given_name", self.given_name),
            ("family_name", self.family_name),
            ("middle_name", self.middle_name),
            ("nickname", self.nickname),
            ("preferred_username", self.preferred_username),
            ("profile", self.profile),
            ("picture", self.picture),
            ("website", self.website),
            ("gender", self.gender),
            ("birthdate", self.birthdate),
            ("zoneinfo", self.zoneinfo),
            ("locale", self.locale),
            ("phone_number", self.phone_number),
            ("formatted", address.formatted),
            ("street_address", address.street_address),
            ("locality", address.locality),
            ("region", address.region),
            ("postal_code", address.postal_code),
            ("country", address.country),
        ];
        all.into_iter().filter_map(|(claim, change)| Some((claim, change.text()?))).collect()
    }
}

impl AddressPatch {
    fn nothing() -> Self {
        Self {
            formatted: Change::Clear,
            street_address: Change::Clear,
            locality: Change::Clear,
            region: Change::Clear,
            postal_code: Change::Clear,
            country: Change::Clear,
        }
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
