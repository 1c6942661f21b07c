//! Sessions: started under the account's generation, renewed, ended with what was granted in them.

use doorward::model::PasswordHash;
use doorward::model::account::{Account, StandardClaims};
use doorward::model::audit::AuditAction;
use doorward::model::one_time_code::{CodePurpose, CodeRecord};
use doorward::model::session::{Session, SignIn, SignInOutcome, SignedIn};
use doorward::store::SendCode;

use crate::world::{NOW, World, count_of, hash, race};

async fn mailed_code(world: &World, account: &Account) -> CodeRecord {
    let interaction = world.interaction().await;
    let code = world.code_of(Some(account), CodePurpose::SignIn, &interaction);
    let send = SendCode {
        code: code.clone(),
        mail: None,
        interaction: Some(interaction),
        audit: world.event(AuditAction::CodeSent),
    };
    assert_eq!(world.store.send_code(send).await, Ok(true));
    code
}

async fn end(world: &World, account: &Account, sessions: &[&Session]) -> usize {
    let ids = sessions.iter().map(|session| session.id.clone()).collect();
    let event = world.event(AuditAction::SignedOut);
    world.store.end_sessions(&account.id, ids, NOW, event).await.expect("a write")
}

on_both_engines! {
    async fn sessions_of_a_browser_are_found_in_the_cookies_order(world: World) {
        let (ada, eve) = (world.account("ada@example.com").await, world.account("eve@example.com").await);
        let (first, second) = (world.session(&ada).await, world.session(&eve).await);
        let secrets = vec![second.secret.clone(), world.digest(), first.secret.clone()];
        let found = world.store.find_signed_in(secrets, NOW).await;
        let expected = vec![SignedIn { session: second, account: eve }, SignedIn { session: first, account: ada }];
        assert_eq!(found, Ok(expected));
        assert_eq!(world.store.find_signed_in(Vec::new(), NOW).await, Ok(Vec::new()));
    }

    async fn ses_07_a_session_counts_until_it_is_idle_or_over(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let is_found = async |now| {
            !world.store.find_signed_in(vec![session.secret.clone()], now).await.expect("a read").is_empty()
        };
        assert!(is_found(NOW.plus_seconds(3_599)).await);
        assert!(!is_found(session.idle_expires_at).await);
        let (seen, idle) = (NOW.plus_seconds(3_000), NOW.plus_seconds(200_000));
        world.store.touch_session(&session.id, seen, idle).await.expect("a write");
        assert!(is_found(NOW.plus_seconds(86_399)).await);
        assert!(!is_found(session.expires_at).await);
        world.store.touch_session(&session.id, NOW, NOW).await.expect("a write");
        assert!(is_found(NOW.plus_seconds(5_000)).await, "a use noted late does not set the clock back");
    }

    async fn sessions_are_listed_the_latest_used_first_and_only_live_ones(world: World) {
        let account = world.account("ada@example.com").await;
        let sessions = [
            world.session(&account).await,
            world.session(&account).await,
            world.session(&account).await,
        ];
        let eve = world.account("eve@example.com").await;
        world.session(&eve).await;
        let later = NOW.plus_seconds(60);
        world.store.touch_session(&sessions[1].id, later, NOW.plus_seconds(7_200)).await.expect("a write");
        assert_eq!(end(&world, &account, &[&sessions[2]]).await, 1);
        let listed = world.store.list_sessions(&account.id, later).await.expect("a read");
        let ids: Vec<_> = listed.into_iter().map(|session| session.id).collect();
        assert_eq!(ids, [sessions[1].id.clone(), sessions[0].id.clone()]);
    }

    async fn ses_14_all_sessions_of_an_account_end_with_what_was_granted_in_them_but_one(world: World) {
        let (ada, eve) = (world.account("ada@example.com").await, world.account("eve@example.com").await);
        let (kept, ended, of_eve) =
            (world.session(&ada).await, world.session(&ada).await, world.session(&eve).await);
        let in_kept = world.issued(&kept, "openid").await.grant.id;
        let in_ended = world.issued(&ended, "openid").await.grant.id;
        let for_later = world.issued(&ended, "openid offline_access").await.grant.id;
        let in_eves = world.issued(&of_eve, "openid").await.grant.id;
        let end_all = async |keep: Option<&Session>| {
            let event = world.event(AuditAction::SignedOut);
            let keep = keep.map(|session| session.id.clone());
            world.store.end_all_sessions(&ada.id, keep, NOW, event).await.expect("a write");
        };
        end_all(Some(&kept)).await;
        assert!(world.is_live(&kept).await && !world.is_live(&ended).await && world.is_live(&of_eve).await);
        assert!(!world.is_revoked(&in_kept).await && world.is_revoked(&in_ended).await);
        end_all(None).await;
        assert!(!world.is_live(&kept).await && world.is_live(&of_eve).await);
        assert!(world.is_revoked(&in_kept).await && !world.is_revoked(&for_later).await);
        assert!(!world.is_revoked(&in_eves).await);
        let found = world.store.find_session(&kept.id).await.expect("a read").expect("it is kept for a while");
        assert!(!found.is_live(NOW));
    }

    async fn a_sign_in_against_an_account_that_changed_is_overtaken_and_writes_nothing(world: World) {
        let account = world.account("ada@example.com").await;
        let code = mailed_code(&world, &account).await;
        let interaction = world.interaction().await;
        let before = world.contents().await;
        let sign_in = SignIn {
            generation: account.generation + 1,
            interaction: Some(interaction),
            consumed_code: Some(code.id),
            rehashed_password: Some(hash("better")),
            verifies_address: true,
            ..world.sign_in_of(&account)
        };
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::Overtaken));
        assert_eq!(world.contents().await, before);
    }

    async fn reg_02_ses_09_neither_an_unproven_nor_a_disabled_account_gets_a_session(world: World) {
        let unproven = crate::registration::unverified(&world, "ada@example.com").await;
        let sign_in = world.sign_in_of(&unproven);
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::Overtaken));
        let locked = world.account("eve@example.com").await;
        let event = world.event(AuditAction::AccountLocked);
        assert_eq!(world.store.set_account_disabled(&locked.id, true, NOW, event).await, Ok(true));
        let locked = world.reload(&locked.id).await;
        let sign_in = world.sign_in_of(&locked);
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::Overtaken));
        assert_eq!(world.number("SELECT COUNT(*) FROM sessions", vec![]).await, 0);
    }

    async fn otp_01_one_mailed_code_signs_in_once(world: World) {
        let account = world.account("ada@example.com").await;
        let code = mailed_code(&world, &account).await;
        let outcomes = race(8, |_| {
            let sign_in = SignIn { consumed_code: Some(code.id.clone()), ..world.sign_in_of(&account) };
            let store = world.store.clone();
            async move { store.sign_in(sign_in).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &SignInOutcome::SignedIn), 1);
        assert_eq!(count_of(&outcomes, &SignInOutcome::Overtaken), 7);
        assert_eq!(world.store.list_sessions(&account.id, NOW).await.expect("a read").len(), 1);
        assert_eq!(world.recorded(AuditAction::SignedIn).await, 1);
    }

    async fn otp_04_a_mailed_code_of_one_person_signs_in_nobody_else(world: World) {
        let (ada, eve) = (world.account("ada@example.com").await, world.account("eve@example.com").await);
        let code = mailed_code(&world, &ada).await;
        let before = world.contents().await;
        let sign_in = SignIn { consumed_code: Some(code.id), ..world.sign_in_of(&eve) };
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::Overtaken));
        assert_eq!(world.contents().await, before);
    }

    async fn otp_02_a_mailed_code_signs_in_nobody_once_it_has_expired(world: World) {
        let account = world.account("ada@example.com").await;
        let code = mailed_code(&world, &account).await;
        let mut sign_in = SignIn { consumed_code: Some(code.id), ..world.sign_in_of(&account) };
        sign_in.session.created_at = code.expires_at;
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::Overtaken));
    }

    async fn a_mailed_code_can_prove_the_address_with_the_sign_in(world: World) {
        let account = crate::registration::unverified(&world, "ada@example.com").await;
        let code = mailed_code(&world, &account).await;
        let sign_in =
            SignIn { consumed_code: Some(code.id), verifies_address: true, ..world.sign_in_of(&account) };
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::SignedIn));
        assert_eq!(world.reload(&account.id).await.email_verified_at, Some(NOW));
    }

    async fn reg_04_what_stands_on_an_unproven_address_is_forgotten_when_a_mailed_code_signs_in(world: World) {
        let account = crate::registration::unverified(&world, "ada@example.com").await;
        assert!(account.password_hash.is_some() && account.claims.name.is_some());
        let code = mailed_code(&world, &account).await;
        let sign_in = SignIn {
            consumed_code: Some(code.id),
            forgets_unproven: true,
            verifies_address: true,
            ..world.sign_in_of(&account)
        };
        let before = world.contents().await;
        let overtaken = SignIn { generation: account.generation + 1, ..sign_in.clone() };
        assert_eq!(world.store.sign_in(overtaken).await, Ok(SignInOutcome::Overtaken));
        assert_eq!(world.contents().await, before);
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::SignedIn));
        let proven = world.reload(&account.id).await;
        assert_eq!((proven.password_hash, proven.password_changed_at), (None, None));
        assert_eq!((proven.claims, proven.email_verified_at), (StandardClaims::default(), Some(NOW)));
    }

    async fn what_stands_on_a_proven_address_is_not_forgotten(world: World) {
        let account = world.account("ada@example.com").await;
        let code = mailed_code(&world, &account).await;
        let sign_in = SignIn {
            consumed_code: Some(code.id),
            forgets_unproven: true,
            verifies_address: true,
            ..world.sign_in_of(&account)
        };
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::SignedIn));
        assert_eq!(world.reload(&account.id).await, account);
    }

    async fn a_sign_in_on_a_page_that_went_on_elsewhere_is_stale_and_writes_nothing(world: World) {
        let account = world.account("ada@example.com").await;
        let code = mailed_code(&world, &account).await;
        let interaction = world.interaction().await;
        assert_eq!(world.store.save_interaction(interaction.clone()).await, Ok(true));
        let before = world.contents().await;
        let sign_in = SignIn {
            interaction: Some(interaction),
            consumed_code: Some(code.id),
            rehashed_password: Some(hash("better")),
            ..world.sign_in_of(&account)
        };
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::Stale));
        assert_eq!(world.contents().await, before);
    }

    async fn a_sign_in_tells_its_interaction_and_keeps_the_better_hash(world: World) {
        let account = world.account("ada@example.com").await;
        let mut interaction = world.interaction().await;
        let mut sign_in = world.sign_in_of(&account);
        interaction.progress.signed_in(sign_in.session.id.clone());
        sign_in.interaction = Some(interaction.clone());
        sign_in.rehashed_password = Some(hash("better"));
        let session = sign_in.session.id.clone();
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::SignedIn));
        let told = world.store.find_interaction(&interaction.id).await.expect("a read").expect("it is there");
        assert_eq!((told.progress.session, told.revision), (Some(session), 1));
        let after = world.reload(&account.id).await;
        assert_eq!(after.password_hash.as_ref().map(PasswordHash::as_str), Some("better"));
        assert_eq!((after.generation, after.password_changed_at), (account.generation, account.password_changed_at));
    }

    async fn ses_01_a_renewed_session_replaces_the_old_one_and_takes_its_grants_along(world: World) {
        let account = world.account("ada@example.com").await;
        let old = world.session(&account).await;
        let (short, long) = (world.issued(&old, "openid").await, world.issued(&old, "openid offline_access").await);
        let sign_in = SignIn { replaces: Some(old.id.clone()), ..world.sign_in_of(&account) };
        let new = sign_in.session.clone();
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::SignedIn));
        assert!(!world.is_live(&old).await && world.is_live(&new).await);
        for issue in [&short, &long] {
            let grant = world.grant(&issue.grant.id).await;
            assert_eq!((grant.session_id, grant.revoked_at), (new.id.clone(), None));
        }
        assert_eq!(end(&world, &account, &[&new]).await, 1);
        assert!(world.is_revoked(&short.grant.id).await);
        assert!(!world.is_revoked(&long.grant.id).await);
    }

    async fn ses_12_a_session_of_somebody_else_is_not_replaced(world: World) {
        let (ada, eve) = (world.account("ada@example.com").await, world.account("eve@example.com").await);
        let adas = world.session(&ada).await;
        let issue = world.issued(&adas, "openid").await;
        let sign_in = SignIn { replaces: Some(adas.id.clone()), ..world.sign_in_of(&eve) };
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::SignedIn));
        assert!(world.is_live(&adas).await);
        assert_eq!(world.grant(&issue.grant.id).await.session_id, adas.id);
    }

    async fn a_session_that_had_ended_gives_its_grants_to_no_successor(world: World) {
        let account = world.account("ada@example.com").await;
        let old = world.session(&account).await;
        let issue = world.issued(&old, "openid offline_access").await;
        assert_eq!(end(&world, &account, &[&old]).await, 1);
        let sign_in = SignIn { replaces: Some(old.id.clone()), ..world.sign_in_of(&account) };
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::SignedIn));
        assert_eq!(world.grant(&issue.grant.id).await.session_id, old.id);
    }

    async fn ses_08_people_end_their_own_sessions_only(world: World) {
        let (ada, eve) = (world.account("ada@example.com").await, world.account("eve@example.com").await);
        let (adas, eves) = (world.session(&ada).await, world.session(&eve).await);
        let issue = world.issued(&adas, "openid").await;
        assert_eq!(end(&world, &eve, &[&adas]).await, 0);
        assert!(world.is_live(&adas).await && !world.is_revoked(&issue.grant.id).await);
        assert_eq!(world.recorded(AuditAction::SignedOut).await, 0);
        assert_eq!(end(&world, &eve, &[&adas, &eves]).await, 1);
        assert!(world.is_live(&adas).await && !world.is_live(&eves).await);
        assert_eq!(end(&world, &eve, &[&eves]).await, 0);
        assert_eq!(world.recorded(AuditAction::SignedOut).await, 1);
    }

    async fn out_08_only_grants_with_offline_access_outlive_their_session(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let cases = [
            ("openid", true),
            ("offline_access", false),
            ("openid offline_access", false),
            ("offline_access email", false),
            ("openid offline_access email", false),
            ("openid offline-access", true),
            ("openid OFFLINE_ACCESS", true),
            ("openid xoffline_access", true),
            ("openid offline_accessx", true),
            ("", true),
        ];
        let mut issues = Vec::new();
        for (scope, _) in cases {
            issues.push(world.issued(&session, scope).await);
        }
        assert_eq!(end(&world, &account, &[&session]).await, 1);
        for ((scope, is_revoked), issue) in cases.into_iter().zip(issues) {
            assert_eq!(world.is_revoked(&issue.grant.id).await, is_revoked, "{scope:?}");
        }
    }

    async fn ses_01_no_grant_is_lost_between_a_code_and_a_renewal_of_its_session(world: World) {
        let account = world.account("ada@example.com").await;
        for _ in 0..20 {
            let old = world.session(&account).await;
            let issues: Vec<_> = (0..4).map(|_| world.issue_of(&old, "openid")).collect();
            race(5, |number| {
                let (store, issue) = (world.store.clone(), issues.get(number).cloned());
                let sign_in = SignIn { replaces: Some(old.id.clone()), ..world.sign_in_of(&account) };
                async move {
                    match issue {
                        Some(issue) => drop(store.issue_code(issue).await.expect("an answer")),
                        None => assert_eq!(store.sign_in(sign_in).await, Ok(SignInOutcome::SignedIn)),
                    }
                }
            }).await;
            let left_behind = "SELECT COUNT(*) FROM grants WHERE session_id = $1 OR revoked_at IS NOT NULL";
            assert_eq!(world.number(left_behind, vec![old.id.to_string()]).await, 0);
        }
    }
}
