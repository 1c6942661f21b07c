//! Mails: what each says, and how it becomes subject, text and HTML. Sending is not done here.
//!
//! A code stands first in the body and never in the subject, which shows on locked screens and in lists. Words that
//! came from people or applications are broken up so that no mail program makes links of them.

mod samples;

use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::{Deserialize, Serialize};

use super::PagesFault;
use super::frame::MailFrame;
use super::live::Live;
use super::locale::Locale;
use super::messages::Arguments;
use super::templates::Templates;

/// A mail to be sent, as it waits (sealed) in the outbox. It is put into words when it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Mail {
    /// Proves a new address, by code or link.
    VerifyAddress {
        /// Six digits.
        code: String,
        /// Opens a page with a button.
        link: String,
        /// Minutes both live.
        lifetime_minutes: i64,
        /// Application the person is on the way to.
        app: Option<String>,
        /// By whom it was asked for.
        asked: Asked,
    },
    /// Signs in.
    LoginCode {
        /// Six digits.
        code: String,
        /// Minutes it lives.
        lifetime_minutes: i64,
        /// Application the person is on the way to.
        app: Option<String>,
        /// By whom it was asked for.
        asked: Asked,
    },
    /// Lets a new password be set, by code or link.
    ResetPassword {
        /// Six digits.
        code: String,
        /// Opens a page with a button.
        link: String,
        /// Minutes both live.
        lifetime_minutes: i64,
        /// By whom it was asked for.
        asked: Asked,
    },
    /// Lets a new password be set, by link alone: an administrator asked for it.
    ResetStarted {
        /// Opens a page with a button.
        link: String,
        /// Minutes it lives.
        lifetime_minutes: i64,
    },
    /// Somebody tried to make an account for an address that has one.
    AlreadyRegistered {
        /// Where to sign in.
        login_uri: String,
        /// Where to set a new password.
        reset_uri: String,
        /// By whom it was tried.
        asked: Asked,
    },
    /// An account waits for its address to be proven.
    ConfirmAddress {
        /// The link that proves it.
        link: String,
        /// How long the link works.
        lifetime_minutes: i64,
        /// By whom it was asked for.
        asked: Asked,
    },
    /// The password is a new one.
    PasswordChanged {
        /// Where to set it again if it was not the owner.
        reset_uri: String,
        /// By whom it was changed.
        asked: Asked,
    },
    /// The account is ready.
    Welcome {
        /// What the person is called.
        name: Option<String>,
        /// The account's home.
        account_uri: String,
    },
    /// Proves the new address of an account, by code or link.
    AddressChangeVerify {
        /// Six digits.
        code: String,
        /// Opens a page with a button.
        link: String,
        /// Minutes both live.
        lifetime_minutes: i64,
        /// By whom it was asked for.
        asked: Asked,
    },
    /// To the old address: a new one was asked for.
    AddressChangeNotice {
        /// The new address, masked.
        new_address: String,
        /// Opens a page that keeps the old one.
        undo: Undo,
        /// By whom it was asked for.
        asked: Asked,
    },
    /// To the old address and to the new one: the account has the new one.
    AddressChanged {
        /// The new address, masked.
        new_address: String,
        /// Opens a page that restores the old one; for the old address alone.
        undo: Option<Undo>,
        /// By whom it was confirmed.
        asked: Asked,
    },
    /// To the old address: it took the account back.
    AddressKept {
        /// Where to set a new password.
        reset_uri: String,
        /// By whom it was taken back.
        asked: Asked,
    },
    /// Another provider opens the account from now on.
    IdentityLinked {
        /// The provider's name.
        provider: String,
        /// Where the ties are.
        logins_uri: String,
        /// By whom it was done.
        asked: Asked,
    },
    /// Another provider no longer opens the account.
    IdentityUnlinked {
        /// The provider's name.
        provider: String,
        /// Where the ties are.
        logins_uri: String,
        /// By whom it was done.
        asked: Asked,
    },
    /// In place of a code: another provider reported that somebody else may have entered the account there, and with it
    /// this mailbox.
    MailboxReported {
        /// The provider's name.
        provider: String,
        /// Where to sign in.
        login_uri: String,
        /// By whom the code was asked for.
        asked: Asked,
    },
    /// To the owner of an address that somebody wanted to give to another account.
    AddressTaken {
        /// Where to sign in.
        login_uri: String,
        /// By whom it was tried.
        asked: Asked,
    },
    /// The account is deleted.
    AccountDeleted {
        /// How to restore it.
        undo: Undo,
        /// By whom.
        asked: Asked,
    },
    /// An app asks for a permission.
    ApprovalAsked {
        /// The app.
        app: String,
        /// What the app shows, for comparison.
        message: Option<String>,
        /// Opens the page where it is decided.
        link: String,
        /// Minutes it waits.
        lifetime_minutes: i64,
    },
    /// A sign-in from a browser not seen before.
    NewDevice {
        /// Where sessions can be ended.
        sessions_uri: String,
        /// From where it was.
        asked: Asked,
    },
}

/// A way back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// Opens a page with a button.
    pub uri: String,
    /// Until when it works, in Unix seconds.
    pub until_at: i64,
}

/// Which browser, on what, when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Unix seconds.
    pub asked_at: i64,
    /// If recognised, for example `Firefox`.
    pub browser: Option<String>,
    /// If recognised, for example `Linux`.
    pub system: Option<String>,
    /// Source address, if it is to be told.
    pub ip: Option<String>,
}

/// A mail in its parts. The subject is one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RenderedMail {
    /// Subject, without control characters.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

impl Mail {
    /// Its name, as in the outbox, the log, the metrics and `templates/mail/`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::VerifyAddress { .. } => "verify_address",
            Self::LoginCode { .. } => "login_code",
            Self::ResetPassword { .. } => "reset_password",
            Self::ResetStarted { .. } => "reset_started",
            Self::AlreadyRegistered { .. } => "already_registered",
            Self::ConfirmAddress { .. } => "confirm_address",
            Self::PasswordChanged { .. } => "password_changed",
            Self::Welcome { .. } => "welcome",
            Self::AddressChangeVerify { .. } => "address_change_verify",
            Self::AddressChangeNotice { .. } => "address_change_notice",
            Self::AddressChanged { .. } => "address_changed",
            Self::AddressKept { .. } => "address_kept",
            Self::IdentityLinked { .. } => "identity_linked",
            Self::IdentityUnlinked { .. } => "identity_unlinked",
            Self::MailboxReported { .. } => "mailbox_reported",
            Self::AddressTaken { .. } => "address_taken",
            Self::AccountDeleted { .. } => "account_deleted",
            Self::ApprovalAsked { .. } => "approval_asked",
            Self::NewDevice { .. } => "new_device",
        }
    }

    /// The same with the words of people and applications broken up.
    fn without_accidental_links(mut self) -> Self {
        if let Self::AddressChangeNotice { new_address, .. } | Self::AddressChanged { new_address, .. } = &mut self {
            *new_address = broken_up(new_address);
            return self;
        }
        if let Self::ApprovalAsked { app, .. } = &mut self {
            // The message holds nothing that could look like an address.
            *app = broken_up(app);
            return self;
        }
        let foreign = match &mut self {
            Self::VerifyAddress { app, .. } | Self::LoginCode { app, .. } => app,
            Self::Welcome { name, .. } => name,
            _ => return self,
        };
        *foreign = foreign.take().map(|words| broken_up(&words));
        self
    }
}

/// Mail programs make links of what looks like an address. A word joiner, which nobody sees, breaks the look.
fn broken_up(words: &str) -> String {
    const WORD_JOINER: char = '\u{2060}';
    let mut broken = String::with_capacity(words.len());
    for character in words.chars().filter(|character| !character.is_control()) {
        broken.push(character);
        if ['.', '/', ':', '@'].contains(&character) {
            broken.push(WORD_JOINER);
        }
    }
    broken
}

fn templates(kind: &str) -> [String; 2] {
    ["txt", "html"].map(|extension| format!("mail/{kind}.{extension}"))
}

fn subject(live: &Live, mail: &Mail, locale: &Locale) -> Result<String, PagesFault> {
    let id = format!("mail-{}-subject", mail.kind().replace('_', "-"));
    Ok(one_line(&live.catalogue.say(locale.as_str(), &id, &Arguments::default())?))
}

fn values(mail: &Mail, locale: &Locale, frame: &MailFrame) -> Value {
    let mail = mail.clone().without_accidental_links();
    context! { mail => Serde(mail), locale => Serde(locale), dir => locale.direction(), ..Value::from(Serde(frame)) }
}

pub(super) fn render(live: &Live, mail: &Mail, locale: &Locale, frame: &MailFrame) -> Result<RenderedMail, PagesFault> {
    let values = values(mail, locale, frame);
    let [text, html] = templates(mail.kind());
    Ok(RenderedMail {
        subject: subject(live, mail, locale)?,
        text: live.render(&text, &values)?,
        html: live.render(&html, &values)?,
    })
}

/// No header can be added through what a subject says.
fn one_line(subject: &str) -> String {
    subject
        .split(|character: char| character.is_control())
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(" ")
        .trim()
        .to_owned()
}

/// Renders every sample; names the template that failed.
pub(super) fn try_samples(engine: &Templates, locale: &Locale) -> Result<(), (String, minijinja::Error)> {
    for mail in Mail::samples() {
        let values = values(&mail, locale, &MailFrame::sample());
        for name in templates(mail.kind()) {
            engine.render(&name, values.clone()).map_err(|error| (name, error))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_mail_reads_back_as_itself() {
        for mail in Mail::samples() {
            let stored = serde_json::to_value(&mail).unwrap();
            assert_eq!(stored["kind"], mail.kind());
            assert_eq!(serde_json::from_value::<Mail>(stored).unwrap(), mail);
        }
    }

    #[test]
    fn mai_01_a_subject_is_one_line() {
        assert_eq!(one_line("Hello\r\nBcc: everyone@example.org\n"), "Hello  Bcc: everyone@example.org");
    }

    #[test]
    fn mai_02_foreign_words_are_broken_up() {
        assert_eq!(broken_up("win at evil.example/x"), "win at evil.\u{2060}example/\u{2060}x");
    }
}
