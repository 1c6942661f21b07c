//! The part of JSON Schema (draft 2020-12) in which an operator describes a type of authorization details.
//!
//! Read strictly: a keyword that is not one of these is a mistake of the schema and not passed over, because a rule that
//! is not carried out is worse than none. There are no references, no patterns and no combinations.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use crate::base::bounds::SCHEMA_DEPTH_MAX;

/// Keywords that say something to people only.
const ANNOTATIONS: [&str; 6] = ["$schema", "$comment", "title", "description", "examples", "default"];

/// What a value has to be.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Schema {
    kinds: Option<Vec<Kind>>,
    properties: BTreeMap<String, Schema>,
    required: Vec<String>,
    is_closed: bool,
    one_of_these: Option<Vec<Value>>,
    items: Option<Box<Schema>>,
    item_count: Bounds,
    length: Bounds,
    range: Bounds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Object,
    Array,
    Text,
    Number,
    Integer,
    Flag,
    Null,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Bounds {
    least: Option<f64>,
    most: Option<f64>,
}

/// What is wrong with a schema, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaMistake {
    /// The way to it, with slashes.
    pub place: String,
    /// What is wrong.
    pub problem: &'static str,
}

impl fmt::Display for SchemaMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "schema{}: {}", self.place, self.problem)
    }
}

impl Schema {
    /// Reads a schema.
    pub fn parse(json: &Value) -> Result<Self, SchemaMistake> {
        parse(json, "", SCHEMA_DEPTH_MAX)
    }

    /// Whether `value` is what it describes.
    pub fn admits(&self, value: &Value) -> bool {
        let is_kind = self.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|kind| kind.is_of(value)));
        let is_one = self.one_of_these.as_ref().is_none_or(|these| these.contains(value));
        is_kind
            && is_one
            && match value {
                Value::Object(members) => self.admits_members(members),
                Value::Array(items) => self.admits_items(items),
                Value::String(text) => self.length.hold(text.chars().count()),
                Value::Number(number) => number.as_f64().is_some_and(|number| self.range.admit(number)),
                Value::Bool(_) | Value::Null => true,
            }
    }

    fn admits_members(&self, members: &Map<String, Value>) -> bool {
        self.required.iter().all(|name| members.contains_key(name))
            && members.iter().all(|(name, value)| match self.properties.get(name) {
                Some(schema) => schema.admits(value),
                None => !self.is_closed,
            })
    }

    fn admits_items(&self, items: &[Value]) -> bool {
        self.item_count.hold(items.len())
            && self.items.as_ref().is_none_or(|schema| items.iter().all(|item| schema.admits(item)))
    }
}

impl Kind {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "object" => Self::Object,
            "array" => Self::Array,
            "string" => Self::Text,
            "number" => Self::Number,
            "integer" => Self::Integer,
            "boolean" => Self::Flag,
            "null" => Self::Null,
            _ => return None,
        })
    }

    fn is_of(self, value: &Value) -> bool {
        match self {
            Self::Object => value.is_object(),
            Self::Array => value.is_array(),
            Self::Text => value.is_string(),
            Self::Number => value.is_number(),
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::Flag => value.is_boolean(),
            Self::Null => value.is_null(),
        }
    }
}

impl Bounds {
    fn admit(self, number: f64) -> bool {
        self.least.is_none_or(|least| number >= least) && self.most.is_none_or(|most| number <= most)
    }

    // What is counted here is bounded far below where floating point is exact.
    fn hold(self, count: usize) -> bool {
        u32::try_from(count).is_ok_and(|count| self.admit(count.into()))
    }
}

fn parse(json: &Value, place: &str, left: usize) -> Result<Schema, SchemaMistake> {
    let mistake = |keyword: &str, problem| SchemaMistake { place: format!("{place}/{keyword}"), problem };
    let keywords = json.as_object().ok_or_else(|| mistake("", "must be an object"))?;
    if left == 0 {
        return Err(mistake("", "is nested too deeply"));
    }
    let mut schema = Schema::default();
    for (keyword, value) in keywords {
        let wrong = |problem| mistake(keyword, problem);
        let within = |name: &str| format!("{place}/{keyword}{name}");
        match keyword.as_str() {
            "type" => {
                schema.kinds = Some(kinds(value).ok_or_else(|| wrong("must be one of the seven types, or a list"))?);
            }
            "properties" => {
                let members = value.as_object().ok_or_else(|| wrong("must be an object"))?;
                for (name, value) in members {
                    let property = parse(value, &within(&format!("/{name}")), left - 1)?;
                    schema.properties.insert(name.clone(), property);
                }
            }
            "required" => schema.required = texts(value).ok_or_else(|| wrong("must be a list of names"))?,
            "additionalProperties" => {
                schema.is_closed = !value.as_bool().ok_or_else(|| wrong("must be true or false"))?;
            }
            "enum" => {
                let these = value.as_array().cloned().ok_or_else(|| wrong("must be a list"))?;
                schema.one_of_these = Some(these);
            }
            "const" => schema.one_of_these = Some(vec![value.clone()]),
            "items" => schema.items = Some(Box::new(parse(value, &within(""), left - 1)?)),
            annotation if ANNOTATIONS.contains(&annotation) => {}
            bound => {
                let place = bound_of(&mut schema, bound).ok_or_else(|| wrong("is not a keyword that is read here"))?;
                *place = Some(value.as_f64().ok_or_else(|| wrong("must be a number"))?);
            }
        }
    }
    Ok(schema)
}

fn bound_of<'a>(schema: &'a mut Schema, keyword: &str) -> Option<&'a mut Option<f64>> {
    Some(match keyword {
        "minItems" => &mut schema.item_count.least,
        "maxItems" => &mut schema.item_count.most,
        "minLength" => &mut schema.length.least,
        "maxLength" => &mut schema.length.most,
        "minimum" => &mut schema.range.least,
        "maximum" => &mut schema.range.most,
        _ => return None,
    })
}

fn kinds(value: &Value) -> Option<Vec<Kind>> {
    match value {
        Value::String(name) => Some(vec![Kind::parse(name)?]),
        _ => texts(value)?.iter().map(|name| Kind::parse(name)).collect(),
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|name| name.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Schema {
        Schema::parse(&json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "required": ["amount", "currency"],
            "additionalProperties": false,
            "properties": {
                "amount": {"type": "integer", "minimum": 1, "maximum": 1000},
                "currency": {"enum": ["EUR", "USD"]},
                "note": {"type": ["string", "null"], "minLength": 1, "maxLength": 3},
                "to": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "string"}},
                "version": {"const": 1},
            },
        }))
        .unwrap()
    }

    #[test]
    fn each_keyword_is_carried_out() {
        let with = |more: Value| {
            let mut value = json!({"amount": 5, "currency": "EUR"});
            value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            schema().admits(&value)
        };
        for right in [json!({}), json!({"note": "äöü"}), json!({"note": null}), json!({"to": ["a", "b"], "version": 1})]
        {
            assert!(with(right.clone()), "{right}");
        }
        for wrong in [
            json!({"amount": 0}),
            json!({"amount": 1001}),
            json!({"amount": 1.5}),
            json!({"amount": "5"}),
            json!({"currency": "GBP"}),
            json!({"note": ""}),
            json!({"note": "long"}),
            json!({"note": false}),
            json!({"to": []}),
            json!({"to": ["a", "b", "c"]}),
            json!({"to": [1]}),
            json!({"to": {"0": "a"}}),
            json!({"version": 2}),
            json!({"more": 1}),
        ] {
            assert!(!with(wrong.clone()), "{wrong}");
        }
        assert!(
            !schema().admits(&json!({"amount": 5})) && !schema().admits(&json!([])) && !schema().admits(&json!(null))
        );
    }

    #[test]
    fn a_schema_that_cannot_be_carried_out_whole_is_refused_with_its_place() {
        for (wrong, place) in [
            (json!({"pattern": "^a"}), "/pattern"),
            (json!({"properties": {"a": {"$ref": "#"}}}), "/properties/a/$ref"),
            (json!({"items": {"anyOf": []}}), "/items/anyOf"),
            (json!({"type": "text"}), "/type"),
            (json!({"type": [1]}), "/type"),
            (json!({"required": "a"}), "/required"),
            (json!({"additionalProperties": {}}), "/additionalProperties"),
            (json!({"minimum": "1"}), "/minimum"),
            (json!(true), "/"),
        ] {
            assert_eq!(Schema::parse(&wrong).unwrap_err().place, place, "{wrong}");
        }
        let mut deep = json!({});
        for _ in 0..SCHEMA_DEPTH_MAX {
            deep = json!({"items": deep});
        }
        assert!(Schema::parse(&deep).unwrap_err().to_string().contains("nested"));
    }
}
