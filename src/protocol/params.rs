//! Parameters of a query or form: `application/x-www-form-urlencoded`, read strictly.
//!
//! Broken encodings, repetitions and excess are refused before anybody looks at a value; unknown names are ignored
//! (RFC 6749 §3.1). Which parameters a request needs is not decided here.

use std::fmt;

use percent_encoding::percent_decode;

use super::reason::Reason;
use crate::base::bounds::{PARAMETER_NAME_BYTES_MAX, PARAMETER_VALUE_BYTES_MAX, PARAMETERS_MAX};

/// The names some endpoint reads. A repetition of one of them can be named in the answer.
const KNOWN: &[&str] = &[
    "acr_values",
    "authorization_details",
    "claims",
    "claims_locales",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "display",
    "dpop_jkt",
    "grant_type",
    "id_token_hint",
    "login_hint",
    "logout_hint",
    "max_age",
    "nonce",
    "post_logout_redirect_uri",
    "prompt",
    "redirect_uri",
    "refresh_token",
    "registration",
    "request",
    "request_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "token",
    "token_type_hint",
    "access_token",
    "requested_expiry",
    "login_hint_token",
    "binding_message",
    "auth_req_id",
    "assertion",
    "audience",
    "requested_token_type",
    "actor_token_type",
    "actor_token",
    "subject_token_type",
    "subject_token",
    "device_code",
    "ui_locales",
];

/// The only parameter that may be repeated (RFC 8707 §2).
const REPEATABLE: &str = "resource";

/// The parameters of one request, decoded. Values are never printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads a query string (without the `?`) or a form body.
    pub fn parse(encoded: &[u8]) -> Result<Self, Reason> {
        let mut parameters = Self::default();
        for pair in encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let (name, value) = decode_pair(pair)?;
            parameters.admit(&name)?;
            parameters.0.push((name, value));
        }
        Ok(parameters)
    }

    /// Parameters that came otherwise than by a query or form, under the same rules.
    pub fn of(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, Reason> {
        let mut parameters = Self::default();
        for (name, value) in pairs {
            parameters.admit(&name)?;
            if name.len() > PARAMETER_NAME_BYTES_MAX || value.len() > PARAMETER_VALUE_BYTES_MAX {
                return Err(Reason::ParameterTooLong);
            }
            if value.contains('\0') {
                return Err(Reason::MalformedEncoding);
            }
            parameters.0.push((name, value));
        }
        Ok(parameters)
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Reads the form of a POST to an endpoint that is reached by GET as well. Parameters of the protocol in the
    /// query beside it are refused, so that nobody can read one half and act on the other (RED-03).
    pub fn parse_post(query: &[u8], body: &[u8]) -> Result<Self, Reason> {
        if Self::parse(query)?.0.iter().any(|(name, _)| known(name).is_some()) {
            return Err(Reason::SplitParameters);
        }
        Self::parse(body)
    }

    /// The value of `name`. A parameter without a value counts as absent (RFC 6749 §3.1).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The value of `name`, or the refusal that it is missing.
    pub fn require(&self, name: &'static str) -> Result<&str, Reason> {
        self.get(name).ok_or(Reason::MissingParameter(name))
    }

    /// Every value of `name`, in order; more than one only for `resource`.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(own, value)| own == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Whether there is no parameter with a value.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|(_, value)| value.is_empty())
    }

    fn admit(&self, name: &str) -> Result<(), Reason> {
        if self.0.len() == PARAMETERS_MAX {
            return Err(Reason::TooManyParameters);
        }
        // RED-03: `redirect_uri[]` and `redirect_uri[0]` are how some frameworks spell a repetition.
        if let Some(base) = name.split_once('[').and_then(|(base, _)| known(base)) {
            return Err(Reason::ArrayParameter(base));
        }
        // RFC 6749 §3.1 and §3.2: no parameter more than once, known or not, with a value or without.
        if name != REPEATABLE && self.0.iter().any(|(own, _)| own == name) {
            return Err(known(name).map_or(Reason::DuplicateOtherParameter, Reason::DuplicateParameter));
        }
        Ok(())
    }
}

/// The name, when some endpoint reads it.
pub(super) fn known(name: &str) -> Option<&'static str> {
    KNOWN.iter().find(|known| **known == name).copied()
}

fn decode_pair(pair: &[u8]) -> Result<(String, String), Reason> {
    let equals = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
    let name = decode(&pair[..equals], PARAMETER_NAME_BYTES_MAX)?;
    let value = decode(pair.get(equals + 1..).unwrap_or_default(), PARAMETER_VALUE_BYTES_MAX)?;
    Ok((name, value))
}

/// Decodes one name or value of at most `bytes_max` bytes, without replacing anything that is broken (INJ-11).
fn decode(encoded: &[u8], bytes_max: usize) -> Result<String, Reason> {
    // An escape takes three bytes, so a longer text cannot decode to an admissible one.
    if encoded.len() > bytes_max * 3 {
        return Err(Reason::ParameterTooLong);
    }
    if !escapes_are_whole(encoded) {
        return Err(Reason::MalformedEncoding);
    }
    let spaced: Vec<u8> = encoded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let text = percent_decode(&spaced).decode_utf8().map_err(|_| Reason::MalformedEncoding)?;
    if text.contains('\0') {
        return Err(Reason::MalformedEncoding);
    }
    if text.len() > bytes_max {
        return Err(Reason::ParameterTooLong);
    }
    Ok(text.into_owned())
}

/// Whether the escapes of a path are whole and mean UTF-8 (INJ-11).
pub fn is_escaped(path: &str) -> bool {
    escapes_are_whole(path.as_bytes()) && percent_decode(path.as_bytes()).decode_utf8().is_ok()
}

fn escapes_are_whole(encoded: &[u8]) -> bool {
    encoded
        .split(|byte| *byte == b'%')
        .skip(1)
        .all(|rest| matches!(rest, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()))
}

impl fmt::Debug for Parameters {
    // LOG-02: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Parameters, Reason> {
        Parameters::parse(text.as_bytes())
    }

    #[test]
    fn rfc6749_3_1_values_are_decoded_and_empty_ones_are_absent() {
        let parameters = parse("state=a+b%26%C3%A9%3D&nonce=&scope&unknown=1&&prompt=none").unwrap();
        assert_eq!(parameters.get("state"), Some("a b&é="));
        assert_eq!(parameters.get("nonce"), None);
        assert_eq!(parameters.get("scope"), None);
        assert_eq!(parameters.get("prompt"), Some("none"));
        assert_eq!(parameters.require("code"), Err(Reason::MissingParameter("code")));
        assert!(parse("").unwrap().is_empty() && parse("a=&b").unwrap().is_empty());
    }

    #[test]
    fn aut_01_tok_03_any_parameter_given_twice_is_refused() {
        assert_eq!(parse("state=a&state=a"), Err(Reason::DuplicateParameter("state")));
        assert_eq!(parse("state=&state=a"), Err(Reason::DuplicateParameter("state")));
        assert_eq!(parse("state=a&%73tate=b"), Err(Reason::DuplicateParameter("state")));
        assert_eq!(parse("x=a&x=b"), Err(Reason::DuplicateOtherParameter));
    }

    #[test]
    fn rfc8707_2_resource_may_be_repeated() {
        let parameters = parse("resource=https://a.example&resource=&resource=https://b.example").unwrap();
        assert_eq!(parameters.all("resource").collect::<Vec<_>>(), ["https://a.example", "https://b.example"]);
    }

    #[test]
    fn red_03_array_style_and_split_parameters_are_refused() {
        assert_eq!(parse("redirect_uri[]=https://a.example"), Err(Reason::ArrayParameter("redirect_uri")));
        assert_eq!(parse("redirect_uri%5B0%5D=https://a.example"), Err(Reason::ArrayParameter("redirect_uri")));
        assert!(parse("x[]=1").is_ok());
        assert_eq!(Parameters::parse_post(b"redirect_uri=a", b"client_id=b"), Err(Reason::SplitParameters));
        assert_eq!(Parameters::parse_post(b"utm=a", b"client_id=b").unwrap().get("client_id"), Some("b"));
        assert_eq!(Parameters::parse_post(b"utm=%zz", b"client_id=b"), Err(Reason::MalformedEncoding));
    }

    #[test]
    fn inj_11_broken_encodings_are_refused_and_not_repaired() {
        for broken in [&b"a=%"[..], b"a=%4", b"a=%zz", b"a=%+1", b"a=%ff", b"a=\xff", b"a=%00", b"a=\0", b"%c3=a"] {
            assert_eq!(Parameters::parse(broken), Err(Reason::MalformedEncoding), "{broken:?}");
        }
        let utf_16: Vec<u8> = "grant_type=x".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(Parameters::parse(&utf_16), Err(Reason::MalformedEncoding));
        assert_eq!(parse("a=%EF%BF%BD").unwrap().get("a"), Some("\u{fffd}"));
    }

    #[test]
    fn htt_09_counts_and_lengths_are_bounded() {
        let many = |count| (0..count).map(|index| format!("p{index}=1")).collect::<Vec<_>>().join("&");
        assert!(parse(&many(PARAMETERS_MAX)).is_ok());
        assert_eq!(parse(&many(PARAMETERS_MAX + 1)), Err(Reason::TooManyParameters));
        assert!(parse(&format!("a={}", "%41".repeat(PARAMETER_VALUE_BYTES_MAX))).is_ok());
        assert_eq!(parse(&format!("a={}", "b".repeat(PARAMETER_VALUE_BYTES_MAX + 1))), Err(Reason::ParameterTooLong));
        assert_eq!(parse(&format!("{}=b", "a".repeat(PARAMETER_NAME_BYTES_MAX + 1))), Err(Reason::ParameterTooLong));
    }

    #[test]
    fn log_02_values_are_not_printed() {
        assert_eq!(format!("{:?}", parse("client_secret=hush").unwrap()), "[\"client_secret\"]");
    }

    #[test]
    fn the_known_names_are_distinct() {
        for (index, name) in KNOWN.iter().enumerate() {
            assert!(!KNOWN[..index].contains(name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn what_a_form_encoder_writes_is_read_back(value in "[^\\x00]{1,80}") {
            let encoded = form_urlencoded::Serializer::new(String::new()).append_pair("state", &value).finish();
            let parameters = parse(&encoded).unwrap();
            prop_assert_eq!(parameters.get("state"), Some(value.as_str()));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Parameters::parse(&bytes);
        }
    }
}
