//! Pages of dev mode: the inbox that takes every mail, and the demo application that signs people in with us.

use serde::Serialize;

/// `/dev/inbox`: every mail, newest first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DevInbox {
    /// Newest first.
    pub mails: Vec<DevMailLine>,
    /// Where the demo application is.
    pub app_uri: String,
}

/// One mail in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DevMailLine {
    /// Its page is `/dev/inbox/{id}`.
    pub id: String,
    /// To whom.
    pub to: String,
    /// About what.
    pub subject: String,
    /// Unix seconds.
    pub sent_at: i64,
}

/// `/dev/inbox/{id}`: one mail. Its HTML part is in a sandboxed frame at `/dev/inbox/{id}/html`.
#[derive(Clone, Debug, Serialize)]
pub struct DevMail {
    /// Which one.
    pub mail: DevMailLine,
    /// From whom.
    pub from: String,
    /// The plain text part.
    pub text: String,
    /// Whether there is an HTML part.
    pub has_html: bool,
    /// The code in it, shown large.
    pub code: Option<String>,
    /// The links in it.
    pub links: Vec<String>,
}

/// `/dev/mails`: every mail in every look and language.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DevMails {
    /// In the order of the mails, then of the languages.
    pub samples: Vec<DevSample>,
}

/// A mail as it would look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DevSample {
    /// Its page is `/dev/mails/{id}`.
    pub id: String,
    /// The name of its templates.
    pub kind: String,
    /// The language.
    pub lang: String,
    /// What it is about.
    pub subject: String,
}

/// `/dev/mails/{id}`: one of them. Its HTML part is in a sandboxed frame at `/dev/mails/{id}/html`.
#[derive(Clone, Debug, Serialize)]
pub struct DevMailPreview {
    /// Which one.
    pub sample: DevSample,
    /// From whom it would be.
    pub from: String,
    /// The plain text part.
    pub text: String,
}

/// `/dev/app`: the demo application before sign-in. "Sign in" posts to `/dev/app/sign-in`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DemoStart {
    /// The provider it talks to.
    pub issuer: String,
    /// Under which client id.
    pub client_id: String,
    /// Whom one can sign in as.
    pub people: Vec<DevPerson>,
}

/// A test person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DevPerson {
    /// Address.
    pub username: String,
    /// Password; dev mode makes no secret of it.
    pub password: String,
    /// Who it is, in a few words.
    pub about: String,
}

/// `/dev/app` after sign-in. Posts to `/dev/app/refresh`, `/dev/app/userinfo`, `/dev/app/sign-out`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DemoResult {
    /// The provider it talks to.
    pub issuer: String,
    /// Claims of the verified ID token, values as JSON.
    pub id_token_claims: Vec<DevNamedValue>,
    /// What was verified, in the protocol's words.
    pub checks: Vec<String>,
    /// Claims from userinfo, once asked for.
    pub userinfo: Option<Vec<DevNamedValue>>,
    /// The tokens it holds.
    pub tokens: Vec<DemoToken>,
    /// Times it has refreshed.
    pub refreshes: i64,
}

/// A name with a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DevNamedValue {
    /// The name.
    pub name: String,
    /// The value as text.
    pub value: String,
}

/// A token the demo application holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DemoToken {
    /// `access_token`, `id_token`, `refresh_token`.
    pub kind: String,
    /// Its first characters.
    pub beginning: String,
    /// Remaining life; `None` when it is not told.
    pub expires_in_seconds: Option<i64>,
}

/// `/dev/app` after sign-out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DemoSignedOut {
    /// The provider it talks to.
    pub issuer: String,
}

/// `/dev/app` when something went wrong: as the provider said it, or as the client library did.
#[derive(Clone, Debug, Serialize)]
pub struct DemoError {
    /// The provider it talks to.
    pub issuer: String,
    /// For example `access_denied`.
    pub error: String,
    /// More words.
    pub description: Option<String>,
}

fn named(pairs: &[(&str, &str)]) -> Vec<DevNamedValue> {
    pairs.iter().map(|(name, value)| DevNamedValue { name: (*name).to_owned(), value: (*value).to_owned() }).collect()
}

impl DevMailLine {
    fn sample() -> Self {
        Self {
            id: "01JD3Z8K7Q".to_owned(),
            to: "ada@example.org".to_owned(),
            subject: "Confirm your address".to_owned(),
            sent_at: 1_773_324_120,
        }
    }
}

impl DevInbox {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let app_uri = "/dev/app".to_owned();
        vec![Self { mails: vec![DevMailLine::sample()], app_uri: app_uri.clone() }, Self { mails: Vec::new(), app_uri }]
    }
}

impl DevMail {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let full = Self {
            mail: DevMailLine::sample(),
            from: "Doorward <no-reply@localhost>".to_owned(),
            text: "123456\n\nis your code.\n".to_owned(),
            has_html: true,
            code: Some("123456".to_owned()),
            links: vec!["http://localhost:8080/verify/link?token=x".to_owned()],
        };
        let bare = Self { has_html: false, code: None, links: Vec::new(), ..full.clone() };
        vec![full, bare]
    }
}

impl DevSample {
    fn sample(lang: &str) -> Self {
        Self {
            id: "login_code-1".to_owned(),
            kind: "login_code".to_owned(),
            lang: lang.to_owned(),
            subject: "Your sign-in code".to_owned(),
        }
    }
}

impl DevMails {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        vec![Self { samples: vec![DevSample::sample("de"), DevSample::sample("en")] }]
    }
}

impl DevMailPreview {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let from = "Doorward <no-reply@localhost>".to_owned();
        vec![Self { sample: DevSample::sample("en"), from, text: "123456\n\nis your code.\n".to_owned() }]
    }
}

impl DemoStart {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let person = DevPerson {
            username: "ada@example.org".to_owned(),
            password: "correct horse battery".to_owned(),
            about: "verified, every claim filled".to_owned(),
        };
        let alone =
            Self { issuer: "http://localhost:8080".to_owned(), client_id: "demo-app".to_owned(), people: Vec::new() };
        vec![Self { people: vec![person], ..alone.clone() }, alone]
    }
}

impl DemoResult {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let token = |kind: &str, expires_in_seconds| DemoToken {
            kind: kind.to_owned(),
            beginning: "eyJhbGciOi".to_owned(),
            expires_in_seconds,
        };
        let fresh = Self {
            issuer: "http://localhost:8080".to_owned(),
            id_token_claims: named(&[("iss", "http://localhost:8080"), ("sub", "01JD3Z"), ("aud", "demo-app")]),
            checks: vec!["signature (RS256) with the published key".to_owned(), "nonce".to_owned()],
            userinfo: None,
            tokens: vec![token("id_token", Some(3600)), token("access_token", Some(600)), token("refresh_token", None)],
            refreshes: 0,
        };
        let used = Self {
            userinfo: Some(named(&[("sub", "01JD3Z"), ("email", "ada@example.org")])),
            refreshes: 2,
            ..fresh.clone()
        };
        vec![fresh, used]
    }
}

impl DemoSignedOut {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        vec![Self { issuer: "http://localhost:8080".to_owned() }]
    }
}

impl DemoError {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let bare =
            Self { issuer: "http://localhost:8080".to_owned(), error: "access_denied".to_owned(), description: None };
        vec![Self { description: Some("The person said no.".to_owned()), ..bare.clone() }, bare]
    }
}

super::page!(DevInbox, "dev/inbox.html");
super::page!(DevMail, "dev/mail.html");
super::page!(DevMails, "dev/mails.html");
super::page!(DevMailPreview, "dev/mail_preview.html");
super::page!(DemoStart, "dev/app_start.html");
super::page!(DemoResult, "dev/app_result.html");
super::page!(DemoSignedOut, "dev/app_signed_out.html");
super::page!(DemoError, "dev/app_error.html");
