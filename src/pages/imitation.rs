//! Pages of dev mode's imitations of other providers: choosing who to be there, and their switches.

use serde::Serialize;

/// The page of an imitated provider on which one chooses who to be. A button posts `person`, "refuse" posts
/// `decision=refuse`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DevImitationChooser {
    /// What is imitated.
    pub provider: String,
    /// Where the imitation is.
    pub path: String,
    /// Where the form goes: the address of the request.
    pub action: String,
    /// Who asks.
    pub client_id: String,
    /// For what.
    pub scopes: Vec<String>,
    /// Whom one can be.
    pub people: Vec<DevImitationPerson>,
}

/// Somebody made up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DevImitationPerson {
    /// The value of the button.
    pub key: String,
    /// What they are called.
    pub name: String,
    /// Their address.
    pub address: String,
    /// Who it is, in a few words.
    pub about: String,
    /// Whether the request means this one.
    pub is_hinted: bool,
}

/// `{path}/switches`: posts the names of the switches that are on and `slow_millis`; where there are events,
/// `{path}/rotate` takes nothing, and `{path}/events` takes `person` and `event`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DevImitationSwitches {
    /// What is imitated.
    pub provider: String,
    /// Where the imitation is.
    pub path: String,
    /// Our name there.
    pub client_id: String,
    /// Our secret there; dev mode makes none of it.
    pub client_secret: String,
    /// The switches.
    pub switches: Vec<DevSwitch>,
    /// The pause before each answer.
    pub slow_millis: u32,
    /// The longest one.
    pub slow_millis_max: u32,
    /// Who is there.
    pub people: Vec<DevImitationPerson>,
    /// Security events that can be sent.
    pub events: Vec<String>,
    /// One that was sent just now.
    pub delivery: Option<DevDelivery>,
}

/// A switch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DevSwitch {
    /// Its name, which also chooses its words.
    pub kind: String,
    /// Whether it is on.
    pub is_on: bool,
}

/// A security event that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DevDelivery {
    /// Which.
    pub event: String,
    /// To which address.
    pub to: String,
    /// The status of the answer, or why there was none.
    pub outcome: String,
}

impl DevImitationPerson {
    fn sample(is_hinted: bool) -> Self {
        Self {
            key: "1815".to_owned(),
            name: "Ada Lindqvist".to_owned(),
            address: "ada@people.example".to_owned(),
            about: "shows a verified address to everybody".to_owned(),
            is_hinted,
        }
    }
}

impl DevImitationChooser {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let full = Self {
            provider: "Google".to_owned(),
            path: "/dev/google".to_owned(),
            action: "/dev/google/o/oauth2/v2/auth?client_id=doorward-at-google&state=x".to_owned(),
            client_id: "doorward-at-google".to_owned(),
            scopes: vec!["openid".to_owned(), "email".to_owned()],
            people: vec![DevImitationPerson::sample(true), DevImitationPerson::sample(false)],
        };
        vec![Self { scopes: Vec::new(), ..full.clone() }, full]
    }
}

impl DevImitationSwitches {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let switch = |kind: &str, is_on| DevSwitch { kind: kind.to_owned(), is_on };
        let plain = Self {
            provider: "GitHub".to_owned(),
            path: "/dev/github".to_owned(),
            client_id: "doorward-at-github".to_owned(),
            client_secret: "doorward-at-github-secret-for-dev-mode-only".to_owned(),
            switches: vec![switch("many_addresses", true), switch("down", false)],
            slow_millis: 0,
            slow_millis_max: 9_000,
            people: vec![DevImitationPerson::sample(false)],
            events: Vec::new(),
            delivery: None,
        };
        let with_events = Self {
            provider: "Google".to_owned(),
            path: "/dev/google".to_owned(),
            switches: vec![switch("bare_iss", false), switch("wrong_nonce", true)],
            slow_millis: 250,
            people: vec![
                DevImitationPerson::sample(false),
                DevImitationPerson { key: "1816".to_owned(), ..DevImitationPerson::sample(false) },
            ],
            events: vec!["sessions-revoked".to_owned(), "account-credential-change-required".to_owned()],
            ..plain.clone()
        };
        let delivery = DevDelivery {
            event: "sessions-revoked".to_owned(),
            to: "/federation/google/events".to_owned(),
            outcome: "202".to_owned(),
        };
        vec![plain, with_events.clone(), Self { delivery: Some(delivery), ..with_events }]
    }
}

super::page!(DevImitationChooser, "dev/imitation_chooser.html");
super::page!(DevImitationSwitches, "dev/imitation_switches.html");
