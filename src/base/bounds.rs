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
/// The longest credentials of a Basic header: `client_id`, colon and secret with every byte escaped, in base64.
pub const BASIC_CREDENTIALS_BYTES_MAX: usize =
    (CLIENT_ID_BYTES_MAX * 3 + 1 + CLIENT_SECRET_BYTES_MAX * 3).div_ceil(3) * 4;
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
/// TOK-08: the longest life of an access token.
pub const ACCESS_TOKEN_SECONDS_MAX: i64 = 3600;
/// JWT-01: the longest life of an ID token.
pub const ID_TOKEN_SECONDS_MAX: i64 = 3600;
/// REF-04: the longest time in which a refresh whose answer got lost can be repeated.
pub const REFRESH_GRACE_SECONDS_MAX: i64 = 30;

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
