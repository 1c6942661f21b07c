//! A database that was put back from a copy: nothing that was open then counts any more.

use doorward::model::audit::AuditAction;
use doorward::model::one_time_code::CodePurpose;
use doorward::model::upstream::VisitTaken;
use doorward::store::SendCode;

use crate::identities::visit_of;
use crate::world::{NOW, World};

const OPEN_CODES: &str = "SELECT count(*) FROM one_time_codes WHERE consumed_at IS NULL";
const OPEN_AUTHORIZATION_CODES: &str = "SELECT count(*) FROM authorization_codes WHERE consumed_at IS NULL";
const SEALED_MAILS: &str = "SELECT count(*) FROM outbox WHERE sealed_content <> ''";

on_both_engines! {
    async fn f_47_what_was_open_when_the_copy_was_taken_is_closed(world: World) {
        let ada = world.account("ada@example.com").await;
        let session = world.session(&ada).await;
        let issue = world.issued(&session, "openid").await;
        let interaction = world.interaction().await;
        let visit = visit_of(&world, &interaction);
        world.store.begin_visit(visit.clone()).await.expect("a write");
        let code = world.code_of(Some(&ada), CodePurpose::SignIn, &interaction);
        let mail = world.mail("ada@example.com", "code");
        let send = SendCode { code, mail: Some(mail), interaction: Some(interaction), audit: world.event(AuditAction::CodeSent) };
        assert_eq!(world.store.send_code(send).await, Ok(true));
        let later = NOW.plus_seconds(1);
        world.store.close_after_restoring(later, "restore").await.expect("a write");
        assert!(!world.is_live(&session).await);
        assert!(world.is_revoked(&issue.grant.id).await);
        for open in [OPEN_CODES, OPEN_AUTHORIZATION_CODES, SEALED_MAILS] {
            assert_eq!(world.number(open, Vec::new()).await, 0, "{open}");
        }
        assert_eq!(world.store.take_visit(visit.state, later).await, Ok(VisitTaken::Unknown));
        let due = world.store.claim_due_mail(later, later.plus_seconds(60), 10).await.expect("a write");
        assert!(due.is_empty(), "{due:?}");
        assert_eq!(world.recorded(AuditAction::DatabaseRestored).await, 1);
        // Whoever comes anew is let in.
        assert!(world.is_live(&world.session(&ada).await).await);
    }
}
