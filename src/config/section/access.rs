//! Who gets in and for how long: `[tokens]`, `[sessions]`, `[passwords]`, `[codes]`, `[limits]`, `[signup]`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::bounds::settings as bounds;

/// A signature algorithm of RFC 7518 §3.1 or RFC 8037.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum SignatureAlgorithm {
    /// ECDSA on P-256: small and quick, known to nearly every library.
    #[serde(rename = "ES256")]
    Es256,
    /// RSA with 2048 bits: known everywhere, thirty times the work of ES256.
    #[serde(rename = "RS256")]
    Rs256,
    /// RSA with 2048 bits and the newer padding, as some profiles want it; needs `protocol.ps256_signatures`.
    #[serde(rename = "PS256")]
    Ps256,
    /// Ed25519: the quickest, known to newer libraries.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::EdDsa => "EdDSA",
        })
    }
}

/// Lifetimes and signatures of what relying parties are given.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tokens {
    /// Seconds an access token is good for.
    #[schemars(range(min = *bounds::ACCESS_TOKEN_SECONDS.start(), max = *bounds::ACCESS_TOKEN_SECONDS.end()))]
    pub access_token_seconds: u64,
    /// How access tokens are signed. (ID tokens are signed as each client asks, RS256 if it does not.)
    pub access_token_alg: SignatureAlgorithm,
    /// Seconds an ID token is good for.
    #[schemars(range(min = *bounds::ID_TOKEN_SECONDS.start(), max = *bounds::ID_TOKEN_SECONDS.end()))]
    pub id_token_seconds: u64,
    /// Seconds in which an authorization code must be redeemed.
    #[schemars(range(min = *bounds::AUTHORIZATION_CODE_SECONDS.start(), max = *bounds::AUTHORIZATION_CODE_SECONDS.end()))]
    pub authorization_code_seconds: u64,
    /// Seconds after which an unused refresh token is dead.
    #[schemars(range(min = *bounds::REFRESH_IDLE_SECONDS.start(), max = *bounds::REFRESH_IDLE_SECONDS.end()))]
    pub refresh_idle_seconds: u64,
    /// Seconds after the sign-in when refreshing ends, however much it is used.
    #[schemars(range(min = *bounds::REFRESH_ABSOLUTE_SECONDS.start(), max = *bounds::REFRESH_ABSOLUTE_SECONDS.end()))]
    pub refresh_absolute_seconds: u64,
    /// Seconds in which a refresh whose answer got lost can be asked for again.
    #[schemars(range(min = *bounds::REFRESH_GRACE_SECONDS.start(), max = *bounds::REFRESH_GRACE_SECONDS.end()))]
    pub refresh_grace_seconds: u64,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            access_token_seconds: 600,
            access_token_alg: SignatureAlgorithm::Es256,
            id_token_seconds: 600,
            authorization_code_seconds: 60,
            refresh_idle_seconds: 14 * 86_400,
            refresh_absolute_seconds: 90 * 86_400,
            refresh_grace_seconds: 30,
        }
    }
}

/// How long a person stays signed in at Doorward itself.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sessions {
    /// Seconds after which an unused session ends.
    #[schemars(range(min = *bounds::SESSION_IDLE_SECONDS.start(), max = *bounds::SESSION_IDLE_SECONDS.end()))]
    pub idle_seconds: u64,
    /// Seconds after the sign-in when a session ends, however much it is used.
    #[schemars(range(min = *bounds::SESSION_ABSOLUTE_SECONDS.start(), max = *bounds::SESSION_ABSOLUTE_SECONDS.end()))]
    pub absolute_seconds: u64,
    /// Seconds after which an unused session ends that is not to be remembered; `idle_seconds`, if that is less.
    #[schemars(range(min = *bounds::SESSION_IDLE_SECONDS.start(), max = *bounds::SESSION_IDLE_SECONDS.end()))]
    pub brief_idle_seconds: u64,
    /// Whether "Stay signed in" is ticked when the sign-in page is opened, and holds where people are not asked. A
    /// session that is not to be remembered ends when the browser is closed.
    pub remember: bool,
    /// Whether a sign-in ends the person's other sessions, with the refresh tokens of the apps they use.
    pub single: bool,
    /// Whether people are told by mail of a sign-in in a browser that was not seen before.
    pub new_device_mail: bool,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            idle_seconds: 3_600,
            absolute_seconds: 86_400,
            brief_idle_seconds: 900,
            remember: true,
            single: false,
            new_device_mail: true,
        }
    }
}

/// What a password must be, and how it is hashed (Argon2id).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Passwords {
    /// Characters a password must have at least. NIST SP 800-63B-4 asks for 15 where the password is the only factor.
    #[schemars(range(min = *bounds::PASSWORD_MINIMUM_LENGTH.start(), max = *bounds::PASSWORD_MINIMUM_LENGTH.end()))]
    pub minimum_length: u32,
    /// Threads that hash; each holds `memory_kib` while it works. Left out: one per processor, four at most.
    #[schemars(range(min = *bounds::HASH_THREADS.start(), max = *bounds::HASH_THREADS.end()))]
    pub hash_threads: Option<u32>,
    /// Passwords that may wait to be hashed; more are answered 503 with `Retry-After`.
    #[schemars(range(min = *bounds::HASH_QUEUE.start(), max = *bounds::HASH_QUEUE.end()))]
    pub hash_queue: u32,
    /// Memory of one hash in KiB. Older hashes are renewed at the next sign-in.
    #[schemars(range(min = *bounds::ARGON2_MEMORY_KIB.start(), max = *bounds::ARGON2_MEMORY_KIB.end()))]
    pub memory_kib: u32,
    /// Passes over that memory.
    #[schemars(range(min = *bounds::ARGON2_ITERATIONS.start(), max = *bounds::ARGON2_ITERATIONS.end()))]
    pub iterations: u32,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { minimum_length: 15, hash_threads: None, hash_queue: 128, memory_kib: 19_456, iterations: 2 }
    }
}

impl Passwords {
    /// Threads to hash on, given how many processors there are.
    pub fn threads(&self, processors: usize) -> usize {
        const AT_MOST: usize = 4;
        self.hash_threads.map_or_else(|| processors.clamp(1, AT_MOST), |threads| threads as usize)
    }
}

/// Codes and links sent by mail.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Codes {
    /// Whether a person may sign in by a mailed code instead of the password.
    pub sign_in: bool,
    /// Seconds a mailed code to sign in by, or for a new password, is good for.
    #[schemars(range(min = *bounds::CODE_SECONDS.start(), max = *bounds::CODE_SECONDS.end()))]
    pub lifetime_seconds: u64,
    /// Seconds the code and the link that prove a new address are good for.
    #[schemars(range(min = *bounds::VERIFICATION_SECONDS.start(), max = *bounds::VERIFICATION_SECONDS.end()))]
    pub verification_seconds: u64,
    /// Wrong guesses after which a code is dead.
    #[schemars(range(min = *bounds::CODE_ATTEMPTS.start(), max = *bounds::CODE_ATTEMPTS.end()))]
    pub attempts: u32,
    /// Times a person may ask for another code within one sign-in.
    #[schemars(range(min = *bounds::CODE_RESENDS.start(), max = *bounds::CODE_RESENDS.end()))]
    pub resends: u32,
    /// Seconds to wait before another code can be asked for.
    #[schemars(range(min = *bounds::CODE_RESEND_SECONDS.start(), max = *bounds::CODE_RESEND_SECONDS.end()))]
    pub resend_seconds: u64,
    /// Seconds a link to choose a new password is good for.
    #[schemars(range(min = *bounds::RESET_SECONDS.start(), max = *bounds::RESET_SECONDS.end()))]
    pub reset_seconds: u64,
}

impl Default for Codes {
    fn default() -> Self {
        Self {
            sign_in: true,
            lifetime_seconds: 600,
            verification_seconds: 600,
            attempts: 5,
            resends: 3,
            resend_seconds: 30,
            reset_seconds: 1_800,
        }
    }
}

/// How much is allowed before a stranger has to wait. Counted in the store, so that all replicas count together.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Failed sign-ins to one account in an hour.
    #[schemars(range(min = *bounds::FAILURES_PER_ACCOUNT.start(), max = *bounds::FAILURES_PER_ACCOUNT.end()))]
    pub login_failures_per_account: u32,
    /// Failed sign-ins from one network address in an hour.
    #[schemars(range(min = *bounds::PER_SOURCE.start(), max = *bounds::PER_SOURCE.end()))]
    pub login_failures_per_source: u32,
    /// Wrong mailed codes for one account in a day, over all its sign-ins.
    #[schemars(range(min = *bounds::CODE_FAILURES_PER_ACCOUNT.start(), max = *bounds::CODE_FAILURES_PER_ACCOUNT.end()))]
    pub code_failures_per_account: u32,
    /// Failed sign-ins altogether in an hour. Beyond it, only browsers that signed in before may try without a wait.
    #[schemars(range(min = *bounds::OVERALL.start(), max = *bounds::OVERALL.end()))]
    pub login_failures_overall: u32,
    /// Wrong mailed codes from one network address in an hour.
    #[schemars(range(min = *bounds::PER_SOURCE.start(), max = *bounds::PER_SOURCE.end()))]
    pub code_failures_per_source: u32,
    /// Wrong mailed codes altogether in an hour.
    #[schemars(range(min = *bounds::OVERALL.start(), max = *bounds::OVERALL.end()))]
    pub code_failures_overall: u32,
    /// Mails asked for altogether in an hour.
    #[schemars(range(min = *bounds::OVERALL.start(), max = *bounds::OVERALL.end()))]
    pub mails_overall: u32,
    /// Accounts made altogether in an hour.
    #[schemars(range(min = *bounds::OVERALL.start(), max = *bounds::OVERALL.end()))]
    pub signups_overall: u32,
    /// Failed client authentications from one network address in an hour.
    #[schemars(range(min = *bounds::PER_SOURCE.start(), max = *bounds::PER_SOURCE.end()))]
    pub client_failures_per_source: u32,
    /// Mails to one address in an hour.
    #[schemars(range(min = *bounds::MAILS_PER_ADDRESS.start(), max = *bounds::MAILS_PER_ADDRESS.end()))]
    pub mails_per_address: u32,
    /// Mails asked for from one network address in an hour.
    #[schemars(range(min = *bounds::PER_SOURCE.start(), max = *bounds::PER_SOURCE.end()))]
    pub mails_per_source: u32,
    /// Accounts made from one network address in an hour.
    #[schemars(range(min = *bounds::PER_SOURCE.start(), max = *bounds::PER_SOURCE.end()))]
    pub signups_per_source: u32,
    /// Clients that register by themselves from one network address in an hour.
    #[schemars(range(min = *bounds::PER_SOURCE.start(), max = *bounds::PER_SOURCE.end()))]
    pub registrations_per_source: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            login_failures_per_account: 20,
            login_failures_per_source: 200,
            code_failures_per_account: 30,
            client_failures_per_source: 300,
            mails_per_address: 10,
            mails_per_source: 100,
            signups_per_source: 50,
            registrations_per_source: 60,
            login_failures_overall: 20_000,
            code_failures_per_source: 100,
            code_failures_overall: 10_000,
            mails_overall: 10_000,
            signups_overall: 5_000,
        }
    }
}

/// Making an account.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Signup {
    /// Whether strangers may make an account. Off means off on every path.
    pub enabled: bool,
}

impl Default for Signup {
    fn default() -> Self {
        Self { enabled: true }
    }
}
