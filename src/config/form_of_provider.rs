//! The written forms that occur in `[provider.NAME]` only, in the manner of `form`.

use url::Url;

use super::mistake::Wrong;
use crate::base::bounds::PROVIDER_ID_CHARS_MAX;
use crate::base::{EmailAddress, Scope};

/// Longest name of an organisation at GitHub.
const ORGANIZATION_CHARS_MAX: usize = 39;
/// Longest client id or secret; the longest in use are a few hundred bytes.
const CREDENTIAL_BYTES_MAX: usize = 2_048;
/// What Microsoft has in place of one tenant's id.
const TENANT_WORDS: [&str; 3] = ["common", "organizations", "consumers"];

/// A provider's name of the operator's choice. Narrower than the one in addresses: each has a variable of its own.
pub fn check_name(text: &str) -> Result<(), Wrong> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let begins_right = text.starts_with(|first: char| first.is_ascii_lowercase());
    if begins_right && text.len() <= PROVIDER_ID_CHARS_MAX && text.split('-').all(is_word) {
        return Ok(());
    }
    let hint = format!(
        "choose up to {PROVIDER_ID_CHARS_MAX} small letters, digits and single hyphens, a letter first, such as google or our-idp"
    );
    Err(Wrong::new("cannot be a provider's", hint))
}

/// RFC 6749 §3.1: an endpoint may have a query, but no fragment.
pub fn check_endpoint(text: &str) -> Result<(), Wrong> {
    check_address(text, "write an address such as https://id.example.com/oauth2/token").map(drop)
}

/// OpenID Connect Core §2: an issuer has neither.
pub fn check_issuer(text: &str) -> Result<(), Wrong> {
    const HINT: &str = "write it as the provider does, such as https://id.example.com";
    match check_address(text, HINT)?.query() {
        Some(_) => Err(Wrong::new("has a query, which an issuer cannot have", HINT)),
        None => Ok(()),
    }
}

fn check_address(text: &str, hint: &str) -> Result<Url, Wrong> {
    match Url::parse(text) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") => {
            Err(Wrong::new("begins with neither https nor http", hint))
        }
        Ok(url) if url.fragment().is_some() => Err(Wrong::new("has a fragment", hint)),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Err(Wrong::new("contains a user name or password", hint))
        }
        Ok(url) => Ok(url),
        Err(problem) => Err(Wrong::new(format!("is not a URL: {problem}"), hint)),
    }
}

/// The domain of an address, in the spelling that addresses are kept in; `None` if it is none.
pub fn mail_domain(text: &str) -> Option<String> {
    let address: EmailAddress = format!("postmaster@{text}").parse().ok()?;
    Some(address.domain().to_owned())
}

/// The part of a mail address behind the `@`.
pub fn check_mail_domain(text: &str) -> Result<(), Wrong> {
    if !text.contains('@') && mail_domain(text).is_some() {
        return Ok(());
    }
    Err(Wrong::new("is not a domain", "write what stands behind the @, such as example.com; subdomains are others"))
}

/// A GitHub organisation as it stands in addresses.
pub fn check_organization(text: &str) -> Result<(), Wrong> {
    let is_name = (1..=ORGANIZATION_CHARS_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_name {
        return Ok(());
    }
    Err(Wrong::new("is not an organisation", "write its name as in github.com/NAME"))
}

/// One scope.
pub fn check_scope(text: &str) -> Result<(), Wrong> {
    match Scope::parse(text) {
        Ok(scope) if scope.iter().count() == 1 && !text.contains(' ') => Ok(()),
        _ => Err(Wrong::new("is not a scope", "write one scope in each item of the list, without blanks")),
    }
}

/// RFC 6749 appendix A.1 and A.2: visible ASCII. Blanks at the ends are what pasting leaves.
pub fn check_credential(text: &str) -> Result<(), Wrong> {
    let wrong = |what: &str| Err(Wrong::new(what, "copy it from the provider's page once more, whole and alone"));
    match text {
        "" => wrong("is empty"),
        text if text.len() > CREDENTIAL_BYTES_MAX => wrong("is too long"),
        text if text.trim() != text => wrong("has blanks before or after it"),
        text if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) => wrong("has characters that none has"),
        _ => Ok(()),
    }
}

/// The id of a tenant at Microsoft, one of its domains, or the word for several. Small letters, as its documents write it.
pub fn check_tenant(text: &str) -> Result<(), Wrong> {
    let is_id = text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'),
        });
    let is_domain = mail_domain(text).as_deref() == Some(text);
    if is_id || is_domain || TENANT_WORDS.contains(&text) {
        return Ok(());
    }
    let hint = "write the \"Directory (tenant) ID\" of the application's overview in small letters, or common, \
                organizations or consumers";
    Err(Wrong::new("is not a tenant", hint))
}
