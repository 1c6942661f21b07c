//! A device or an app asks for an authorization on which the person decides elsewhere: reading what it asks for, user
//! codes (RFC 8628 §6.1), and the person's decision as writes.

use serde_json::Map;

use super::authorization_details;
use super::authorization_request::parse_resources;
use super::issue::life_seconds;
use super::next_step::Issuance;
use super::params::Parameters;
use super::reason::Reason;
use super::scope_policy::permitted;
use crate::base::bounds::{USER_CODE_BYTES_MAX, USER_CODE_CHARS};
use crate::base::{Draw, GrantId, InteractionId, Scope, Timestamp};
use crate::model::audit::{AuditAction, AuditEvent};
use crate::model::authorization_details::AuthorizationDetails;
use crate::model::claims_request::ClaimsRequest;
use crate::model::client::{Client, GrantType};
use crate::model::grant::Grant;
use crate::model::pending::{ApprovalRequest, DecidePending};

// RFC 8628 §6.1: letters that form no words and are not mistaken for one another.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// What is asked for, whoever decides on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The scope, as far as the client may have it.
    pub scope: Scope,
    /// The resources access tokens may be for.
    pub resources: Vec<String>,
}

impl Asked {
    /// Reads the form of a client that has authenticated, for the grant that the tokens are collected by.
    pub fn parse(form: &Parameters, client: &Client, grant: GrantType) -> Result<Self, Reason> {
        if !client.may_use(grant) {
            return Err(Reason::GrantTypeNotRegistered);
        }
        authorization_details::refuse(form)?;
        let asked = form.get("scope").map(Scope::parse).transpose().map_err(|_| Reason::ScopeMalformed)?;
        let asked = asked.unwrap_or_default();
        let scope = permitted(&asked, client);
        if scope.is_empty() && !asked.is_empty() {
            return Err(Reason::ScopeNotAllowed);
        }
        Ok(Self { scope, resources: parse_resources(form, client)? })
    }
}

/// A new user code, without its dash.
pub fn user_code(draw: &mut Draw) -> String {
    let letter = |draw: &mut Draw| char::from(ALPHABET[draw.below(20) as usize % ALPHABET.len()]);
    (0..USER_CODE_CHARS).map(|_| letter(draw)).collect()
}

/// A user code as a device shows it: `WDJB-MJHT`.
pub fn shown(user_code: &str) -> String {
    let (left, right) = user_code.split_at_checked(USER_CODE_CHARS / 2).unwrap_or((user_code, ""));
    format!("{left}-{right}")
}

/// A user code as it was typed: in any case, with or without dashes and blanks.
pub fn read_user_code(typed: &str) -> Option<String> {
    if typed.len() > USER_CODE_BYTES_MAX {
        return None;
    }
    let letters = typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '_' | '.'));
    let code: String = letters.map(|c| c.to_ascii_uppercase()).collect();
    (code.len() == USER_CODE_CHARS && code.bytes().all(|byte| ALPHABET.contains(&byte))).then_some(code)
}

/// Where a decision was made.
#[derive(Debug, Clone, Copy)]
pub struct Decided<'a> {
    /// On the pages of this interaction.
    pub interaction: &'a InteractionId,
    /// The absolute life of what a refresh token keeps alive, in seconds (REF-07).
    pub refresh_seconds: i64,
    /// Where the browser is.
    pub ip: &'a str,
    /// The HTTP request.
    pub request_id: &'a str,
    /// The moment.
    pub now: Timestamp,
}

/// The person grants it, in the session they decided in.
pub fn approve(
    request: &ApprovalRequest,
    issuance: &Issuance<'_>,
    decided: &Decided<'_>,
    draw: &mut Draw,
) -> DecidePending {
    let session = &issuance.signed_in.session;
    let waits_seconds = request.expires_at.seconds_from(decided.now).max(0);
    let life_seconds = life_seconds(issuance, decided.refresh_seconds, waits_seconds);
    let grant = Grant {
        id: GrantId::generate_at(decided.now, draw),
        client_id: request.client_id.clone(),
        account_id: session.account_id.clone(),
        session_id: session.id.clone(),
        sid: session.id.clone(),
        confirmation: None,
        via: request.kind.grant_type(),
        scope: issuance.scope.clone(),
        claims: ClaimsRequest::default(),
        nonce: None,
        resources: request.resources.clone(),
        authorization_details: AuthorizationDetails::default(),
        auth_time: session.auth_time,
        amr: session.amr.clone(),
        idp: session.idp.clone(),
        acr: None,
        created_at: decided.now,
        expires_at: decided.now.plus_seconds(life_seconds),
        revoked_at: None,
    };
    let mut audit = event(AuditAction::ApprovalGiven, request, decided);
    audit.account = Some(grant.account_id.clone());
    audit.detail.insert("grant".to_owned(), grant.id.as_str().into());
    audit.detail.insert("scope".to_owned(), grant.scope.to_string().into());
    DecidePending {
        digest: request.digest.clone(),
        grant: Some(grant),
        consent: issuance.consent.clone(),
        interaction: decided.interaction.clone(),
        now: decided.now,
        audit,
    }
}

/// The person, or somebody who had the code, refuses.
pub fn refuse(request: &ApprovalRequest, decided: &Decided<'_>) -> DecidePending {
    let mut audit = event(AuditAction::ApprovalRefused, request, decided);
    audit.account.clone_from(&request.account_id);
    DecidePending {
        digest: request.digest.clone(),
        grant: None,
        consent: None,
        interaction: decided.interaction.clone(),
        now: decided.now,
        audit,
    }
}

fn event(action: AuditAction, request: &ApprovalRequest, decided: &Decided<'_>) -> AuditEvent {
    let mut detail = Map::new();
    detail.insert("by".to_owned(), request.kind.as_str().into());
    AuditEvent {
        client_id: Some(request.client_id.clone()),
        ip: Some(decided.ip.to_owned()),
        detail,
        ..AuditEvent::new(action, decided.now, decided.request_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc8628_6_1_a_user_code_is_eight_letters_that_form_no_words() {
        let mut draw = Draw::from_seed([3; 32]);
        let codes: std::collections::HashSet<String> = (0..100).map(|_| user_code(&mut draw)).collect();
        assert_eq!(codes.len(), 100);
        for code in &codes {
            assert!(code.len() == 8 && code.bytes().all(|byte| ALPHABET.contains(&byte)), "{code}");
            assert_eq!(read_user_code(&shown(code)).as_ref(), Some(code));
        }
        assert!(!ALPHABET.iter().any(|letter| b"AEIOUY".contains(letter)));
    }

    #[test]
    fn rfc8628_6_1_a_user_code_is_read_however_it_is_typed() {
        for typed in ["WDJB-MJHT", "wdjbmjht", " wdjb mjht ", "W-D-J-B-M-J-H-T", "wdjb – mjht"] {
            assert_eq!(read_user_code(typed).as_deref(), Some("WDJBMJHT"), "{typed}");
        }
        for typed in ["", "WDJB-MJH", "WDJB-MJHTT", "ADJB-MJHT", "WDJB-MJH1", "ẄDJB-MJHT", &"B".repeat(1_000)] {
            assert_eq!(read_user_code(typed), None, "{typed}");
        }
    }
}
