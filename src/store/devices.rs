//! Devices: the browsers in which somebody signed in before. One that is new is told to the owner by mail.

use super::columns::Columns;
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx, outbox};
use crate::base::bounds::{DEVICES_PER_ACCOUNT_MAX, NEW_DEVICE_MAILS_MAX, NEW_DEVICE_MAILS_SECONDS};
use crate::base::{AccountId, Digest, Timestamp};
use crate::model::session::{Device, SeenDevice};
use crate::params;

statements! {
    LIST = "\
        SELECT digest, first_seen_at, last_seen_at, expires_at FROM devices \
        WHERE account_id = $1 AND expires_at > $2 ORDER BY last_seen_at DESC, digest LIMIT $3";
    SEE_AGAIN = "\
        UPDATE devices SET last_seen_at = $3, expires_at = $4 \
        WHERE account_id = $1 AND digest = $2 AND expires_at > $3";
    COUNT = "\
        SELECT COUNT(*) AS known, COUNT(CASE WHEN first_seen_at > $3 THEN 1 END) AS recent FROM devices \
        WHERE account_id = $1 AND expires_at > $2";
    // A row that is there is one that expired.
    KEEP = "\
        INSERT INTO devices (account_id, digest, first_seen_at, last_seen_at, expires_at) VALUES ($1, $2, $3, $3, $4) \
        ON CONFLICT (account_id, digest) DO UPDATE SET first_seen_at = excluded.first_seen_at, \
        last_seen_at = excluded.last_seen_at, expires_at = excluded.expires_at";
    FORGET_OLDEST = "\
        DELETE FROM devices WHERE account_id = $1 AND digest NOT IN \
        (SELECT digest FROM devices WHERE account_id = $1 ORDER BY last_seen_at DESC, digest LIMIT $2)";
}

impl FromRow for Device {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self {
            digest: columns.digest()?,
            first_seen_at: columns.time()?,
            last_seen_at: columns.time()?,
            expires_at: columns.time()?,
        })
    }
}

impl Store {
    /// The devices an account is known to be used on, the latest first.
    pub async fn list_devices(&self, account: &AccountId, now: Timestamp) -> Result<Vec<Device>, StoreFault> {
        self.read((account.clone(), now), |db, (account, now)| {
            Box::pin(async move { db.all(LIST, params![&*account, *now, DEVICES_PER_ACCOUNT_MAX]).await })
        })
        .await
    }
}

/// The digests of an account's devices, inside a unit of work.
pub(super) async fn digests(tx: &mut Tx<'_>, account: &AccountId, now: Timestamp) -> Result<Vec<Digest>, StoreFault> {
    let devices: Vec<Device> = tx.all(LIST, params![account, now, DEVICES_PER_ACCOUNT_MAX]).await?;
    Ok(devices.into_iter().map(|device| device.digest).collect())
}

/// Notes that `account` signs in on `seen`, and writes the mail about it if it is another one than before. The caller
/// holds the account's row. Nobody is told of their first device; nor of one more when there were several within the
/// hour, so that the mailbox is not flooded by somebody who has the password.
pub(super) async fn see(
    tx: &mut Tx<'_>,
    account: &AccountId,
    seen: &SeenDevice,
    now: Timestamp,
) -> Result<(), StoreFault> {
    if tx.execute(SEE_AGAIN, params![account, &seen.digest, now, seen.expires_at]).await? == 1 {
        return Ok(());
    }
    let since = now.plus_seconds(-NEW_DEVICE_MAILS_SECONDS);
    let (known, recent): (i64, i64) = tx.one(COUNT, params![account, now, since]).await?;
    tx.execute(KEEP, params![account, &seen.digest, now, seen.expires_at]).await?;
    tx.execute(FORGET_OLDEST, params![account, DEVICES_PER_ACCOUNT_MAX]).await?;
    match &seen.mail {
        Some(mail) if known > 0 && recent < NEW_DEVICE_MAILS_MAX => outbox::put(tx, mail).await,
        _ => Ok(()),
    }
}
