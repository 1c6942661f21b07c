//! Texts about people, given by themselves or by an operator: bounded, well formed, and free of characters that act on
//! the text around them (REG-11).

use url::Url;

use crate::base::bounds::{PROFILE_CHARS_MAX, URI_BYTES_MAX};

/// Whether `text` can be shown anywhere: no control characters, nothing that is invisible or turns the writing
/// direction around.
pub fn is_plain_text(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || is_deceiving(c))
}

// Zero-width characters, bidirectional controls, line and paragraph separators, tags.
const fn is_deceiving(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// The most characters that a claim may have; for web addresses, which are ASCII, bytes.
pub fn longest(claim: &str) -> usize {
    if is_web(claim) { URI_BYTES_MAX } else { PROFILE_CHARS_MAX }
}

/// Whether `text` is a value for `claim` (OpenID Connect Core §5.1); an empty one is none, and always right.
pub fn is_well_formed(claim: &str, text: &str) -> bool {
    match claim {
        _ if text.is_empty() => true,
        _ if is_web(claim) => is_web_address(text),
        "birthdate" => is_birthdate(text),
        "phone_number" => is_phone_number(text),
        "zoneinfo" => is_zone(text),
        "locale" => text.parse::<unic_langid::LanguageIdentifier>().is_ok(),
        "street_address" | "formatted" => text.split(['\r', '\n']).all(is_plain_text),
        _ => is_plain_text(text),
    }
}

fn is_web(claim: &str) -> bool {
    matches!(claim, "profile" | "picture" | "website")
}

// Written as it would be sent: what a parser has to repair, somebody else's page may read differently.
fn is_web_address(text: &str) -> bool {
    // RFC 3986 §2: these are in no URI.
    let is_foreign = |c: char| c.is_whitespace() || r#""<>\^`{|}"#.contains(c);
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.host().is_some())
        && is_plain_text(text)
        && !text.contains(is_foreign)
}

// OpenID Connect Core §5.1: YYYY-MM-DD, 0000 for an omitted year, or the year alone.
fn is_birthdate(text: &str) -> bool {
    let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let leap = text.strip_prefix("0000-").map(|rest| format!("2000-{rest}"));
    let is_date = text.len() == 10 && leap.as_deref().unwrap_or(text).parse::<jiff::civil::Date>().is_ok();
    is_year || is_date
}

// E.164: a plus sign and at most fifteen digits, with the usual separators forgiven; RFC 3966 §3: an extension.
fn is_phone_number(text: &str) -> bool {
    let (number, extension) = text.split_once(";ext=").map_or((text, None), |(number, own)| (number, Some(own)));
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let is_separator = |byte: u8| b" -().".contains(&byte);
    let is_digits = |own: &str| (1..=15).contains(&own.len()) && own.bytes().all(|byte| byte.is_ascii_digit());
    number.starts_with('+')
        && (4..=15).contains(&digits)
        && number.bytes().skip(1).all(|byte| byte.is_ascii_digit() || is_separator(byte))
        && extension.is_none_or(is_digits)
}

fn is_zone(text: &str) -> bool {
    text.split('/')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oidc_core_5_1_claims_have_their_form() {
        for (claim, right, wrong) in [
            ("birthdate", "1987-10-16", "1987-13-01"),
            ("birthdate", "0000-02-29", "2001-02-29"),
            ("birthdate", "1987", "87"),
            ("website", "https://olga.example/", "javascript:alert(1)"),
            ("phone_number", "+1 (604) 555-1234;ext=5678", "0441234567"),
            ("picture", "https://olga.example/p.png", "https://evil/\"><script>alert(1)</script>"),
            ("phone_number", "+1 604 555 1234", "+1 e2x3t4 ()()"),
            ("zoneinfo", "Europe/Kyiv", "Europe//Kyiv"),
            ("locale", "uk-UA", "not a tag"),
            ("formatted", "1 Street\nCity", "1 Street\u{202e}"),
        ] {
            assert!(is_well_formed(claim, right), "{claim} {right:?}");
            assert!(!is_well_formed(claim, wrong), "{claim} {wrong:?}");
        }
        assert!(is_well_formed("birthdate", ""));
        assert!(longest("picture") > longest("name"));
    }

    #[test]
    fn reg_11_deceiving_characters_are_no_part_of_a_name() {
        assert!(is_plain_text("Ada Lovelace — Ünïcödé 山田"));
        for refused in ["a\u{202e}b", "a\u{200b}b", "a\nb", "a\0b", "\u{feff}a", "a\u{2066}b"] {
            assert!(!is_plain_text(refused), "{refused:?}");
        }
    }
}
