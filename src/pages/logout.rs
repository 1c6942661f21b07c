//! `/logout`: the question, and what is shown when there is nowhere to go back to.
//! OpenID Connect RP-Initiated Logout 1.0 §2.

use serde::Serialize;

use super::frame::Onward;

/// Posts `decision` (`yes` or `no`), `csrf` and the hidden fields to `/logout`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LogoutConfirm {
    /// What the endpoint needs to find its request again.
    pub hidden: Vec<HiddenField>,
}

/// A field that a form carries on unseen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HiddenField {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// The person is signed out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LoggedOut {
    /// Back to the application, when it may not be reached by a redirect.
    pub onward: Option<Onward>,
    /// What the browser loads so that applications end their sessions (Front-Channel Logout §3). With both, it goes
    /// onward by itself once they are loaded.
    pub frames: Vec<String>,
}

impl LogoutConfirm {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let hidden = vec![HiddenField { name: "request".to_owned(), value: "dwo_sample".to_owned() }];
        vec![Self::default(), Self { hidden }]
    }
}

impl LoggedOut {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let onward =
            |uri: &str, name: Option<&str>| Some(Onward { uri: uri.to_owned(), name: name.map(str::to_owned) });
        vec![
            Self::default(),
            Self { onward: onward("https://notes.acme.example/bye", Some("Acme Notes")), frames: Vec::new() },
            Self { onward: onward("/login", None), frames: Vec::new() },
            Self {
                onward: onward("https://notes.acme.example/bye", None),
                frames: vec!["https://notes.acme.example/out?sid=1&iss=https%3A%2F%2Fid.example".to_owned()],
            },
        ]
    }
}

super::page!(LogoutConfirm, "logout.html");
super::page!(LoggedOut, "logged_out.html");
