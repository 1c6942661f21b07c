//! `/verify`: the code that proves a new address, and the pages behind mailed links.
//!
//! Opening a mailed link changes nothing: mail scanners follow links. The page has a button, and its POST consumes.

use serde::Serialize;

use super::code::CodeTrial;

/// Posts `code`, `csrf` to `/verify`; the resend form posts `decision=resend`; "change address" leads to `/signup` or
/// `/address`; "I used the link" asks `/verify` again.
#[derive(Clone, Debug, Serialize)]
pub struct Verify {
    /// How the code is being asked for.
    pub trial: CodeTrial,
    /// Whether the person came from another provider, and gave the address on the page for them.
    pub arrived: bool,
}

/// What a mailed link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkPurpose {
    /// Proves an address.
    Verify,
    /// Lets a new password be set.
    Reset,
    /// Gives an account its new address.
    ChangeAddress,
    /// Takes the old address back.
    UndoAddress,
    /// Restores a deleted account.
    Restore,
}

/// Behind a mailed link: posts `token`, `csrf` to `action`.
#[derive(Clone, Debug, Serialize)]
pub struct LinkConfirm {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Path the button posts to.
    pub action: String,
    /// The link's token, carried on in a hidden field.
    pub token: String,
    /// The address concerned, masked.
    pub masked_address: String,
}

/// After the button: the flow goes on in the window it was begun in.
#[derive(Clone, Debug, Serialize)]
pub struct LinkDone {
    /// What it was for.
    pub purpose: LinkPurpose,
    /// A way on in this window, if there is one.
    pub onward: Option<super::Onward>,
}

impl Verify {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        CodeTrial::samples().into_iter().map(|trial| Self { trial, arrived: false }).collect()
    }
}

impl LinkConfirm {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let sample = |purpose, action: &str| Self {
            purpose,
            action: action.to_owned(),
            token: "dwl_sample".to_owned(),
            masked_address: "a…@example.org".to_owned(),
        };
        vec![
            sample(LinkPurpose::Verify, "/verify/link"),
            sample(LinkPurpose::Reset, "/reset/link"),
            sample(LinkPurpose::ChangeAddress, "/account/email/link"),
            sample(LinkPurpose::UndoAddress, "/account/email/undo"),
            sample(LinkPurpose::Restore, "/account/delete/undo"),
        ]
    }
}

impl LinkDone {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let onward = Some(super::Onward { uri: "/account".to_owned(), name: None });
        vec![
            Self { purpose: LinkPurpose::Verify, onward: None },
            Self { purpose: LinkPurpose::Verify, onward: onward.clone() },
            Self { purpose: LinkPurpose::Reset, onward: None },
            Self { purpose: LinkPurpose::ChangeAddress, onward: onward.clone() },
            Self { purpose: LinkPurpose::UndoAddress, onward: onward.clone() },
            Self { purpose: LinkPurpose::Restore, onward },
        ]
    }
}

super::page!(Verify, "verify.html");
super::page!(LinkConfirm, "link_confirm.html");
super::page!(LinkDone, "link_done.html");
