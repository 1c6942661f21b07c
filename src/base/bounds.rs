//! Every bound of the program by name: lengths in bytes unless said otherwise, times in seconds, counts.
//!
//! A number that limits something stands here and nowhere else, so that all of them can be read in one sitting.

// — requests —

/// The largest request body that is read at all.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// The most parameters a form or query may hold.
pub const PARAMETERS_MAX: usize = 100;
/// The longest parameter name.
pub const PARAMETER_NAME_BYTES_MAX: usize = 128;
/// The longest value of a parameter that has no bound of its own.
pub const PARAMETER_VALUE_BYTES_MAX: usize = 8 * 1024;
/// The longest `state`.
pub const STATE_BYTES_MAX: usize = 4 * 1024;
/// The longest `nonce`.
pub const NONCE_BYTES_MAX: usize = 1024;
/// The longest `claims` parameter.
pub const CLAIMS_PARAMETER_BYTES_MAX: usize = 8 * 1024;
/// The most claims one `claims` parameter may name.
pub const CLAIMS_REQUESTED_MAX: usize = 100;
/// The most tokens in one `scope`.
pub const SCOPE_TOKENS_MAX: usize = 64;
/// The most values in `acr_values`.
pub const ACR_VALUES_MAX: usize = 20;
/// The most `resource` parameters in one request.
pub const RESOURCES_MAX: usize = 8;
/// The longest URI kept or compared.
pub const URI_BYTES_MAX: usize = 2 * 1024;
/// The longest `client_id`.
pub const CLIENT_ID_BYTES_MAX: usize = 255;
/// The longest client secret.
pub const CLIENT_SECRET_BYTES_MAX: usize = 512;
/// The shortest client secret an operator may choose; ours have 43 characters behind the prefix.
pub const CLIENT_SECRET_BYTES_MIN: usize = 16;
/// The longest JWT that is looked at.
pub const JWT_BYTES_MAX: usize = 16 * 1024;
/// RFC 7636 §4.1: the shortest code verifier and challenge.
pub const PKCE_BYTES_MIN: usize = 43;
/// RFC 7636 §4.1: the longest code verifier.
pub const PKCE_BYTES_MAX: usize = 128;
/// RFC 7636 §4.2: the length of an S256 challenge.
pub const PKCE_S256_BYTES: usize = 43;

// — people —

/// RFC 5321 §4.5.3.1.3: the longest address.
pub const EMAIL_BYTES_MAX: usize = 254;
/// RFC 5321 §4.5.3.1.1: the longest local part.
pub const EMAIL_LOCAL_BYTES_MAX: usize = 64;
/// The longest password, in characters after normalisation.
pub const PASSWORD_CHARS_MAX: usize = 256;
/// The longest profile text (a name, a zone), in characters.
pub const PROFILE_CHARS_MAX: usize = 200;
/// The longest user agent kept with a session.
pub const USER_AGENT_CHARS_MAX: usize = 300;

// — tokens and keys —

/// How far a clock may be off when a JWT comes back to us.
pub const CLOCK_SKEW_SECONDS: i64 = 60;
/// How long relying parties may cache the JWKS; a new key is announced at least this long before it signs.
pub const JWKS_MAX_AGE_SECONDS: i64 = 3600;
/// How long discovery documents may be cached.
pub const DISCOVERY_MAX_AGE_SECONDS: i64 = 3600;
/// Wrong verifiers, clients or redirect URIs a code survives before it is spent (COD-14).
pub const CODE_FAILURES_MAX: i64 = 5;

// — pages —

/// How long an authorization request may stay on its way through the pages.
pub const INTERACTION_SECONDS: i64 = 60 * 60;
/// Sessions one browser may hold side by side (the account chooser's length).
pub const SESSIONS_PER_BROWSER_MAX: usize = 5;
/// How recent a sign-in must be for a change of credentials.
pub const RECENT_LOGIN_SECONDS: i64 = 300;

// — sweeping —

/// Rows one sweep statement removes at most, so that no transaction is long.
pub const SWEEP_BATCH_ROWS: i64 = 500;

// — passwords —

/// The longest password text that is looked at, before normalisation.
pub const PASSWORD_BYTES_MAX: usize = 4 * 1024;
/// NIST SP 800-63B-4 §3.1.1.2: the shortest password, in characters, where it is the only factor.
pub const PASSWORD_CHARS_ALONE_MIN: usize = 15;
/// NIST SP 800-63B-4 §3.1.1.2: the shortest password, in characters, that any setting allows.
pub const PASSWORD_CHARS_FLOOR: usize = 8;
/// The least memory of Argon2id, in KiB (PWD-13).
pub const ARGON2_MEMORY_KIB_MIN: u32 = 19 * 1024;
/// The fewest passes of Argon2id (PWD-13).
pub const ARGON2_PASSES_MIN: u32 = 2;
/// The most memory, in KiB, that a setting or a stored hash may ask for.
pub const ARGON2_MEMORY_KIB_MAX: u32 = 128 * 1024;
/// The most passes that a setting or a stored hash may ask for.
pub const ARGON2_PASSES_MAX: u32 = 8;
/// The most lanes that a setting or a stored hash may ask for.
pub const ARGON2_LANES_MAX: u32 = 16;
/// The most hashing threads a setting may ask for.
pub const HASH_THREADS_MAX: usize = 64;
/// Hashes that may wait, for each hashing thread, before more are turned away: about a second of work.
pub const HASH_QUEUE_PER_THREAD: usize = 64;
/// How long an idle hashing thread keeps its memory.
pub const HASH_MEMORY_IDLE_SECONDS: u64 = 10;

// — one-time codes —

/// OTP-09: digits of a mailed code.
pub const ONE_TIME_CODE_DIGITS: usize = 6;
/// The longest text that is looked at as a code: six digits and plenty of blanks.
pub const ONE_TIME_CODE_BYTES_MAX: usize = 64;
/// OTP-02: how long a mailed code and its link live.
pub const ONE_TIME_CODE_SECONDS: i64 = 600;
/// OTP-06: wrong guesses one record survives, over all its resends.
pub const ONE_TIME_CODE_ATTEMPTS_MAX: i64 = 5;
/// OTP-08: how long to wait before the first, second and third resend; there is no fourth.
pub const ONE_TIME_CODE_RESEND_WAITS_SECONDS: [i64; 3] = [30, 60, 120];

// — throttles: how many attempts are free, how long the first wait is, and what follows —

/// The longest wait of a throttle that never forgets: a hundred years.
pub const THROTTLE_WAIT_SECONDS_MAX: i64 = 3_155_760_000;
/// Failed sign-ins to one account before waits begin.
pub const SIGN_IN_ACCOUNT_FREE: i64 = 5;
/// The wait after the last free failure; it grows by a quarter with each further one (PWD-03).
pub const SIGN_IN_ACCOUNT_WAIT_SECONDS: i64 = 5;
/// How long failures are remembered where there is no account to remember them for.
pub const SIGN_IN_UNKNOWN_FORGOTTEN_SECONDS: i64 = 30 * 24 * 3600;
/// Failed sign-ins from one source before waits begin (PWD-16).
pub const SIGN_IN_IP_FREE: i64 = 30;
/// The first wait of such a source.
pub const SIGN_IN_IP_WAIT_SECONDS: i64 = 10;
/// The longest wait of such a source.
pub const SIGN_IN_IP_WAIT_SECONDS_MAX: i64 = 900;
/// How often one failure of such a source is forgiven.
pub const SIGN_IN_IP_FORGIVEN_SECONDS: i64 = 60;
/// Wrong codes for one account, over all its flows, before waits begin (OTP-06).
pub const CODE_ACCOUNT_FREE: i64 = 10;
/// The first wait for such an account.
pub const CODE_ACCOUNT_WAIT_SECONDS: i64 = 30;
/// The longest wait for such an account.
pub const CODE_ACCOUNT_WAIT_SECONDS_MAX: i64 = 24 * 3600;
/// How long wrong codes are remembered.
pub const CODE_ACCOUNT_FORGOTTEN_SECONDS: i64 = 30 * 24 * 3600;
/// Mails to one address in quick succession (OTP-08).
pub const MAIL_ADDRESS_FREE: i64 = 6;
/// Beyond them, one mail to that address in this time.
pub const MAIL_ADDRESS_WAIT_SECONDS: i64 = 600;
/// Mails asked for by one source in quick succession.
pub const MAIL_IP_FREE: i64 = 60;
/// Beyond them, one mail for that source in this time.
pub const MAIL_IP_WAIT_SECONDS: i64 = 60;
/// Sign-ups from one source in quick succession (REG-08).
pub const SIGN_UP_IP_FREE: i64 = 60;
/// Beyond them, one sign-up from that source in this time.
pub const SIGN_UP_IP_WAIT_SECONDS: i64 = 60;
/// Password resets asked for one account in quick succession (RST-09).
pub const RESET_ACCOUNT_FREE: i64 = 5;
/// Beyond them, one reset for that account in this time.
pub const RESET_ACCOUNT_WAIT_SECONDS: i64 = 1800;
/// Password resets asked for by one source in quick succession (RST-09).
pub const RESET_IP_FREE: i64 = 30;
/// Beyond them, one reset for that source in this time.
pub const RESET_IP_WAIT_SECONDS: i64 = 120;
/// Wrong client secrets of one client from one source before waits begin (CLI-12).
pub const CLIENT_SECRET_FREE: i64 = 10;
/// The first wait of such a source.
pub const CLIENT_SECRET_WAIT_SECONDS: i64 = 1;
/// The longest wait of such a source.
pub const CLIENT_SECRET_WAIT_SECONDS_MAX: i64 = 60;
/// How often one wrong secret is forgiven.
pub const CLIENT_SECRET_FORGIVEN_SECONDS: i64 = 60;

// — mail —

/// The longest subject, in characters.
pub const MAIL_SUBJECT_CHARS_MAX: usize = 200;
/// The longest mail server reply kept for the log, in characters.
pub const SMTP_REPLY_CHARS_MAX: usize = 300;
/// How long a mail server may take to accept a connection, to shake hands, or to answer one command.
pub const SMTP_STEP_SECONDS: u64 = 10;
/// How long a mail server may take to answer a whole mail. Giving up here may mean a duplicate, so there is more time.
pub const SMTP_ACCEPT_SECONDS: u64 = 60;
/// How long one delivery may take in all; a claim on an outbox row has to last longer.
pub const SMTP_DELIVERY_SECONDS: u64 = 150;
/// The most connections to the mail server a setting may ask for.
pub const SMTP_CONNECTIONS_MAX: usize = 8;
/// How long an idle connection to the mail server is worth reusing.
pub const SMTP_IDLE_SECONDS: u64 = 60;
/// Mails one connection carries before it is replaced.
pub const SMTP_MAILS_PER_CONNECTION_MAX: u32 = 100;
/// Mails the inbox of dev mode keeps.
pub const INBOX_MAILS_MAX: usize = 200;
/// How long a mail is tried, from its first attempt to its last.
pub const MAIL_RETRY_SECONDS: i64 = 3 * 24 * 3600;
/// The waits after the first failed attempts to send a mail; after them the last is repeated.
pub const MAIL_RETRY_WAITS_SECONDS: [i64; 6] = [5, 30, 120, 600, 1800, 3600];
/// How often the answer to a whole mail may be lost before the mail counts as sent (F-26).
pub const MAIL_UNCONFIRMED_MAX: i64 = 2;
