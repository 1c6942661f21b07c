//! Members that a patch may leave out, clear or set (RFC 7396).

use std::borrow::Cow;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::{ParseFromJSON, ParseResult, ToJSON, Type};
use serde_json::Value;

/// What a patch says of a member.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// Nothing: it stays as it is.
    #[default]
    Keep,
    /// `null`: it has no value any more.
    Clear,
    /// Its new value.
    Set(T),
}

impl Change<String> {
    /// The new text, if there is a change; an empty one clears.
    pub fn text(self) -> Option<String> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(String::new()),
            Self::Set(text) => Some(text),
        }
    }
}

impl<T: Type> Type for Change<T> {
    const IS_REQUIRED: bool = false;
    type RawValueType = T::RawValueType;
    type RawElementValueType = T::RawElementValueType;

    fn name() -> Cow<'static, str> {
        format!("nullable<{}>", T::name()).into()
    }

    fn schema_ref() -> MetaSchemaRef {
        let inner = match T::schema_ref() {
            MetaSchemaRef::Inline(schema) => *schema,
            MetaSchemaRef::Reference(name) => {
                let mut registry = Registry::new();
                T::register(&mut registry);
                registry.schemas.remove(&name).unwrap_or(MetaSchema::ANY)
            }
        };
        MetaSchemaRef::Inline(Box::new(MetaSchema { nullable: true, ..inner }))
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        match self {
            Self::Set(value) => value.as_raw_value(),
            Self::Keep | Self::Clear => None,
        }
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self::RawElementValueType> + 'a> {
        match self {
            Self::Set(value) => value.raw_element_iter(),
            Self::Keep | Self::Clear => Box::new(std::iter::empty()),
        }
    }
}

impl<T: ParseFromJSON> ParseFromJSON for Change<T> {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value {
            None => Ok(Self::Keep),
            Some(Value::Null) => Ok(Self::Clear),
            value => T::parse_from_json(value).map(Self::Set).map_err(poem_openapi::types::ParseError::propagate),
        }
    }
}

impl<T: ToJSON> ToJSON for Change<T> {
    fn to_json(&self) -> Option<Value> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(Value::Null),
            Self::Set(value) => value.to_json(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_member_is_left_alone_cleared_or_set() {
        let read = |value| Change::<String>::parse_from_json(value).ok();
        assert_eq!(read(None), Some(Change::Keep));
        assert_eq!(read(Some(Value::Null)), Some(Change::Clear));
        assert_eq!(read(Some(json!("a"))), Some(Change::Set("a".to_owned())));
        assert_eq!(read(Some(json!([]))), None);
    }
}
