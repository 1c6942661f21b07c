//! Who may have made an ID token: exactly the issuer, in the two forms Google has, or a tenant of Microsoft's.
//!
//! OpenID Connect Core §3.1.3.7 (2), RFC 9207 §2.4.

use super::Kind;

const TENANT: &str = "{tenantid}";
/// Parts of Microsoft's addresses that stand for many tenants.
const MANY: [&str; 2] = ["common", "organizations"];
/// A tenant's id is a UUID.
const TENANT_BYTES: usize = 36;

/// The issuers that count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IssuerRule {
    /// This one, letter for letter.
    Exactly(String),
    /// This one, with or without its scheme.
    WithOrWithoutScheme(String),
    /// Microsoft's tenants: this one, with the token's own `tid` in the place of `{tenantid}`.
    Tenants(String),
}

impl IssuerRule {
    /// The rule, when a document that calls itself `announced` may stand for `configured`.
    pub(super) fn of(kind: &Kind, configured: &str, announced: &str) -> Option<Self> {
        match kind {
            Kind::Microsoft => Self::of_microsoft(configured, announced),
            // 2.1: Google's tokens have two forms of it; its document has one.
            Kind::Google => (configured == announced).then(|| Self::WithOrWithoutScheme(configured.to_owned())),
            _ => (configured == announced).then(|| Self::Exactly(configured.to_owned())),
        }
    }

    // The documents of `common` and `organizations` name a template, that of a domain its tenant.
    fn of_microsoft(configured: &str, announced: &str) -> Option<Self> {
        if configured == announced {
            return Some(Self::Exactly(configured.to_owned()))
                .filter(|_| tenant(configured).is_none_or(|t| !is_many(t)));
        }
        let ours = tenant(configured)?;
        let theirs = tenant(announced)?;
        let is_same_place = configured.replacen(ours, theirs, 1) == announced;
        let is_template = theirs == TENANT && is_many(ours);
        let is_resolved = is_tenant_id(theirs) && !is_tenant_id(ours) && !is_many(ours);
        match is_same_place {
            true if is_template => Some(Self::Tenants(announced.to_owned())),
            true if is_resolved => Some(Self::Exactly(announced.to_owned())),
            _ => None,
        }
    }

    /// Whether a token of this `iss` and `tid` is the provider's.
    pub(super) fn permits(&self, iss: &str, tid: Option<&str>) -> bool {
        match self {
            Self::Exactly(issuer) => iss == issuer,
            Self::WithOrWithoutScheme(issuer) => iss == issuer || is_without_scheme(iss, issuer),
            Self::Tenants(template) => {
                tid.filter(|tid| is_tenant_id(tid)).is_some_and(|tid| template.replacen(TENANT, tid, 1) == iss)
            }
        }
    }

    /// Whether the `iss` parameter of an answer is the provider's. A tenant is only known from the token, whose own `iss`
    /// is then held against the rule.
    pub(super) fn permits_answer(&self, iss: &str) -> bool {
        match self {
            Self::Exactly(issuer) | Self::WithOrWithoutScheme(issuer) => iss == issuer,
            Self::Tenants(template) => self.permits(iss, tenant(iss)) || iss == template,
        }
    }
}

/// Whether a key that is published for `key_issuer` may sign for `iss`.
pub(super) fn key_permits(key_issuer: &str, iss: &str, tid: Option<&str>) -> bool {
    key_issuer == iss || IssuerRule::Tenants(key_issuer.to_owned()).permits(iss, tid)
}

fn is_without_scheme(iss: &str, issuer: &str) -> bool {
    issuer.split_once("://").is_some_and(|(_, rest)| iss == rest)
}

/// The part of an address of Microsoft's that names the tenant: the first behind the host.
fn tenant(issuer: &str) -> Option<&str> {
    let (_, rest) = issuer.split_once("://")?;
    rest.split('/').nth(1).filter(|tenant| !tenant.is_empty())
}

fn is_many(tenant: &str) -> bool {
    MANY.contains(&tenant)
}

/// Whether `text` is a tenant's id, so that it can be put into an address without turning it into another one.
pub(super) fn is_tenant_id(text: &str) -> bool {
    text.len() == TENANT_BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TID: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const OTHER: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

    fn at(tenant: &str) -> String {
        format!("https://login.microsoftonline.com/{tenant}/v2.0")
    }

    #[test]
    fn fed_2_1_google_has_two_forms_and_no_third() {
        let issuer = "https://accounts.google.com";
        let rule = IssuerRule::of(&Kind::Google, issuer, issuer).unwrap();
        for right in ["https://accounts.google.com", "accounts.google.com"] {
            assert!(rule.permits(right, None), "{right}");
        }
        for wrong in [
            "http://accounts.google.com",
            "https://accounts.google.com/",
            "Accounts.google.com",
            "//accounts.google.com",
            "accounts.google.com.evil.example",
            "",
        ] {
            assert!(!rule.permits(wrong, None), "{wrong}");
        }
        assert!(!rule.permits_answer("accounts.google.com"));
        assert_eq!(IssuerRule::of(&Kind::Google, issuer, "accounts.google.com"), None);
    }

    #[test]
    fn anybody_else_has_one_form() {
        let rule = IssuerRule::of(&Kind::OpenIdConnect, "https://idp.example", "https://idp.example").unwrap();
        assert!(rule.permits("https://idp.example", None));
        assert!(!rule.permits("idp.example", None));
        assert_eq!(IssuerRule::of(&Kind::OpenIdConnect, "https://idp.example", "https://idp.example/"), None);
    }

    #[test]
    fn a_template_holds_the_tokens_own_tenant_and_nothing_else() {
        let rule = IssuerRule::of(&Kind::Microsoft, &at("common"), &at(TENANT)).unwrap();
        assert!(rule.permits(&at(TID), Some(TID)));
        for (iss, tid) in [
            (at(TID), Some(OTHER)),
            (at(TID), None),
            (at(TENANT), Some(TENANT)),
            (at(TENANT), None),
            (format!("https://evil.example/{TID}/v2.0"), Some(TID)),
            (at("x/../y"), Some("x/../y")),
            (at("common"), Some("common")),
        ] {
            assert!(!rule.permits(&iss, tid), "{iss} {tid:?}");
        }
        assert!(rule.permits_answer(&at(TID)));
        assert!(!rule.permits_answer("https://login.microsoftonline.com/"));
    }

    #[test]
    fn a_document_of_microsofts_stands_for_the_tenants_that_are_configured() {
        let of = |configured: &str, announced: &str| IssuerRule::of(&Kind::Microsoft, &at(configured), announced);
        assert_eq!(of("organizations", &at(TENANT)), Some(IssuerRule::Tenants(at(TENANT))));
        assert_eq!(of(TID, &at(TID)), Some(IssuerRule::Exactly(at(TID))));
        assert_eq!(of("contoso.example", &at(TID)), Some(IssuerRule::Exactly(at(TID))));
        assert_eq!(of("consumers", &at(OTHER)), Some(IssuerRule::Exactly(at(OTHER))));
        for (configured, announced) in [
            (TID, at(OTHER)),
            (TID, at(TENANT)),
            ("contoso.example", at(TENANT)),
            ("common", at(TID)),
            ("common", at("common")),
            ("common", format!("https://evil.example/{TENANT}/v2.0")),
        ] {
            assert_eq!(of(configured, &announced), None, "{configured} {announced}");
        }
    }

    #[test]
    fn a_key_that_is_published_for_one_tenant_signs_for_no_other() {
        assert!(key_permits(&at(TENANT), &at(TID), Some(TID)));
        assert!(key_permits(&at(TID), &at(TID), Some(TID)));
        assert!(!key_permits(&at(OTHER), &at(TID), Some(TID)));
    }
}
