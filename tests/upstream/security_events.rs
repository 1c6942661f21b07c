//! Security event tokens of Google (federation 2.13), believed only when Google signed them for us.

use doorward::upstream::SecurityEventKind as Event;
use doorward::upstream::{Connector, Kind, SecurityEvents, UpstreamFailure};
use serde_json::{Value, json};

use crate::idp::{CLIENT_ID, Idp, NOW, connector, provider, unverified};
use crate::server::Reply;
use crate::signer::{Secret, Signer, encode};

const CONFIGURATION: &str = "/op/.well-known/risc-configuration";
const RISC: &str = "https://schemas.openid.net/secevent/risc/event-type";
const OAUTH: &str = "https://schemas.openid.net/secevent/oauth/event-type";

struct Google {
    idp: Idp,
    connector: Connector,
}

impl Google {
    fn start() -> Self {
        let idp = Idp::start();
        // As the real one, which ends here with a slash.
        let document = json!({ "issuer": format!("{}/", idp.issuer), "jwks_uri": idp.server.at("/op/keys") });
        idp.server.answer(CONFIGURATION, Reply::json(&document));
        let connector = connector(provider(Kind::Google, idp.issuer.clone()));
        Self { idp, connector }
    }

    fn subject(&self) -> Value {
        json!({ "subject_type": "iss-sub", "iss": format!("{}/", self.idp.issuer), "sub": "7375626A656374" })
    }

    fn claims(&self, events: &Value) -> Value {
        json!({
            "iss": format!("{}/", self.idp.issuer), "aud": CLIENT_ID, "iat": NOW.seconds(), "jti": "event-1",
            "events": events,
        })
    }

    fn disabled(&self) -> Value {
        let event = json!({ "subject": self.subject(), "reason": "hijacking" });
        self.claims(&json!({ format!("{RISC}/account-disabled"): event }))
    }

    async fn read(&self, token: &str) -> Result<SecurityEvents, UpstreamFailure> {
        self.connector.security_event(token, NOW).await
    }

    async fn read_claims(&self, claims: &Value) -> Result<SecurityEvents, UpstreamFailure> {
        self.read(&Signer::Rs256(0).token(&header("secevent+jwt"), claims)).await
    }

    async fn refusal_but(&self, name: &str, value: Value) -> &'static str {
        let mut claims = self.disabled();
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        unverified(self.read_claims(&claims).await)
    }
}

fn header(typ: &str) -> Value {
    json!({ "typ": typ, "alg": "RS256", "kid": "rsa-0" })
}

#[tokio::test]
async fn fed_2_13_every_event_is_read() {
    let google = Google::start();
    let event = json!({ "subject": google.subject() });
    let with = |name: &str, value: &str| json!({ "subject": google.subject(), name: value });
    for (uri, event, kind) in [
        (format!("{RISC}/sessions-revoked"), event.clone(), Event::SessionsRevoked),
        (format!("{OAUTH}/tokens-revoked"), event.clone(), Event::TokensRevoked),
        (format!("{RISC}/account-disabled"), with("reason", "hijacking"), Event::AccountDisabled { hijacking: true }),
        (
            format!("{RISC}/account-disabled"),
            with("reason", "bulk-account"),
            Event::AccountDisabled { hijacking: false },
        ),
        (format!("{RISC}/account-disabled"), event.clone(), Event::AccountDisabled { hijacking: false }),
        (format!("{RISC}/account-enabled"), event.clone(), Event::AccountEnabled),
        (format!("{RISC}/account-purged"), event.clone(), Event::AccountPurged),
        (format!("{RISC}/account-credential-change-required"), event, Event::CredentialChangeRequired),
    ] {
        let read = google.read_claims(&google.claims(&json!({ uri.clone(): event }))).await.unwrap();
        assert_eq!(read.jti, "event-1");
        let [read] = read.events.try_into().unwrap();
        assert_eq!((read.subject.as_deref(), read.kind), (Some("7375626A656374"), kind), "{uri}");
    }
}

#[tokio::test]
async fn fed_2_13_a_verification_is_about_nobody() {
    let google = Google::start();
    let events = json!({ format!("{RISC}/verification"): { "state": "we asked" } });
    let [read] = google.read_claims(&google.claims(&events)).await.unwrap().events.try_into().unwrap();
    assert_eq!((read.subject, read.kind), (None, Event::Verification { state: Some("we asked".to_owned()) }));
}

#[tokio::test]
async fn fed_2_13_events_that_are_unheard_of_are_passed_over() {
    let google = Google::start();
    let events = json!({
        "https://schemas.openid.net/secevent/risc/event-type/something-new": {},
        "https://evil.example/secevent/risc/event-type/sessions-revoked": {},
        format!("{OAUTH}/sessions-revoked"): {},
    });
    assert_eq!(google.read_claims(&google.claims(&events)).await.unwrap().events, []);
}

#[tokio::test]
async fn fed_2_13_a_token_is_of_its_kind_or_of_none_that_is_named() {
    let google = Google::start();
    for typ in ["secevent+jwt", "application/secevent+jwt", "JWT"] {
        google.read(&Signer::Rs256(0).token(&header(typ), &google.disabled())).await.unwrap();
    }
    let untyped = json!({ "alg": "RS256", "kid": "rsa-0" });
    google.read(&format!("{}\n", Signer::Rs256(0).token(&untyped, &google.disabled()))).await.unwrap();
    for typ in ["at+jwt", "logout+jwt", ""] {
        let token = Signer::Rs256(0).token(&header(typ), &google.disabled());
        assert_eq!(unverified(google.read(&token).await), "it is another kind of token");
    }
    // RFC 8417 §4.6: an ID token under the same keys is no event.
    let mut id_token = google.idp.claims();
    id_token["iss"] = google.disabled()["iss"].clone();
    id_token["jti"] = "1".into();
    assert_eq!(unverified(google.read_claims(&id_token).await), "it tells of no event");
}

#[tokio::test]
async fn fed_2_13_what_is_not_googles_or_not_for_us_is_refused() {
    let google = Google::start();
    for iss in [json!("https://evil.example/"), json!(google.idp.issuer), json!(null), json!(7)] {
        assert_eq!(google.refusal_but("iss", iss).await, "another issuer made it");
    }
    for aud in [json!("another"), json!(["another"]), json!(null)] {
        assert_eq!(google.refusal_but("aud", aud).await, "it is meant for somebody else");
    }
    assert_eq!(google.refusal_but("iat", json!(NOW.seconds() + 61)).await, "its time is yet to come");
    assert_eq!(google.refusal_but("iat", json!(null)).await, "it does not say when it was issued");
    for jti in [json!(null), json!(""), json!(7), json!("x".repeat(513))] {
        assert_eq!(google.refusal_but("jti", jti).await, "it has no name");
    }
    for events in [json!(null), json!([]), json!("x")] {
        assert_eq!(google.refusal_but("events", events).await, "it tells of no event");
    }
}

#[tokio::test]
async fn fed_2_13_an_event_needs_no_expiry_and_may_be_late_and_for_several() {
    let google = Google::start();
    let mut late = google.disabled();
    late["iat"] = json!(NOW.seconds() - 1_000_000);
    late["aud"] = json!(["another", CLIENT_ID]);
    assert_eq!(google.read_claims(&late).await.unwrap().events.len(), 1);
}

#[tokio::test]
async fn fed_2_13_only_googles_keys_sign() {
    let google = Google::start();
    let forged = Signer::Rs256(1).token(&header("secevent+jwt"), &google.disabled());
    assert_eq!(unverified(google.read(&forged).await), "its signature is wrong");
    for signer in [Signer::Hs256(Secret::Jwk), Signer::Unsigned] {
        let token = signer.token(&signer.header(), &google.disabled());
        assert_eq!(unverified(google.read(&token).await), "it is signed by an algorithm that is not allowed");
    }
    let unknown = json!({ "alg": "RS256", "kid": "another" });
    for _ in 0..5 {
        let token = Signer::Rs256(0).token(&unknown, &google.disabled());
        unverified(google.read(&token).await);
    }
    // Whoever posts rubbish does not make us ask Google each time.
    assert_eq!((google.idp.server.seen("/op/keys").len(), google.idp.server.seen(CONFIGURATION).len()), (2, 1));
    for rubbish in ["", "x", "{}", "a.b.c", &format!("{}.e30.", encode("{}"))] {
        assert_eq!(google.read(rubbish).await.unwrap_err().label(), "malformed");
    }
}

#[tokio::test]
async fn fed_2_13_the_account_is_googles() {
    let google = Google::start();
    let about = |subject: Value| google.claims(&json!({ format!("{RISC}/sessions-revoked"): { "subject": subject } }));
    let foreign = json!({ "subject_type": "iss-sub", "iss": "https://evil.example/", "sub": "1" });
    assert_eq!(unverified(google.read_claims(&about(foreign)).await), "it tells of another issuer's account");
    for nobody in [json!({ "iss": google.idp.issuer }), json!(null), json!({ "iss": google.idp.issuer, "sub": "" })] {
        assert_eq!(google.read_claims(&about(nobody)).await.unwrap_err().label(), "malformed");
    }
    // RFC 8417 §2.2 with RFC 9493: the subject may stand beside the events.
    let mut beside = google.claims(&json!({ format!("{RISC}/sessions-revoked"): {} }));
    beside["sub_id"] = json!({ "format": "iss_sub", "iss": google.idp.issuer, "sub": "1" });
    assert_eq!(google.read_claims(&beside).await.unwrap().events[0].subject.as_deref(), Some("1"));
}

#[tokio::test]
async fn fed_2_13_a_configuration_is_googles_own() {
    let google = Google::start();
    let document = json!({ "issuer": "https://evil.example/", "jwks_uri": google.idp.server.at("/op/keys") });
    google.idp.server.answer(CONFIGURATION, Reply::json(&document));
    let refusal = unverified(google.read_claims(&google.disabled()).await);
    assert_eq!(refusal, "the RISC configuration is another issuer's");
}

#[tokio::test]
async fn fed_2_13_nobody_else_sends_events() {
    let idp = Idp::start();
    let failure = idp.connector().security_event("a.b.c", NOW).await.unwrap_err();
    assert_eq!(failure.label(), "misconfigured");
}
