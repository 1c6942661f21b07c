//! Limits that replicas share.

use doorward::base::Timestamp;
use doorward::base::bounds::THROTTLE_ROWS_MAX;
use doorward::identity::throttle::{Fading, OnSuccess, ThrottleRule};
use doorward::model::account::Account;
use doorward::model::audit::AuditAction;
use doorward::model::session::{SeenDevice, SignIn};
use doorward::model::{ThrottleKey, ThrottlePurpose};
use doorward::store::Reservation;

use crate::world::{NOW, World, email, race};

/// Three attempts, and then a long wait.
const RULE: ThrottleRule = ThrottleRule {
    free_attempts: 3,
    first_wait_seconds: 1_000,
    longest_wait_seconds: 2_000,
    fading: Fading::AfterQuiet { seconds: 500 },
    on_success: OnSuccess::GiveBack,
};

fn key(name: &str) -> ThrottleKey {
    ThrottleKey::address(ThrottlePurpose::MailAddress, &email(&format!("{name}@example.com")))
}

async fn reserve(world: &World, names: &[&str], now: Timestamp) -> Reservation {
    let limits = names.iter().map(|name| (key(name), RULE)).collect();
    world.store.reserve_attempts(limits, now).await.expect("a write")
}

async fn reserved(world: &World, names: &[&str]) -> Vec<(doorward::model::ThrottleRecord, ThrottleRule)> {
    match reserve(world, names, NOW).await {
        Reservation::Allowed(reserved) => reserved,
        refused @ Reservation::Refused { .. } => panic!("{refused:?}"),
    }
}

async fn counted(world: &World, name: &str) -> i64 {
    let sql = "SELECT COALESCE(MAX(count), 0) FROM throttles WHERE key = $1";
    world.number(sql, vec![key(name).as_str().to_owned()]).await
}

fn is_allowed(reservation: &Reservation) -> bool {
    matches!(reservation, Reservation::Allowed(_))
}

on_both_engines! {
    async fn pwd_05_64_parallel_attempts_do_not_beat_the_limit(world: World) {
        let outcomes = race(64, |_| {
            let store = world.store.clone();
            async move { store.reserve_attempts(vec![(key("ada"), RULE)], NOW).await.expect("a write") }
        }).await;
        assert_eq!(outcomes.iter().filter(|outcome| is_allowed(outcome)).count(), 3);
        assert_eq!(counted(&world, "ada").await, 3);
    }

    async fn pwd_05_attempts_at_two_processes_do_not_beat_the_limit(world: World) {
        let stores = [world.store.clone(), world.replica().await];
        let outcomes = race(32, |number| {
            let store = stores[number % 2].clone();
            async move { store.reserve_attempts(vec![(key("ada"), RULE)], NOW).await.expect("a write") }
        }).await;
        assert_eq!(outcomes.iter().filter(|outcome| is_allowed(outcome)).count(), 3);
    }

    async fn parallel_attempts_within_the_limit_are_all_allowed_and_all_counted(world: World) {
        let rule = ThrottleRule { free_attempts: 100, ..RULE };
        let outcomes = race(32, |_| {
            let store = world.store.clone();
            async move { store.reserve_attempts(vec![(key("ada"), rule)], NOW).await.expect("a write") }
        }).await;
        assert!(outcomes.iter().all(is_allowed));
        assert_eq!(counted(&world, "ada").await, 32);
    }

    async fn a_refused_attempt_writes_nothing_and_is_told_how_long_to_wait(world: World) {
        for _ in 0..3 {
            reserved(&world, &["ada"]).await;
        }
        let before = world.contents().await;
        let later = NOW.plus_seconds(400);
        assert_eq!(reserve(&world, &["ada"], later).await, Reservation::Refused { retry_after_seconds: 600 });
        assert_eq!(world.contents().await, before);
    }

    async fn of_several_keys_all_are_counted_or_none(world: World) {
        for _ in 0..3 {
            reserved(&world, &["ada"]).await;
        }
        for names in [["ada", "eve"], ["eve", "ada"]] {
            let refused = reserve(&world, &names, NOW).await;
            assert_eq!(refused, Reservation::Refused { retry_after_seconds: 1_000 });
            assert_eq!(counted(&world, "eve").await, 0);
        }
        reserved(&world, &["eve", "kim"]).await;
        assert_eq!((counted(&world, "eve").await, counted(&world, "kim").await), (1, 1));
    }

    async fn of_several_waits_the_longest_is_told(world: World) {
        for (name, at) in [("ada", NOW), ("eve", NOW.plus_seconds(100))] {
            for _ in 0..3 {
                assert!(is_allowed(&reserve(&world, &[name], at).await));
            }
        }
        for names in [["ada", "eve"], ["eve", "ada"]] {
            let refused = reserve(&world, &names, NOW.plus_seconds(300)).await;
            assert_eq!(refused, Reservation::Refused { retry_after_seconds: 800 });
        }
    }

    async fn parallel_attempts_at_the_same_keys_in_any_order_end(world: World) {
        let rule = ThrottleRule { free_attempts: 100, ..RULE };
        let outcomes = race(24, |number| {
            let store = world.store.clone();
            let mut limits = vec![(key("ada"), rule), (key("eve"), rule), (key("kim"), rule)];
            limits.rotate_left(number % 3);
            async move { store.reserve_attempts(limits, NOW).await.expect("a write") }
        }).await;
        assert!(outcomes.iter().all(is_allowed));
        for name in ["ada", "eve", "kim"] {
            assert_eq!(counted(&world, name).await, 24);
        }
    }

    async fn a_success_gives_its_attempt_back(world: World) {
        let first = reserved(&world, &["ada"]).await;
        let second = reserved(&world, &["ada"]).await;
        world.store.refund_attempts(second, NOW).await.expect("a write");
        assert_eq!(counted(&world, "ada").await, 1);
        world.store.refund_attempts(first, NOW).await.expect("a write");
        assert_eq!(world.number("SELECT COUNT(*) FROM throttles", vec![]).await, 0);
    }

    async fn a_success_forgives_what_failed_before_where_its_rule_says_so(world: World) {
        let rule = ThrottleRule { on_success: OnSuccess::Forget, ..RULE };
        for _ in 0..2 {
            reserved(&world, &["ada"]).await;
        }
        let reserved = match world.store.reserve_attempts(vec![(key("ada"), rule)], NOW).await {
            Ok(Reservation::Allowed(reserved)) => reserved,
            other => panic!("{other:?}"),
        };
        world.store.refund_attempts(reserved, NOW).await.expect("a write");
        assert_eq!(counted(&world, "ada").await, 0);
    }

    async fn parallel_refunds_are_all_given_back(world: World) {
        let rule = ThrottleRule { free_attempts: 100, ..RULE };
        let mut all = Vec::new();
        for _ in 0..16 {
            match world.store.reserve_attempts(vec![(key("ada"), rule)], NOW).await {
                Ok(Reservation::Allowed(reserved)) => all.push(reserved),
                other => panic!("{other:?}"),
            }
        }
        race(16, |number| {
            let (store, reserved) = (world.store.clone(), all[number].clone());
            async move { store.refund_attempts(reserved, NOW).await.expect("a write") }
        }).await;
        assert_eq!(counted(&world, "ada").await, 0);
    }

    async fn a_count_that_has_expired_is_none(world: World) {
        for _ in 0..3 {
            reserved(&world, &["ada"]).await;
        }
        let forgotten = NOW.plus_seconds(1_000 + 500);
        assert!(is_allowed(&reserve(&world, &["ada"], forgotten).await));
        assert_eq!(counted(&world, "ada").await, 1);
    }
}

/// So many counts of `purpose`, the first of which are over first.
async fn fill(world: &World, purpose: ThrottlePurpose, rows: i64) {
    let unit = world.store.write((purpose.as_str(), rows), |tx, (purpose, rows)| {
        Box::pin(async move {
            let sql = "INSERT INTO throttles (key, count, window_started_at, blocked_until, expires_at, purpose) \
                WITH RECURSIVE numbers (number) AS (SELECT CAST(1 AS BIGINT) UNION ALL \
                SELECT number + 1 FROM numbers WHERE number < $2) \
                SELECT $1 || ':' || CAST(number AS TEXT), 1, $3, NULL, $3 + number * 1000000, $1 FROM numbers";
            tx.execute(sql, doorward::params![*purpose, *rows, NOW]).await
        })
    });
    unit.await.expect("a write");
}

async fn rows_of(world: &World, purpose: ThrottlePurpose) -> i64 {
    world.number("SELECT COUNT(*) FROM throttles WHERE purpose = $1", vec![purpose.as_str().to_owned()]).await
}

on_both_engines! {
    async fn pwd_16_a_hundred_thousand_made_up_keys_push_nobody_elses_counts_out(world: World) {
        let flooded = ThrottlePurpose::SignInUnknown;
        fill(&world, flooded, 100_000).await;
        fill(&world, ThrottlePurpose::SignInIp, 100).await;
        fill(&world, ThrottlePurpose::SignInAccount, 100).await;
        let started = std::time::Instant::now();
        while world.store.sweep(NOW).await.expect("a write").iter().any(|(_, count)| *count > 0) {}
        assert_eq!(rows_of(&world, flooded).await, THROTTLE_ROWS_MAX);
        let sql = "SELECT MIN(expires_at) FROM throttles WHERE purpose = $1";
        let least = world.number(sql, vec![flooded.as_str().to_owned()]).await;
        let expected = NOW.plus_seconds(100_000 - THROTTLE_ROWS_MAX + 1);
        assert_eq!(least, expected.micros(), "what is over soonest went");
        for purpose in [ThrottlePurpose::SignInIp, ThrottlePurpose::SignInAccount] {
            assert_eq!(rows_of(&world, purpose).await, 100, "{}", purpose.as_str());
        }
        println!("swept in {:?}", started.elapsed());
    }

    async fn an_account_is_forgiven_its_failures_everywhere(world: World) {
        let (ada, eve) = (world.account("ada@example.com").await, world.account("eve@example.com").await);
        let device = world.digest();
        let seen = SeenDevice { digest: device.clone(), expires_at: NOW.plus_seconds(60), mail: None };
        let sign_in = SignIn { device: Some(seen), ..world.sign_in_of(&ada) };
        world.store.sign_in(sign_in).await.expect("a write");
        let account = |purpose, account: &Account| ThrottleKey::account(purpose, &account.id);
        let of_ada = [
            account(ThrottlePurpose::SignInAccount, &ada),
            account(ThrottlePurpose::CodeAccount, &ada),
            ThrottleKey::known_device(&ada.id, &device),
        ];
        let of_eve = account(ThrottlePurpose::SignInAccount, &eve);
        for key in of_ada.iter().chain([&of_eve]) {
            world.store.reserve_attempts(vec![(key.clone(), RULE)], NOW).await.expect("a write");
        }
        let event = world.event(AuditAction::AccountChanged);
        let before = world.recorded(AuditAction::AccountChanged).await;
        assert_eq!(world.store.forgive_account(&ada.id, NOW, Some(event.clone())).await, Ok(true));
        assert_eq!(world.recorded(AuditAction::AccountChanged).await, before + 1);
        let left = world.number("SELECT COUNT(*) FROM throttles", vec![]).await;
        assert_eq!(left, 1, "somebody else's stay");
        assert_eq!(world.store.forgive_account(&ada.id, NOW, Some(event)).await, Ok(false));
        assert_eq!(world.recorded(AuditAction::AccountChanged).await, before + 1, "there was nothing to forgive");
    }
}
