//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): whether somebody is logged out at once, asked first,
//! or told why not, and where they go afterwards.
//!
//! Ending sessions and the confirmation's own form are not done here.

use super::authorization_response::with_query;
use super::id_token_hint::Hint;
use super::params::Parameters;
use super::reason::Reason;
use super::redirect_mismatch::RedirectMismatch;
use crate::base::bounds::STATE_BYTES_MAX;
use crate::base::{SessionId, Timestamp};
use crate::model::client::Client;
use crate::model::session::SignedIn;

/// What comes of a logout request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Logout {
    /// These sessions end without a question.
    Now {
        /// Which; none when nobody was signed in.
        sessions: Vec<SessionId>,
        /// Where the browser goes; `None` is our page.
        redirect: Option<String>,
    },
    /// The person is asked first.
    Confirm {
        /// Which sessions end if they say yes.
        sessions: Vec<SessionId>,
        /// Where the browser goes if they say yes; `None` is our page.
        redirect: Option<String>,
        /// What of the request was not believed, to be logged and told to developers.
        ignored: Option<Reason>,
    },
    /// An error page; nobody is logged out.
    Refuse {
        /// Why.
        reason: Reason,
        /// What differed, when the redirect URI did.
        mismatch: Option<RedirectMismatch>,
    },
}

impl From<Reason> for Logout {
    fn from(reason: Reason) -> Self {
        Self::Refuse { reason, mismatch: None }
    }
}

/// The client that a request names, by `client_id` or by its hint: the one to be loaded for [`decide`].
pub fn client_id<'a>(params: &'a Parameters, hint: &'a Hint) -> Option<&'a str> {
    params.get("client_id").or_else(|| hint.genuine().map(|hint| hint.audience.as_str()))
}

/// Decides on a logout request. `client` is what the store knows under [`client_id`]; `sessions` are those of the
/// browser.
pub fn decide(
    params: &Parameters,
    hint: &Hint,
    client: Option<&Client>,
    sessions: &[SignedIn],
    now: Timestamp,
) -> Logout {
    match parse_redirect(params, hint, client) {
        Ok((redirect, ignored)) => choose(hint, sessions, now, redirect, ignored),
        Err(refusal) => refusal,
    }
}

/// Where the browser goes afterwards, and what was not believed on the way.
fn parse_redirect(
    params: &Parameters,
    hint: &Hint,
    client: Option<&Client>,
) -> Result<(Option<String>, Option<Reason>), Logout> {
    let named = params.get("client_id");
    // §2: a client_id beside a hint must be the client the hint was issued to.
    if hint.genuine().is_some_and(|hint| named.is_some_and(|named| named != hint.audience)) {
        return Err(Reason::LogoutClientMismatch.into());
    }
    // §4: what failed to be verified is not used; the person may still want to leave.
    if matches!(hint, Hint::NotGenuine) {
        return Ok((None, Some(Reason::LogoutHintInvalid)));
    }
    let Some(uri) = params.get("post_logout_redirect_uri") else { return Ok((None, None)) };
    match (client_id(params, hint), client) {
        // §3: without a client there is no registration to compare with.
        (None, _) => Ok((None, Some(Reason::LogoutUriWithoutClient))),
        (Some(_), None) => Ok((None, Some(Reason::UnknownClient))),
        (Some(_), Some(client)) if client.disabled_at.is_some() => Ok((None, Some(Reason::ClientDisabled))),
        (Some(_), Some(client)) => verify_redirect(params, uri, client).map(|redirect| (Some(redirect), None)),
    }
}

fn verify_redirect(params: &Parameters, uri: &str, client: &Client) -> Result<String, Logout> {
    let registered = &client.metadata.post_logout_redirect_uris;
    // OUT-01: character for character, loopback ports included.
    if !registered.iter().any(|own| own.as_str() == uri) {
        let mismatch = Some(RedirectMismatch::between(uri, registered));
        return Err(Logout::Refuse { reason: Reason::LogoutUriMismatch, mismatch });
    }
    match params.get("state") {
        None => Ok(uri.to_owned()),
        Some(state) if state.len() > STATE_BYTES_MAX => Err(Reason::StateTooLong.into()),
        Some(state) => Ok(with_query(uri, &[("state", state.to_owned())])),
    }
}

/// OUT-02, OUT-04: only a genuine hint for somebody who is signed in here saves the question.
fn choose(
    hint: &Hint,
    sessions: &[SignedIn],
    now: Timestamp,
    redirect: Option<String>,
    ignored: Option<Reason>,
) -> Logout {
    let live: Vec<&SignedIn> = sessions.iter().filter(|signed_in| signed_in.session.is_live(now)).collect();
    let ids = |chosen: &[&SignedIn]| chosen.iter().map(|signed_in| signed_in.session.id.clone()).collect();
    let Some(hint) = hint.genuine() else {
        return if live.is_empty() && redirect.is_none() {
            Logout::Now { sessions: Vec::new(), redirect }
        } else {
            Logout::Confirm { sessions: ids(&live), redirect, ignored }
        };
    };
    let (hinted, others): (Vec<_>, Vec<_>) =
        live.into_iter().partition(|signed_in| signed_in.account.id.as_str() == hint.subject);
    if hinted.is_empty() && !others.is_empty() {
        return Logout::Confirm { sessions: ids(&others), redirect, ignored };
    }
    Logout::Now { sessions: ids(&hinted), redirect }
}

#[cfg(test)]
mod tests;
