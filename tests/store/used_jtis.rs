//! Names that work once.

use doorward::base::{Digest, Timestamp};
use doorward::model::grant::{Confirmation, KeepRefreshToken};
use doorward::model::jti::{JtiPurpose, UsedJti};
use doorward::model::pushed_request::PushedRequest;

use crate::world::{NOW, World, code_of};

fn of_client(jti: &str, end: Timestamp) -> UsedJti {
    UsedJti::of(JtiPurpose::ClientAssertion, "app", jti, end)
}

fn of_key(jti: &str, end: Timestamp) -> UsedJti {
    UsedJti::of(JtiPurpose::DpopProof, "key", jti, end)
}

on_both_engines! {
    async fn each_name_is_used_once_and_what_was_used_is_told(world: World) {
        let end = NOW.plus_seconds(60);
        let store = &world.store;
        assert_eq!(store.use_jtis(vec![of_client("1", end), of_key("1", end)]).await, Ok(None));
        let again = store.use_jtis(vec![of_client("1", end), of_key("2", end)]).await;
        assert_eq!(again, Ok(Some(JtiPurpose::ClientAssertion)));
        let again = store.use_jtis(vec![of_client("2", end), of_key("1", end)]).await;
        assert_eq!(again, Ok(Some(JtiPurpose::DpopProof)));
        assert_eq!(store.use_jtis(vec![of_key("2", end)]).await, Ok(None));
        assert_eq!(store.use_jtis(Vec::new()).await, Ok(None));
    }

    async fn of_racers_for_one_name_one_wins(world: World) {
        let racers = (0..16).map(|_| {
            let store = world.store.clone();
            let used = vec![of_client("1", NOW.plus_seconds(60)), of_key("1", NOW.plus_seconds(60))];
            tokio::spawn(async move { store.use_jtis(used).await })
        });
        let mut first = 0;
        for racer in racers.collect::<Vec<_>>() {
            first += usize::from(racer.await.expect("no panic").expect("a write").is_none());
        }
        assert_eq!(first, 1);
    }

    async fn a_name_is_used_up_for_units_that_are_flushed_at_once_and_the_other_way_round(world: World) {
        let used = |jti| of_client(jti, NOW.plus_seconds(60));
        assert_eq!(world.store.use_jtis(vec![used("1")]).await, Ok(None));
        let pushed = world.pushed().await;
        let again = |digest: &str| PushedRequest { digest: Digest::of(digest), ..pushed.clone() };
        let replayed = Ok(Some(JtiPurpose::ClientAssertion));
        assert_eq!(world.store.push_request(again("one"), vec![used("1")]).await, replayed);
        assert_eq!(world.store.push_request(again("two"), vec![used("2")]).await, Ok(None));
        assert_eq!(world.store.use_jtis(vec![used("2")]).await, replayed);
    }

    async fn a_name_is_forgotten_when_what_bore_it_is_too_old(world: World) {
        world.store.use_jtis(vec![of_key("1", NOW.plus_seconds(60))]).await.expect("a write");
        let swept = async |now: Timestamp| {
            let removed = world.store.sweep(now).await.expect("a write");
            removed.into_iter().find(|(table, _)| *table == "used_jtis").map(|(_, count)| count)
        };
        assert_eq!(swept(NOW.plus_seconds(120)).await, Some(0));
        assert_eq!(swept(NOW.plus_seconds(121)).await, Some(1));
    }

    async fn the_room_for_names_is_bounded_over_all_replicas(world: World) {
        let (end, later) = (NOW.plus_seconds(60), NOW.plus_seconds(120));
        assert_eq!(world.store.take_replay_block(end, 10, 30).await, Ok(true));
        assert_eq!(world.store.take_replay_block(later, 10, 30).await, Ok(true));
        assert_eq!(world.store.take_replay_block(end, 10, 30).await, Ok(true));
        // To the last one, and no further, whatever their minute.
        for full in [end, later, NOW.plus_seconds(180)] {
            assert_eq!(world.store.take_replay_block(full, 1, 30).await, Ok(false));
        }
        assert_eq!(world.store.take_replay_block(end, 1, 31).await, Ok(true));
    }

    async fn of_racers_for_the_last_block_one_wins(world: World) {
        let racers = (0..16).map(|racer| {
            let store = world.store.clone();
            tokio::spawn(async move { store.take_replay_block(NOW.plus_seconds(60 * racer), 10, 10).await })
        });
        let mut won = 0;
        for racer in racers.collect::<Vec<_>>() {
            won += usize::from(racer.await.expect("no panic").expect("a write"));
        }
        assert_eq!(won, 1);
    }

    async fn room_is_there_again_when_no_name_is_left_that_took_it(world: World) {
        let end = NOW.plus_seconds(60);
        world.store.use_jtis(vec![of_key("1", NOW.plus_seconds(30))]).await.expect("a write");
        assert_eq!(world.store.take_replay_block(end, 10, 10).await, Ok(true));
        world.store.sweep(NOW.plus_seconds(120)).await.expect("a write");
        assert_eq!(world.store.take_replay_block(end, 1, 10).await, Ok(false));
        world.store.sweep(NOW.plus_seconds(121)).await.expect("a write");
        assert_eq!(world.store.take_replay_block(end, 10, 10).await, Ok(true));
    }

    async fn a_code_keeps_its_key_and_a_grant_what_its_refresh_tokens_are_bound_to(world: World) {
        let mut issue = world.issue_of(&world.session(&world.account("ada@example.com").await).await, "openid");
        issue.code.as_mut().expect("a code").dpop_jkt = Some("key".to_owned());
        world.store.issue_code(issue.clone()).await.expect("a write");
        let found = world.store.find_code(code_of(&issue).digest.clone()).await.expect("a read").expect("a code");
        assert_eq!((found.code.dpop_jkt.as_deref(), found.grant.confirmation), (Some("key"), None));
        let mut redeem = world.redeem_of(&issue);
        redeem.confirmation = Some(Confirmation::DpopKey("key".to_owned()));
        world.store.redeem_code(redeem.clone()).await.expect("a write");
        assert_eq!(world.grant(&issue.grant.id).await.confirmation, redeem.confirmation);
    }

    async fn a_refresh_token_that_is_kept_lives_on_unless_its_grant_ended(world: World) {
        let issue = world.issued_to("ada@example.com").await;
        let redeem = world.redeem_of(&issue);
        let token = redeem.refresh_token.clone().expect("it has one");
        world.store.redeem_code(redeem).await.expect("a write");
        let later = token.idle_expires_at.plus_seconds(3_600);
        let keep = KeepRefreshToken { presented: token.digest.clone(), idle_expires_at: later };
        assert_eq!(world.store.keep_refresh_token(keep.clone()).await, Ok(true));
        let found = world.store.find_refresh_token(token.digest).await.expect("a read").expect("a token");
        assert_eq!((found.token.idle_expires_at, found.token.rotated_at), (later, None));
        let event = world.event(doorward::model::audit::AuditAction::Revoked);
        world.store.revoke_grant(&issue.grant.id, NOW, event).await.expect("a write");
        assert_eq!(world.store.keep_refresh_token(keep).await, Ok(false));
    }
}
