//! Rich authorization requests (RFC 9396): the types an operator registered, what may be asked for by them, and how a
//! token request narrows it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::claims_parameter::depth_exceeds;
use super::json_schema::{Schema, SchemaMistake};
use super::params::Parameters;
use super::reason::Reason;
use crate::base::bounds::{
    AUTHORIZATION_DETAIL_TYPE_BYTES_MAX, AUTHORIZATION_DETAILS_DEPTH_MAX, AUTHORIZATION_DETAILS_MAX,
};
use crate::model::authorization_details::{AuthorizationDetails, type_of};
use crate::model::client::Client;

/// A type of authorization details.
#[derive(Debug, Clone, PartialEq)]
pub struct DetailType {
    /// What it lets an application do, as people read it, by language.
    descriptions: BTreeMap<String, String>,
    schema: Schema,
}

/// The types there are, by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DetailTypes(BTreeMap<String, DetailType>);

/// Why a document describes no type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAType {
    /// It is not an object of exactly `type`, `description` and `schema`.
    Members,
    /// Its name is empty, too long, or was described before.
    Name,
    /// No description in any language, or one that is blank.
    Description,
    /// The schema is not one.
    Schema(SchemaMistake),
}

impl std::fmt::Display for NotAType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Members => f.write_str("must be a JSON object of type, description and schema"),
            Self::Name => f.write_str("type must be a short name that no other file has"),
            Self::Description => f.write_str("description must be an object of a sentence for each language, with en"),
            Self::Schema(mistake) => mistake.fmt(f),
        }
    }
}

impl DetailTypes {
    /// Adds the type that a document describes.
    pub fn add(&mut self, document: &str) -> Result<(), NotAType> {
        let document: Map<String, Value> = serde_json::from_str(document).map_err(|_| NotAType::Members)?;
        let (Some(name), Some(Value::Object(sentences)), Some(schema), 3) =
            (document.get("type"), document.get("description"), document.get("schema"), document.len())
        else {
            return Err(NotAType::Members);
        };
        let name = name.as_str().unwrap_or_default();
        let is_name = (1..=AUTHORIZATION_DETAIL_TYPE_BYTES_MAX).contains(&name.len());
        if !is_name || name.contains(char::is_whitespace) || self.0.contains_key(name) {
            return Err(NotAType::Name);
        }
        let sentence = |(language, text): (&String, &Value)| {
            let text = text.as_str().map(str::trim).filter(|text| !text.is_empty())?;
            Some((language.clone(), text.to_owned()))
        };
        let descriptions: Option<BTreeMap<_, _>> = sentences.iter().map(sentence).collect();
        let descriptions = descriptions.filter(|them| them.contains_key("en")).ok_or(NotAType::Description)?;
        let schema = Schema::parse(schema).map_err(NotAType::Schema)?;
        self.0.insert(name.to_owned(), DetailType { descriptions, schema });
        Ok(())
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// What the type `name` lets an application do, in this language or else in English.
    pub fn description(&self, name: &str, language: &str) -> Option<&str> {
        let descriptions = &self.0.get(name)?.descriptions;
        let primary = language.split('-').next().unwrap_or_default();
        let found = descriptions.get(language).or_else(|| descriptions.get(primary));
        found.or_else(|| descriptions.get("en")).map(String::as_str)
    }

    // RFC 9396 §5: unknown types, unknown members and members of the wrong kind are refused, as the schema says.
    fn admits(&self, detail: &Map<String, Value>) -> bool {
        let Some(own) = self.0.get(type_of(detail)) else { return false };
        let mut members = detail.clone();
        members.remove("type");
        own.schema.admits(&Value::Object(members))
    }
}

/// Reads what a request asks for. Types have to be registered by the operator and by the client (§5, §10).
pub fn parse(params: &Parameters, client: &Client, types: &DetailTypes) -> Result<AuthorizationDetails, Reason> {
    let details = read(params)?.unwrap_or_default();
    let registered = &client.metadata.authorization_details_types;
    let may_ask =
        |detail: &Map<String, Value>| registered.iter().any(|own| own == type_of(detail)) && types.admits(detail);
    let may_have_all = details.0.iter().all(may_ask);
    if may_have_all { Ok(details) } else { Err(Reason::AuthorizationDetailsInvalid) }
}

/// Refuses a request for what only a person can grant at the authorization endpoint. RFC 9396 lets a server say where
/// details are asked for (§2, §6); passing over them would give out a token that means something else than was asked for.
pub fn refuse(params: &Parameters) -> Result<(), Reason> {
    if params.get("authorization_details").is_some() { Err(Reason::AuthorizationDetailsNotHere) } else { Ok(()) }
}

/// What a token request wants of a grant: each of them just as it was granted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted(Option<AuthorizationDetails>);

impl Wanted {
    /// Reads a token request.
    pub fn parse(form: &Parameters) -> Result<Self, Reason> {
        read(form).map(Self)
    }

    /// What the access token is for: all that was granted, or the part that was asked for (§6.1). What the client is no
    /// longer registered for is lost.
    pub fn of(&self, granted: &AuthorizationDetails, client: &Client) -> Result<AuthorizationDetails, Reason> {
        let registered = &client.metadata.authorization_details_types;
        let is_standing = |detail: &&Map<String, Value>| registered.iter().any(|own| own == type_of(detail));
        let standing: Vec<_> = granted.0.iter().filter(is_standing).cloned().collect();
        match &self.0 {
            None => Ok(AuthorizationDetails(standing)),
            Some(asked) if asked.0.iter().all(|detail| standing.contains(detail)) => Ok(asked.clone()),
            Some(_) => Err(Reason::AuthorizationDetailsNotGranted),
        }
    }
}

fn read(params: &Parameters) -> Result<Option<AuthorizationDetails>, Reason> {
    let Some(text) = params.get("authorization_details") else { return Ok(None) };
    let json: Value = serde_json::from_str(text).map_err(|_| Reason::AuthorizationDetailsInvalid)?;
    let is_bounded = json.as_array().is_some_and(|list| list.len() <= AUTHORIZATION_DETAILS_MAX)
        && !depth_exceeds(&json, AUTHORIZATION_DETAILS_DEPTH_MAX);
    let details = is_bounded.then(|| serde_json::from_value(json).ok()).flatten();
    details.map(Some).ok_or(Reason::AuthorizationDetailsInvalid)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::protocol::samples;

    fn types() -> DetailTypes {
        let mut types = DetailTypes::default();
        let payment = json!({
            "type": "payment",
            "description": {"en": "Make a payment", "de": "Eine Zahlung"},
            "schema": {"required": ["amount"], "additionalProperties": false, "properties": {"amount": {"type": "integer"}}},
        });
        types.add(&payment.to_string()).unwrap();
        types
    }

    fn client() -> Client {
        let mut client = samples::client();
        client.metadata.authorization_details_types = vec!["payment".to_owned()];
        client
    }

    fn params(details: &Value) -> Parameters {
        Parameters::of([("authorization_details".to_owned(), details.to_string())]).unwrap()
    }

    #[test]
    fn rfc9396_5_only_registered_types_with_the_members_they_have() {
        let ask = |details: &Value| parse(&params(details), &client(), &types()).map(|them| them.0.len());
        assert_eq!(ask(&json!([{"type": "payment", "amount": 1}, {"type": "payment", "amount": 2}])), Ok(2));
        assert_eq!(parse(&Parameters::default(), &client(), &types()), Ok(AuthorizationDetails::default()));
        let nested = serde_json::from_str(&format!("{}1{}", "[".repeat(60), "]".repeat(60))).unwrap();
        let many = vec![json!({"type": "payment", "amount": 1}); AUTHORIZATION_DETAILS_MAX + 1];
        for wrong in [
            json!({"type": "payment", "amount": 1}),
            json!([{"amount": 1}]),
            json!([{"type": "other"}]),
            json!([{"type": "payment"}]),
            json!([{"type": "payment", "amount": "1"}]),
            json!([{"type": "payment", "amount": 1, "locations": []}]),
            json!([{"type": ["payment"], "amount": 1}]),
            json!(["payment"]),
            json!([1]),
            nested,
            many.into(),
        ] {
            assert_eq!(ask(&wrong), Err(Reason::AuthorizationDetailsInvalid), "{wrong}");
        }
        let stranger = parse(&params(&json!([{"type": "payment", "amount": 1}])), &samples::client(), &types());
        assert_eq!(stranger, Err(Reason::AuthorizationDetailsInvalid));
    }

    #[test]
    fn rfc9396_6_1_a_token_request_narrows_and_never_widens() {
        let granted = json!([{"type": "payment", "amount": 1}, {"type": "payment", "amount": 2}]);
        let granted: AuthorizationDetails = serde_json::from_value(granted).unwrap();
        let want = |details: &Value| Wanted::parse(&params(details)).and_then(|wanted| wanted.of(&granted, &client()));
        assert_eq!(Wanted::default().of(&granted, &client()), Ok(granted.clone()));
        assert_eq!(want(&json!([{"type": "payment", "amount": 2}])).unwrap().0, granted.0[1..]);
        for more in [json!([{"type": "payment", "amount": 3}]), json!([{"type": "payment"}])] {
            assert_eq!(want(&more), Err(Reason::AuthorizationDetailsNotGranted), "{more}");
        }
        assert!(Wanted::default().of(&granted, &samples::client()).unwrap().is_empty());
    }

    #[test]
    fn a_type_is_described_whole_and_once() {
        assert_eq!(types().description("payment", "de-AT"), Some("Eine Zahlung"));
        assert_eq!(types().description("payment", "fr"), Some("Make a payment"));
        assert_eq!(types().description("other", "en"), None);
        let add = |document: Value| types().add(&document.to_string());
        let en = json!({"en": "x"});
        assert_eq!(add(json!({"type": "payment", "description": en, "schema": {}})), Err(NotAType::Name));
        assert_eq!(add(json!({"type": "a b", "description": en, "schema": {}})), Err(NotAType::Name));
        assert_eq!(add(json!({"type": "a", "description": {"de": "x"}, "schema": {}})), Err(NotAType::Description));
        assert_eq!(add(json!({"type": "a", "description": {"en": " "}, "schema": {}})), Err(NotAType::Description));
        assert_eq!(add(json!({"type": "a", "schema": {}})), Err(NotAType::Members));
        assert_eq!(add(json!({"type": "a", "description": en, "schema": {}, "x": 1})), Err(NotAType::Members));
        assert!(matches!(add(json!({"type": "a", "description": en, "schema": []})), Err(NotAType::Schema(_))));
        assert_eq!(types().names().collect::<Vec<_>>(), ["payment"]);
    }
}
