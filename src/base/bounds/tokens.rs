//! Tokens, keys, and authorizations that are decided on elsewhere.

// — tokens and keys —
/// How far a clock may be off when a JWT comes back to us.
pub const CLOCK_SKEW_SECONDS: i64 = 60;
/// How long relying parties may cache the JWKS; a new key is announced at least this long before it signs.
pub const JWKS_MAX_AGE_SECONDS: i64 = 3600;
/// The deepest nesting of a JWT's header or claims that is read.
pub const JWT_DEPTH_MAX: usize = 8;
/// The longest `kid` that is looked up; ours are SHA-256 thumbprints of 43 characters.
pub const KID_BYTES_MAX: usize = 64;
/// The most RSA signatures that wait for a signing thread.
pub const SIGNING_QUEUE_MAX: usize = 512;
/// The most tokens whose signatures are remembered as right; one takes about 40 bytes.
pub const KNOWN_SIGNATURES_MAX: usize = 32 * 1024;
/// The most bytes of a master key file that are looked at.
pub const MASTER_KEY_FILE_BYTES_MAX: usize = 1024;
/// How long the record of a key that is gone is kept for the operator to see, before it is removed.
pub const GONE_KEY_KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;
/// How long discovery documents may be cached.
pub const DISCOVERY_MAX_AGE_SECONDS: i64 = 3600;
/// The longest life of an authorization code whatever the settings say (COD-08).
pub const CODE_SECONDS_MAX: i64 = 10 * 60;
/// The longest life of an access token (TOK-08).
pub const ACCESS_TOKEN_SECONDS_MAX: i64 = 60 * 60;
/// The shortest life of an access token a client may be registered with.
pub const ACCESS_TOKEN_SECONDS_MIN: i64 = 30;
/// RFC 9126 §2.2: how long a pushed authorization request can be taken to the browser.
pub const PUSHED_REQUEST_SECONDS: i64 = 90;
/// JARM §2.1: how long an authorization response that is a JWT counts.
pub const SIGNED_RESPONSE_SECONDS: i64 = 5 * 60;
/// FAPI 2.0 Message Signing §5.3.1: the longest life of a request object, and how old its beginning may be.
pub const REQUEST_OBJECT_SECONDS_MAX: i64 = 60 * 60;
/// The longest address of a request object (OpenID Connect Core §6.2).
pub const REQUEST_URI_BYTES_MAX: usize = 512;
/// Wrong verifiers, clients or redirect URIs a code survives before it is spent (COD-14).
pub const CODE_FAILURES_MAX: i64 = 5;
/// JWT-01: the longest life of an ID token.
pub const ID_TOKEN_SECONDS_MAX: i64 = 3600;
/// REF-04: the longest time in which a refresh whose answer got lost can be repeated.
pub const REFRESH_GRACE_SECONDS_MAX: i64 = 30;

// — authorizations decided on elsewhere —
/// How long a user code, or a request to a person's mailbox, waits for a decision.
pub const PENDING_SECONDS: i64 = 10 * 60;
/// The shortest that an app may ask for.
pub const PENDING_SECONDS_MIN: i64 = 30;
/// The pause between two polls (RFC 8628 §3.2).
pub const POLL_INTERVAL_SECONDS: i64 = 5;
/// How much longer it becomes when it is not kept (RFC 8628 §3.5).
pub const POLL_SLOWER_SECONDS: i64 = 5;
/// The longest it becomes.
pub const POLL_INTERVAL_SECONDS_MAX: i64 = 60;
/// Letters of a user code: 34 bits.
pub const USER_CODE_CHARS: usize = 8;
/// How often another user code is drawn when a live one is the same.
pub const USER_CODE_TRIES: usize = 4;
/// The longest user code that is read, as it is typed.
pub const USER_CODE_BYTES_MAX: usize = 64;
/// The longest `binding_message`, in characters.
pub const BINDING_MESSAGE_CHARS_MAX: usize = 64;
/// The longest life that is left of an assertion (RFC 7523 §3).
pub const ASSERTION_SECONDS_MAX: i64 = 60 * 60;
/// How far ahead an issuer's clock may be.
pub const ASSERTION_LEEWAY_SECONDS: i64 = 60;
/// The longest `iss`, `sub` or `jti` of an assertion.
pub const ASSERTION_TEXT_BYTES_MAX: usize = 255;
/// Issuers whose assertions are taken.
pub const ASSERTION_ISSUERS_MAX: usize = 50;
/// Actors behind one another in an exchanged token.
pub const ACTORS_MAX: usize = 8;
/// Grants of one person, or to one client, that are listed.
pub const GRANTS_LISTED_MAX: i64 = 200;
/// Requests to one person that their page lists.
pub const PENDING_LISTED_MAX: i64 = 20;
