//! Whatever the request, the browser and the order of pages.

use proptest::prelude::*;

use super::*;

const SCOPES: [&str; 4] = ["", "openid", "openid profile", "openid profile email offline_access"];
const CLAIMS: [&str; 4] = [
    "{}",
    r#"{"userinfo":{"email":null}}"#,
    r#"{"id_token":{"acr":{"essential":true,"value":"gold"}}}"#,
    r#"{"id_token":{"acr":{"essential":true,"value":"1"},"auth_time":null}}"#,
];

fn prompts() -> impl Strategy<Value = Prompts> {
    let others = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(login, consent, select_account, create)| Prompts { none: false, login, consent, select_account, create },
    );
    prop_oneof![others, Just(Prompts { none: true, ..Prompts::default() })]
}

fn requests() -> impl Strategy<Value = AuthorizationRequest> {
    let hint = prop::option::weighted(0.3, 0_u8..6);
    let max_age = prop::option::of(0_i64..200);
    let of = prop::sample::select;
    (prompts(), max_age, hint, of(SCOPES.to_vec()), of(CLAIMS.to_vec())).prop_map(
        |(prompt, max_age, hint, text, claims)| AuthorizationRequest {
            prompt,
            max_age,
            hinted_subject: hint.map(|number| samples::signed_in(number, 0).account.id.to_string()),
            scope: scope(text),
            claims: claims_parameter::parse(claims).unwrap(),
            ..samples::request()
        },
    )
}

fn sessions() -> impl Strategy<Value = Vec<SignedIn>> {
    prop::collection::btree_map(0_u8..4, (0_i64..300, 0_u8..8), 0..4).prop_map(|people| {
        let make = |(number, (ago, fate))| {
            let mut signed_in = samples::signed_in(number, ago);
            match fate {
                0 => signed_in.session.ended_at = Some(NOW),
                1 => signed_in.session.idle_expires_at = NOW,
                2 => signed_in.account.disabled_at = Some(NOW),
                3 => signed_in.account.email_verified_at = None,
                _ => {}
            }
            signed_in
        };
        people.into_iter().map(make).collect()
    })
}

fn scenes() -> impl Strategy<Value = Scene> {
    let consents = prop::collection::vec((0_u8..6, prop::sample::select(SCOPES.to_vec())), 0..4);
    (requests(), sessions(), consents, any::<bool>(), any::<bool>()).prop_map(
        |(request, sessions, consents, first_party, sign_up_open)| {
            let mut scene = Scene::new();
            scene.purpose = Purpose::Authorize(Box::new(request));
            scene.client.metadata.doorward.first_party = first_party;
            scene.sign_up_open = sign_up_open;
            scene.sessions = sessions;
            for (number, text) in consents {
                scene.consent_of(number, text);
            }
            scene
        },
    )
}

/// Progress as pages may have left it, and as none may have.
fn progresses() -> impl Strategy<Value = (Option<usize>, bool, Option<&'static str>, Option<CodePurpose>, bool)> {
    let purposes = CodePurpose::ALL.to_vec();
    (
        prop::option::of(0_usize..4),
        any::<bool>(),
        prop::option::of(prop::sample::select(SCOPES.to_vec())),
        prop::option::weighted(0.1, prop::sample::select(purposes)),
        prop::bool::weighted(0.1),
    )
}

fn assert_may_be_issued(scene: &Scene, issuance: &Issuance<'_>) {
    let Purpose::Authorize(request) = &scene.purpose else { panic!() };
    let SignedIn { session, account } = issuance.signed_in;
    let progress = &scene.progress;
    assert!(scene.sessions.contains(issuance.signed_in) && session.is_live(NOW) && account.may_sign_in());
    assert!(request.hinted_subject.as_deref().is_none_or(|subject| subject == account.id.as_str()), "AUT-16");
    assert!(request.scope.covers(&issuance.scope) && scene.client.metadata.scope.covers(&issuance.scope), "AUT-13");
    let signed_in_here = progress.signed_in_here && progress.session.as_ref() == Some(&session.id);
    let is_fresh = request.max_age.is_none_or(|max_age| NOW.seconds_since(session.auth_time) <= max_age);
    let may_be_silent = request.prompt.none && is_fresh;
    assert!(may_be_silent || signed_in_here || (is_fresh && !request.prompt.login), "AUT-09");
    assert!(!request.prompt.select_account || progress.session.is_some(), "select_account");
    assert!(!request.prompt.consent || progress.consented.is_some(), "prompt=consent");
    let remembered = scene.consents.iter().find(|consent| consent.account_id == account.id);
    let agreed = [remembered.map(|consent| &consent.scope), progress.consented.as_ref()];
    let all = agreed.into_iter().flatten().fold(Scope::empty(), |all, scope| all.union(scope));
    let is_agreed =
        agreed.iter().any(Option::is_some) && all.covers(&scope_policy::to_agree(&issuance.scope, &request.claims));
    assert!(is_agreed || scene.client.metadata.doorward.first_party, "AUT-18");
}

/// What a willing person does on a page.
enum Deed {
    SignInAs(Box<SignedIn>),
    Choose(SessionId),
    Agree(Scope),
    AwaitCode,
    Cancel,
    Skip,
}

fn arrived(wanted: Asked) -> Waiting {
    Waiting {
        provider: "google".parse().unwrap(),
        subject: "1".to_owned(),
        shown_as: None,
        address: None,
        claims: StandardClaims::default(),
        sealed_tokens: None,
        wanted,
    }
}

fn deed_on(step: &Step<'_>, known: &[SignedIn]) -> Option<Deed> {
    let newcomer = || samples::signed_in(9, 0);
    let anew = |id: &str| {
        let person = (0..4).map(|number| samples::signed_in(number, 0)).find(|one| one.account.id.as_str() == id);
        let is_closed = known.iter().any(|one| one.account.id.as_str() == id && !one.account.may_sign_in());
        person.filter(|_| !is_closed).map_or(Deed::Cancel, |person| Deed::SignInAs(Box::new(person)))
    };
    Some(match step {
        Step::SignIn(Wanted::Anybody) | Step::Verify(_) | Step::EnterCode(_) | Step::ResetPassword(_) => {
            Deed::SignInAs(Box::new(newcomer()))
        }
        Step::SignIn(Wanted::Again(account)) if account.id == newcomer().account.id => {
            Deed::SignInAs(Box::new(newcomer()))
        }
        Step::SignIn(Wanted::Again(account)) => anew(account.id.as_str()),
        Step::SignIn(Wanted::Subject(subject)) => anew(subject),
        Step::SignUp | Step::GiveAddress(_) => Deed::AwaitCode,
        Step::ConfirmLink(..) => Deed::Skip,
        Step::ChooseAccount(people) => Deed::Choose(people[0].session.id.clone()),
        Step::AskConsent { scope, .. } | Step::AskApproval { scope, .. } => Deed::Agree(scope.clone()),
        Step::Issue(_) | Step::Approve(_) | Step::GoToAccount { .. } | Step::Refuse(_) => return None,
    })
}

impl Scene {
    fn after(mut self, deed: Deed) -> Self {
        match deed {
            Deed::SignInAs(signed_in) => {
                self.sessions.retain(|one| one.account.id != signed_in.account.id);
                self.progress.signed_in(signed_in.session.id.clone());
                self.sessions.push(*signed_in);
            }
            Deed::Choose(session) => self.progress.chose(session),
            Deed::Agree(scope) => self.progress.agreed(scope),
            Deed::AwaitCode => {
                let email = samples::signed_in(9, 0).account.email;
                self.progress.proving = Some(Proving { purpose: CodePurpose::VerifyAddress, email, account: None });
            }
            Deed::Cancel => self.progress.refused = true,
            Deed::Skip => self.progress.arrived = None,
        }
        self
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn aut_19_a_code_is_issued_only_where_everything_holds_and_no_page_is_shown_under_prompt_none(
        mut scene in scenes(), (session, here, consented, proving, refused) in progresses(),
        came in proptest::option::of(0..3_usize),
    ) {
        let email = "ada@example.com".parse().unwrap();
        scene.progress = Progress {
            session: session.and_then(|index| Some(scene.sessions.get(index)?.session.id.clone())),
            signed_in_here: here,
            proving: proving.map(|purpose| Proving { purpose, email, account: None }),
            consented: consented.map(scope),
            refused,
            arrived: came.map(|which| arrived([Asked::Proof, Asked::ProofOfBlocked, Asked::Address][which])),
            failures: 0,
            proven_code: None,
        };
        let step = scene.next();
        if let Step::ConfirmLink(signed_in, _) = &step {
            // Federation 3.6: only right after the person has shown who they are.
            prop_assert!(here && scene.progress.session.as_ref() == Some(&signed_in.session.id));
        }
        if let Purpose::Authorize(request) = &scene.purpose {
            prop_assert!(!(request.prompt.none && step.is_page()), "{:?}", step);
        }
        if let Step::Issue(issuance) = &step {
            assert_may_be_issued(&scene, issuance);
            prop_assert!(!refused);
        }
    }

    #[test]
    fn a_willing_person_always_reaches_an_end(
        scene in scenes(), came in proptest::option::of(0..3_usize),
    ) {
        let mut scene = scene;
        scene.progress.arrived =
            came.map(|which| arrived([Asked::Proof, Asked::ProofOfBlocked, Asked::Address][which]));
        for _ in 0..8 {
            let deed = deed_on(&scene.next(), &scene.sessions);
            match deed {
                Some(deed) => scene = scene.after(deed),
                None => return Ok(()),
            }
        }
        prop_assert!(false, "no end after eight pages: {:?}", scene.next());
    }
}
