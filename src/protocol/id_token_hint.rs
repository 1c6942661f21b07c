//! What an `id_token_hint` says once its signature was looked at. It names people and sessions; it never signs anyone
//! in (AUT-16, OUT-04).

/// The hint of a request, as far as it can be believed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Hint {
    /// The request has none.
    #[default]
    Absent,
    /// It is an ID token that we issued, however long ago.
    Genuine(IdTokenHint),
    /// It is something else.
    NotGenuine,
}

/// The claims of a genuine ID token that matter as a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdTokenHint {
    /// Its `sub`.
    pub subject: String,
    /// Its `aud`: the client it was issued to.
    pub audience: String,
    /// Its `sid`.
    pub session: Option<String>,
}

impl Hint {
    /// The hint, when it can be believed.
    pub const fn genuine(&self) -> Option<&IdTokenHint> {
        match self {
            Self::Genuine(hint) => Some(hint),
            Self::Absent | Self::NotGenuine => None,
        }
    }
}
