//! Mailed codes.

use serde::{Deserialize, Serialize};

/// What a mailed code is for; codes of different purposes never stand in for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodePurpose {
    /// Proves the address of a new account.
    VerifyAddress,
    /// Signs in.
    SignIn,
    /// Allows a new password.
    ResetPassword,
}
