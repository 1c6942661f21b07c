//! Refresh tokens: one live leaf to a grant.

use doorward::model::audit::AuditAction;
use doorward::model::grant::{RedeemCodeOutcome, RefreshToken, RotateOutcome, RotateRefreshToken};

use crate::world::{NOW, World, count_of, race};

/// The first refresh token of a fresh grant.
async fn first_token(world: &World) -> RefreshToken {
    let issue = world.issued_to("ada@example.com").await;
    let redeem = world.redeem_of(&issue);
    let token = redeem.refresh_token.clone().expect("it has one");
    assert_eq!(world.store.redeem_code(redeem).await, Ok(RedeemCodeOutcome::Redeemed));
    token
}

fn rotation(world: &World, token: &RefreshToken) -> RotateRefreshToken {
    RotateRefreshToken {
        presented: token.digest.clone(),
        successor: world.refresh_token_of(&token.grant_id),
        now: NOW.plus_seconds(1),
    }
}

const LIVE_LEAVES: &str = "SELECT COUNT(*) FROM refresh_tokens WHERE rotated_at IS NULL";

on_both_engines! {
    async fn a_refresh_token_is_found_with_its_grant_and_its_successors_use(world: World) {
        let first = first_token(&world).await;
        let find = async |token: &RefreshToken| {
            world.store.find_refresh_token(token.digest.clone()).await.expect("a read").expect("it is there")
        };
        let found = find(&first).await;
        assert_eq!(found.token, first);
        assert_eq!((&found.grant.id, &found.grant.account_id), (&first.grant_id, &found.account.id));
        let once = rotation(&world, &first);
        assert_eq!(world.store.rotate_refresh_token(once.clone()).await, Ok(RotateOutcome::Rotated));
        let found = find(&first).await.token;
        assert_eq!((found.rotated_at, found.successor), (Some(once.now), Some(once.successor.digest.clone())));
        assert_eq!(found.successor_rotated_at, None);
        let twice = rotation(&world, &once.successor);
        assert_eq!(world.store.rotate_refresh_token(twice.clone()).await, Ok(RotateOutcome::Rotated));
        assert_eq!(find(&first).await.token.successor_rotated_at, Some(twice.now));
    }

    async fn ref_03_of_20_parallel_rotations_exactly_one_wins(world: World) {
        let token = first_token(&world).await;
        let outcomes = race(20, |_| {
            let (store, rotate) = (world.store.clone(), rotation(&world, &token));
            async move { store.rotate_refresh_token(rotate).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &RotateOutcome::Rotated), 1);
        assert_eq!(count_of(&outcomes, &RotateOutcome::AlreadyRotated), 19);
        assert_eq!(world.number(LIVE_LEAVES, vec![]).await, 1);
    }

    async fn ref_03_of_20_rotations_through_two_processes_exactly_one_wins(world: World) {
        let token = first_token(&world).await;
        let stores = [world.store.clone(), world.replica().await];
        let outcomes = race(20, |number| {
            let (store, rotate) = (stores[number % 2].clone(), rotation(&world, &token));
            async move { store.rotate_refresh_token(rotate).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &RotateOutcome::Rotated), 1);
        assert_eq!(count_of(&outcomes, &RotateOutcome::AlreadyRotated), 19);
        assert_eq!(world.number(LIVE_LEAVES, vec![]).await, 1);
    }

    async fn a_token_of_a_revoked_grant_is_not_rotated(world: World) {
        let token = first_token(&world).await;
        let event = world.event(AuditAction::Revoked);
        assert_eq!(world.store.revoke_grant(&token.grant_id, NOW, event).await, Ok(true));
        let before = world.contents().await;
        let rotate = rotation(&world, &token);
        assert_eq!(world.store.rotate_refresh_token(rotate).await, Ok(RotateOutcome::GrantRevoked));
        assert_eq!(world.contents().await, before);
    }

    async fn ref_02_rotations_and_a_revocation_at_once_leave_nothing_alive(world: World) {
        let token = first_token(&world).await;
        race(9, |number| {
            let (store, rotate) = (world.store.clone(), rotation(&world, &token));
            let event = world.event(AuditAction::RefreshReplayed);
            async move {
                if number == 4 {
                    store.revoke_grant(&rotate.successor.grant_id, NOW, event).await.expect("a write");
                } else {
                    store.rotate_refresh_token(rotate).await.expect("an answer");
                }
            }
        }).await;
        let alive = "SELECT COUNT(*) FROM refresh_tokens r JOIN grants g ON g.id = r.grant_id \
            WHERE g.revoked_at IS NULL";
        assert_eq!(world.number(alive, vec![]).await, 0);
    }

    async fn a_token_that_is_gone_is_not_rotated(world: World) {
        let token = first_token(&world).await;
        let mut rotate = rotation(&world, &token);
        rotate.presented = world.digest();
        let before = world.contents().await;
        assert_eq!(world.store.rotate_refresh_token(rotate).await, Ok(RotateOutcome::AlreadyRotated));
        assert_eq!(world.contents().await, before);
    }
}
