//! A password as it was typed: the whole of it, in one normal form.

use std::fmt;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

use crate::base::Sensitive;
use crate::base::bounds::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MAX};

/// A password in Unicode normal form C, so that it is the same from every keyboard. Nothing is trimmed, folded or cut;
/// blanks, NUL and case count (PWD-09). It is wiped when the last copy goes, and it cannot be printed.
#[derive(Clone)]
pub struct Password(Arc<Sensitive<String>>);

/// The password has more than [`PASSWORD_CHARS_MAX`] characters. Found before anything is hashed (PWD-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordTooLong;

impl Password {
    /// Reads a typed password. An empty one is a password too: it is wrong, not malformed.
    pub fn parse(text: &str) -> Result<Self, PasswordTooLong> {
        if text.len() > PASSWORD_BYTES_MAX {
            return Err(PasswordTooLong);
        }
        // Normal form C of a text is at most three times as long; with room enough no outgrown buffer is left behind.
        let mut normal = String::with_capacity(text.len() * 3);
        normal.extend(text.nfc());
        let password = Self(Arc::new(Sensitive::new(normal)));
        if password.chars() > PASSWORD_CHARS_MAX { Err(PasswordTooLong) } else { Ok(password) }
    }

    /// Its length in characters (code points of the normal form).
    pub fn chars(&self) -> usize {
        self.expose().chars().count()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.expose().as_bytes()
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[password]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pwd_09_normal_forms_are_one_and_everything_else_counts() {
        let read = |text: &str| Password::parse(text).unwrap().expose().to_owned();
        assert_eq!(read("Zoe\u{308}"), read("Zoë"));
        assert_eq!(read(" a\0b "), " a\0b ");
        assert_ne!(read("a"), read("A"));
        assert_ne!(read("e"), read("é"));
    }

    #[test]
    fn pwd_10_a_very_long_password_is_refused_before_anything_else() {
        assert!(Password::parse(&"a".repeat(256)).is_ok());
        assert!(Password::parse(&"e\u{301}".repeat(256)).is_ok());
        assert_eq!(Password::parse(&"a".repeat(257)).err(), Some(PasswordTooLong));
        assert_eq!(Password::parse(&"a".repeat(10_000_000)).err(), Some(PasswordTooLong));
    }

    #[test]
    fn log_02_a_password_never_prints() {
        assert_eq!(format!("{:?}", Password::parse("hunter2").unwrap()), "[password]");
    }

    proptest! {
        #[test]
        fn pwd_09_reading_is_idempotent_and_leaves_no_outgrown_buffer(text in "\\PC{0,64}") {
            let once = Password::parse(&text).unwrap();
            prop_assert!(once.expose().len() <= text.len() * 3);
            let twice = Password::parse(once.expose()).unwrap();
            prop_assert_eq!(twice.expose(), once.expose());
        }
    }
}
