//! Usernames: an optional second name of an account, unique among accounts. One spelling each; nothing that looks like
//! another one, and none that people would take for the operator's.

use crate::base::bounds::{USERNAME_CHARS_MAX, USERNAME_CHARS_MIN};

/// The text cannot be somebody's username.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAUsername {
    /// It has not the form.
    Malformed,
    /// It seems to speak for the operator.
    Reserved,
}

const SEPARATORS: [char; 3] = ['.', '_', '-'];

/// Names that seem to speak for the operator.
const RESERVED: [&str; 16] = [
    "abuse",
    "account",
    "admin",
    "administrator",
    "doorward",
    "help",
    "hostmaster",
    "info",
    "noreply",
    "operator",
    "postmaster",
    "root",
    "security",
    "support",
    "system",
    "webmaster",
];

/// Reads a username. Letter case does not count; only ASCII letters, digits and single `.`, `_`, `-` between them are
/// part of one, so that no two look alike.
pub fn parse(text: &str) -> Result<String, NotAUsername> {
    let name = text.to_ascii_lowercase();
    let is_fine = (USERNAME_CHARS_MIN..=USERNAME_CHARS_MAX).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.split(SEPARATORS).all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    match is_fine {
        false => Err(NotAUsername::Malformed),
        true if RESERVED.contains(&name.as_str()) => Err(NotAUsername::Reserved),
        true => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reg_05_a_username_has_one_spelling() {
        assert_eq!(parse("Ada.Lovelace").as_deref(), Ok("ada.lovelace"));
        assert_eq!(parse("a1-b_2").as_deref(), Ok("a1-b_2"));
        for refused in [
            "",
            "ab",
            "1ada",
            ".ada",
            "ada.",
            "a..b",
            "a._b",
            "ada lovelace",
            "adä",
            "\u{430}da",
            "a\u{200b}da",
            "ada\0",
            "ada\n",
            "ada@example.com",
        ] {
            assert_eq!(parse(refused), Err(NotAUsername::Malformed), "{refused:?}");
        }
        for reserved in ["ADMIN", "support"] {
            assert_eq!(parse(reserved), Err(NotAUsername::Reserved), "{reserved}");
        }
        assert!(parse(&"a".repeat(USERNAME_CHARS_MAX)).is_ok());
        assert!(parse(&"a".repeat(USERNAME_CHARS_MAX + 1)).is_err());
    }

    proptest! {
        #[test]
        fn a_username_is_its_own_spelling(text in "\\PC{0,40}") {
            if let Ok(name) = parse(&text) {
                prop_assert_eq!(parse(&name), Ok(name.clone()));
                prop_assert!(name.is_ascii());
            }
        }
    }
}
