//! Which step comes next, case by case and for whatever sequence of pages.

mod properties;

use super::*;
use crate::base::{Draw, InteractionId, Scope, Sensitive, SessionId};
use crate::model::account::StandardClaims;
use crate::model::authorization_request::Prompts;
use crate::model::interaction::Proving;
use crate::model::one_time_code::CodePurpose;
use crate::model::upstream::{Waiting, Wanted as Asked};
use crate::protocol::samples::{self, NOW};
use crate::protocol::{claims_parameter, scope_policy};

/// One browser with one request in it.
#[derive(Debug, Clone)]
struct Scene {
    client: Client,
    purpose: Purpose,
    progress: Progress,
    sessions: Vec<SignedIn>,
    consents: Vec<Consent>,
    sign_up_open: bool,
    subjects: Subjects,
}

impl Scene {
    fn new() -> Self {
        Self {
            client: samples::client(),
            purpose: Purpose::Authorize(Box::new(samples::request())),
            progress: Progress::default(),
            sessions: Vec::new(),
            consents: Vec::new(),
            sign_up_open: true,
            subjects: Subjects::new(Sensitive::new([5; 32])),
        }
    }

    fn request(&mut self, change: impl FnOnce(&mut AuthorizationRequest)) -> &mut Self {
        if let Purpose::Authorize(request) = &mut self.purpose {
            change(request);
        }
        self
    }

    fn prompt(&mut self, prompt: Prompts) -> &mut Self {
        self.request(|request| request.prompt = prompt)
    }

    fn silent(&mut self) -> &mut Self {
        self.prompt(Prompts { none: true, ..Prompts::default() })
    }

    /// Person `number` has a session of `ago` seconds and has agreed to what the sample request asks for.
    fn agreed(&mut self, number: u8, ago: i64) -> &mut Self {
        self.signed_in(number, ago).consent_of(number, "openid profile")
    }

    fn signed_in(&mut self, number: u8, ago: i64) -> &mut Self {
        self.sessions.push(samples::signed_in(number, ago));
        self
    }

    fn consent_of(&mut self, number: u8, scope: &str) -> &mut Self {
        self.consents.push(Consent {
            account_id: samples::signed_in(number, 0).account.id,
            client_id: self.client.client_id.clone(),
            scope: Scope::parse(scope).unwrap(),
            granted_at: NOW,
        });
        self
    }

    fn next(&self) -> Step<'_> {
        let snapshot = Snapshot {
            client: Some(&self.client),
            sessions: &self.sessions,
            consents: &self.consents,
            sign_up_open: self.sign_up_open,
            subjects: &self.subjects,
        };
        next_step(&self.purpose, &self.progress, &snapshot, NOW)
    }

    fn issued_to(&self) -> u8 {
        let Step::Issue(issuance) = self.next() else { panic!("{:?}", self.next()) };
        (0..20).find(|number| samples::signed_in(*number, 0).account.id == issuance.signed_in.account.id).unwrap()
    }
}

fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

#[test]
fn a_live_session_and_a_remembered_consent_need_no_page() {
    let mut scene = Scene::new();
    scene.agreed(1, 600);
    let Step::Issue(issuance) = scene.next() else { panic!() };
    assert_eq!((issuance.scope, issuance.acr, issuance.consent), (scope("openid profile"), None, None));
    assert_eq!(scene.silent().issued_to(), 1);
}

#[test]
fn another_providers_word_alone_satisfies_no_short_max_age_and_no_prompt_login() {
    let next = |max_age: Option<i64>, login: bool, amr: &[&str], here: bool| {
        let mut scene = Scene::new();
        scene.agreed(1, 0).request(|request| request.max_age = max_age);
        scene.prompt(Prompts { login, ..Prompts::default() });
        scene.sessions[0].session.amr = amr.iter().map(|&method| method.to_owned()).collect();
        if here {
            scene.progress.signed_in(scene.sessions[0].session.id.clone());
        }
        match scene.next() {
            Step::Issue(_) => true,
            Step::SignIn(Wanted::Again(_)) => false,
            other => panic!("{other:?}"),
        }
    };
    for here in [false, true] {
        for (max_age, is_enough) in [(None, true), (Some(1), false), (Some(900), false), (Some(901), true)] {
            assert_eq!(next(max_age, false, &["federated"], here), is_enough, "{max_age:?} {here}");
            assert!(next(max_age, false, &["federated", "otp"], here), "{max_age:?} {here}");
            assert!(next(max_age, false, &["pwd"], here), "{max_age:?} {here}");
        }
        assert!(!next(None, true, &["federated"], here));
    }
    assert!(next(None, true, &["otp"], true));
}

#[test]
fn aut_07_prompt_none_answers_with_the_error_that_names_the_missing_page() {
    assert_eq!(Scene::new().silent().next(), Step::Refuse(Reason::LoginRequired));
    assert_eq!(Scene::new().silent().signed_in(1, 0).next(), Step::Refuse(Reason::ConsentRequired));
    let mut two = Scene::new();
    assert_eq!(two.silent().agreed(1, 0).agreed(2, 0).next(), Step::Refuse(Reason::AccountSelectionRequired));
    let mut stale = Scene::new();
    stale.silent().agreed(1, 61).request(|request| request.max_age = Some(60));
    assert_eq!(stale.next(), Step::Refuse(Reason::LoginRequired));
}

#[test]
fn ses_07_dead_sessions_and_closed_accounts_do_not_count() {
    for kill in [
        (|session: &mut SignedIn| session.session.ended_at = Some(NOW)) as fn(&mut SignedIn),
        |session| session.session.idle_expires_at = NOW,
        |session| session.session.expires_at = NOW,
        |session| session.account.disabled_at = Some(NOW),
        |session| session.account.email_verified_at = None,
    ] {
        let mut scene = Scene::new();
        scene.agreed(1, 0);
        kill(&mut scene.sessions[0]);
        scene.progress.signed_in(scene.sessions[0].session.id.clone());
        assert_eq!(scene.next(), Step::SignIn(Wanted::Anybody));
        assert_eq!(scene.silent().next(), Step::Refuse(Reason::LoginRequired));
    }
}

#[test]
fn aut_09_prompt_login_and_max_age_are_satisfied_only_by_a_sign_in_on_these_pages() {
    let mut login = Scene::new();
    login.agreed(1, 5).prompt(Prompts { login: true, ..Prompts::default() });
    let mut stale = Scene::new();
    stale.agreed(1, 2).request(|request| request.max_age = Some(1));
    for scene in [&mut login, &mut stale] {
        let session = scene.sessions[0].clone();
        assert_eq!(scene.next(), Step::SignIn(Wanted::Again(&session.account)));
        scene.progress.chose(session.session.id.clone());
        assert_eq!(scene.next(), Step::SignIn(Wanted::Again(&session.account)));
        scene.progress.signed_in(session.session.id.clone());
        assert_eq!(scene.issued_to(), 1);
    }
    let mut fresh = Scene::new();
    fresh.agreed(1, 5).request(|request| request.max_age = Some(10_000));
    assert!(matches!(fresh.next(), Step::Issue(_)));
}

#[test]
fn aut_09_a_sign_in_of_somebody_else_does_not_make_a_session_fresh() {
    let mut scene = Scene::new();
    scene.agreed(1, 50).agreed(2, 50).prompt(Prompts { login: true, ..Prompts::default() });
    scene.progress.signed_in(scene.sessions[0].session.id.clone());
    scene.progress.chose(scene.sessions[1].session.id.clone());
    assert_eq!(scene.next(), Step::SignIn(Wanted::Again(&scene.sessions[1].account)));
}

#[test]
fn several_signed_in_people_or_select_account_bring_the_chooser() {
    let mut scene = Scene::new();
    scene.agreed(1, 0).agreed(2, 0);
    assert!(matches!(scene.next(), Step::ChooseAccount(people) if people.len() == 2));
    scene.progress.chose(scene.sessions[1].session.id.clone());
    assert_eq!(scene.issued_to(), 2);
    let mut sole = Scene::new();
    sole.agreed(1, 0).prompt(Prompts { select_account: true, ..Prompts::default() });
    assert!(matches!(sole.next(), Step::ChooseAccount(people) if people.len() == 1));
    sole.sessions.clear();
    assert_eq!(sole.next(), Step::SignIn(Wanted::Anybody));
}

#[test]
fn prompt_create_begins_at_sign_up_where_that_is_open() {
    let mut scene = Scene::new();
    scene.agreed(1, 0).prompt(Prompts { create: true, ..Prompts::default() });
    assert_eq!(scene.next(), Step::SignUp);
    scene.progress.signed_in(scene.sessions[0].session.id.clone());
    assert_eq!(scene.issued_to(), 1);
    scene.progress = Progress::default();
    scene.sign_up_open = false;
    assert_eq!(scene.issued_to(), 1);
}

#[test]
fn aut_16_a_hint_for_somebody_else_gives_no_code_for_the_present_person() {
    // OpenID Connect Core §3.1.2.2: a hint for somebody else is never answered for the one who is here.
    let other = samples::signed_in(2, 0);
    let mut scene = Scene::new();
    scene.agreed(1, 0).request(|request| request.hinted_subject = Some(other.account.id.to_string()));
    assert_eq!(scene.next(), Step::SignIn(Wanted::Subject(other.account.id.as_str())));
    scene.progress.signed_in(scene.sessions[0].session.id.clone());
    assert_eq!(scene.next(), Step::SignIn(Wanted::Subject(other.account.id.as_str())));
    assert_eq!(scene.clone().silent().next(), Step::Refuse(Reason::LoginRequired));
    assert_eq!(scene.clone().silent().agreed(2, 0).issued_to(), 2);
    scene.agreed(2, 0).progress = Progress::default();
    assert_eq!(scene.issued_to(), 2);
}

#[test]
fn aut_18_consent_is_asked_once_and_again_when_scopes_widen() {
    let mut scene = Scene::new();
    scene.signed_in(1, 0).consent_of(1, "openid email");
    let asked =
        Step::AskConsent { signed_in: &scene.sessions[0], scope: scope("openid profile"), added: scope("profile") };
    assert_eq!(scene.next(), asked);
    scene.progress.agreed(scope("openid profile"));
    let Step::Issue(issuance) = scene.next() else { panic!() };
    assert_eq!(issuance.consent.unwrap().scope, scope("openid email profile"));
}

#[test]
fn aut_18_prompt_consent_asks_again_and_an_empty_scope_is_asked_for_too() {
    let mut again = Scene::new();
    again.agreed(1, 0).prompt(Prompts { consent: true, ..Prompts::default() });
    let asked =
        Step::AskConsent { signed_in: &again.sessions[0], scope: scope("openid profile"), added: Scope::empty() };
    assert_eq!(again.next(), asked);
    again.progress.agreed(scope("openid profile"));
    assert_eq!(again.issued_to(), 1);
    let mut nothing = Scene::new();
    nothing.signed_in(1, 0).request(|request| request.scope = Scope::empty());
    assert!(matches!(nothing.next(), Step::AskConsent { .. }));
}

#[test]
fn core_11_offline_access_needs_consent() {
    let mut scene = Scene::new();
    scene.agreed(1, 0).request(|request| request.scope = scope("openid offline_access"));
    assert!(matches!(scene.next(), Step::AskConsent { added, .. } if added == scope("offline_access")));
    assert_eq!(scene.silent().next(), Step::Refuse(Reason::ConsentRequired));
}

#[test]
fn first_party_clients_skip_consent_unless_they_ask_for_it() {
    let mut scene = Scene::new();
    scene.client.metadata.doorward.first_party = true;
    scene.signed_in(1, 0).request(|request| request.scope = scope("openid offline_access"));
    assert_eq!(scene.issued_to(), 1);
    scene.prompt(Prompts { consent: true, ..Prompts::default() });
    assert!(matches!(scene.next(), Step::AskConsent { .. }));
}

#[test]
fn aut_18_claims_asked_for_one_by_one_are_agreed_to_as_their_scope() {
    let mut scene = Scene::new();
    scene.agreed(1, 0).request(|request| {
        request.claims = claims_parameter::parse(r#"{"userinfo":{"email":null,"name":null}}"#).unwrap();
    });
    let Step::AskConsent { scope: asked, added, .. } = scene.next() else { panic!() };
    assert_eq!((asked, added), (scope("openid profile email"), scope("email")));
    scene.progress.agreed(scope("openid profile email"));
    let Step::Issue(issuance) = scene.next() else { panic!() };
    assert_eq!(issuance.scope, scope("openid profile"));
}

#[test]
fn ses_12_a_newcomer_inherits_no_agreement() {
    let mut scene = Scene::new();
    scene.signed_in(1, 0).signed_in(2, 0);
    scene.progress.signed_in(scene.sessions[0].session.id.clone());
    scene.progress.agreed(scope("openid profile"));
    assert_eq!(scene.issued_to(), 1);
    scene.progress.signed_in(scene.sessions[1].session.id.clone());
    assert!(matches!(scene.next(), Step::AskConsent { signed_in, .. } if *signed_in == scene.sessions[1]));
}

#[test]
fn core_5_5_1_1_an_essential_context_out_of_reach_is_refused_before_any_page() {
    let mut scene = Scene::new();
    scene.request(|request| {
        let claims = r#"{"id_token":{"acr":{"essential":true,"value":"gold"}}}"#;
        request.claims = claims_parameter::parse(claims).unwrap();
    });
    assert_eq!(scene.next(), Step::Refuse(Reason::AuthenticationContextUnmet));
    scene.agreed(1, 0).request(|request| {
        request.claims = claims_parameter::parse(r#"{"id_token":{"auth_time":null}}"#).unwrap();
        request.acr_values = vec!["gold".into()];
    });
    let Step::Issue(issuance) = scene.next() else { panic!() };
    assert_eq!(issuance.acr, Some("1"));
}

#[test]
fn aut_17_a_person_who_refuses_ends_it() {
    let mut scene = Scene::new();
    scene.agreed(1, 0).progress.refused = true;
    assert_eq!(scene.next(), Step::Refuse(Reason::AccessDenied));
}

#[test]
fn aut_14_a_client_that_changed_meanwhile_is_seen_as_it_is_now() {
    let mut scene = Scene::new();
    scene.agreed(1, 0);
    scene.client.metadata.scope = scope("openid");
    let Step::Issue(issuance) = scene.next() else { panic!() };
    assert_eq!(issuance.scope, scope("openid"));
    scene.client.metadata.redirect_uris.clear();
    assert_eq!(scene.next(), Step::Refuse(Reason::RedirectUriMismatch));
    scene.client.disabled_at = Some(NOW);
    assert_eq!(scene.next(), Step::Refuse(Reason::ClientDisabled));
    scene.client.client_id = "other".into();
    assert_eq!(scene.next(), Step::Refuse(Reason::UnknownClient));
}

#[test]
fn a_mailed_code_that_is_awaited_comes_before_everything_else() {
    let mut scene = Scene::new();
    scene.agreed(1, 0);
    for (purpose, is_right) in [
        (CodePurpose::VerifyAddress, (|step| matches!(step, Step::Verify(_))) as fn(Step<'_>) -> bool),
        (CodePurpose::SignIn, |step| matches!(step, Step::EnterCode(_))),
        (CodePurpose::ResetPassword, |step| matches!(step, Step::ResetPassword(_))),
    ] {
        scene.progress.proving = Some(Proving { purpose, email: "ada@example.com".parse().unwrap(), account: None });
        assert!(is_right(scene.next()), "{purpose:?}");
    }
    scene.progress.signed_in(scene.sessions[0].session.id.clone());
    assert_eq!(scene.issued_to(), 1);
}

#[test]
fn a_plain_sign_in_ends_at_the_account_pages() {
    let mut scene = Scene::new();
    scene.purpose = Purpose::Account { path: "/account/password".into() };
    assert_eq!(scene.next(), Step::SignIn(Wanted::Anybody));
    scene.signed_in(1, 9_000);
    assert_eq!(scene.next(), Step::SignIn(Wanted::Again(&scene.sessions[0].account)));
    scene.progress.signed_in(scene.sessions[0].session.id.clone());
    assert_eq!(scene.next(), Step::GoToAccount { signed_in: &scene.sessions[0], path: "/account/password" });
}

#[test]
fn aut_20_an_interaction_is_continued_only_in_its_own_browser_and_time() {
    let browser = Digest::of("browser");
    let mut interaction = Interaction {
        id: InteractionId::generate_at(NOW, &mut Draw::from_seed([0; 32])),
        browser: browser.clone(),
        purpose: Scene::new().purpose,
        progress: Progress::default(),
        revision: 0,
        created_at: NOW,
        expires_at: NOW.plus_seconds(60),
        finished_at: None,
    };
    let admitted = |interaction: &Interaction, now| admit(Some(interaction), Some(&browser), now);
    assert_eq!(admitted(&interaction, NOW), Ok(()));
    assert_eq!(admitted(&interaction, NOW.plus_seconds(60)), Err(Reason::InteractionExpired));
    assert_eq!(admit(Some(&interaction), Some(&Digest::of("another")), NOW), Err(Reason::InteractionUnknown));
    assert_eq!(admit(Some(&interaction), None, NOW), Err(Reason::InteractionUnknown));
    assert_eq!(admit(None, Some(&browser), NOW), Err(Reason::InteractionUnknown));
    interaction.finished_at = Some(NOW);
    assert_eq!(admitted(&interaction, NOW), Err(Reason::InteractionAnswered));
}
