//! Mailed codes. An attempt is counted before it is checked, so parallel guesses cannot beat the limit; a code is
//! consumed by the unit of work that acts on it, once.

use super::columns::{Columns, unexpected};
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx, accounts, audit, interactions, outbox, unless_guard_lost};
use crate::base::{AccountId, CodeId, Digest, InteractionId, Timestamp};
use crate::model::audit::AuditEvent;
use crate::model::interaction::Interaction;
use crate::model::one_time_code::{CodePurpose, CodeRecord};
use crate::model::outbox::OutboxMail;
use crate::params;

macro_rules! code_columns {
    () => {
        "id, purpose, account_id, email, interaction_id, browser, code_digest, link_digest, attempts, sends, \
         created_at, last_sent_at, expires_at, consumed_at"
    };
}

statements! {
    INSERT = concat!(
        "INSERT INTO one_time_codes (",
        code_columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, NULL)"
    );
    // Only the newest code of a purpose works (OTP-05), whichever flow it was asked for in.
    SUPERSEDE = "\
        UPDATE one_time_codes SET consumed_at = $3 WHERE email = $1 AND purpose = $2 AND consumed_at IS NULL";
    FIND_IN_INTERACTION = concat!(
        "SELECT ",
        code_columns!(),
        " FROM one_time_codes WHERE interaction_id = $1 AND purpose = $2 ORDER BY created_at DESC, id DESC LIMIT 1"
    );
    FIND = concat!("SELECT ", code_columns!(), " FROM one_time_codes WHERE id = $1");
    FIND_BY_LINK = concat!("SELECT ", code_columns!(), " FROM one_time_codes WHERE link_digest = $1");
    RESERVE_ATTEMPT = "\
        UPDATE one_time_codes SET attempts = attempts + 1 \
        WHERE id = $1 AND attempts < $2 AND consumed_at IS NULL AND expires_at > $3";
    RESEND = "\
        UPDATE one_time_codes SET code_digest = $3, link_digest = $4, sends = sends + 1, last_sent_at = $5, \
        expires_at = $6 WHERE id = $1 AND sends = $2 AND consumed_at IS NULL";
    MOVE = "\
        UPDATE one_time_codes SET interaction_id = $2, browser = $3 \
        WHERE id = $1 AND consumed_at IS NULL AND expires_at > $4";
    CONSUME = "\
        UPDATE one_time_codes SET consumed_at = $2 \
        WHERE id = $1 AND account_id = $3 AND consumed_at IS NULL AND expires_at > $2";
}

impl FromRow for CodeRecord {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        let id = columns.id()?;
        let purpose = columns.text()?;
        Ok(Self {
            id,
            purpose: CodePurpose::from_stored(&purpose).ok_or_else(|| unexpected(1, "not a purpose"))?,
            account: columns.id_or_null()?,
            email: columns.email()?,
            interaction: columns.id_or_null()?,
            browser: columns.digest_or_null()?,
            code_digest: columns.digest()?,
            link_digest: columns.digest()?,
            attempts: columns.integer()?,
            sends: columns.integer()?,
            created_at: columns.time()?,
            last_sent_at: columns.time()?,
            expires_at: columns.time()?,
            consumed_at: columns.time_or_null()?,
        })
    }
}

/// A mailed code asked for on a page.
#[derive(Debug, Clone)]
pub struct SendCode {
    /// The code; without an account nobody ever gets it, and the page looks the same (OTP-17).
    pub code: CodeRecord,
    /// The mail, when there is somebody to get one.
    pub mail: Option<OutboxMail>,
    /// The interaction with what it now waits for, when a window waits for it.
    pub interaction: Option<Interaction>,
    /// The record of it.
    pub audit: AuditEvent,
}

/// A code sent once more, with new digits; guesses made so far still count.
#[derive(Debug, Clone)]
pub struct ResendCode {
    /// The code as it was read.
    pub code: CodeRecord,
    /// The new digits' digest.
    pub code_digest: Digest,
    /// The new link's digest.
    pub link_digest: Digest,
    /// The moment.
    pub now: Timestamp,
    /// The new expiry.
    pub expires_at: Timestamp,
    /// The mail, when there is somebody to get one.
    pub mail: Option<OutboxMail>,
    /// The record of it.
    pub audit: AuditEvent,
}

impl Store {
    /// Keeps a code and its mail and tells the interaction. False when the interaction went on elsewhere.
    pub async fn send_code(&self, send: SendCode) -> Result<bool, StoreFault> {
        self.write(send, |tx, send| {
            Box::pin(async move {
                if let Some(interaction) = &send.interaction
                    && !interactions::save(tx, interaction).await?
                {
                    return Ok(false);
                }
                put(tx, &send.code).await?;
                if let Some(mail) = &send.mail {
                    outbox::put(tx, mail).await?;
                }
                audit::append(tx, &send.audit).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Sends a code again. False when that happened elsewhere already or the code was used.
    pub async fn resend_code(&self, resend: ResendCode) -> Result<bool, StoreFault> {
        self.write(resend, |tx, resend| {
            Box::pin(async move {
                let code = &resend.code;
                let values = params![
                    &code.id,
                    code.sends,
                    &resend.code_digest,
                    &resend.link_digest,
                    resend.now,
                    resend.expires_at
                ];
                if tx.execute(RESEND, values).await? == 0 {
                    return Ok(false);
                }
                if let Some(mail) = &resend.mail {
                    outbox::put(tx, mail).await?;
                }
                audit::append(tx, &resend.audit).await?;
                Ok(true)
            })
        })
        .await
    }

    /// The newest code of a purpose in an interaction.
    pub async fn find_code_in_interaction(
        &self,
        interaction: &InteractionId,
        purpose: CodePurpose,
    ) -> Result<Option<CodeRecord>, StoreFault> {
        self.read((interaction.clone(), purpose), |db, (interaction, purpose)| {
            Box::pin(async move { db.optional(FIND_IN_INTERACTION, params![&*interaction, purpose.as_str()]).await })
        })
        .await
    }

    /// The code with this id.
    pub async fn find_mailed_code(&self, id: &CodeId) -> Result<Option<CodeRecord>, StoreFault> {
        self.read(id.clone(), |db, id| Box::pin(async move { db.optional(FIND, params![&*id]).await })).await
    }

    /// The code behind a mailed link.
    pub async fn find_code_by_link(&self, link: Digest) -> Result<Option<CodeRecord>, StoreFault> {
        self.read(link, |db, link| Box::pin(async move { db.optional(FIND_BY_LINK, params![&*link]).await })).await
    }

    /// Hands a code over to the interaction of the browser that opened its link, and keeps that interaction's progress.
    /// False when the code is used or expired, or the interaction went on elsewhere.
    pub async fn move_code(&self, id: &CodeId, to: Interaction, now: Timestamp) -> Result<bool, StoreFault> {
        let unit = self.write((id.clone(), to, now), |tx, (id, to, now)| {
            Box::pin(async move {
                let moved = tx.execute(MOVE, params![&*id, &to.id, &to.browser, *now]).await? == 1;
                let is_done = moved && interactions::save(tx, to).await?;
                if is_done { Ok(()) } else { Err(StoreFault::GuardLost) }
            })
        });
        unless_guard_lost(unit.await)
    }

    /// Counts an attempt before it is checked. False when the code is used, expired or has had all its attempts.
    pub async fn reserve_code_attempt(&self, id: &CodeId, limit: i64, now: Timestamp) -> Result<bool, StoreFault> {
        self.write((id.clone(), limit, now), |tx, (id, limit, now)| {
            Box::pin(async move { Ok(tx.execute(RESERVE_ATTEMPT, params![&*id, *limit, *now]).await? == 1) })
        })
        .await
    }
}

/// Keeps a code and spends older ones of its purpose. Of two that are asked for at once, one is the older.
pub(super) async fn put(tx: &mut Tx<'_>, code: &CodeRecord) -> Result<(), StoreFault> {
    let mut account = code.account.as_ref();
    if let Some(id) = account {
        let held: Option<(String,)> = tx.optional(accounts::HOLD, params![id]).await?;
        // An account that was removed since is nobody's.
        account = account.filter(|_| held.is_some());
    }
    // Whether or not anybody has the address, so that nobody can tell from it (OTP-17).
    tx.execute(SUPERSEDE, params![&code.email, code.purpose.as_str(), code.created_at]).await?;
    insert(tx, code, account).await
}

/// Writes a code as `account`'s.
pub(super) async fn insert(tx: &mut Tx<'_>, code: &CodeRecord, account: Option<&AccountId>) -> Result<(), StoreFault> {
    let values = params![
        &code.id,
        code.purpose.as_str(),
        account,
        &code.email,
        code.interaction.as_ref(),
        code.browser.as_ref(),
        &code.code_digest,
        &code.link_digest,
        code.attempts,
        code.sends,
        code.created_at,
        code.last_sent_at,
        code.expires_at
    ];
    tx.execute(INSERT, values).await.map(drop)
}

/// Spends an account's code, for exactly one caller; for all others the guard is lost.
pub(super) async fn consume(
    tx: &mut Tx<'_>,
    id: &CodeId,
    account: &AccountId,
    now: Timestamp,
) -> Result<(), StoreFault> {
    let spent = tx.execute(CONSUME, params![id, now, account]).await? == 1;
    if spent { Ok(()) } else { Err(StoreFault::GuardLost) }
}
