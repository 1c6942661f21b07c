//! The outbox: each mail is one worker's at a time, and is erased once sent.

use std::collections::HashSet;

use doorward::base::{OutboxId, Timestamp};
use doorward::model::audit::AuditAction;
use doorward::model::one_time_code::CodePurpose;
use doorward::model::outbox::{ClaimedMail, OutboxMail};
use doorward::store::SendCode;

use crate::world::{NOW, World, race};

/// Puts a mail into the outbox, with what it tells of.
async fn put(world: &World, mail: OutboxMail) {
    let interaction = world.interaction().await;
    let code = world.code_of(None, CodePurpose::SignIn, &interaction);
    let send =
        SendCode { code, mail: Some(mail), interaction: Some(interaction), audit: world.event(AuditAction::CodeSent) };
    assert_eq!(world.store.send_code(send).await, Ok(true));
}

/// A mail that waits, due at `at`.
async fn waiting(world: &World, at: Timestamp) -> OutboxMail {
    let mail = OutboxMail { created_at: at, ..world.mail("ada@example.com", "code") };
    put(world, mail.clone()).await;
    mail
}

async fn claim(world: &World, now: Timestamp) -> Vec<ClaimedMail> {
    world.store.claim_due_mail(now, now.plus_seconds(120), 10).await.expect("a write")
}

/// The row's fate: content, whether it is sent, whether it is given up, and the server's last words.
async fn row(world: &World, id: &OutboxId) -> (String, bool, bool, Option<String>) {
    let unit = world.store.read(id.to_string(), |db, id| {
        Box::pin(async move {
            let sql = "SELECT sealed_content, last_reply FROM outbox WHERE id = $1";
            let (content, reply): (String, Option<String>) = db.one(sql, doorward::params![id]).await?;
            let sql = "SELECT sent_at, failed_at FROM outbox WHERE id = $1";
            let (sent, failed): (Option<i64>, Option<i64>) = db.one(sql, doorward::params![id]).await?;
            Ok((content, sent.is_some(), failed.is_some(), reply))
        })
    });
    unit.await.expect("it is there")
}

on_both_engines! {
    async fn a_mail_is_claimed_with_all_it_needs(world: World) {
        let mail = waiting(&world, NOW).await;
        let expected = ClaimedMail {
            id: mail.id,
            to: mail.to,
            kind: "code".to_owned(),
            locale: mail.locale,
            sealed_content: mail.sealed_content,
            attempts: 1,
            unconfirmed: 0,
            created_at: NOW,
            expires_at: mail.expires_at,
        };
        assert_eq!(claim(&world, NOW).await, [expected]);
    }

    async fn mails_are_claimed_when_they_are_due_and_in_that_order(world: World) {
        let late = waiting(&world, NOW.plus_seconds(2)).await;
        let early = waiting(&world, NOW.plus_seconds(1)).await;
        let future = waiting(&world, NOW.plus_seconds(9)).await;
        assert!(claim(&world, NOW).await.is_empty());
        assert_eq!(world.store.next_mail_due().await, Ok(Some(NOW.plus_seconds(1))));
        let claimed: Vec<_> = claim(&world, NOW.plus_seconds(5)).await.into_iter().map(|mail| mail.id).collect();
        assert_eq!(claimed, [early.id, late.id]);
        assert_eq!(world.store.next_mail_due().await, Ok(Some(future.created_at)));
        assert_eq!(world.store.waiting_mail().await, Ok(3));
    }

    async fn no_more_are_claimed_than_asked_for(world: World) {
        for _ in 0..3 {
            waiting(&world, NOW).await;
        }
        let two = world.store.claim_due_mail(NOW, NOW.plus_seconds(120), 2).await.expect("a write");
        assert_eq!((two.len(), claim(&world, NOW).await.len()), (2, 1));
    }

    async fn eight_workers_never_get_the_same_mail_within_its_lease(world: World) {
        for _ in 0..40 {
            waiting(&world, NOW).await;
        }
        let stores = [world.store.clone(), world.replica().await];
        let claimed = race(8, |number| {
            let store = stores[number % 2].clone();
            async move {
                let mut own = Vec::new();
                for _ in 0..20 {
                    own.extend(store.claim_due_mail(NOW, NOW.plus_seconds(120), 5).await.expect("a write"));
                }
                own
            }
        }).await.concat();
        let ids: HashSet<_> = claimed.iter().map(|mail| mail.id.to_string()).collect();
        assert_eq!((claimed.len(), ids.len()), (40, 40));
    }

    async fn mai_04_a_mail_whose_worker_died_is_somebody_elses_after_the_lease(world: World) {
        waiting(&world, NOW).await;
        assert_eq!(claim(&world, NOW).await.len(), 1);
        assert!(claim(&world, NOW.plus_seconds(119)).await.is_empty());
        let again = claim(&world, NOW.plus_seconds(120)).await;
        assert_eq!(again.iter().map(|mail| mail.attempts).collect::<Vec<_>>(), [2]);
    }

    async fn a_sent_mail_is_erased_and_never_due_again(world: World) {
        let mail = waiting(&world, NOW).await;
        claim(&world, NOW).await;
        world.store.mark_mail_sent(mail.id.clone(), NOW, "250 OK".to_owned()).await.expect("a write");
        assert_eq!(row(&world, &mail.id).await, (String::new(), true, false, Some("250 OK".to_owned())));
        let before = world.contents().await;
        world.store.mark_mail_retry(mail.id.clone(), NOW, true, "late".to_owned()).await.expect("a write");
        world.store.mark_mail_failed(mail.id.clone(), NOW, "late".to_owned()).await.expect("a write");
        world.store.mark_mail_sent(mail.id, NOW.plus_seconds(1), "late".to_owned()).await.expect("a write");
        assert_eq!(world.contents().await, before, "whoever comes late changes nothing");
        assert!(claim(&world, NOW.plus_seconds(9_999)).await.is_empty());
        assert_eq!((world.store.waiting_mail().await, world.store.next_mail_due().await), (Ok(0), Ok(None)));
    }

    async fn a_mail_that_is_put_off_is_due_then_and_remembers_doubt(world: World) {
        let mail = waiting(&world, NOW).await;
        claim(&world, NOW).await;
        let next = NOW.plus_seconds(30);
        world.store.mark_mail_retry(mail.id.clone(), next, true, "lost".to_owned()).await.expect("a write");
        assert_eq!(world.store.next_mail_due().await, Ok(Some(next)));
        assert!(claim(&world, NOW.plus_seconds(29)).await.is_empty());
        let again = claim(&world, next).await.pop().expect("it is due");
        assert_eq!((again.attempts, again.unconfirmed, again.sealed_content), (2, 1, mail.sealed_content));
        world.store.mark_mail_retry(mail.id.clone(), next, false, "busy".to_owned()).await.expect("a write");
        let third = claim(&world, next).await.pop().expect("it is due");
        assert_eq!((third.attempts, third.unconfirmed), (3, 1));
    }

    async fn a_mail_that_is_given_up_is_erased_and_never_due_again(world: World) {
        let mail = waiting(&world, NOW).await;
        claim(&world, NOW).await;
        world.store.mark_mail_failed(mail.id.clone(), NOW, "550 no".to_owned()).await.expect("a write");
        assert_eq!(row(&world, &mail.id).await, (String::new(), false, true, Some("550 no".to_owned())));
        world.store.mark_mail_retry(mail.id.clone(), NOW, true, "late".to_owned()).await.expect("a write");
        assert!(claim(&world, NOW.plus_seconds(9_999)).await.is_empty());
        assert_eq!(world.store.waiting_mail().await, Ok(0));
    }
}
