//! Clients: what they register, the addresses they name, their assertions and proofs.

// — clients —
/// The longest name of a client, in characters.
pub const CLIENT_NAME_CHARS_MAX: usize = 100;
/// The most entries of one list in a client's metadata.
pub const CLIENT_LIST_MAX: usize = 100;
/// Clients that registered themselves while everybody may.
pub const OPEN_CLIENTS_MAX: i64 = 10_000;
/// How long such a client is safe from making room for another when there are as many: nobody may have used it yet.
pub const OPEN_CLIENT_SAFE_SECONDS: i64 = 24 * 60 * 60;
/// Unused clients that are looked at to find one that may make room.
pub const OPEN_CLIENTS_LOOKED_AT: i64 = 50;
/// The deepest nesting of a registration or a client's own document that is read.
pub const REGISTRATION_DEPTH_MAX: usize = 8;
/// The most members of a registration, at its top.
pub const REGISTRATION_MEMBERS_MAX: usize = 200;
/// The most uses of an initial access token.
pub const INITIAL_ACCESS_USES_MAX: u32 = 10_000;
/// The longest life of an initial access token, in days.
pub const INITIAL_ACCESS_DAYS_MAX: u32 = 365;
/// Clients that are known by their documents.
pub const DOCUMENT_CLIENTS_MAX: i64 = 10_000;
/// The largest document of a client.
pub const CLIENT_DOCUMENT_BYTES_MAX: usize = 16 * 1024;
/// The shortest time for which a client's document is believed, whatever its headers say.
pub const CLIENT_DOCUMENT_SECONDS_MIN: i64 = 5 * 60;
/// The longest.
pub const CLIENT_DOCUMENT_SECONDS_MAX: i64 = 24 * 60 * 60;
/// How long a client known by its document is remembered without having been looked at, when nothing rests on it.
pub const CLIENT_DOCUMENT_KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;
/// How long it is safe from making room for another when there are as many as are kept: a sign-in may be on its way.
pub const CLIENT_DOCUMENT_SAFE_SECONDS: i64 = 60 * 60;
/// Documents of clients fetched for one source in an hour.
pub const CLIENT_DOCUMENTS_PER_SOURCE: i64 = 120;
/// Request objects fetched for one source in an hour: one for each sign-in there, and a whole company may sit behind it.
pub const REQUEST_OBJECTS_PER_SOURCE: i64 = 600;
/// Pushed requests and codes for devices that public clients get from one source in an hour. Anybody can ask in their
/// name, and each is kept for a day.
pub const UNPROVEN_REQUESTS_PER_SOURCE: i64 = 6_000;
/// Requests by mail (CIBA) that one app may send in an hour, whomever to. Those about nobody count, so that addresses
/// cannot be tried out.
pub const APPROVALS_PER_CLIENT: i64 = 600;
/// People of a client who are looked through for the one whom a pairwise subject names.
pub const PAIRWISE_PEOPLE_MAX: i64 = 10_000;
/// The most redirect URIs that a sector lists.
pub const SECTOR_URIS_MAX: usize = 1_000;
/// The longest contact of a client.
pub const CLIENT_CONTACT_BYTES_MAX: usize = 254;
/// The greatest `default_max_age`: ten years.
pub const DEFAULT_MAX_AGE_SECONDS_MAX: i64 = 10 * 365 * 24 * 60 * 60;

// — addresses that clients name —
/// What one call gets, connection and answer together.
pub const OUTBOUND_CALL_SECONDS: u64 = 5;
/// Calls under way at once.
pub const OUTBOUND_CALLS_MAX: usize = 64;
/// The longest answer that is read.
pub const OUTBOUND_ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Published key sets that are remembered.
pub const CLIENT_KEY_SETS_MAX: usize = 1_000;
/// Headers of proofs of possession that are remembered with the key they hold, up to …
pub const OWN_KEYS_MAX: usize = 2_000;
/// … this length.
pub const OWN_KEY_HEADER_BYTES_MAX: usize = 1_024;
/// Keys of one client that are looked at.
pub const CLIENT_KEYS_MAX: usize = 32;
/// The shortest modulus of a client's RSA key, in bits.
pub const CLIENT_RSA_BITS_MIN: usize = 2_048;
/// The longest: each use of it costs us time.
pub const CLIENT_RSA_BITS_MAX: usize = 8_192;
/// The longest exponent of such a key.
pub const CLIENT_RSA_EXPONENT_BYTES_MAX: usize = 4;

// — assertions and proofs of clients —
/// How far off the end of a client's assertion may be.
pub const CLIENT_ASSERTION_SECONDS_MAX: i64 = 10 * 60;
/// The longest `jti` of an assertion or a proof.
pub const JTI_BYTES_MAX: usize = 255;
/// How old a DPoP proof may be.
pub const DPOP_PROOF_SECONDS: i64 = 120;
/// How long a nonce for DPoP proofs is handed out; it is taken for as long again.
pub const DPOP_NONCE_SECONDS: i64 = 150;
/// The longest certificate of a client that is looked at.
pub const CERTIFICATE_BYTES_MAX: usize = 8 * 1024;
/// Certificates above a client's own that are looked at.
pub const CERTIFICATES_MAX: usize = 4;
/// Names of assertions and proofs that are remembered at once, by all replicas together. Each takes about 200 bytes.
pub const REPLAY_NAMES_MAX: i64 = 2_000_000;
/// Of these, names by one client at one replica.
pub const REPLAY_NAMES_OF_CLIENT_MAX: u64 = 500_000;
/// Names for which a replica takes out room at once.
pub const REPLAY_BLOCK_NAMES: i64 = 1_000;
