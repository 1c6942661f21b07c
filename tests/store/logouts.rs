//! Who is told of the end of a session: written with whatever ends it, one worker's at a time.

use doorward::base::bounds::SWEEP_LOGOUTS_KEPT_SECONDS;
use doorward::model::account::Administration;
use doorward::model::audit::AuditAction;
use doorward::model::client::ClientMetadata;
use doorward::model::logout::{LogoutAttempt, LogoutDelivery};
use doorward::model::session::{Session, SignIn, SignInOutcome};
use doorward::store::PutClient;

use crate::world::{CLIENT, NOW, World, race};

const URI: &str = "https://app.example/out";

async fn listening(world: &World, uri: Option<&str>) {
    let put = PutClient {
        client_id: CLIENT.to_owned(),
        metadata: ClientMetadata { backchannel_logout_uri: uri.map(str::to_owned), ..ClientMetadata::default() },
        new_secret: None,
        sealed_secret: None,
        older_secrets_until: NOW,
        now: NOW,
        audit: world.event(AuditAction::ClientChanged),
    };
    world.store.put_client(put).await.expect("a client");
}

async fn told(world: &World) -> Vec<LogoutDelivery> {
    world.store.list_logouts(None, None, 100).await.expect("a read")
}

/// A session of a new person in which the listening client takes part.
async fn session(world: &World, address: &str) -> Session {
    listening(world, Some(URI)).await;
    let account = world.account(address).await;
    let session = world.session(&account).await;
    world.issued(&session, "openid offline_access").await;
    session
}

async fn end(world: &World, session: &Session) {
    let event = world.event(AuditAction::SignedOut);
    let ending = vec![session.id.clone()];
    assert_eq!(world.store.end_sessions(&session.account_id, ending, NOW, event).await, Ok(1));
}

on_both_engines! {
    async fn a_delivery_is_written_with_the_end_of_the_session(world: World) {
        let session = session(&world, "ada@example.com").await;
        assert!(told(&world).await.is_empty());
        end(&world, &session).await;
        let expected = LogoutDelivery {
            client_id: CLIENT.to_owned(),
            sid: session.id.to_string(),
            account: session.account_id.to_string(),
            uri: URI.to_owned(),
            created_at: NOW,
            next_attempt_at: Some(NOW),
            attempts: 0,
            delivered_at: None,
            failed_at: None,
            last_status: None,
        };
        assert_eq!(told(&world).await, [expected]);
    }

    async fn a_client_without_an_address_is_not_told(world: World) {
        let session = session(&world, "ada@example.com").await;
        listening(&world, None).await;
        end(&world, &session).await;
        assert!(told(&world).await.is_empty());
    }

    async fn whatever_ends_everything_of_an_account_tells(world: World) {
        let mut expected = 0;
        for (number, act) in [Administration::EndSessions, Administration::Lock, Administration::Delete].iter().enumerate() {
            let session = session(&world, &format!("p{number}@example.com")).await;
            let event = world.event(AuditAction::SignedOut);
            world.store.administer(&session.account_id, act.clone(), event).await.expect("a write");
            expected += 1;
            assert_eq!(told(&world).await.len(), expected, "{act:?}");
        }
    }

    async fn a_restored_database_tells_of_every_session_that_it_ends(world: World) {
        session(&world, "ada@example.com").await;
        session(&world, "eve@example.com").await;
        world.store.close_after_restoring(NOW.plus_seconds(1), "restore").await.expect("a write");
        assert_eq!(told(&world).await.len(), 2);
    }

    async fn a_session_ended_twice_is_told_once(world: World) {
        let session = session(&world, "ada@example.com").await;
        end(&world, &session).await;
        let event = world.event(AuditAction::SignedOut);
        world.store.end_all_sessions(&session.account_id, None, NOW, event).await.expect("a write");
        assert_eq!(told(&world).await.len(), 1);
    }

    async fn a_renewed_session_hands_its_clients_on_under_the_name_they_know(world: World) {
        let old = session(&world, "ada@example.com").await;
        let account = world.reload(&old.account_id).await;
        let renewed = SignIn { replaces: Some(old.id.clone()), ..world.sign_in_of(&account) };
        let new = renewed.session.clone();
        assert_eq!(world.store.sign_in(renewed).await, Ok(SignInOutcome::SignedIn));
        assert!(told(&world).await.is_empty());
        let found = world.store.list_session_clients(&new.id).await.expect("a read");
        assert_eq!(found.iter().map(|client| client.sid.as_str()).collect::<Vec<_>>(), [old.id.as_str()]);
        end(&world, &new).await;
        assert_eq!(told(&world).await[0].sid, old.id.to_string());
    }

    async fn one_worker_claims_a_delivery_and_another_gets_it_when_the_lease_is_over(world: World) {
        let session = session(&world, "ada@example.com").await;
        end(&world, &session).await;
        let stores = [world.store.clone(), world.replica().await];
        let lease = NOW.plus_seconds(30);
        let claimed = race(8, |number| {
            let store = stores[number % 2].clone();
            async move { store.claim_due_logouts(NOW, lease, 10).await.expect("a write") }
        }).await.concat();
        assert_eq!((claimed.len(), claimed[0].attempts), (1, 1));
        let again = world.store.claim_due_logouts(lease, lease.plus_seconds(30), 10).await.expect("a write");
        assert_eq!((again.len(), again[0].attempts), (1, 2));
    }

    async fn clients_take_turns_so_that_one_that_does_not_answer_holds_nobody_up(world: World) {
        world.client("hanging").await;
        world.client("other").await;
        let unit = world.store.write(NOW, |tx, now| {
            Box::pin(async move {
                for (client, sid, seconds) in [("hanging", "1", -9), ("hanging", "2", -8), ("hanging", "3", -7), ("other", "4", -1)] {
                    let sql = "INSERT INTO logout_deliveries \
                               (client_id, sid, sub, uri, created_at, next_attempt_at, attempts) \
                               VALUES ($1, $2, '', '', $3, $3, 0)";
                    tx.execute(sql, doorward::params![client, sid, now.plus_seconds(seconds)]).await?;
                }
                Ok(())
            })
        });
        unit.await.expect("a write");
        let claimed = async || {
            let claimed = world.store.claim_due_logouts(NOW, NOW.plus_seconds(30), 2).await.expect("a write");
            claimed.into_iter().map(|delivery| delivery.sid).collect::<Vec<_>>()
        };
        assert_eq!(claimed().await, ["1", "4"]);
        assert_eq!(claimed().await, ["2", "3"]);
        assert!(claimed().await.is_empty());
    }

    async fn what_is_settled_stays_so(world: World) {
        let session = session(&world, "ada@example.com").await;
        end(&world, &session).await;
        let delivery = told(&world).await.remove(0);
        for (attempt, status) in [(LogoutAttempt::Delivered, "200"), (LogoutAttempt::GivenUp, "400")] {
            world.store.note_logout_attempt(&delivery, attempt, NOW, status.to_owned()).await.expect("a write");
        }
        let [settled] = &*told(&world).await else { panic!("one") };
        assert_eq!((settled.delivered_at, settled.failed_at, settled.next_attempt_at), (Some(NOW), None, None));
        assert_eq!(settled.last_status.as_deref(), Some("200"));
        assert_eq!(world.store.waiting_logouts().await, Ok(0));
    }

    async fn deliveries_are_swept_after_a_week(world: World) {
        let session = session(&world, "ada@example.com").await;
        end(&world, &session).await;
        let kept = NOW.plus_seconds(SWEEP_LOGOUTS_KEPT_SECONDS);
        world.store.sweep(kept).await.expect("a write");
        assert_eq!(told(&world).await.len(), 1);
        world.store.sweep(kept.plus_seconds(1)).await.expect("a write");
        assert!(told(&world).await.is_empty());
    }
}
