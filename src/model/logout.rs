//! The end of a session as clients are told of it (OpenID Connect Back-Channel and Front-Channel Logout 1.0).

use crate::base::Timestamp;

/// A client that took part in a session, and the name by which it knows that session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionClient {
    /// The client.
    pub client_id: String,
    /// The `sid` of its ID tokens.
    pub sid: String,
}

/// One client that is to be told of the end of one session, under an address that was registered then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutDelivery {
    /// The client.
    pub client_id: String,
    /// The session, as the client knows it.
    pub sid: String,
    /// Whose session it was: the account, whatever the client calls it.
    pub account: String,
    /// Where the client is told.
    pub uri: String,
    /// When the session ended.
    pub created_at: Timestamp,
    /// When it is tried next; `None` once it is settled.
    pub next_attempt_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: i64,
    /// When the client took it.
    pub delivered_at: Option<Timestamp>,
    /// When it was given up.
    pub failed_at: Option<Timestamp>,
    /// How the last attempt ended: a status, or why there was none.
    pub last_status: Option<String>,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoutAttempt {
    /// The client took it.
    Delivered,
    /// It is tried again then.
    RetryAt(Timestamp),
    /// It is not tried again.
    GivenUp,
}
