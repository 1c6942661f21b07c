//! The sweep: what expired goes in batches, what lives stays.

use std::collections::BTreeMap;

use doorward::base::Digest;
use doorward::base::Timestamp;
use doorward::base::bounds::{
    INTERACTION_ROWS_KEPT, SWEEP_BATCH_ROWS, SWEEP_BATCHES_MAX, SWEEP_KEPT_SECONDS, SWEEP_MAIL_KEPT_SECONDS,
};
use doorward::identity::throttle::ThrottleRules;
use doorward::model::audit::AuditAction;
use doorward::model::client::ClientMetadata;
use doorward::model::one_time_code::CodePurpose;
use doorward::model::session::SeenDevice;
use doorward::model::{ThrottleKey, ThrottlePurpose};
use doorward::store::{PutClient, SendCode};

use crate::world::{CLIENT, NOW, World, email};

async fn sweep(world: &World, now: Timestamp) -> BTreeMap<&'static str, u64> {
    world.store.sweep(now).await.expect("a write").into_iter().filter(|(_, count)| *count > 0).collect()
}

/// Something of everything that expires.
async fn something_of_everything(world: &World) {
    let issue = world.issued_to("ada@example.com").await;
    let account = world.reload(&issue.grant.account_id).await;
    let redeem = world.redeem_of(&issue);
    world.store.redeem_code(redeem).await.expect("a write");
    let event = world.event(AuditAction::Revoked);
    world.store.revoke_token("jti".to_owned(), NOW.plus_seconds(600), event).await.expect("a write");
    world.pushed().await;
    let interaction = world.interaction().await;
    let code = world.code_of(Some(&account), CodePurpose::SignIn, &interaction);
    let mail = world.mail("ada@example.com", "code");
    let id = mail.id.clone();
    let send =
        SendCode { code, mail: Some(mail), interaction: Some(interaction), audit: world.event(AuditAction::CodeSent) };
    assert_eq!(world.store.send_code(send).await, Ok(true));
    world.store.mark_mail_sent(id, NOW, String::new()).await.expect("a write");
    let key = ThrottleKey::address(ThrottlePurpose::MailAddress, &email("ada@example.com"));
    let rule = ThrottleRules::default().rule(ThrottlePurpose::MailAddress);
    world.store.reserve_attempts(vec![(key, rule)], NOW).await.expect("a write");
    let mut seen = world.sign_in_of(&account);
    let device = SeenDevice { digest: world.digest(), expires_at: NOW.plus_seconds(40 * 86_400), mail: None };
    seen.device = Some(device);
    world.store.sign_in(seen).await.expect("a write");
    for secret in ["one", "two"] {
        let put = PutClient {
            client_id: CLIENT.to_owned(),
            metadata: ClientMetadata::default(),
            new_secret: Some(Digest::of(secret)),
            sealed_secret: None,
            older_secrets_until: NOW.plus_seconds(3_600),
            now: NOW,
            audit: world.event(AuditAction::ClientChanged),
        };
        world.store.put_client(put).await.expect("a write");
    }
}

const REVOKED: &str = "INSERT INTO revoked_tokens (jti, expires_at) \
    WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < $1) \
    SELECT 'jti-' || number, CAST($2 AS BIGINT) FROM numbers";
const INTERACTIONS: &str = "INSERT INTO interactions \
    (id, browser, purpose, progress, revision, created_at, expires_at) \
    WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < $1) \
    SELECT 'id-' || number, '', '', '', 0, 0, CAST($2 AS BIGINT) + number FROM numbers";

/// Runs one of the statements above for `count` rows that end at `at`.
async fn fill(world: &World, sql: &'static str, count: i64, at: Timestamp) {
    let unit = world.store.write((sql, count, at), |tx, (sql, count, at)| {
        Box::pin(async move { tx.execute(sql, doorward::params![*count, *at]).await })
    });
    assert_eq!(unit.await, Ok(count.unsigned_abs()));
}

on_both_engines! {
    async fn what_lives_stays(world: World) {
        something_of_everything(&world).await;
        let before = world.contents().await;
        assert!(sweep(&world, NOW).await.is_empty());
        assert_eq!(world.contents().await, before);
    }

    async fn each_thing_goes_when_its_time_and_the_time_it_is_kept_are_over(world: World) {
        something_of_everything(&world).await;
        let kept = |seconds: i64| NOW.plus_seconds(seconds + SWEEP_KEPT_SECONDS);
        // The count of a mail fades within an hour and is not kept.
        assert_eq!(sweep(&world, NOW.plus_seconds(3_600)).await, BTreeMap::from([("throttles", 1)]));
        assert!(sweep(&world, kept(60)).await.is_empty());
        assert_eq!(sweep(&world, kept(61)).await, BTreeMap::from([("authorization_codes", 1)]));
        assert_eq!(sweep(&world, kept(91)).await, BTreeMap::from([("pushed_requests", 1)]));
        let after = BTreeMap::from([("one_time_codes", 1), ("revoked_tokens", 1)]);
        assert_eq!(sweep(&world, kept(601)).await, after);
        let after = BTreeMap::from([("client_secrets", 1), ("interactions", 1)]);
        assert_eq!(sweep(&world, kept(3_601)).await, after);
        assert_eq!(sweep(&world, kept(86_401)).await, BTreeMap::from([("sessions", 2)]));
        let mail = NOW.plus_seconds(SWEEP_MAIL_KEPT_SECONDS + 1);
        assert_eq!(sweep(&world, mail).await, BTreeMap::from([("outbox", 1)]));
        assert_eq!(sweep(&world, kept(14 * 86_400 + 1)).await, BTreeMap::from([("refresh_tokens", 1)]));
        assert_eq!(sweep(&world, kept(30 * 86_400 + 1)).await, BTreeMap::from([("grants", 1)]));
        assert_eq!(sweep(&world, NOW.plus_seconds(40 * 86_400 + 1)).await, BTreeMap::from([("devices", 1)]));
        let left = world.contents().await;
        let of_people = ["accounts", "clients", "client_secrets"].map(|table| left[table].len());
        assert_eq!(of_people, [1, 1, 1]);
    }

    async fn a_grant_with_live_refresh_tokens_stays(world: World) {
        let issue = world.issued_to("ada@example.com").await;
        let redeem = world.redeem_of(&issue);
        let token = redeem.refresh_token.clone().expect("it has one");
        world.store.redeem_code(redeem).await.expect("a write");
        sweep(&world, token.idle_expires_at).await;
        assert!(world.store.find_refresh_token(token.digest).await.expect("a read").is_some());
    }

    async fn a_grant_takes_what_hangs_on_it_along(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let mut issue = world.issue_of(&session, "openid");
        issue.grant.expires_at = NOW.plus_seconds(60);
        issue.code.as_mut().expect("it has one").expires_at = NOW.plus_seconds(999_999);
        world.store.issue_code(issue.clone()).await.expect("a write");
        let redeem = world.redeem_of(&issue);
        world.store.redeem_code(redeem).await.expect("a write");
        assert_eq!(sweep(&world, NOW.plus_seconds(61 + SWEEP_KEPT_SECONDS)).await.get("grants"), Some(&1));
        let left = world.contents().await;
        assert!(left["authorization_codes"].is_empty() && left["refresh_tokens"].is_empty());
    }

    async fn a_mail_that_still_waits_stays(world: World) {
        let interaction = world.interaction().await;
        let code = world.code_of(None, CodePurpose::SignIn, &interaction);
        let mail = Some(world.mail("ada@example.com", "code"));
        let send = SendCode { code, mail, interaction: Some(interaction), audit: world.event(AuditAction::CodeSent) };
        assert_eq!(world.store.send_code(send).await, Ok(true));
        assert_eq!(sweep(&world, NOW.plus_seconds(SWEEP_MAIL_KEPT_SECONDS * 2)).await.get("outbox"), None);
        assert_eq!(world.store.waiting_mail().await, Ok(1));
    }

    async fn f_48_a_sweep_takes_so_many_batches_of_a_table_and_goes_on_at_the_next_turn(world: World) {
        const TURN: i64 = SWEEP_BATCH_ROWS * SWEEP_BATCHES_MAX;
        fill(&world, REVOKED, TURN + 7, NOW).await;
        let after = NOW.plus_seconds(SWEEP_KEPT_SECONDS + 1);
        let removed = async || sweep(&world, after).await.get("revoked_tokens").copied();
        assert_eq!(removed().await, Some(TURN.unsigned_abs()));
        assert_eq!(removed().await, Some(7));
        assert_eq!(removed().await, None);
    }

    async fn expired_interactions_go_early_when_there_are_very_many_and_live_ones_do_not(world: World) {
        fill(&world, INTERACTIONS, INTERACTION_ROWS_KEPT + 700, NOW).await;
        let count = async || world.number("SELECT COUNT(*) FROM interactions", Vec::new()).await;
        sweep(&world, NOW).await;
        assert_eq!(count().await, INTERACTION_ROWS_KEPT + 700, "all of them live");
        sweep(&world, NOW.plus_seconds(1)).await;
        assert_eq!(count().await, INTERACTION_ROWS_KEPT, "a second later none does");
        let left = world.number("SELECT MIN(expires_at) FROM interactions", Vec::new()).await;
        assert_eq!(left, NOW.micros() + 701, "what expired first went");
    }

    async fn f_48_two_that_sweep_at_once_take_each_row_once(world: World) {
        let unit = world.store.write((), |tx, ()| {
            Box::pin(async move {
                for number in 0..100_i64 {
                    let sql = "INSERT INTO revoked_tokens (jti, expires_at) VALUES ($1, $2)";
                    tx.execute(sql, doorward::params![&number.to_string(), NOW]).await?;
                }
                Ok(())
            })
        });
        unit.await.expect("a write");
        let stores = [world.store.clone(), world.replica().await];
        let after = NOW.plus_seconds(SWEEP_KEPT_SECONDS + 1);
        let removed = crate::world::race(2, |number| {
            let store = stores[number].clone();
            async move { store.sweep(after).await.expect("a write") }
        }).await;
        let total: u64 = removed.concat().iter().map(|(_, count)| count).sum();
        assert_eq!(total, 100);
    }
}
