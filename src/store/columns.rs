//! How the vocabulary of `base` becomes columns and comes back.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Row, StoreFault, Value};
use crate::base::id::Id;
use crate::base::{Digest, EmailAddress, Names, Scope, Timestamp};
use crate::model::PasswordHash;
use crate::model::upstream::ProviderId;

impl From<Timestamp> for Value<'_> {
    fn from(moment: Timestamp) -> Self {
        moment.micros().into()
    }
}

impl From<Option<Timestamp>> for Value<'_> {
    fn from(moment: Option<Timestamp>) -> Self {
        moment.map(Timestamp::micros).into()
    }
}

impl<'a> From<&'a Digest> for Value<'a> {
    fn from(digest: &'a Digest) -> Self {
        digest.as_str().into()
    }
}

impl<'a> From<Option<&'a Digest>> for Value<'a> {
    fn from(digest: Option<&'a Digest>) -> Self {
        digest.map(Digest::as_str).into()
    }
}

impl<'a, Kind> From<&'a Id<Kind>> for Value<'a> {
    fn from(id: &'a Id<Kind>) -> Self {
        id.as_str().into()
    }
}

impl<'a, Kind> From<Option<&'a Id<Kind>>> for Value<'a> {
    fn from(id: Option<&'a Id<Kind>>) -> Self {
        id.map(Id::as_str).into()
    }
}

impl<'a> From<&'a EmailAddress> for Value<'a> {
    fn from(address: &'a EmailAddress) -> Self {
        address.as_str().into()
    }
}

impl<'a> From<Option<&'a PasswordHash>> for Value<'a> {
    fn from(hash: Option<&'a PasswordHash>) -> Self {
        hash.map(PasswordHash::as_str).into()
    }
}

/// A structure as the text of its column.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("records hold only maps with text keys, which always serialise")
}

/// The columns of a row, read from left to right.
pub(super) struct Columns<'a, 'r> {
    row: &'a Row<'r>,
    next: usize,
}

impl<'a, 'r> Columns<'a, 'r> {
    /// Starts at the first column.
    pub(super) fn of(row: &'a Row<'r>) -> Self {
        Self { row, next: 0 }
    }

    fn step(&mut self) -> usize {
        let column = self.next;
        self.next += 1;
        column
    }

    pub(super) fn text(&mut self) -> Result<String, StoreFault> {
        let column = self.step();
        self.row.text(column)
    }

    pub(super) fn text_or_null(&mut self) -> Result<Option<String>, StoreFault> {
        let column = self.step();
        self.row.optional_text(column)
    }

    pub(super) fn integer(&mut self) -> Result<i64, StoreFault> {
        let column = self.step();
        self.row.integer(column)
    }

    pub(super) fn integer_or_null(&mut self) -> Result<Option<i64>, StoreFault> {
        let column = self.step();
        self.row.optional_integer(column)
    }

    pub(super) fn time(&mut self) -> Result<Timestamp, StoreFault> {
        self.integer().map(Timestamp::from_micros)
    }

    pub(super) fn time_or_null(&mut self) -> Result<Option<Timestamp>, StoreFault> {
        Ok(self.integer_or_null()?.map(Timestamp::from_micros))
    }

    pub(super) fn digest(&mut self) -> Result<Digest, StoreFault> {
        self.text().map(Digest::from_stored)
    }

    pub(super) fn digest_or_null(&mut self) -> Result<Option<Digest>, StoreFault> {
        Ok(self.text_or_null()?.map(Digest::from_stored))
    }

    pub(super) fn id<Kind>(&mut self) -> Result<Id<Kind>, StoreFault> {
        let column = self.step();
        stored_id(column, self.row.text_ref(column)?)
    }

    pub(super) fn id_or_null<Kind>(&mut self) -> Result<Option<Id<Kind>>, StoreFault> {
        let column = self.step();
        let text = self.row.optional_text_ref(column)?;
        text.map(|text| stored_id(column, text)).transpose()
    }

    pub(super) fn provider(&mut self) -> Result<ProviderId, StoreFault> {
        let column = self.step();
        self.row.text_ref(column)?.parse().map_err(|_| unexpected(column, "not a provider"))
    }

    pub(super) fn provider_or_null(&mut self) -> Result<Option<ProviderId>, StoreFault> {
        let column = self.step();
        let text = self.row.optional_text_ref(column)?;
        text.map(|text| text.parse().map_err(|_| unexpected(column, "not a provider"))).transpose()
    }

    pub(super) fn email(&mut self) -> Result<EmailAddress, StoreFault> {
        self.text().map(EmailAddress::from_stored)
    }

    pub(super) fn scope(&mut self) -> Result<Scope, StoreFault> {
        let column = self.step();
        Scope::parse(self.row.text_ref(column)?).map_err(|_| unexpected(column, "not a scope"))
    }

    pub(super) fn names(&mut self) -> Result<Names, StoreFault> {
        let column = self.step();
        Names::from_words(self.row.text_ref(column)?).map_err(|_| unexpected(column, "not a list of names"))
    }

    pub(super) fn json<T: DeserializeOwned>(&mut self) -> Result<T, StoreFault> {
        let column = self.step();
        json_of(column, self.row.text_ref(column)?)
    }

    pub(super) fn json_or_null<T: DeserializeOwned>(&mut self) -> Result<Option<T>, StoreFault> {
        let column = self.step();
        self.row.optional_text(column)?.map(|text| json_of(column, &text)).transpose()
    }

    /// A list kept as words with a blank between.
    pub(super) fn words(&mut self) -> Result<Vec<String>, StoreFault> {
        let column = self.step();
        Ok(self.row.text_ref(column)?.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect())
    }
}

/// A structure from the text of its column.
pub(super) fn json_of<T: DeserializeOwned>(column: usize, text: &str) -> Result<T, StoreFault> {
    serde_json::from_str(text).map_err(|error| unexpected(column, &error.to_string()))
}

/// An id from the text of its column.
pub(super) fn stored_id<Kind>(column: usize, text: &str) -> Result<Id<Kind>, StoreFault> {
    text.parse().map_err(|_| unexpected(column, "not an id"))
}

/// A stored value that its record cannot hold.
pub(super) fn unexpected(column: usize, what: &str) -> StoreFault {
    StoreFault::Shape { detail: format!("column {column}: {what}") }
}
