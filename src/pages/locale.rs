//! The language of a page: its tag, its direction, and which one a person gets.
//!
//! Asked languages come from the client (`ui_locales`, OpenID Connect Core §3.1.2.1) and from the browser
//! (`Accept-Language`, RFC 9110 §12.5.4). Which languages exist is the message catalogue's business.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use fluent_langneg::{LanguageIdentifier, NegotiationStrategy, negotiate_languages};
use serde::{Deserialize, Serialize};

use crate::base::bounds::LOCALES_CONSIDERED_MAX;

/// Primary languages written from right to left.
const RIGHT_TO_LEFT: [&str; 9] = ["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur"];

/// A BCP 47 language tag that the catalogue has messages for, for example `en` or `de`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Locale(Arc<str>);

impl Locale {
    /// Takes a tag as it is. A tag without messages is shown in the default language.
    pub fn new(tag: &str) -> Self {
        Self(Arc::from(tag))
    }

    /// English, the language every message exists in.
    pub fn english() -> Self {
        Self::new("en")
    }

    /// The tag, for the `lang` attribute and `Content-Language`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `ltr` or `rtl`, for the `dir` attribute.
    pub fn direction(&self) -> &'static str {
        let primary = self.0.split('-').next().unwrap_or_default();
        if RIGHT_TO_LEFT.contains(&primary) { "rtl" } else { "ltr" }
    }
}

impl Borrow<str> for Locale {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Picks the first available language among those asked for: the client's list first, then the browser's by
/// weight. `None` when nothing asked for is available.
pub(super) fn choose(available: &[Locale], ui_locales: Option<&str>, accept_language: Option<&str>) -> Option<Locale> {
    let by_client = ui_locales.map(client_list).unwrap_or_default();
    let by_browser = accept_language.map(weighted_list).unwrap_or_default();
    first_match(available, &by_client).or_else(|| first_match(available, &by_browser))
}

fn client_list(ui_locales: &str) -> Vec<LanguageIdentifier> {
    ui_locales.split_ascii_whitespace().take(LOCALES_CONSIDERED_MAX).filter_map(|tag| tag.parse().ok()).collect()
}

fn weighted_list(accept_language: &str) -> Vec<LanguageIdentifier> {
    let mut ranges: Vec<(LanguageIdentifier, u16)> =
        accept_language.split(',').take(LOCALES_CONSIDERED_MAX).filter_map(weighted_range).collect();
    // Stable: equal weights keep the browser's order.
    ranges.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    ranges.into_iter().map(|(language, _)| language).collect()
}

/// One member of `Accept-Language`, its weight in thousandths.
fn weighted_range(member: &str) -> Option<(LanguageIdentifier, u16)> {
    let mut parts = member.split(';').map(str::trim);
    let language = parts.next()?.parse().ok()?;
    let weight = match parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="))) {
        Some(text) => thousandths(text)?,
        None => 1000,
    };
    // RFC 9110 §12.4.2: a weight of zero means "not acceptable".
    (weight > 0).then_some((language, weight))
}

/// RFC 9110 §12.4.2: `0` or `1`, a point, at most three digits.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" => Some(1000),
        _ => None,
    }
}

fn first_match(available: &[Locale], asked: &[LanguageIdentifier]) -> Option<Locale> {
    let known: Vec<(LanguageIdentifier, &Locale)> =
        available.iter().filter_map(|locale| Some((locale.as_str().parse().ok()?, locale))).collect();
    let identifiers: Vec<&LanguageIdentifier> = known.iter().map(|(identifier, _)| identifier).collect();
    let best = **negotiate_languages(asked, &identifiers, None, NegotiationStrategy::Filtering).first()?;
    known.iter().find(|(identifier, _)| identifier == best).map(|(_, locale)| (*locale).clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(ui_locales: Option<&str>, accept_language: Option<&str>) -> Option<String> {
        let available = [Locale::new("de"), Locale::new("en")];
        choose(&available, ui_locales, accept_language).map(|locale| locale.to_string())
    }

    #[test]
    fn the_clients_list_wins_over_the_browsers() {
        assert_eq!(chosen(Some("fr-CA de-AT en"), Some("en")).as_deref(), Some("de"));
    }

    #[test]
    fn the_browsers_weights_decide_not_its_order() {
        assert_eq!(chosen(None, Some("en;q=0.5, de-CH;q=0.9, fr")).as_deref(), Some("de"));
        assert_eq!(chosen(None, Some("en, de")).as_deref(), Some("en"));
    }

    #[test]
    fn a_weight_of_zero_excludes_a_language() {
        assert_eq!(chosen(None, Some("de;q=0, en;q=0.001")).as_deref(), Some("en"));
        assert_eq!(chosen(None, Some("de;q=0.000")), None);
    }

    #[test]
    fn an_unavailable_client_list_falls_back_to_the_browser() {
        assert_eq!(chosen(Some("fr it"), Some("de")).as_deref(), Some("de"));
    }

    #[test]
    fn nonsense_chooses_nothing() {
        for nonsense in ["", "*", ";;;,,,q=1", "../../etc/passwd", "de;q=7", "de;q=0.1234", "\u{0}"] {
            assert_eq!(chosen(Some(nonsense), Some(nonsense)), None, "{nonsense:?}");
        }
    }

    #[test]
    fn direction_follows_the_primary_language() {
        assert_eq!(Locale::new("de-AT").direction(), "ltr");
        assert_eq!(Locale::new("he").direction(), "rtl");
    }
}
