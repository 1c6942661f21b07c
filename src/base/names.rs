//! Names of roles and groups: short plain words, kept as a sorted set without repetition.

use std::fmt;

use super::bounds::{NAME_BYTES_MAX, NAMES_MAX};

/// A set of role or group names, in order. No name has a blank in it, so the set can be written as words.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Names(Vec<String>);

/// Why a list is no set of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotNames {
    /// One of them is no name.
    Malformed,
    /// There are more than are kept.
    TooMany,
}

impl fmt::Display for NotNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => write!(
                f,
                "a name has 1 to {NAME_BYTES_MAX} letters, digits or any of - . _ : @, and begins with a letter or digit"
            ),
            Self::TooMany => write!(f, "there are at most {NAMES_MAX} names"),
        }
    }
}

impl std::error::Error for NotNames {}

impl Names {
    /// No name at all.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// The set of these names.
    pub fn of<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Result<Self, NotNames> {
        names.into_iter().try_fold(Self::none(), |set, name| set.with(name.as_ref()))
    }

    /// Reads the words that [`Names::to_words`] gave.
    pub fn from_words(words: &str) -> Result<Self, NotNames> {
        Self::of(words.split(' ').filter(|word| !word.is_empty()))
    }

    /// The names with a blank between them.
    pub fn to_words(&self) -> String {
        self.0.join(" ")
    }

    /// This set with `name` in it.
    pub fn with(mut self, name: &str) -> Result<Self, NotNames> {
        if !is_name(name) {
            return Err(NotNames::Malformed);
        }
        if let Err(place) = self.0.binary_search_by(|own| own.as_str().cmp(name)) {
            if self.0.len() == NAMES_MAX {
                return Err(NotNames::TooMany);
            }
            self.0.insert(place, name.to_owned());
        }
        Ok(self)
    }

    /// This set without `name`.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|own| own != name);
        self
    }

    /// Whether `name` is in it.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|own| own == name)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names in order.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:@".contains(&byte);
    (1..=NAME_BYTES_MAX).contains(&text.len())
        && text.bytes().all(is_allowed)
        && text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
}

impl TryFrom<Vec<String>> for Names {
    type Error = NotNames;

    fn try_from(names: Vec<String>) -> Result<Self, NotNames> {
        Self::of(names)
    }
}

impl From<Names> for Vec<String> {
    fn from(names: Names) -> Self {
        names.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_set_is_sorted_and_holds_each_name_once() {
        let set = Names::of(["staff", "admin", "staff"]).unwrap();
        assert_eq!(set.as_slice(), ["admin", "staff"]);
        assert_eq!(set.to_words(), "admin staff");
        assert!(set.contains("admin") && !set.contains("adm"));
        assert_eq!(set.without("admin").as_slice(), ["staff"]);
    }

    #[test]
    fn names_are_plain_and_bounded() {
        for name in ["a", "Staff", "team:eu", "x@y.z", "0-1_2", &"a".repeat(NAME_BYTES_MAX)] {
            assert!(Names::of([name]).is_ok(), "{name}");
        }
        for name in ["", " ", "a b", "-a", "ä", "a\0", "a,b", "a/b", "a\"", &"a".repeat(NAME_BYTES_MAX + 1)] {
            assert_eq!(Names::of([name]), Err(NotNames::Malformed), "{name:?}");
        }
        let many: Vec<String> = (0..=NAMES_MAX).map(|number| number.to_string()).collect();
        assert_eq!(Names::of(&many), Err(NotNames::TooMany));
        assert!(Names::of(&many[1..]).is_ok());
    }

    proptest! {
        #[test]
        fn a_set_survives_the_store(names in proptest::collection::vec("[a-z0-9][a-z:._-]{0,8}", 0..20)) {
            let set = Names::of(&names).unwrap();
            prop_assert_eq!(Names::from_words(&set.to_words()), Ok(set.clone()));
            prop_assert!(names.iter().all(|name| set.contains(name)));
        }
    }
}
