//! What an app asks for at `/oauth2/backchannel` (CIBA Core §7.1): a person, by a hint, and words to compare.
//!
//! Tokens are collected by polling only. A `login_hint_token` and a `user_code` are not read.

use super::id_token_hint::Hint;
use super::params::Parameters;
use super::reason::Reason;
use super::scope_policy::OPENID;
use crate::base::bounds::{BINDING_MESSAGE_CHARS_MAX, PENDING_SECONDS, PENDING_SECONDS_MIN};
use crate::base::{AccountId, EmailAddress, Scope};
use crate::model::client::Client;

/// Whom to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhomToAsk {
    /// Whoever has this address.
    Address(EmailAddress),
    /// This person.
    Person(AccountId),
}

/// The request, beside scope and resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackchannelRequest {
    /// Whom to ask.
    pub whom: WhomToAsk,
    /// What app and person's page show alike.
    pub binding_message: Option<String>,
    /// How long it waits.
    pub life_seconds: i64,
}

impl BackchannelRequest {
    /// Reads the form of a client that has authenticated. `hint` is its `id_token_hint` as far as it is believed.
    pub fn parse(form: &Parameters, scope: &Scope, hint: Hint, client: &Client) -> Result<Self, Reason> {
        // CIBA Core §4: the client authenticates.
        if !client.is_confidential() {
            return Err(Reason::ConfidentialClientRequired);
        }
        // CIBA Core §7.1.1: whoever signs its request means what it signed, so that is not passed over.
        if form.get("request").is_some() {
            return Err(Reason::RequestObjectUnsupported);
        }
        // CIBA Core §7.1: an authentication request asks for openid.
        if !scope.contains(OPENID) {
            return Err(Reason::ScopeNotAllowed);
        }
        Ok(Self {
            whom: whom(form, hint, client)?,
            binding_message: binding_message(form)?,
            life_seconds: life_seconds(form)?,
        })
    }
}

// CIBA Core §7.1: exactly one hint.
fn whom(form: &Parameters, hint: Hint, client: &Client) -> Result<WhomToAsk, Reason> {
    if form.get("login_hint_token").is_some() {
        return Err(Reason::UserHintMissing);
    }
    match (form.get("login_hint"), hint) {
        (Some(typed), Hint::Absent) => typed.parse().map(WhomToAsk::Address).map_err(|_| Reason::UserHintOfNobody),
        (None, Hint::Genuine(hint)) if hint.audience == client.client_id => {
            hint.subject.parse().map(WhomToAsk::Person).map_err(|_| Reason::UserHintOfNobody)
        }
        (None, Hint::Genuine(_) | Hint::NotGenuine) => Err(Reason::IdTokenHintInvalid),
        _ => Err(Reason::UserHintMissing),
    }
}

fn binding_message(form: &Parameters) -> Result<Option<String>, Reason> {
    let Some(message) = form.get("binding_message") else { return Ok(None) };
    // Nothing that hides, turns around or looks like an address that could be followed.
    let is_plain = |c: char| c.is_alphanumeric() || " -_,;()+#'".contains(c);
    let is_fit = message.chars().count() <= BINDING_MESSAGE_CHARS_MAX && message.chars().all(is_plain);
    if is_fit { Ok(Some(message.to_owned())) } else { Err(Reason::BindingMessageUnfit) }
}

fn life_seconds(form: &Parameters) -> Result<i64, Reason> {
    let Some(text) = form.get("requested_expiry") else { return Ok(PENDING_SECONDS) };
    match text.parse::<u32>() {
        Ok(seconds) if seconds > 0 && !text.starts_with('+') => {
            Ok(i64::from(seconds).clamp(PENDING_SECONDS_MIN, PENDING_SECONDS))
        }
        _ => Err(Reason::RequestedExpiryMalformed),
    }
}
