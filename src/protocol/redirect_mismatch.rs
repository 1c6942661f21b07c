//! What differed when a URI matched none of the registered ones: for the error page, which shows the first differing
//! character to developers.

use crate::base::RedirectUri;

/// A URI that is not registered, beside the registered ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectMismatch {
    /// What was sent. It is shown as text and never linked (RED-05).
    pub received: String,
    /// What is registered, the most similar one first.
    pub registered: Vec<String>,
    /// How many bytes `received` and the first of `registered` have in common from their beginning; 0 without one.
    pub first_difference: usize,
    /// Whether only the port of a loopback address differs, which registering the client as native would forgive
    /// (RFC 8252 §7.3).
    pub only_loopback_port_differs: bool,
}

impl RedirectMismatch {
    /// Compares what was sent with what is registered.
    pub fn between(received: &str, registered: &[RedirectUri]) -> Self {
        let mut registered: Vec<&RedirectUri> = registered.iter().collect();
        registered.sort_by_key(|uri| std::cmp::Reverse(common_prefix(received, uri.as_str())));
        Self {
            first_difference: registered.first().map_or(0, |uri| common_prefix(received, uri.as_str())),
            only_loopback_port_differs: registered.iter().any(|uri| uri.matches(received, true)),
            registered: registered.iter().map(|uri| uri.as_str().to_owned()).collect(),
            received: received.to_owned(),
        }
    }

    /// Whether the received URI is at least one that could be registered.
    pub fn is_registrable(&self) -> bool {
        RedirectUri::parse(&self.received).is_ok()
    }
}

/// Bytes both texts begin with, cut so that it never splits a character.
fn common_prefix(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uris(texts: &[&str]) -> Vec<RedirectUri> {
        texts.iter().map(|text| RedirectUri::parse(text).unwrap()).collect()
    }

    #[test]
    fn red_01_the_most_similar_registered_uri_comes_first() {
        let registered = uris(&["https://other.example/", "https://app.example/cb", "https://app.example/callback"]);
        let mismatch = RedirectMismatch::between("https://app.example/callbäck", &registered);
        assert_eq!(mismatch.registered[0], "https://app.example/callback");
        assert_eq!(&mismatch.received[mismatch.first_difference..], "äck");
        assert!(!mismatch.only_loopback_port_differs && !mismatch.is_registrable());
        assert!(RedirectMismatch::between("https://app.example/c", &registered).is_registrable());
    }

    #[test]
    fn red_02_a_loopback_port_is_recognised_as_the_only_difference() {
        let registered = uris(&["https://app.example/cb", "http://localhost:3000/cb"]);
        assert!(RedirectMismatch::between("http://localhost:5173/cb", &registered).only_loopback_port_differs);
        assert!(!RedirectMismatch::between("http://localhost:5173/cb2", &registered).only_loopback_port_differs);
        assert_eq!(RedirectMismatch::between("x", &[]).first_difference, 0);
    }
}
