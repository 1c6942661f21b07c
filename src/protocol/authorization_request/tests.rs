//! What requests are read as, and which refusals are shown here or sent to the client.

use proptest::prelude::*;

use super::*;
use crate::base::RedirectUri;
use crate::model::client::{ApplicationType, AuthMethod};
use crate::protocol::id_token_hint::IdTokenHint;
use crate::protocol::samples::{self, CHALLENGE, NOW};

const BASE: [(&str, &str); 6] = [
    ("client_id", "acme"),
    ("redirect_uri", "https://app.example/cb"),
    ("response_type", "code"),
    ("scope", "openid profile"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

/// The base request with `changes` made: an empty value removes a parameter.
fn query(changes: &[(&str, &str)]) -> Parameters {
    let mut form = form_urlencoded::Serializer::new(String::new());
    let kept = BASE.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    for (name, value) in kept.chain(changes.iter().filter(|(_, value)| !value.is_empty())) {
        form.append_pair(name, value);
    }
    Parameters::parse(form.finish().as_bytes()).unwrap()
}

fn knowing(hint: Hint, sign_up_open: bool) -> Context {
    let detail_types = Arc::default();
    Context { hint, sign_up_open, features: Features::NONE, detail_types, manner: Manner::default() }
}

fn parse_for(client: &Client, changes: &[(&str, &str)]) -> Result<AuthorizationRequest, Refusal> {
    let context = knowing(Hint::Absent, true);
    parse(&query(changes), Some(client), &context)
}

fn parse_with(changes: &[(&str, &str)]) -> Result<AuthorizationRequest, Refusal> {
    parse_for(&samples::client(), changes)
}

/// The reason of a refusal that is sent to the client.
fn redirected(changes: &[(&str, &str)]) -> Reason {
    match parse_with(changes) {
        Err(Refusal::Redirect { reason, to }) => {
            assert_eq!(to.redirect_uri, "https://app.example/cb");
            reason
        }
        other => panic!("{changes:?} gave {other:?}"),
    }
}

/// The reason of a refusal that is shown here.
fn shown(client: &Client, changes: &[(&str, &str)]) -> Reason {
    match parse_for(client, changes) {
        Err(Refusal::Here { reason, .. }) => reason,
        other => panic!("{changes:?} gave {other:?}"),
    }
}

#[test]
fn core_3_1_2_1_a_complete_request_is_read() {
    // RFC 6749 §4.1.1: every parameter of the request.
    let request = parse_with(&[
        ("state", "s"),
        ("nonce", "n"),
        ("response_mode", "form_post"),
        ("prompt", "login consent"),
        ("max_age", "60"),
        ("login_hint", "ada@example.com"),
        ("ui_locales", "de en"),
        ("acr_values", "2 1"),
        ("claims", r#"{"userinfo":{"name":null}}"#),
    ])
    .unwrap();
    assert_eq!(request.response_mode, ResponseMode::FormPost);
    assert_eq!(request.prompt, Prompts { login: true, consent: true, ..Prompts::default() });
    assert_eq!((request.state.as_deref(), request.nonce.as_deref()), (Some("s"), Some("n")));
    assert_eq!((request.max_age, request.login_hint.as_deref()), (Some(60), Some("ada@example.com")));
    assert_eq!((request.ui_locales.as_deref(), request.acr_values.len()), (Some("de en"), 2));
    assert_eq!(request.code_challenge.as_deref(), Some(CHALLENGE));
    assert!(request.claims.userinfo.contains_key("name") && request.redirect_uri_was_sent);
}

#[test]
fn core_3_1_2_1_wishes_and_unknown_parameters_are_never_an_error() {
    let request = parse_with(&[
        ("display", "hologram"),
        ("claims_locales", "xx-YY"),
        ("ui_locales", &"x".repeat(UI_LOCALES_BYTES_MAX + 1)),
        ("login_hint", &"x".repeat(LOGIN_HINT_BYTES_MAX + 1)),
        ("extra", "foobar"),
    ])
    .unwrap();
    assert_eq!((request.ui_locales, request.login_hint, request.nonce), (None, None, None));
}

#[test]
fn aut_14_red_04_unknown_and_disabled_clients_are_told_here_whatever_else_is_wrong() {
    let wrong = [("response_type", "token"), ("prompt", "none"), ("request", "x")];
    assert_eq!(shown(&samples::client(), &[&wrong[..], &[("client_id", "other")]].concat()), Reason::UnknownClient);
    assert_eq!(shown(&samples::client(), &[&wrong[..], &[("client_id", "")]].concat()), Reason::ClientIdMissing);
    let disabled = Client { disabled_at: Some(NOW), ..samples::client() };
    assert_eq!(shown(&disabled, &wrong), Reason::ClientDisabled);
    let context = knowing(Hint::Absent, false);
    assert_eq!(parse(&query(&wrong), None, &context).unwrap_err().reason(), Reason::UnknownClient);
}

#[test]
fn red_01_red_04_an_unregistered_redirect_uri_is_shown_here_with_what_differs() {
    let refusal = parse_with(&[("redirect_uri", "https://app.example/other"), ("prompt", "none")]).unwrap_err();
    let Refusal::Here { reason: Reason::RedirectUriMismatch, mismatch: Some(mismatch) } = refusal else {
        panic!("{refusal:?}")
    };
    assert_eq!(mismatch.received, "https://app.example/other");
    assert_eq!(mismatch.registered, ["https://app.example/cb"]);
    assert_eq!(mismatch.first_difference, "https://app.example/".len());
    for sent in ["https://app.example/cb/", "https://app.example/cb?x=1", "https://app.example/cb#", "//app.example/cb"]
    {
        assert_eq!(shown(&samples::client(), &[("redirect_uri", sent)]), Reason::RedirectUriMismatch, "{sent}");
    }
}

#[test]
fn red_02_a_native_client_chooses_its_loopback_port() {
    let mut client = samples::client();
    client.metadata.redirect_uris = vec![RedirectUri::parse("http://127.0.0.1/cb").unwrap()];
    let sent = [("redirect_uri", "http://127.0.0.1:51004/cb")];
    let Err(Refusal::Here { mismatch: Some(mismatch), .. }) = parse_for(&client, &sent) else { panic!() };
    assert!(mismatch.only_loopback_port_differs);
    client.metadata.application_type = ApplicationType::Native;
    assert_eq!(parse_for(&client, &sent).unwrap().redirect_uri, sent[0].1);
    assert_eq!(shown(&client, &[("redirect_uri", "http://localhost:51004/cb")]), Reason::RedirectUriMismatch);
}

#[test]
fn red_11_a_missing_redirect_uri_is_accepted_only_of_a_client_with_exactly_one() {
    let mut client = samples::client();
    // OpenID Connect Core §3.1.2.1: there it is required.
    assert_eq!(shown(&client, &[("redirect_uri", "")]), Reason::RedirectUriOmitted);
    let missing = [("redirect_uri", ""), ("scope", "email")];
    let request = parse_for(&client, &missing).unwrap();
    assert_eq!(request.redirect_uri, "https://app.example/cb");
    assert!(!request.redirect_uri_was_sent);
    client.metadata.redirect_uris.push(RedirectUri::parse("https://app.example/cb2").unwrap());
    assert_eq!(shown(&client, &missing), Reason::RedirectUriMissing);
    client.metadata.redirect_uris.clear();
    assert_eq!(shown(&client, &missing), Reason::RedirectUriMissing);
    assert_eq!(shown(&client, &[]), Reason::RedirectUriMismatch);
}

#[test]
fn aut_02_response_types_other_than_code_give_nothing() {
    assert_eq!(redirected(&[("response_type", "")]), Reason::ResponseTypeMissing);
    for kind in ["token", "id_token", "code id_token", "none", "Code", "code "] {
        assert_eq!(redirected(&[("response_type", kind)]), Reason::ResponseTypeUnsupported, "{kind:?}");
    }
    let mut client = samples::client();
    client.metadata.grant_types = vec![GrantType::ClientCredentials];
    assert_eq!(parse_for(&client, &[]).unwrap_err().reason(), Reason::CodeFlowNotRegistered);
}

#[test]
fn red_12_unknown_response_modes_give_no_code_and_errors_travel_in_the_mode_asked_for() {
    assert_eq!(redirected(&[("response_mode", "web_message")]), Reason::ResponseModeUnknown);
    let Err(Refusal::Redirect { to, .. }) =
        parse_with(&[("response_mode", "form_post"), ("prompt", "x"), ("state", "é")])
    else {
        panic!()
    };
    assert_eq!((to.response_mode, to.state.as_deref()), (ResponseMode::FormPost, Some("é")));
}

#[test]
fn aut_10_aut_11_request_objects_are_refused_and_not_ignored() {
    // OpenID Connect Core §3.1.2.6: each has an error of its own.
    assert_eq!(redirected(&[("request", "eyJhbGciOiJub25lIn0.e30.")]), Reason::RequestObjectUnsupported);
    assert_eq!(redirected(&[("request_uri", "https://evil.example/x")]), Reason::RequestUriUnsupported);
    assert_eq!(redirected(&[("registration", "{}")]), Reason::RegistrationUnsupported);
    assert_eq!(redirected(&[("request", "x"), ("response_type", "")]), Reason::RequestObjectUnsupported);
}

#[test]
fn aut_03_no_challenge_no_code_for_public_and_confidential_clients_alike() {
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    assert_eq!(redirected(&without), Reason::ChallengeMissing);
    let mut relaxed = samples::client();
    relaxed.metadata.doorward.require_pkce = false;
    assert_eq!(parse_for(&relaxed, &without).unwrap().code_challenge, None);
    assert_eq!(redirected(&[("code_challenge_method", "plain")]), Reason::ChallengeMethodUnsupported);
    relaxed.metadata.token_endpoint_auth_method = AuthMethod::None;
    assert_eq!(parse_for(&relaxed, &without).unwrap_err().reason(), Reason::ChallengeMissing);
}

#[test]
fn aut_12_aut_13_scopes_are_reduced_to_what_the_client_may_have() {
    let scope = |text: &str| parse_with(&[("scope", text)]).map(|request| request.scope.to_string());
    assert_eq!(scope("openid admin email").unwrap(), "openid email");
    assert_eq!(scope("email").unwrap(), "email");
    assert_eq!(scope("").unwrap(), "");
    assert_eq!(redirected(&[("scope", "admin root")]), Reason::ScopeNotAllowed);
    assert_eq!(redirected(&[("scope", "openid \"x\"")]), Reason::ScopeMalformed);
}

#[test]
fn aut_08_contradictory_and_unknown_prompts_are_refused() {
    for prompt in ["none login", "consent none", "none create", "select_account none"] {
        assert_eq!(redirected(&[("prompt", prompt)]), Reason::PromptContradictory, "{prompt}");
    }
    for prompt in ["None", "logn", "login,consent", "none login x"] {
        assert_eq!(redirected(&[("prompt", prompt)]), Reason::PromptUnknown, "{prompt}");
    }
    assert!(parse_with(&[("prompt", "none none")]).unwrap().prompt.none);
}

#[test]
fn reg_09_prompt_create_is_refused_where_nobody_may_sign_up() {
    let closed = knowing(Hint::Absent, false);
    let params = query(&[("prompt", "create")]);
    let refusal = parse(&params, Some(&samples::client()), &closed).unwrap_err();
    assert_eq!(refusal.reason(), Reason::SignUpClosed);
    assert!(parse_with(&[("prompt", "create")]).unwrap().prompt.create);
}

#[test]
fn aut_22_max_age_is_a_whole_number_of_seconds() {
    for max_age in ["-1", "1e309", "1.5", "+1", " 1", "NaN", "99999999999999999999", "0x10", "١"] {
        assert_eq!(redirected(&[("max_age", max_age)]), Reason::MaxAgeMalformed, "{max_age}");
    }
    assert_eq!(parse_with(&[("max_age", "0")]).unwrap().max_age, Some(0));
    let mut client = samples::client();
    client.metadata.default_max_age = Some(300);
    assert_eq!(parse_for(&client, &[]).unwrap().max_age, Some(300));
    assert_eq!(parse_for(&client, &[("max_age", "9")]).unwrap().max_age, Some(9));
}

#[test]
fn aut_22_long_values_are_refused_and_an_unreturnable_state_is_told_here() {
    assert_eq!(redirected(&[("nonce", &"n".repeat(NONCE_BYTES_MAX + 1))]), Reason::NonceTooLong);
    assert_eq!(redirected(&[("acr_values", &"a ".repeat(ACR_VALUES_MAX + 1))]), Reason::AcrValuesTooMany);
    assert_eq!(redirected(&[("claims", "{")]), Reason::ClaimsMalformed);
    let client = samples::client();
    assert_eq!(shown(&client, &[("state", &"s".repeat(STATE_BYTES_MAX + 1))]), Reason::StateTooLong);
    let state = "s".repeat(STATE_BYTES_MAX);
    assert_eq!(parse_with(&[("state", &state)]).unwrap().state, Some(state));
}

#[test]
fn aut_15_registered_contexts_hold_when_the_request_names_none() {
    let mut client = samples::client();
    client.metadata.default_acr_values = vec!["1".into()];
    assert_eq!(parse_for(&client, &[]).unwrap().acr_values, ["1"]);
    assert_eq!(parse_for(&client, &[("acr_values", "9 8")]).unwrap().acr_values, ["9", "8"]);
}

#[test]
fn aut_13_claims_outside_the_clients_scopes_are_dropped() {
    let mut client = samples::client();
    client.metadata.scope = Scope::parse("openid").unwrap();
    let claims = r#"{"userinfo":{"email":null,"sub":null}}"#;
    let request = parse_for(&client, &[("claims", claims)]).unwrap();
    assert_eq!(request.claims.userinfo.keys().collect::<Vec<_>>(), ["sub"]);
}

#[test]
fn aut_16_a_hint_counts_only_when_genuine_and_this_clients() {
    let params = query(&[("id_token_hint", "eyJ")]);
    let hinted = |hint| {
        let context = knowing(hint, true);
        parse(&params, Some(&samples::client()), &context).map_err(|refusal| refusal.reason())
    };
    let genuine =
        |audience: &str| Hint::Genuine(IdTokenHint { subject: "ada".into(), audience: audience.into(), session: None });
    assert_eq!(hinted(genuine("acme")).unwrap().hinted_subject.as_deref(), Some("ada"));
    assert_eq!(hinted(genuine("other")), Err(Reason::IdTokenHintInvalid));
    assert_eq!(hinted(Hint::NotGenuine), Err(Reason::IdTokenHintInvalid));
    assert_eq!(hinted(Hint::Absent), Err(Reason::IdTokenHintInvalid));
    let unasked = knowing(genuine("acme"), true);
    assert_eq!(parse(&query(&[]), Some(&samples::client()), &unasked).unwrap().hinted_subject, None);
}

#[test]
fn core_5_5_1_a_sub_asked_for_by_value_is_a_hint_too() {
    let claims = |sub: &str| format!(r#"{{"id_token":{{"sub":{{"value":{sub}}}}}}}"#);
    let request = parse_with(&[("claims", &claims("\"ada\""))]).unwrap();
    assert_eq!(request.hinted_subject.as_deref(), Some("ada"));
    assert_eq!(redirected(&[("claims", &claims("7"))]), Reason::ClaimsMalformed);
    let hint = Hint::Genuine(IdTokenHint { subject: "bob".into(), audience: "acme".into(), session: None });
    let params = query(&[("id_token_hint", "eyJ"), ("claims", &claims("\"ada\""))]);
    let refusal = parse(&params, Some(&samples::client()), &knowing(hint, true)).unwrap_err();
    assert_eq!(refusal.reason(), Reason::SubjectContradictory);
}

#[test]
fn rfc8707_2_resources_are_absolute_uris_registered_for_the_client() {
    let mut client = samples::client();
    client.metadata.doorward.resources = vec!["https://api.example/".into(), "urn:example:api".into()];
    let allowed =
        [("resource", "https://api.example/"), ("resource", "urn:example:api"), ("resource", "urn:example:api")];
    assert_eq!(parse_for(&client, &allowed).unwrap().resources, ["https://api.example/", "urn:example:api"]);
    for malformed in ["/api", "api.example", "https://api.example/#x", "#"] {
        assert_eq!(redirected(&[("resource", malformed)]), Reason::ResourceMalformed, "{malformed}");
    }
    assert_eq!(redirected(&[("resource", "https://api.example/")]), Reason::ResourceNotAllowed);
    assert_eq!(
        parse_for(&client, &[("resource", "https://api.example")]).unwrap_err().reason(),
        Reason::ResourceNotAllowed
    );
}

proptest! {
    #[test]
    fn no_parameter_panics_or_moves_the_answer_elsewhere(
        name in prop::sample::select(vec![
            "acr_values", "claims", "code_challenge", "code_challenge_method", "display", "id_token_hint",
            "login_hint", "max_age", "nonce", "prompt", "redirect_uri", "request", "resource", "response_mode",
            "response_type", "scope", "state", "ui_locales",
        ]),
        value in "[^\\x00]{0,40}",
    ) {
        match parse_with(&[(name, &value)]) {
            Ok(request) => prop_assert_eq!(request.redirect_uri, "https://app.example/cb"),
            Err(Refusal::Redirect { to, reason }) => {
                prop_assert_eq!(to.redirect_uri, "https://app.example/cb");
                prop_assert!(reason.may_redirect());
            }
            Err(Refusal::Here { reason, .. }) => prop_assert!(!reason.may_redirect()),
        }
    }

    #[test]
    fn aut_05_state_is_kept_byte_for_byte(state in "[^\\x00]{1,600}") {
        prop_assert_eq!(parse_with(&[("state", &state)]).unwrap().state, Some(state));
    }
}

#[test]
fn rfc9126_6_rfc9101_10_5_a_request_comes_the_way_it_must() {
    let come = |client: &Client, features: Features, manner: Manner| {
        let context = Context { features, manner, ..knowing(Hint::Absent, true) };
        parse(&query(&[]), Some(client), &context).map_err(|refusal| refusal.reason()).map(drop)
    };
    let (pushed, signed) = (Manner { is_pushed: true, is_signed: false }, Manner { is_pushed: false, is_signed: true });
    let strict = Features { require_pushed_requests: true, ..Features::NONE };
    assert_eq!(come(&samples::client(), strict, signed), Err(Reason::PushNeeded));
    assert_eq!(come(&samples::client(), strict, pushed), Ok(()));
    let mut pushing = samples::client();
    pushing.metadata.require_pushed_authorization_requests = true;
    assert_eq!(come(&pushing, Features::NONE, Manner::default()), Err(Reason::PushNeeded));
    assert_eq!(come(&pushing, Features::NONE, pushed), Ok(()));
    let mut signing = samples::client();
    signing.metadata.require_signed_request_object = true;
    assert_eq!(come(&signing, Features::NONE, pushed), Err(Reason::RequestObjectNeeded));
    assert_eq!(come(&signing, Features::NONE, signed), Ok(()));
}

#[test]
fn fapi2_5_3_2_2_what_the_profile_wants_of_a_request() {
    let mut client = samples::client();
    client.metadata.doorward.profile = Some(Profile::Fapi2);
    client.metadata.doorward.require_pkce = false;
    let manner = Manner { is_pushed: true, is_signed: false };
    let context = Context { manner, ..knowing(Hint::Absent, true) };
    let refused = |client: &Client, changes: &[(&str, &str)]| {
        parse(&query(changes), Some(client), &context).map_err(|refusal| refusal.reason()).map(drop)
    };
    assert_eq!(refused(&client, &[]), Ok(()));
    assert_eq!(refused(&client, &[("redirect_uri", "")]), Err(Reason::RedirectUriOmitted));
    let unguarded = [("code_challenge", ""), ("code_challenge_method", "")];
    assert_eq!(refused(&client, &unguarded), Err(Reason::ChallengeMissing));
    let unpushed = parse(&query(&[]), Some(&client), &knowing(Hint::Absent, true)).unwrap_err();
    assert_eq!(unpushed.reason(), Reason::PushNeeded);
    client.metadata.redirect_uris = vec![RedirectUri::parse("http://localhost/cb").unwrap()];
    let plain = [("redirect_uri", "http://localhost/cb")];
    assert_eq!(refused(&client, &plain), Err(Reason::RedirectUriNotHttps));
    client.metadata.application_type = ApplicationType::Native;
    assert_eq!(refused(&client, &plain), Ok(()));
}

#[test]
fn core_3_3_2_1_an_id_token_through_the_browser_needs_a_nonce_and_openid() {
    let mut client = samples::client();
    client.metadata.response_types = vec!["code id_token".into(), "id_token".into()];
    let features = Features { front_channel_id_tokens: true, ..Features::NONE };
    let context = Context { features, ..knowing(Hint::Absent, true) };
    let read =
        |changes: &[(&str, &str)]| parse(&query(changes), Some(&client), &context).map_err(|refusal| refusal.reason());
    let hybrid = ("response_type", "code id_token");
    assert_eq!(read(&[hybrid, ("nonce", "n")]).unwrap().response_mode, ResponseMode::Fragment);
    assert_eq!(read(&[hybrid]), Err(Reason::NonceMissing));
    assert_eq!(read(&[hybrid, ("nonce", "n"), ("scope", "profile")]), Err(Reason::OpenidMissing));
    let unguarded = [hybrid, ("nonce", "n"), ("code_challenge", ""), ("code_challenge_method", "")];
    assert_eq!(read(&unguarded), Err(Reason::ChallengeMissing));
    let alone = [("response_type", "id_token"), ("nonce", "n"), ("response_mode", "form_post")];
    let without_challenge = [&alone[..], &unguarded[2..]].concat();
    assert_eq!(read(&without_challenge).unwrap().response_type, ResponseType::IdToken);
    assert_eq!(read(&[]), Err(Reason::ResponseTypeNotRegistered));
}
