//! One authorization request (or a plain sign-in to the account pages) on its way through the pages.

use serde::{Deserialize, Serialize};

use super::authorization_request::AuthorizationRequest;
use super::pending::ApprovalRequest;
use super::upstream::Waiting;
use crate::base::{AccountId, CodeId, Digest, EmailAddress, InteractionId, Scope, SessionId, Timestamp};

/// An interaction. Its id stands in the URL of every page; `browser` ties it to the browser that began it (AUT-20).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interaction {
    /// The id in the URL.
    pub id: InteractionId,
    /// Digest of the browser cookie's value.
    pub browser: Digest,
    /// What it is for.
    pub purpose: Purpose,
    /// How far it has come.
    pub progress: Progress,
    /// Raised at every write; a write prepared against an older revision is refused.
    pub revision: i64,
    /// When it began.
    pub created_at: Timestamp,
    /// When it can no longer be continued.
    pub expires_at: Timestamp,
    /// When it was answered.
    pub finished_at: Option<Timestamp>,
}

/// What happens at the end of an interaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The client gets its answer.
    Authorize(Box<AuthorizationRequest>),
    /// The person gets to a page of their account.
    Account {
        /// A local path below `/account`.
        path: String,
    },
    /// What a device or an app asked for is granted or refused.
    Approve(Box<ApprovalRequest>),
}

/// How far an interaction has come: each page adds its fact here, and `next_step` reads them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// The session the person signed in with or chose on these pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// Whether `session` was made by a sign-in during this interaction.
    pub signed_in_here: bool,
    /// What the person is proving by a mailed code at the moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proving: Option<Proving>,
    /// The scope the person agreed to on these pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consented: Option<Scope>,
    /// Whether the person refused or cancelled.
    pub refused: bool,
    /// The reset code that was typed right here and waits for the new password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proven_code: Option<CodeId>,
    /// Who came back from another provider and is not tied to an account yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrived: Option<Waiting>,
    /// Sign-ins that failed here, for suggesting a reset.
    pub failures: u32,
}

/// A mailed code the pages are waiting for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proving {
    /// Which page asks for it.
    pub purpose: super::one_time_code::CodePurpose,
    /// The address as the person typed it. The page shows it masked, whether or not anybody has it (PWD-01).
    pub email: EmailAddress,
    /// The account, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
}

impl Progress {
    /// The person signed in on these pages. What somebody else may have agreed to before does not count for them
    /// (SES-12).
    pub fn signed_in(&mut self, session: SessionId) {
        self.chose(session);
        self.signed_in_here = true;
    }

    /// The person chose one of their sessions.
    pub fn chose(&mut self, session: SessionId) {
        self.session = Some(session);
        self.signed_in_here = false;
        self.proving = None;
        self.consented = None;
    }

    /// The person agreed to share `scope`.
    pub fn agreed(&mut self, scope: Scope) {
        self.consented = Some(scope);
    }
}

impl Interaction {
    /// The authorization request, when it is for a client.
    pub fn request(&self) -> Option<&AuthorizationRequest> {
        match &self.purpose {
            Purpose::Authorize(request) => Some(request),
            Purpose::Account { .. } | Purpose::Approve(_) => None,
        }
    }

    /// What a device or an app asked for, when it is about that.
    pub fn approval(&self) -> Option<&ApprovalRequest> {
        match &self.purpose {
            Purpose::Approve(request) => Some(request),
            Purpose::Authorize(_) | Purpose::Account { .. } => None,
        }
    }

    /// The client that asks, when one does.
    pub fn client_id(&self) -> Option<&str> {
        match &self.purpose {
            Purpose::Authorize(request) => Some(&request.client_id),
            Purpose::Approve(request) => Some(&request.client_id),
            Purpose::Account { .. } => None,
        }
    }

    /// Whether it can still be continued at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.finished_at.is_none() && now < self.expires_at
    }
}
