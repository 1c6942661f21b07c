//! The rules: how many attempts are free, how the wait grows, what is forgiven.

use crate::base::bounds::{
    CLIENT_SECRET_FORGIVEN_SECONDS, CLIENT_SECRET_FREE, CLIENT_SECRET_WAIT_SECONDS, CLIENT_SECRET_WAIT_SECONDS_MAX,
    CODE_ACCOUNT_FORGOTTEN_SECONDS, CODE_ACCOUNT_FREE, CODE_ACCOUNT_WAIT_SECONDS, CODE_ACCOUNT_WAIT_SECONDS_MAX,
    MAIL_ADDRESS_FREE, MAIL_ADDRESS_WAIT_SECONDS, MAIL_IP_FREE, MAIL_IP_WAIT_SECONDS, RESET_ACCOUNT_FREE,
    RESET_ACCOUNT_WAIT_SECONDS, RESET_IP_FREE, RESET_IP_WAIT_SECONDS, SIGN_IN_ACCOUNT_FREE,
    SIGN_IN_ACCOUNT_WAIT_SECONDS, SIGN_IN_IP_FORGIVEN_SECONDS, SIGN_IN_IP_FREE, SIGN_IN_IP_WAIT_SECONDS,
    SIGN_IN_IP_WAIT_SECONDS_MAX, SIGN_IN_UNKNOWN_FORGOTTEN_SECONDS, SIGN_UP_IP_FREE, SIGN_UP_IP_WAIT_SECONDS,
    THROTTLE_WAIT_SECONDS_MAX,
};
use crate::model::ThrottlePurpose;

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
    /// So many at once, then one every so many seconds; successes count too.
    pub const fn steady(free_attempts: i64, every_seconds: i64) -> Self {
        Self {
            free_attempts,
            first_wait_seconds: every_seconds,
            longest_wait_seconds: every_seconds,
            fading: Fading::OneEvery { seconds: every_seconds },
            on_success: OnSuccess::GiveBack,
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
}

/// The rule of every purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleRules {
    /// Failed sign-ins to an account, and to it from each known device.
    pub sign_in_account: ThrottleRule,
    /// Failed sign-ins to an address without account: the same to whoever tries.
    pub sign_in_unknown: ThrottleRule,
    /// Failed sign-ins from a source.
    pub sign_in_ip: ThrottleRule,
    /// Wrong mailed codes for an account.
    pub code_account: ThrottleRule,
    /// Mails to an address.
    pub mail_address: ThrottleRule,
    /// Mails for a source.
    pub mail_ip: ThrottleRule,
    /// Sign-ups from a source.
    pub sign_up_ip: ThrottleRule,
    /// Password resets for an account.
    pub reset_account: ThrottleRule,
    /// Password resets for a source.
    pub reset_ip: ThrottleRule,
    /// Wrong secrets of a client from a source.
    pub client_secret: ThrottleRule,
}

impl Default for ThrottleRules {
    fn default() -> Self {
        // NIST SP 800-63B-4 §3.2.2: no more than 100 failures in a row. The waits grow without forgiveness, so that a
        // hundred of them last longer than a lifetime, while none is longer than a quarter of the attack so far.
        let sign_in_account = ThrottleRule {
            free_attempts: SIGN_IN_ACCOUNT_FREE,
            first_wait_seconds: SIGN_IN_ACCOUNT_WAIT_SECONDS,
            longest_wait_seconds: THROTTLE_WAIT_SECONDS_MAX,
            fading: Fading::Never,
            on_success: OnSuccess::Forget,
        };
        Self {
            sign_in_account,
            sign_in_unknown: ThrottleRule {
                fading: Fading::AfterQuiet { seconds: SIGN_IN_UNKNOWN_FORGOTTEN_SECONDS },
                ..sign_in_account
            },
            sign_in_ip: ThrottleRule {
                free_attempts: SIGN_IN_IP_FREE,
                first_wait_seconds: SIGN_IN_IP_WAIT_SECONDS,
                longest_wait_seconds: SIGN_IN_IP_WAIT_SECONDS_MAX,
                fading: Fading::OneEvery { seconds: SIGN_IN_IP_FORGIVEN_SECONDS },
                on_success: OnSuccess::GiveBack,
            },
            code_account: ThrottleRule {
                free_attempts: CODE_ACCOUNT_FREE,
                first_wait_seconds: CODE_ACCOUNT_WAIT_SECONDS,
                longest_wait_seconds: CODE_ACCOUNT_WAIT_SECONDS_MAX,
                fading: Fading::AfterQuiet { seconds: CODE_ACCOUNT_FORGOTTEN_SECONDS },
                on_success: OnSuccess::Forget,
            },
            mail_address: ThrottleRule::steady(MAIL_ADDRESS_FREE, MAIL_ADDRESS_WAIT_SECONDS),
            mail_ip: ThrottleRule::steady(MAIL_IP_FREE, MAIL_IP_WAIT_SECONDS),
            sign_up_ip: ThrottleRule::steady(SIGN_UP_IP_FREE, SIGN_UP_IP_WAIT_SECONDS),
            reset_account: ThrottleRule::steady(RESET_ACCOUNT_FREE, RESET_ACCOUNT_WAIT_SECONDS),
            reset_ip: ThrottleRule::steady(RESET_IP_FREE, RESET_IP_WAIT_SECONDS),
            client_secret: ThrottleRule {
                free_attempts: CLIENT_SECRET_FREE,
                first_wait_seconds: CLIENT_SECRET_WAIT_SECONDS,
                longest_wait_seconds: CLIENT_SECRET_WAIT_SECONDS_MAX,
                fading: Fading::OneEvery { seconds: CLIENT_SECRET_FORGIVEN_SECONDS },
                on_success: OnSuccess::Forget,
            },
        }
    }
}

impl ThrottleRules {
    /// The rule for what a key counts.
    pub const fn of(&self, purpose: ThrottlePurpose) -> &ThrottleRule {
        match purpose {
            ThrottlePurpose::SignInAccount | ThrottlePurpose::SignInKnownDevice => &self.sign_in_account,
            ThrottlePurpose::SignInUnknown => &self.sign_in_unknown,
            ThrottlePurpose::SignInIp => &self.sign_in_ip,
            ThrottlePurpose::CodeAccount => &self.code_account,
            ThrottlePurpose::MailAddress => &self.mail_address,
            ThrottlePurpose::MailIp => &self.mail_ip,
            ThrottlePurpose::SignUpIp => &self.sign_up_ip,
            ThrottlePurpose::ResetAccount => &self.reset_account,
            ThrottlePurpose::ResetIp => &self.reset_ip,
            ThrottlePurpose::ClientSecret => &self.client_secret,
        }
    }
}
