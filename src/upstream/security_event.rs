//! What Google tells about its accounts on its own accord: Cross-Account Protection, by security event tokens.
//!
//! Only verifying and reading them; what an event means for accounts, and that each token counts once, is the caller's.
//!
//! RFC 8417, OpenID RISC Profile 1.0 §2, RFC 9493 §3.2.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::cache::{Cache, Fetched};
use super::discovery::{configured_issuer, get_json, well_known};
use super::http::malformed;
use super::id_token::{is_for, numeric_date};
use super::keys::{KeySet, KeySource, Signed, unverified};
use super::line::Line;
use super::{Provider, UpstreamFailure};
use crate::base::Timestamp;
use crate::base::bounds::{
    CLOCK_SKEW_SECONDS, SECURITY_EVENT_TEXT_BYTES_MAX, SECURITY_EVENTS_MAX, UPSTREAM_SUBJECT_BYTES_MAX,
};

/// A verified security event token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityEvents {
    /// Its name, by which it counts once.
    pub jti: String,
    /// What happened, as far as we know such events.
    pub events: Vec<SecurityEvent>,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityEvent {
    /// Whose account, by the provider's name of the person; `None` for events about nobody.
    pub subject: Option<String>,
    /// What happened to it.
    pub kind: SecurityEventKind,
}

/// What happens to accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecurityEventKind {
    /// All its sessions were ended.
    SessionsRevoked,
    /// All its tokens were revoked.
    TokensRevoked,
    /// It was closed.
    AccountDisabled {
        /// Because somebody else had taken it over.
        hijacking: bool,
    },
    /// It was opened again.
    AccountEnabled,
    /// It was deleted for good.
    AccountPurged,
    /// Its password has to be changed.
    CredentialChangeRequired,
    /// Nothing; we asked for a token to see that they arrive.
    Verification {
        /// What we gave with the request.
        state: Option<String>,
    },
}

impl SecurityEventKind {
    fn of(uri: &str, event: &Value) -> Option<Self> {
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        let (family, name) = uri.strip_prefix("https://schemas.openid.net/secevent/")?.split_once("/event-type/")?;
        Some(match (family, name) {
            ("risc", "sessions-revoked") => Self::SessionsRevoked,
            ("oauth", "tokens-revoked") => Self::TokensRevoked,
            ("risc", "account-disabled") => Self::AccountDisabled { hijacking: text("reason") == Some("hijacking") },
            ("risc", "account-enabled") => Self::AccountEnabled,
            ("risc", "account-purged") => Self::AccountPurged,
            ("risc", "account-credential-change-required") => Self::CredentialChangeRequired,
            ("risc", "verification") => {
                let state = text("state").filter(|state| state.len() <= SECURITY_EVENT_TEXT_BYTES_MAX);
                Self::Verification { state: state.map(str::to_owned) }
            }
            _ => return None,
        })
    }
}

/// The members of the document at `risc-configuration` that count.
#[derive(Debug, Deserialize)]
pub(super) struct Configuration {
    issuer: String,
    jwks_uri: String,
}

/// What was learnt about the sender.
#[derive(Default)]
pub(super) struct Sender {
    configuration: Cache<Configuration>,
    keys: Cache<KeySet>,
}

/// The receiver of a provider's tokens.
#[derive(Clone, Copy)]
pub(super) struct Receiver<'a> {
    pub(super) provider: &'a Provider,
    pub(super) line: Line<'a>,
    pub(super) sender: &'a Sender,
}

impl Receiver<'_> {
    /// What `token` tells, when the provider signed it for us.
    pub(super) async fn read(&self, token: &str) -> Result<SecurityEvents, UpstreamFailure> {
        let now = self.line.now;
        let configuration = self.sender.configuration.get(now, Box::pin(self.fetch())).await?;
        let keys = KeySource { line: self.line, cache: &self.sender.keys, address: &configuration.jwks_uri };
        let signed = keys.verify(token.trim()).await?;
        check(&signed, &configuration.issuer, &self.provider.client_id, now)?;
        let jti = signed.text("jti").filter(|jti| (1..=SECURITY_EVENT_TEXT_BYTES_MAX).contains(&jti.len()));
        let jti = jti.ok_or(unverified("it has no name"))?.to_owned();
        Ok(SecurityEvents { jti, events: events(&signed.claims, &configuration.issuer)? })
    }

    async fn fetch(&self) -> Result<Fetched<Configuration>, UpstreamFailure> {
        let issuer = configured_issuer(self.provider)?;
        let request = get_json(&well_known(issuer, "risc-configuration"))?;
        let answer = self.line.call(request).await?;
        let fresh_seconds = answer.fresh_seconds();
        let value: Configuration = answer.json("the RISC configuration")?;
        if !is_same_issuer(&value.issuer, issuer) {
            return Err(unverified("the RISC configuration is another issuer's"));
        }
        Ok(Fetched { value, fresh_seconds })
    }
}

// Google writes its issuer with a slash at the end here, and without one in ID tokens.
fn is_same_issuer(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}

fn check(signed: &Signed, issuer: &str, client_id: &str, now: Timestamp) -> Result<(), UpstreamFailure> {
    // RFC 8417 §2.3: of its own kind, or of none that is named.
    let typ = signed.header.typ.as_deref().map(str::to_ascii_lowercase);
    if !matches!(typ.as_deref(), None | Some("secevent+jwt" | "application/secevent+jwt" | "jwt")) {
        return Err(unverified("it is another kind of token"));
    }
    if signed.text("iss").is_none_or(|iss| iss != issuer) {
        return Err(unverified("another issuer made it"));
    }
    if !is_for(&signed.claims, client_id) {
        return Err(unverified("it is meant for somebody else"));
    }
    let made_at = numeric_date(&signed.claims, "iat")?.ok_or(unverified("it does not say when it was issued"))?;
    let is_early = made_at > now.plus_seconds(CLOCK_SKEW_SECONDS);
    // RFC 8417 §2.2: an event does not expire; an ID token under the same keys does, and is none.
    if is_early { Err(unverified("its time is yet to come")) } else { Ok(()) }
}

fn events(claims: &Map<String, Value>, issuer: &str) -> Result<Vec<SecurityEvent>, UpstreamFailure> {
    let Some(Value::Object(events)) = claims.get("events") else {
        return Err(unverified("it tells of no event"));
    };
    let known = events.iter().take(SECURITY_EVENTS_MAX);
    let known = known.filter_map(|(uri, event)| Some((SecurityEventKind::of(uri, event)?, event)));
    known.map(|(kind, event)| read(kind, event.get("subject").or_else(|| claims.get("sub_id")), issuer)).collect()
}

fn read(kind: SecurityEventKind, subject: Option<&Value>, issuer: &str) -> Result<SecurityEvent, UpstreamFailure> {
    let text = |name: &str| subject.and_then(|subject| subject.get(name)).and_then(Value::as_str);
    let is_about_nobody = matches!(kind, SecurityEventKind::Verification { .. });
    let named = text("sub").filter(|sub| (1..=UPSTREAM_SUBJECT_BYTES_MAX).contains(&sub.len()));
    match named {
        Some(_) if !text("iss").is_some_and(|iss| is_same_issuer(iss, issuer)) => {
            Err(unverified("it tells of another issuer's account"))
        }
        None if !is_about_nobody => Err(malformed("a security event: it names no account")),
        named => Ok(SecurityEvent { subject: named.map(str::to_owned), kind }),
    }
}
