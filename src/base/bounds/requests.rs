//! Requests, answers and the lists in them.

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
/// The deepest nesting of a `claims` parameter; an address asked for by value needs five.
pub const CLAIMS_DEPTH_MAX: usize = 8;
/// The longest `login_hint` that is kept; longer ones are not used.
pub const LOGIN_HINT_BYTES_MAX: usize = 320;
/// The longest `ui_locales` that is kept; longer ones are not used.
pub const UI_LOCALES_BYTES_MAX: usize = 256;
/// The most tokens in one `scope`.
pub const SCOPE_TOKENS_MAX: usize = 64;
/// The most values in `acr_values`.
pub const ACR_VALUES_MAX: usize = 20;
/// The most `resource` parameters in one request.
pub const RESOURCES_MAX: usize = 8;
/// The most authorization details in one request.
pub const AUTHORIZATION_DETAILS_MAX: usize = 16;
/// The deepest nesting of authorization details.
pub const AUTHORIZATION_DETAILS_DEPTH_MAX: usize = 8;
/// The longest name of a type of authorization details.
pub const AUTHORIZATION_DETAIL_TYPE_BYTES_MAX: usize = 128;
/// The deepest nesting of an operator's JSON schema.
pub const SCHEMA_DEPTH_MAX: usize = 16;
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

// — lists —
/// Sessions of one person listed at once.
pub const SESSIONS_LISTED_MAX: i64 = 100;
/// Agreements of one person listed at once.
pub const CONSENTS_LISTED_MAX: i64 = 200;

/// Changes of address of one person in their own copy of what is kept.
pub const ADDRESS_CHANGES_LISTED_MAX: i64 = 100;
/// Entries of the audit log in a person's own copy of what is kept; the newest ones.
pub const EXPORTED_ENTRIES_MAX: i64 = 10_000;

// — the JSON interface —
/// The longest name of a member that is repeated in a refusal.
pub const FIELD_NAME_CHARS_MAX: usize = 80;

/// How long programs may keep the interface's description, in seconds.
pub const API_DOCUMENT_SECONDS: i64 = 60 * 60;

// — devices —
/// Browsers that one account is remembered to be used in; the one not used for longest is forgotten.
pub const DEVICES_PER_ACCOUNT_MAX: i64 = 20;
/// Mails about new devices to one person …
pub const NEW_DEVICE_MAILS_MAX: i64 = 5;
/// … within this time.
pub const NEW_DEVICE_MAILS_SECONDS: i64 = 60 * 60;

// — cookies —
/// How long a browser is remembered as one that signed in.
pub const DEVICE_COOKIE_SECONDS: i64 = 365 * 24 * 60 * 60;
/// How long a browser remembers by which other provider somebody signed in last.
pub const PROVIDER_COOKIE_SECONDS: i64 = 90 * 24 * 60 * 60;
