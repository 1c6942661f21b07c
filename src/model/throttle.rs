//! What is counted against whom. Counting happens in the store, so that replicas share it; the arithmetic is in
//! `identity::throttle`.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use crate::base::{AccountId, Digest, EmailAddress, Timestamp};

/// What is counted. Each purpose has its own rule in `identity::throttle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ThrottlePurpose {
    /// Failed sign-ins to an account, from anywhere but its known devices.
    SignInAccount,
    /// Failed sign-ins to an account from one of its known devices.
    SignInKnownDevice,
    /// Failed sign-ins to an address that has no account.
    SignInUnknown,
    /// Failed sign-ins from a source.
    SignInIp,
    /// Wrong mailed codes for an account, over all its flows.
    CodeAccount,
    /// Wrong mailed codes for an address that has no account.
    CodeUnknown,
    /// Wrong mailed codes from a source.
    CodeIp,
    /// Failed sign-ins to all accounts from all sources, but for known devices.
    SignInOverall,
    /// Wrong mailed codes for everybody.
    CodeOverall,
    /// Mails to everybody.
    MailOverall,
    /// Sign-ups from everywhere.
    SignUpOverall,
    /// Mails to an address.
    MailAddress,
    /// Mails asked for by a source.
    MailIp,
    /// Sign-ups from a source.
    SignUpIp,
    /// Wrong client secrets of a client from a source.
    ClientSecret,
    /// Visits to other providers from a source, beginning and coming back.
    VisitIp,
    /// Registrations of clients from a source.
    RegistrationIp,
    /// Documents of clients fetched for a source.
    ClientDocumentIp,
    /// Request objects fetched for a source.
    RequestObjectIp,
    /// Requests that are kept for clients which prove nothing, from a source.
    UnprovenIp,
    /// User codes of devices from a source that no device waits with.
    UserCodeIp,
    /// The same from everywhere.
    UserCodeOverall,
    /// Requests that apps send to a person's mailbox.
    ApprovalAccount,
    /// Requests that one app sends to people's mailboxes.
    ApprovalClient,
    /// Security events from a source.
    SecurityEventIp,
}

impl ThrottlePurpose {
    /// Those whose keys a stranger makes up, as many as they like. The others have an account, or one row each.
    pub const OF_STRANGERS: [Self; 15] = [
        Self::SignInUnknown,
        Self::SignInIp,
        Self::CodeUnknown,
        Self::CodeIp,
        Self::MailAddress,
        Self::MailIp,
        Self::SignUpIp,
        Self::ClientSecret,
        Self::VisitIp,
        Self::RegistrationIp,
        Self::ClientDocumentIp,
        Self::RequestObjectIp,
        Self::UnprovenIp,
        Self::UserCodeIp,
        Self::SecurityEventIp,
    ];

    /// The name in a key and in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignInAccount => "sign_in_account",
            Self::SignInKnownDevice => "sign_in_known_device",
            Self::SignInUnknown => "sign_in_unknown",
            Self::SignInIp => "sign_in_ip",
            Self::CodeAccount => "code_account",
            Self::MailAddress => "mail_address",
            Self::MailIp => "mail_ip",
            Self::SignUpIp => "sign_up_ip",
            Self::CodeUnknown => "code_unknown",
            Self::CodeIp => "code_ip",
            Self::SignInOverall => "sign_in_overall",
            Self::CodeOverall => "code_overall",
            Self::MailOverall => "mail_overall",
            Self::SignUpOverall => "sign_up_overall",
            Self::ClientSecret => "client_secret",
            Self::VisitIp => "visit_ip",
            Self::RegistrationIp => "registration_ip",
            Self::ClientDocumentIp => "client_document_ip",
            Self::RequestObjectIp => "request_object_ip",
            Self::UnprovenIp => "unproven_ip",
            Self::UserCodeIp => "user_code_ip",
            Self::UserCodeOverall => "user_code_overall",
            Self::ApprovalAccount => "approval_account",
            Self::ApprovalClient => "approval_client",
            Self::SecurityEventIp => "security_event_ip",
        }
    }
}

/// The row a count stands in: the purpose and a digest of what is counted, so that the table names nobody.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ThrottleKey(String);

impl ThrottleKey {
    /// Counts against an account.
    pub fn account(purpose: ThrottlePurpose, account: &AccountId) -> Self {
        Self::of(purpose, &[account.as_str()])
    }

    /// What is counted against an account wherever the tries come from.
    pub fn from_anywhere(account: &AccountId) -> [Self; 2] {
        [ThrottlePurpose::SignInAccount, ThrottlePurpose::CodeAccount].map(|purpose| Self::account(purpose, account))
    }

    /// Counts against a browser that has signed in to the account before, so that a stranger's failures elsewhere do
    /// not keep the owner out (PWD-06). `device` is the digest of its mark for the account.
    pub fn known_device(account: &AccountId, device: &Digest) -> Self {
        Self::of(ThrottlePurpose::SignInKnownDevice, &[account.as_str(), device.as_str()])
    }

    /// Counts against an address.
    pub fn address(purpose: ThrottlePurpose, email: &EmailAddress) -> Self {
        Self::of(purpose, &[email.as_str()])
    }

    /// Counts against a source.
    pub fn ip(purpose: ThrottlePurpose, ip: IpAddr) -> Self {
        Self::of(purpose, &[&source(ip)])
    }

    /// Counts against a client as seen from a source, so that guesses from elsewhere do not keep the honest client out
    /// (CLI-12).
    pub fn client_secret(client_id: &str, ip: IpAddr) -> Self {
        Self::of(ThrottlePurpose::ClientSecret, &[client_id, &source(ip)])
    }

    /// Counts against a client that has authenticated, wherever it is.
    pub fn client(purpose: ThrottlePurpose, client_id: &str) -> Self {
        Self::of(purpose, &[client_id])
    }

    /// Counts everything of a purpose together.
    pub fn overall(purpose: ThrottlePurpose) -> Self {
        Self::of(purpose, &[])
    }

    /// The name of the purpose.
    pub fn purpose(&self) -> &str {
        self.0.split_once(':').map_or("", |(purpose, _)| purpose)
    }

    /// A key as the store gave it back.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text the store keeps.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(purpose: ThrottlePurpose, parts: &[&str]) -> Self {
        let name = purpose.as_str();
        Self(format!("{name}:{}", Digest::keyed(name.as_bytes(), parts).as_str()))
    }
}

impl fmt::Debug for ThrottleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One source: an IPv4 address, or the IPv6 network a subscriber is given (RFC 6177 §2), whose 64 lower bits one
/// machine may choose at will.
fn source(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// A count as the store keeps it. A missing row is a count of nought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThrottleRecord {
    /// Whose count it is.
    pub key: ThrottleKey,
    /// Attempts that count at present.
    pub count: i64,
    /// Since when the present count has been fading.
    pub window_started_at: Timestamp,
    /// Until when nothing is allowed, if there is a wait.
    pub blocked_until: Option<Timestamp>,
    /// When the row means nothing any more and may be swept.
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_the_purpose_and_hides_the_rest() {
        let email: EmailAddress = "ada@example.com".parse().unwrap();
        let key = ThrottleKey::address(ThrottlePurpose::MailAddress, &email);
        assert!(key.as_str().starts_with("mail_address:"));
        assert!(!key.as_str().contains("ada"));
        assert_eq!(key.purpose(), "mail_address");
        assert_ne!(
            key.as_str().rsplit(':').next(),
            ThrottleKey::address(ThrottlePurpose::SignInUnknown, &email).as_str().rsplit(':').next(),
        );
    }

    #[test]
    fn pwd_16_one_subscriber_is_one_source() {
        let key = |ip: &str| ThrottleKey::ip(ThrottlePurpose::SignInIp, ip.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::2"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("192.0.2.7"), key("::ffff:192.0.2.7"));
        assert_ne!(key("192.0.2.7"), key("192.0.2.8"));
    }

    #[test]
    fn cli_12_a_client_is_counted_for_each_source() {
        let key = |client: &str, ip: &str| ThrottleKey::client_secret(client, ip.parse().unwrap());
        assert_ne!(key("acme", "192.0.2.7"), key("acme", "192.0.2.8"));
        assert_ne!(key("acme", "192.0.2.7"), key("umbra", "192.0.2.7"));
    }
}
