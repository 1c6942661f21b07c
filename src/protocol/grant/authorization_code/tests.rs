//! Redemptions, one rule at a time and then all at once.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::model::client::Client;
use crate::protocol::grant::fixtures::{API, ISSUER, NOW, REDIRECT_URI, VERIFIER, World, client, draw, form, scope};

const OTHER_VERIFIER: &str = "another-verifier-that-is-long-enough-to-be-one";

fn request(code: &OpaqueToken, pairs: &[(&str, &str)]) -> CodeRequest {
    CodeRequest::parse(&form(&[&[("code", code.expose())], pairs].concat())).unwrap()
}

fn complete(code: &OpaqueToken) -> CodeRequest {
    request(code, &[("redirect_uri", REDIRECT_URI), ("code_verifier", VERIFIER)])
}

fn decide(
    world: &World,
    asking: &Client,
    request: &CodeRequest,
    code: &AuthorizationCode,
) -> Result<CodeDecision, Reason> {
    let snapshot = CodeSnapshot { code, granted: world.granted() };
    redeem(request, Some(snapshot), &world.context_of(asking, NOW), &mut draw(9))
}

fn redemption(world: &World, request: &CodeRequest, code: &AuthorizationCode) -> Redemption {
    match decide(world, &world.client, request, code) {
        Ok(CodeDecision::Redeem(redemption)) => *redemption,
        other => panic!("{other:?}"),
    }
}

/// What the client hears, and whether the attempt is counted.
fn refusal(decision: Result<CodeDecision, Reason>) -> (Reason, bool) {
    match decision {
        Err(reason) => (reason, false),
        Ok(CodeDecision::Refuse(_, reason)) => (reason, true),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rfc6749_4_1_3_a_good_code_gives_tokens_under_its_grant() {
    // OpenID Connect Core §3.1.3: an ID token beside the access token.
    let world = World::with_scope("openid email offline_access");
    let (code, token) = world.code();
    let Redemption { write, if_replayed, issue } = redemption(&world, &complete(&token), &code);
    assert_eq!((write.code, write.grant_id, write.now), (code.digest, world.grant.id.clone(), NOW));
    assert_eq!((if_replayed.grant_id, if_replayed.audit.action), (world.grant.id.clone(), AuditAction::CodeReplayed));
    let stored = write.refresh_token.unwrap();
    assert_eq!(stored.digest, issue.refresh_token.unwrap().digest());
    assert_eq!((stored.idle_expires_at, stored.rotated_at), (NOW.plus_seconds(1_000), None));
    assert_eq!(issue.access_token.claims.scope, world.grant.scope);
    assert_eq!(issue.access_token.claims.aud.names(), [ISSUER]);
    assert_eq!(issue.id_token.unwrap().claims.nonce, world.grant.nonce);
}

#[test]
fn ref_10_a_refresh_token_comes_only_with_offline_access_and_only_to_clients_that_may_refresh() {
    let world = World::with_scope("openid");
    let (code, token) = world.code();
    let without = redemption(&world, &complete(&token), &code);
    assert!(without.write.refresh_token.is_none() && without.issue.refresh_token.is_none());
    let mut world = World::with_scope("openid offline_access");
    world.client.metadata.grant_types = vec![GrantType::AuthorizationCode];
    assert!(redemption(&world, &complete(&token), &code).issue.refresh_token.is_none());
}

#[test]
fn ref_07_a_refresh_token_does_not_outlive_its_grant() {
    let mut world = World::with_scope("openid offline_access");
    world.grant.expires_at = NOW.plus_seconds(100);
    let (code, token) = world.code();
    let stored = redemption(&world, &complete(&token), &code).write.refresh_token.unwrap();
    assert_eq!(stored.idle_expires_at, world.grant.expires_at);
}

#[test]
fn jwt_01_without_openid_there_is_no_id_token() {
    let world = World::with_scope("email");
    let (code, token) = world.code();
    assert!(redemption(&world, &complete(&token), &code).issue.id_token.is_none());
}

#[test]
fn a_scope_in_the_request_changes_nothing() {
    let world = World::with_scope("openid");
    let (code, token) = world.code();
    let wanting = [("redirect_uri", REDIRECT_URI), ("code_verifier", VERIFIER), ("scope", "openid email")];
    let issue = redemption(&world, &request(&token, &wanting), &code).issue;
    assert_eq!(issue.access_token.claims.scope, scope("openid"));
}

#[test]
fn rfc8707_2_2_the_access_token_is_for_the_resource_asked_for() {
    let mut world = World::with_scope("openid");
    world.grant.resources = vec![API.to_owned()];
    let (code, token) = world.code();
    let base = [("redirect_uri", REDIRECT_URI), ("code_verifier", VERIFIER)];
    let with = |resource| request(&token, &[&base[..], &[("resource", resource)]].concat());
    assert_eq!(redemption(&world, &complete(&token), &code).issue.access_token.claims.aud.names(), [API]);
    assert_eq!(redemption(&world, &with(ISSUER), &code).issue.access_token.claims.aud.names(), [ISSUER]);
    let refused = refusal(decide(&world, &world.client, &with("https://b.example"), &code));
    assert_eq!(refused, (Reason::ResourceNotGranted, false));
}

#[test]
fn cod_02_a_second_use_ends_the_grant_also_when_it_comes_late() {
    let mut world = World::with_scope("openid");
    let (mut code, token) = world.code();
    (code.consumed_at, code.expires_at) = (Some(NOW.plus_seconds(-9)), NOW.plus_seconds(-8));
    let ended = match decide(&world, &world.client, &request(&token, &[]), &code) {
        Ok(CodeDecision::Replayed(ended)) => ended,
        other => panic!("{other:?}"),
    };
    assert_eq!((ended.grant_id, ended.audit.action), (world.grant.id.clone(), AuditAction::CodeReplayed));
    // A stranger cannot end it, and it does not end twice.
    let stranger = decide(&world, &client("stranger"), &complete(&token), &code);
    assert_eq!(refusal(stranger).0, Reason::CodeOfAnotherClient);
    world.grant.revoked_at = Some(NOW);
    let again = decide(&world, &world.client, &complete(&token), &code);
    assert_eq!(refusal(again), (Reason::CodeReplayed, false));
}

#[test]
fn cod_04_a_code_is_bound_to_its_client() {
    let world = World::with_scope("openid");
    let (code, token) = world.code();
    let refused = refusal(decide(&world, &client("stranger"), &complete(&token), &code));
    assert_eq!(refused, (Reason::CodeOfAnotherClient, true));
    assert_eq!(refused.0.description(), Reason::CodeUnknown.description());
}

#[test]
fn cod_05_rfc7636_4_6_a_wrong_verifier_is_refused() {
    let world = World::with_scope("openid");
    let (code, token) = world.code();
    let challenge = code.code_challenge.clone().unwrap();
    let refused = |verifier: &str| {
        let pairs = [("redirect_uri", REDIRECT_URI), ("code_verifier", verifier)];
        refusal(decide(&world, &world.client, &request(&token, &pairs), &code))
    };
    assert_eq!(refused(""), (Reason::VerifierMissing, true));
    assert_eq!(refused(&VERIFIER[..42]), (Reason::VerifierMalformed, true));
    assert_eq!(refused(&"a".repeat(129)), (Reason::VerifierMalformed, true));
    assert_eq!(refused(&format!("{VERIFIER}=")), (Reason::VerifierMalformed, true));
    assert_eq!(refused(&challenge), (Reason::VerifierWrong, true));
    assert_eq!(refused(&VERIFIER.to_lowercase()), (Reason::VerifierWrong, true));
    assert_eq!(refused(OTHER_VERIFIER), (Reason::VerifierWrong, true));
}

#[test]
fn cod_06_a_verifier_without_a_challenge_is_refused() {
    let world = World::with_scope("openid");
    let (mut code, token) = world.code();
    code.code_challenge = None;
    let refused = refusal(decide(&world, &world.client, &complete(&token), &code));
    assert_eq!(refused, (Reason::VerifierUnexpected, true));
    redemption(&world, &request(&token, &[("redirect_uri", REDIRECT_URI)]), &code);
}

#[test]
fn cod_07_red_08_the_redirect_uri_is_that_of_the_authorization_request() {
    let world = World::with_scope("openid");
    let (mut code, token) = world.code();
    let with = |uri: &str| request(&token, &[("redirect_uri", uri), ("code_verifier", VERIFIER)]);
    let other = refusal(decide(&world, &world.client, &with("https://app.example/cb/"), &code));
    assert_eq!(other, (Reason::CodeRedirectUriMismatch, true));
    let missing = refusal(decide(&world, &world.client, &with(""), &code));
    assert_eq!(missing, (Reason::CodeRedirectUriMissing, true));
    code.redirect_uri_was_sent = false;
    redemption(&world, &with(""), &code);
    redemption(&world, &with(REDIRECT_URI), &code);
    let other = refusal(decide(&world, &world.client, &with("https://app.example/"), &code));
    assert_eq!(other, (Reason::CodeRedirectUriMismatch, true));
}

#[test]
fn cod_08_cod_14_a_code_that_is_too_old_or_was_tried_too_often_is_dead() {
    let world = World::with_scope("openid");
    let (code, token) = world.code();
    let old = AuthorizationCode { expires_at: NOW, ..code.clone() };
    assert_eq!(refusal(decide(&world, &world.client, &complete(&token), &old)), (Reason::CodeExpired, false));
    let tried = AuthorizationCode { failures: CODE_FAILURES_MAX, ..code };
    assert_eq!(refusal(decide(&world, &world.client, &complete(&token), &tried)), (Reason::CodeExhausted, false));
}

#[test]
fn cod_10_cod_11_what_is_no_code_in_shape_is_not_looked_up() {
    let world = World::with_scope("openid");
    let (_, token) = world.code();
    let refresh = OpaqueToken::generate(TokenKind::RefreshToken, &mut draw(1));
    for text in [&token.expose()[..46], refresh.expose(), &token.expose().to_uppercase(), " ", "x"] {
        assert_eq!(CodeRequest::parse(&form(&[("code", text)])), Err(Reason::CodeUnknown), "{text}");
    }
    assert_eq!(CodeRequest::parse(&form(&[])), Err(Reason::MissingParameter("code")));
    let unknown = redeem(&complete(&token), None, &world.context(), &mut draw(1));
    assert_eq!(refusal(unknown), (Reason::CodeUnknown, false));
}

#[test]
fn cod_12_a_code_dies_with_its_person_and_its_grant() {
    let mut world = World::with_scope("openid");
    let (code, token) = world.code();
    world.account.disabled_at = Some(NOW);
    assert_eq!(refusal(decide(&world, &world.client, &complete(&token), &code)), (Reason::AccountClosed, false));
    world.grant.revoked_at = Some(NOW);
    assert_eq!(refusal(decide(&world, &world.client, &complete(&token), &code)), (Reason::GrantRevoked, false));
}

#[test]
fn tok_10_only_clients_of_the_code_flow_redeem_codes() {
    let mut world = World::with_scope("openid");
    world.client.metadata.grant_types = vec![GrantType::ClientCredentials];
    let (code, token) = world.code();
    let refused = refusal(decide(&world, &world.client, &complete(&token), &code));
    assert_eq!(refused, (Reason::GrantTypeNotRegistered, false));
}

#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one condition of the rule")]
struct Attempt {
    is_own: bool,
    uri_was_sent: bool,
    uri: Option<&'static str>,
    has_challenge: bool,
    verifier: Option<&'static str>,
    age_seconds: i64,
    is_consumed: bool,
    failures: i64,
    is_revoked: bool,
    is_disabled: bool,
}

impl Attempt {
    /// The rules of the specifications, said once more.
    fn is_good(&self) -> bool {
        let uri_holds = match self.uri {
            Some(uri) => uri == REDIRECT_URI,
            None => !self.uri_was_sent,
        };
        let verifier_holds = self.verifier == self.has_challenge.then_some(VERIFIER);
        let is_fresh = self.age_seconds < 60 && !self.is_consumed && self.failures < CODE_FAILURES_MAX;
        self.is_own && uri_holds && verifier_holds && is_fresh && !self.is_revoked && !self.is_disabled
    }
}

prop_compose! {
    fn attempts()(
        is_own in proptest::bool::weighted(0.9),
        uri_was_sent in any::<bool>(),
        uri in select(vec![Some(REDIRECT_URI), Some(REDIRECT_URI), Some("https://evil.example/cb"), None]),
        has_challenge in proptest::bool::weighted(0.8),
        verifier in select(vec![Some(VERIFIER), Some(VERIFIER), Some(OTHER_VERIFIER), Some("short"), None]),
        age_seconds in 0..80_i64,
        is_consumed in proptest::bool::weighted(0.1),
        failures in 0..=CODE_FAILURES_MAX,
        is_revoked in proptest::bool::weighted(0.1),
        is_disabled in proptest::bool::weighted(0.1),
    ) -> Attempt {
        Attempt {
            is_own, uri_was_sent, uri, has_challenge, verifier,
            age_seconds, is_consumed, failures, is_revoked, is_disabled,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn redeem_accepts_exactly_when_client_redirect_verifier_age_and_freshness_hold(attempt in attempts()) {
        let mut world = World::with_scope("openid offline_access");
        world.grant.revoked_at = attempt.is_revoked.then_some(NOW);
        world.account.disabled_at = attempt.is_disabled.then_some(NOW);
        let (mut code, token) = world.code();
        code.created_at = NOW.plus_seconds(-attempt.age_seconds);
        code.expires_at = code.created_at.plus_seconds(60);
        code.consumed_at = attempt.is_consumed.then_some(NOW);
        code.redirect_uri_was_sent = attempt.uri_was_sent;
        code.code_challenge = code.code_challenge.filter(|_| attempt.has_challenge);
        code.failures = attempt.failures;
        let asking = if attempt.is_own { world.client.clone() } else { client("stranger") };
        let pairs = [("redirect_uri", attempt.uri), ("code_verifier", attempt.verifier)];
        let pairs: Vec<_> = pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let decision = decide(&world, &asking, &request(&token, &pairs), &code);
        prop_assert_eq!(matches!(decision, Ok(CodeDecision::Redeem(_))), attempt.is_good(), "{:?}", decision);
        // Failures that used the code up gave nothing, so there is nothing to end.
        let was_redeemed = attempt.is_consumed && attempt.failures < CODE_FAILURES_MAX;
        let ends = attempt.is_own && was_redeemed && !attempt.is_revoked;
        prop_assert_eq!(matches!(decision, Ok(CodeDecision::Replayed(_))), ends);
    }
}
