//! Who the client is that calls the token, introspection or revocation endpoint, and its proof (RFC 6749 §2.3).
//!
//! Counting failures and slowing guessers down is not done here, nor is looking the client up. Assertions and
//! certificates are verified by whoever asks: what is left to do stands in [`Identified`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::authorization_header::{AuthorizationHeader, NotAnAuthorization};
use super::client_assertion::{JWT_BEARER, named_client};
use super::params::Parameters;
use super::reason::Reason;
use crate::base::bounds::BASIC_CREDENTIALS_BYTES_MAX;
use crate::base::{Digest, Issuer, Sensitive, Timestamp};
use crate::model::client::{AuthMethod, Client, ClientSecret};

/// What a request says about the client that makes it; nothing of it is proven yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentedCredentials {
    client_id: String,
    proof: Proof,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Proof {
    /// The secret of a Basic header, decoded, and as it stood there.
    Basic { secret: Sensitive<String>, as_sent: Sensitive<String> },
    /// The secret of the form.
    Post { secret: Sensitive<String> },
    /// An assertion, signed with a key or a secret.
    Assertion { assertion: Sensitive<String> },
    /// None.
    Nothing,
}

impl PresentedCredentials {
    /// Reads the `Authorization` fields and the form. The query is not handed in: secrets in it do not count (CLI-02).
    pub fn parse(authorization: &[&[u8]], form: &Parameters) -> Result<Self, Reason> {
        let header = AuthorizationHeader::parse(authorization).map_err(|not| match not {
            NotAnAuthorization::Repeated => Reason::ClientCredentialsRepeated,
            NotAnAuthorization::Malformed => Reason::ClientCredentialsMalformed,
        })?;
        let form_secret = form.get("client_secret");
        let assertion = form.get("client_assertion");
        let has_assertion = assertion.or(form.get("client_assertion_type")).map(|_| assertion.unwrap_or_default());
        // RFC 6749 §2.3: a client uses one method in each request.
        match (header, form_secret, has_assertion) {
            (Some(header), None, None) => Self::from_header(header, form),
            (None, Some(secret), None) => {
                Ok(Self::named(form, Proof::Post { secret: Sensitive::new(secret.to_owned()) })?)
            }
            (None, None, None) => Self::named(form, Proof::Nothing),
            (None, None, Some(assertion)) => Self::from_assertion(assertion, form),
            _ => Err(Reason::ClientCredentialsRepeated),
        }
    }

    /// The client that is claimed to ask.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Whether a client that is registered for `method` presents itself like this.
    const fn is_by(&self, method: AuthMethod) -> bool {
        match self.proof {
            Proof::Basic { .. } => matches!(method, AuthMethod::ClientSecretBasic),
            Proof::Post { .. } => matches!(method, AuthMethod::ClientSecretPost),
            Proof::Assertion { .. } => matches!(method, AuthMethod::PrivateKeyJwt | AuthMethod::ClientSecretJwt),
            // RFC 8705 §2: the proof is in the connection.
            Proof::Nothing => {
                matches!(method, AuthMethod::None | AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth)
            }
        }
    }

    /// What is still to be verified when the client is registered for `method`.
    fn pending(&self, method: AuthMethod) -> Pending {
        match (&self.proof, method) {
            (Proof::Assertion { assertion }, _) => Pending::Assertion(assertion.clone()),
            (Proof::Nothing, AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth) => Pending::Certificate,
            _ => Pending::Nothing,
        }
    }

    /// Whether the client forgot to form-encode its secret: it was refused, but the secret as sent is a right one.
    /// For the log only.
    pub fn is_right_but_not_encoded(&self, client: &Client, now: Timestamp) -> bool {
        match &self.proof {
            Proof::Basic { secret, as_sent } if secret != as_sent => matches_any(as_sent.expose(), Some(client), now),
            _ => false,
        }
    }

    fn named(form: &Parameters, proof: Proof) -> Result<Self, Reason> {
        let client_id = form.get("client_id").ok_or(Reason::ClientCredentialsMissing)?.to_owned();
        Ok(Self { client_id, proof })
    }

    // RFC 7521 §4.2: the client_id in the form may be left out, and otherwise agrees.
    fn from_assertion(assertion: &str, form: &Parameters) -> Result<Self, Reason> {
        if form.get("client_assertion_type") != Some(JWT_BEARER) {
            return Err(Reason::ClientAssertionMalformed);
        }
        let client_id = named_client(assertion)?;
        if form.get("client_id").is_some_and(|other| other != client_id) {
            return Err(Reason::ClientCredentialsRepeated);
        }
        Ok(Self { client_id, proof: Proof::Assertion { assertion: assertion.to_owned().into() } })
    }

    fn from_header(header: AuthorizationHeader<'_>, form: &Parameters) -> Result<Self, Reason> {
        let presented = header.of_scheme("Basic").and_then(parse_basic).ok_or(Reason::ClientCredentialsMalformed)?;
        // COD-04: a client_id in the form is no second opinion.
        match form.get("client_id") {
            Some(other) if other != presented.client_id => Err(Reason::ClientCredentialsRepeated),
            _ => Ok(presented),
        }
    }

    fn secret(&self) -> &str {
        match &self.proof {
            Proof::Basic { secret, .. } | Proof::Post { secret } => secret.expose(),
            Proof::Assertion { .. } | Proof::Nothing => "",
        }
    }
}

/// A client that may be who it says, and what is left to verify.
#[derive(Debug)]
pub struct Identified<'c> {
    /// The client.
    pub client: &'c Client,
    /// Until this is verified the client has proven nothing.
    pub pending: Pending,
}

/// What a client brings that is not judged here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pending {
    /// Nothing: it has proven itself, or is a public client.
    Nothing,
    /// An assertion that it should have signed (RFC 7523 §2.2).
    Assertion(Sensitive<String>),
    /// The certificate of its connection (RFC 8705 §2).
    Certificate,
}

// RFC 6749 §2.3.1, RFC 7617 §2: base64 of the form-encoded client_id, a colon, and the form-encoded secret.
fn parse_basic(credentials: &str) -> Option<PresentedCredentials> {
    if credentials.len() > BASIC_CREDENTIALS_BYTES_MAX {
        return None;
    }
    let decoded = Sensitive::new(String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?);
    let (client_id, secret) = decoded.expose().split_once(':')?;
    let client_id = form_decode(client_id);
    let proof = Proof::Basic { secret: form_decode(secret).into(), as_sent: secret.to_owned().into() };
    (!client_id.is_empty()).then_some(PresentedCredentials { client_id, proof })
}

/// What `text` stands for; what is no form encoding stands for itself.
fn form_decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().map_or_else(|_| text.to_owned(), Into::into)
}

/// Whether `presented` proves to be `client`, which was looked up by its [`PresentedCredentials::client_id`], by a
/// method that is on.
///
/// A client that does not exist costs the same work as a wrong secret and is answered alike (CLI-11).
pub fn authenticate<'c>(
    presented: &PresentedCredentials,
    client: Option<&'c Client>,
    now: Timestamp,
) -> Result<Identified<'c>, Reason> {
    let is_proven = matches_any(presented.secret(), client, now);
    let client = client.filter(|client| client.client_id == presented.client_id);
    let client = client.ok_or(Reason::ClientCredentialsOfNobody)?;
    if client.disabled_at.is_some() {
        return Err(Reason::ClientCredentialsOfDisabled);
    }
    // CLI-04, CLI-05: the registered method and no other, so that a confidential client is never taken at its word.
    let method = client.metadata.token_endpoint_auth_method;
    if !presented.is_by(method) {
        return Err(Reason::ClientMethodNotRegistered);
    }
    let pending = presented.pending(method);
    if pending == Pending::Nothing && client.is_confidential() && !is_proven {
        return Err(Reason::ClientSecretWrong);
    }
    Ok(Identified { client, pending })
}

/// Whether `secret` is one of the client's live ones. All of them are compared, in constant time, and there is always
/// one comparison.
fn matches_any(secret: &str, client: Option<&Client>, now: Timestamp) -> bool {
    let digest = Digest::of(secret);
    let decoy = Digest::from_stored(DECOY_DIGEST);
    let secrets = client.map_or(&[][..], |client| &client.secrets);
    let live = secrets.iter().filter(|own| is_live(own, now)).map(|own| &own.digest);
    live.chain([&decoy]).filter(|own| **own == digest).count() > 0
}

/// No SHA-256 digest has this spelling, so it never decides.
const DECOY_DIGEST: &str = "-------------------------------------------";

fn is_live(secret: &ClientSecret, now: Timestamp) -> bool {
    secret.expires_at.is_none_or(|end| now < end)
}

/// The `WWW-Authenticate` of a 401 that refuses a client (RFC 6749 §5.2, RFC 9110 §15.5.2).
pub fn challenge(issuer: &Issuer) -> String {
    format!("Basic realm=\"{issuer}\", charset=\"UTF-8\"")
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::grant::fixtures::{NOW, SECRET, World, client, form, secret};

    fn form_encode(text: &str) -> String {
        form_urlencoded::byte_serialize(text.as_bytes()).collect()
    }

    fn basic(client_id: &str, secret: &str) -> Vec<u8> {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", form_encode(client_id), form_encode(secret)))).into_bytes()
    }

    fn unencoded(text: &str) -> Vec<u8> {
        format!("Basic {}", STANDARD.encode(text)).into_bytes()
    }

    fn by_header(header: &[u8]) -> Result<PresentedCredentials, Reason> {
        PresentedCredentials::parse(&[header], &form(&[]))
    }

    fn by_form(pairs: &[(&str, &str)]) -> Result<PresentedCredentials, Reason> {
        PresentedCredentials::parse(&[], &form(pairs))
    }

    fn answer(presented: &PresentedCredentials, client: Option<&Client>) -> Result<(), Reason> {
        authenticate(presented, client, NOW).map(|found| assert_eq!(found.pending, Pending::Nothing))
    }

    fn with_method(method: AuthMethod) -> Client {
        let mut client = client("app");
        client.metadata.token_endpoint_auth_method = method;
        client
    }

    #[test]
    fn rfc6749_2_3_1_id_and_secret_are_form_encoded_in_the_header() {
        let mut odd = client("app: ä%+");
        let presented = by_header(&basic(&odd.client_id, SECRET)).unwrap();
        assert_eq!(presented.client_id(), odd.client_id);
        assert_eq!(answer(&presented, Some(&odd)), Ok(()));
        assert!(!presented.is_right_but_not_encoded(&odd, NOW));
        odd.secrets.clear();
        assert_eq!(answer(&presented, Some(&odd)), Err(Reason::ClientSecretWrong));
    }

    #[test]
    fn a_secret_that_was_not_encoded_is_refused_and_can_be_told_for_the_log() {
        let mut app = client("app");
        app.secrets = vec![secret("one+two/three=", None)];
        let presented = by_header(&unencoded("app:one+two/three=")).unwrap();
        assert_eq!(answer(&presented, Some(&app)), Err(Reason::ClientSecretWrong));
        assert!(presented.is_right_but_not_encoded(&app, NOW));
        let guess = by_header(&unencoded("app:one+two/three")).unwrap();
        assert!(!guess.is_right_but_not_encoded(&app, NOW));
    }

    #[test]
    fn cli_01_cli_11_wrong_secrets_and_unknown_clients_are_refused_alike() {
        let app = client("app");
        let seen = |reason: Reason| (reason.code().as_str(), reason.status(), reason.description());
        let unknown = answer(&by_header(&basic("nobody", SECRET)).unwrap(), None).unwrap_err();
        assert_eq!(seen(unknown).1, 401);
        for wrong in ["", "a secret", &SECRET.to_uppercase(), &format!("{SECRET} "), &SECRET[1..], DECOY_DIGEST] {
            let refused = answer(&by_header(&basic("app", wrong)).unwrap(), Some(&app)).unwrap_err();
            assert_eq!(refused, Reason::ClientSecretWrong, "{wrong}");
            assert_eq!(seen(refused), seen(unknown));
        }
        // A record that is not the one asked for proves nothing.
        let other = by_header(&basic("other", SECRET)).unwrap();
        assert_eq!(answer(&other, Some(&app)), Err(Reason::ClientCredentialsOfNobody));
    }

    #[test]
    fn cli_02_a_secret_outside_header_and_form_is_not_looked_for() {
        assert_eq!(by_form(&[]), Err(Reason::ClientCredentialsMissing));
        let app = client("app");
        assert_eq!(
            answer(&by_form(&[("client_id", "app")]).unwrap(), Some(&app)),
            Err(Reason::ClientMethodNotRegistered)
        );
    }

    #[test]
    fn cli_03_two_methods_at_once_are_refused() {
        let header = basic("app", SECRET);
        let refused = |fields: &[&[u8]], pairs: &[(&str, &str)]| {
            assert_eq!(
                PresentedCredentials::parse(fields, &form(pairs)),
                Err(Reason::ClientCredentialsRepeated),
                "{pairs:?}"
            );
        };
        refused(&[&header], &[("client_secret", SECRET)]);
        refused(&[&header], &[("client_id", "app"), ("client_secret", "another")]);
        refused(&[&header], &[("client_assertion", "a.b.c")]);
        refused(&[], &[("client_id", "app"), ("client_secret", SECRET), ("client_assertion_type", "x")]);
        refused(&[&header, &header], &[]);
        // COD-04: nor does another client_id in the form count.
        refused(&[&header], &[("client_id", "other")]);
        assert!(PresentedCredentials::parse(&[&header], &form(&[("client_id", "app"), ("client_secret", "")])).is_ok());
    }

    #[test]
    fn cli_04_cli_05_only_the_registered_method_counts() {
        let ways = [
            by_header(&basic("app", SECRET)).unwrap(),
            by_form(&[("client_id", "app"), ("client_secret", SECRET)]).unwrap(),
            by_form(&[("client_id", "app")]).unwrap(),
            by_form(&[("client_assertion", &assertion()), ("client_assertion_type", JWT_BEARER)]).unwrap(),
        ];
        for registered in AuthMethod::ALL {
            for way in &ways {
                let client = with_method(registered);
                let answer = authenticate(way, Some(&client), NOW).map(|found| found.pending);
                let expected = match (way.is_by(registered), registered) {
                    (false, _) => Err(Reason::ClientMethodNotRegistered),
                    (true, AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth) => Ok(Pending::Certificate),
                    (true, AuthMethod::PrivateKeyJwt | AuthMethod::ClientSecretJwt) => {
                        Ok(Pending::Assertion(assertion().into()))
                    }
                    (true, _) => Ok(Pending::Nothing),
                };
                assert_eq!(answer, expected, "{way:?} {registered:?}");
            }
        }
        assert_eq!(ways.iter().filter(|way| way.is_by(AuthMethod::None)).count(), 1);
    }

    /// One that names the client; whether anybody signed it is not asked here.
    fn assertion() -> String {
        format!("e30.{}.AA", URL_SAFE_NO_PAD.encode("{\"sub\": \"app\"}"))
    }

    #[test]
    fn rfc7521_4_2_the_client_is_the_subject_and_client_id_agrees() {
        let by = |more: &[(&str, &str)]| {
            let assertion = assertion();
            by_form(&[&[("client_assertion", assertion.as_str())], more].concat()).map(|presented| presented.client_id)
        };
        let kind = ("client_assertion_type", JWT_BEARER);
        assert_eq!(by(&[kind]).as_deref(), Ok("app"));
        assert_eq!(by(&[kind, ("client_id", "app")]).as_deref(), Ok("app"));
        assert_eq!(by(&[kind, ("client_id", "other")]), Err(Reason::ClientCredentialsRepeated));
        assert_eq!(by(&[]), Err(Reason::ClientAssertionMalformed));
        assert_eq!(by(&[("client_assertion_type", "saml2")]), Err(Reason::ClientAssertionMalformed));
        assert_eq!(by_form(&[("client_id", "app"), kind]), Err(Reason::ClientAssertionMalformed));
    }

    #[test]
    fn cli_14_both_secrets_of_a_rotation_count_until_the_older_one_ends() {
        let mut app = client("app");
        app.secrets = vec![secret("the newer one", None), secret("the older one", Some(NOW.plus_seconds(10)))];
        for text in ["the newer one", "the older one"] {
            assert_eq!(answer(&by_header(&basic("app", text)).unwrap(), Some(&app)), Ok(()), "{text}");
        }
        let older = by_header(&basic("app", "the older one")).unwrap();
        assert_eq!(authenticate(&older, Some(&app), NOW.plus_seconds(10)).unwrap_err(), Reason::ClientSecretWrong);
    }

    #[test]
    fn aut_14_a_disabled_client_is_refused_with_the_right_secret() {
        let mut app = client("app");
        app.disabled_at = Some(NOW);
        let refused = answer(&by_header(&basic("app", SECRET)).unwrap(), Some(&app));
        assert_eq!(refused, Err(Reason::ClientCredentialsOfDisabled));
    }

    #[test]
    fn cli_15_malformed_headers_are_refused_with_401() {
        let long = unencoded(&format!("app:{}", "x".repeat(BASIC_CREDENTIALS_BYTES_MAX)));
        let headers = [
            b"".to_vec(),
            b"Basic".to_vec(),
            b"Basic ".to_vec(),
            b"Basic !!!".to_vec(),
            b"Basic YXBwOng".to_vec(),
            b"Basic YXBwOnh=".to_vec(),
            b"Basic YXBw Ong=".to_vec(),
            b"Bearer YXBwOng=".to_vec(),
            unencoded("no colon"),
            unencoded(":no client"),
            [b"Basic ".as_slice(), STANDARD.encode([0xff, b':', 0xff]).as_bytes()].concat(),
            vec![0xff, 0xfe],
            long,
        ];
        for header in headers {
            let refused = by_header(&header).unwrap_err();
            assert_eq!((refused, refused.status()), (Reason::ClientCredentialsMalformed, 401), "{header:?}");
        }
        assert!(by_header(b"bASIC  YXBwOng=").is_ok());
    }

    #[test]
    fn rfc6749_5_2_a_refused_client_is_told_the_scheme() {
        let issuer = World::with_scope("openid").policy.issuer;
        assert_eq!(challenge(&issuer), "Basic realm=\"https://idp.example\", charset=\"UTF-8\"");
    }

    #[test]
    fn log_02_credentials_do_not_print() {
        let printed = format!("{:?}", by_header(&basic("app", SECRET)).unwrap());
        assert!(!printed.contains("secret with"), "{printed}");
    }

    proptest! {
        #[test]
        fn exactly_the_registered_secret_opens(text in "\\PC{1,40}", other in "\\PC{1,40}") {
            let mut app = client("app");
            app.secrets = vec![secret(&text, None)];
            let answer = |sent: &str| answer(&by_header(&basic("app", sent)).unwrap(), Some(&app));
            prop_assert_eq!(answer(&text), Ok(()));
            prop_assert_eq!(answer(&other).is_ok(), other == text);
        }

        #[test]
        fn no_decoded_text_panics(text in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = by_header(format!("Basic {}", STANDARD.encode(text)).as_bytes());
        }
    }
}
