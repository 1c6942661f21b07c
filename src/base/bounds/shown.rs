//! What people are shown: pages, templates, mail, development mode, the command line.

use std::time::Duration;

// — pages —
/// How long an authorization request may stay on its way through the pages.
pub const INTERACTION_SECONDS: i64 = 60 * 60;
/// Sessions one browser may hold side by side (the account chooser's length).
pub const SESSIONS_PER_BROWSER_MAX: usize = 5;
/// How recent a sign-in must be for a change of credentials.
pub const RECENT_LOGIN_SECONDS: i64 = 300;
/// The greatest `max_age` that another provider's word alone does not satisfy: it may let somebody through without asking,
/// and does not say so.
pub const FEDERATED_MAX_AGE_SECONDS: i64 = 15 * 60;

// — templates —
/// No page of ours is this long.
pub const PAGE_BYTES_MAX: usize = 30_000;
/// Instructions one rendering may take; the longest page of ours takes a tenth.
pub const RENDER_FUEL: u64 = 400_000;
/// Language tags looked at in one request; the rest of a longer list is ignored.
pub const LOCALES_CONSIDERED_MAX: usize = 32;
/// Files taken from an operator's template directory.
pub const OVERRIDE_FILES_MAX: usize = 256;
/// The largest of them.
pub const OVERRIDE_FILE_BYTES_MAX: u64 = 256 * 1024;
/// Folders below that directory.
pub const OVERRIDE_DEPTH_MAX: usize = 3;
/// An operator's messages remembered because they could not be said.
pub const UNSAID_MESSAGES_MAX: usize = 100;

// — mail —
/// The longest subject, in characters.
pub const MAIL_SUBJECT_CHARS_MAX: usize = 200;
/// The longest mail server reply kept for the log, in characters.
pub const SMTP_REPLY_CHARS_MAX: usize = 300;
/// How many times longer than any other answer the answer to a whole mail may take; giving up on it may mean a
/// duplicate.
pub const SMTP_ACCEPT_STEPS: u32 = 3;
/// How long an idle connection to the mail server is worth reusing.
pub const SMTP_IDLE_SECONDS: u64 = 60;
/// Mails one connection carries before it is replaced.
pub const SMTP_MAILS_PER_CONNECTION_MAX: u32 = 100;
/// Mails the inbox of dev mode keeps.
pub const INBOX_MAILS_MAX: usize = 200;
/// The waits after the first failed attempts to send a mail; the last of them is repeated.
pub const MAIL_RETRY_WAITS_SECONDS: [i64; 5] = [5, 30, 120, 600, 900];
/// How often the answer to a whole mail may be lost before the mail counts as sent (F-26).
pub const MAIL_UNCONFIRMED_MAX: i64 = 2;

// — dev mode —
/// The longest answer the demo application reads.
pub const DEMO_ANSWER_BYTES_MAX: usize = 256 * 1024;
/// How long the demo application waits for an answer.
pub const DEMO_CALL_WAIT: Duration = Duration::from_secs(3);
/// Browsers the demo application remembers.
pub const DEMO_VISITS_MAX: usize = 200;
/// How long the demo application remembers a browser that does not come back.
pub const DEMO_VISIT_SECONDS: i64 = 8 * 60 * 60;
/// Sign-ins under way in one browser.
pub const DEMO_PENDING_MAX: usize = 8;
/// How long a sign-in may take.
pub const DEMO_PENDING_SECONDS: i64 = 60 * 60;
/// Codes that an imitated provider remembers, and as many tokens.
pub const IMITATION_SECRETS_MAX: usize = 1_000;
/// How long a code of an imitated provider can be redeemed.
pub const IMITATION_CODE_SECONDS: i64 = 600;
/// How long an access token of the imitated Google is good; the imitated GitHub's do not expire.
pub const IMITATION_TOKEN_SECONDS: i64 = 3_600;
/// The longest pause an imitated provider can be told to make before an answer: no answer may take ten seconds.
pub const IMITATION_SLOW_MILLIS_MAX: u32 = 9_000;
/// Keys the imitated Google publishes: the one that signs and the ones before it.
pub const IMITATION_KEYS_MAX: usize = 3;
/// How long the keys of the imitated Google may be cached.
pub const IMITATION_KEYS_MAX_AGE_SECONDS: i64 = 3_600;
/// Addresses of somebody at the imitated GitHub who has many: three of its longest pages.
pub const IMITATION_ADDRESSES: usize = 250;
/// Rows on a page of the imitated GitHub, unless more or fewer are asked for.
pub const IMITATION_PAGE_ROWS: usize = 30;
/// The most that may be asked for.
pub const IMITATION_PAGE_ROWS_MAX: usize = 100;

// — command line —
/// What one call of `mcp check` gets.
pub const MCP_CALL_SECONDS: u64 = 10;
/// The longest answer that `mcp check` reads.
pub const MCP_ANSWER_BYTES_MAX: usize = 256 * 1024;
/// How long `mcp check` waits for the person.
pub const MCP_SIGN_IN_SECONDS: u64 = 5 * 60;
/// The longest request by which the browser comes back to `mcp check`.
pub const MCP_CALLBACK_BYTES_MAX: usize = 16 * 1024;

/// The largest file of clients and people that is read at once, in bytes.
pub const APPLY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Rows that a listing reads at a time.
pub const LIST_ROWS: i64 = 200;
