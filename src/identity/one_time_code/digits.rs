//! The six digits themselves: drawn evenly, read forgivingly, kept only as a keyed digest.

use std::fmt;

use crate::base::bounds::{ONE_TIME_CODE_BYTES_MAX, ONE_TIME_CODE_DIGITS};
use crate::base::{CodeId, Digest, Draw, Sensitive};
use crate::model::CodePurpose;

/// How many codes there are.
const CODES: u32 = {
    let (mut codes, mut digit) = (1, 0);
    while digit < ONE_TIME_CODE_DIGITS {
        codes *= 10;
        digit += 1;
    }
    codes
};

/// A code of [`ONE_TIME_CODE_DIGITS`] decimal digits. It cannot be printed by accident.
#[derive(Clone)]
pub struct OneTimeCode(Sensitive<String>);

/// What was typed is not a code at all (OTP-11). The page says what it says of a wrong one; no guess is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedCode;

impl OneTimeCode {
    /// A new code, every one of the million equally likely (OTP-09).
    pub fn generate(draw: &mut Draw) -> Self {
        let width = ONE_TIME_CODE_DIGITS;
        Self(Sensitive::new(format!("{:0width$}", draw.below(CODES))))
    }

    /// Reads what somebody typed or pasted: blanks and dashes of any kind between the digits are forgiven, and so are
    /// the wide digits of East Asian keyboards.
    pub fn parse(text: &str) -> Result<Self, MalformedCode> {
        if text.len() > ONE_TIME_CODE_BYTES_MAX {
            return Err(MalformedCode);
        }
        let mut digits = String::with_capacity(ONE_TIME_CODE_BYTES_MAX);
        for char in text.chars().filter(|char| !is_separator(*char)) {
            digits.push(ascii_digit(char).ok_or(MalformedCode)?);
        }
        let code = Self(Sensitive::new(digits));
        if code.expose().len() == ONE_TIME_CODE_DIGITS { Ok(code) } else { Err(MalformedCode) }
    }

    /// The digits, for the mail and for nothing else (OTP-10).
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What the store keeps: keyed, because a million codes are tried in no time by whoever has a dump, and bound to
    /// purpose and record, so that a digest fits nowhere else. `key` is the master key's derivation for codes.
    pub fn digest(&self, key: &[u8], purpose: CodePurpose, id: &CodeId) -> Digest {
        Digest::keyed(key, &[purpose.as_str(), id.as_str(), self.expose()])
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[code]")
    }
}

fn is_separator(char: char) -> bool {
    char.is_whitespace()
        || matches!(char, '-' | '\u{ad}' | '\u{200b}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}')
}

fn ascii_digit(char: char) -> Option<char> {
    match char {
        '0'..='9' => Some(char),
        '\u{ff10}'..='\u{ff19}' => char::from_digit(u32::from(char) - 0xff10, 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<String, MalformedCode> {
        OneTimeCode::parse(text).map(|code| code.expose().to_owned())
    }

    #[test]
    fn otp_09_codes_have_six_digits_and_may_begin_with_nought() {
        let mut draw = Draw::from_seed([5; 32]);
        let codes: Vec<_> = (0..1_000).map(|_| OneTimeCode::generate(&mut draw).expose().to_owned()).collect();
        assert!(codes.iter().all(|code| code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit())));
        assert!((0..10).all(|digit| codes.iter().any(|code| code.starts_with(&digit.to_string()))));
    }

    #[test]
    fn otp_11_blanks_dashes_and_wide_digits_are_forgiven_and_nothing_else() {
        for text in
            ["123456", " 123 456\n", "123-456", "1 2 3 – 4 5 6", "１２３４５６", "123\u{a0}456", "123\u{2212}456"]
        {
            assert_eq!(read(text).as_deref(), Ok("123456"), "{text:?}");
        }
        for text in
            ["", "12345", "1234567", "12345a", "123456\0", "١٢٣٤٥٦", "+123456", "1234.56", "-".repeat(65).as_str()]
        {
            assert_eq!(read(text), Err(MalformedCode), "{text:?}");
        }
    }

    #[test]
    fn otp_10_a_code_never_prints() {
        assert_eq!(format!("{:?}", OneTimeCode::parse("123456").unwrap()), "[code]");
    }

    #[test]
    fn otp_04_a_digest_fits_one_record_one_purpose_and_one_key() {
        let mut draw = Draw::from_seed([5; 32]);
        let code = OneTimeCode::parse("123456").unwrap();
        let now = Timestamp::from_seconds(1_000);
        let (one, other) = (CodeId::generate_at(now, &mut draw), CodeId::generate_at(now, &mut draw));
        let digest = code.digest(b"key", CodePurpose::SignIn, &one);
        assert_eq!(digest, code.digest(b"key", CodePurpose::SignIn, &one));
        assert_ne!(digest, code.digest(b"key", CodePurpose::SignIn, &other));
        assert_ne!(digest, code.digest(b"key", CodePurpose::ResetPassword, &one));
        assert_ne!(digest, code.digest(b"yek", CodePurpose::SignIn, &one));
    }

    proptest! {
        #[test]
        fn otp_11_reading_never_panics_and_gives_six_digits(text in "\\PC{0,80}") {
            if let Ok(code) = OneTimeCode::parse(&text) {
                prop_assert!(code.expose().len() == 6 && code.expose().bytes().all(|byte| byte.is_ascii_digit()));
            }
        }

        #[test]
        fn any_drawn_code_reads_back_through_any_separators(seed: [u8; 32], gaps in prop::collection::vec("[ \t-]{0,3}", 7)) {
            let code = OneTimeCode::generate(&mut Draw::from_seed(seed));
            let typed: String = gaps.iter().zip(code.expose().chars().map(Some).chain([None]))
                .flat_map(|(gap, digit)| gap.chars().chain(digit)).collect();
            prop_assert_eq!(read(&typed), Ok(code.expose().to_owned()));
        }
    }
}
