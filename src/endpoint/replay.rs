//! Assertions and proofs work once: their names are written to the store, all of a request in one unit.
//!
//! What is remembered is bounded by time, since a name is kept until what bore it is too old, and by number: the store
//! hands out room for names in blocks, and a process takes from its blocks without asking. A name whose time is not over
//! is never forgotten to make room, because then it would work twice; where there is no room, the request is refused as
//! one that may work later. A nonce would not help the client then: the next proof needs room, too.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::exchange::Exchange;
use super::failure::Failure;
use crate::base::bounds::{REPLAY_BLOCK_NAMES, REPLAY_NAMES_MAX, REPLAY_NAMES_OF_CLIENT_MAX};
use crate::base::{Fault, Timestamp};
use crate::model::jti::{JtiPurpose, UsedJti};
use crate::protocol::Reason;

/// The room for names that this process has, by the end of the minute in which they end.
#[derive(Debug, Default)]
pub struct ReplayRoom {
    taken: Mutex<Taken>,
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Taken {
    minutes: BTreeMap<Timestamp, Minute>,
    of_clients: HashMap<String, u64>,
}

#[derive(Debug, Default)]
struct Minute {
    left: u64,
    of_clients: HashMap<String, u64>,
}

/// Why a name has no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NoRoom {
    /// The blocks for this minute are used up.
    BlockUsedUp(Timestamp),
    /// The client has as many names as one may have.
    ClientFull,
}

impl Taken {
    /// Takes room for names of `client` that end at `ends`; for all of them or for none.
    fn take(&mut self, client: &str, ends: &[Timestamp], now: Timestamp) -> Result<(), NoRoom> {
        self.forget(now);
        let count = u64::try_from(ends.len()).unwrap_or(u64::MAX);
        if self.of_clients.get(client).copied().unwrap_or_default() + count > REPLAY_NAMES_OF_CLIENT_MAX {
            return Err(NoRoom::ClientFull);
        }
        for end in ends {
            // Those of one minute need that much of it together.
            let needed = ends.iter().filter(|other| *other == end).count();
            let left = self.minutes.get(end).map_or(0, |minute| minute.left);
            if left < u64::try_from(needed).unwrap_or(u64::MAX) {
                return Err(NoRoom::BlockUsedUp(*end));
            }
        }
        for end in ends {
            let minute = self.minutes.entry(*end).or_default();
            minute.left -= 1;
            count_one(&mut minute.of_clients, client);
            count_one(&mut self.of_clients, client);
        }
        Ok(())
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some(first) = self.minutes.first_entry()
            && *first.key() <= now
        {
            for (client, count) in first.remove().of_clients {
                let Some(own) = self.of_clients.get_mut(&client) else { continue };
                *own = own.saturating_sub(count);
                if *own == 0 {
                    self.of_clients.remove(&client);
                }
            }
        }
    }
}

fn count_one(counts: &mut HashMap<String, u64>, client: &str) {
    match counts.get_mut(client) {
        Some(count) => *count += 1,
        None => drop(counts.insert(client.to_owned(), 1)),
    }
}

impl ReplayRoom {
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes room for what `client` is about to spend, or refuses the request.
pub async fn make_room(exchange: &Exchange, client: &str, used: &[UsedJti]) -> Result<(), Failure> {
    let (room, now) = (&exchange.context.replay_room, exchange.now);
    let ends: Vec<Timestamp> = used.iter().map(|used| minute_of(used.expires_at)).collect();
    if room.taken().take(client, &ends, now).is_ok() {
        return Ok(());
    }
    // One asks for all who wait, so that no more is taken out than is needed.
    let _asking = room.asking.lock().await;
    loop {
        let end = match room.taken().take(client, &ends, now) {
            Ok(()) => return Ok(()),
            Err(NoRoom::ClientFull) => return Err(Fault::Busy("replay memory of the client").into()),
            Err(NoRoom::BlockUsedUp(end)) => end,
        };
        if !exchange.context.store.take_replay_block(end, REPLAY_BLOCK_NAMES, REPLAY_NAMES_MAX).await? {
            return Err(Fault::Busy("replay memory").into());
        }
        room.taken().minutes.entry(end).or_default().left += REPLAY_BLOCK_NAMES.unsigned_abs();
    }
}

/// The end of the minute in which a name ends.
fn minute_of(end: Timestamp) -> Timestamp {
    const SECONDS: i64 = 60;
    Timestamp::from_seconds((end.seconds().div_euclid(SECONDS) + 1) * SECONDS)
}

/// Writes that `client` used `used`, and refuses the request when one of them had been used.
pub async fn spend(exchange: &Exchange, client: &str, used: Vec<UsedJti>) -> Result<(), Failure> {
    if used.is_empty() {
        return Ok(());
    }
    make_room(exchange, client, &used).await?;
    refuse(exchange.context.store.use_jtis(used).await?)
}

/// Refuses the request when something of it had been used before.
pub fn refuse(replayed: Option<JtiPurpose>) -> Result<(), Failure> {
    match replayed {
        None => Ok(()),
        Some(JtiPurpose::ClientAssertion) => Err(Reason::ClientAssertionReplayed.into()),
        Some(JtiPurpose::DpopProof) => Err(Reason::DpopProofReplayed.into()),
        Some(JtiPurpose::GrantAssertion) => Err(Reason::GrantAssertionReplayed.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(6_000);

    fn end(seconds: i64) -> Timestamp {
        minute_of(NOW.plus_seconds(seconds))
    }

    fn with_block(ends: &[Timestamp], left: u64) -> Taken {
        let minutes = ends.iter().map(|end| (*end, Minute { left, ..Minute::default() }));
        Taken { minutes: minutes.collect(), ..Taken::default() }
    }

    #[test]
    fn a_block_has_room_for_so_many_and_two_of_a_minute_need_room_for_two() {
        let mut taken = with_block(&[end(60)], 3);
        assert_eq!(taken.take("app", &[end(60), end(60)], NOW), Ok(()));
        assert_eq!(taken.take("app", &[end(60), end(60)], NOW), Err(NoRoom::BlockUsedUp(end(60))));
        assert_eq!(taken.take("app", &[end(60)], NOW), Ok(()));
        assert_eq!(taken.take("app", &[end(60)], NOW), Err(NoRoom::BlockUsedUp(end(60))));
        assert_eq!(taken.take("app", &[end(120)], NOW), Err(NoRoom::BlockUsedUp(end(120))));
    }

    #[test]
    fn one_client_does_not_take_the_room_of_others_and_has_it_again_when_its_names_end() {
        let mut taken = with_block(&[end(60), end(600)], REPLAY_NAMES_OF_CLIENT_MAX + 10);
        for _ in 0..REPLAY_NAMES_OF_CLIENT_MAX {
            taken.take("app", &[end(60)], NOW).unwrap();
        }
        assert_eq!(taken.take("app", &[end(60)], NOW), Err(NoRoom::ClientFull));
        assert_eq!(taken.take("app", &[end(600)], NOW), Err(NoRoom::ClientFull));
        assert_eq!(taken.take("other", &[end(60)], NOW), Ok(()));
        assert_eq!(taken.take("app", &[end(600)], NOW.plus_seconds(119)), Err(NoRoom::ClientFull));
        assert_eq!(taken.take("app", &[end(600)], end(60)), Ok(()));
        // Of whom nothing is remembered, nothing is counted.
        assert_eq!(taken.of_clients, HashMap::from([("app".to_owned(), 1)]));
    }

    #[test]
    fn a_name_ends_before_its_minute_does() {
        assert_eq!(minute_of(Timestamp::from_seconds(119)), Timestamp::from_seconds(120));
        assert_eq!(minute_of(Timestamp::from_seconds(120)), Timestamp::from_seconds(180));
    }
}
