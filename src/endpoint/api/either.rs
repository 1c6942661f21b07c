//! Bodies that may have one of several forms.

/// Makes an enum whose variants are request objects: `oneOf` in the description, and of what is sent the form that
/// fits.
macro_rules! either {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident($form:ty),)+ }) => {
        $(#[$doc])*
        #[derive(Debug)]
        enum $name { $($(#[$variant_doc])* $variant($form),)+ }

        impl ::poem_openapi::types::Type for $name {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn schema_ref() -> ::poem_openapi::registry::MetaSchemaRef {
                ::poem_openapi::registry::MetaSchemaRef::Reference(stringify!($name).to_owned())
            }

            fn register(registry: &mut ::poem_openapi::registry::Registry) {
                $(<$form as ::poem_openapi::types::Type>::register(registry);)+
                registry.create_schema::<Self, _>(stringify!($name).to_owned(), |_| {
                    ::poem_openapi::registry::MetaSchema {
                        one_of: vec![$(<$form as ::poem_openapi::types::Type>::schema_ref()),+],
                        ..::poem_openapi::registry::MetaSchema::ANY
                    }
                });
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(self.as_raw_value().into_iter())
            }
        }

        impl ::poem_openapi::types::ParseFromJSON for $name {
            fn parse_from_json(value: Option<::serde_json::Value>) -> ::poem_openapi::types::ParseResult<Self> {
                $(
                    let form = <$form as ::poem_openapi::types::ParseFromJSON>::parse_from_json(value.clone());
                    if let Ok(form) = form {
                        return Ok(Self::$variant(form));
                    }
                )+
                Err(::poem_openapi::types::ParseError::custom("it has none of the forms described"))
            }
        }
    };
}
pub(super) use either;
