//! Identifiers. Accounts get a random one (it is the `sub` that relying parties see, so it tells nothing); the rest
//! get one that begins with the time, so that new rows land side by side in an index.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use super::entropy::Draw;
use super::time::Timestamp;

/// An id of one kind of record, kept as the 36 characters of a UUID.
pub struct Id<Kind>(String, PhantomData<fn() -> Kind>);

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident => $alias:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $kind {}
        $(#[$doc])*
        pub type $alias = Id<$kind>;
    )*};
}

kinds! {
    /// A person's account; also the `sub` of tokens about that person.
    Account => AccountId;
    /// A person's signed-in session; also the `sid` of ID tokens.
    Session => SessionId;
    /// One authorization request on its way through the pages.
    Interaction => InteractionId;
    /// What a person granted to a client at one authorization.
    Grant => GrantId;
    /// One mail to be sent.
    Outbox => OutboxId;
    /// One mailed code with its link.
    Code => CodeId;
}

impl AccountId {
    /// A new account's id: 122 random bits.
    pub fn generate(draw: &mut Draw) -> Self {
        Self::of(uuid::Builder::from_random_bytes(draw.bytes()).into_uuid())
    }
}

impl<Kind> Id<Kind> {
    /// A new id that sorts by time: milliseconds, then 74 random bits (RFC 9562 §5.7).
    pub fn generate_at(now: Timestamp, draw: &mut Draw) -> Self {
        let millis = u64::try_from(now.micros() / 1_000).unwrap_or(0);
        Self::of(uuid::Builder::from_unix_timestamp_millis(millis, &draw.bytes()).into_uuid())
    }

    /// The text the store and the wire carry.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(uuid: uuid::Uuid) -> Self {
        Self(uuid.as_hyphenated().to_string(), PhantomData)
    }
}

/// The text was not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnId;

impl<Kind> FromStr for Id<Kind> {
    type Err = NotAnId;

    /// Only the canonical spelling counts: lower case, hyphens in place.
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        if is_canonical(text) { Ok(Self(text.to_owned(), PhantomData)) } else { Err(NotAnId) }
    }
}

// RFC 9562 §4: 8-4-4-4-12 hexadecimal digits. Every row that is read has some of these, so this is not left to a parser
// whose result would have to be written out again.
fn is_canonical(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

impl<Kind> Clone for Id<Kind> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<Kind> PartialEq for Id<Kind> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<Kind> Eq for Id<Kind> {}

impl<Kind> std::hash::Hash for Id<Kind> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<Kind> fmt::Display for Id<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<Kind> fmt::Debug for Id<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<Kind> serde::Serialize for Id<Kind> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, Kind> serde::Deserialize<'de> for Id<Kind> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(|NotAnId| serde::de::Error::custom("not an id"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_parse_only_in_one_spelling() {
        let mut draw = Draw::from_seed([1; 32]);
        let early = GrantId::generate_at(Timestamp::from_seconds(1_000), &mut draw);
        let late = GrantId::generate_at(Timestamp::from_seconds(2_000), &mut draw);
        assert!(early.as_str() < late.as_str());
        assert_eq!(early.as_str().parse::<GrantId>(), Ok(early.clone()));
        assert_eq!(early.as_str().to_uppercase().parse::<GrantId>(), Err(NotAnId));
        assert_eq!(early.as_str().replace('-', "").parse::<GrantId>(), Err(NotAnId));
        for other in ["", "g", &early.as_str()[1..], &format!("{early}0"), &early.as_str().replace('-', "0")] {
            assert_eq!(other.parse::<GrantId>(), Err(NotAnId), "{other}");
        }
    }

    #[test]
    fn jwt_13_an_accounts_id_tells_nothing_of_its_age() {
        let mut draw = Draw::from_seed([1; 32]);
        assert_eq!(AccountId::generate(&mut draw).as_str().as_bytes()[14], b'4');
    }
}
