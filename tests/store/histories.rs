//! Random histories of grants, against a model that fits on a page.

use doorward::base::{Digest, GrantId};
use doorward::model::account::{Account, ChangePassword};
use doorward::model::audit::AuditAction;
use doorward::model::grant::{IssueCode, RedeemCodeOutcome, RotateOutcome, RotateRefreshToken};
use doorward::model::session::Session;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::world::{NOW, World, hash};

/// What may happen next; a number picks among what there is.
#[derive(Debug, Clone, Copy)]
enum Act {
    Issue { offline: bool },
    Redeem(usize),
    Rotate(usize),
    Revoke(usize),
    SignOut,
    ChangePassword,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => any::<bool>().prop_map(|offline| Act::Issue { offline }),
        6 => any::<usize>().prop_map(Act::Redeem),
        8 => any::<usize>().prop_map(Act::Rotate),
        1 => any::<usize>().prop_map(Act::Revoke),
        1 => Just(Act::SignOut),
        1 => Just(Act::ChangePassword),
    ];
    proptest::collection::vec(act, 1..20)
}

struct GrantModel {
    issue: IssueCode,
    offline: bool,
    redeemed: bool,
    revoked: bool,
}

struct TokenModel {
    digest: Digest,
    grant: usize,
    rotated: bool,
}

/// One person's history: what the store should hold, and who the person is at the moment.
struct History<'w> {
    world: &'w World,
    account: Account,
    session: Session,
    grants: Vec<GrantModel>,
    tokens: Vec<TokenModel>,
}

impl<'w> History<'w> {
    async fn begin(world: &'w World) -> History<'w> {
        let number = world.number("SELECT COUNT(*) FROM accounts", vec![]).await;
        let account = world.account(&format!("person{number}@example.com")).await;
        let session = world.session(&account).await;
        History { world, account, session, grants: Vec::new(), tokens: Vec::new() }
    }

    async fn go_on(&mut self, act: Act) {
        match act {
            Act::Issue { offline } => self.issue(offline).await,
            Act::Redeem(pick) if !self.grants.is_empty() => self.redeem(pick % self.grants.len()).await,
            Act::Rotate(pick) if !self.tokens.is_empty() => self.rotate(pick % self.tokens.len()).await,
            Act::Revoke(pick) if !self.grants.is_empty() => self.revoke(pick % self.grants.len()).await,
            Act::Redeem(_) | Act::Rotate(_) | Act::Revoke(_) => {}
            Act::SignOut => self.sign_out().await,
            Act::ChangePassword => self.change_password().await,
        }
    }

    async fn issue(&mut self, offline: bool) {
        let scope = if offline { "openid offline_access" } else { "openid" };
        let issue = self.world.issued(&self.session, scope).await;
        self.grants.push(GrantModel { issue, offline, redeemed: false, revoked: false });
    }

    async fn redeem(&mut self, number: usize) {
        let grant = &mut self.grants[number];
        let redeem = self.world.redeem_of(&grant.issue);
        let digest = redeem.refresh_token.clone().expect("it has one").digest;
        let expected = match (grant.revoked, grant.redeemed) {
            (true, _) => RedeemCodeOutcome::GrantRevoked,
            (false, true) => RedeemCodeOutcome::CodeReplayed,
            (false, false) => RedeemCodeOutcome::Redeemed,
        };
        assert_eq!(self.world.store.redeem_code(redeem).await, Ok(expected));
        match expected {
            RedeemCodeOutcome::Redeemed => {
                grant.redeemed = true;
                self.tokens.push(TokenModel { digest, grant: number, rotated: false });
            }
            RedeemCodeOutcome::CodeReplayed | RedeemCodeOutcome::GrantRevoked => grant.revoked = true,
        }
    }

    async fn rotate(&mut self, number: usize) {
        let token = &mut self.tokens[number];
        let grant = &self.grants[token.grant];
        let successor = self.world.refresh_token_of(&grant.issue.grant.id);
        let next = TokenModel { digest: successor.digest.clone(), grant: token.grant, rotated: false };
        let expected = match (grant.revoked, token.rotated) {
            (true, _) => RotateOutcome::GrantRevoked,
            (false, true) => RotateOutcome::AlreadyRotated,
            (false, false) => RotateOutcome::Rotated,
        };
        let rotate = RotateRefreshToken { presented: token.digest.clone(), successor, now: NOW };
        assert_eq!(self.world.store.rotate_refresh_token(rotate).await, Ok(expected));
        if expected == RotateOutcome::Rotated {
            token.rotated = true;
            self.tokens.push(next);
        }
    }

    async fn revoke(&mut self, number: usize) {
        let grant = &mut self.grants[number];
        let event = self.world.event(AuditAction::Revoked);
        let revoked = self.world.store.revoke_grant(&grant.issue.grant.id, NOW, event).await;
        assert_eq!(revoked, Ok(!grant.revoked));
        grant.revoked = true;
    }

    async fn sign_out(&mut self) {
        let event = self.world.event(AuditAction::SignedOut);
        let ended = self.world.store.end_sessions(&self.account.id, vec![self.session.id.clone()], NOW, event).await;
        assert_eq!(ended, Ok(1));
        let here = self.session.id.clone();
        let short = |grant: &&mut GrantModel| !grant.offline && grant.issue.grant.session_id == here;
        self.grants.iter_mut().filter(short).for_each(|grant| grant.revoked = true);
        self.session = self.world.session(&self.account).await;
    }

    async fn change_password(&mut self) {
        let change = ChangePassword {
            account: self.account.id.clone(),
            generation: self.account.generation,
            password_hash: hash("another"),
            ends_sessions: true,
            keep_session: None,
            consumed_code: None,
            verifies_address: false,
            welcome: None,
            now: NOW,
            notice: self.world.mail("person@example.com", "password_changed"),
            audit: self.world.event(AuditAction::PasswordChanged),
        };
        assert_eq!(self.world.store.change_password(change).await, Ok(true));
        self.grants.iter_mut().for_each(|grant| grant.revoked = true);
        self.account = self.world.reload(&self.account.id).await;
        self.session = self.world.session(&self.account).await;
    }

    /// The store holds what the model says, and no living grant has more than one living leaf.
    async fn check(&self) {
        for (number, grant) in self.grants.iter().enumerate() {
            let id = &grant.issue.grant.id;
            assert_eq!(self.world.is_revoked(id).await, grant.revoked);
            let leaves = self.tokens.iter().filter(|token| token.grant == number && !token.rotated).count();
            assert_eq!(self.leaves(id).await, leaves);
            assert!(leaves <= 1);
        }
    }

    async fn leaves(&self, grant: &GrantId) -> usize {
        let sql = "SELECT COUNT(*) FROM refresh_tokens WHERE grant_id = $1 AND rotated_at IS NULL";
        usize::try_from(self.world.number(sql, vec![grant.to_string()]).await).expect("a count")
    }
}

on_both_engines! {
    async fn whatever_happens_a_code_works_once_and_a_family_has_one_leaf(world: World) {
        let runtime = tokio::runtime::Handle::current();
        let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
        let outcome = tokio::task::block_in_place(|| {
            runner.run(&acts(), |acts| {
                runtime.block_on(async {
                    let mut history = History::begin(&world).await;
                    for act in acts {
                        history.go_on(act).await;
                    }
                    history.check().await;
                });
                Ok(())
            })
        });
        assert!(outcome.is_ok(), "{outcome:?}");
    }
}
