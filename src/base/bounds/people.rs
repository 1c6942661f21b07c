//! People: accounts, passwords, codes, throttles, and leaving.

// — people —
/// RFC 5321 §4.5.3.1.3: the longest address.
pub const EMAIL_BYTES_MAX: usize = 254;
/// RFC 5321 §4.5.3.1.1: the longest local part.
pub const EMAIL_LOCAL_BYTES_MAX: usize = 64;
/// The longest password, in characters after normalisation.
pub const PASSWORD_CHARS_MAX: usize = 256;
/// The longest profile text (a name, a zone), in characters.
pub const PROFILE_CHARS_MAX: usize = 200;
/// How often a patch of a profile is tried when others change it at the same moment.
pub const PROFILE_TRIES_MAX: usize = 4;
/// The shortest username.
pub const USERNAME_CHARS_MIN: usize = 3;
/// The longest username.
pub const USERNAME_CHARS_MAX: usize = 32;

// — passwords —
/// The longest password text that is looked at, before normalisation.
pub const PASSWORD_BYTES_MAX: usize = 4 * 1024;
/// NIST SP 800-63B-4 §3.1.1.2: the shortest password, in characters, where it is the only factor.
pub const PASSWORD_CHARS_ALONE_MIN: usize = 15;
/// NIST SP 800-63B-4 §3.1.1.2: the shortest password, in characters, that any setting allows.
pub const PASSWORD_CHARS_FLOOR: usize = 8;
/// The most lanes a stored Argon2 hash may ask for; its memory and passes have the bounds of the settings.
pub const ARGON2_LANES_MAX: u32 = 16;
/// The longest stored hash that is read.
pub const STORED_HASH_BYTES_MAX: usize = 1024;
/// The highest cost of an imported bcrypt hash: about a second.
pub const BCRYPT_COST_MAX: u32 = 14;
/// The greatest N·r·p of an imported scrypt hash, which takes 128 times as many bytes at most: 256 MiB.
pub const SCRYPT_WORK_MAX: u64 = 1 << 21;
/// The most iterations of an imported PBKDF2 hash, counted for each 32 bytes of it: about two seconds.
pub const PBKDF2_WORK_MAX: u64 = 4_000_000;
/// The shortest imported hash, in bytes.
pub const FOREIGN_HASH_BYTES_MIN: usize = 16;
/// The longest imported hash, in bytes.
pub const FOREIGN_HASH_BYTES_MAX: usize = 64;
/// The longest salt of an imported hash, in bytes.
pub const FOREIGN_SALT_BYTES_MAX: usize = 256;
/// How long an idle hashing thread keeps its memory.
pub const HASH_MEMORY_IDLE_SECONDS: u64 = 10;

// — one-time codes —
/// OTP-09: digits of a mailed code.
pub const ONE_TIME_CODE_DIGITS: usize = 6;
/// The longest text that is looked at as a code: six digits and plenty of blanks.
pub const ONE_TIME_CODE_BYTES_MAX: usize = 64;

// — throttles —
/// The longest wait that a throttle arrives at: a hundred years.
pub const THROTTLE_WAIT_SECONDS_MAX: i64 = 3_155_760_000;
/// The most failed sign-ins to an account before waits begin; so a hundred in a row stay out of reach (PWD-03).
pub const THROTTLE_FREE_FAILURES_MAX: i64 = 20;
/// How long failures are remembered that do not count for good.
pub const THROTTLE_FORGOTTEN_SECONDS: i64 = 30 * 24 * 3600;
/// The longest wait for a source or client whose failures fade.
pub const THROTTLE_FADING_WAIT_SECONDS_MAX: i64 = 900;
/// Counts of one purpose that strangers can make up keys for; those that mean least are forgotten beyond it.
pub const THROTTLE_ROWS_MAX: i64 = 50_000;
/// How often a count that somebody else moved in between is read anew.
pub const THROTTLE_TRIES_MAX: usize = 8;

// — leaving —
/// How long the old address can take a change of address back.
pub const ADDRESS_UNDO_SECONDS: i64 = 7 * 24 * 60 * 60;
/// How long a deleted account can be restored before it is erased.
pub const DELETION_GRACE_SECONDS: i64 = 7 * 24 * 60 * 60;
/// Accounts or clients on one page of the administrators' interface, unless fewer are asked for.
pub const ADMIN_PAGE_ROWS: i64 = 50;
/// The most that may be asked for.
pub const ADMIN_PAGE_ROWS_MAX: i64 = 200;
/// Rows looked through at a time when a search has no index.
pub const SEARCH_WINDOW_ROWS: i64 = 500;
/// How many times that for one page; then the answer says where to go on.
pub const SEARCH_WINDOWS_MAX: usize = 20;
/// The longest text that is searched for, in characters.
pub const SEARCH_CHARS_MAX: usize = 200;
