//! Pages and mails: typed contexts, each with samples, and the templates and messages that show them.
//!
//! This is the only user of `templates/`. It knows no HTTP, no store and no protocol: a context says what is shown, the
//! endpoint that made it says why. A page works without scripts, loads nothing from elsewhere and stays under
//! [`crate::base::bounds::PAGE_BYTES_MAX`].
//!
//! An operator's directory may override any template and message. A broken override is reported with file and line,
//! and the built-in one is used in its place.

mod account;
mod api_docs;
mod approve;
mod choose;
mod code;
mod consent;
mod dev;
mod error;
mod error_reference;
mod federation;
mod form_post;
mod frame;
mod gallery;
mod imitation;
mod leaving;
mod live;
mod locale;
mod login;
mod logout;
mod mail;
mod messages;
mod moment;
mod problem;
mod reset;
mod signup;
mod sources;
mod templates;
#[cfg(test)]
mod tests;
mod verify;

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use minijinja::context;
use minijinja::value::Value;

pub use account::{
    AccountApps, AccountHome, AccountPassword, AccountProfile, AccountSessions, ClaimValue, ConnectedApp, GrantLine,
    GrantedBy, Profile, SessionLine, WaitingRequest,
};
pub use api_docs::ApiDocs;
pub use approve::{Approval, ApprovalDone, ApprovalOutcome, DeviceCode};
pub use choose::{Choose, ChooseAccount};
pub use code::{CodeEnter, CodeNotice, CodeRequest, CodeTrial};
pub use consent::{Consent, ConsentItem};
pub use dev::{
    DemoError, DemoResult, DemoSignedOut, DemoStart, DemoToken, DevInbox, DevMail, DevMailLine, DevMailPreview,
    DevMails, DevNamedValue, DevPerson, DevSample,
};
pub use error::{Detail, ERROR_MESSAGES, ErrorPage};
pub use error_reference::ErrorReference;
pub use federation::{
    AccountLogins, ArrivedAddress, ConfirmLink, FederationProblem, FederationTrouble, IdentityLine, LinkButton,
    LoginsNotice,
};
pub use form_post::FormPost;
pub use frame::{App, Frame, MailFrame, Onward};
pub use gallery::every_page;
pub use imitation::{DevDelivery, DevImitationChooser, DevImitationPerson, DevImitationSwitches, DevSwitch};
pub use leaving::{AccountData, AccountDelete, AccountDeleted, AccountEmail, AccountEmailCode};
pub use locale::Locale;
pub use login::{ArrivedFrom, Brand, Login, LoginNotice, UpstreamButton};
pub use logout::{HiddenField, LoggedOut, LogoutConfirm};
pub use mail::{Asked, Mail, RenderedMail, Undo};
pub use messages::MessageFault;
pub use problem::Problem;
pub use reset::{ResetCode, ResetPassword, ResetRequest};
pub use signup::Signup;
pub use sources::OverrideFault;
pub use verify::{LinkConfirm, LinkDone, LinkPurpose, Verify};

use live::Live;

/// Something a template shows. Implemented by the contexts of this module; there is one template for each.
pub trait Page {
    /// The template's path below `templates/`.
    fn template(&self) -> &'static str;

    /// What the template sees as `page`.
    fn values(&self) -> Value;
}

/// Ties a context to its template.
macro_rules! page {
    ($page:ty, $template:literal) => {
        impl $crate::pages::Page for $page {
            fn template(&self) -> &'static str {
                $template
            }

            fn values(&self) -> ::minijinja::value::Value {
                ::minijinja::value::Value::from(::minijinja::value::Serde(self))
            }
        }
    };
}
use page;

/// How pages are set up.
#[derive(Clone, Debug)]
pub struct PagesSettings {
    /// Directory whose files win over the built-in templates and messages of the same path.
    pub overrides: Option<PathBuf>,
    /// For people whose wishes cannot be met.
    pub default_locale: Locale,
    /// Look for changed overrides before each page. Costs one listing of the directory; without it, [`Pages::reload`].
    pub watch: bool,
}

impl Default for PagesSettings {
    fn default() -> Self {
        Self { overrides: None, default_locale: Locale::english(), watch: false }
    }
}

/// Why a page or a mail could not be made, or the pages not be set up.
#[derive(Debug, thiserror::Error)]
pub enum PagesFault {
    /// The override directory cannot be read.
    #[error("cannot read the template directory {}: {source}", path.display())]
    Overrides {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The default language has no messages.
    #[error("there are no messages for the default language `{0}`")]
    DefaultLocale(Locale),
    /// A template failed.
    #[error("template {name}: {source}")]
    Template {
        /// The template asked for.
        name: String,
        /// What the engine says, with file and line.
        source: minijinja::Error,
    },
    /// A message failed.
    #[error(transparent)]
    Message(#[from] MessageFault),
}

/// All pages and mails, ready to be rendered. Shared by all threads.
pub struct Pages {
    settings: PagesSettings,
    live: ArcSwap<Live>,
}

impl Pages {
    /// Reads the overrides and tries each of them on every sample. Overrides that fail are in [`Pages::faults`].
    pub fn new(settings: PagesSettings) -> Result<Self, PagesFault> {
        let live = ArcSwap::from_pointee(Live::load(&settings)?);
        Ok(Self { settings, live })
    }

    /// Reads the overrides anew, for example after SIGHUP. On a fault the pages stay as they were.
    pub fn reload(&self) -> Result<(), PagesFault> {
        self.live.store(Arc::new(Live::load(&self.settings)?));
        Ok(())
    }

    /// Overrides that are not used, and why.
    pub fn faults(&self) -> Vec<OverrideFault> {
        self.live.load().faults()
    }

    /// The languages there are messages for, in the order of their tags.
    pub fn locales(&self) -> Vec<Locale> {
        self.live.load().catalogue.locales()
    }

    /// The language for a person: from the client's list (`ui_locales`), else from `Accept-Language` by weight, else
    /// the default one.
    pub fn negotiate(&self, ui_locales: Option<&str>, accept_language: Option<&str>) -> Locale {
        let live = self.live.load();
        locale::choose(&live.catalogue.locales(), ui_locales, accept_language)
            .unwrap_or_else(|| live.catalogue.default_locale().clone())
    }

    /// A page as HTML.
    pub fn render(&self, page: &(impl Page + ?Sized), frame: &Frame) -> Result<String, PagesFault> {
        self.current().render(page.template(), &page_context(page.values(), frame))
    }

    /// A mail in its three parts.
    pub fn mail(&self, mail: &Mail, locale: &Locale, frame: &MailFrame) -> Result<RenderedMail, PagesFault> {
        mail::render(&self.current(), mail, locale, frame)
    }

    /// A problem in words, for those who are not shown a page.
    pub fn problem(&self, problem: &Problem, locale: &Locale) -> Result<String, PagesFault> {
        let id = format!("problem-{}", problem.stem());
        Ok(self.current().catalogue.say(locale.as_str(), &id, &problem.arguments())?)
    }

    fn current(&self) -> arc_swap::Guard<Arc<Live>> {
        let live = self.live.load();
        if !self.settings.watch || !live.is_outdated(&self.settings) {
            return live;
        }
        if let Err(fault) = self.reload() {
            tracing::warn!(%fault, "changed templates are not used");
        }
        self.live.load()
    }
}

/// What a page's template sees: the members of the frame by name, and the page's own as `page`.
fn page_context(page: Value, frame: &Frame) -> Value {
    let logo = frame.app.as_ref().and_then(|app| app.logo_uri.as_deref()).filter(|uri| is_image(uri));
    context! { page, logo, dir => frame.locale.direction(), ..Value::from(minijinja::value::Serde(frame)) }
}

/// Pages load nothing from elsewhere but the logo of a client, by https or from this machine. The policy of the page lets
/// that one origin in, and whoever hands a frame over decides whether there is a logo.
fn is_image(uri: &str) -> bool {
    let is_of_client = ["https://", "http://localhost", "http://127.0.0.1", "http://[::1]"];
    is_of_client.into_iter().any(|origin| uri.starts_with(origin))
        || (uri.starts_with('/') && !uri.starts_with("//") && !uri.contains('\\'))
        || uri.starts_with("data:image/")
}
