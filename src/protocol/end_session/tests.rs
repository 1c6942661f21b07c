//! Who is logged out, who is asked, and where nobody is sent.

use super::*;
use crate::protocol::id_token_hint::IdTokenHint;
use crate::protocol::samples::{self, NOW};

const BYE: &str = "https://app.example/bye";

fn params(pairs: &[(&str, &str)]) -> Parameters {
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    Parameters::parse(form.as_bytes()).unwrap()
}

fn hint_for(number: u8) -> Hint {
    let signed_in = samples::signed_in(number, 0);
    Hint::Genuine(IdTokenHint {
        subject: signed_in.account.id.to_string(),
        audience: "acme".into(),
        session: Some(signed_in.session.id.to_string()),
    })
}

fn people(numbers: &[u8]) -> Vec<SignedIn> {
    numbers.iter().map(|number| samples::signed_in(*number, 0)).collect()
}

fn ids(numbers: &[u8]) -> Vec<SessionId> {
    people(numbers).into_iter().map(|signed_in| signed_in.session.id).collect()
}

fn decided(pairs: &[(&str, &str)], hint: &Hint, sessions: &[u8]) -> Logout {
    let params = params(pairs);
    let client = samples::client();
    let known = client_id(&params, hint).filter(|id| *id == client.client_id).map(|_| &client);
    decide(&params, hint, known, &people(sessions), NOW)
}

#[test]
fn rp_initiated_logout_2_a_genuine_hint_logs_out_and_redirects_with_exactly_the_state() {
    let pairs = [("post_logout_redirect_uri", BYE), ("state", "a b&c"), ("id_token_hint", "x"), ("logout_hint", "y")];
    let redirect = Some(format!("{BYE}?state=a%20b%26c"));
    assert_eq!(decided(&pairs, &hint_for(1), &[1, 2]), Logout::Now { sessions: ids(&[1]), redirect });
    let redirect = Some(BYE.to_owned());
    assert_eq!(decided(&pairs[..1], &hint_for(1), &[1]), Logout::Now { sessions: ids(&[1]), redirect });
    assert_eq!(decided(&[], &hint_for(1), &[1]), Logout::Now { sessions: ids(&[1]), redirect: None });
}

#[test]
fn rp_initiated_logout_2_a_hint_works_when_the_session_is_over() {
    let redirect = Some(BYE.to_owned());
    let pairs = [("post_logout_redirect_uri", BYE)];
    assert_eq!(decided(&pairs, &hint_for(1), &[]), Logout::Now { sessions: Vec::new(), redirect });
}

#[test]
fn out_01_only_an_exactly_registered_uri_is_redirected_to() {
    for uri in ["https://app.example/bye?x=1", "https://app.example/bye/", "https://evil.example/", "javascript:x"] {
        let outcome = decided(&[("post_logout_redirect_uri", uri)], &hint_for(1), &[1]);
        let Logout::Refuse { reason: Reason::LogoutUriMismatch, mismatch: Some(mismatch) } = outcome else {
            panic!("{uri} gave {outcome:?}")
        };
        assert_eq!((mismatch.received.as_str(), mismatch.registered.as_slice()), (uri, &[BYE.to_owned()][..]));
    }
}

#[test]
fn out_01_without_a_verified_client_there_is_no_redirect() {
    let pairs = [("post_logout_redirect_uri", BYE), ("state", "s")];
    let ignored = Some(Reason::LogoutUriWithoutClient);
    assert_eq!(decided(&pairs, &Hint::Absent, &[1]), Logout::Confirm { sessions: ids(&[1]), redirect: None, ignored });
    let unknown = [("post_logout_redirect_uri", BYE), ("client_id", "nobody")];
    let ignored = Some(Reason::UnknownClient);
    assert_eq!(
        decided(&unknown, &Hint::Absent, &[1]),
        Logout::Confirm { sessions: ids(&[1]), redirect: None, ignored }
    );
    let disabled = Client { disabled_at: Some(NOW), ..samples::client() };
    let outcome = decide(&params(&pairs), &hint_for(1), Some(&disabled), &people(&[1]), NOW);
    assert_eq!(outcome, Logout::Now { sessions: ids(&[1]), redirect: None });
}

#[test]
fn out_02_a_mere_link_logs_nobody_out() {
    let asked = Logout::Confirm { sessions: ids(&[1, 2]), redirect: None, ignored: None };
    assert_eq!(decided(&[], &Hint::Absent, &[1, 2]), asked);
    let named = [("client_id", "acme"), ("post_logout_redirect_uri", BYE)];
    let redirect = Some(BYE.to_owned());
    assert_eq!(
        decided(&named, &Hint::Absent, &[1]),
        Logout::Confirm { sessions: ids(&[1]), redirect: redirect.clone(), ignored: None }
    );
    assert_eq!(decided(&named, &Hint::Absent, &[]), Logout::Confirm { sessions: Vec::new(), redirect, ignored: None });
    assert_eq!(decided(&[], &Hint::Absent, &[]), Logout::Now { sessions: Vec::new(), redirect: None });
}

#[test]
fn out_04_forged_hints_and_other_peoples_hints_have_no_authority() {
    let pairs = [("post_logout_redirect_uri", BYE), ("id_token_hint", "x"), ("client_id", "acme")];
    let ignored = Some(Reason::LogoutHintInvalid);
    assert_eq!(
        decided(&pairs, &Hint::NotGenuine, &[1]),
        Logout::Confirm { sessions: ids(&[1]), redirect: None, ignored }
    );
    let redirect = Some(BYE.to_owned());
    assert_eq!(decided(&pairs, &hint_for(2), &[1]), Logout::Confirm { sessions: ids(&[1]), redirect, ignored: None });
}

#[test]
fn rp_initiated_logout_2_client_id_and_hint_must_name_the_same_client() {
    assert_eq!(decided(&[("client_id", "other")], &hint_for(1), &[1]), Reason::LogoutClientMismatch.into());
    assert_eq!(
        decided(&[("client_id", "acme")], &hint_for(1), &[1]),
        Logout::Now { sessions: ids(&[1]), redirect: None }
    );
}

#[test]
fn out_05_state_travels_only_with_a_redirect() {
    assert_eq!(decided(&[("state", "s")], &hint_for(1), &[1]), Logout::Now { sessions: ids(&[1]), redirect: None });
    let long = "s".repeat(STATE_BYTES_MAX + 1);
    let pairs = [("state", long.as_str()), ("post_logout_redirect_uri", BYE)];
    assert_eq!(decided(&pairs, &hint_for(1), &[1]), Reason::StateTooLong.into());
}

#[test]
fn out_03_sessions_that_ended_are_not_ended_again() {
    let mut sessions = people(&[1, 2]);
    sessions[0].session.ended_at = Some(NOW);
    let outcome = decide(&params(&[]), &Hint::Absent, None, &sessions, NOW);
    assert_eq!(outcome, Logout::Confirm { sessions: ids(&[2]), redirect: None, ignored: None });
}
