//! What an operator decides about throttles: plain numbers, from which the rules are made.

/// How many attempts are allowed in an hour, but for codes, which are counted by the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleLimits {
    /// Failed sign-ins to one account (PWD-03).
    pub sign_in_failures_per_account: i64,
    /// Failed sign-ins from one source (PWD-16).
    pub sign_in_failures_per_source: i64,
    /// Wrong mailed codes for one account in a day, over all its flows (OTP-06).
    pub code_failures_per_account: i64,
    /// Failed sign-ins altogether; known devices are not counted.
    pub sign_in_failures_overall: i64,
    /// Wrong mailed codes from one source.
    pub code_failures_per_source: i64,
    /// Wrong mailed codes altogether.
    pub code_failures_overall: i64,
    /// Mails asked for altogether.
    pub mails_overall: i64,
    /// Sign-ups altogether.
    pub sign_ups_overall: i64,
    /// Wrong client secrets of one client from one source (CLI-12).
    pub client_failures_per_source: i64,
    /// Mails to one address (OTP-08, RST-09).
    pub mails_per_address: i64,
    /// Mails asked for by one source (OTP-08, RST-09).
    pub mails_per_source: i64,
    /// Sign-ups from one source (REG-08).
    pub sign_ups_per_source: i64,
    /// Clients that register by themselves from one source.
    pub registrations_per_source: i64,
}

impl Default for ThrottleLimits {
    fn default() -> Self {
        Self {
            sign_in_failures_per_account: 20,
            sign_in_failures_per_source: 200,
            code_failures_per_account: 30,
            client_failures_per_source: 300,
            mails_per_address: 10,
            mails_per_source: 100,
            sign_ups_per_source: 50,
            registrations_per_source: 60,
            sign_in_failures_overall: 20_000,
            code_failures_per_source: 100,
            code_failures_overall: 10_000,
            mails_overall: 10_000,
            sign_ups_overall: 5_000,
        }
    }
}
