//! Rotation over long stretches of time: keys made of nothing but their schedule, changes applied as the store would.

use proptest::prelude::*;

use super::rotation::{Addition, Rotation, RotationPolicy, plan_rotation};
use crate::base::Timestamp;
use crate::base::bounds::{CLOCK_SKEW_SECONDS, GONE_KEY_KEPT_SECONDS, JWKS_MAX_AGE_SECONDS};
use crate::model::key::{KeyChange, KeyPhase, SigningAlgorithm, SigningKeyRecord, signing_key};

const DAY: i64 = 86_400;
const YEAR: i64 = 365 * DAY;
const POLICY: RotationPolicy = RotationPolicy {
    algorithms: &SigningAlgorithm::USUAL,
    rotate_after_seconds: Some(90 * DAY),
    announce_seconds: JWKS_MAX_AGE_SECONDS,
    longest_token_seconds: 12 * 3600,
};
const WITH_PS256: RotationPolicy = RotationPolicy { algorithms: &SigningAlgorithm::ALL, ..POLICY };
const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// The records and a clock.
#[derive(Debug, Clone)]
struct World {
    records: Vec<SigningKeyRecord>,
    now: Timestamp,
    made: usize,
}

impl World {
    fn started() -> Self {
        let mut world = Self { records: Vec::new(), now: START, made: 0 };
        world.rotate(Rotation::Due);
        world
    }

    fn rotate(&mut self, rotation: Rotation<'_>) -> Vec<KeyChange<Addition>> {
        self.rotate_under(&POLICY, rotation)
    }

    fn rotate_under(&mut self, policy: &RotationPolicy, rotation: Rotation<'_>) -> Vec<KeyChange<Addition>> {
        let plan = plan_rotation(&self.records, self.now, policy, rotation);
        for change in plan.clone() {
            self.apply(change);
        }
        plan
    }

    fn apply(&mut self, change: KeyChange<Addition>) {
        match change {
            KeyChange::Add(addition) => {
                self.made += 1;
                self.records.push(record(&format!("key-{:04}", self.made), addition));
            }
            KeyChange::Schedule { kid, signs_from, retires_at, gone_at } => {
                let record = self.record(&kid);
                (record.signs_from, record.retires_at, record.gone_at) = (signs_from, retires_at, gone_at);
            }
            KeyChange::Revoke { kid, revoked_at } => self.record(&kid).revoked_at = Some(revoked_at),
            KeyChange::Forget { kid } => self.records.retain(|record| record.kid != kid),
        }
    }

    fn record(&mut self, kid: &str) -> &mut SigningKeyRecord {
        self.records.iter_mut().find(|record| record.kid == kid).unwrap()
    }

    fn signing(&self, algorithm: SigningAlgorithm, now: Timestamp) -> Option<&SigningKeyRecord> {
        signing_key(&self.records, algorithm, now)
    }

    /// The keys of `algorithm` in `phase` at `now`.
    fn in_phase(&self, algorithm: SigningAlgorithm, phase: KeyPhase, now: Timestamp) -> Vec<&str> {
        self.records
            .iter()
            .filter(|record| record.algorithm == algorithm && record.phase(now) == phase)
            .map(|record| record.kid.as_str())
            .collect()
    }
}

fn record(kid: &str, addition: Addition) -> SigningKeyRecord {
    SigningKeyRecord {
        kid: kid.to_owned(),
        algorithm: addition.algorithm,
        announced_at: addition.announced_at,
        signs_from: addition.signs_from,
        retires_at: None,
        gone_at: None,
        revoked_at: None,
        public_jwk: String::new(),
        sealed_private_key: String::new(),
    }
}

#[test]
fn the_first_key_of_each_algorithm_signs_at_once() {
    let world = World::started();
    for algorithm in SigningAlgorithm::USUAL {
        assert_eq!(world.in_phase(algorithm, KeyPhase::Signing, START).len(), 1);
    }
    assert_eq!(world.records.len(), 3);
}

#[test]
fn disc_08_a_requested_key_is_announced_before_it_signs() {
    let mut world = World::started();
    world.now = START.plus_seconds(DAY);
    let plan = world.rotate(Rotation::Requested(&[SigningAlgorithm::ES256]));
    assert_eq!(plan.len(), 2, "one new key, and its predecessor's end: {plan:?}");
    assert!(world.rotate(Rotation::Requested(&[SigningAlgorithm::ES256])).is_empty(), "its successor is on the way");
    let takeover = world.now.plus_seconds(JWKS_MAX_AGE_SECONDS);
    let before = takeover.plus_seconds(-1);
    assert_eq!(world.signing(SigningAlgorithm::ES256, before).unwrap().kid, "key-0002");
    assert_eq!(world.signing(SigningAlgorithm::ES256, takeover).unwrap().kid, "key-0004");
    assert_eq!(world.in_phase(SigningAlgorithm::ES256, KeyPhase::Announced, before), ["key-0004"]);
    assert_eq!(world.in_phase(SigningAlgorithm::ES256, KeyPhase::Retiring, takeover), ["key-0002"]);
    let gone = takeover.plus_seconds(POLICY.longest_token_seconds + CLOCK_SKEW_SECONDS);
    assert_eq!(world.in_phase(SigningAlgorithm::ES256, KeyPhase::Retiring, gone.plus_seconds(-1)), ["key-0002"]);
    assert_eq!(world.in_phase(SigningAlgorithm::ES256, KeyPhase::Gone, gone), ["key-0002"]);
}

#[test]
fn a_key_is_replaced_when_it_has_signed_for_as_long_as_the_policy_says() {
    let mut world = World::started();
    world.now = START.plus_seconds(90 * DAY - JWKS_MAX_AGE_SECONDS - 1);
    assert!(world.rotate(Rotation::Due).is_empty());
    world.now = world.now.plus_seconds(1);
    world.rotate(Rotation::Due);
    let end = START.plus_seconds(90 * DAY);
    assert_eq!(world.records.iter().filter(|record| record.retires_at == Some(end)).count(), 3);

    let by_hand = RotationPolicy { rotate_after_seconds: None, ..POLICY };
    let later = START.plus_seconds(100 * YEAR);
    assert!(plan_rotation(&World::started().records, later, &by_hand, Rotation::Due).is_empty());
}

#[test]
fn ops_03_an_emergency_withdraws_every_key_of_the_algorithm_at_once() {
    let mut world = World::started();
    world.rotate(Rotation::Requested(&[SigningAlgorithm::ES256]));
    world.now = START.plus_seconds(60);
    world.rotate(Rotation::Emergency(&[SigningAlgorithm::ES256]));
    for now in [START, world.now, START.plus_seconds(YEAR)] {
        assert_eq!(world.in_phase(SigningAlgorithm::ES256, KeyPhase::Gone, now), ["key-0002", "key-0004"]);
        assert_eq!(world.signing(SigningAlgorithm::ES256, now).unwrap().kid, "key-0005");
        assert_eq!(world.signing(SigningAlgorithm::RS256, now).unwrap().kid, "key-0001");
    }
}

#[test]
fn f_37_two_first_keys_made_by_a_race_leave_one_that_signs_and_none_lost() {
    let mut world = World::started();
    world.apply(KeyChange::Add(Addition {
        algorithm: SigningAlgorithm::EdDSA,
        announced_at: START,
        signs_from: START,
    }));
    world.rotate(Rotation::Due);
    assert_eq!(world.in_phase(SigningAlgorithm::EdDSA, KeyPhase::Signing, START), ["key-0004"]);
    assert_eq!(world.in_phase(SigningAlgorithm::EdDSA, KeyPhase::Retiring, START), ["key-0003"]);
}

#[test]
fn a_key_that_is_long_gone_is_forgotten() {
    let mut world = World::started();
    world.rotate(Rotation::Emergency(&SigningAlgorithm::USUAL));
    world.now = START.plus_seconds(GONE_KEY_KEPT_SECONDS - 1);
    assert!(world.rotate(Rotation::Due).is_empty());
    world.now = START.plus_seconds(GONE_KEY_KEPT_SECONDS);
    world.rotate(Rotation::Due);
    assert_eq!(world.records.len(), 3);
}

#[test]
fn a_setting_made_shorter_does_not_void_what_was_signed_before() {
    let mut world = World::started();
    world.rotate(Rotation::Requested(&SigningAlgorithm::USUAL));
    let shorter = RotationPolicy { longest_token_seconds: 60, ..POLICY };
    assert!(plan_rotation(&world.records, world.now, &shorter, Rotation::Due).is_empty());
    let longer = RotationPolicy { longest_token_seconds: 13 * 3600, ..POLICY };
    assert_eq!(plan_rotation(&world.records, world.now, &longer, Rotation::Due).len(), 3);
}

#[test]
fn f_33_a_clock_that_was_ahead_leaves_no_key_that_waits_or_signs_for_years() {
    let mut world = World::started();
    world.now = START.plus_seconds(10 * YEAR);
    world.rotate(Rotation::Due);
    world.now = START.plus_seconds(DAY);
    assert_eq!(world.signing(SigningAlgorithm::RS256, world.now).unwrap().kid, "key-0001");
    world.rotate(Rotation::Due);
    let takeover = world.now.plus_seconds(JWKS_MAX_AGE_SECONDS);
    assert_eq!(world.signing(SigningAlgorithm::RS256, takeover).unwrap().kid, "key-0004");
    assert_eq!(world.in_phase(SigningAlgorithm::RS256, KeyPhase::Gone, takeover.plus_seconds(DAY)), ["key-0001"]);
}

#[test]
fn disc_08_an_algorithm_that_is_switched_off_signs_no_more_and_its_key_stays_until_its_tokens_have_expired() {
    let mut world = World::started();
    assert_eq!(world.rotate_under(&WITH_PS256, Rotation::Due).len(), 1, "one key more");
    assert_eq!(world.signing(SigningAlgorithm::PS256, START).unwrap().kid, "key-0004");
    world.now = START.plus_seconds(DAY);
    assert_eq!(world.rotate(Rotation::Due).len(), 1);
    assert!(world.rotate(Rotation::Due).is_empty(), "a plan leaves nothing due");
    assert!(world.signing(SigningAlgorithm::PS256, world.now).is_none());
    let gone = world.now.plus_seconds(POLICY.longest_token_seconds + CLOCK_SKEW_SECONDS);
    let last = gone.plus_seconds(-1);
    assert_eq!(world.in_phase(SigningAlgorithm::PS256, KeyPhase::Retiring, last), ["key-0004"]);
    assert_eq!(world.in_phase(SigningAlgorithm::PS256, KeyPhase::Gone, gone), ["key-0004"]);
    for rotation in [Rotation::Requested(&SigningAlgorithm::ALL), Rotation::Due] {
        world.rotate(rotation);
        assert_eq!(world.records.iter().filter(|record| record.algorithm == SigningAlgorithm::PS256).count(), 1);
    }
    world.rotate(Rotation::Emergency(&[SigningAlgorithm::PS256]));
    assert_eq!(world.in_phase(SigningAlgorithm::PS256, KeyPhase::Gone, world.now), ["key-0004"], "and no successor");
}

#[test]
fn an_algorithm_that_is_switched_on_again_goes_on_with_the_key_that_is_still_published() {
    let mut world = World::started();
    world.rotate_under(&WITH_PS256, Rotation::Due);
    world.now = START.plus_seconds(DAY);
    // Two replicas of two minds.
    for _ in 0..20 {
        world.rotate(Rotation::Due);
        world.rotate_under(&WITH_PS256, Rotation::Due);
        assert!(world.rotate_under(&WITH_PS256, Rotation::Due).is_empty());
        assert_eq!(world.signing(SigningAlgorithm::PS256, world.now).unwrap().kid, "key-0004");
    }
    assert_eq!(world.made, 4);
    world.rotate(Rotation::Due);
    world.now = world.now.plus_seconds(DAY);
    world.rotate_under(&WITH_PS256, Rotation::Due);
    assert_eq!(world.signing(SigningAlgorithm::PS256, world.now).unwrap().kid, "key-0005", "the former one is gone");
}

#[test]
fn f_33_a_clock_that_went_back_does_not_let_a_switched_off_algorithm_sign() {
    let mut world = World::started();
    world.rotate_under(&WITH_PS256, Rotation::Due);
    world.now = START.plus_seconds(10 * YEAR);
    world.rotate(Rotation::Due);
    world.now = START.plus_seconds(DAY);
    world.rotate(Rotation::Due);
    assert!(world.signing(SigningAlgorithm::PS256, world.now).is_none());
    assert_eq!(world.in_phase(SigningAlgorithm::PS256, KeyPhase::Gone, world.now.plus_seconds(DAY)), ["key-0004"]);
}

fn rotations() -> impl Strategy<Value = Rotation<'static>> {
    prop_oneof![
        6 => Just(Rotation::Due),
        1 => Just(Rotation::Requested(&SigningAlgorithm::USUAL)),
        1 => Just(Rotation::Requested(&[SigningAlgorithm::RS256])),
        1 => Just(Rotation::Emergency(&[SigningAlgorithm::RS256, SigningAlgorithm::EdDSA])),
    ]
}

/// The moments between `from` and `to` at which something may change, and those right before.
fn moments(world: &World, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let times = world.records.iter().flat_map(|record| [Some(record.signs_from), record.retires_at, record.gone_at]);
    let mut moments: Vec<Timestamp> =
        times.flatten().flat_map(|time| [Timestamp::from_micros(time.micros() - 1), time]).chain([from, to]).collect();
    moments.retain(|moment| (from..=to).contains(moment));
    moments.sort();
    moments
}

/// A signature of the past: which key made it, and when what it signed expires at the latest.
struct Signed {
    kid: String,
    expires: Timestamp,
}

fn check_moment(world: &World, now: Timestamp, signed: &mut Vec<Signed>) -> Result<(), TestCaseError> {
    for algorithm in SigningAlgorithm::USUAL {
        let signing = world.in_phase(algorithm, KeyPhase::Signing, now);
        prop_assert_eq!(signing.len(), 1, "one key signs {} at {:?}: {:#?}", algorithm, now, world.records);
        let key = world.signing(algorithm, now).unwrap();
        prop_assert_eq!(signing[0], &key.kid);
        let was_announced = key.announced_at.plus_seconds(POLICY.announce_seconds) <= now;
        prop_assert!(was_announced || key.signs_from == key.announced_at, "announced before it signs, or the first");
        signed.push(Signed { kid: key.kid.clone(), expires: now.plus_seconds(POLICY.longest_token_seconds) });
    }
    signed.retain(|token| token.expires > now);
    for token in signed {
        let key = world.records.iter().find(|record| record.kid == token.kid);
        let is_void = key.is_some_and(|key| key.revoked_at.is_some());
        let is_published = key.is_some_and(|key| key.phase(now) != KeyPhase::Gone);
        prop_assert!(is_void || is_published, "{} has living tokens at {:?}", token.kid, now);
    }
    Ok(())
}

proptest! {
    #[test]
    fn disc_08_ops_02_at_every_moment_one_key_signs_that_is_known_and_old_tokens_verify(
        steps in prop::collection::vec((prop_oneof![0..7200_i64, 0..40 * DAY, 0..400 * DAY], rotations()), 1..40)
    ) {
        let mut world = World::started();
        let mut signed = Vec::new();
        for (seconds, rotation) in steps {
            let from = world.now;
            world.now = from.plus_seconds(seconds);
            for moment in moments(&world, from, world.now) {
                check_moment(&world, moment, &mut signed)?;
            }
            let signs_at_once: Vec<SigningAlgorithm> = SigningAlgorithm::USUAL
                .into_iter()
                .filter(|algorithm| matches!(rotation, Rotation::Emergency(named) if named.contains(algorithm)))
                .collect();
            for change in world.rotate(rotation) {
                if let KeyChange::Add(new) = change {
                    prop_assert_eq!(new.signs_from == new.announced_at, signs_at_once.contains(&new.algorithm));
                }
            }
            check_moment(&world, world.now, &mut signed)?;
            prop_assert!(world.rotate(Rotation::Due).is_empty(), "a plan leaves nothing due");
        }
    }

    #[test]
    fn f_33_whatever_the_clock_does_there_is_a_key_to_sign_and_none_is_immortal(
        steps in prop::collection::vec(
            (prop_oneof![-3600..3600_i64, -40 * DAY..40 * DAY, -10 * YEAR..10 * YEAR], rotations()),
            1..40,
        )
    ) {
        let mut world = World::started();
        for (seconds, rotation) in steps {
            world.now = world.now.plus_seconds(seconds);
            for algorithm in SigningAlgorithm::USUAL {
                prop_assert!(world.signing(algorithm, world.now).is_some());
            }
            world.rotate(rotation);
            prop_assert!(world.rotate(Rotation::Due).is_empty(), "a plan leaves nothing due");
            let takeover = world.now.plus_seconds(POLICY.announce_seconds);
            let last_end = takeover.plus_seconds(POLICY.longest_token_seconds + CLOCK_SKEW_SECONDS);
            for algorithm in SigningAlgorithm::USUAL {
                prop_assert_eq!(world.in_phase(algorithm, KeyPhase::Signing, world.now).len(), 1);
            }
            for record in world.records.iter().filter(|record| record.phase(world.now) != KeyPhase::Gone) {
                prop_assert!(record.signs_from <= takeover, "no key waits for long");
                prop_assert!(record.retires_at.is_none_or(|end| end <= takeover), "no key signs for long");
                prop_assert!(record.gone_at.is_none_or(|end| end <= last_end), "no key is published for long");
            }
        }
    }

    #[test]
    fn f_34_no_moment_overflows(micros in any::<i64>(), rotation in rotations()) {
        let mut world = World::started();
        world.now = Timestamp::from_micros(micros);
        world.rotate(rotation);
        world.now = Timestamp::from_micros(micros.wrapping_neg());
        world.rotate(rotation);
    }
}
