//! What every page and every mail shares.

use serde::Serialize;

use super::locale::Locale;

/// What all pages share. Made anew for each response: the nonce is the one of its Content-Security-Policy.
#[derive(Clone, Debug, Serialize)]
pub struct Frame {
    /// Language of the page.
    pub locale: Locale,
    /// What the installation calls itself, shown in titles and at the head.
    pub product: String,
    /// Host (and port) of the issuer, shown at the foot so that a person can compare it with the address line.
    pub issuer_host: String,
    /// Nonce of the response's Content-Security-Policy, for the stylesheet and the scripts.
    pub nonce: String,
    /// Value of the hidden `csrf` field of every form that posts to us.
    pub csrf: String,
    /// Interaction the page belongs to; every form and link to ours carries it on.
    pub interaction: Option<String>,
    /// The application the person is on the way to.
    pub app: Option<App>,
    /// Address of the person who is signed in (or known for certain in this interaction).
    pub person: Option<String>,
    /// Shows a ribbon that links to the inbox. Dev mode only.
    pub dev: bool,
}

/// An application as its registration describes it. Addresses are checked at registration and blunted again here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct App {
    /// Name as registered.
    pub name: String,
    /// A path of ours, a `data:image/` address, or the client's own by https. Without one the first letter of the name
    /// stands in.
    pub logo_uri: Option<String>,
    /// Home page.
    pub client_uri: Option<String>,
    /// How it uses what it learns.
    pub policy_uri: Option<String>,
    /// Its terms.
    pub tos_uri: Option<String>,
}

/// What all mails share.
#[derive(Clone, Debug, Serialize)]
pub struct MailFrame {
    /// The issuer, an origin without trailing slash.
    pub issuer: String,
    /// Host of the issuer, without port: the `@host #code` line lets systems fill the code in there only.
    pub host: String,
    /// What the installation calls itself.
    pub product: String,
}

/// A link that leads on, for pages that end something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Onward {
    /// A path of ours or the address of a registered application.
    pub uri: String,
    /// Name of the application it leads to; `None` for a place of ours.
    pub name: Option<String>,
}

impl Frame {
    /// Frames for trying pages out: bare, and with everything in.
    pub fn samples(locale: &Locale) -> Vec<Self> {
        let bare = Self {
            locale: locale.clone(),
            product: "Doorward".to_owned(),
            issuer_host: "id.example".to_owned(),
            nonce: "c2FtcGxlIG5vbmNl".to_owned(),
            csrf: "sample-csrf".to_owned(),
            interaction: None,
            app: None,
            person: None,
            dev: false,
        };
        let full = Self {
            interaction: Some("dwi_sample".to_owned()),
            app: Some(App::sample()),
            person: Some("ada@example.org".to_owned()),
            dev: true,
            ..bare.clone()
        };
        vec![bare, full]
    }
}

impl App {
    /// An application with everything filled in.
    pub fn sample() -> Self {
        Self {
            name: "Acme Notes".to_owned(),
            logo_uri: Some("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E".to_owned()),
            client_uri: Some("https://notes.acme.example/".to_owned()),
            policy_uri: Some("https://notes.acme.example/privacy".to_owned()),
            tos_uri: Some("https://notes.acme.example/terms".to_owned()),
        }
    }
}

impl MailFrame {
    /// A frame for trying mails out.
    pub fn sample() -> Self {
        Self { issuer: "https://id.example".to_owned(), host: "id.example".to_owned(), product: "Doorward".to_owned() }
    }
}
