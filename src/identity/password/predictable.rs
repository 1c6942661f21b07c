//! How much of a password is its owner's own. Well-known words, runs over alphabet and keyboard, years and repetitions
//! shrink to next to nothing, words about the site or the person to nothing; what is left has to be worth eight
//! characters (fewer where shorter passwords are allowed). So a long password may mention a name, but not consist of it.

use std::collections::HashSet;
use std::sync::LazyLock;

/// What makes a password easy to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weakness {
    /// Well-known words.
    Common,
    /// Runs and repetitions.
    Pattern,
    /// Words about this site.
    Site,
    /// Words about the person.
    Person,
}

/// Well-known passwords and the words they are made of, lower case, one a line.
const COMMON: &str = include_str!("common.txt");

/// Neighbours on keyboards of several countries, in rows and in columns.
const KEYBOARD: [&str; 21] = [
    "qwertyuiop[]",
    "qwertzuiopü+",
    "azertyuiop^$",
    "asdfghjkl;'",
    "asdfghjklöä#",
    "qsdfghjklmù*",
    "zxcvbnm,./",
    "yxcvbnm,.-",
    "wxcvbn,;:!",
    "1234567890-=",
    "!@#$%^&*()_+",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "8ik,",
    "9ol.",
    "0p;/",
];

/// What a well-known word or a year is worth, in characters.
const WORD_WORTH: usize = 2;
/// What a run is worth.
const RUN_WORTH: usize = 1;
/// The shortest run that does not occur by chance too often.
const RUN_CHARS_MIN: usize = 3;
/// What has to be left: two thirds of the length, within these.
const ENOUGH_MIN: usize = 5;
const ENOUGH_MAX: usize = 8;

/// The form in which passwords and words are compared.
pub(super) fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// Why `password` is easy to guess, if it is. The words are folded.
pub(super) fn weakness(password: &str, site: &[String], person: &[String]) -> Option<Weakness> {
    let chars: Vec<char> = fold(password).chars().collect();
    let enough = (chars.len() * 2 / 3).clamp(ENOUGH_MIN, ENOUGH_MAX);
    let unit = &chars[..period(&chars)];
    let pieces: Vec<Piece> = (0..unit.len()).map(|start| Piece::longest_at(&unit[start..])).collect();

    let plain = Worth::of(unit, &pieces, &[]);
    if plain.total.min(woven(unit)) < enough {
        return Some(if plain.has_words { Weakness::Common } else { Weakness::Pattern });
    }
    if Worth::of(unit, &pieces, &[site]).total < enough {
        return Some(Weakness::Site);
    }
    (Worth::of(unit, &pieces, &[site, person]).total < enough).then_some(Weakness::Person)
}

/// The length of the block that the text repeats, or the whole length.
fn period(chars: &[char]) -> usize {
    let repeats = |length: &usize| chars.iter().skip(*length).zip(chars).all(|(later, earlier)| later == earlier);
    (1..=chars.len() / 2).find(repeats).unwrap_or(chars.len())
}

/// The longest thing somebody would guess at a place, and what it is worth.
#[derive(Clone, Copy)]
struct Piece {
    length: usize,
    worth: usize,
    is_word: bool,
}

impl Piece {
    fn longest_at(rest: &[char]) -> Self {
        let word = longest_word(rest);
        let run = run(rest);
        let year = year(rest);
        if word > 0 && word >= run && word >= year {
            Self { length: word, worth: WORD_WORTH, is_word: true }
        } else if run > 0 && run >= year {
            Self { length: run, worth: RUN_WORTH, is_word: false }
        } else if year > 0 {
            Self { length: year, worth: WORD_WORTH, is_word: false }
        } else {
            Self { length: 1, worth: 1, is_word: false }
        }
    }
}

struct Worth {
    total: usize,
    has_words: bool,
}

impl Worth {
    /// Goes through the text, each time over the longest piece; words `about` somebody cost a guesser nothing.
    fn of(chars: &[char], pieces: &[Piece], about: &[&[String]]) -> Self {
        let mut worth = Self { total: 0, has_words: false };
        let mut start = 0;
        while let Some(piece) = pieces.get(start) {
            let words = about.iter().flat_map(|words| words.iter());
            let free = words.filter_map(|word| prefix_length(&chars[start..], word)).max().unwrap_or(0);
            if free >= piece.length {
                start += free;
            } else {
                worth.total += piece.worth;
                worth.has_words |= piece.is_word;
                start += piece.length;
            }
        }
        worth
    }
}

/// The worth of two texts woven into each other (`1q2w3e…`), each taken for itself.
fn woven(chars: &[char]) -> usize {
    let half = |first: usize| -> usize {
        let every_other: Vec<char> = chars.iter().skip(first).step_by(2).copied().collect();
        let pieces: Vec<Piece> = (0..every_other.len()).map(|start| Piece::longest_at(&every_other[start..])).collect();
        Worth::of(&every_other, &pieces, &[]).total
    };
    half(0) + half(1)
}

/// The length of the longest well-known word that `chars` begins with, in plain or in disguise; 0 without one.
fn longest_word(chars: &[char]) -> usize {
    let Some(first) = chars.first() else { return 0 };
    let initials = std::iter::once(*first).chain(meanings(*first).iter().copied());
    initials.flat_map(words_from).filter_map(|word| prefix_length(chars, word)).max().unwrap_or(0)
}

fn words_from(initial: char) -> &'static [&'static str] {
    static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| COMMON.lines().collect());
    let starts_before = |word: &&str| word.chars().next() < Some(initial);
    let starts_within = |word: &&str| word.starts_with(initial);
    let from = WORDS.partition_point(starts_before);
    &WORDS[from..from + WORDS[from..].partition_point(starts_within)]
}

fn prefix_length(chars: &[char], word: &str) -> Option<usize> {
    let mut length = 0;
    for letter in word.chars() {
        let found = *chars.get(length)?;
        if found != letter && !meanings(found).contains(&letter) {
            return None;
        }
        length += 1;
    }
    Some(length)
}

/// The letters that people replace by `found`.
const fn meanings(found: char) -> &'static [char] {
    match found {
        '0' => &['o'],
        '1' | '!' => &['i', 'l'],
        '3' => &['e'],
        '4' | '@' => &['a'],
        '5' | '$' => &['s'],
        '7' | '+' => &['t'],
        _ => &[],
    }
}

/// The length of the run that `chars` begins with: the same character, the next one, or the next key, again and again.
fn run(chars: &[char]) -> usize {
    let length = run_by(chars, |a, b| a == b)
        .max(run_by(chars, is_next))
        .max(run_by(chars, |a, b| is_next(b, a)))
        .max(run_by(chars, are_keys_in_order))
        .max(run_by(chars, |a, b| are_keys_in_order(b, a)));
    if length < RUN_CHARS_MIN { 0 } else { length }
}

fn run_by(chars: &[char], step: impl Fn(char, char) -> bool) -> usize {
    1 + chars.windows(2).take_while(|pair| step(pair[0], pair[1])).count()
}

const fn is_next(a: char, b: char) -> bool {
    a as u32 + 1 == b as u32 || (a == '9' && b == '0')
}

fn are_keys_in_order(a: char, b: char) -> bool {
    static NEIGHBOURS: LazyLock<HashSet<(char, char)>> =
        LazyLock::new(|| KEYBOARD.iter().flat_map(|row| row.chars().zip(row.chars().skip(1))).collect());
    NEIGHBOURS.contains(&(a, b))
}

/// 4 if `chars` begins with a year people write into passwords, else 0.
fn year(chars: &[char]) -> usize {
    match chars {
        ['1', '9', c, d, ..] | ['2', '0', c, d, ..] if c.is_ascii_digit() && d.is_ascii_digit() => 4,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(password: &str) -> Option<Weakness> {
        weakness(password, &[], &[])
    }

    #[test]
    fn pwd_08_well_known_passwords_are_found_in_disguise() {
        for password in [
            "password",
            "P@ssw0rd2024!!!",
            "passwordpassword",
            "iloveyou12345678",
            "dragon123456789",
            "monkeymonkeymonkey",
            "correct horse battery staple",
            "correcthorsebatterystaple",
            "Summer24",
            "letmein!letmein!",
        ] {
            assert_eq!(plain(password), Some(Weakness::Common), "{password}");
        }
    }

    #[test]
    fn pwd_08_patterns_are_found() {
        for password in [
            "aaaaaaaaaaaaaaaa",
            "1234567890123456",
            "abcdefghijklmnop",
            "9876543210987654",
            "xk3xk3xk3xk3xk3",
            "1qaz2wsx3edc4rfv",
            "zaq12wsxcde34rfv",
            "1q2w3e4r5t6y7u8i",
            "aaaabbbbccccdddd",
            "asdfghjklasdfghjkl",
            "!@#$%^&*()!@#$%",
        ] {
            assert_eq!(plain(password), Some(Weakness::Pattern), "{password}");
        }
    }

    #[test]
    fn pwd_07_good_passwords_of_any_make_pass() {
        for password in [
            "summer dragon monkey purple",
            "der Hund bellt um vier",
            "kq7Vh2mZx9Lw3tR",
            "правильная лошадь скрепка",
            "!§%&/(?*#-_.:,;<>",
            "gleichschrittfarn",
            "my cat was born in 2019 in Lyon",
            "vX4kq9Zt",
            "旅行は道連れ世は情け人は心",
        ] {
            assert_eq!(plain(password), None, "{password}");
        }
    }

    #[test]
    fn the_common_list_is_folded_and_has_no_short_or_doubled_entries() {
        let mut words: Vec<&str> = COMMON.lines().collect();
        assert!(words.iter().all(|word| word.chars().count() >= 4 && fold(word) == *word && word.trim() == *word));
        assert!(words.is_sorted());
        let count = words.len();
        words.dedup();
        assert_eq!(words.len(), count);
    }

    proptest! {
        #[test]
        fn any_text_ends_in_a_verdict(text in "\\PC{0,256}", word in "\\PC{3,10}") {
            let _ = weakness(&text, std::slice::from_ref(&word), &[]);
        }

        #[test]
        fn pwd_08_whatever_is_tacked_on_a_repetition_of_the_own_name_does_not_help(digits in "[0-9]{1,4}", times in 2_usize..5) {
            let password = format!("{}{digits}", "lovelace".repeat(times));
            prop_assert!(weakness(&password, &[], &["lovelace".to_owned()]).is_some());
        }

        #[test]
        fn random_passwords_are_never_called_weak(password in "[a-zA-Z0-9]{20}") {
            prop_assert_eq!(weakness(&password, &["doorward".to_owned()], &["ada".to_owned()]), None);
        }
    }
}
