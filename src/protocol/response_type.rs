//! What an authorization response holds and how it travels: `response_type` and `response_mode` (OAuth 2.0 Multiple
//! Response Types §2, §3, Form Post Response Mode, JARM §2.3).
//!
//! No token ever stands in the query of an address, and no access token comes through the browser at all.

use super::features::Features;
use super::params::Parameters;
use super::reason::Reason;
use crate::model::authorization_request::{ResponseMode, ResponseType};
use crate::model::client::{Client, GrantType, Profile};
use crate::model::key::SigningAlgorithm;

/// How an answer travels: its carrier, and how it is signed when it is one JWT.
pub type Way = (ResponseMode, Option<SigningAlgorithm>);

/// The response types there are, in the order metadata lists them.
pub fn supported(features: &Features) -> Vec<&'static str> {
    let is_on = |kind: &ResponseType| !kind.has_id_token() || features.front_channel_id_tokens;
    ResponseType::ALL.into_iter().filter(is_on).map(ResponseType::as_str).collect()
}

/// The response modes there are, in the order metadata lists them.
pub fn modes_supported(features: &Features) -> Vec<&'static str> {
    let plain = ["query", "fragment", "form_post"];
    let signed = ["jwt", "query.jwt", "fragment.jwt", "form_post.jwt"];
    let signed = signed.into_iter().filter(|_| features.signed_responses);
    plain.into_iter().chain(signed).collect()
}

/// Reads `response_type`, which the client must be registered for.
pub fn parse(params: &Parameters, client: &Client, features: &Features) -> Result<ResponseType, Reason> {
    let text = params.get("response_type").ok_or(Reason::ResponseTypeMissing)?;
    let kind = known(text, features).ok_or(Reason::ResponseTypeUnsupported)?;
    // FAPI 2.0 Security Profile §5.3.2.2: only code.
    if kind.has_id_token() && client.keeps(Profile::Fapi2) {
        return Err(Reason::ResponseTypeUnsupported);
    }
    if kind.has_code() && !client.may_use(GrantType::AuthorizationCode) {
        return Err(Reason::CodeFlowNotRegistered);
    }
    let is_registered = client.metadata.response_types.iter().any(|own| ResponseType::parse(own) == Some(kind));
    if is_registered { Ok(kind) } else { Err(Reason::ResponseTypeNotRegistered) }
}

/// Reads `response_mode` for an answer of this type.
pub fn parse_mode(
    params: &Parameters,
    kind: ResponseType,
    client: &Client,
    features: &Features,
) -> Result<Way, Reason> {
    let way = way(params, kind, client, features).ok_or(Reason::ResponseModeUnknown)?;
    match (kind, way.0) {
        // OAuth 2.0 Multiple Response Types §3.0, JARM §2.3.1: no ID token in a query.
        (ResponseType::CodeIdToken | ResponseType::IdToken, ResponseMode::Query)
        | (ResponseType::IdToken, ResponseMode::Fragment) => Err(Reason::ResponseModeUnfit),
        _ => Ok(way),
    }
}

/// How the news travels that the request is refused: as asked for, as far as that can be told.
pub fn way_of_errors(params: &Parameters, client: &Client, features: &Features) -> Way {
    let kind = params.get("response_type").and_then(|text| known(text, features)).unwrap_or_default();
    way(params, kind, client, features).unwrap_or((default_carrier(kind), None))
}

fn known(text: &str, features: &Features) -> Option<ResponseType> {
    ResponseType::parse(text).filter(|kind| !kind.has_id_token() || features.front_channel_id_tokens)
}

fn way(params: &Parameters, kind: ResponseType, client: &Client, features: &Features) -> Option<Way> {
    let Some(mode) = params.get("response_mode") else { return Some((default_carrier(kind), None)) };
    let (carrier, signed) = match mode.strip_suffix("jwt").map(|carrier| carrier.strip_suffix('.').unwrap_or(carrier)) {
        Some(_) if !features.signed_responses => return None,
        // What cannot be signed is refused without a signature.
        Some(_) if !features.signing_algorithms().contains(&algorithm(client)) => return None,
        // JARM §2.3.4: jwt alone is the default carrier of the response type.
        Some("") if mode == "jwt" => return Some((default_carrier(kind), Some(algorithm(client)))),
        Some(carrier) if mode.contains('.') => (carrier, Some(algorithm(client))),
        Some(_) => return None,
        None => (mode, None),
    };
    match carrier {
        "query" => Some((ResponseMode::Query, signed)),
        "fragment" => Some((ResponseMode::Fragment, signed)),
        "form_post" => Some((ResponseMode::FormPost, signed)),
        _ => None,
    }
}

const fn default_carrier(kind: ResponseType) -> ResponseMode {
    if kind.has_id_token() { ResponseMode::Fragment } else { ResponseMode::Query }
}

/// How the client's authorization responses are signed (JARM §3).
fn algorithm(client: &Client) -> SigningAlgorithm {
    // FAPI 2.0 Security Profile §5.4.1: RS256 is not among its algorithms.
    let usual = if client.keeps(Profile::Fapi2) { SigningAlgorithm::ES256 } else { SigningAlgorithm::RS256 };
    client.metadata.authorization_signed_response_alg.unwrap_or(usual)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::samples;

    const ON: Features = Features { signed_responses: true, front_channel_id_tokens: true, ..Features::NONE };

    fn query(fields: &[(&str, &str)]) -> Parameters {
        Parameters::of(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).unwrap()
    }

    fn registered(kinds: &[&str]) -> Client {
        let mut client = samples::client();
        client.metadata.response_types = kinds.iter().map(ToString::to_string).collect();
        client
    }

    fn read(kind: &str, mode: &str) -> Result<Way, Reason> {
        let client = registered(&["code", "id_token code", "id_token"]);
        let params = query(&[("response_type", kind), ("response_mode", mode)]);
        parse_mode(&params, parse(&params, &client, &ON)?, &client, &ON)
    }

    #[test]
    fn aut_02_only_registered_types_of_those_that_are_on() {
        // Multiple Response Types §2: words in any order, and no others.
        let ask = |kind: &str, client: &Client, features: &Features| {
            parse(&query(&[("response_type", kind)]), client, features)
        };
        let client = registered(&["code", "id_token code"]);
        assert_eq!(ask("code id_token", &client, &ON), Ok(ResponseType::CodeIdToken));
        assert_eq!(ask("id_token code", &client, &ON), Ok(ResponseType::CodeIdToken));
        assert_eq!(ask("id_token", &client, &ON), Err(Reason::ResponseTypeNotRegistered));
        assert_eq!(ask("code id_token", &client, &Features::NONE), Err(Reason::ResponseTypeUnsupported));
        for never in ["none", "token", "code token", "code id_token token", "id_token token", "code code", "code  "] {
            assert_eq!(ask(never, &client, &ON), Err(Reason::ResponseTypeUnsupported), "{never:?}");
        }
        let mut strict = registered(&["code", "code id_token"]);
        strict.metadata.doorward.profile = Some(Profile::Fapi2);
        assert_eq!(ask("code id_token", &strict, &ON), Err(Reason::ResponseTypeUnsupported));
    }

    #[test]
    fn jarm_2_3_each_mode_has_its_carrier_and_no_id_token_stands_in_a_query() {
        // Multiple Response Types §2.1: the default mode. JARM §2.3.1: no ID token in a query. JARM §2.3.4: `jwt`
        // takes the default of the type.
        let rs256 = Some(SigningAlgorithm::RS256);
        for (kind, mode, expected) in [
            ("code", "", Ok((ResponseMode::Query, None))),
            ("code", "jwt", Ok((ResponseMode::Query, rs256))),
            ("code", "form_post.jwt", Ok((ResponseMode::FormPost, rs256))),
            ("code", "fragment", Ok((ResponseMode::Fragment, None))),
            ("code id_token", "", Ok((ResponseMode::Fragment, None))),
            ("code id_token", "jwt", Ok((ResponseMode::Fragment, rs256))),
            ("code id_token", "query", Err(Reason::ResponseModeUnfit)),
            ("code id_token", "query.jwt", Err(Reason::ResponseModeUnfit)),
            ("id_token", "", Err(Reason::ResponseModeUnfit)),
            ("id_token", "fragment.jwt", Err(Reason::ResponseModeUnfit)),
            ("id_token", "form_post", Ok((ResponseMode::FormPost, None))),
        ] {
            assert_eq!(read(kind, mode), expected, "{kind} {mode}");
        }
        for unknown in ["web_message", ".jwt", "queryjwt", "jwt.jwt", "query.jwt.jwt", "JWT", "query."] {
            assert_eq!(read("code", unknown), Err(Reason::ResponseModeUnknown), "{unknown}");
        }
        let params = query(&[("response_type", "code"), ("response_mode", "jwt")]);
        let plain = parse_mode(&params, ResponseType::Code, &samples::client(), &Features::NONE);
        assert_eq!(plain, Err(Reason::ResponseModeUnknown));
    }

    #[test]
    fn errors_travel_as_asked_for_or_as_the_response_type_does() {
        let client = samples::client();
        let way = |fields: &[(&str, &str)]| way_of_errors(&query(fields), &client, &ON);
        assert_eq!(way(&[("response_type", "code id_token")]), (ResponseMode::Fragment, None));
        assert_eq!(way(&[("response_mode", "x")]), (ResponseMode::Query, None));
        let signed = (ResponseMode::FormPost, Some(SigningAlgorithm::RS256));
        assert_eq!(way(&[("response_mode", "form_post.jwt")]), signed);
    }
}
