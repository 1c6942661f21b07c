//! Registration: from what an operator wrote to a client that may exist (RFC 7591 §2, OpenID Connect Registration §2).
//! All mistakes are found at once.
//!
//! Names and types of members are checked where the file is read; making and rotating secrets is not done here.

mod encryption;
mod mcp;
mod subjects;

use std::fmt;

use url::{Host, Url};

use crate::base::bounds::{
    ACCESS_TOKEN_SECONDS_MAX, ACCESS_TOKEN_SECONDS_MIN, CLIENT_CONTACT_BYTES_MAX, CLIENT_ID_BYTES_MAX, CLIENT_LIST_MAX,
    CLIENT_NAME_CHARS_MAX, DEFAULT_MAX_AGE_SECONDS_MAX, URI_BYTES_MAX,
};
use crate::base::issuer::is_loopback_host;
use crate::base::redirect_uri::origin_of;
use crate::base::{RedirectUri, Timestamp};
use crate::model::authorization_request::ResponseType;
use crate::model::client::{ApplicationType, AuthMethod, Client, ClientMetadata, ClientSecret, GrantType, Provenance};

use super::features::Features;
use super::{acr, client_keys};

/// One thing that is wrong with a client's metadata: where, and what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The member, as it is written: `redirect_uris[1]`, `doorward.require_pkce`.
    pub member: String,
    /// What is wrong with it.
    pub problem: Problem,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.member, self.problem.expected())
    }
}

/// What may be wrong with a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// A way to authenticate that the operator has not switched on.
    AuthMethodOff,
    /// Not a usable `client_id`.
    ClientId,
    /// A name that is blank, too long, or has characters that deceive (REG-11).
    Name,
    /// Text that is blank, too long, or has control characters.
    Text,
    /// More entries than are kept.
    TooMany,
    /// An entry for the second time.
    Repeated,
    /// Empty where an entry is needed.
    Empty,
    /// A redirect URI with a private-use scheme for an application that is not native (RED-09).
    PrivateUseScheme,
    /// Not an address to be shown or called (DCR-04).
    WebAddress,
    /// Not an https address.
    HttpsAddress,
    /// An address with a fragment, or otherwise not one to be called.
    LogoutAddress,
    /// An address elsewhere than the client.
    ForeignLogoutAddress,
    /// A wish without the address that it is about.
    WithoutLogoutAddress,
    /// A response type that there is not.
    ResponseType,
    /// A subject type that there is not.
    SubjectType,
    /// Pairwise subjects for redirect URIs of several hosts, without a document that holds them together.
    SectorNeeded,
    /// Keys by value and by address at once.
    KeysTwice,
    /// Encryption of content without encryption of its key.
    EncryptionWithoutKey,
    /// A public client of the Model Context Protocol with a secret, or without PKCE.
    McpClient,
    /// No resource for a client of the Model Context Protocol.
    McpResource,
    /// The refresh grant without the code grant.
    RefreshWithoutCode,
    /// Client credentials for a public client (CLI-13).
    CredentialsOfPublic,
    /// PKCE relaxed for a public client (RFC 9700 §2.1.1).
    PublicWithoutPkce,
    /// A number of seconds out of range.
    MaxAge,
    /// A number of seconds out of range (TOK-08).
    AccessTokenSeconds,
    /// An authentication context nobody reaches.
    AuthenticationContext,
    /// Not an absolute URI without fragment (RFC 8707 §2).
    Resource,
    /// Not an origin.
    Origin,
    /// No keys where the way of authenticating needs them.
    KeysMissing,
    /// Keys that are none, private, symmetric or weak (DCR-09).
    Keys,
    /// An algorithm that the way of authenticating or the profile does not have.
    AuthAlgorithm,
    /// Not exactly one name by which a certificate is known (RFC 8705 §2.1.2).
    CertificateNames,
    /// A name of a certificate for a client that is not known by one.
    CertificateNameUnused,
    /// A way of authenticating that the profile does not have.
    ProfileAuthMethod,
    /// Tokens that are not bound to anything, where the profile wants that.
    ProfileUnbound,
    /// PKCE relaxed where the profile wants it.
    ProfileWithoutPkce,
    /// Tokens that are bound to two things.
    BoundTwice,
}

impl Problem {
    /// What was expected, as a sentence without its end.
    pub const fn expected(self) -> &'static str {
        match self {
            Self::ClientId => "must be 1 to 255 letters, digits or any of - . _ ~ : / @ +",
            Self::Name => "must be 1 to 100 characters, without control characters or changes of direction",
            Self::Text => "must be short text without control characters",
            Self::TooMany => "has more entries than are kept",
            Self::Repeated => "repeats an earlier entry",
            Self::Empty => "must not be empty",
            Self::PrivateUseScheme => "may have a scheme of its own only when application_type is native",
            Self::WebAddress => "must be an https address, or http on a loopback host",
            Self::HttpsAddress => "must be an https address",
            Self::LogoutAddress => "must be an https address, or http on a loopback host, without a fragment",
            Self::ForeignLogoutAddress => "must have scheme, host and port of one of redirect_uris",
            Self::WithoutLogoutAddress => "is only for clients that register the address it is about",
            Self::ResponseType => "must be code, code id_token or id_token",
            Self::SubjectType => "must be public or pairwise",
            Self::SectorNeeded => "is needed for pairwise subjects when redirect_uris have several hosts",
            Self::KeysTwice => "must not stand beside jwks",
            Self::EncryptionWithoutKey => "must stand beside the algorithm that encrypts its key",
            Self::McpClient => "of mcp is for clients without a secret, by the code grant with PKCE",
            Self::McpResource => "must name the resources of a client whose profile is mcp",
            Self::RefreshWithoutCode => "may hold refresh_token only beside authorization_code",
            Self::CredentialsOfPublic => "may hold client_credentials only when the client authenticates",
            Self::PublicWithoutPkce => "must stay true when token_endpoint_auth_method is none",
            Self::MaxAge => "must be between 0 seconds and ten years",
            Self::AccessTokenSeconds => "must be between 30 and 3600 seconds",
            Self::AuthenticationContext => "must be an authentication context this server reaches",
            Self::Resource => "must be an absolute URI without a fragment",
            Self::KeysMissing => "must be there, or jwks_uri, for this token_endpoint_auth_method",
            Self::Keys => {
                "must be a set of public keys: RSA of 2048 bits and more, P-256, P-384 or Ed25519, at most 32 of them"
            }
            Self::AuthAlgorithm => "must be an algorithm of token_endpoint_auth_method and of the profile",
            Self::CertificateNames => "needs exactly one of the tls_client_auth members that name its certificate",
            Self::CertificateNameUnused => "is of use only when token_endpoint_auth_method is tls_client_auth",
            Self::AuthMethodOff => "must be a method that is switched on here",
            Self::ProfileAuthMethod => {
                "must be private_key_jwt, tls_client_auth or self_signed_tls_client_auth in the profile fapi2"
            }
            Self::ProfileUnbound => {
                "must be true in the profile fapi2, or tls_client_certificate_bound_access_tokens must be"
            }
            Self::ProfileWithoutPkce => "must stay true in the profile fapi2",
            Self::BoundTwice => "must not be true beside dpop_bound_access_tokens",
            Self::Origin => "must be an origin such as https://app.example, without a path",
        }
    }
}

/// A new client that keeps every rule, or all that is wrong with it.
pub fn register(
    client_id: &str,
    metadata: ClientMetadata,
    secrets: Vec<ClientSecret>,
    now: Timestamp,
) -> Result<Client, Vec<Mistake>> {
    let client_id = client_id.to_owned();
    let metadata = Box::new(metadata);
    let client = Client {
        client_id,
        metadata,
        secrets,
        created_at: now,
        updated_at: now,
        disabled_at: None,
        provenance: Provenance::Operator,
    };
    keeping_the_rules(client)
}

/// `client` under new metadata, or all that is wrong with it. Secrets, age and being disabled stay (DCR-10).
pub fn revise(client: Client, metadata: ClientMetadata, now: Timestamp) -> Result<Client, Vec<Mistake>> {
    keeping_the_rules(Client { metadata: Box::new(metadata), updated_at: now, ..client })
}

fn keeping_the_rules(client: Client) -> Result<Client, Vec<Mistake>> {
    let mistakes = mistakes(&client.client_id, &client.metadata);
    if mistakes.is_empty() { Ok(client) } else { Err(mistakes) }
}

/// All that is wrong with `metadata` under `client_id`; empty when it may be registered.
pub fn mistakes(client_id: &str, metadata: &ClientMetadata) -> Vec<Mistake> {
    let mut found = Found(Vec::new());
    found.check("client_id", is_client_id(client_id), Problem::ClientId);
    check_descriptions(&mut found, metadata);
    check_redirects(&mut found, metadata);
    check_logout(&mut found, metadata);
    check_grants(&mut found, metadata);
    check_defaults(&mut found, metadata);
    check_own(&mut found, metadata);
    encryption::check(&mut found, metadata);
    subjects::check(&mut found, metadata);
    mcp::check(&mut found, metadata);
    client_keys::check(&mut found, metadata);
    found.0
}

/// What is wrong with metadata, sound in itself, at a server with these `features`.
pub fn not_offered(metadata: &ClientMetadata, features: &Features) -> Option<Mistake> {
    // It could not authenticate, and the operator would look for the reason elsewhere.
    let is_on = features.auth_methods().contains(&metadata.token_endpoint_auth_method);
    let off = Mistake { member: "token_endpoint_auth_method".to_owned(), problem: Problem::AuthMethodOff };
    (!is_on).then_some(off)
}

/// What was found so far.
pub(super) struct Found(Vec<Mistake>);

impl Found {
    pub(super) fn check(&mut self, member: impl Into<String>, is_right: bool, problem: Problem) {
        if !is_right {
            self.0.push(Mistake { member: member.into(), problem });
        }
    }

    /// Checks the length of a list, that nothing is in it twice, and each entry.
    fn check_list<T: PartialEq>(&mut self, member: &str, list: &[T], problem: Problem, is_right: impl Fn(&T) -> bool) {
        self.check(member, list.len() <= CLIENT_LIST_MAX, Problem::TooMany);
        for (index, entry) in list.iter().enumerate().take(CLIENT_LIST_MAX) {
            self.check(format!("{member}[{index}]"), is_right(entry), problem);
            self.check(format!("{member}[{index}]"), !list[..index].contains(entry), Problem::Repeated);
        }
    }
}

fn check_descriptions(found: &mut Found, metadata: &ClientMetadata) {
    found.check("client_name", metadata.client_name.as_deref().is_none_or(is_name), Problem::Name);
    found.check_list("contacts", &metadata.contacts, Problem::Text, |contact| is_contact(contact));
    for (member, uri) in [
        ("client_uri", &metadata.client_uri),
        ("logo_uri", &metadata.logo_uri),
        ("policy_uri", &metadata.policy_uri),
        ("tos_uri", &metadata.tos_uri),
    ] {
        found.check(member, uri.as_deref().is_none_or(is_web_address), Problem::WebAddress);
    }
    let types = &metadata.authorization_details_types;
    found.check_list("authorization_details_types", types, Problem::Text, |name| is_contact(name));
    let login = metadata.initiate_login_uri.as_deref();
    let is_https = |uri: &str| is_web_address(uri) && uri.starts_with("https:");
    found.check("initiate_login_uri", login.is_none_or(is_https), Problem::HttpsAddress);
    found.check_list("request_uris", &metadata.request_uris, Problem::HttpsAddress, |uri| is_https(uri));
    let is_label = |text: &String| (1..=CLIENT_CONTACT_BYTES_MAX).contains(&text.len()) && !text.chars().any(deceives);
    for (member, text) in [("software_id", &metadata.software_id), ("software_version", &metadata.software_version)] {
        found.check(member, text.as_ref().is_none_or(is_label), Problem::Text);
    }
}

fn check_redirects(found: &mut Found, metadata: &ClientMetadata) {
    let is_native = metadata.application_type == ApplicationType::Native;
    let is_right = |uri: &RedirectUri| is_native || is_web_address(uri.as_str());
    let uses_code = metadata.grant_types.contains(&GrantType::AuthorizationCode);
    found.check("redirect_uris", !(uses_code && metadata.redirect_uris.is_empty()), Problem::Empty);
    found.check_list("redirect_uris", &metadata.redirect_uris, Problem::PrivateUseScheme, is_right);
    let after_logout = &metadata.post_logout_redirect_uris;
    let requests = &metadata.request_uris;
    found.check_list("request_uris", requests, Problem::WebAddress, |uri| is_web_address(uri));
    found.check_list("post_logout_redirect_uris", after_logout, Problem::PrivateUseScheme, is_right);
}

/// Back-Channel Logout §2.2, Front-Channel Logout §2.
fn check_logout(found: &mut Found, metadata: &ClientMetadata) {
    let back = metadata.backchannel_logout_uri.as_deref();
    let front = metadata.frontchannel_logout_uri.as_deref();
    for (member, uri) in [("backchannel_logout_uri", back), ("frontchannel_logout_uri", front)] {
        let is_right = uri.is_none_or(|uri| is_web_address(uri) && !uri.contains('#'));
        found.check(member, is_right, Problem::LogoutAddress);
    }
    // Front-Channel Logout §2: what a browser is made to load belongs to the client.
    let is_native = metadata.application_type == ApplicationType::Native;
    let is_own = |uri: &str| metadata.redirect_uris.iter().any(|own| origin_of(own.as_str()) == origin_of(uri));
    let is_right = front.is_none_or(|uri| is_native || !is_web_address(uri) || is_own(uri));
    found.check("frontchannel_logout_uri", is_right, Problem::ForeignLogoutAddress);
    for (member, wished, uri) in [
        ("backchannel_logout_session_required", metadata.backchannel_logout_session_required, back),
        ("frontchannel_logout_session_required", metadata.frontchannel_logout_session_required, front),
    ] {
        found.check(member, !wished || uri.is_some(), Problem::WithoutLogoutAddress);
    }
}

fn check_grants(found: &mut Found, metadata: &ClientMetadata) {
    let grants = &metadata.grant_types;
    let uses = |grant| grants.contains(&grant);
    let is_public = metadata.token_endpoint_auth_method == AuthMethod::None;
    found.check("grant_types", !grants.is_empty(), Problem::Empty);
    found.check_list("grant_types", grants, Problem::Repeated, |_| true);
    let gives_refresh = [GrantType::AuthorizationCode, GrantType::DeviceCode, GrantType::Ciba].into_iter().any(uses);
    let has_code_for_refresh = gives_refresh || !uses(GrantType::RefreshToken);
    found.check("grant_types", has_code_for_refresh, Problem::RefreshWithoutCode);
    // RFC 8693 §5, CIBA Core §4: these speak for people without a browser in between, so the client proves itself.
    let needs_proof = [GrantType::ClientCredentials, GrantType::TokenExchange, GrantType::Ciba].into_iter().any(uses);
    found.check("grant_types", !(is_public && needs_proof), Problem::CredentialsOfPublic);
    // RFC 7591 §2.1: the code grant and the response type code go together.
    let needs_code = uses(GrantType::AuthorizationCode) && metadata.response_types.is_empty();
    found.check("response_types", !needs_code, Problem::ResponseType);
    found.check_list("response_types", &metadata.response_types, Problem::ResponseType, |kind| {
        ResponseType::parse(kind).is_some()
    });
    found.check("doorward.require_pkce", metadata.doorward.require_pkce || !is_public, Problem::PublicWithoutPkce);
}

fn check_defaults(found: &mut Found, metadata: &ClientMetadata) {
    let max_ages = 0..=DEFAULT_MAX_AGE_SECONDS_MAX;
    found.check("default_max_age", metadata.default_max_age.is_none_or(|age| max_ages.contains(&age)), Problem::MaxAge);
    found.check_list("default_acr_values", &metadata.default_acr_values, Problem::AuthenticationContext, |value| {
        acr::SUPPORTED.contains(&value.as_str())
    });
}

fn check_own(found: &mut Found, metadata: &ClientMetadata) {
    let own = &metadata.doorward;
    found.check_list("doorward.resources", &own.resources, Problem::Resource, |uri| is_resource(uri));
    found.check_list("doorward.allowed_origins", &own.allowed_origins, Problem::Origin, |origin| is_origin(origin));
    let audiences = &own.token_exchange_audiences;
    found.check_list("doorward.token_exchange_audiences", audiences, Problem::Resource, |name| {
        is_client_id(name) || is_resource(name)
    });
    found.check_list("doorward.decided", &own.decided, Problem::Text, |name| is_contact(name));
    let lives = ACCESS_TOKEN_SECONDS_MIN..=ACCESS_TOKEN_SECONDS_MAX;
    let is_right = own.access_token_seconds.is_none_or(|seconds| lives.contains(&seconds));
    found.check("doorward.access_token_seconds", is_right, Problem::AccessTokenSeconds);
}

fn is_client_id(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/@+".contains(&byte);
    (1..=CLIENT_ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_allowed)
}

fn is_name(text: &str) -> bool {
    let chars = text.chars().count();
    (1..=CLIENT_NAME_CHARS_MAX).contains(&chars) && text.trim() == text && !text.chars().any(deceives)
}

/// REG-11: control characters, and those that are invisible or turn the direction of what follows.
fn deceives(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(char, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn is_contact(text: &str) -> bool {
    (1..=CLIENT_CONTACT_BYTES_MAX).contains(&text.len()) && !text.chars().any(deceives)
}

/// DCR-04: https, or http on a loopback host; nothing that a browser would run or read differently than we do.
pub(super) fn is_web_address(text: &str) -> bool {
    let is_plain = text.len() <= URI_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    is_plain
        && Url::parse(text).is_ok_and(|url| {
            let is_loopback = url.host().is_some_and(|host: Host<&str>| is_loopback_host(&host));
            let has_scheme = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
            has_scheme && url.has_host() && url.username().is_empty() && url.password().is_none()
        })
}

fn is_resource(text: &str) -> bool {
    text.len() <= URI_BYTES_MAX
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.contains('#')
        && Url::parse(text).is_ok()
}

fn is_origin(text: &str) -> bool {
    let is_whole = |url: Url| url.origin().ascii_serialization() == text;
    is_web_address(text) && !text.contains('*') && Url::parse(text).is_ok_and(is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::samples::{self, NOW};

    pub(super) fn wrong(change: impl FnOnce(&mut ClientMetadata)) -> Vec<(String, Problem)> {
        let mut metadata = *samples::client().metadata;
        change(&mut metadata);
        mistakes("acme", &metadata).into_iter().map(|mistake| (mistake.member, mistake.problem)).collect()
    }

    pub(super) fn one(member: &str, problem: Problem) -> Vec<(String, Problem)> {
        vec![(member.to_owned(), problem)]
    }

    pub(super) fn uri(text: &str) -> RedirectUri {
        RedirectUri::parse(text).unwrap()
    }

    #[test]
    fn a_client_that_keeps_the_rules_is_registered_and_revised() {
        let metadata = *samples::client().metadata;
        let client = register("acme", metadata.clone(), Vec::new(), NOW).unwrap();
        assert_eq!(client, samples::client());
        let disabled = Client { disabled_at: Some(NOW), ..client };
        let revised = revise(disabled, metadata, NOW.plus_seconds(1)).unwrap();
        assert_eq!((revised.disabled_at, revised.created_at), (Some(NOW), NOW));
        assert_eq!(revised.updated_at, NOW.plus_seconds(1));
    }

    #[test]
    fn out_07_logout_addresses_are_the_clients_own_and_have_no_fragment() {
        // Back-Channel Logout §2.2: an absolute address without a fragment.
        let back = |uri: &str| wrong(|metadata| metadata.backchannel_logout_uri = Some(uri.into()));
        let front = |uri: &str| wrong(|metadata| metadata.frontchannel_logout_uri = Some(uri.into()));
        for uri in ["https://app.example/out?x=1", "http://127.0.0.1:8080/out", "https://elsewhere.example/out"] {
            assert_eq!(back(uri), [], "{uri}");
        }
        for uri in ["https://app.example/out#x", "http://app.example/out", "javascript:alert(1)", "", "/out"] {
            assert_eq!(back(uri), one("backchannel_logout_uri", Problem::LogoutAddress), "{uri}");
            assert_eq!(front(uri), one("frontchannel_logout_uri", Problem::LogoutAddress), "{uri}");
        }
        assert_eq!(front("https://app.example/out?x=1"), []);
        for uri in ["https://app.example:8443/out", "https://elsewhere.example/out", "http://127.0.0.1/out"] {
            assert_eq!(front(uri), one("frontchannel_logout_uri", Problem::ForeignLogoutAddress), "{uri}");
        }
        let required = wrong(|metadata| metadata.frontchannel_logout_session_required = true);
        assert_eq!(required, one("frontchannel_logout_session_required", Problem::WithoutLogoutAddress));
    }

    #[test]
    fn all_mistakes_are_found_at_once() {
        let mut metadata = *samples::client().metadata;
        metadata.redirect_uris.clear();
        metadata.subject_type = Some("secret".into());
        metadata.logo_uri = Some("javascript:alert(1)".into());
        let found = register("no blanks", metadata.clone(), Vec::new(), NOW).unwrap_err();
        let members: Vec<_> = found.iter().map(|mistake| mistake.member.as_str()).collect();
        assert_eq!(members, ["client_id", "logo_uri", "redirect_uris", "subject_type"]);
        assert_eq!(found[1].to_string(), "logo_uri: must be an https address, or http on a loopback host");
        assert_eq!(revise(samples::client(), metadata, NOW).unwrap_err().len(), 3);
    }

    #[test]
    fn client_ids_are_short_and_plain() {
        for (id, is_right) in [
            ("acme", true),
            ("https://app.example/client+1~x_y@z:8", true),
            ("", false),
            ("a b", false),
            ("a%b", false),
            ("a\"b", false),
            ("ä", false),
            (&"a".repeat(CLIENT_ID_BYTES_MAX), true),
            (&"a".repeat(CLIENT_ID_BYTES_MAX + 1), false),
        ] {
            assert_eq!(mistakes(id, &samples::client().metadata).is_empty(), is_right, "{id}");
        }
    }

    #[test]
    fn reg_11_names_are_bounded_and_do_not_deceive() {
        for name in
            ["", " ", " Acme", "A\u{202e}emcA", "Ac\u{200b}me", "Ac\nme", "Ac\0me", "\u{feff}Acme", &"a".repeat(101)]
        {
            assert_eq!(wrong(|own| own.client_name = Some(name.into())), one("client_name", Problem::Name), "{name:?}");
        }
        assert!(wrong(|own| own.client_name = Some("Ünïcode & Søns 株式会社".into())).is_empty());
        assert_eq!(wrong(|own| own.contacts = vec!["a\r\nb".into()]), one("contacts[0]", Problem::Text));
    }

    #[test]
    fn dcr_04_shown_addresses_are_https_or_loopback() {
        type Member = fn(&mut ClientMetadata) -> &mut Option<String>;
        let members: [(&str, Member); 4] = [
            ("client_uri", |own| &mut own.client_uri),
            ("logo_uri", |own| &mut own.logo_uri),
            ("policy_uri", |own| &mut own.policy_uri),
            ("tos_uri", |own| &mut own.tos_uri),
        ];
        for (name, member) in members {
            for refused in [
                "javascript:alert(1)",
                "JavaScript:alert(1)",
                " javascript:alert(1)",
                "java\nscript:alert(1)",
                "data:text/html,x",
                "vbscript:x",
                "file:///etc/passwd",
                "http://app.example/",
                "https://user@app.example/",
                "https:\\\\app.example",
                "/logo.png",
                "",
            ] {
                let found = wrong(|own| *member(own) = Some(refused.into()));
                assert_eq!(found, one(name, Problem::WebAddress), "{refused:?}");
            }
            for allowed in ["https://app.example/logo.png?x#y", "http://localhost:3000/", "http://[::1]/"] {
                assert!(wrong(|own| *member(own) = Some(allowed.into())).is_empty(), "{allowed}");
            }
        }
        let login = wrong(|own| own.initiate_login_uri = Some("http://localhost/login".into()));
        assert_eq!(login, one("initiate_login_uri", Problem::HttpsAddress));
    }

    #[test]
    fn red_09_private_use_schemes_are_for_native_applications() {
        // RFC 8252 §7: private-use schemes are for native apps.
        let app = || vec![uri("com.example.app:/cb")];
        assert_eq!(wrong(|own| own.redirect_uris = app()), one("redirect_uris[0]", Problem::PrivateUseScheme));
        let after_logout = wrong(|own| own.post_logout_redirect_uris = app());
        assert_eq!(after_logout, one("post_logout_redirect_uris[0]", Problem::PrivateUseScheme));
        let native = wrong(|own| {
            own.application_type = ApplicationType::Native;
            own.redirect_uris = app();
        });
        assert!(native.is_empty());
        let twice = wrong(|own| own.redirect_uris.push(own.redirect_uris[0].clone()));
        assert_eq!(twice, one("redirect_uris[1]", Problem::Repeated));
    }

    #[test]
    fn rfc9700_2_1_1_a_public_client_keeps_pkce_and_has_no_credentials_of_its_own() {
        let public = |change: fn(&mut ClientMetadata)| {
            wrong(|own| {
                own.token_endpoint_auth_method = AuthMethod::None;
                change(own);
            })
        };
        assert!(public(|_| ()).is_empty());
        let relaxed = public(|own| own.doorward.require_pkce = false);
        assert_eq!(relaxed, one("doorward.require_pkce", Problem::PublicWithoutPkce));
        assert!(wrong(|own| own.doorward.require_pkce = false).is_empty());
        let credentials = public(|own| own.grant_types.push(GrantType::ClientCredentials));
        assert_eq!(credentials, one("grant_types", Problem::CredentialsOfPublic));
    }

    #[test]
    fn rfc7591_2_1_grants_and_response_types_fit_each_other() {
        assert_eq!(wrong(|own| own.grant_types.clear()), one("grant_types", Problem::Empty));
        let refresh_only = wrong(|own| own.grant_types = vec![GrantType::RefreshToken]);
        assert_eq!(refresh_only, one("grant_types", Problem::RefreshWithoutCode));
        let machine = wrong(|own| {
            own.grant_types = vec![GrantType::ClientCredentials];
            own.redirect_uris.clear();
            own.response_types.clear();
        });
        assert!(machine.is_empty());
        let implicit = wrong(|own| own.response_types = vec!["code".into(), "id_token token".into()]);
        assert_eq!(implicit, one("response_types[1]", Problem::ResponseType));
        assert_eq!(wrong(|own| own.response_types.clear()), one("response_types", Problem::ResponseType));
    }

    #[test]
    fn tok_08_lifetimes_and_ages_stay_in_range() {
        for (age, is_right) in [(0, true), (DEFAULT_MAX_AGE_SECONDS_MAX, true), (-1, false), (i64::MAX, false)] {
            assert_eq!(wrong(|own| own.default_max_age = Some(age)).is_empty(), is_right, "{age}");
        }
        for (seconds, is_right) in [(30, true), (3_600, true), (29, false), (3_601, false), (-5, false)] {
            let found = wrong(|own| own.doorward.access_token_seconds = Some(seconds));
            assert_eq!(found.is_empty(), is_right, "{seconds}");
        }
        let gold = wrong(|own| own.default_acr_values = vec!["1".into(), "gold".into()]);
        assert_eq!(gold, one("default_acr_values[1]", Problem::AuthenticationContext));
    }

    #[test]
    fn rfc8707_2_resources_and_origins_are_what_they_are_called() {
        for refused in ["/api", "https://api.example/#x", "a b:c", ""] {
            let found = wrong(|own| own.doorward.resources = vec![refused.into()]);
            assert_eq!(found, one("doorward.resources[0]", Problem::Resource), "{refused}");
        }
        assert!(
            wrong(|own| own.doorward.resources = vec!["https://api.example/v1".into(), "urn:x:y".into()]).is_empty()
        );
        for refused in
            ["*", "null", "https://app.example/", "https://*.app.example", "http://app.example", "app.example"]
        {
            let found = wrong(|own| own.doorward.allowed_origins = vec![refused.into()]);
            assert_eq!(found, one("doorward.allowed_origins[0]", Problem::Origin), "{refused}");
        }
        assert!(wrong(|own| own.doorward.allowed_origins = vec!["http://localhost:5173".into()]).is_empty());
    }

    #[test]
    fn dcr_08_lists_are_bounded() {
        let many = wrong(|own| own.contacts = (0..=CLIENT_LIST_MAX).map(|index| index.to_string()).collect());
        assert_eq!(many, one("contacts", Problem::TooMany));
    }
}
