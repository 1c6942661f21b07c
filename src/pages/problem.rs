//! What can be wrong with a submitted form, as the person is told. One table: the field it belongs to, and the
//! message `problem-…`. Whether something is wrong is decided by `identity` and `protocol`.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::messages::{Argument, Arguments};
use crate::identity::password::{Advice, Strength};

/// Something wrong with a form. Shown in the summary above the form, and at the field when it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Address and password do not belong together; says nothing about whether the account exists.
    CredentialsWrong,
    /// No address given.
    UsernameMissing,
    /// Not an e-mail address.
    UsernameMalformed,
    /// No new address given.
    NewAddressMissing,
    /// The new address is none.
    NewAddressMalformed,
    /// The new address is the present one.
    NewAddressUnchanged,
    /// No user code given.
    UserCodeMissing,
    /// No device waits with this user code.
    UserCodeUnknown,
    /// The username is somebody's.
    AccountNameTaken,
    /// Not a username.
    AccountNameMalformed,
    /// The preferred username is the username of somebody else, or seems to speak for the operator.
    PreferredNameTaken,
    /// No password given.
    PasswordMissing,
    /// Shorter than the policy.
    PasswordTooShort {
        /// Characters required.
        minimum: i64,
    },
    /// Longer than can be taken.
    PasswordTooLong {
        /// Characters allowed.
        maximum: i64,
    },
    /// Typed once more, it was not the same.
    PasswordsDiffer,
    /// On the list of common passwords.
    PasswordCommon,
    /// Known from a leak.
    PasswordBreached,
    /// A sequence, a repetition or a walk over the keyboard.
    PasswordGuessable,
    /// How strong the refused password was, beside why it was refused.
    PasswordStrength(Strength),
    /// Contains the person's address or name, or ours.
    PasswordPersonal,
    /// The new one is the old one.
    PasswordUnchanged,
    /// The current password, asked for a change, is wrong.
    CurrentPasswordWrong,
    /// The password, asked for once more before a change of something else, is wrong.
    OwnPasswordWrong,
    /// No code given.
    CodeMissing,
    /// Not the code's shape.
    CodeMalformed,
    /// Wrong code.
    CodeWrong {
        /// Tries that remain, at least one.
        tries_left: i64,
    },
    /// Too late.
    CodeExpired,
    /// Too many wrong tries: this code is dead, a new one is needed.
    CodeExhausted,
    /// A newer code was sent; only that one works.
    CodeReplaced,
    /// A resend before its time.
    ResendTooSoon {
        /// Until the next one.
        wait_seconds: i64,
    },
    /// No more resends.
    ResendsExhausted,
    /// Tried too often; counted per account and source.
    TooManyTries {
        /// Until the next try, if it is told.
        wait_seconds: i64,
    },
    /// The form was too old or was sent twice.
    FormExpired,
    /// The server is overloaded.
    Busy,
    /// A profile member does not have the right form.
    ClaimMalformed {
        /// The claim's name, which is the field's.
        claim: &'static str,
    },
    /// A profile member is too long.
    ClaimTooLong {
        /// The claim's name, which is the field's.
        claim: &'static str,
        /// Characters allowed.
        maximum: i64,
    },
    /// Signing in at another provider did not work out.
    UpstreamFailed {
        /// The provider's name.
        provider: String,
    },
}

/// A problem's place and words: field, message stem, arguments.
type Told = (Option<&'static str>, &'static str, Vec<(&'static str, Given)>);

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Given {
    Number(i64),
    Text(String),
}

impl Problem {
    /// The `name` of the field it belongs to; `None` when it is about the whole form.
    pub fn field(&self) -> Option<&'static str> {
        self.told().0
    }

    /// The stem of its message: a stable name.
    pub fn stem(&self) -> &'static str {
        self.told().1
    }

    pub(super) fn arguments(&self) -> Arguments {
        let mut arguments = Arguments::default();
        for (name, given) in self.told().2 {
            let argument = match given {
                Given::Number(number) => Argument::Number(number),
                Given::Text(text) => Argument::Text(text),
            };
            arguments.set(name.to_owned(), argument);
        }
        arguments
    }

    fn told(&self) -> Told {
        use Given::{Number, Text};
        let bare = |field, message| (field, message, Vec::new());
        match self {
            Self::CredentialsWrong => bare(None, "credentials-wrong"),
            Self::UsernameMissing => bare(Some("username"), "username-missing"),
            Self::UsernameMalformed => bare(Some("username"), "username-malformed"),
            Self::NewAddressMissing => bare(Some("email"), "username-missing"),
            Self::NewAddressMalformed => bare(Some("email"), "username-malformed"),
            Self::NewAddressUnchanged => bare(Some("email"), "username-unchanged"),
            Self::UserCodeMissing => bare(Some("user_code"), "user-code-missing"),
            Self::UserCodeUnknown => bare(Some("user_code"), "user-code-unknown"),
            Self::AccountNameTaken => bare(None, "account-name-taken"),
            Self::AccountNameMalformed => bare(None, "account-name-malformed"),
            Self::PreferredNameTaken => bare(Some("preferred_username"), "account-name-taken"),
            Self::PasswordMissing => bare(Some("password"), "password-missing"),
            Self::PasswordTooShort { minimum } => {
                (Some("password"), "password-too-short", vec![("minimum", Number(*minimum))])
            }
            Self::PasswordTooLong { maximum } => {
                (Some("password"), "password-too-long", vec![("maximum", Number(*maximum))])
            }
            Self::PasswordsDiffer => bare(None, "passwords-differ"),
            Self::PasswordCommon => bare(Some("password"), "password-common"),
            Self::PasswordBreached => bare(Some("password"), "password-breached"),
            Self::PasswordGuessable => bare(Some("password"), "password-guessable"),
            Self::PasswordStrength(strength) => {
                (Some("password"), strength_message(strength.advice), vec![("score", Number(strength.score.into()))])
            }
            Self::PasswordPersonal => bare(Some("password"), "password-personal"),
            Self::PasswordUnchanged => bare(Some("password"), "password-unchanged"),
            Self::CurrentPasswordWrong | Self::OwnPasswordWrong => {
                bare(Some("current_password"), "current-password-wrong")
            }
            Self::CodeMissing => bare(Some("code"), "code-missing"),
            Self::CodeMalformed => bare(Some("code"), "code-malformed"),
            Self::CodeWrong { tries_left } => (Some("code"), "code-wrong", vec![("tries_left", Number(*tries_left))]),
            Self::CodeExpired => bare(Some("code"), "code-expired"),
            Self::CodeExhausted => bare(None, "code-exhausted"),
            Self::CodeReplaced => bare(Some("code"), "code-replaced"),
            Self::ResendTooSoon { wait_seconds } => {
                (None, "resend-too-soon", vec![("wait_seconds", Number(*wait_seconds))])
            }
            Self::ResendsExhausted => bare(None, "resends-exhausted"),
            Self::TooManyTries { wait_seconds } => {
                (None, "too-many-tries", vec![("wait_seconds", Number(*wait_seconds))])
            }
            Self::FormExpired => bare(None, "form-expired"),
            Self::Busy => bare(None, "busy"),
            Self::ClaimMalformed { claim } => bare(Some(claim), "claim-malformed"),
            Self::ClaimTooLong { claim, maximum } => {
                (Some(claim), "claim-too-long", vec![("maximum", Number(*maximum))])
            }
            Self::UpstreamFailed { provider } => (None, "upstream-failed", vec![("provider", Text(provider.clone()))]),
        }
    }

    /// One of each.
    pub fn samples() -> Vec<Self> {
        vec![
            Self::CredentialsWrong,
            Self::UsernameMissing,
            Self::UsernameMalformed,
            Self::NewAddressMissing,
            Self::NewAddressMalformed,
            Self::NewAddressUnchanged,
            Self::UserCodeMissing,
            Self::UserCodeUnknown,
            Self::AccountNameTaken,
            Self::AccountNameMalformed,
            Self::PreferredNameTaken,
            Self::PasswordMissing,
            Self::PasswordTooShort { minimum: 15 },
            Self::PasswordTooLong { maximum: 256 },
            Self::PasswordsDiffer,
            Self::PasswordCommon,
            Self::PasswordBreached,
            Self::PasswordGuessable,
            Self::PasswordStrength(Strength { score: 1, advice: Some(Advice::Dates) }),
            Self::PasswordPersonal,
            Self::PasswordUnchanged,
            Self::CurrentPasswordWrong,
            Self::OwnPasswordWrong,
            Self::CodeMissing,
            Self::CodeMalformed,
            Self::CodeWrong { tries_left: 4 },
            Self::CodeExpired,
            Self::CodeExhausted,
            Self::CodeReplaced,
            Self::ResendTooSoon { wait_seconds: 42 },
            Self::ResendsExhausted,
            Self::TooManyTries { wait_seconds: 250 },
            Self::FormExpired,
            Self::Busy,
            Self::ClaimMalformed { claim: "birthdate" },
            Self::ClaimTooLong { claim: "name", maximum: 200 },
            Self::UpstreamFailed { provider: "Google".to_owned() },
        ]
    }
}

const fn strength_message(advice: Option<Advice>) -> &'static str {
    match advice {
        None => "password-strength",
        Some(Advice::Keyboard) => "password-strength-keyboard",
        Some(Advice::Repeats) => "password-strength-repeats",
        Some(Advice::Sequence) => "password-strength-sequence",
        Some(Advice::Dates) => "password-strength-dates",
        Some(Advice::Names) => "password-strength-names",
        Some(Advice::Words) => "password-strength-words",
    }
}

/// As templates see it: `field` (or none), `message` (the stem), `with` (the message's arguments).
impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (field, message, arguments) = self.told();
        let arguments: std::collections::BTreeMap<_, _> = arguments.into_iter().collect();
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("field", &field)?;
        map.serialize_entry("message", message)?;
        map.serialize_entry("with", &arguments)?;
        map.end()
    }
}
