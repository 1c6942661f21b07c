//! Grants, codes, refresh tokens and revoked access tokens.
//!
//! Each single use is one guarded `UPDATE`: of any number of racers exactly one changes the row.

use super::accounts::{account_columns, read_account};
use super::columns::{Columns, json};
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx, audit, consents, interactions, logouts, pushed_requests};
use crate::base::{Digest, GrantId, Timestamp};
use crate::model::account::Account;
use crate::model::audit::AuditEvent;
use crate::model::client::GrantType;
use crate::model::grant::{
    AuthorizationCode, Confirmation, Grant, IssueCode, IssueCodeOutcome, KeepRefreshToken, RedeemCode,
    RedeemCodeOutcome, RefreshToken, RotateOutcome, RotateRefreshToken,
};
use crate::params;

macro_rules! grant_columns {
    () => {
        "g.id, g.client_id, g.account_id, g.session_id, g.scope, g.claims, g.nonce, g.resources, g.auth_time, \
         g.amr, g.idp, g.acr, g.authorization_details, g.created_at, g.expires_at, g.revoked_at, \
         COALESCE(g.sid, g.session_id) AS sid, g.via, g.confirmation"
    };
}

pub(super) use grant_columns;

statements! {
    // The session is the guard: signed out, locked or reset in between, and no code is issued. It stays locked, so that
    // whoever ends it next finds this grant.
    INSERT_GRANT = "\
        INSERT INTO grants (id, client_id, account_id, session_id, scope, claims, nonce, resources, auth_time, \
        amr, acr, created_at, expires_at, via, authorization_details, idp) \
        SELECT $1, $2, $3, s.id, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, s.idp \
        FROM sessions s \
        WHERE s.id = $4 AND s.account_id = $3 AND s.ended_at IS NULL FOR SHARE";
    // What an assertion grants belongs to no session; the account is the guard.
    INSERT_GRANT_WITHOUT_SESSION = "\
        INSERT INTO grants (id, client_id, account_id, session_id, scope, claims, nonce, resources, auth_time, \
        amr, acr, created_at, expires_at, via, authorization_details) \
        SELECT $1, $2, a.id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15 FROM accounts a \
        WHERE a.id = $3 AND a.disabled_at IS NULL FOR SHARE";
    INSERT_CODE = "\
        INSERT INTO authorization_codes (digest, grant_id, redirect_uri, redirect_uri_was_sent, code_challenge, \
        failures, created_at, expires_at, dpop_jkt) VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8)";
    FIND_CODE = concat!(
        "SELECT c.digest, c.grant_id, c.redirect_uri, c.redirect_uri_was_sent, c.code_challenge, c.failures, \
         c.created_at, c.expires_at, c.consumed_at, c.dpop_jkt, ",
        grant_columns!(),
        ", ",
        account_columns!(),
        " FROM authorization_codes c JOIN grants g ON g.id = c.grant_id JOIN accounts a ON a.id = g.account_id \
         WHERE c.digest = $1"
    );
    COUNT_CODE_FAILURE = "\
        UPDATE authorization_codes SET failures = failures + 1, \
        consumed_at = CASE WHEN failures + 1 >= $2 THEN $3 ELSE consumed_at END \
        WHERE digest = $1 AND consumed_at IS NULL";
    CONSUME_CODE = "\
        UPDATE authorization_codes SET consumed_at = $2 WHERE digest = $1 AND consumed_at IS NULL \
        AND EXISTS (SELECT 1 FROM grants g WHERE g.id = grant_id AND g.revoked_at IS NULL)";
    CONFIRM = "UPDATE grants SET confirmation = $2 WHERE id = $1";
    IS_REVOKED = "SELECT COUNT(*) AS revoked FROM grants WHERE id = $1 AND revoked_at IS NOT NULL";
    INSERT_REFRESH_TOKEN =
        "INSERT INTO refresh_tokens (digest, grant_id, created_at, idle_expires_at) VALUES ($1, $2, $3, $4)";
    FIND_REFRESH_TOKEN = concat!(
        "SELECT r.digest, r.grant_id, r.created_at, r.idle_expires_at, r.rotated_at, r.successor, \
         (SELECT n.rotated_at FROM refresh_tokens n WHERE n.digest = r.successor) \
         AS successor_rotated_at, ",
        grant_columns!(),
        ", ",
        account_columns!(),
        " FROM refresh_tokens r JOIN grants g ON g.id = r.grant_id JOIN accounts a ON a.id = g.account_id \
         WHERE r.digest = $1"
    );
    ROTATE = "\
        UPDATE refresh_tokens SET rotated_at = $2, successor = $3 WHERE digest = $1 AND rotated_at IS NULL \
        AND EXISTS (SELECT 1 FROM grants g WHERE g.id = grant_id AND g.revoked_at IS NULL)";
    KEEP = "\
        UPDATE refresh_tokens SET idle_expires_at = $2 WHERE digest = $1 AND rotated_at IS NULL \
        AND EXISTS (SELECT 1 FROM grants g WHERE g.id = grant_id AND g.revoked_at IS NULL)";
    REVOKE = "UPDATE grants SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    FIND_FOR_TOKEN = concat!(
        "SELECT (SELECT 1 FROM revoked_tokens t WHERE t.jti = $2) AS token_revoked, ",
        grant_columns!(),
        ", ",
        account_columns!(),
        " FROM grants g JOIN accounts a ON a.id = g.account_id WHERE g.id = $1"
    );
    REVOKE_TOKEN = "INSERT INTO revoked_tokens (jti, expires_at) VALUES ($1, $2) ON CONFLICT (jti) DO NOTHING";
    IS_TOKEN_REVOKED = "SELECT COUNT(*) AS revoked FROM revoked_tokens WHERE jti = $1";
}

/// A code with what it hands over.
#[derive(Debug, Clone)]
pub struct FoundCode {
    /// The code.
    pub code: AuthorizationCode,
    /// Its grant.
    pub grant: Grant,
    /// The person who gave it.
    pub account: Account,
}

/// A refresh token with what it lives on.
#[derive(Debug, Clone)]
pub struct FoundRefreshToken {
    /// The token.
    pub token: RefreshToken,
    /// Its grant.
    pub grant: Grant,
    /// The person who gave it.
    pub account: Account,
}

/// What an access token rests on.
#[derive(Debug, Clone)]
pub struct FoundGrant {
    /// The grant.
    pub grant: Grant,
    /// The person who gave it.
    pub account: Account,
    /// Whether this very token was revoked.
    pub token_revoked: bool,
}

impl FromRow for FoundCode {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        let code = AuthorizationCode {
            digest: columns.digest()?,
            grant_id: columns.id()?,
            redirect_uri: columns.text()?,
            redirect_uri_was_sent: columns.integer()? != 0,
            code_challenge: columns.text_or_null()?,
            failures: columns.integer()?,
            created_at: columns.time()?,
            expires_at: columns.time()?,
            consumed_at: columns.time_or_null()?,
            dpop_jkt: columns.text_or_null()?,
        };
        Ok(Self { code, grant: read_grant(&mut columns)?, account: read_account(&mut columns)? })
    }
}

impl FromRow for FoundRefreshToken {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        let token = RefreshToken {
            digest: columns.digest()?,
            grant_id: columns.id()?,
            created_at: columns.time()?,
            idle_expires_at: columns.time()?,
            rotated_at: columns.time_or_null()?,
            successor: columns.digest_or_null()?,
            successor_rotated_at: columns.time_or_null()?,
        };
        Ok(Self { token, grant: read_grant(&mut columns)?, account: read_account(&mut columns)? })
    }
}

impl FromRow for FoundGrant {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        let token_revoked = columns.integer_or_null()?.is_some();
        Ok(Self { token_revoked, grant: read_grant(&mut columns)?, account: read_account(&mut columns)? })
    }
}

pub(super) fn read_grant(columns: &mut Columns<'_, '_>) -> Result<Grant, StoreFault> {
    Ok(Grant {
        id: columns.id()?,
        client_id: columns.text()?,
        account_id: columns.id()?,
        session_id: columns.id()?,
        scope: columns.scope()?,
        claims: columns.json()?,
        nonce: columns.text_or_null()?,
        resources: columns.words()?,
        auth_time: columns.time()?,
        amr: columns.words()?,
        idp: columns.provider_or_null()?,
        acr: columns.text_or_null()?,
        authorization_details: columns.json()?,
        created_at: columns.time()?,
        expires_at: columns.time()?,
        revoked_at: columns.time_or_null()?,
        sid: columns.id()?,
        via: columns.text_or_null()?.and_then(|via| GrantType::parse(&via)).unwrap_or(GrantType::AuthorizationCode),
        confirmation: columns.json_or_null()?,
    })
}

impl Store {
    /// Writes a grant and its code.
    pub async fn issue_code(&self, issue: IssueCode) -> Result<IssueCodeOutcome, StoreFault> {
        match self.write(issue, |tx, issue| Box::pin(issue_code(tx, issue))).await {
            // Strangers can have a client forgotten at any moment on which nothing rests yet.
            Err(StoreFault::GuardLost | StoreFault::ForeignKey) => Ok(IssueCodeOutcome::SessionEnded),
            outcome => outcome,
        }
    }

    /// The code with this digest, used or not.
    pub async fn find_code(&self, digest: Digest) -> Result<Option<FoundCode>, StoreFault> {
        self.read(digest, |db, digest| Box::pin(async move { db.optional(FIND_CODE, params![&*digest]).await })).await
    }

    /// Counts a wrong attempt at a code; at `limit` of them it is spent (COD-14).
    pub async fn count_code_failure(&self, digest: Digest, limit: i64, now: Timestamp) -> Result<(), StoreFault> {
        self.write((digest, limit, now), |tx, (digest, limit, now)| {
            Box::pin(async move { tx.execute(COUNT_CODE_FAILURE, params![&*digest, *limit, *now]).await.map(drop) })
        })
        .await
    }

    /// Redeems a code. When somebody was first, the grant is revoked in the same transaction.
    pub async fn redeem_code(&self, redeem: RedeemCode) -> Result<RedeemCodeOutcome, StoreFault> {
        self.write(redeem, |tx, redeem| Box::pin(redeem_code(tx, redeem))).await
    }

    /// The refresh token with this digest, rotated or not.
    pub async fn find_refresh_token(&self, digest: Digest) -> Result<Option<FoundRefreshToken>, StoreFault> {
        self.read(digest, |db, digest| {
            Box::pin(async move { db.optional(FIND_REFRESH_TOKEN, params![&*digest]).await })
        })
        .await
    }

    /// Replaces a refresh token by its successor.
    pub async fn rotate_refresh_token(&self, rotate: RotateRefreshToken) -> Result<RotateOutcome, StoreFault> {
        self.write(rotate, |tx, rotate| Box::pin(rotate_refresh_token(tx, rotate))).await
    }

    /// Lets a refresh token live on. False when it was replaced or its grant was revoked in the meantime.
    pub async fn keep_refresh_token(&self, keep: KeepRefreshToken) -> Result<bool, StoreFault> {
        self.write(keep, |tx, keep| {
            Box::pin(async move { Ok(tx.execute(KEEP, params![&keep.presented, keep.idle_expires_at]).await? == 1) })
        })
        .await
    }

    /// Revokes a grant and with it everything issued on it. False, and nothing is recorded, when it already was.
    pub async fn revoke_grant(&self, id: &GrantId, now: Timestamp, audit: AuditEvent) -> Result<bool, StoreFault> {
        self.write((id.clone(), now, audit), |tx, (id, now, audit)| {
            Box::pin(async move {
                if tx.execute(REVOKE, params![&*id, *now]).await? == 0 {
                    return Ok(false);
                }
                audit::append(tx, audit).await?;
                Ok(true)
            })
        })
        .await
    }

    /// The grant of that id, revoked or not, and its person.
    pub async fn find_grant(&self, id: GrantId) -> Result<Option<FoundGrant>, StoreFault> {
        // No token is named by nothing.
        self.find_grant_for_token(id, String::new()).await
    }

    /// What the access token `jti`, issued on the grant `id`, rests on.
    pub async fn find_grant_for_token(&self, id: GrantId, jti: String) -> Result<Option<FoundGrant>, StoreFault> {
        self.read((id, jti), |db, (id, jti)| {
            Box::pin(async move { db.optional(FIND_FOR_TOKEN, params![&*id, &*jti]).await })
        })
        .await
    }

    /// Revokes one access token until it expires by itself. Doing it twice changes nothing.
    pub async fn revoke_token(&self, jti: String, expires_at: Timestamp, audit: AuditEvent) -> Result<(), StoreFault> {
        self.write((jti, expires_at, audit), |tx, (jti, expires_at, audit)| {
            Box::pin(async move {
                match tx.execute(REVOKE_TOKEN, params![&*jti, *expires_at]).await? {
                    0 => Ok(()),
                    _ => audit::append(tx, audit).await,
                }
            })
        })
        .await
    }

    /// Whether an access token without a grant (client_credentials) was revoked.
    pub async fn is_token_revoked(&self, jti: String) -> Result<bool, StoreFault> {
        let (count,): (i64,) =
            self.read(jti, |db, jti| Box::pin(async move { db.one(IS_TOKEN_REVOKED, params![&*jti]).await })).await?;
        Ok(count > 0)
    }
}

async fn issue_code(tx: &mut Tx<'_>, issue: &IssueCode) -> Result<IssueCodeOutcome, StoreFault> {
    let now = issue.grant.created_at;
    if let Some(pushed) = &issue.pushed
        && !pushed_requests::spend(tx, pushed, now).await?
    {
        return Ok(IssueCodeOutcome::AlreadyAnswered);
    }
    if let Some(interaction) = &issue.interaction
        && !interactions::finish(tx, interaction, now).await?
    {
        return Ok(IssueCodeOutcome::AlreadyAnswered);
    }
    if !insert_grant(tx, &issue.grant).await? {
        return Err(StoreFault::GuardLost);
    }
    if let Some(code) = &issue.code {
        insert_code(tx, code).await?;
    }
    if let Some(consent) = &issue.consent {
        consents::put(tx, consent).await?;
    }
    audit::append(tx, &issue.audit).await?;
    Ok(IssueCodeOutcome::Issued)
}

async fn insert_code(tx: &mut Tx<'_>, code: &AuthorizationCode) -> Result<(), StoreFault> {
    let values = params![
        &code.digest,
        &code.grant_id,
        &code.redirect_uri,
        i64::from(code.redirect_uri_was_sent),
        &code.code_challenge,
        code.created_at,
        code.expires_at,
        &code.dpop_jkt
    ];
    tx.execute(INSERT_CODE, values).await.map(drop)
}

pub(super) async fn insert_grant(tx: &mut Tx<'_>, grant: &Grant) -> Result<bool, StoreFault> {
    let (scope, claims) = (grant.scope.to_string(), json(&grant.claims));
    let details = json(&grant.authorization_details);
    let (resources, amr) = (grant.resources.join(" "), grant.amr.join(" "));
    let values = params![
        &grant.id,
        &grant.client_id,
        &grant.account_id,
        &grant.session_id,
        &scope,
        &claims,
        &grant.nonce,
        &resources,
        grant.auth_time,
        &amr,
        &grant.acr,
        grant.created_at,
        grant.expires_at,
        grant.via.as_str(),
        &details
    ];
    // What an assertion grants belongs to no session, so nobody is told of one's end.
    if grant.via == GrantType::JwtBearer {
        return Ok(tx.execute(INSERT_GRANT_WITHOUT_SESSION, values).await? == 1);
    }
    if tx.execute(INSERT_GRANT, values).await? == 0 {
        return Ok(false);
    }
    logouts::take_part(tx, grant).await?;
    Ok(true)
}

async fn redeem_code(tx: &mut Tx<'_>, redeem: &RedeemCode) -> Result<RedeemCodeOutcome, StoreFault> {
    if tx.execute(CONSUME_CODE, params![&redeem.code, redeem.now]).await? == 1 {
        if let Some(token) = &redeem.refresh_token {
            insert_refresh_token(tx, token).await?;
        }
        if let Some(confirmation) = &redeem.confirmation {
            confirm(tx, &redeem.grant_id, confirmation).await?;
        }
        return Ok(RedeemCodeOutcome::Redeemed);
    }
    // RFC 6749 §4.1.2: a code used twice costs everything issued on it.
    let revoked = tx.execute(REVOKE, params![&redeem.grant_id, redeem.now]).await? == 1;
    Ok(if revoked { RedeemCodeOutcome::CodeReplayed } else { RedeemCodeOutcome::GrantRevoked })
}

/// Binds the refresh tokens of a grant.
pub(super) async fn confirm(tx: &mut Tx<'_>, grant: &GrantId, confirmation: &Confirmation) -> Result<(), StoreFault> {
    let confirmation = json(confirmation);
    tx.execute(CONFIRM, params![grant, &confirmation]).await.map(drop)
}

pub(super) async fn insert_refresh_token(tx: &mut Tx<'_>, token: &RefreshToken) -> Result<(), StoreFault> {
    let values = params![&token.digest, &token.grant_id, token.created_at, token.idle_expires_at];
    tx.execute(INSERT_REFRESH_TOKEN, values).await.map(drop)
}

async fn rotate_refresh_token(tx: &mut Tx<'_>, rotate: &RotateRefreshToken) -> Result<RotateOutcome, StoreFault> {
    let values = params![&rotate.presented, rotate.now, &rotate.successor.digest];
    if tx.execute(ROTATE, values).await? == 1 {
        insert_refresh_token(tx, &rotate.successor).await?;
        return Ok(RotateOutcome::Rotated);
    }
    let (revoked,): (i64,) = tx.one(IS_REVOKED, params![&rotate.successor.grant_id]).await?;
    Ok(if revoked > 0 { RotateOutcome::GrantRevoked } else { RotateOutcome::AlreadyRotated })
}
