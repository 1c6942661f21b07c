//! Coming from another provider: what is asked first, what did not work out, and which providers an account is tied to.

use serde::Serialize;

use super::login::{Brand, UpstreamButton};
use super::problem::Problem;

/// `/address`: somebody whose provider named no address that could be trusted says one. Posts `username` and `csrf`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ArrivedAddress {
    /// The provider's name.
    pub provider: String,
    /// What the provider calls the person.
    pub shown_as: Option<String>,
    /// What was sent, or what the provider named.
    pub username: String,
    /// What was wrong with the last try.
    pub problems: Vec<Problem>,
}

/// `/link`: whether the provider's person is tied to the account that has just been signed in to. Posts `decision`
/// (`link` or `skip`) and `csrf`. The person's address is in the frame.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ConfirmLink {
    /// The provider's name.
    pub provider: String,
    /// What the provider calls the person.
    pub shown_as: Option<String>,
    /// Whether the tie is there already and was blocked.
    pub was_blocked: bool,
}

/// Somebody came back from a provider, or could not be sent there, and does not come in by it.
#[derive(Clone, Debug, Serialize)]
pub struct FederationProblem {
    /// What happened.
    pub kind: FederationTrouble,
    /// The provider's name.
    pub provider: String,
    /// The provider itself, to try again, where that makes sense.
    pub again: Option<UpstreamButton>,
    /// The other providers.
    pub others: Vec<UpstreamButton>,
    /// Whether strangers may make an account.
    pub sign_up: bool,
    /// Whether one gets back to the account's page instead of to signing in.
    pub for_account: bool,
    /// As in the log.
    pub request_id: String,
}

/// What can happen. The messages are `federation-…-title` and `federation-…-sentence`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FederationTrouble {
    /// The person did not agree there.
    Declined,
    /// It cannot be reached.
    Unreachable,
    /// Its answer was not understood, or it did not like ours.
    Misunderstood,
    /// Its answer does not verify.
    Unverified,
    /// It told too little to know who it is.
    Withheld,
    /// Took too long, came twice, or began in another browser.
    VisitOver,
    /// Only certain people come in from there.
    Restricted,
    /// There is no account, and none is made.
    SignUpClosed,
    /// The account is locked or deleted.
    AccountClosed,
    /// The provider's person is tied to another account.
    TiedElsewhere,
    /// Another person is signed in than the one who left.
    SomebodyElse,
    /// The account has as many ties as it may.
    TooMany,
    /// The person came in in another window meanwhile, with another address.
    CameInBefore,
}

impl FederationTrouble {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Declined,
        Self::Unreachable,
        Self::Misunderstood,
        Self::Unverified,
        Self::Withheld,
        Self::VisitOver,
        Self::Restricted,
        Self::SignUpClosed,
        Self::AccountClosed,
        Self::TiedElsewhere,
        Self::SomebodyElse,
        Self::TooMany,
        Self::CameInBefore,
    ];
}

/// `/account/logins`: each button posts `provider`, `subject`, `decision` (`unlink`) and `csrf`. Tying begins by a link with a
/// token of its own: a browser does not follow a form to another site that the page does not name.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AccountLogins {
    /// The ties, the oldest first.
    pub identities: Vec<IdentityLine>,
    /// Providers that can be tied.
    pub available: Vec<LinkButton>,
    /// What was just done.
    pub notice: Option<LoginsNotice>,
}

/// A provider that can be tied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkButton {
    /// As in the configuration.
    pub id: String,
    /// As shown.
    pub name: String,
    /// Whose mark it bears.
    pub brand: Brand,
    /// What its link carries.
    pub token: String,
}

/// What was just done to the ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginsNotice {
    /// One was made.
    Linked,
    /// One was cut.
    Unlinked,
    /// The last way in stays.
    LastWayIn,
}

/// A tie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdentityLine {
    /// The provider, as its button sends it.
    pub provider: String,
    /// The provider's name of the person, as its button sends it.
    pub subject: String,
    /// The provider's name.
    pub name: String,
    /// What the provider calls the person.
    pub shown_as: Option<String>,
    /// Unix seconds.
    pub linked_at: i64,
    /// Unix seconds.
    pub last_used_at: i64,
    /// Whether it lets nobody in at the moment.
    pub blocked: bool,
}

impl ArrivedAddress {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let empty = Self { provider: "GitHub".to_owned(), ..Self::default() };
        let wrong = Self { username: "ada@".to_owned(), problems: vec![Problem::UsernameMalformed], ..empty.clone() };
        vec![Self { shown_as: Some("ada".to_owned()), ..empty.clone() }, empty, wrong]
    }
}

impl ConfirmLink {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let named =
            Self { provider: "Google".to_owned(), shown_as: Some("ada@example.org".to_owned()), was_blocked: false };
        vec![Self { shown_as: None, ..named.clone() }, Self { was_blocked: true, ..named.clone() }, named]
    }
}

impl FederationProblem {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let of = |kind| Self {
            kind,
            provider: "Google".to_owned(),
            again: Some(UpstreamButton::sample(Brand::Google)),
            others: vec![UpstreamButton::sample(Brand::GitHub)],
            sign_up: true,
            for_account: false,
            request_id: "849fab9f-7".to_owned(),
        };
        let bare = Self {
            again: None,
            others: Vec::new(),
            sign_up: false,
            for_account: true,
            ..of(FederationTrouble::TiedElsewhere)
        };
        FederationTrouble::ALL.into_iter().map(of).chain([bare]).collect()
    }
}

impl AccountLogins {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let google = IdentityLine {
            provider: "google".to_owned(),
            subject: "1".to_owned(),
            name: "Google".to_owned(),
            shown_as: Some("ada@example.org".to_owned()),
            linked_at: 1_773_300_000,
            last_used_at: 1_773_324_120,
            blocked: false,
        };
        let github = IdentityLine {
            provider: "github".to_owned(),
            name: "GitHub".to_owned(),
            shown_as: None,
            blocked: true,
            ..google.clone()
        };
        vec![
            Self {
                identities: vec![google, github],
                available: vec![LinkButton {
                    id: "acme".to_owned(),
                    name: "Acme".to_owned(),
                    brand: Brand::Other,
                    token: "sample".to_owned(),
                }],
                notice: Some(LoginsNotice::Linked),
            },
            Self { notice: Some(LoginsNotice::Unlinked), ..Self::default() },
            Self { notice: Some(LoginsNotice::LastWayIn), ..Self::default() },
        ]
    }
}

super::page!(ArrivedAddress, "address.html");
super::page!(ConfirmLink, "link.html");
super::page!(FederationProblem, "federation_problem.html");
super::page!(AccountLogins, "account_logins.html");
