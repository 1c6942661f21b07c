//! The hundred thousand passwords that stand in leaks most often, nearly half of them long enough to be allowed. The list
//! comes with the `passwords` crate, so that it works offline and is renewed with the dependencies.

use passwords::analyzer::is_common_password;

use super::predictable::fold;

/// What people add to a password that they are told to make longer: this many digits and signs at most.
const TAIL_CHARS_MAX: usize = 4;

/// Whether `password` is on the list: as it is, in small letters, or with a few digits and signs behind it.
pub(super) fn is_leaked(password: &str) -> bool {
    if is_common_password(password) {
        return true;
    }
    let folded = fold(password);
    if is_common_password(&folded) {
        return true;
    }
    let mut stem = folded.as_str();
    for _ in 0..TAIL_CHARS_MAX {
        let Some(shorter) = stem.strip_suffix(|c: char| !c.is_alphabetic()) else { return false };
        if is_common_password(shorter) {
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
    fn pwd_07_what_did_not_leak_is_not_found() {
        for password in ["kq7vh2mzx9lw3tr", "gleichschrittfarn", "наша кошка спит", "", "manchester 20245"]
        {
            assert!(!is_leaked(password), "{password}");
        }
    }
}
