//! Secrets and assertions as clients send them, right and wrong.

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
    assert_eq!(answer(&by_form(&[("client_id", "app")]).unwrap(), Some(&app)), Err(Reason::ClientMethodNotRegistered));
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
