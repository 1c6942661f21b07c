//! Scope values (RFC 6749 §3.3): a set of tokens that keeps the order in which they were given.

use std::fmt;

use super::bounds::SCOPE_TOKENS_MAX;

/// A set of scope tokens, without repetition, in the order given.
#[derive(Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(Vec<String>);

/// The text was not a scope value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAScope;

impl fmt::Display for NotAScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scope is printable ASCII tokens separated by single spaces, without quotes and backslashes")
    }
}

impl std::error::Error for NotAScope {}

impl Scope {
    /// No scope at all.
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// Reads a `scope` parameter. Runs of spaces are forgiven; characters outside RFC 6749's `scope-token` are not.
    pub fn parse(text: &str) -> Result<Self, NotAScope> {
        let mut tokens: Vec<String> = Vec::new();
        for token in text.split(' ').filter(|token| !token.is_empty()) {
            if !token.bytes().all(is_scope_byte) || tokens.len() == SCOPE_TOKENS_MAX {
                return Err(NotAScope);
            }
            if !tokens.iter().any(|known| known == token) {
                tokens.push(token.to_owned());
            }
        }
        Ok(Self(tokens))
    }

    /// Whether `token` is in the set.
    pub fn contains(&self, token: &str) -> bool {
        self.0.iter().any(|own| own == token)
    }

    /// Whether every token of `other` is in this set.
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|token| self.contains(token))
    }

    /// The tokens of this set that are in `allowed` too.
    #[must_use]
    pub fn intersection(&self, allowed: &Self) -> Self {
        Self(self.0.iter().filter(|token| allowed.contains(token)).cloned().collect())
    }

    /// This set with the tokens of `other` added.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut tokens = self.0.clone();
        tokens.extend(other.0.iter().filter(|token| !self.contains(token)).cloned());
        Self(tokens)
    }

    /// The tokens of this set that are not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self(self.0.iter().filter(|token| !other.contains(token)).cloned().collect())
    }

    /// This set without `token`.
    #[must_use]
    pub fn without(&self, token: &str) -> Self {
        Self(self.0.iter().filter(|own| *own != token).cloned().collect())
    }

    /// The tokens in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

// RFC 6749 Appendix A.4: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
const fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E)
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl TryFrom<String> for Scope {
    type Error = NotAScope;

    fn try_from(text: String) -> Result<Self, NotAScope> {
        Self::parse(&text)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc6749_3_3_scope_tokens_are_a_set_in_order() {
        let scope = Scope::parse("openid  email openid").unwrap();
        assert_eq!(scope.to_string(), "openid email");
        assert_eq!(Scope::parse("a\"b"), Err(NotAScope));
        assert_eq!(Scope::parse("a\\b"), Err(NotAScope));
        assert_eq!(Scope::parse("é"), Err(NotAScope));
        assert!(Scope::parse("").unwrap().is_empty());
    }
}
