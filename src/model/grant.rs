//! What a person granted to a client, the code that hands it over and the refresh tokens that live on it.

use serde::{Deserialize, Serialize};

use super::audit::AuditEvent;
use super::authorization_details::AuthorizationDetails;
use super::claims_request::ClaimsRequest;
use super::client::GrantType;
use super::upstream::ProviderId;
use crate::base::{AccountId, Digest, GrantId, InteractionId, Scope, SessionId, Timestamp};

/// What the holder of a token must prove besides having it (RFC 7800 §3); serialised as the claim `cnf`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirmation {
    /// Possession of the key with this RFC 7638 thumbprint (RFC 9449 §6.1).
    #[serde(rename = "jkt")]
    DpopKey(String),
    /// A connection with the certificate of this SHA-256 digest (RFC 8705 §3.1).
    #[serde(rename = "x5t#S256")]
    Certificate(String),
}

/// A grant: everything issued at one authorization hangs on it and dies with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Stands in the `jti` of access tokens.
    pub id: GrantId,
    /// To whom.
    pub client_id: String,
    /// By whom.
    pub account_id: AccountId,
    /// In which session. What an assertion grants belongs to none: the id then names nothing.
    pub session_id: SessionId,
    /// The name by which the client knows that session: it stays when the session is renewed.
    pub sid: SessionId,
    /// By which kind of request it came about.
    pub via: GrantType,
    /// What.
    pub scope: Scope,
    /// The claims asked for beyond scopes.
    pub claims: ClaimsRequest,
    /// The request's nonce.
    pub nonce: Option<String>,
    /// The resources access tokens may be for (RFC 8707).
    pub resources: Vec<String>,
    /// What exactly is allowed (RFC 9396).
    pub authorization_details: AuthorizationDetails,
    /// When the person had signed in.
    pub auth_time: Timestamp,
    /// How the person had signed in.
    pub amr: Vec<String>,
    /// The other provider by whose word, if it was one.
    pub idp: Option<ProviderId>,
    /// The authentication context reached, when one was asked for.
    pub acr: Option<String>,
    /// When it was given.
    pub created_at: Timestamp,
    /// After this nothing that hangs on it works: the absolute lifetime of its refresh tokens (REF-07).
    pub expires_at: Timestamp,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// What its refresh tokens are bound to, when the client is a public one that proved something at the first
    /// redemption.
    pub confirmation: Option<Confirmation>,
}

/// An authorization code, waiting to be redeemed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// Digest of the code.
    pub digest: Digest,
    /// What it hands over.
    pub grant_id: GrantId,
    /// The redirect URI of the request.
    pub redirect_uri: String,
    /// Whether the request carried it, so that the token request must too (RFC 6749 §4.1.3).
    pub redirect_uri_was_sent: bool,
    /// The S256 challenge.
    pub code_challenge: Option<String>,
    /// The key that must be proven when it is redeemed (RFC 9449 §10).
    pub dpop_jkt: Option<String>,
    /// Wrong attempts so far (COD-14).
    pub failures: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it is too late.
    pub expires_at: Timestamp,
    /// When it was used.
    pub consumed_at: Option<Timestamp>,
}

/// A refresh token. The family is the grant; the live leaf is the one without `rotated_at`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// Digest of the token.
    pub digest: Digest,
    /// The grant it lives on.
    pub grant_id: GrantId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends unless used before (REF-08).
    pub idle_expires_at: Timestamp,
    /// When it was used and replaced.
    pub rotated_at: Option<Timestamp>,
    /// Digest of the token that replaced it.
    pub successor: Option<Digest>,
    /// When that successor was itself used; filled when read.
    pub successor_rotated_at: Option<Timestamp>,
}

/// A person's remembered agreement with a client (AUT-18, AUT-25).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Who agreed.
    pub account_id: AccountId,
    /// With which client.
    pub client_id: String,
    /// To what.
    pub scope: Scope,
    /// When it was last widened.
    pub granted_at: Timestamp,
}

/// Writes a grant and its code, finishing the interaction if there was one.
#[derive(Debug, Clone)]
pub struct IssueCode {
    /// The grant.
    pub grant: Grant,
    /// Its code, when the answer has one.
    pub code: Option<AuthorizationCode>,
    /// The pushed request this answers; the guard is that it is still unanswered.
    pub pushed: Option<Digest>,
    /// The interaction this answers; the guard is that it is still unanswered.
    pub interaction: Option<InteractionId>,
    /// The agreement to remember.
    pub consent: Option<Consent>,
    /// The record of it.
    pub audit: AuditEvent,
}

/// What became of an [`IssueCode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssueCodeOutcome {
    /// The code can be sent.
    Issued,
    /// The interaction, or the pushed request behind it, was answered in the meantime.
    AlreadyAnswered,
    /// The session ended in the meantime, or the client is gone.
    SessionEnded,
}

/// Consumes a code and writes the refresh token that comes with it.
#[derive(Debug, Clone)]
pub struct RedeemCode {
    /// The code.
    pub code: Digest,
    /// Its grant.
    pub grant_id: GrantId,
    /// The refresh token to be issued with it.
    pub refresh_token: Option<RefreshToken>,
    /// What the grant's refresh tokens are bound to from now on.
    pub confirmation: Option<Confirmation>,
    /// The moment.
    pub now: Timestamp,
}

/// What became of a [`RedeemCode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedeemCodeOutcome {
    /// This redemption is the one.
    Redeemed,
    /// Somebody was first: the grant is revoked (RFC 6749 §4.1.2).
    CodeReplayed,
    /// The grant was revoked in the meantime.
    GrantRevoked,
}

/// Replaces a refresh token by its successor.
#[derive(Debug, Clone)]
pub struct RotateRefreshToken {
    /// The token presented.
    pub presented: Digest,
    /// What replaces it.
    pub successor: RefreshToken,
    /// The moment.
    pub now: Timestamp,
}

/// Lets a refresh token live on that is used and not replaced.
#[derive(Debug, Clone)]
pub struct KeepRefreshToken {
    /// The token presented.
    pub presented: Digest,
    /// When it ends unless used before.
    pub idle_expires_at: Timestamp,
}

/// What became of a [`RotateRefreshToken`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RotateOutcome {
    /// The successor stands.
    Rotated,
    /// Somebody rotated it first: look again and decide anew.
    AlreadyRotated,
    /// The grant was revoked in the meantime.
    GrantRevoked,
}

/// Counts a wrong attempt with a code that is still unused (COD-14).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountCodeFailure {
    /// The code.
    pub code: Digest,
}

/// Ends a grant and with it everything that hangs on it: its code, refresh tokens and access tokens. A grant that was
/// ended before stays as it is, and nothing is recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct RevokeGrant {
    /// The grant.
    pub grant_id: GrantId,
    /// The moment.
    pub now: Timestamp,
    /// The record of it.
    pub audit: AuditEvent,
}

/// Ends one access token. Doing it twice changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct RevokeAccessToken {
    /// The token's `jti`.
    pub jti: String,
    /// From then on the token is dead anyway, and this need not be remembered.
    pub expires_at: Timestamp,
    /// The record of it.
    pub audit: AuditEvent,
}
