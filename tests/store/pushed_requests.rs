//! Pushed authorization requests: found by their digest, spent once.

use doorward::base::Digest;
use doorward::model::jti::{JtiPurpose, UsedJti};
use doorward::model::pushed_request::PushedRequest;

use crate::world::{NOW, World, count_of, race};

on_both_engines! {
    async fn a_pushed_request_comes_back_as_it_was_kept(world: World) {
        let pushed = world.pushed().await;
        assert_eq!(world.store.find_pushed_request(pushed.digest.clone()).await, Ok(Some(pushed)));
        assert_eq!(world.store.find_pushed_request(Digest::of("another")).await, Ok(None));
    }

    async fn a_request_is_kept_once_with_what_the_client_proved_itself_by(world: World) {
        let used = UsedJti::of(JtiPurpose::ClientAssertion, "app", "1", NOW.plus_seconds(60));
        let pushed = world.pushed().await;
        let outcomes = race(8, |number| {
            let digest = Digest::of(&format!("race-{number}"));
            let (store, used) = (world.store.clone(), vec![used.clone()]);
            let pushed = PushedRequest { digest: digest.clone(), ..pushed.clone() };
            async move {
                let replayed = store.push_request(pushed, used).await.expect("a lost race is an answer");
                let found = store.find_pushed_request(digest).await.expect("a read");
                (replayed, found.is_some())
            }
        }).await;
        assert_eq!(count_of(&outcomes, &(None, true)), 1);
        assert_eq!(count_of(&outcomes, &(Some(JtiPurpose::ClientAssertion), false)), 7);
        assert_eq!(world.store.use_jtis(vec![used]).await, Ok(Some(JtiPurpose::ClientAssertion)));
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
