//! A mailed code and the link beside it: one record, one purpose, one use.
//!
//! The rules (who may try it, when it is spent, when it is sent again) are in `identity::one_time_code`.

use crate::base::{AccountId, CodeId, Digest, EmailAddress, InteractionId, Timestamp};

/// What a code proves when it is entered. A code of one purpose is worthless for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodePurpose {
    /// That the address belongs to the person who signs up.
    VerifyAddress,
    /// That the person who signs in reads the account's mail.
    SignIn,
    /// That the person who sets a new password reads the account's mail.
    ResetPassword,
    /// That the person who gives their account a new address reads the mail that goes there.
    ChangeAddress,
}

impl CodePurpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [Self::VerifyAddress, Self::SignIn, Self::ResetPassword, Self::ChangeAddress];

    /// The text the store keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyAddress => "verify_address",
            Self::SignIn => "sign_in",
            Self::ResetPassword => "reset_password",
            Self::ChangeAddress => "change_address",
        }
    }

    /// Reads what [`CodePurpose::as_str`] gave.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }
}

/// A mailed code with its link, as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRecord {
    /// Its id; part of what the code's digest is keyed with, so equal codes have different digests.
    pub id: CodeId,
    /// What it proves.
    pub purpose: CodePurpose,
    /// Whose it is; `None` where there is no account (yet). A code asked for an unknown address is such a record too,
    /// and nobody ever learns its digits (OTP-17).
    pub account: Option<AccountId>,
    /// Where it was sent.
    pub email: EmailAddress,
    /// The interaction that asked for it, if one did.
    pub interaction: Option<InteractionId>,
    /// The browser that asked for it: the digest of its binding cookie.
    pub browser: Option<Digest>,
    /// The keyed digest of the newest code.
    pub code_digest: Digest,
    /// The digest of the newest link's token.
    pub link_digest: Digest,
    /// Wrong guesses so far, over all resends.
    pub attempts: i64,
    /// Mails sent so far, the first one included.
    pub sends: i64,
    /// When it was first asked for.
    pub created_at: Timestamp,
    /// When the newest mail was written.
    pub last_sent_at: Timestamp,
    /// When the newest code dies.
    pub expires_at: Timestamp,
    /// When it was used, if it was.
    pub consumed_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_survive_the_store() {
        for purpose in CodePurpose::ALL {
            assert_eq!(CodePurpose::from_stored(purpose.as_str()), Some(purpose));
        }
        assert_eq!(CodePurpose::from_stored("Sign_In"), None);
    }
}
