//! What can go wrong between us and another provider.

/// Why nobody could be identified. Nothing of the provider's own words is kept in it but short, checked codes: they are
/// not shown to people and go into the log escaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamFailure {
    /// It cannot be reached, did not answer in time, or answered that it is out of order.
    #[error("the provider cannot be reached: {detail}")]
    Unreachable {
        /// What happened.
        detail: String,
    },
    /// It answered, but not as its protocol says.
    #[error("the provider's answer is malformed: {detail}")]
    Malformed {
        /// What is wrong with it.
        detail: String,
    },
    /// It refused the code or our credentials.
    #[error("the provider refused: {code}")]
    Refused {
        /// Its error code, cut short.
        code: String,
    },
    /// What it said does not verify: somebody else's, somebody else's provider's, too old, or forged.
    #[error("the provider's word does not verify: {detail}")]
    Unverified {
        /// Which rule it breaks.
        detail: &'static str,
    },
    /// The person did not agree to what is needed to know who they are.
    #[error("the person withheld what is needed: {detail}")]
    Withheld {
        /// What is missing.
        detail: &'static str,
    },
    /// Our settings for the provider are wrong.
    #[error("the provider is misconfigured: {detail}")]
    Misconfigured {
        /// What is wrong with them.
        detail: String,
    },
}

impl UpstreamFailure {
    /// A stable name for logs, metrics and the audit log.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::Malformed { .. } => "malformed",
            Self::Refused { .. } => "refused",
            Self::Unverified { .. } => "unverified",
            Self::Withheld { .. } => "withheld",
            Self::Misconfigured { .. } => "misconfigured",
        }
    }
}
