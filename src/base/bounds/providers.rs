//! Other providers that people come from.

/// Characters of the operator's name of a provider.
pub const PROVIDER_ID_CHARS_MAX: usize = 32;
/// Bytes of a provider's name of a person; longer ones are refused (OpenID Connect Core §2 allows 255 of ASCII).
pub const UPSTREAM_SUBJECT_BYTES_MAX: usize = 255;
/// Seconds a call to a provider may take, connection and body together.
pub const UPSTREAM_CALL_SECONDS: u64 = 5;
/// Bytes of a provider's answer.
pub const UPSTREAM_ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Seconds somebody has at a provider before they must begin again.
pub const UPSTREAM_VISIT_SECONDS: i64 = 600;
/// Calls to providers that are under way at once; more people are asked to come again.
pub const UPSTREAM_CALLS_MAX: usize = 256;
/// Visits to other providers that one source may begin, and come back from, in an hour. A whole company may sit behind
/// one address.
pub const VISITS_PER_SOURCE: i64 = 1_000;
/// Security events that one source may send in an hour. A provider sends those about all its people from few places, and
/// many at once after a leak; they do not share the visits' count, which strangers behind the same address could use up.
pub const SECURITY_EVENTS_PER_SOURCE: i64 = 10_000;
/// Identities of other providers that one account may have.
pub const IDENTITIES_MAX: i64 = 16;
/// Seconds for which the name of a security event is kept, so that it acts once.
pub const SECURITY_EVENT_SECONDS: i64 = 30 * 86_400;
/// Providers that can be configured.
pub const PROVIDERS_MAX: usize = 32;
/// Bytes of a file that holds our secret at a provider.
pub const CLIENT_SECRET_FILE_BYTES_MAX: usize = 4 * 1024;
/// Seconds that sending somebody to a provider, or finding out who came back, may take with all its calls together.
pub const UPSTREAM_STEP_SECONDS: u64 = 9;
/// Calls in a row that do not reach a provider before it is left alone for a while.
pub const UPSTREAM_FAILURES_MAX: u32 = 5;
/// Seconds that it is left alone at first; each attempt in vain doubles them.
pub const UPSTREAM_PAUSE_SECONDS_MIN: i64 = 15;
/// Seconds that it is left alone at most.
pub const UPSTREAM_PAUSE_SECONDS_MAX: i64 = 300;
/// Seconds after which a call that tries whether it is back is believed to be lost: no call takes as long.
pub const UPSTREAM_TRIAL_SECONDS: i64 = 10;
/// Names of providers that are looked up at once. A lookup cannot be given up, so that this many threads may hang.
pub const UPSTREAM_LOOKUPS_MAX: usize = 16;
/// Connections to one address of a provider that are kept open without being used.
pub const UPSTREAM_IDLE_CONNECTIONS_MAX: usize = 8;
/// Seconds that a provider's documents (addresses, keys) are kept at least, whatever their headers say.
pub const UPSTREAM_FRESH_SECONDS_MIN: i64 = 300;
/// Seconds that they are kept when their headers say nothing.
pub const UPSTREAM_FRESH_SECONDS_DEFAULT: i64 = 3600;
/// Seconds that they are kept at most, whatever their headers say.
pub const UPSTREAM_FRESH_SECONDS_MAX: i64 = 86_400;
/// Seconds that the last documents still serve after they were fetched, while the provider does not give new ones.
pub const UPSTREAM_STALE_SECONDS_MAX: i64 = 86_400;
/// Seconds between two attempts to get documents anew before they are due.
pub const UPSTREAM_REFETCH_SECONDS: i64 = 60;
/// Keys of a provider that are looked at.
pub const UPSTREAM_KEYS_MAX: usize = 64;
/// Bits of the weakest RSA key of a provider that counts.
pub const UPSTREAM_RSA_BITS_MIN: usize = 2048;
/// Pages of a provider's list (addresses, organisations) that are read, of a hundred entries each.
pub const UPSTREAM_PAGES_MAX: usize = 10;
/// Characters of a provider's error code that are kept.
pub const UPSTREAM_ERROR_CODE_CHARS_MAX: usize = 64;
/// Bytes of the name and the `state` in a security event that are kept.
pub const SECURITY_EVENT_TEXT_BYTES_MAX: usize = 512;
/// Events in one security event token; Google sends one.
pub const SECURITY_EVENTS_MAX: usize = 16;
/// How long a registration keeps the username it asked for while its address is not proven.
pub const USERNAME_HOLD_SECONDS: i64 = 24 * 60 * 60;
/// How long before its end such a name is no longer given, so that its next holder never meets the last one.
pub const USERNAME_HOLD_MARGIN_SECONDS: i64 = 60;
/// The longest user agent kept with a session.
pub const USER_AGENT_CHARS_MAX: usize = 300;

/// The longest name of a role or group.
pub const NAME_BYTES_MAX: usize = 64;
/// The most roles, and the most groups, of one person.
pub const NAMES_MAX: usize = 64;
