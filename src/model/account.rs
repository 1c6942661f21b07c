//! A person's account and the standard claims it can hold (OpenID Connect Core §5.1).

use serde::{Deserialize, Serialize};

use super::audit::AuditEvent;
use super::outbox::OutboxMail;
use super::password_hash::PasswordHash;
use crate::base::{AccountId, CodeId, EmailAddress, Names, SessionId, Timestamp};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Also the `sub` of tokens; never reused.
    pub id: AccountId,
    /// The one address that signs in; unique among accounts.
    pub email: EmailAddress,
    /// The name that no other account has, if it has one; the `preferred_username` claim then.
    pub username: Option<String>,
    /// Since when the address is proven.
    pub email_verified_at: Option<Timestamp>,
    /// The password as a PHC string; `None` for people who only use codes.
    pub password_hash: Option<PasswordHash>,
    /// When the password was last set.
    pub password_changed_at: Option<Timestamp>,
    /// Raised at every change that ends sessions; a write prepared against an older generation is refused.
    pub generation: i64,
    /// The standard claims the person has.
    pub claims: StandardClaims,
    /// When it was made.
    pub created_at: Timestamp,
    /// When claims were last changed.
    pub updated_at: Timestamp,
    /// Since when nobody may enter.
    pub disabled_at: Option<Timestamp>,
    /// What the person may do, here ([`ADMIN`]) and, by scope, at applications.
    pub roles: Names,
    /// What the person belongs to, for applications that ask by scope.
    pub groups: Names,
}

/// The role that opens the administrators' interface.
pub const ADMIN: &str = "admin";

impl Account {
    /// Whether the person may hold a session: address proven, account not disabled.
    pub const fn may_sign_in(&self) -> bool {
        self.email_verified_at.is_some() && self.disabled_at.is_none()
    }

    /// Whether the person administers this server: the role, as it is at this moment, of somebody who may sign in.
    pub fn is_administrator(&self) -> bool {
        self.roles.contains(ADMIN) && self.may_sign_in()
    }

    /// The name a page greets with.
    pub fn display_name(&self) -> &str {
        self.claims.name.as_deref().unwrap_or_else(|| self.email.as_str())
    }
}

/// Standard claims, apart from `sub`, `email`, `email_verified` and `updated_at`, which the account itself knows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StandardClaims {
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Full name.
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Given name.
    pub given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Family name.
    pub family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Middle name.
    pub middle_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Casual name.
    pub nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Shorthand name; not unique.
    pub preferred_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Profile page.
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Picture.
    pub picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Web page.
    pub website: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Gender.
    pub gender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// `YYYY-MM-DD`, `0000-MM-DD` or `YYYY`.
    pub birthdate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Time zone name.
    pub zoneinfo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// BCP 47 language tag.
    pub locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// E.164 phone number.
    pub phone_number: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    /// Whether the number is proven.
    pub phone_number_verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Postal address.
    pub address: Option<Address>,
}

/// The `address` claim (OpenID Connect Core §5.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Address {
    #[serde(skip_serializing_if = "Option::is_none")]
    /// The whole, with line breaks.
    pub formatted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Street and number.
    pub street_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// City.
    pub locality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// State or province.
    pub region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Postal code.
    pub postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Country.
    pub country: Option<String>,
}

/// Sets a new password and ends everything that rested on the old one: grants, pending codes and, unless the person
/// wants to keep them, sessions other than `keep_session` (RST-06, REF-09, COD-12, SES-09).
#[derive(Debug, Clone)]
pub struct ChangePassword {
    /// Whose.
    pub account: AccountId,
    /// The generation the decision was made against.
    pub generation: i64,
    /// The new hash (PHC).
    pub password_hash: PasswordHash,
    /// Whether sessions end; grants and pending codes always do.
    pub ends_sessions: bool,
    /// The session that asked and stays, if one did.
    pub keep_session: Option<SessionId>,
    /// The mailed code that allowed it, consumed in the same transaction.
    pub consumed_code: Option<CodeId>,
    /// Whether that code proves the address as well.
    pub verifies_address: bool,
    /// The mail to somebody whose address is proven for the first time by it.
    pub welcome: Option<OutboxMail>,
    /// The moment.
    pub now: Timestamp,
    /// The notice to the owner.
    pub notice: OutboxMail,
    /// The record of it.
    pub audit: AuditEvent,
}

/// Marks an address as proven by a mailed link, using its code up.
#[derive(Debug, Clone)]
pub struct VerifyAddress {
    /// Whose.
    pub account: AccountId,
    /// The code behind the link.
    pub code: CodeId,
    /// The mail to somebody whose address is proven for the first time by it.
    pub welcome: Option<OutboxMail>,
    /// The moment.
    pub now: Timestamp,
    /// The record of it.
    pub audit: AuditEvent,
}
/// Gives an account other roles and groups, if nobody changed it since it was read.
#[derive(Debug, Clone)]
pub struct ChangeMembership {
    /// Whose.
    pub account: AccountId,
    /// The `updated_at` the decision was made against.
    pub read_at: Timestamp,
    /// The roles from now on.
    pub roles: Names,
    /// The groups from now on.
    pub groups: Names,
    /// Whether the last administrator stays one (API-10).
    pub keeps_an_administrator: bool,
    /// The record of it.
    pub audit: AuditEvent,
}

/// Something an administrator does to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Administration {
    /// Lets nobody in; sessions and tokens end.
    Lock,
    /// Lets a locked person in again, and forgets the failures counted against the account and its mailbox.
    Unlock,
    /// Ends every session and everything that was issued.
    EndSessions,
    /// Removes the account.
    Delete,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdministrationOutcome {
    /// It was done.
    Done,
    /// There is no such account.
    Absent,
    /// Somebody changed the account in between.
    Overtaken,
    /// Nobody would be left to administer (API-10).
    LastAdministrator,
}
