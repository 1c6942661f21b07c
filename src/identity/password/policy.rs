//! Which new passwords are refused, and why. Only length and guessability count: no composition rules, no expiry.

use super::leaked::is_leaked;
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
        if is_leaked(password.expose()) {
            return Err(PasswordRefused::Common);
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

pub(super) fn words_of_site(context: &PasswordContext<'_>) -> Vec<String> {
    words([context.site_name, context.site_host])
}

pub(super) fn words_of_person(context: &PasswordContext<'_>) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(password: &str) -> Result<(), PasswordRefused> {
        check_for(PasswordPolicy::default(), password)
    }

    fn check_for(policy: PasswordPolicy, password: &str) -> Result<(), PasswordRefused> {
        let email: EmailAddress = "ada.lovelace@analytical.example".parse().unwrap();
        let context = PasswordContext {
            site_name: "Acme Login",
            site_host: "id.acme.example",
            email: Some(&email),
            names: &["Augusta Ada King"],
        };
        policy.check(&Password::parse(password).unwrap(), &context)
    }

    #[test]
    fn pwd_07_fifteen_characters_of_any_kind_are_enough_and_fourteen_are_not() {
        assert_eq!(check("kq7vh2mzx9lw3t"), Err(PasswordRefused::TooShort { minimum_chars: 15 }));
        assert_eq!(check("kq7vh2mzx9lw3tr"), Ok(()));
        assert_eq!(check("наша кошка спит"), Ok(()));
        assert_eq!(check(&"kq7vh2mzx9lw3tr ".repeat(4)), Ok(()), "64 characters");
        assert_eq!(check("🦊 schläft, 🐈 wacht"), Ok(()));
    }

    #[test]
    fn pwd_07_a_setting_cannot_go_below_eight() {
        assert_eq!(PasswordPolicy::with_minimum_chars(0).minimum_chars(), 8);
        assert_eq!(PasswordPolicy::with_minimum_chars(1_000).minimum_chars(), 256);
        let eight = PasswordPolicy::with_minimum_chars(8);
        assert_eq!(check_for(eight, "vX4kq9Z"), Err(PasswordRefused::TooShort { minimum_chars: 8 }));
        assert_eq!(check_for(eight, "vX4kq9Zt"), Ok(()));
        for common in ["password", "Passw0rd!", "qwertzui", "sunshine1", "12345678", "iloveyou"] {
            assert!(check_for(eight, common).is_err(), "{common}");
        }
    }

    #[test]
    fn pwd_08_a_refusal_has_its_reason() {
        for (password, reason) in [
            ("P@ssword12345678", PasswordRefused::Common),
            ("aaaaaaaaaaaaaaaaaaaa", PasswordRefused::Predictable),
            ("AcmeLoginAcmeLogin7", PasswordRefused::AboutSite),
            ("id.acme.example!1", PasswordRefused::AboutSite),
            ("ada.lovelace@analytical.example", PasswordRefused::AboutPerson),
            ("Lovelace-Analytical-7", PasswordRefused::AboutPerson),
            ("AugustaAdaKing42", PasswordRefused::AboutPerson),
            ("l0vel4ce l0vel4ce x", PasswordRefused::AboutPerson),
            ("Acme-ada-lovelace", PasswordRefused::AboutPerson),
        ] {
            assert_eq!(check(password), Err(reason), "{password}");
        }
        assert_eq!(check("Lovelace never met Brunel"), Ok(()), "a name may occur");
    }

    #[test]
    fn without_a_context_only_the_password_counts() {
        let password = Password::parse("AugustaAdaKing42").unwrap();
        assert_eq!(PasswordPolicy::default().check(&password, &PasswordContext::default()), Ok(()));
    }

    proptest! {
        #[test]
        fn pwd_08_any_password_gets_a_verdict_in_reasonable_time(text in "\\PC{0,256}") {
            if let Ok(password) = Password::parse(&text) {
                let _ = PasswordPolicy::default().check(&password, &PasswordContext::default());
            }
        }
    }
}
