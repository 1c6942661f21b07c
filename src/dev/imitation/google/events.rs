//! Cross-Account Protection: security events about somebody, signed and sent to whoever signs people in with Google.
//! RFC 8417, RFC 8935, federation 2.13.

use poem::http::{Method, Request, header};
use serde_json::{Map, Value, json};

use super::people::Person;
use super::{GOOGLE_CLIENT, Google};
use crate::base::{Fault, Issuer, Timestamp};
use crate::dev::imitation::{GOOGLE_EVENTS_PATH, secret};
use crate::endpoint::exchange::Exchange;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    SessionsRevoked,
    TokensRevoked,
    AccountDisabled,
    AccountEnabled,
    CredentialChangeRequired,
    Verification,
}

impl Event {
    pub(super) const ALL: [Self; 6] = [
        Self::SessionsRevoked,
        Self::TokensRevoked,
        Self::AccountDisabled,
        Self::AccountEnabled,
        Self::CredentialChangeRequired,
        Self::Verification,
    ];

    /// The last segment of its type.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SessionsRevoked => "sessions-revoked",
            Self::TokensRevoked => "tokens-revoked",
            Self::AccountDisabled => "account-disabled",
            Self::AccountEnabled => "account-enabled",
            Self::CredentialChangeRequired => "account-credential-change-required",
            Self::Verification => "verification",
        }
    }

    /// The one of this name.
    pub(super) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }

    /// Its type: that of tokens is OAuth's.
    fn uri(self) -> String {
        let family = if self == Self::TokensRevoked { "oauth" } else { "risc" };
        format!("https://schemas.openid.net/secevent/{family}/event-type/{}", self.name())
    }

    fn details(self, issuer: &str, person: &Person) -> Value {
        let subject = json!({ "subject_type": "iss-sub", "iss": issuer, "sub": person.sub });
        match self {
            Self::Verification => json!({ "state": "sent from the page of switches" }),
            Self::AccountDisabled => json!({ "subject": subject, "reason": "hijacking" }),
            _ => json!({ "subject": subject }),
        }
    }
}

/// Who signs events. Google writes it with a slash at the end here, and without one in ID tokens.
pub(super) fn issuer(own: &Issuer) -> String {
    format!("{}/", super::issuer(own))
}

/// A security event token (RFC 8417 §2.2). It does not expire.
fn claims(own: &Issuer, event: Event, person: &Person, jti: &str, now: Timestamp) -> Value {
    let issuer = issuer(own);
    let events = Map::from_iter([(event.uri(), event.details(&issuer, person))]);
    json!({ "iss": issuer, "aud": GOOGLE_CLIENT.client_id, "iat": now.seconds(), "jti": jti, "events": events })
}

/// An event that was sent.
pub(super) struct Delivery {
    pub(super) set: String,
    /// The status of the answer, or why there was none.
    pub(super) outcome: Result<u16, String>,
}

/// Signs an event and sends it to Doorward.
pub(super) async fn send(exchange: &Exchange, event: Event, person: &Person) -> Result<Delivery, Fault> {
    let google = Google::of(exchange)?;
    let issuer = &exchange.context.issuer;
    let jti = secret("", &mut exchange.draw()?);
    let set = google.keys.sign(exchange, &claims(issuer, event, person, &jti, exchange.now)).await?;
    let request = Request::builder()
        .method(Method::POST)
        .uri(issuer.at(GOOGLE_EVENTS_PATH))
        // RFC 8935 §2.1: the body is the token and nothing else.
        .header(header::CONTENT_TYPE, "application/secevent+jwt")
        .header(header::ACCEPT, "application/json")
        .body(set.clone().into_bytes())
        .map_err(Fault::broken)?;
    let answer = google.http.answer(request).await;
    let outcome = answer.map(|answer| answer.status().as_u16()).map_err(|failed| failed.to_string());
    Ok(Delivery { set, outcome })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dev::imitation::google::people::PEOPLE;

    #[test]
    fn fed_2_13_the_imitation_names_events_and_people_as_google_does() {
        let own = Issuer::parse("http://localhost:8080").unwrap();
        let now = Timestamp::from_seconds(1_800_000_000);
        let claims = |event| claims(&own, event, &PEOPLE[0], "1", now);
        let subject = json!({
            "subject_type": "iss-sub", "iss": "http://localhost:8080/dev/google/", "sub": PEOPLE[0].sub,
        });
        let disabled = claims(Event::AccountDisabled);
        assert_eq!(disabled["iss"], "http://localhost:8080/dev/google/");
        assert_eq!(disabled.get("exp"), None);
        let of = |set: &Value, kind: &str| set["events"][format!("https://schemas.openid.net/secevent/{kind}")].clone();
        assert_eq!(
            of(&disabled, "risc/event-type/account-disabled"),
            json!({ "subject": subject, "reason": "hijacking" })
        );
        let revoked = claims(Event::TokensRevoked);
        assert_eq!(of(&revoked, "oauth/event-type/tokens-revoked"), json!({ "subject": subject }));
        let verification = of(&claims(Event::Verification), "risc/event-type/verification");
        assert!(verification["state"].is_string() && verification.get("subject").is_none());
        assert!(Event::ALL.iter().all(|event| Event::find(event.name()) == Some(*event)));
    }
}
