//! What other providers tell of their people's accounts (RFC 8417): each event acts once.

use super::accounts::end_everything;
use super::columns::stored_id;
use super::statement::statements;
use super::{Store, StoreFault, Tx, audit};
use crate::base::bounds::SECURITY_EVENT_SECONDS;
use crate::base::{AccountId, Timestamp};
use crate::model::audit::AuditEvent;
use crate::model::upstream::{ActOnIdentity, IdentityAct, IdentityActOutcome};
use crate::params;

statements! {
    REMEMBER = "\
        INSERT INTO security_events (provider, jti, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    HOLD_ACCOUNT = "\
        SELECT a.id FROM accounts a WHERE a.id = \
        (SELECT i.account_id FROM identities i WHERE i.provider = $1 AND i.subject = $2) FOR NO KEY UPDATE";
    RAISE_GENERATION = "UPDATE accounts SET generation = generation + 1 WHERE id = $1";
    BLOCK = "UPDATE identities SET blocked_at = $3 WHERE provider = $1 AND subject = $2 AND blocked_at IS NULL";
    FORGET_TOKENS = "UPDATE identities SET sealed_tokens = NULL WHERE provider = $1 AND subject = $2";
}

impl Store {
    /// Does what a provider's event asks for, for its first arrival.
    pub async fn act_on_identity(&self, act: ActOnIdentity) -> Result<IdentityActOutcome, StoreFault> {
        self.write(act, |tx, act| Box::pin(carry_out(tx, act))).await
    }
}

async fn carry_out(tx: &mut Tx<'_>, act: &ActOnIdentity) -> Result<IdentityActOutcome, StoreFault> {
    let (provider, now) = (act.provider.as_str(), act.audit.at);
    let values = params![provider, act.jti.as_str(), now.plus_seconds(SECURITY_EVENT_SECONDS)];
    if tx.execute(REMEMBER, values).await? == 0 {
        return Ok(IdentityActOutcome::Repeated);
    }
    let mut outcome = IdentityActOutcome::Unknown;
    for (subject, step) in &act.acts {
        let key = params![provider, subject.as_str()];
        let Some((id,)) = tx.optional::<(String,)>(HOLD_ACCOUNT, key).await? else { continue };
        let account: AccountId = stored_id(0, &id)?;
        take_step(tx, (provider, subject), &account, *step, now).await?;
        if outcome == IdentityActOutcome::Unknown {
            audit::append(tx, &AuditEvent { account: Some(account), ..act.audit.clone() }).await?;
        }
        outcome = IdentityActOutcome::Done;
    }
    Ok(outcome)
}

async fn take_step(
    tx: &mut Tx<'_>,
    (provider, subject): (&str, &str),
    account: &AccountId,
    step: IdentityAct,
    now: Timestamp,
) -> Result<(), StoreFault> {
    match step {
        IdentityAct::EndSessions => {
            tx.execute(RAISE_GENERATION, params![account]).await?;
            end_everything(tx, account, now).await
        }
        IdentityAct::Block => tx.execute(BLOCK, params![provider, subject, now]).await.map(drop),
        IdentityAct::ForgetTokens => tx.execute(FORGET_TOKENS, params![provider, subject]).await.map(drop),
    }
}
