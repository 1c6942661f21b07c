//! Issuing an authorization code: the grant, the code that hands it over, and what is remembered and recorded of it.

use serde_json::Map;

use super::next_step::Issuance;
use crate::base::bounds::{ACCESS_TOKEN_SECONDS_MAX, CODE_SECONDS_MAX};
use crate::base::{Draw, GrantId, InteractionId, OpaqueToken, Timestamp, TokenKind};
use crate::model::audit::{AuditAction, AuditEvent};
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::client::GrantType;
use crate::model::grant::{AuthorizationCode, Grant, IssueCode};

/// How long what is issued lives, and where the request came from.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The life of a code, in seconds.
    pub code_seconds: i64,
    /// The absolute life of what a refresh token keeps alive, in seconds (REF-07).
    pub refresh_seconds: i64,
    /// The interaction that is answered, when pages were shown.
    pub interaction: Option<&'a InteractionId>,
    /// Where the browser is.
    pub ip: Option<&'a str>,
    /// The HTTP request.
    pub request_id: &'a str,
}

/// Makes the code for `issuance`, when the answer has one, and all that is to be written with it.
pub fn issue_code(
    request: &AuthorizationRequest,
    issuance: &Issuance<'_>,
    circumstances: &Circumstances<'_>,
    now: Timestamp,
    draw: &mut Draw,
) -> (Option<OpaqueToken>, IssueCode) {
    let token = request.response_type.has_code().then(|| OpaqueToken::generate(TokenKind::AuthorizationCode, draw));
    let code_seconds = circumstances.code_seconds.min(CODE_SECONDS_MAX);
    let life_seconds = life_seconds(issuance, circumstances.refresh_seconds, code_seconds);
    let grant = grant(request, issuance, GrantId::generate_at(now, draw), now, life_seconds);
    let code = token.as_ref().map(|token| AuthorizationCode {
        digest: token.digest(),
        grant_id: grant.id.clone(),
        redirect_uri: request.redirect_uri.clone(),
        redirect_uri_was_sent: request.redirect_uri_was_sent,
        code_challenge: request.code_challenge.clone(),
        dpop_jkt: request.dpop_jkt.clone(),
        failures: 0,
        created_at: now,
        expires_at: now.plus_seconds(code_seconds),
        consumed_at: None,
    });
    let issue = IssueCode {
        audit: audit(issuance, &grant, circumstances),
        interaction: circumstances.interaction.cloned(),
        consent: issuance.consent.clone(),
        pushed: request.pushed.clone(),
        grant,
        code,
    };
    (token, issue)
}

/// A grant without a refresh token has to outlive its last access token, and no more.
pub(super) fn life_seconds(issuance: &Issuance<'_>, refresh_seconds: i64, code_seconds: i64) -> i64 {
    let shortest = code_seconds + ACCESS_TOKEN_SECONDS_MAX;
    if issuance.has_offline_access() { refresh_seconds.max(shortest) } else { shortest }
}

fn grant(
    request: &AuthorizationRequest,
    issuance: &Issuance<'_>,
    id: GrantId,
    now: Timestamp,
    life_seconds: i64,
) -> Grant {
    let session = &issuance.signed_in.session;
    Grant {
        id,
        client_id: request.client_id.clone(),
        account_id: session.account_id.clone(),
        session_id: session.id.clone(),
        sid: session.id.clone(),
        via: GrantType::AuthorizationCode,
        scope: issuance.scope.clone(),
        claims: request.claims.clone(),
        nonce: request.nonce.clone(),
        resources: request.resources.clone(),
        authorization_details: request.authorization_details.clone(),
        auth_time: session.auth_time,
        amr: session.amr.clone(),
        idp: session.idp.clone(),
        acr: issuance.acr.map(str::to_owned),
        created_at: now,
        expires_at: now.plus_seconds(life_seconds),
        revoked_at: None,
        confirmation: None,
    }
}

fn audit(issuance: &Issuance<'_>, grant: &Grant, circumstances: &Circumstances<'_>) -> AuditEvent {
    let mut detail = Map::new();
    detail.insert("grant".to_owned(), grant.id.as_str().into());
    detail.insert("scope".to_owned(), grant.scope.to_string().into());
    if let Some(consent) = &issuance.consent {
        detail.insert("agreed".to_owned(), consent.scope.to_string().into());
    }
    AuditEvent {
        account: Some(grant.account_id.clone()),
        client_id: Some(grant.client_id.clone()),
        ip: circumstances.ip.map(str::to_owned),
        detail,
        ..AuditEvent::new(AuditAction::CodeIssued, grant.created_at, circumstances.request_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Scope;
    use crate::model::grant::Consent;
    use crate::model::session::SignedIn;
    use crate::protocol::samples::{self, NOW};

    const CIRCUMSTANCES: Circumstances<'static> = Circumstances {
        code_seconds: 60,
        refresh_seconds: 30 * 24 * 3_600,
        interaction: None,
        ip: Some("192.0.2.1"),
        request_id: "r1",
    };

    fn issued(signed_in: &SignedIn, scope: &str, circumstances: &Circumstances<'_>) -> (OpaqueToken, IssueCode) {
        let scope = Scope::parse(scope).unwrap();
        let consent = Some(Consent {
            account_id: signed_in.account.id.clone(),
            client_id: "acme".into(),
            scope: scope.clone(),
            granted_at: NOW,
        });
        let issuance = Issuance { signed_in, scope, acr: Some("1"), consent };
        let (token, issue) =
            issue_code(&samples::request(), &issuance, circumstances, NOW, &mut Draw::from_seed([8; 32]));
        (token.unwrap(), issue)
    }

    #[test]
    fn cod_04_cod_07_a_code_is_bound_to_client_redirect_uri_and_challenge() {
        let signed_in = samples::signed_in(1, 30);
        let (token, IssueCode { grant, code, .. }) = issued(&signed_in, "openid", &CIRCUMSTANCES);
        let code = code.unwrap();
        assert_eq!(code.digest, token.digest());
        assert_eq!((&code.grant_id, code.failures, code.consumed_at), (&grant.id, 0, None));
        assert_eq!((code.redirect_uri.as_str(), code.redirect_uri_was_sent), ("https://app.example/cb", true));
        assert_eq!(code.code_challenge.as_deref(), Some(samples::CHALLENGE));
        assert_eq!((grant.client_id.as_str(), grant.nonce), ("acme", samples::request().nonce));
        assert_eq!((grant.account_id, grant.session_id), (signed_in.account.id, signed_in.session.id));
        assert_eq!(grant.auth_time, NOW.plus_seconds(-30));
        assert_eq!((grant.amr, grant.acr.as_deref()), (vec!["pwd".to_owned()], Some("1")));
    }

    #[test]
    fn cod_08_a_code_never_lives_longer_than_ten_minutes() {
        let signed_in = samples::signed_in(1, 0);
        let life = |code_seconds| {
            let circumstances = Circumstances { code_seconds, ..CIRCUMSTANCES };
            issued(&signed_in, "openid", &circumstances).1.code.unwrap().expires_at.seconds_since(NOW)
        };
        assert_eq!((life(60), life(i64::MAX)), (60, CODE_SECONDS_MAX));
    }

    #[test]
    fn ref_07_a_grant_lives_as_long_as_what_hangs_on_it() {
        let signed_in = samples::signed_in(1, 0);
        let life = |scope| issued(&signed_in, scope, &CIRCUMSTANCES).1.grant.expires_at.seconds_since(NOW);
        assert_eq!(life("openid offline_access"), CIRCUMSTANCES.refresh_seconds);
        assert_eq!(life("openid"), 60 + ACCESS_TOKEN_SECONDS_MAX);
    }

    #[test]
    fn log_02_the_record_names_the_grant_and_never_the_code() {
        let (token, issue) = issued(&samples::signed_in(1, 0), "openid", &CIRCUMSTANCES);
        let record = format!("{:?}", issue.audit);
        assert!(record.contains(issue.grant.id.as_str()) && record.contains("agreed") && record.contains("r1"));
        assert!(!record.contains(token.expose()) && !record.contains(token.digest().as_str()));
    }
}
