//! The arithmetic of waits, for any rule and any history.

use proptest::prelude::*;

use super::*;
use crate::base::{AccountId, Draw};
use crate::model::ThrottlePurpose;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const YEAR: i64 = 31_557_600;

fn key() -> ThrottleKey {
    ThrottleKey::account(ThrottlePurpose::SignInAccount, &AccountId::generate(&mut Draw::from_seed([1; 32])))
}

/// The row of the store, and what it answers.
#[derive(Default)]
struct Counter(Option<ThrottleRecord>);

impl Counter {
    /// 0 if the attempt was allowed, else the wait.
    fn reserve(&mut self, rule: &ThrottleRule, now: Timestamp) -> i64 {
        match reserve(&key(), self.0.as_ref(), rule, now) {
            Verdict::Allowed(record) => {
                self.0 = Some(record);
                0
            }
            Verdict::Refused { retry_after_seconds } => retry_after_seconds,
        }
    }

    fn succeed(&mut self, rule: &ThrottleRule, now: Timestamp) {
        self.0 = self.0.take().and_then(|record| refund(&record, rule, now));
    }

    /// How many attempts are allowed by somebody who tries again the moment it is allowed, until `end`.
    fn allowed_until(&mut self, rule: &ThrottleRule, mut now: Timestamp, end: Timestamp) -> i64 {
        let mut allowed = 0;
        while now < end {
            match self.reserve(rule, now) {
                0 => allowed += 1,
                wait => now = now.plus_seconds(wait),
            }
        }
        allowed
    }
}

fn rules() -> ThrottleRules {
    ThrottleRules::default()
}

fn any_rule() -> impl Strategy<Value = ThrottleRule> {
    let fading = prop_oneof![
        Just(Fading::Never),
        (1_i64..100_000).prop_map(|seconds| Fading::AfterQuiet { seconds }),
        (1_i64..100_000).prop_map(|seconds| Fading::OneEvery { seconds }),
    ];
    let on_success = prop_oneof![Just(OnSuccess::Forget), Just(OnSuccess::GiveBack)];
    (0_i64..50, 0_i64..5_000, 0_i64..100_000, fading, on_success).prop_map(
        |(free_attempts, first_wait_seconds, longest_wait_seconds, fading, on_success)| ThrottleRule {
            free_attempts,
            first_wait_seconds,
            longest_wait_seconds,
            fading,
            on_success,
        },
    )
}

#[test]
fn pwd_03_failures_in_a_row_stay_below_a_hundred_for_a_century() {
    for failures_per_hour in [3, 20, 100] {
        let limits = ThrottleLimits { sign_in_failures_per_account: failures_per_hour, ..ThrottleLimits::default() };
        let rule = ThrottleRules::new(&limits).rule(ThrottlePurpose::SignInAccount);
        let allowed = Counter::default().allowed_until(&rule, NOW, NOW.plus_seconds(100 * YEAR));
        assert!(allowed <= 100, "{allowed} with {failures_per_hour} an hour");
    }
}

#[test]
fn pwd_03_known_and_unknown_accounts_wait_alike() {
    let known = rules().rule(ThrottlePurpose::SignInAccount);
    let unknown = rules().rule(ThrottlePurpose::SignInUnknown);
    let (mut one, mut other) = (Counter::default(), Counter::default());
    for step in 0..200 {
        let now = NOW.plus_seconds(step * 61);
        assert_eq!(one.reserve(&known, now), other.reserve(&unknown, now), "step {step}");
    }
}

#[test]
fn pwd_06_a_wait_is_about_a_quarter_of_the_attack_so_far_at_most() {
    let rule = rules().rule(ThrottlePurpose::SignInAccount);
    let mut counter = Counter::default();
    let mut now = NOW;
    for _ in 0..200 {
        let wait = counter.reserve(&rule, now);
        let lasted = now.seconds_since(NOW);
        assert!(wait <= rule.first_wait_seconds + lasted / 3, "{wait} s after {lasted} s");
        now = now.plus_seconds(wait);
    }
}

#[test]
fn pwd_05_three_successful_sign_ins_a_second_from_one_address_are_never_refused() {
    let rule = rules().rule(ThrottlePurpose::SignInIp);
    let mut counter = Counter::default();
    for third in 0..30_000 {
        let now = Timestamp::from_micros(NOW.micros() + third * 333_333);
        assert_eq!(counter.reserve(&rule, now), 0);
        counter.succeed(&rule, now);
    }
    assert_eq!(counter.0, None);
}

#[test]
fn pwd_16_one_source_trying_many_accounts_is_slowed() {
    let rule = rules().rule(ThrottlePurpose::SignInIp);
    let hour = NOW.plus_seconds(3_600);
    assert!(Counter::default().allowed_until(&rule, NOW, hour) <= 200);
    assert!(Counter::default().allowed_until(&rule, NOW, NOW.plus_seconds(10)) >= 100, "an office is no attack");
}

#[test]
fn a_success_ends_the_row_for_an_account_and_gives_one_attempt_back_to_a_source() {
    let (account, source) = (rules().rule(ThrottlePurpose::SignInAccount), rules().rule(ThrottlePurpose::SignInIp));
    let (mut one, mut other) = (Counter::default(), Counter::default());
    for _ in 0..5 {
        one.reserve(&account, NOW);
        other.reserve(&source, NOW);
    }
    one.succeed(&account, NOW);
    other.succeed(&source, NOW);
    assert_eq!(one.0, None);
    assert_eq!(other.0.map(|record| record.count), Some(4));
}

#[test]
fn otp_08_no_more_mails_in_an_hour_than_the_limit_says() {
    let rule = rules().rule(ThrottlePurpose::MailAddress);
    assert!(Counter::default().allowed_until(&rule, NOW, NOW.plus_seconds(3_600)) <= 10);
    // The first mail of a flow and its three resends, in their rhythm.
    let mut counter = Counter::default();
    for second in [0, 30, 90, 210] {
        assert_eq!(counter.reserve(&rule, NOW.plus_seconds(second)), 0, "after {second} s");
    }
}

#[test]
fn otp_06_a_codes_budget_outlasts_its_records() {
    let rule = rules().rule(ThrottlePurpose::CodeAccount);
    let mut counter = Counter::default();
    assert!(counter.allowed_until(&rule, NOW, NOW.plus_seconds(24 * 3_600)) <= 30);
    assert!(counter.allowed_until(&rule, NOW.plus_seconds(24 * 3_600), NOW.plus_seconds(YEAR)) <= 30);
}

#[test]
fn f_33_a_wait_from_a_clock_that_was_wrong_does_not_last() {
    let rule = rules().rule(ThrottlePurpose::SignInAccount);
    let mut counter = Counter::default();
    let ten_years_on = NOW.plus_seconds(10 * YEAR);
    while counter.reserve(&rule, ten_years_on) == 0 {}
    assert_eq!(counter.reserve(&rule, NOW), 0, "the clock is right again");
    assert!(counter.reserve(&rule, NOW) > 0, "and the failures still count");
}

#[test]
fn rules_keep_the_limits_that_they_are_made_from() {
    for attempts in [1, 2, 3, 7, 20, 100, 1_000] {
        for rule in [ThrottleRule::steady(attempts, 3_600), ThrottleRule::growing(attempts, 3_600, OnSuccess::GiveBack)]
        {
            let allowed = Counter::default().allowed_until(&rule, NOW, NOW.plus_seconds(3_600));
            assert!(allowed <= attempts.max(2), "{allowed} of {attempts}");
        }
        let steady = ThrottleRule::steady(attempts, 3_600);
        let mut counter = Counter::default();
        counter.allowed_until(&steady, NOW, NOW.plus_seconds(50 * 3_600));
        let later = counter.allowed_until(&steady, NOW.plus_seconds(50 * 3_600), NOW.plus_seconds(51 * 3_600));
        assert!(later <= attempts.max(2), "{later} of {attempts} in the fiftieth hour");
    }
}

proptest! {
    #[test]
    fn a_wait_always_ends(rule in any_rule(), gaps in prop::collection::vec(0_i64..2_000, 1..80)) {
        let mut counter = Counter::default();
        let mut now = NOW;
        for gap in gaps {
            now = now.plus_seconds(gap);
            let wait = counter.reserve(&rule, now);
            prop_assert!(wait >= 0);
            if wait > 0 {
                prop_assert_eq!(counter.reserve(&rule, now.plus_seconds(wait - 1)), 1);
                now = now.plus_seconds(wait);
                prop_assert_eq!(counter.reserve(&rule, now), 0);
            }
        }
    }

    #[test]
    fn pwd_05_of_parallel_attempts_no_more_win_than_one_after_another(
        rule in any_rule(),
        turns in prop::collection::vec((0_usize..8, any::<bool>()), 1..200),
    ) {
        // Eight racers read whenever it is their turn, and write only over what they have read.
        let mut stored: Option<ThrottleRecord> = None;
        let mut read: [Option<Option<ThrottleRecord>>; 8] = Default::default();
        let mut won = 0;
        for (racer, reads) in turns {
            if reads {
                read[racer] = Some(stored.clone());
            } else if let Some(seen) = read[racer].take() {
                let verdict = reserve(&key(), seen.as_ref(), &rule, NOW);
                if let Verdict::Allowed(next) = verdict && seen == stored {
                    stored = Some(next);
                    won += 1;
                }
            }
        }
        prop_assert!(won <= rule.free_attempts.max(1));
    }

    #[test]
    fn f_34_no_record_and_no_clock_overflows(
        rule in any_rule(),
        (count, started, blocked, expires) in any::<(i64, i64, Option<i64>, i64)>(),
        now in any::<i64>(),
    ) {
        let record = ThrottleRecord {
            key: key(),
            count,
            window_started_at: Timestamp::from_micros(started),
            blocked_until: blocked.map(Timestamp::from_micros),
            expires_at: Timestamp::from_micros(expires),
        };
        let now = Timestamp::from_micros(now);
        match reserve(&key(), Some(&record), &rule, now) {
            Verdict::Allowed(next) => {
                let _ = refund(&next, &rule, now);
            }
            Verdict::Refused { retry_after_seconds } => prop_assert!(retry_after_seconds > 0),
        }
        let _ = refund(&record, &rule, now);
    }

    #[test]
    fn a_row_is_kept_as_long_as_it_has_a_meaning(rule in any_rule(), attempts in 1_usize..60, gap in 0_i64..500) {
        let mut counter = Counter::default();
        let mut now = NOW;
        for _ in 0..attempts {
            now = now.plus_seconds(gap);
            counter.reserve(&rule, now);
        }
        let record = counter.0.clone().unwrap();
        prop_assert!(record.blocked_until.is_none_or(|end| end <= record.expires_at));
        if record.expires_at < Timestamp::from_micros(i64::MAX) {
            // From then on the row and no row are the same.
            let fresh = reserve(&key(), None, &rule, record.expires_at);
            prop_assert_eq!(reserve(&key(), Some(&record), &rule, record.expires_at), fresh);
        }
    }
}
