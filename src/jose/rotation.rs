//! Which changes to the signing keys are due: a plain function of the records, the clock and the policy.
//!
//! A key that is to sign is announced first, for as long as relying parties may cache the key set (DISC-08), and stays
//! published after its last signature until every token it signed has expired (OPS-02). The first key of an algorithm
//! signs at once, because nobody holds a key set without it. Nothing here makes keys or writes: `generate` does the one,
//! the store the other.

use crate::base::Timestamp;
use crate::base::bounds::{CLOCK_SKEW_SECONDS, GONE_KEY_KEPT_SECONDS};
use crate::model::key::{KeyChange, KeyPhase, SigningAlgorithm, SigningKeyRecord, order};

/// How keys follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotationPolicy {
    /// The algorithms that keys are made for. Those of others sign no more and go when all that they signed has expired.
    pub algorithms: &'static [SigningAlgorithm],
    /// How long a key signs before its successor takes over; `None` rotates on command only.
    pub rotate_after_seconds: Option<i64>,
    /// How long a key is published before it signs: at least the key set's max-age.
    pub announce_seconds: i64,
    /// The longest lifetime of a token that a key of ours signs.
    pub longest_token_seconds: i64,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation<'a> {
    /// What the clock and the policy ask for.
    Due,
    /// A successor for these algorithms, with the usual overlap.
    Requested(&'a [SigningAlgorithm]),
    /// Every key of these algorithms is withdrawn at once and replaced (OPS-03).
    Emergency(&'a [SigningAlgorithm]),
}

/// A key that is to be made, with its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addition {
    /// What it signs with.
    pub algorithm: SigningAlgorithm,
    /// Since when it is published: now.
    pub announced_at: Timestamp,
    /// From when on it signs.
    pub signs_from: Timestamp,
}

/// The changes that are due at `now`, none if everything is as it should be.
pub fn plan_rotation(
    records: &[SigningKeyRecord],
    now: Timestamp,
    policy: &RotationPolicy,
    rotation: Rotation<'_>,
) -> Vec<KeyChange<Addition>> {
    let mut changes = Vec::new();
    for algorithm in SigningAlgorithm::ALL {
        let own: Vec<&SigningKeyRecord> = records.iter().filter(|record| record.algorithm == algorithm).collect();
        let is_offered = policy.algorithms.contains(&algorithm);
        match rotation {
            Rotation::Emergency(named) if named.contains(&algorithm) => {
                changes.extend(revocations(&own, now));
                if is_offered {
                    changes.push(KeyChange::Add(Addition { algorithm, announced_at: now, signs_from: now }));
                }
            }
            _ if !is_offered => changes.extend(endings(&own, now, policy)),
            Rotation::Requested(named) if named.contains(&algorithm) => {
                changes.extend(plan_succession(&own, algorithm, now, policy, true));
            }
            _ => changes.extend(plan_succession(&own, algorithm, now, policy, false)),
        }
        changes.extend(own.iter().filter(|record| is_forgettable(record, now)).map(|record| forget(record)));
    }
    changes
}

fn revocations<'a>(
    own: &'a [&SigningKeyRecord],
    now: Timestamp,
) -> impl Iterator<Item = KeyChange<Addition>> + use<'a> {
    own.iter()
        .filter(move |record| record.revoked_at.is_none())
        .map(move |record| KeyChange::Revoke { kid: record.kid.clone(), revoked_at: now })
}

/// What the records of an algorithm that was switched off must say: nothing signs any more. A clock that went back finds
/// them here again (F-33).
fn endings<'a>(
    own: &'a [&SigningKeyRecord],
    now: Timestamp,
    policy: &'a RotationPolicy,
) -> impl Iterator<Item = KeyChange<Addition>> + use<'a> {
    own.iter().filter(move |record| is_living(record, now)).map(move |record| KeyChange::Schedule {
        kid: record.kid.clone(),
        signs_from: record.signs_from.min(now),
        retires_at: Some(now),
        gone_at: Some(expires_last(now, policy)),
    })
}

fn is_living(record: &SigningKeyRecord, now: Timestamp) -> bool {
    matches!(record.phase(now), KeyPhase::Announced | KeyPhase::Signing)
}

/// When the last token has expired that was signed until `retires_at`.
fn expires_last(retires_at: Timestamp, policy: &RotationPolicy) -> Timestamp {
    retires_at.plus_seconds(policy.longest_token_seconds).plus_seconds(CLOCK_SKEW_SECONDS)
}

/// A key's turn to sign; without a record it is the turn of a key that is still to be made.
struct Turn<'a> {
    record: Option<&'a SigningKeyRecord>,
    signs_from: Timestamp,
}

fn plan_succession(
    own: &[&SigningKeyRecord],
    algorithm: SigningAlgorithm,
    now: Timestamp,
    policy: &RotationPolicy,
    is_requested: bool,
) -> Vec<KeyChange<Addition>> {
    let takeover = now.plus_seconds(policy.announce_seconds);
    let mut turns = turns_to_come(own, now, takeover);
    let Some(current) = turns.iter().rfind(|turn| turn.signs_from <= now) else {
        return vec![KeyChange::Add(Addition { algorithm, announced_at: now, signs_from: now })];
    };
    let has_successor = turns.last().is_some_and(|last| last.signs_from > now);
    let mut changes = Vec::new();
    if !has_successor && (is_requested || is_old_enough(current.signs_from, takeover, policy)) {
        changes.push(KeyChange::Add(Addition { algorithm, announced_at: now, signs_from: takeover }));
        turns.push(Turn { record: None, signs_from: takeover });
    }
    changes.extend(schedules(&turns, policy));
    changes
}

/// The keys that sign or are to sign, in order. A clock that went back must neither leave nobody to sign nor keep a
/// successor waiting for years (F-33): the first one signs now, the others within the announcement time.
fn turns_to_come<'a>(own: &[&'a SigningKeyRecord], now: Timestamp, takeover: Timestamp) -> Vec<Turn<'a>> {
    let mut living: Vec<&SigningKeyRecord> = own.iter().copied().filter(|record| is_living(record, now)).collect();
    if living.is_empty() {
        // Switched off and on again: the key goes on that everybody still has. Replicas of two minds about the switch
        // hand it to and fro and make no further ones.
        let retiring = own.iter().copied().filter(|record| record.phase(now) == KeyPhase::Retiring);
        living.extend(retiring.max_by(|a, b| order(a).cmp(&order(b))));
    }
    living.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut turns: Vec<Turn<'_>> = living
        .into_iter()
        .map(|record| Turn { record: Some(record), signs_from: record.signs_from.min(takeover) })
        .collect();
    if let Some(first) = turns.first_mut() {
        first.signs_from = first.signs_from.min(now);
    }
    turns
}

fn is_old_enough(signs_from: Timestamp, takeover: Timestamp, policy: &RotationPolicy) -> bool {
    policy.rotate_after_seconds.is_some_and(|seconds| signs_from.plus_seconds(seconds) <= takeover)
}

/// What the records must say so that each key retires when the next one's turn begins.
fn schedules(turns: &[Turn<'_>], policy: &RotationPolicy) -> Vec<KeyChange<Addition>> {
    let successors = turns.iter().skip(1).map(Some).chain(std::iter::once(None));
    turns.iter().zip(successors).filter_map(|(turn, next)| schedule(turn, next, policy)).collect()
}

fn schedule(turn: &Turn<'_>, next: Option<&Turn<'_>>, policy: &RotationPolicy) -> Option<KeyChange<Addition>> {
    let record = turn.record?;
    let retires_at = next.map(|next| next.signs_from);
    let mut gone_at = retires_at.map(|retires_at| expires_last(retires_at, policy));
    if retires_at == record.retires_at {
        // Tokens made before a setting was shortened keep their time.
        gone_at = gone_at.max(record.gone_at);
    }
    let is_unchanged = (turn.signs_from, retires_at, gone_at) == (record.signs_from, record.retires_at, record.gone_at);
    let kid = record.kid.clone();
    (!is_unchanged).then_some(KeyChange::Schedule { kid, signs_from: turn.signs_from, retires_at, gone_at })
}

fn is_forgettable(record: &SigningKeyRecord, now: Timestamp) -> bool {
    record.phase(now) == KeyPhase::Gone
        && record.revoked_at.or(record.gone_at).is_some_and(|gone| gone.plus_seconds(GONE_KEY_KEPT_SECONDS) <= now)
}

fn forget(record: &SigningKeyRecord) -> KeyChange<Addition> {
    KeyChange::Forget { kid: record.kid.clone() }
}
