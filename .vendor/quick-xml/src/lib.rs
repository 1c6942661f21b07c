//! An inert stand-in for the crate of the same name.
//!
//! poem and poem-openapi can carry XML bodies; Doorward never does, so every call here refuses. Keeping the real
//! 0.36 out of the build keeps its two known denial-of-service faults out as well.

use std::fmt;

/// Says that this build has no XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeError {
    /// The one answer given here; callers of the real crate match on its name.
    Unsupported(&'static str),
}

const NO_XML: DeError = DeError::Unsupported("this build does not read or write XML");

impl fmt::Display for DeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Unsupported(what) = self;
        f.write_str(what)
    }
}

impl std::error::Error for DeError {}

/// Reading XML: always refused.
pub mod de {
    pub use crate::DeError;
    use serde::de::DeserializeOwned;
    use std::io::BufRead;

    /// Refuses.
    pub fn from_str<T: DeserializeOwned>(_text: &str) -> Result<T, DeError> {
        Err(crate::NO_XML)
    }

    /// Refuses.
    pub fn from_reader<R: BufRead, T: DeserializeOwned>(_reader: R) -> Result<T, DeError> {
        Err(crate::NO_XML)
    }
}

/// Writing XML: always refused.
pub mod se {
    pub use crate::DeError;
    use serde::Serialize;

    /// Refuses.
    pub fn to_string<T: ?Sized + Serialize>(_value: &T) -> Result<String, DeError> {
        Err(crate::NO_XML)
    }

    /// Refuses.
    pub fn to_string_with_root<T: ?Sized + Serialize>(_root: &str, _value: &T) -> Result<String, DeError> {
        Err(crate::NO_XML)
    }
}
