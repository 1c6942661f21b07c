//! Refreshes, one rule at a time, and families under arbitrary sequences of them.

use std::collections::HashMap;

use proptest::prelude::*;
use proptest::sample::subsequence;

use super::*;
use crate::base::Timestamp;
use crate::model::grant::{Confirmation, RotateOutcome};
use crate::protocol::grant::fixtures::{API, ISSUER, NOW, World, client, draw, form, scope};

const KEY: &[u8] = b"successor key";

fn first_token() -> OpaqueToken {
    OpaqueToken::generate(TokenKind::RefreshToken, &mut draw(7))
}

fn request(token: &OpaqueToken, pairs: &[(&str, &str)]) -> RefreshRequest {
    RefreshRequest::parse(&form(&[&[("refresh_token", token.expose())], pairs].concat()), KEY).unwrap()
}

/// The least that a store does: what it answers to loads and to the guarded write.
struct Family {
    world: World,
    tokens: HashMap<Digest, RefreshToken>,
}

impl Family {
    fn new() -> Self {
        Self::of(World::with_scope("openid email offline_access"))
    }

    fn of(world: World) -> Self {
        let first = RefreshToken {
            digest: first_token().digest(),
            grant_id: world.grant.id.clone(),
            created_at: NOW,
            idle_expires_at: world.policy.refresh_token_end(&world.grant, NOW),
            rotated_at: None,
            successor: None,
            successor_rotated_at: None,
        };
        Self { world, tokens: HashMap::from([(first.digest.clone(), first)]) }
    }

    fn load(&self, digest: &Digest) -> Option<RefreshToken> {
        let mut token = self.tokens.get(digest)?.clone();
        let successor = token.successor.as_ref().and_then(|digest| self.tokens.get(digest));
        token.successor_rotated_at = successor.and_then(|successor| successor.rotated_at);
        Some(token)
    }

    fn decide(&self, request: &RefreshRequest, now: Timestamp) -> Result<RefreshDecision, Reason> {
        let token = self.load(&request.token());
        let snapshot = token.as_ref().map(|token| RefreshSnapshot { token, granted: self.world.granted() });
        refresh(request, snapshot, &self.world.context_at(now), &mut draw(8))
    }

    fn rotate(&mut self, write: &RotateRefreshToken) -> RotateOutcome {
        if self.world.grant.revoked_at.is_some() {
            return RotateOutcome::GrantRevoked;
        }
        let presented = self.tokens.get_mut(&write.presented).unwrap();
        if presented.rotated_at.is_some() {
            return RotateOutcome::AlreadyRotated;
        }
        presented.rotated_at = Some(write.now);
        presented.successor = Some(write.successor.digest.clone());
        let before = self.tokens.insert(write.successor.digest.clone(), write.successor.clone());
        assert!(before.is_none(), "a successor came twice");
        RotateOutcome::Rotated
    }

    /// Carries a decision out as the token endpoint does. Gives the refresh token of the answer.
    fn commit(
        &mut self,
        request: &RefreshRequest,
        decision: Result<RefreshDecision, Reason>,
        now: Timestamp,
    ) -> Result<OpaqueToken, Reason> {
        match decision? {
            RefreshDecision::Repeat(issue) => Ok(issue.refresh_token.unwrap()),
            RefreshDecision::Replayed(ended) => {
                self.world.grant.revoked_at = Some(ended.now);
                Err(Reason::RefreshReplayed)
            }
            RefreshDecision::Keep(kept) => Ok(kept.issue.refresh_token.unwrap()),
            RefreshDecision::Rotate(rotation) => match self.rotate(&rotation.write) {
                RotateOutcome::Rotated => Ok(rotation.issue.refresh_token.unwrap()),
                RotateOutcome::AlreadyRotated => self.refresh(request, now),
                RotateOutcome::GrantRevoked => Err(Reason::GrantRevoked),
            },
        }
    }

    fn refresh(&mut self, request: &RefreshRequest, now: Timestamp) -> Result<OpaqueToken, Reason> {
        let decision = self.decide(request, now);
        self.commit(request, decision, now)
    }

    fn present(&mut self, token: &OpaqueToken, now: Timestamp) -> Result<OpaqueToken, Reason> {
        self.refresh(&request(token, &[]), now)
    }

    fn issued(&self, pairs: &[(&str, &str)]) -> Result<TokenIssue, Reason> {
        match self.decide(&request(&first_token(), pairs), NOW)? {
            RefreshDecision::Rotate(rotation) => Ok(rotation.issue),
            other => panic!("{other:?}"),
        }
    }

    fn leaves(&self) -> usize {
        self.tokens.values().filter(|token| token.rotated_at.is_none()).count()
    }
}

#[test]
fn ref_01_a_refresh_token_is_replaced_on_use_and_identity_stays() {
    let mut family = Family::new();
    let issue = family.issued(&[]).unwrap();
    let id_token = issue.id_token.unwrap().claims;
    assert_eq!(id_token.sub, family.world.account.id.as_str());
    assert_eq!((id_token.auth_time, id_token.nonce), (NOW.seconds() - 100, None));
    assert_eq!(issue.access_token.claims.scope, family.world.grant.scope);
    let second = family.present(&first_token(), NOW).unwrap();
    assert_ne!(second, first_token());
    assert!(family.present(&second, NOW).is_ok());
    assert_eq!(family.leaves(), 1);
}

#[test]
fn ref_02_replay_ends_the_whole_family_including_the_newest() {
    let mut family = Family::new();
    let second = family.present(&first_token(), NOW).unwrap();
    let third = family.present(&second, NOW).unwrap();
    assert_eq!(family.present(&first_token(), NOW), Err(Reason::RefreshReplayed));
    assert_eq!(family.present(&third, NOW), Err(Reason::GrantRevoked));
    assert_eq!(family.present(&first_token(), NOW), Err(Reason::GrantRevoked));
}

#[test]
fn ref_02_a_replay_is_recorded_and_counts_even_when_the_token_had_expired() {
    let mut family = Family::new();
    family.present(&first_token(), NOW).unwrap();
    let late = NOW.plus_seconds(9_999);
    match family.decide(&request(&first_token(), &[]), late) {
        Ok(RefreshDecision::Replayed(ended)) => {
            assert_eq!((ended.audit.action, ended.now), (AuditAction::RefreshReplayed, late));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn ref_03_parallel_refreshes_get_the_same_successor() {
    let mut family = Family::new();
    let request = request(&first_token(), &[]);
    let decisions: Vec<_> = (0..50).map(|_| family.decide(&request, NOW)).collect();
    let answers: Vec<_> =
        decisions.into_iter().map(|decision| family.commit(&request, decision, NOW).unwrap()).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!((family.tokens.len(), family.leaves()), (2, 1));
}

#[test]
fn ref_04_a_lost_answer_can_be_asked_for_again_for_a_short_time() {
    let mut family = Family::new();
    let second = family.present(&first_token(), NOW).unwrap();
    let again = family.decide(&request(&first_token(), &[]), NOW.plus_seconds(29)).unwrap();
    let RefreshDecision::Repeat(issue) = again else { panic!("{again:?}") };
    assert_eq!(issue.refresh_token.unwrap(), second);
    assert_eq!(family.present(&first_token(), NOW.plus_seconds(30)), Err(Reason::RefreshReplayed));
}

#[test]
fn ref_04_f_33_a_clock_put_back_does_not_revive_a_used_token() {
    let mut family = Family::new();
    family.present(&first_token(), NOW).unwrap();
    assert_eq!(family.present(&first_token(), NOW.plus_seconds(-3_600)), Err(Reason::RefreshReplayed));
}

#[test]
fn ref_04_without_the_key_nothing_is_repeated() {
    let mut family = Family::new();
    family.present(&first_token(), NOW).unwrap();
    let other_key = RefreshRequest::parse(&form(&[("refresh_token", first_token().expose())]), b"other").unwrap();
    assert_eq!(family.refresh(&other_key, NOW), Err(Reason::RefreshReplayed));
}

#[test]
fn ref_05_a_refresh_token_is_bound_to_its_client_and_a_stranger_ends_nothing() {
    let mut family = Family::new();
    family.present(&first_token(), NOW).unwrap();
    let stranger = client("stranger");
    let token = family.load(&first_token().digest()).unwrap();
    let snapshot = Some(RefreshSnapshot { token: &token, granted: family.world.granted() });
    let context = family.world.context_of(&stranger, NOW.plus_seconds(100));
    let refused = refresh(&request(&first_token(), &[]), snapshot, &context, &mut draw(1)).unwrap_err();
    assert_eq!((refused, refused.code().as_str()), (Reason::RefreshOfAnotherClient, "invalid_grant"));
}

#[test]
fn ref_06_scope_narrows_for_the_access_token_only() {
    let family = Family::new();
    let narrow = family.issued(&[("scope", "email")]).unwrap();
    assert_eq!(narrow.access_token.claims.scope, scope("email"));
    assert!(narrow.id_token.is_none() && narrow.refresh_token.is_some());
    for wider in ["email profile", "phone", "openid email offline_access reports:read"] {
        assert_eq!(family.issued(&[("scope", wider)]), Err(Reason::ScopeWidened), "{wider}");
    }
    let malformed = form(&[("refresh_token", first_token().expose()), ("scope", "a\\b")]);
    assert_eq!(RefreshRequest::parse(&malformed, KEY), Err(Reason::ScopeMalformed));
}

#[test]
fn rfc8707_2_2_resources_narrow_and_the_issuer_opens_userinfo() {
    let mut world = World::with_scope("openid offline_access");
    world.grant.resources = vec![API.to_owned()];
    let family = Family::of(world);
    let audience =
        |pairs: &[(&str, &str)]| family.issued(pairs).map(|issue| issue.access_token.claims.aud.names().to_vec());
    assert_eq!(audience(&[]).unwrap(), [API]);
    assert_eq!(audience(&[("resource", ISSUER)]).unwrap(), [ISSUER]);
    assert_eq!(audience(&[("resource", "https://b.example")]), Err(Reason::ResourceNotGranted));
}

#[test]
fn ref_07_ref_08_idle_and_absolute_lifetimes_end_a_family() {
    let mut family = Family::new();
    assert_eq!(family.present(&first_token(), NOW.plus_seconds(1_000)), Err(Reason::RefreshExpired));
    let (mut token, mut now) = (first_token(), NOW);
    while now < family.world.grant.expires_at.plus_seconds(-999) {
        token = family.present(&token, now).unwrap();
        now = now.plus_seconds(999);
    }
    assert!(family.tokens.values().all(|token| token.idle_expires_at <= family.world.grant.expires_at));
    let end = family.world.grant.expires_at;
    assert!(matches!(family.present(&token, end), Err(Reason::RefreshExpired | Reason::GrantExpired)));
}

#[test]
fn ref_09_ref_12_each_refresh_looks_at_person_and_client() {
    let mut family = Family::new();
    family.world.client.metadata.scope = scope("openid offline_access");
    assert_eq!(family.issued(&[]).unwrap().access_token.claims.scope, scope("openid offline_access"));
    assert_eq!(family.issued(&[("scope", "email")]), Err(Reason::ScopeWidened));
    family.world.client.metadata.scope = scope("openid email");
    assert_eq!(family.issued(&[]), Err(Reason::GrantRevoked));
    family.world.account.disabled_at = Some(NOW);
    assert_eq!(family.issued(&[]), Err(Reason::AccountClosed));
    family.world.grant.revoked_at = Some(NOW);
    assert_eq!(family.issued(&[]), Err(Reason::GrantRevoked));
    family.world.client.metadata.grant_types = vec![GrantType::AuthorizationCode];
    assert_eq!(family.issued(&[]), Err(Reason::GrantTypeNotRegistered));
}

#[test]
fn ref_12_a_repetition_too_looks_at_the_person() {
    let mut family = Family::new();
    family.present(&first_token(), NOW).unwrap();
    family.world.account.disabled_at = Some(NOW);
    assert_eq!(family.present(&first_token(), NOW), Err(Reason::AccountClosed));
}

#[test]
fn ref_11_mutated_and_unknown_tokens_are_refused() {
    let parse = |text: &str| RefreshRequest::parse(&form(&[("refresh_token", text)]), KEY);
    let code = OpaqueToken::generate(TokenKind::AuthorizationCode, &mut draw(1));
    for text in [&first_token().expose()[1..], code.expose(), &first_token().expose().to_lowercase(), "x"] {
        assert_eq!(parse(text), Err(Reason::RefreshUnknown), "{text}");
    }
    assert_eq!(RefreshRequest::parse(&form(&[]), KEY), Err(Reason::MissingParameter("refresh_token")));
    let unknown = OpaqueToken::generate(TokenKind::RefreshToken, &mut draw(99));
    assert_eq!(Family::new().present(&unknown, NOW), Err(Reason::RefreshUnknown));
}

#[test]
fn ref_13_what_is_stored_opens_nothing() {
    let mut family = Family::new();
    let second = family.present(&first_token(), NOW).unwrap();
    let stored = format!("{:?}", family.tokens.values().map(|token| token.digest.as_str()).collect::<Vec<_>>());
    assert!(!stored.contains(&second.expose()[4..]) && !stored.contains(&first_token().expose()[4..]));
    assert!(family.tokens.keys().all(|digest| OpaqueToken::parse(TokenKind::RefreshToken, digest.as_str()).is_none()));
}

#[derive(Debug, Clone)]
enum Step {
    /// Time passes.
    Wait(i64),
    /// The token so many places before the newest is presented, so many times at once.
    Present { back: usize, at_once: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..40_i64).prop_map(Step::Wait),
        1 => (0..1_500_i64).prop_map(Step::Wait),
        8 => (Just(0_usize), 1..4_usize).prop_map(|(back, at_once)| Step::Present { back, at_once }),
        3 => (0..4_usize, 1..4_usize).prop_map(|(back, at_once)| Step::Present { back, at_once }),
    ];
    proptest::collection::vec(step, 1..40)
}

/// What the rules say about presenting the token at `place` of `chain`, said once more: the next place in the chain,
/// or a refusal.
fn expected(
    family: &Family,
    chain: &[(OpaqueToken, Timestamp)],
    place: usize,
    now: Timestamp,
) -> Result<usize, Reason> {
    let newest = chain.len() - 1;
    // The successor was made when the token was used.
    let used_at = chain.get(place + 1).map(|(_, made_at)| *made_at);
    let is_repeatable = used_at.is_some_and(|moment| place + 1 == newest && now < moment.plus_seconds(30));
    if family.world.grant.revoked_at.is_some() {
        Err(Reason::GrantRevoked)
    } else if place < newest && !is_repeatable {
        Err(Reason::RefreshReplayed)
    } else if place == newest && now >= chain[place].1.plus_seconds(1_000).min(family.world.grant.expires_at) {
        Err(Reason::RefreshExpired)
    } else if now >= family.world.grant.expires_at {
        Err(Reason::GrantExpired)
    } else {
        Ok(place + 1)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn ref_03_a_family_has_one_live_leaf_whatever_happens(steps in steps()) {
        let mut family = Family::new();
        let mut now = NOW;
        let mut chain = vec![(first_token(), NOW)];
        for step in steps {
            match step {
                Step::Wait(seconds) => now = now.plus_seconds(seconds),
                Step::Present { back, at_once } => {
                    let place = (chain.len() - 1).saturating_sub(back);
                    let request = request(&chain[place].0, &[]);
                    let loaded: Vec<_> = (0..at_once).map(|_| family.decide(&request, now)).collect();
                    for decision in loaded {
                        let expected = expected(&family, &chain, place, now);
                        // A decision made before the grant ended says the same as the first of its kind.
                        let was_decided_to_end = matches!(decision, Ok(RefreshDecision::Replayed(_)));
                        let answer = family.commit(&request, decision, now);
                        match expected {
                            Ok(next) if next < chain.len() => prop_assert_eq!(answer.as_ref(), Ok(&chain[next].0)),
                            Ok(_) => chain.push((answer.clone().unwrap(), now)),
                            Err(Reason::GrantRevoked) if was_decided_to_end => prop_assert!(answer.is_err()),
                            Err(reason) => prop_assert_eq!(answer, Err(reason)),
                        }
                        prop_assert_eq!(family.leaves(), 1);
                        prop_assert_eq!(family.tokens.len(), chain.len());
                    }
                }
            }
        }
    }

    #[test]
    fn ref_06_scope_never_widens(
        granted in subsequence(vec!["openid", "profile", "email", "phone", "reports:read"], 0..=5),
        registered in subsequence(vec!["openid", "profile", "email", "phone", "reports:read"], 0..=5),
        asked in subsequence(vec!["openid", "profile", "email", "phone", "reports:read", "admin"], 0..=6),
    ) {
        let mut world = World::with_scope(&format!("offline_access {}", granted.join(" ")));
        world.client.metadata.scope = scope(&format!("offline_access {}", registered.join(" ")));
        let family = Family::of(world);
        let may_have = |name: &&str| granted.contains(name) && registered.contains(name);
        match family.issued(&[("scope", &asked.join(" "))]) {
            Ok(issue) => {
                let given = issue.access_token.claims.scope;
                prop_assert!(given.iter().all(|name| name == "offline_access" || may_have(&name)));
                prop_assert!(asked.is_empty() || given == scope(&asked.join(" ")));
                prop_assert_eq!(issue.id_token.is_some(), given.contains("openid"));
            }
            Err(reason) => {
                prop_assert_eq!(reason, Reason::ScopeWidened);
                prop_assert!(!asked.iter().all(may_have));
            }
        }
    }
}

#[test]
fn fapi2_5_3_2_1_a_refresh_token_of_the_profile_is_kept_and_lives_on() {
    let mut family = Family::new();
    family.world.client.metadata.doorward.profile = Some(Profile::Fapi2);
    let now = NOW.plus_seconds(100);
    let Ok(RefreshDecision::Keep(kept)) = family.decide(&request(&first_token(), &[]), now) else { panic!("not kept") };
    assert_eq!(kept.issue.refresh_token, Some(first_token()));
    assert_eq!(kept.write.presented, first_token().digest());
    assert_eq!(kept.write.idle_expires_at, family.world.policy.refresh_token_end(&family.world.grant, now));
    assert_eq!(family.present(&first_token(), now), Ok(first_token()));
}

#[test]
fn rfc9449_5_a_bound_refresh_token_is_of_no_use_without_the_key_and_ends_nothing() {
    let mut family = Family::new();
    let next = family.present(&first_token(), NOW).unwrap();
    family.world.grant.confirmation = Some(Confirmation::DpopKey("key".to_owned()));
    for token in [first_token(), next] {
        assert_eq!(family.present(&token, NOW.plus_seconds(50)), Err(Reason::RefreshOfAnotherKey));
    }
    assert_eq!(family.world.grant.revoked_at, None);
}
