//! Authorization responses: what is sent back to the client's redirect URI, and how (RFC 6749 §4.1.2, OAuth 2.0
//! Multiple Response Types §2.1, Form Post Response Mode, RFC 9207, JARM).
//!
//! Signing is done in `jose`. The HTML of the self-posting form is the pages' business, the redirect's status the endpoint's.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use serde_json::{Map, Value};

use super::reason::{ErrorCode, Reason};
use crate::base::bounds::SIGNED_RESPONSE_SECONDS;
use crate::base::{Fault, Issuer, OpaqueToken, Timestamp};
use crate::model::authorization_request::{AuthorizationRequest, ResponseMode};
use crate::model::key::SigningAlgorithm;

// Everything but RFC 3986's unreserved characters. A space becomes %20, which readers of forms and of URIs agree on.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where an answer goes, and what it has to carry besides itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnAddress {
    /// To whom.
    pub client_id: String,
    /// A redirect URI that was matched against the registration.
    pub redirect_uri: String,
    /// How the answer travels.
    pub response_mode: ResponseMode,
    /// How it is signed, when it is to be one JWT.
    pub response_alg: Option<SigningAlgorithm>,
    /// Returned byte for byte, and never invented (AUT-05).
    pub state: Option<String>,
    /// Told beside what is handed over, where session management is on.
    pub session_state: Option<String>,
}

impl ReturnAddress {
    /// Where the answer to `request` goes.
    pub fn of(request: &AuthorizationRequest) -> Self {
        Self {
            client_id: request.client_id.clone(),
            redirect_uri: request.redirect_uri.clone(),
            response_mode: request.response_mode,
            response_alg: request.response_alg,
            state: request.state.clone(),
            session_state: None,
        }
    }
}

/// What is to be said, before it is known whether it is signed. It may hold a code, so it does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    to: ReturnAddress,
    fields: Vec<(&'static str, String)>,
}

/// An answer on its way through the browser. It may hold a code, so it does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub enum AuthorizationResponse {
    /// The browser is redirected to this address.
    Redirect(String),
    /// The browser posts these fields to this address.
    FormPost {
        /// The address.
        action: String,
        /// Names and values, not escaped.
        fields: Vec<(&'static str, String)>,
    },
}

/// The answer that hands over a code, an ID token, or both.
pub fn success(to: ReturnAddress, code: Option<&OpaqueToken>, id_token: Option<String>) -> Answer {
    let code = code.map(|code| ("code", code.expose().to_owned()));
    let session_state = to.session_state.clone().map(|session_state| ("session_state", session_state));
    let id_token = id_token.map(|token| ("id_token", token));
    answer(to, code.into_iter().chain(id_token).chain(session_state).collect())
}

/// The answer that says no.
pub fn refusal(to: ReturnAddress, issuer: &Issuer, reason: Reason) -> Answer {
    error(to, reason.code(), &reason.description(), Some(("error_uri", reason.error_uri(issuer))))
}

/// The answer when something of ours failed (RFC 6749 §4.1.2.1).
pub fn failure(to: ReturnAddress, fault: &Fault) -> Answer {
    if fault.is_passing() {
        let sentence = "The server cannot answer now; try again in a moment.";
        error(to, ErrorCode::TemporarilyUnavailable, sentence, None)
    } else {
        error(to, ErrorCode::ServerError, "The server met an error of its own.", None)
    }
}

fn error(to: ReturnAddress, code: ErrorCode, description: &str, error_uri: Option<(&'static str, String)>) -> Answer {
    let mut fields = vec![("error", code.as_str().to_owned()), ("error_description", description.to_owned())];
    fields.extend(error_uri);
    answer(to, fields)
}

fn answer(to: ReturnAddress, mut fields: Vec<(&'static str, String)>) -> Answer {
    fields.extend(to.state.clone().map(|state| ("state", state)));
    Answer { to, fields }
}

impl Answer {
    /// To whom it goes.
    pub fn client_id(&self) -> &str {
        &self.to.client_id
    }

    /// How it has to be signed, if it does.
    pub const fn response_alg(&self) -> Option<SigningAlgorithm> {
        self.to.response_alg
    }

    /// What the JWT says that it becomes (JARM §2.1).
    pub fn claims(&self, issuer: &Issuer, now: Timestamp) -> Map<String, Value> {
        let mut claims = Map::new();
        claims.insert("iss".to_owned(), issuer.as_str().into());
        claims.insert("aud".to_owned(), self.to.client_id.as_str().into());
        claims.insert("exp".to_owned(), now.plus_seconds(SIGNED_RESPONSE_SECONDS).seconds().into());
        claims.extend(self.fields.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())));
        claims
    }

    /// The answer as parameters.
    pub fn plain(mut self, issuer: &Issuer) -> AuthorizationResponse {
        // RFC 9207 §2: in every answer, errors included.
        self.fields.push(("iss", issuer.as_str().to_owned()));
        carried(self.to, self.fields)
    }

    /// The answer as the JWT that its claims were made into. RFC 9207 §2.4: its `iss` is then the one inside.
    pub fn signed(self, jwt: String) -> AuthorizationResponse {
        carried(self.to, vec![("response", jwt)])
    }
}

fn carried(to: ReturnAddress, fields: Vec<(&'static str, String)>) -> AuthorizationResponse {
    match to.response_mode {
        ResponseMode::Query => AuthorizationResponse::Redirect(with_query(&to.redirect_uri, &fields)),
        ResponseMode::Fragment => AuthorizationResponse::Redirect(format!("{}#{}", to.redirect_uri, encode(&fields))),
        ResponseMode::FormPost => AuthorizationResponse::FormPost { action: to.redirect_uri, fields },
    }
}

/// `uri` with `fields` appended to its query, which is kept as it is (RFC 6749 §3.1.2, RED-06).
pub(super) fn with_query(uri: &str, fields: &[(&'static str, String)]) -> String {
    let separator = match uri.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{uri}{separator}{}", encode(fields))
}

fn encode(fields: &[(&'static str, String)]) -> String {
    let pairs: Vec<_> =
        fields.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, ENCODED))).collect();
    pairs.join("&")
}

impl fmt::Debug for Answer {
    // LOG-02
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.fields.iter().map(|(name, _)| name)).finish()
    }
}

impl fmt::Debug for AuthorizationResponse {
    // LOG-02
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redirect(_) => "Redirect(..)",
            Self::FormPost { .. } => "FormPost { .. }",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::{Draw, TokenKind};
    use crate::protocol::params::Parameters;
    use crate::protocol::samples;

    fn to(redirect_uri: &str, response_mode: ResponseMode, state: Option<&str>) -> ReturnAddress {
        ReturnAddress {
            client_id: "acme".into(),
            redirect_uri: redirect_uri.into(),
            response_mode,
            response_alg: None,
            state: state.map(str::to_owned),
            session_state: None,
        }
    }

    fn location(response: AuthorizationResponse) -> String {
        match response {
            AuthorizationResponse::Redirect(location) => location,
            AuthorizationResponse::FormPost { .. } => panic!("a form"),
        }
    }

    fn code() -> OpaqueToken {
        OpaqueToken::generate(TokenKind::AuthorizationCode, &mut Draw::from_seed([5; 32]))
    }

    #[test]
    fn rfc6749_4_1_2_a_code_is_appended_to_the_query() {
        let to = to("https://app.example/cb", ResponseMode::Query, Some("a b+c&d=é"));
        let location = location(success(to, Some(&code()), None).plain(&samples::issuer()));
        let expected = format!(
            "https://app.example/cb?code={}&state=a%20b%2Bc%26d%3D%C3%A9&iss=https%3A%2F%2Fidp.example",
            code().expose()
        );
        assert_eq!(location, expected);
    }

    #[test]
    fn red_06_a_registered_query_is_kept_as_it_is() {
        for (uri, start) in [
            ("https://app.example/cb?x=%2f+y", "https://app.example/cb?x=%2f+y&error="),
            ("https://app.example/cb?", "https://app.example/cb?error="),
            ("https://app.example/cb?x&", "https://app.example/cb?x&error="),
            ("com.example.app:/cb", "com.example.app:/cb?error="),
        ] {
            let refused = refusal(to(uri, ResponseMode::Query, None), &samples::issuer(), Reason::LoginRequired)
                .plain(&samples::issuer());
            let location = location(refused);
            assert!(location.starts_with(start), "{location}");
        }
        let fragment = to("https://app.example/cb?x=1", ResponseMode::Fragment, None);
        let location = location(refusal(fragment, &samples::issuer(), Reason::LoginRequired).plain(&samples::issuer()));
        assert!(location.starts_with("https://app.example/cb?x=1#error=login_required&"), "{location}");
    }

    #[test]
    fn aut_05_aut_06_errors_hold_error_description_state_and_iss_and_nothing_else() {
        let form = to("https://app.example/cb?x=1", ResponseMode::FormPost, Some("\"><script>"));
        let refused = refusal(form, &samples::issuer(), Reason::AccessDenied).plain(&samples::issuer());
        let AuthorizationResponse::FormPost { action, fields } = refused else { panic!() };
        assert_eq!(action, "https://app.example/cb?x=1");
        let expected = [
            ("error", "access_denied"),
            ("error_description", "The person refused or cancelled."),
            ("error_uri", "https://idp.example/errors/access_denied"),
            ("state", "\"><script>"),
            ("iss", "https://idp.example"),
        ];
        assert_eq!(fields, expected.map(|(name, value)| (name, value.to_owned())));
        let stateless =
            refusal(to("https://app.example/", ResponseMode::Query, None), &samples::issuer(), Reason::AccessDenied)
                .plain(&samples::issuer());
        assert!(!location(stateless).contains("state"));
    }

    #[test]
    fn rfc6749_4_1_2_1_faults_are_told_apart_by_whether_they_pass() {
        let to = to("https://app.example/cb", ResponseMode::Query, None);
        let sent = |fault: &Fault| location(failure(to.clone(), fault).plain(&samples::issuer()));
        assert!(sent(&Fault::Busy("hashing")).contains("error=temporarily_unavailable&"));
        let broken = sent(&Fault::broken("row 7 of table x"));
        assert!(broken.contains("error=server_error&") && !broken.contains("row"));
    }

    #[test]
    fn log_02_an_answer_does_not_print_its_code() {
        for mode in [ResponseMode::Query, ResponseMode::Fragment, ResponseMode::FormPost] {
            let response =
                success(to("https://app.example/cb", mode, None), Some(&code()), None).plain(&samples::issuer());
            assert!(!format!("{response:?}").contains("dwc_"));
        }
    }

    #[test]
    fn jarm_2_1_a_signed_answer_says_from_whom_to_whom_and_until_when() {
        let to = ReturnAddress {
            response_alg: Some(SigningAlgorithm::ES256),
            ..to("https://app.example/cb", ResponseMode::FormPost, Some("é"))
        };
        let answer = refusal(to, &samples::issuer(), Reason::AccessDenied);
        assert_eq!(answer.response_alg(), Some(SigningAlgorithm::ES256));
        let expected = serde_json::json!({
            "iss": "https://idp.example",
            "aud": "acme",
            "exp": samples::NOW.seconds() + SIGNED_RESPONSE_SECONDS,
            "error": "access_denied",
            "error_description": "The person refused or cancelled.",
            "error_uri": "https://idp.example/errors/access_denied",
            "state": "é",
        });
        assert_eq!(Value::Object(answer.claims(&samples::issuer(), samples::NOW)), expected);
        let AuthorizationResponse::FormPost { fields, .. } = answer.signed("a.b.c".to_owned()) else {
            panic!("no form")
        };
        assert_eq!(fields, [("response", "a.b.c".to_owned())]);
    }

    proptest! {
        #[test]
        fn aut_05_state_survives_every_mode_byte_for_byte(state in "[^\\x00]{1,300}") {
            for mode in [ResponseMode::Query, ResponseMode::Fragment, ResponseMode::FormPost] {
                let response = success(to("https://app.example/cb?x=1", mode, Some(&state)), Some(&code()), None).plain(&samples::issuer());
                let returned = match response {
                    AuthorizationResponse::Redirect(location) => {
                        prop_assert!(location.bytes().all(|byte| byte.is_ascii_graphic()));
                        let url = url::Url::parse(&location).unwrap();
                        let part = url.fragment().or_else(|| url.query()).unwrap_or_default();
                        let parameters = Parameters::parse(part.as_bytes()).unwrap();
                        parameters.get("state").map(str::to_owned)
                    }
                    AuthorizationResponse::FormPost { fields, .. } => {
                        fields.into_iter().find(|(name, _)| *name == "state").map(|(_, value)| value)
                    }
                };
                prop_assert_eq!(returned.as_deref(), Some(state.as_str()));
            }
        }
    }
}
