//! How an endpoint says that it did not do what was asked.

use super::api::problem::FieldProblem;
use crate::base::Fault;
use crate::pages::{Detail, PagesFault, Problem};
use crate::protocol::Reason;
use crate::store::StoreFault;

/// Why there is no proper answer. Which form it takes on the wire is `reply`'s business.
#[derive(Debug)]
pub enum Failure {
    /// A refusal by the rules of the protocol.
    Refused(Reason),
    /// The same, with facts for the page that shows it.
    RefusedWith(Reason, Vec<Detail>),
    /// Too often; worth trying again after so many seconds.
    Throttled {
        /// Seconds to wait.
        retry_after_seconds: i64,
    },
    /// A refusal of the HTTP layer.
    Http(HttpRefusal),
    /// What a program sent breaks a rule; the sentences say which.
    Unacceptable {
        /// What it is called.
        code: &'static str,
        /// What is wrong, all of it.
        detail: String,
    },
    /// A body that does not have the documented form; what is wrong with it, member by member.
    Malformed(Vec<FieldProblem>),
    /// Values of the right form that are not taken, as a page would tell.
    NotTaken(Vec<Problem>),
    /// Nothing failed: the browser is to go on at this address of ours.
    Onward(String),
    /// Our own failure.
    Fault(Fault),
}

/// What the HTTP layer refuses by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpRefusal {
    /// No such address.
    NotFound,
    /// The address does not take this method.
    MethodNotAllowed,
    /// The body is larger than is read.
    BodyTooLarge,
    /// The body did not arrive whole, or in time.
    BodyIncomplete,
    /// A form that another site sent (SES-05).
    CrossSite,
    /// A form that this browser did not get from us, or too long ago.
    FormExpired,
    /// The browser does not send back our cookies.
    CookiesOff,
    /// A mailed link that is used, replaced, too old or not ours.
    LinkDead,
    /// Sign-up is closed here.
    SignUpClosed,
    /// Not for this peer.
    Forbidden,
    /// A flow that is unknown, over, too old or for something else.
    FlowUnknown,
    /// A token of a mailed link that is unknown, used, replaced, too old or for something else.
    TokenUnknown,
    /// The address was proven already.
    AlreadyConfirmed,
    /// Somebody else was quicker.
    Overtaken,
    /// A body in another format than is read.
    MediaTypeNotTaken,
    /// A form field whose value no page of ours sends.
    FieldMalformed,
    /// The person has no password to give once more and signed in too long ago for this.
    SignInTooOld,
    /// There is one of that name already.
    Taken,
    /// Nobody would be left to administer (API-10).
    LastAdministrator,
    /// Nobody could enter the account any more (federation 3.7).
    LastWayIn,
    /// The account is locked.
    AccountLocked,
    /// Another provider reported that somebody else may read the account's mail (federation 2.13).
    MailboxReported,
    /// A public client has no secret.
    ClientPublic,
    /// No mail leaves this server.
    MailOff,
}

impl HttpRefusal {
    /// The HTTP status.
    pub const fn status(self) -> u16 {
        match self {
            Self::NotFound | Self::FlowUnknown | Self::TokenUnknown => 404,
            Self::MethodNotAllowed => 405,
            Self::AlreadyConfirmed
            | Self::Overtaken
            | Self::Taken
            | Self::LastAdministrator
            | Self::LastWayIn
            | Self::AccountLocked
            | Self::MailboxReported
            | Self::ClientPublic
            | Self::MailOff => 409,
            Self::BodyTooLarge => 413,
            Self::MediaTypeNotTaken => 415,
            Self::BodyIncomplete | Self::CookiesOff | Self::FormExpired | Self::LinkDead | Self::FieldMalformed => 400,
            Self::CrossSite | Self::SignUpClosed | Self::Forbidden | Self::SignInTooOld => 403,
        }
    }

    /// A stable name for pages, logs and metrics.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::BodyTooLarge => "body_too_large",
            Self::BodyIncomplete => "body_incomplete",
            Self::CrossSite => "cross_site",
            Self::FormExpired => "form_expired",
            Self::CookiesOff => "cookies_off",
            Self::LinkDead => "link_dead",
            Self::SignUpClosed => "sign_up_closed",
            Self::Forbidden => "forbidden",
            Self::FieldMalformed => "field_malformed",
            Self::SignInTooOld => "sign_in_too_old",
            Self::FlowUnknown => "flow_unknown",
            Self::TokenUnknown => "token_unknown",
            Self::AlreadyConfirmed => "already_confirmed",
            Self::Overtaken => "overtaken",
            Self::MediaTypeNotTaken => "media_type_not_taken",
            Self::Taken => "taken",
            Self::LastAdministrator => "last_administrator",
            Self::LastWayIn => "last_way_in",
            Self::AccountLocked => "account_locked",
            Self::MailboxReported => "mailbox_reported",
            Self::ClientPublic => "client_public",
            Self::MailOff => "mail_off",
        }
    }

    /// What it says to a program.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NotFound => "There is no such thing here, or it is not yours.",
            Self::MethodNotAllowed => "This address does not take this method.",
            Self::BodyTooLarge => "The request body is larger than this server reads.",
            Self::BodyIncomplete => "The request body did not arrive whole.",
            Self::CrossSite => {
                "A change by cookie must come from our own origin and carry X-Requested-With or a JSON body."
            }
            Self::FormExpired => "The form is too old or was made for another browser.",
            Self::CookiesOff => "The browser does not send our cookies.",
            Self::LinkDead => "The link is used, replaced or too old.",
            Self::SignUpClosed => "Sign-up is closed.",
            Self::Forbidden => "Who asks may not do this.",
            Self::SignInTooOld => "The person must have signed in within the last minutes.",
            Self::FieldMalformed => "A parameter or the body has a value that is not taken here.",
            Self::FlowUnknown => "The flow is unknown, over, too old, or for something else. Begin another one.",
            Self::TokenUnknown => "The token is unknown, used, replaced, too old, or for something else.",
            Self::AlreadyConfirmed => "The address is proven already; sign in.",
            Self::Overtaken => {
                "Something changed in the same moment, and nothing was done. Look again before you repeat."
            }
            Self::MediaTypeNotTaken => "The body must be application/json.",
            Self::Taken => "There is one of that name already.",
            Self::LastAdministrator => "Nobody would be left to administer this server.",
            Self::LastWayIn => "Nobody could enter the account any more. Set a password first.",
            Self::AccountLocked => "The account is locked.",
            Self::MailboxReported => {
                "A provider reported that somebody else may read the account's mail. Unblock or cut the tie first."
            }
            Self::ClientPublic => "The client is public and has no secret.",
            Self::MailOff => "No mail leaves this server.",
        }
    }

    /// The stem of its message on the error page.
    pub const fn message(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method",
            Self::BodyTooLarge => "too-large",
            Self::BodyIncomplete
            | Self::FieldMalformed
            | Self::MediaTypeNotTaken
            | Self::Taken
            | Self::LastAdministrator
            | Self::LastWayIn
            | Self::AccountLocked
            | Self::MailboxReported
            | Self::ClientPublic
            | Self::MailOff => "request-malformed",
            Self::CrossSite => "cross-site",
            Self::FormExpired | Self::Overtaken => "form-expired",
            Self::CookiesOff => "cookies-off",
            Self::LinkDead | Self::FlowUnknown | Self::TokenUnknown | Self::AlreadyConfirmed => "link-dead",
            Self::SignUpClosed => "registration-closed",
            Self::Forbidden | Self::SignInTooOld => "forbidden",
        }
    }
}

impl From<Reason> for Failure {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason)
    }
}

impl From<HttpRefusal> for Failure {
    fn from(refusal: HttpRefusal) -> Self {
        Self::Http(refusal)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::NotTaken(vec![problem])
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<StoreFault> for Failure {
    fn from(fault: StoreFault) -> Self {
        Self::Fault(match fault {
            outage if outage.is_outage() => Fault::Unavailable(outage.to_string()),
            other => Fault::Broken(other.to_string()),
        })
    }
}

impl From<PagesFault> for Failure {
    fn from(fault: PagesFault) -> Self {
        Self::Fault(Fault::broken(fault))
    }
}
