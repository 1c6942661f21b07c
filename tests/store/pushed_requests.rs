//! Pushed authorization requests: found by their digest, spent once.

use doorward::base::Digest;
use doorward::model::pushed_request::PushedRequest;

use crate::world::{NOW, World, count_of, race};

on_both_engines! {
    async fn a_pushed_request_comes_back_as_it_was_kept(world: World) {
        let pushed = world.pushed().await;
        assert_eq!(world.store.find_pushed_request(pushed.digest.clone()).await, Ok(Some(pushed)));
        assert_eq!(world.store.find_pushed_request(Digest::of("another")).await, Ok(None));
    }

    async fn aut_24_a_pushed_request_is_spent_once_and_then_stands(world: World) {
        let pushed = world.pushed().await;
        let outcomes = race(8, |_| {
            let (store, digest) = (world.store.clone(), pushed.digest.clone());
            async move { store.spend_pushed_request(digest, NOW).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &true), 1);
        let spent = PushedRequest { spent_at: Some(NOW), ..pushed.clone() };
        assert_eq!(world.store.find_pushed_request(pushed.digest).await, Ok(Some(spent)));
        assert_eq!(world.store.spend_pushed_request(Digest::of("another"), NOW).await, Ok(false));
    }
}
