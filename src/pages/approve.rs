//! `/device`, `/device/confirm`, `/device/done`: a person decides on what a device or an app asked for.

use serde::Serialize;

use super::consent::{Consent, ConsentItem};
use super::mail::Asked;
use super::problem::Problem;

/// `/device`: posts `user_code`, `csrf`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DeviceCode {
    /// What was sent, or what stood in the address.
    pub user_code: String,
    /// Whether the code came with the address, so that nobody has looked at the device yet.
    pub came_along: bool,
    /// What was wrong with the last try.
    pub problems: Vec<Problem>,
}

/// `/device/confirm`: posts `decision` (`allow` or `deny`) and `csrf`. The application's name and the person's address
/// are in the frame. The form carries no authority: what is granted is what the interaction holds.
#[derive(Clone, Debug, Serialize)]
pub struct Approval {
    /// The code that the device shows; none when an app asked by mail.
    pub user_code: Option<String>,
    /// What the app shows for comparison.
    pub words: Option<String>,
    /// The device that asked: which, from about where, when.
    pub asked: Asked,
    /// What is asked for, in the order shown.
    pub items: Vec<ConsentItem>,
}

/// `/device/done`: it was decided, and the browser has nothing more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ApprovalDone {
    /// What came of it.
    pub outcome: ApprovalOutcome,
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalOutcome {
    /// It was granted.
    Allowed,
    /// It was refused.
    Denied,
    /// It was decided on before, or it is too late.
    Over,
}

impl DeviceCode {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let typed = Self { user_code: "WDJB-MJHT".to_owned(), ..Self::default() };
        let along = Self { came_along: true, ..typed.clone() };
        let wrong = Self { problems: vec![Problem::UserCodeUnknown], ..typed.clone() };
        let often = Self { problems: vec![Problem::TooManyTries { wait_seconds: 60 }], ..typed };
        vec![Self::default(), along, wrong, often]
    }
}

impl Approval {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let mut items = Consent::samples().into_iter().map(|consent| consent.items);
        let (few, many) = (items.next().unwrap_or_default(), items.next().unwrap_or_default());
        let known = Asked {
            asked_at: 1_773_324_120,
            browser: Some("Firefox".to_owned()),
            system: Some("Linux".to_owned()),
            ip: Some("192.0.2.…".to_owned()),
        };
        let unknown = Asked { browser: None, system: None, ip: None, ..known.clone() };
        let device = Self { user_code: Some("WDJB-MJHT".to_owned()), words: None, asked: known, items: many };
        let by_mail =
            Self { user_code: None, words: Some("Bill 4711".to_owned()), asked: unknown.clone(), items: few.clone() };
        let nothing = Self { user_code: None, words: None, asked: unknown, items: Vec::new() };
        vec![device, by_mail, nothing]
    }
}

impl ApprovalDone {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        [ApprovalOutcome::Allowed, ApprovalOutcome::Denied, ApprovalOutcome::Over]
            .map(|outcome| Self { outcome })
            .to_vec()
    }
}

super::page!(DeviceCode, "device.html");
super::page!(Approval, "approve.html");
super::page!(ApprovalDone, "approve_done.html");
