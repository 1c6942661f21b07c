//! The hundred thousand passwords that stand in leaks most often, nearly half of them long enough to be allowed. Kept as
//! sorted digests, so that it works offline, costs half a megabyte and needs no work at start;
//! `examples/leaked_passwords.rs` makes the file from any list.

use sha2::{Digest as _, Sha256};

use super::predictable::fold;

/// How much of a password's SHA-256 is kept. With five bytes one innocent password in ten million is refused.
pub const LEAKED_DIGEST_BYTES: usize = 5;

/// The digests, in order.
const LIST: &[u8] = include_bytes!("leaked.digests");

/// What people add to a password that they are told to make longer: this many digits and signs at most.
const TAIL_CHARS_MAX: usize = 4;

/// What stands for `password` in the list. No protection of the password: the list is of known ones.
pub fn leaked_digest(password: &str) -> [u8; LEAKED_DIGEST_BYTES] {
    let digest = Sha256::digest(password);
    std::array::from_fn(|i| digest[i])
}

fn is_listed(password: &str) -> bool {
    let (digests, _) = LIST.as_chunks::<LEAKED_DIGEST_BYTES>();
    digests.binary_search(&leaked_digest(password)).is_ok()
}

/// Whether `password` is on the list: as it is, in small letters, or with a few digits and signs behind it.
pub(super) fn is_leaked(password: &str) -> bool {
    if is_listed(password) {
        return true;
    }
    let folded = fold(password);
    if is_listed(&folded) {
        return true;
    }
    let mut stem = folded.as_str();
    for _ in 0..TAIL_CHARS_MAX {
        let Some(shorter) = stem.strip_suffix(|c: char| !c.is_alphabetic()) else { return false };
        if is_listed(shorter) {
            return true;
        }
        stem = shorter;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pwd_08_what_leaked_often_is_found_from_the_top_of_the_list_to_its_end() {
        for password in [
            "password",
            "trustno1",
            "baseball1",
            "1qaz2wsx",
            "superman",
            "football",
            "iloveyou2",
            "starwars",
            "whatever",
            "manchester",
            "liverpool1",
            "mercedes",
            "blink182",
            "qwertyuiop",
            "chocolate1",
            "jennifer",
        ] {
            assert!(is_leaked(password), "{password}");
        }
    }

    #[test]
    fn pwd_08_capitals_and_a_few_signs_more_do_not_help() {
        for password in ["TrustNo1", "Manchester!", "LIVERPOOL2024", "Chocolate#1", "blink182!!"] {
            assert!(is_leaked(password), "{password}");
        }
    }

    #[test]
    fn the_list_is_whole_and_in_order() {
        let (digests, rest) = LIST.as_chunks::<LEAKED_DIGEST_BYTES>();
        assert!(rest.is_empty());
        assert!(digests.len() > 99_000, "{}", digests.len());
        assert!(digests.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn pwd_07_what_did_not_leak_is_not_found() {
        for password in ["kq7vh2mzx9lw3tr", "gleichschrittfarn", "наша кошка спит", "", "manchester 20245"]
        {
            assert!(!is_leaked(password), "{password}");
        }
    }
}
