//! How hard a password is to guess, as advice for the person who has to choose another one. Nothing is refused for it:
//! that is [`super::PasswordPolicy`]'s to do.

use zxcvbn::feedback::Warning;

use super::policy::{PasswordContext, words_of_person, words_of_site};
use super::text::Password;

/// An estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strength {
    /// From 0, guessed at once, to 4, out of reach.
    pub score: u8,
    /// What makes it easiest, if that stands out.
    pub advice: Option<Advice>,
}

/// What makes a password easy to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Keys next to each other.
    Keyboard,
    /// The same again and again.
    Repeats,
    /// The alphabet, or numbers in order.
    Sequence,
    /// A date or a year.
    Dates,
    /// A name.
    Names,
    /// A well-known password or a single word.
    Words,
}

impl Advice {
    /// Its name, for programs and for messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keyboard => "keyboard",
            Self::Repeats => "repeats",
            Self::Sequence => "sequence",
            Self::Dates => "dates",
            Self::Names => "names",
            Self::Words => "words",
        }
    }

    /// Every kind.
    pub const ALL: [Self; 6] = [Self::Keyboard, Self::Repeats, Self::Sequence, Self::Dates, Self::Names, Self::Words];
}

impl Strength {
    /// Estimates `password` for somebody in `context`. At most the first hundred characters are looked at.
    pub fn of(password: &Password, context: &PasswordContext<'_>) -> Self {
        let words = [words_of_site(context), words_of_person(context)].concat();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let estimate = zxcvbn::zxcvbn(password.expose(), &words);
        let warning = estimate.feedback().and_then(zxcvbn::feedback::Feedback::warning);
        Self { score: u8::from(estimate.score()), advice: warning.map(advice_of) }
    }
}

const fn advice_of(warning: Warning) -> Advice {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess => Advice::Keyboard,
        Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => {
            Advice::Repeats
        }
        Warning::SequencesLikeAbcAreEasyToGuess => Advice::Sequence,
        Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess => Advice::Dates,
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess | Warning::CommonNamesAndSurnamesAreEasyToGuess => {
            Advice::Names
        }
        Warning::ThisIsATop10Password
        | Warning::ThisIsATop100Password
        | Warning::ThisIsACommonPassword
        | Warning::ThisIsSimilarToACommonlyUsedPassword
        | Warning::AWordByItselfIsEasyToGuess => Advice::Words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn strength(text: &str) -> Strength {
        Strength::of(&Password::parse(text).unwrap(), &PasswordContext::default())
    }

    #[test]
    fn what_makes_a_password_easy_is_named() {
        for (password, advice) in [
            ("qwertyuiop", Advice::Words),
            ("zxcdsaqwe", Advice::Keyboard),
            ("aaaaaaaaaaaa", Advice::Repeats),
            ("abcdefghijkl", Advice::Sequence),
            ("21.03.1987", Advice::Dates),
            ("password", Advice::Words),
        ] {
            assert_eq!(strength(password).advice, Some(advice), "{password}");
            assert!(strength(password).score <= 2, "{password}");
        }
    }

    #[test]
    fn a_good_password_has_the_best_score_and_no_advice() {
        for password in ["kq7vh2mzx9lw3tr", "gleichschrittfarn im regen", "наша кошка спит днём"] {
            assert_eq!(strength(password), Strength { score: 4, advice: None }, "{password}");
        }
    }

    #[test]
    fn the_persons_own_words_count_for_nothing() {
        let email = "lovelace.augusta@analytical.example".parse().unwrap();
        let context = PasswordContext { email: Some(&email), ..PasswordContext::default() };
        let password = Password::parse("lovelaceaugusta").unwrap();
        assert!(Strength::of(&password, &context).score < Strength::of(&password, &PasswordContext::default()).score);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn pwd_10_any_password_has_a_strength(text in "\\PC{0,256}") {
            // Normalisation may lengthen a text beyond what is a password.
            prop_assume!(Password::parse(&text).is_ok());
            prop_assert!(strength(&text).score <= 4);
        }
    }
}
