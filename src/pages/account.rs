//! `/account/…`: what a person sees and changes about the own account.

use serde::{Deserialize, Serialize};

use super::problem::Problem;

/// A claim with its present value. The claim's label is the message `claim-…`; a claim without one shows its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClaimValue {
    /// Name as in OpenID Connect Core §5.1.
    pub claim: String,
    /// Value as a person reads it.
    pub value: String,
}

impl ClaimValue {
    /// Both as given.
    pub fn new(claim: &str, value: &str) -> Self {
        Self { claim: claim.to_owned(), value: value.to_owned() }
    }
}

/// `/account`: who the person is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AccountHome {
    /// The sign-in address.
    pub address: String,
    /// Whether it is proven.
    pub address_verified: bool,
    /// What is on record, in the order shown.
    pub claims: Vec<ClaimValue>,
    /// Something was just saved.
    pub saved: bool,
    /// Sessions in force.
    pub sessions: i64,
    /// Applications with consent.
    pub apps: i64,
}

/// `/account/profile`: posts every member by its claim's name (the address by its parts), and `csrf`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AccountProfile {
    /// What is on record, or what was sent.
    pub profile: Profile,
    /// What was wrong with the last try.
    pub problems: Vec<Problem>,
}

/// The standard claims a person may set. OpenID Connect Core §5.1; parts of the address from §5.1.1. Empty is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the members are the claims of OpenID Connect Core §5.1")]
pub struct Profile {
    pub name: String,
    pub given_name: String,
    pub family_name: String,
    pub middle_name: String,
    pub nickname: String,
    pub preferred_username: String,
    pub profile: String,
    pub picture: String,
    pub website: String,
    pub gender: String,
    pub birthdate: String,
    pub zoneinfo: String,
    pub locale: String,
    pub phone_number: String,
    pub street_address: String,
    pub locality: String,
    pub region: String,
    pub postal_code: String,
    pub country: String,
}

/// `/account/sessions`: each button posts `session` (its id) and `csrf`; "all others" posts `decision=end-others`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AccountSessions {
    /// Newest first.
    pub sessions: Vec<SessionLine>,
    /// One was just ended.
    pub ended: bool,
}

/// One session of the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionLine {
    /// What its button sends.
    pub id: String,
    /// Browser, if recognised.
    pub browser: Option<String>,
    /// Operating system, if recognised.
    pub system: Option<String>,
    /// Where it was last seen from.
    pub ip: String,
    /// Unix seconds.
    pub started_at: i64,
    /// Unix seconds.
    pub last_seen_at: i64,
    /// The one this page is read in.
    pub this_one: bool,
}

/// `/account/apps`: each button posts `client_id` and `csrf`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AccountApps {
    /// What apps asked for and the person has not decided on, the latest first.
    pub waiting: Vec<WaitingRequest>,
    /// In the order of their names.
    pub apps: Vec<ConnectedApp>,
    /// One was just withdrawn.
    pub withdrawn: bool,
}

/// What an app asked for. Its button posts `pending`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaitingRequest {
    /// What its button sends.
    pub id: String,
    /// The app's name.
    pub name: String,
    /// What the app shows, for comparison.
    pub words: Option<String>,
    /// Unix seconds.
    pub asked_at: i64,
}

/// An application with consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConnectedApp {
    /// What its button sends.
    pub client_id: String,
    /// As registered.
    pub name: String,
    /// Its home page.
    pub client_uri: Option<String>,
    /// Where it begins a login here.
    pub login_uri: Option<String>,
    /// Scopes agreed to.
    pub scopes: Vec<String>,
    /// Unix seconds.
    pub agreed_at: i64,
    /// Unix seconds; `None` when never used since.
    pub last_used_at: Option<i64>,
    /// What stands granted to it, the latest first.
    pub grants: Vec<GrantLine>,
}

/// What was granted at one authorization. Its button posts `grant`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GrantLine {
    /// What its button sends.
    pub id: String,
    /// How it came about.
    pub via: GrantedBy,
    /// What its tokens are for, beside us.
    pub resources: Vec<String>,
    /// Unix seconds.
    pub granted_at: i64,
    /// Unix seconds; `None` when never used since.
    pub last_used_at: Option<i64>,
}

/// How a grant came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GrantedBy {
    /// In the browser, on the way to the app.
    Browser,
    /// For a device that showed a code.
    Device,
    /// By answering a mail.
    Request,
    /// By the word of another server.
    Assertion,
}

/// `/account/password`: posts `current_password`, `password`, `end_sessions` (`yes` when ticked) and `csrf`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AccountPassword {
    /// The person's address, in a hidden field for password managers.
    pub username: String,
    /// Whether there is one to be changed.
    pub has_password: bool,
    /// Characters a password must have.
    pub password_minimum: i64,
    /// What was wrong with the last try.
    pub problems: Vec<Problem>,
}

impl AccountHome {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let claims = [
            ("name", "Ada Lovelace"),
            ("birthdate", "1815-12-10"),
            ("website", "https://ada.example"),
            ("address", "12 St James's Square\nLondon"),
            ("department", "Engines"),
        ];
        let full = Self {
            address: "ada@example.org".to_owned(),
            address_verified: true,
            claims: claims.iter().map(|(claim, value)| ClaimValue::new(claim, value)).collect(),
            saved: true,
            sessions: 2,
            apps: 1,
        };
        let bare = Self { address: "grace@example.org".to_owned(), sessions: 1, ..Self::default() };
        vec![full, bare]
    }
}

impl AccountProfile {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let profile = Profile {
            name: "Ada Lovelace".to_owned(),
            given_name: "Ada".to_owned(),
            family_name: "Lovelace".to_owned(),
            birthdate: "10 December 1815".to_owned(),
            zoneinfo: "Europe/London".to_owned(),
            street_address: "12 St James's Square".to_owned(),
            ..Profile::default()
        };
        let problems =
            vec![Problem::ClaimMalformed { claim: "birthdate" }, Problem::ClaimTooLong { claim: "name", maximum: 200 }];
        vec![Self::default(), Self { profile, problems }]
    }
}

impl AccountSessions {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let here = SessionLine {
            id: "dws_1".to_owned(),
            browser: Some("Firefox".to_owned()),
            system: Some("Linux".to_owned()),
            ip: "192.0.2.7".to_owned(),
            started_at: 1_773_300_000,
            last_seen_at: 1_773_324_120,
            this_one: true,
        };
        let phone = SessionLine {
            id: "dws_2".to_owned(),
            system: Some("Android".to_owned()),
            ip: "2001:db8::17".to_owned(),
            this_one: false,
            ..here.clone()
        };
        let browser_only = SessionLine { id: "dws_3".to_owned(), system: None, this_one: false, ..here.clone() };
        let unknown = SessionLine { id: "dws_4".to_owned(), browser: None, system: None, ..phone.clone() };
        vec![
            Self { sessions: vec![here.clone(), phone, browser_only, unknown], ended: false },
            Self { sessions: vec![here], ended: true },
        ]
    }
}

impl AccountApps {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let notes = ConnectedApp {
            client_id: "notes".to_owned(),
            name: "Acme Notes".to_owned(),
            client_uri: Some("https://notes.acme.example/".to_owned()),
            login_uri: Some("https://notes.acme.example/login?iss=https%3A%2F%2Fidp.example".to_owned()),
            scopes: ["openid", "email", "offline_access", "acme.write"].map(str::to_owned).to_vec(),
            agreed_at: 1_773_300_000,
            last_used_at: Some(1_773_324_120),
            grants: [GrantedBy::Device, GrantedBy::Browser, GrantedBy::Request, GrantedBy::Assertion]
                .into_iter()
                .zip(["a", "b", "c", "d"])
                .map(|(via, id)| GrantLine {
                    id: id.to_owned(),
                    via,
                    resources: vec!["https://api.acme.example".to_owned()],
                    granted_at: 1_773_300_000,
                    last_used_at: (via == GrantedBy::Device).then_some(1_773_324_120),
                })
                .collect(),
        };
        let never_used = ConnectedApp {
            client_id: "wiki".to_owned(),
            name: "Wiki".to_owned(),
            client_uri: None,
            login_uri: None,
            scopes: vec!["openid".to_owned()],
            last_used_at: None,
            grants: Vec::new(),
            ..notes.clone()
        };
        let bill = WaitingRequest {
            id: "sample".to_owned(),
            name: "Acme Bills".to_owned(),
            words: Some("Bill 4711".to_owned()),
            asked_at: 1_773_324_120,
        };
        let without_words = WaitingRequest { words: None, ..bill.clone() };
        vec![
            Self { waiting: vec![bill, without_words], apps: vec![notes, never_used], withdrawn: false },
            Self { waiting: Vec::new(), apps: Vec::new(), withdrawn: true },
        ]
    }
}

impl AccountPassword {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let change = Self {
            username: "ada@example.org".to_owned(),
            has_password: true,
            password_minimum: 15,
            problems: Vec::new(),
        };
        let wrong =
            Self { problems: vec![Problem::CurrentPasswordWrong, Problem::PasswordUnchanged], ..change.clone() };
        let first = Self { has_password: false, ..change.clone() };
        vec![change, wrong, first]
    }
}

super::page!(AccountHome, "account.html");
super::page!(AccountProfile, "account_profile.html");
super::page!(AccountSessions, "account_sessions.html");
super::page!(AccountApps, "account_apps.html");
super::page!(AccountPassword, "account_password.html");
