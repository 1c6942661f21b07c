//! JSON bodies, held against the very schema that describes them: every member known, there once, of its type, and
//! whatever is wrong is named. What the values mean is the operations' business.

use std::collections::HashSet;
use std::fmt;

use poem::http::header;
use poem::{Request, RequestBody};
use poem_openapi::payload::{Json, Payload as _};
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::ParseFromJSON;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::problem::{FieldProblem, Refused};
use crate::base::bounds::FIELD_NAME_CHARS_MAX;
use crate::endpoint::failure::{Failure, HttpRefusal};

/// A body that has the documented form.
pub struct Body<T>(pub T);

impl<'a, T: ParseFromJSON> ApiExtractor<'a> for Body<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let content = MetaMediaType { content_type: "application/json", schema: T::schema_ref() };
        Some(MetaRequest { description: None, content: vec![content], required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<Self::ParamType>,
    ) -> poem::Result<Self> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(Json::<T>::check_content_type) {
            return Err(Refused::from(HttpRefusal::MediaTypeNotTaken).into());
        }
        let bytes = body.take()?.into_vec().await.map_err(|_| Refused::from(HttpRefusal::BodyIncomplete))?;
        Ok(Self(read(&bytes).map_err(|problems| Refused(Failure::Malformed(problems)))?))
    }
}

/// JSON in which no member stands twice.
pub fn read_value(bytes: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice::<Once>(bytes)?;
    serde_json::from_slice(bytes)
}

fn read<T: ParseFromJSON>(bytes: &[u8]) -> Result<T, Vec<FieldProblem>> {
    let unreadable = |error: serde_json::Error| vec![problem("", "body_malformed", error.to_string())];
    let value = read_value(bytes).map_err(unreadable)?;
    let mut registry = Registry::new();
    T::register(&mut registry);
    let problems = Schemas(&registry).problems("", &value, &T::schema_ref());
    if !problems.is_empty() {
        return Err(problems);
    }
    // What is left are values outside a list or a bound.
    T::parse_from_json(Some(value))
        .map_err(|_| vec![problem("", "value_malformed", "A value is not one of those described.".to_owned())])
}

fn problem(path: &str, code: &str, detail: String) -> FieldProblem {
    let field = (!path.is_empty()).then(|| shortened(path));
    FieldProblem { field, code: code.to_owned(), detail }
}

fn shortened(name: &str) -> String {
    name.chars().take(FIELD_NAME_CHARS_MAX).collect()
}

struct Schemas<'r>(&'r Registry);

impl Schemas<'_> {
    /// What is wrong with `value`, which stands at `path`.
    fn problems(&self, path: &str, value: &Value, schema: &MetaSchemaRef) -> Vec<FieldProblem> {
        let Some(schema) = self.resolve(schema) else { return Vec::new() };
        if !schema.one_of.is_empty() {
            return self.of_the_nearest(path, value, &schema.one_of);
        }
        match (schema.ty, value) {
            ("object", Value::Object(members)) => self.of_members(path, members, schema),
            ("array", Value::Array(items)) => {
                let Some(kind) = &schema.items else { return Vec::new() };
                items.iter().flat_map(|item| self.problems(path, item, kind)).collect()
            }
            ("string", Value::String(_)) | ("boolean", Value::Bool(_)) | ("number", Value::Number(_)) | ("", _) => {
                Vec::new()
            }
            ("integer", Value::Number(number)) if !number.is_f64() => Vec::new(),
            (_, Value::Null) if schema.nullable => Vec::new(),
            (wanted, _) => vec![problem(path, "field_wrong_type", format!("This must be of the type {wanted}."))],
        }
    }

    fn resolve<'s>(&'s self, schema: &'s MetaSchemaRef) -> Option<&'s MetaSchema> {
        match schema {
            MetaSchemaRef::Inline(schema) => Some(schema),
            MetaSchemaRef::Reference(name) => self.0.schemas.get(name),
        }
    }

    /// Of several forms, the one that was most likely meant.
    fn of_the_nearest(&self, path: &str, value: &Value, forms: &[MetaSchemaRef]) -> Vec<FieldProblem> {
        let tried = forms.iter().map(|form| self.problems(path, value, form));
        tried.min_by_key(Vec::len).unwrap_or_default()
    }

    fn of_members(&self, path: &str, members: &Map<String, Value>, schema: &MetaSchema) -> Vec<FieldProblem> {
        let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let missing = schema.required.iter().filter(|name| !members.contains_key(**name));
        let missing = missing.map(|name| problem(&at(name), "field_missing", "This must be there.".to_owned()));
        let present =
            members.iter().flat_map(|(name, value)| match schema.properties.iter().find(|(known, _)| known == name) {
                Some((_, kind)) => self.problems(&at(name), value, kind),
                None if schema.additional_properties.is_some() => Vec::new(),
                None => vec![problem(&at(name), "field_unknown", "There is no such member here.".to_owned())],
            });
        missing.chain(present).collect()
    }
}

/// JSON in which no member stands twice: whoever looks at the first and whoever looks at the last read the same.
struct Once;

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            members.next_value::<Self>()?;
            if let Some(name) = seen.replace(name) {
                return Err(A::Error::custom(format!("`{}` stands there twice", shortened(&name))));
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use poem_openapi::Object;

    use super::*;

    #[derive(Debug, Object)]
    #[oai(deny_unknown_fields)]
    struct Example {
        name: String,
        count: Option<i64>,
        inner: Option<Inner>,
    }

    #[derive(Debug, Object)]
    #[oai(deny_unknown_fields)]
    struct Inner {
        flag: bool,
    }

    fn refused(text: &str) -> Vec<(String, String)> {
        let problems = read::<Example>(text.as_bytes()).map(drop).expect_err("it is refused");
        problems.into_iter().map(|problem| (problem.field.unwrap_or_default(), problem.code)).collect()
    }

    fn one(field: &str, code: &str) -> Vec<(String, String)> {
        vec![(field.to_owned(), code.to_owned())]
    }

    #[test]
    fn what_has_the_documented_form_is_read() {
        let example = read::<Example>(br#"{"name":"a","count":3,"inner":{"flag":true}}"#).expect("it is right");
        assert!(example.name == "a" && example.count == Some(3) && example.inner.is_some_and(|inner| inner.flag));
    }

    #[test]
    fn pwd_11_whatever_is_wrong_with_a_body_is_named() {
        assert_eq!(refused(r#"{"count":1}"#), one("name", "field_missing"));
        assert_eq!(refused(r#"{"name":7}"#), one("name", "field_wrong_type"));
        assert_eq!(refused(r#"{"name":null}"#), one("name", "field_wrong_type"));
        assert_eq!(refused(r#"{"name":"a","count":null}"#), one("count", "field_wrong_type"));
        assert_eq!(refused(r#"{"name":"a","count":1.5}"#), one("count", "field_wrong_type"));
        assert_eq!(refused(r#"{"name":"a","admin":true}"#), one("admin", "field_unknown"));
        assert_eq!(refused(r#"{"name":"a","inner":{"flag":"x"}}"#), one("inner.flag", "field_wrong_type"));
        assert_eq!(refused(r#"{"name":"a","inner":{"flag":true,"x":1}}"#), one("inner.x", "field_unknown"));
        assert_eq!(refused("[]"), one("", "field_wrong_type"));
        for unreadable in ["", "{", "{\"name\":\"a\",\"name\":\"b\"}", "{\"name\":\"a\"} x", "\u{feff}{}"] {
            assert_eq!(refused(unreadable), one("", "body_malformed"), "{unreadable}");
        }
        assert_eq!(refused(&"[".repeat(10_000)), one("", "body_malformed"));
    }
}
