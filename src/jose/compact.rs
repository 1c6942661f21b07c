//! Taking a compact JWS apart, without believing any of it: three parts, a strict header, the bytes that are signed.
//!
//! References to keys in the header are not looked at (JWT-07), and a key in it is only handed on. Nothing here verifies.
//!
//! RFC 7515 §5.2, RFC 7519 §7.2, RFC 8725 §3.

use std::cell::Cell;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::verification::JwtRefusal;
use crate::base::bounds::{JWT_BYTES_MAX, JWT_DEPTH_MAX};

/// A compact JWS in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compact<'a, H = Header> {
    /// The members of the header that count; or its text, where nobody has read it.
    pub header: H,
    /// What the signature is over.
    pub signing_input: &'a [u8],
    /// The signature.
    pub signature: Vec<u8>,
    payload: &'a str,
}

/// The members of the header that count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `alg`, whatever it says.
    pub alg: String,
    /// `typ`.
    pub typ: Option<String>,
    /// `kid`.
    pub kid: Option<String>,
    /// `jwk`, whatever it is. Only a DPoP proof may bring its key.
    pub jwk: Option<Value>,
}

impl<'a> Compact<'a> {
    /// Takes `token` apart and reads its header.
    pub fn parse(token: &'a str) -> Result<Self, JwtRefusal> {
        let Compact { header, signing_input, signature, payload } = Compact::split(token)?;
        Ok(Self { header: Header::parse(header)?, signing_input, signature, payload })
    }
}

impl<'a> Compact<'a, &'a str> {
    /// Takes `token` apart.
    pub fn split(token: &'a str) -> Result<Self, JwtRefusal> {
        if token.len() > JWT_BYTES_MAX {
            return Err(JwtRefusal::TooLong);
        }
        let (signing_input, signature) = token.rsplit_once('.').ok_or(JwtRefusal::NotThreeParts)?;
        let (header, payload) = signing_input.split_once('.').ok_or(JwtRefusal::NotThreeParts)?;
        if payload.contains('.') {
            return Err(JwtRefusal::NotThreeParts);
        }
        Ok(Self { header, signing_input: signing_input.as_bytes(), signature: decode(signature)?, payload })
    }
}

impl<H> Compact<'_, H> {
    /// The claims: exactly the bytes that were signed. Ask only after the signature was verified.
    pub fn claims(&self) -> Result<Map<String, Value>, JwtRefusal> {
        parse_object(&decode(self.payload)?)
    }
}

impl Header {
    /// Reads the first part.
    pub(super) fn parse(part: &str) -> Result<Self, JwtRefusal> {
        let mut members = parse_object(&decode(part)?)?;
        // RFC 7515 §4.1.11: a critical extension must be understood, and none is.
        if members.contains_key("crit") {
            return Err(JwtRefusal::CriticalExtension);
        }
        let mut text = |name: &str| match members.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(JwtRefusal::NotJson),
        };
        let (alg, typ, kid) = (text("alg")?.ok_or(JwtRefusal::NotJson)?, text("typ")?, text("kid")?);
        Ok(Self { alg, typ, kid, jwk: members.remove("jwk") })
    }
}

// RFC 7515 §2: base64url without padding, line breaks or anything else; spare bits are zero.
fn decode(part: &str) -> Result<Vec<u8>, JwtRefusal> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| JwtRefusal::NotBase64Url)
}

/// Reads a JSON object in which no member stands twice, at any depth, and which is not nested deeply.
fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, JwtRefusal> {
    let refusal = Cell::new(JwtRefusal::NotJson);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let strict = Strict { depth_left: JWT_DEPTH_MAX, refusal: &refusal };
    match strict.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value)) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(JwtRefusal::NotJson),
        Err(_) => Err(refusal.get()),
    }
}

/// Builds a JSON value and notes why it gave up, if it did.
#[derive(Clone, Copy)]
struct Strict<'a> {
    depth_left: usize,
    refusal: &'a Cell<JwtRefusal>,
}

impl Strict<'_> {
    fn refuse<E: serde::de::Error>(self, refusal: JwtRefusal) -> E {
        self.refusal.set(refusal);
        E::custom("refused")
    }

    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.depth_left.checked_sub(1) {
            Some(depth_left) => Ok(Self { depth_left, ..self }),
            None => Err(self.refuse(JwtRefusal::TooDeep)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let element = self.deeper()?;
        let mut elements = Vec::new();
        while let Some(value) = sequence.next_element_seed(element)? {
            elements.push(value);
        }
        Ok(elements.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let member = self.deeper()?;
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            // RFC 7515 §4, RFC 7519 §4: names are unique, so that no two readers can see two different tokens.
            if members.insert(name, map.next_value_seed(member)?).is_some() {
                return Err(self.refuse(JwtRefusal::MemberTwice));
            }
        }
        Ok(members.into())
    }
}
