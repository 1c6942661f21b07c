//! Accounts: found, searched, changed, locked, removed; and what a new password ends.

use doorward::base::{AccountId, CodeId, Timestamp};
use doorward::model::account::{Account, ChangePassword, StandardClaims, VerifyAddress};
use doorward::model::audit::AuditAction;
use doorward::model::one_time_code::{CodePurpose, CodeRecord};
use doorward::store::SendCode;

use crate::world::{CLIENT, NOW, World, count_of, email, hash, race};

fn change(world: &World, account: &Account) -> ChangePassword {
    ChangePassword {
        account: account.id.clone(),
        generation: account.generation,
        password_hash: hash("second"),
        ends_sessions: true,
        keep_session: None,
        consumed_code: None,
        verifies_address: false,
        welcome: None,
        now: NOW.plus_seconds(1),
        notice: world.mail("ada@example.com", "password_changed"),
        audit: world.event(AuditAction::PasswordChanged),
    }
}

/// A mailed code of this account that waits to be used.
async fn pending_code(world: &World, account: &Account, purpose: CodePurpose) -> CodeRecord {
    let interaction = world.interaction().await;
    let code = world.code_of(Some(account), purpose, &interaction);
    let send = SendCode {
        code: code.clone(),
        mail: None,
        interaction: Some(interaction),
        audit: world.event(AuditAction::CodeSent),
    };
    assert_eq!(world.store.send_code(send).await, Ok(true));
    code
}

async fn is_pending(world: &World, code: &CodeRecord) -> bool {
    let found = world.store.find_code_by_link(code.link_digest.clone()).await.expect("a read");
    found.expect("it is there").consumed_at.is_none()
}

fn claims(name: &str) -> StandardClaims {
    StandardClaims { name: Some(name.to_owned()), ..StandardClaims::default() }
}

async fn addresses(world: &World, part: &str, after: &str, limit: i64) -> Vec<String> {
    let found = world.store.search_accounts(part, after, limit).await.expect("a read");
    found.iter().map(|account| account.email.to_string()).collect()
}

on_both_engines! {
    async fn an_account_is_found_by_its_id_and_by_its_address(world: World) {
        let account = world.account("ada@example.com").await;
        assert_eq!(account.email_verified_at, Some(NOW));
        let by_address = world.store.find_account_by_email(&email("Ada@Example.com")).await.expect("a read");
        assert_eq!(by_address.as_ref(), Some(&account));
        assert_eq!(world.store.find_account_by_email(&email("eve@example.com")).await, Ok(None));
    }

    async fn accounts_are_searched_in_pages_and_a_wildcard_is_a_character(world: World) {
        for address in ["a_b@example.com", "axb@example.com", "a%b@example.com", "c!d@example.com"] {
            world.account(address).await;
        }
        assert_eq!(addresses(&world, "a_b", "", 10).await, ["a_b@example.com"]);
        assert_eq!(addresses(&world, "a%b", "", 10).await, ["a%b@example.com"]);
        assert_eq!(addresses(&world, "C!D@Example", "", 10).await, ["c!d@example.com"]);
        let all = addresses(&world, "", "", 10).await;
        assert_eq!(all.len(), 4);
        assert_eq!(addresses(&world, "example", "", 2).await, all[..2]);
        assert_eq!(addresses(&world, "example", &all[1], 2).await, all[2..]);
    }

    async fn rst_06_a_new_password_ends_what_rested_on_the_old_one(world: World) {
        let account = world.account("ada@example.com").await;
        let sessions = [world.session(&account).await, world.session(&account).await];
        let issue = world.issued(&sessions[0], "openid offline_access").await;
        let code = pending_code(&world, &account, CodePurpose::SignIn).await;
        let eve = world.account("eve@example.com").await;
        let untouched = (world.session(&eve).await, pending_code(&world, &eve, CodePurpose::SignIn).await);
        let change = change(&world, &account);
        assert_eq!(world.store.change_password(change).await, Ok(true));
        let changed = world.reload(&account.id).await;
        assert_eq!(changed.password_hash, Some(hash("second")));
        assert_eq!(changed.password_changed_at, Some(NOW.plus_seconds(1)));
        assert_eq!(changed.generation, account.generation + 1);
        for session in &sessions {
            assert!(!world.is_live(session).await);
        }
        assert!(world.is_revoked(&issue.grant.id).await);
        assert!(!is_pending(&world, &code).await);
        assert!(world.is_live(&untouched.0).await && is_pending(&world, &untouched.1).await);
        assert_eq!(world.store.waiting_mail().await, Ok(1));
        assert_eq!(world.recorded(AuditAction::PasswordChanged).await, 1);
    }

    async fn the_session_that_asked_for_a_new_password_stays(world: World) {
        let account = world.account("ada@example.com").await;
        let (asked, other) = (world.session(&account).await, world.session(&account).await);
        let issue = world.issued(&asked, "openid").await;
        let change = ChangePassword { keep_session: Some(asked.id.clone()), ..change(&world, &account) };
        assert_eq!(world.store.change_password(change).await, Ok(true));
        assert!(world.is_live(&asked).await);
        assert!(!world.is_live(&other).await);
        assert!(world.is_revoked(&issue.grant.id).await, "what was granted under the old password ends all the same");
    }

    async fn a_password_is_not_set_against_an_account_that_changed(world: World) {
        let account = world.account("ada@example.com").await;
        let code = pending_code(&world, &account, CodePurpose::ResetPassword).await;
        let before = world.contents().await;
        let stale = ChangePassword {
            generation: account.generation - 1,
            consumed_code: Some(code.id),
            verifies_address: true,
            ..change(&world, &account)
        };
        assert_eq!(world.store.change_password(stale).await, Ok(false));
        assert_eq!(world.contents().await, before);
    }

    async fn a_disabled_account_gets_no_password(world: World) {
        let account = world.account("ada@example.com").await;
        let event = world.event(AuditAction::AccountLocked);
        assert_eq!(world.store.set_account_disabled(&account.id, true, NOW, event).await, Ok(true));
        let account = world.reload(&account.id).await;
        let change = change(&world, &account);
        assert_eq!(world.store.change_password(change).await, Ok(false));
    }

    async fn rst_04_of_8_resets_by_one_code_one_wins(world: World) {
        let account = world.account("ada@example.com").await;
        let code = pending_code(&world, &account, CodePurpose::ResetPassword).await;
        let outcomes = race(8, |number| {
            let reset = ChangePassword {
                consumed_code: Some(code.id.clone()),
                password_hash: hash(&format!("new {number}")),
                ..change(&world, &account)
            };
            let store = world.store.clone();
            async move { store.change_password(reset).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &true), 1);
        assert_eq!(world.reload(&account.id).await.generation, account.generation + 1);
        assert_eq!(world.store.waiting_mail().await, Ok(1));
        let after = world.reload(&account.id).await;
        let again = ChangePassword { consumed_code: Some(code.id), ..change(&world, &after) };
        assert_eq!(world.store.change_password(again).await, Ok(false));
    }

    async fn rst_12_a_code_of_one_person_or_a_late_one_sets_nobodys_password(world: World) {
        let (ada, eve) = (world.account("ada@example.com").await, world.account("eve@example.com").await);
        let code = pending_code(&world, &eve, CodePurpose::ResetPassword).await;
        let before = world.contents().await;
        let foreign = ChangePassword { consumed_code: Some(code.id.clone()), ..change(&world, &ada) };
        assert_eq!(world.store.change_password(foreign).await, Ok(false));
        let late = ChangePassword { consumed_code: Some(code.id), now: code.expires_at, ..change(&world, &eve) };
        assert_eq!(world.store.change_password(late).await, Ok(false));
        assert_eq!(world.contents().await, before);
    }

    async fn a_reset_by_code_can_prove_the_address_as_well(world: World) {
        let account = crate::registration::unverified(&world, "ada@example.com").await;
        let code = pending_code(&world, &account, CodePurpose::ResetPassword).await;
        let reset =
            ChangePassword { consumed_code: Some(code.id), verifies_address: true, ..change(&world, &account) };
        assert_eq!(world.store.change_password(reset).await, Ok(true));
        let proven = world.reload(&account.id).await;
        assert_eq!(proven.email_verified_at, Some(NOW.plus_seconds(1)));
        assert_eq!(proven.password_hash, Some(hash("second")));
        assert_eq!(proven.claims, StandardClaims::default(), "who wrote the name before is not known");
    }

    async fn a_person_may_keep_their_other_sessions_at_a_new_password(world: World) {
        let account = world.account("ada@example.com").await;
        let (asked, other) = (world.session(&account).await, world.session(&account).await);
        let issue = world.issued(&other, "openid").await;
        let code = pending_code(&world, &account, CodePurpose::SignIn).await;
        let change = ChangePassword {
            ends_sessions: false,
            keep_session: Some(asked.id.clone()),
            ..change(&world, &account)
        };
        assert_eq!(world.store.change_password(change).await, Ok(true));
        assert!(world.is_live(&asked).await && world.is_live(&other).await);
        assert!(world.is_revoked(&issue.grant.id).await && !is_pending(&world, &code).await);
    }

    async fn rst_06_no_session_slips_through_between_a_sign_in_and_a_new_password(world: World) {
        let mut account = world.account("ada@example.com").await;
        for _ in 0..20 {
            let sign_ins: Vec<_> = (0..6).map(|_| world.sign_in_of(&account)).collect();
            race(7, |number| {
                let (store, sign_in) = (world.store.clone(), sign_ins.get(number).cloned());
                let change = change(&world, &account);
                async move {
                    match sign_in {
                        Some(sign_in) => drop(store.sign_in(sign_in).await.expect("an answer")),
                        None => assert_eq!(store.change_password(change).await, Ok(true)),
                    }
                }
            }).await;
            assert_eq!(world.store.list_sessions(&account.id, NOW).await, Ok(Vec::new()));
            account = world.reload(&account.id).await;
        }
    }

    async fn reg_03_an_address_is_proven_once_by_its_own_code(world: World) {
        let account = crate::registration::unverified(&world, "ada@example.com").await;
        let code = pending_code(&world, &account, CodePurpose::VerifyAddress).await;
        let eve = world.account("eve@example.com").await;
        let verify = async |id: &AccountId, code: &CodeId, now: Timestamp| {
            let verify = VerifyAddress { now, ..world.verify_of(id, code) };
            world.store.verify_address(verify).await.expect("an answer")
        };
        assert!(!verify(&eve.id, &code.id, NOW).await, "the code is another's");
        assert!(!verify(&account.id, &code.id, code.expires_at).await, "the code is late");
        assert_eq!(world.reload(&account.id).await.email_verified_at, None);
        assert!(verify(&account.id, &code.id, NOW.plus_seconds(1)).await);
        assert_eq!(world.reload(&account.id).await.email_verified_at, Some(NOW.plus_seconds(1)));
        assert!(!verify(&account.id, &code.id, NOW.plus_seconds(2)).await);
        assert_eq!(world.recorded(AuditAction::AddressVerified).await, 1);
    }

    async fn an_operators_word_proves_an_address_once(world: World) {
        let account = crate::registration::unverified(&world, "ada@example.com").await;
        for is_first in [true, false] {
            let event = world.event(AuditAction::AddressVerified);
            assert_eq!(world.store.mark_verified(&account.id, NOW, event).await, Ok(is_first));
        }
        assert_eq!(world.reload(&account.id).await.email_verified_at, Some(NOW));
        assert_eq!(world.recorded(AuditAction::AddressVerified).await, 1);
    }

    async fn f_52_claims_are_changed_only_as_they_were_read(world: World) {
        let account = world.account("ada@example.com").await;
        let set = async |read_at, name, now| {
            let event = world.event(AuditAction::ProfileChanged);
            world.store.set_claims(&account.id, read_at, claims(name), now, event).await
        };
        let later = NOW.plus_seconds(1);
        assert_eq!(set(account.updated_at, "Ada", later).await, Ok(true));
        assert_eq!(set(account.updated_at, "Eve", later).await, Ok(false));
        let changed = world.reload(&account.id).await;
        assert_eq!((changed.claims, changed.updated_at), (claims("Ada"), later));
        assert_eq!(changed.generation, account.generation, "a new name ends nothing");
        assert_eq!(world.recorded(AuditAction::ProfileChanged).await, 1);
    }

    async fn ses_09_disabling_an_account_ends_everything_and_enabling_brings_nothing_back(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let issue = world.issued(&session, "openid offline_access").await;
        let code = pending_code(&world, &account, CodePurpose::SignIn).await;
        for disabled in [true, false] {
            let event = world.event(AuditAction::AccountLocked);
            assert_eq!(world.store.set_account_disabled(&account.id, disabled, NOW, event).await, Ok(true));
            assert_eq!(world.reload(&account.id).await.disabled_at.is_some(), disabled);
            assert!(!world.is_live(&session).await);
            assert!(world.is_revoked(&issue.grant.id).await);
            assert!(!is_pending(&world, &code).await);
        }
        assert_eq!(world.recorded(AuditAction::AccountLocked).await, 2);
    }

    async fn removing_an_account_removes_all_that_hangs_on_it_but_the_record(world: World) {
        let account = world.account("ada@example.com").await;
        let eve = world.account("eve@example.com").await;
        let session = world.session(&account).await;
        let issue = world.issued(&session, "openid offline_access").await;
        let redeem = world.redeem_of(&issue);
        world.store.redeem_code(redeem).await.expect("a write");
        pending_code(&world, &account, CodePurpose::SignIn).await;
        let kept = world.session(&eve).await;
        let recorded = world.number("SELECT COUNT(*) FROM audit_log", vec![]).await;
        let event = world.event(AuditAction::AccountChanged);
        assert_eq!(world.store.delete_account(&account.id, event.clone()).await, Ok(true));
        assert_eq!(world.store.delete_account(&account.id, event).await, Ok(false));
        let contents = world.contents().await;
        for table in ["grants", "authorization_codes", "refresh_tokens", "one_time_codes", "consents"] {
            assert!(contents[table].is_empty(), "{table}");
        }
        assert_eq!(contents["audit_log"].len(), usize::try_from(recorded + 1).expect("few"));
        assert_eq!((contents["accounts"].len(), contents["sessions"].len()), (1, 1));
        assert!(world.is_live(&kept).await);
        assert!(world.store.find_client(CLIENT).await.expect("a read").is_some());
    }

    async fn changing_what_is_not_there_is_told(world: World) {
        let account = world.account("ada@example.com").await;
        let event = world.event(AuditAction::AccountChanged);
        assert_eq!(world.store.delete_account(&account.id, event.clone()).await, Ok(true));
        assert_eq!(world.store.set_account_disabled(&account.id, true, NOW, event.clone()).await, Ok(false));
        assert_eq!(world.store.mark_verified(&account.id, NOW, event.clone()).await, Ok(false));
        assert_eq!(world.store.set_claims(&account.id, NOW, claims("Ada"), NOW, event).await, Ok(false));
        assert_eq!(world.store.find_account(&account.id).await, Ok(None));
    }
}
