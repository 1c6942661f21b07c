//! The rules: how many attempts are free, how the wait grows, what is forgiven.

use super::limits::ThrottleLimits;
use crate::base::Timestamp;
use crate::base::bounds::{
    APPROVALS_PER_CLIENT, CLIENT_DOCUMENTS_PER_SOURCE, REQUEST_OBJECTS_PER_SOURCE, SECURITY_EVENTS_PER_SOURCE,
    THROTTLE_FADING_WAIT_SECONDS_MAX, THROTTLE_FORGOTTEN_SECONDS, THROTTLE_FREE_FAILURES_MAX,
    THROTTLE_WAIT_SECONDS_MAX, UNPROVEN_REQUESTS_PER_SOURCE, VISITS_PER_SOURCE,
};
use crate::model::{ThrottleKey, ThrottlePurpose, ThrottleRecord};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// When counted attempts are forgiven without a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fading {
    /// Never: they count in a row, however long it takes.
    Never,
    /// All at once, this long after the last wait was over.
    AfterQuiet {
        /// How long.
        seconds: i64,
    },
    /// One after another.
    OneEvery {
        /// How long each takes.
        seconds: i64,
    },
}

/// What a success does to the count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnSuccess {
    /// The row of failures is over.
    Forget,
    /// The attempt did not count; earlier failures, perhaps of others, still do.
    GiveBack,
}

/// How often something may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleRule {
    /// Attempts without a wait; at least one.
    pub free_attempts: i64,
    /// The wait after the last of them. Each further attempt makes it a quarter longer …
    pub first_wait_seconds: i64,
    /// … up to this.
    pub longest_wait_seconds: i64,
    /// When counted attempts are forgiven.
    pub fading: Fading,
    /// What a success does.
    pub on_success: OnSuccess,
}

impl ThrottleRule {
    /// No more than `attempts` (two at least) in any `seconds`: half of them at once, the others one by one.
    pub fn steady(attempts: i64, seconds: i64) -> Self {
        let (free_attempts, every) = halves(attempts, seconds);
        Self {
            free_attempts,
            first_wait_seconds: every,
            longest_wait_seconds: every,
            fading: Fading::OneEvery { seconds: every },
            on_success: OnSuccess::GiveBack,
        }
    }

    /// The same, with waits that grow while it goes on.
    pub fn growing(attempts: i64, seconds: i64, on_success: OnSuccess) -> Self {
        let steady = Self::steady(attempts, seconds);
        let longest_wait_seconds = steady.first_wait_seconds.max(THROTTLE_FADING_WAIT_SECONDS_MAX);
        Self { longest_wait_seconds, on_success, ..steady }
    }

    /// The same for attempts in a row: nothing fades, and waits grow without end until there is a success.
    pub fn in_a_row(attempts: i64, seconds: i64, fading: Fading) -> Self {
        let (free_attempts, first_wait_seconds) = halves(attempts, seconds);
        Self {
            free_attempts: free_attempts.min(THROTTLE_FREE_FAILURES_MAX),
            first_wait_seconds,
            longest_wait_seconds: THROTTLE_WAIT_SECONDS_MAX,
            fading,
            on_success: OnSuccess::Forget,
        }
    }

    /// The wait after the `count`-th attempt, if there is one.
    pub(super) fn wait_seconds(&self, count: i64) -> Option<i64> {
        let beyond = count.saturating_sub(self.free_attempts.max(1));
        if beyond < 0 {
            return None;
        }
        let longest = self.longest_wait_seconds.clamp(1, THROTTLE_WAIT_SECONDS_MAX);
        let mut wait = self.first_wait_seconds.clamp(1, longest);
        let mut steps = 0;
        while steps < beyond && wait < longest {
            wait = (wait + (wait + 3) / 4).min(longest);
            steps += 1;
        }
        Some(wait)
    }

    /// A record that lasts as long as it has a meaning.
    pub(super) fn record(
        &self,
        key: ThrottleKey,
        count: i64,
        (window_started_at, blocked_until): (Timestamp, Option<Timestamp>),
        now: Timestamp,
    ) -> ThrottleRecord {
        let free_at = blocked_until.map_or(now, |end| end.max(now));
        let expires_at = match self.fading {
            Fading::Never => Timestamp::from_micros(i64::MAX),
            Fading::AfterQuiet { seconds } => free_at.plus_seconds(seconds),
            Fading::OneEvery { seconds } => {
                free_at.max(window_started_at.plus_seconds(count.saturating_mul(seconds.max(1))))
            }
        };
        ThrottleRecord { key, count, window_started_at, blocked_until, expires_at }
    }
}

/// Half of `attempts` and the pace, in seconds each, at which the other half fills the time.
fn halves(attempts: i64, seconds: i64) -> (i64, i64) {
    let paced = (attempts / 2).max(1);
    ((attempts - paced).max(1), (seconds.max(1) + paced - 1) / paced)
}

/// The rule of every purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleRules {
    sign_in_account: ThrottleRule,
    sign_in_unknown: ThrottleRule,
    sign_in_ip: ThrottleRule,
    sign_in_overall: ThrottleRule,
    code_account: ThrottleRule,
    code_ip: ThrottleRule,
    code_overall: ThrottleRule,
    mail_overall: ThrottleRule,
    sign_up_overall: ThrottleRule,
    mail_address: ThrottleRule,
    mail_ip: ThrottleRule,
    sign_up_ip: ThrottleRule,
    client_secret: ThrottleRule,
    visit_ip: ThrottleRule,
    registration_ip: ThrottleRule,
    client_document_ip: ThrottleRule,
    request_object_ip: ThrottleRule,
    unproven_ip: ThrottleRule,
    approval_client: ThrottleRule,
    security_event_ip: ThrottleRule,
}

impl Default for ThrottleRules {
    fn default() -> Self {
        Self::new(&ThrottleLimits::default())
    }
}

impl ThrottleRules {
    /// The rules that keep `limits`.
    pub fn new(limits: &ThrottleLimits) -> Self {
        let forgotten = Fading::AfterQuiet { seconds: THROTTLE_FORGOTTEN_SECONDS };
        Self {
            // NIST SP 800-63B-4 §3.2.2: no more than 100 failures in a row. Growing by a quarter each time, a hundred
            // waits outlast everybody, while none is much longer than a quarter of the attack so far.
            sign_in_account: ThrottleRule::in_a_row(limits.sign_in_failures_per_account, HOUR, Fading::Never),
            // The same to whoever tries, but there is nobody to remember it for.
            sign_in_unknown: ThrottleRule::in_a_row(limits.sign_in_failures_per_account, HOUR, forgotten),
            sign_in_ip: ThrottleRule::growing(limits.sign_in_failures_per_source, HOUR, OnSuccess::GiveBack),
            code_account: ThrottleRule::in_a_row(limits.code_failures_per_account, DAY, forgotten),
            code_ip: ThrottleRule::growing(limits.code_failures_per_source, HOUR, OnSuccess::GiveBack),
            // Whoever waits for these did nothing wrong, so the waits do not grow.
            sign_in_overall: ThrottleRule::steady(limits.sign_in_failures_overall, HOUR),
            code_overall: ThrottleRule::steady(limits.code_failures_overall, HOUR),
            mail_overall: ThrottleRule::steady(limits.mails_overall, HOUR),
            sign_up_overall: ThrottleRule::steady(limits.sign_ups_overall, HOUR),
            mail_address: ThrottleRule::steady(limits.mails_per_address, HOUR),
            mail_ip: ThrottleRule::steady(limits.mails_per_source, HOUR),
            sign_up_ip: ThrottleRule::steady(limits.sign_ups_per_source, HOUR),
            visit_ip: ThrottleRule::steady(VISITS_PER_SOURCE, HOUR),
            registration_ip: ThrottleRule::steady(limits.registrations_per_source, HOUR),
            client_document_ip: ThrottleRule::steady(CLIENT_DOCUMENTS_PER_SOURCE, HOUR),
            request_object_ip: ThrottleRule::steady(REQUEST_OBJECTS_PER_SOURCE, HOUR),
            unproven_ip: ThrottleRule::steady(UNPROVEN_REQUESTS_PER_SOURCE, HOUR),
            approval_client: ThrottleRule::steady(APPROVALS_PER_CLIENT, HOUR),
            security_event_ip: ThrottleRule::steady(SECURITY_EVENTS_PER_SOURCE, HOUR),
            client_secret: ThrottleRule::growing(limits.client_failures_per_source, HOUR, OnSuccess::Forget),
        }
    }

    /// The rule for what a key of `purpose` counts.
    pub const fn rule(&self, purpose: ThrottlePurpose) -> ThrottleRule {
        match purpose {
            ThrottlePurpose::SignInAccount | ThrottlePurpose::SignInKnownDevice => self.sign_in_account,
            ThrottlePurpose::SignInUnknown => self.sign_in_unknown,
            ThrottlePurpose::SignInIp => self.sign_in_ip,
            ThrottlePurpose::SignInOverall => self.sign_in_overall,
            ThrottlePurpose::CodeAccount | ThrottlePurpose::CodeUnknown => self.code_account,
            // A user code is guessed as a mailed code is (RFC 8628 §5.1).
            ThrottlePurpose::CodeIp | ThrottlePurpose::UserCodeIp => self.code_ip,
            ThrottlePurpose::CodeOverall | ThrottlePurpose::UserCodeOverall => self.code_overall,
            // Asking for a reset is asking for a mail.
            ThrottlePurpose::MailAddress | ThrottlePurpose::ApprovalAccount => self.mail_address,
            ThrottlePurpose::MailIp => self.mail_ip,
            ThrottlePurpose::MailOverall => self.mail_overall,
            ThrottlePurpose::SignUpOverall => self.sign_up_overall,
            ThrottlePurpose::SignUpIp => self.sign_up_ip,
            ThrottlePurpose::ClientSecret => self.client_secret,
            ThrottlePurpose::VisitIp => self.visit_ip,
            ThrottlePurpose::RegistrationIp => self.registration_ip,
            ThrottlePurpose::ClientDocumentIp => self.client_document_ip,
            ThrottlePurpose::RequestObjectIp => self.request_object_ip,
            ThrottlePurpose::UnprovenIp => self.unproven_ip,
            ThrottlePurpose::ApprovalClient => self.approval_client,
            ThrottlePurpose::SecurityEventIp => self.security_event_ip,
        }
    }
}
