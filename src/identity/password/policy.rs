//! Which new passwords are refused, and why. Only length and guessability count: no composition rules, no expiry.

use super::predictable::{self, Weakness};
use super::text::{Password, PasswordTooLong};
use crate::base::EmailAddress;
use crate::base::bounds::{PASSWORD_CHARS_ALONE_MIN, PASSWORD_CHARS_FLOOR, PASSWORD_CHARS_MAX};

/// What is asked of a new password (PWD-07, PWD-08).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordPolicy {
    minimum_chars: usize,
}

/// What the password should not be built from.
#[derive(Debug, Clone, Copy, Default)]
pub struct PasswordContext<'a> {
    /// The name people see on the pages.
    pub site_name: &'a str,
    /// The host people see in the address line.
    pub site_host: &'a str,
    /// The person's address.
    pub email: Option<&'a EmailAddress>,
    /// The person's names, as far as they are known.
    pub names: &'a [&'a str],
}

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordRefused {
    /// Fewer characters than asked for.
    TooShort {
        /// How many are asked for.
        minimum_chars: usize,
    },
    /// More characters than are taken.
    TooLong {
        /// How many are taken.
        maximum_chars: usize,
    },
    /// A password many people have, perhaps with something tacked on.
    Common,
    /// A sequence, a repetition or a walk over the keyboard.
    Predictable,
    /// Little more than the name of this site.
    AboutSite,
    /// Little more than the person's own address or name.
    AboutPerson,
}

impl From<PasswordTooLong> for PasswordRefused {
    fn from(PasswordTooLong: PasswordTooLong) -> Self {
        Self::TooLong { maximum_chars: PASSWORD_CHARS_MAX }
    }
}

impl Default for PasswordPolicy {
    /// The password is the only factor.
    fn default() -> Self {
        Self { minimum_chars: PASSWORD_CHARS_ALONE_MIN }
    }
}

impl PasswordPolicy {
    /// A policy with a minimum of its own, which is raised to [`PASSWORD_CHARS_FLOOR`] and lowered to
    /// [`PASSWORD_CHARS_MAX`].
    pub fn with_minimum_chars(minimum_chars: usize) -> Self {
        Self { minimum_chars: minimum_chars.clamp(PASSWORD_CHARS_FLOOR, PASSWORD_CHARS_MAX) }
    }

    /// The least number of characters, for the page that tells people beforehand.
    pub const fn minimum_chars(self) -> usize {
        self.minimum_chars
    }

    /// Whether `password` may be set.
    pub fn check(self, password: &Password, context: &PasswordContext<'_>) -> Result<(), PasswordRefused> {
        if password.chars() < self.minimum_chars {
            return Err(PasswordRefused::TooShort { minimum_chars: self.minimum_chars });
        }
        match predictable::weakness(password.expose(), &words_of_site(context), &words_of_person(context)) {
            None => Ok(()),
            Some(Weakness::Common) => Err(PasswordRefused::Common),
            Some(Weakness::Pattern) => Err(PasswordRefused::Predictable),
            Some(Weakness::Site) => Err(PasswordRefused::AboutSite),
            Some(Weakness::Person) => Err(PasswordRefused::AboutPerson),
        }
    }
}

fn words_of_site(context: &PasswordContext<'_>) -> Vec<String> {
    words([context.site_name, context.site_host])
}

fn words_of_person(context: &PasswordContext<'_>) -> Vec<String> {
    let email = context.email.map_or("", EmailAddress::as_str);
    words(std::iter::once(email).chain(context.names.iter().copied()))
}

/// Each text as a whole and its parts, unless they are so short that they occur by chance.
fn words<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    const CHANCE_CHARS: usize = 3;
    let mut words: Vec<String> = Vec::new();
    for text in texts {
        let text = predictable::fold(text);
        let parts = text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned);
        for word in std::iter::once(text.clone()).chain(parts) {
            if word.chars().count() >= CHANCE_CHARS && !words.contains(&word) {
                words.push(word);
            }
        }
    }
    words
}
