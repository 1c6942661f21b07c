//! `/login`: address and password, and the ways around them.

use serde::Serialize;

use super::problem::Problem;

/// Posts `username`, `password`, `remember` (`yes` when ticked), `csrf` to `/login`; "cancel" is a form of its own with `decision=cancel`, there only
/// when an application asks.
#[derive(Clone, Debug, Default, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each shows or hides one way in")]
pub struct Login {
    /// What the address field holds: `login_hint`, or what was sent.
    pub username: String,
    /// What was wrong with the last try.
    pub problems: Vec<Problem>,
    /// Tells why the person is here again.
    pub notice: Option<LoginNotice>,
    /// After three failures.
    pub suggest_reset: bool,
    /// Whether strangers may make an account.
    pub sign_up: bool,
    /// Whether a forgotten password can be replaced by mail.
    pub reset: bool,
    /// Whether a mailed code may stand for the password.
    pub sign_in_by_code: bool,
    /// Whether the box is ticked that keeps the person signed in.
    pub remember: bool,
    /// Other providers.
    pub upstreams: Vec<UpstreamButton>,
    /// The provider that somebody came from who has to prove first who they are.
    pub arrived: Option<ArrivedFrom>,
}

/// Where somebody came from, and why they are asked to sign in all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ArrivedFrom {
    /// The provider's name.
    pub provider: String,
    /// What is wanted: `proof`, `proof-of-blocked` or `address`.
    pub notice: &'static str,
}

/// Why the sign-in page is shown to somebody who may not expect it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginNotice {
    /// The client asked for a fresh sign-in (`prompt=login`, `max_age`).
    Again,
    /// The client asked for a person who is not the one that signed in (`id_token_hint`, a `sub` claim).
    SomebodyElse,
    /// The password was just set anew.
    PasswordReset,
    /// The session ended.
    SessionEnded,
}

/// A provider that people may sign in with; leads to `/federation/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UpstreamButton {
    /// As in the configuration.
    pub id: String,
    /// As shown.
    pub name: String,
    /// Whose mark it bears.
    pub brand: Brand,
    /// Used the last time in this browser.
    pub used_last: bool,
}

/// Whose mark a provider's button bears, by that brand's own rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Brand {
    /// Google.
    Google,
    /// GitHub.
    GitHub,
    /// Microsoft.
    Microsoft,
    /// Somebody without a mark that we know.
    Other,
}

impl UpstreamButton {
    /// One as it looks for `brand`.
    pub(super) fn sample(brand: Brand) -> Self {
        let (id, name) = match brand {
            Brand::Google => ("google", "Google"),
            Brand::GitHub => ("github", "GitHub"),
            Brand::Microsoft => ("microsoft", "Microsoft"),
            Brand::Other => ("acme", "Acme"),
        };
        Self { id: id.to_owned(), name: name.to_owned(), brand, used_last: brand == Brand::Google }
    }
}

impl Login {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let upstreams = [Brand::Google, Brand::GitHub, Brand::Microsoft, Brand::Other].map(UpstreamButton::sample);
        vec![
            Self { sign_up: true, sign_in_by_code: true, reset: true, remember: true, ..Self::default() },
            Self::default(),
            Self {
                username: "ada@example.org".to_owned(),
                problems: vec![Problem::CredentialsWrong],
                suggest_reset: true,
                sign_up: true,
                sign_in_by_code: true,
                reset: true,
                upstreams: upstreams.to_vec(),
                ..Self::default()
            },
            Self { problems: vec![Problem::UsernameMalformed, Problem::PasswordMissing], ..Self::default() },
            Self { notice: Some(LoginNotice::Again), username: "ada@example.org".to_owned(), ..Self::default() },
            Self {
                arrived: Some(ArrivedFrom { provider: "Google".to_owned(), notice: "proof" }),
                username: "ada@example.org".to_owned(),
                sign_in_by_code: true,
                ..Self::default()
            },
            Self {
                arrived: Some(ArrivedFrom { provider: "Google".to_owned(), notice: "proof-of-blocked" }),
                ..Self::default()
            },
            Self { arrived: Some(ArrivedFrom { provider: "GitHub".to_owned(), notice: "address" }), ..Self::default() },
            Self { notice: Some(LoginNotice::PasswordReset), ..Self::default() },
            Self { notice: Some(LoginNotice::SessionEnded), ..Self::default() },
        ]
    }
}

super::page!(Login, "login.html");
