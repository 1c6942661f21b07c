//! Other providers by which people sign in: `[provider.NAME]`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Sensitive;
use crate::config::form::hidden;
use crate::config::form_of_provider::mail_domain;

/// What is spoken with a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// OpenID Connect with Google.
    Google,
    /// OAuth 2.0 with GitHub, or with a GitHub Enterprise Server named by `issuer`.
    Github,
    /// OpenID Connect with Microsoft Entra ID and personal Microsoft accounts.
    Microsoft,
    /// OpenID Connect with any other provider.
    OpenidConnect,
}

impl ProviderKind {
    /// The kind of that name.
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "google" => Some(Self::Google),
            "github" => Some(Self::Github),
            "microsoft" => Some(Self::Microsoft),
            "openid_connect" => Some(Self::OpenidConnect),
            _ => None,
        }
    }

    /// What people call it, if it is one of its kind.
    pub const fn brand(self) -> Option<&'static str> {
        match self {
            Self::Google => Some("Google"),
            Self::Github => Some("GitHub"),
            Self::Microsoft => Some("Microsoft"),
            Self::OpenidConnect => None,
        }
    }
}

/// When names and picture are taken over from a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClaimsTaken {
    /// When the account is made, or tied to the provider.
    First,
    /// At each sign-in, but for what the person has changed here.
    #[default]
    Each,
    /// Never.
    Never,
}

/// A provider by which people sign in, one table each. NAME is yours to choose: small letters, digits and single
/// hyphens, a letter first. It stands in the callback address to register there,
/// `https://login.example.com/federation/NAME/callback`, and people are known by it: under another name it is another
/// provider, with people of its own. Buttons stand in the order of the file; providers that only variables name come
/// after them. In a variable a hyphen of the name is an underscore: `our-idp` is `DOORWARD__PROVIDER__OUR_IDP__…`.
/// `docs/federation.md` goes through each provider step by step.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own, unrelated to the others")]
pub struct Provider {
    /// The NAME.
    #[serde(skip)]
    pub id: String,
    /// What is spoken with it. Left out: what NAME says, if NAME is `google`, `github` or `microsoft`.
    #[serde(default)]
    pub kind: Option<ProviderKind>,
    /// What people call it, on the button and in mails. Left out: the brand, or NAME.
    #[schemars(with = "Option<String>", extend("format" = "title"))]
    #[serde(default)]
    pub name: Option<String>,
    /// What the provider calls us: the client id of the application that you registered there.
    #[schemars(extend("format" = "credential"))]
    pub client_id: String,
    /// The application's secret. Meant for the environment.
    #[schemars(with = "Option<String>", extend("format" = "credential", "writeOnly" = true))]
    #[serde(default, serialize_with = "hidden")]
    pub client_secret: Option<Sensitive<String>>,
    /// Instead of `client_secret`: a file that holds it, which others than its owner and group cannot read.
    #[schemars(with = "Option<String>", extend("format" = "path"))]
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// The issuer, for `openid_connect`: what the provider's ID tokens have as `iss`, letter by letter. Its discovery
    /// document is read below it. For `github` the origin of a GitHub Enterprise Server.
    #[schemars(with = "Option<String>", extend("format" = "provider-issuer"))]
    #[serde(default)]
    pub issuer: Option<String>,
    /// The authorization endpoint, in place of the discovered one.
    #[schemars(with = "Option<String>", extend("format" = "endpoint"))]
    #[serde(default)]
    pub authorization_endpoint: Option<String>,
    /// The token endpoint, in place of the discovered one.
    #[schemars(with = "Option<String>", extend("format" = "endpoint"))]
    #[serde(default)]
    pub token_endpoint: Option<String>,
    /// The userinfo endpoint, in place of the discovered one; for `github` the address of the REST interface.
    #[schemars(with = "Option<String>", extend("format" = "endpoint"))]
    #[serde(default)]
    pub userinfo_endpoint: Option<String>,
    /// Where the provider's keys are, in place of the discovered address.
    #[schemars(with = "Option<String>", extend("format" = "endpoint"))]
    #[serde(default)]
    pub jwks_uri: Option<String>,
    /// Only for `microsoft`: the "Directory (tenant) ID", or a domain of the tenant, whose people may come; `organizations` for those of every
    /// tenant, `consumers` for personal accounts, `common` for both. Left out: `common`.
    #[schemars(with = "Option<String>", extend("format" = "tenant"))]
    #[serde(default)]
    pub tenant: Option<String>,
    /// Further scopes to ask for. Signing in needs none.
    #[schemars(extend("format" = "scope"))]
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Only for `openid_connect`: whether its `email_verified` is as good as a code that we mailed ourselves. Say so
    /// only of a provider that runs the mailboxes it names, or has proven each and would notice a change.
    #[serde(default)]
    pub speaks_for_mailboxes: bool,
    /// Whether the provider may stand at a private or loopback address, and be spoken to without TLS.
    #[serde(default)]
    pub allow_private_addresses: bool,
    /// Whether the provider's tokens are kept, sealed, for use by programs of yours. Signing in needs none of them.
    #[serde(default)]
    pub keep_tokens: bool,
    /// Whether somebody whom this provider knows and we do not gets an account; only as long as `signup.enabled` is on.
    /// People who have an account sign in either way.
    #[serde(default = "yes")]
    pub sign_up: bool,
    /// When names and picture are taken over.
    #[serde(default)]
    pub claims: ClaimsTaken,
    /// Domains of mail addresses whose people may come by this provider. Only an address that the provider speaks for
    /// counts. Empty: all.
    #[schemars(extend("format" = "mail-domain"))]
    #[serde(default)]
    pub domains: Vec<String>,
    /// Domains of mail addresses whose people may not.
    #[schemars(extend("format" = "mail-domain"))]
    #[serde(default)]
    pub denied_domains: Vec<String>,
    /// Only for `google`: primary domains of the Workspace organisations whose people may come, as Google signs them
    /// (`hd`). Empty: all, and personal accounts too.
    #[schemars(extend("format" = "mail-domain"))]
    #[serde(default)]
    pub hosted_domains: Vec<String>,
    /// Only for `github`: organisations whose members may come; looked up at each sign-in. Empty: all.
    #[schemars(extend("format" = "organization"))]
    #[serde(default)]
    pub organizations: Vec<String>,
}

const fn yes() -> bool {
    true
}

impl Provider {
    /// Where it stands in the file.
    pub fn section(&self) -> String {
        format!("provider.{}", self.id)
    }

    /// The kind given, or the one that the name says; the checks leave nothing else over.
    pub fn kind(&self) -> ProviderKind {
        self.kind.or_else(|| ProviderKind::of_word(&self.id)).unwrap_or(ProviderKind::OpenidConnect)
    }

    /// What people call it.
    pub fn shown_name(&self) -> &str {
        self.name.as_deref().or_else(|| self.kind().brand()).unwrap_or(&self.id)
    }

    /// The issuer given, or the one that follows from the tenant.
    pub fn issuer(&self) -> Option<String> {
        let of_tenant = || {
            let tenant = self.tenant.as_deref().unwrap_or("common");
            format!("https://login.microsoftonline.com/{tenant}/v2.0")
        };
        self.issuer.clone().or_else(|| (self.kind() == ProviderKind::Microsoft).then(of_tenant))
    }
}

/// Domains in the spelling in which those of addresses are kept.
pub fn canonical_domains(domains: &[String]) -> Vec<String> {
    domains.iter().map(|domain| mail_domain(domain).unwrap_or_else(|| domain.to_ascii_lowercase())).collect()
}

/// Reads and writes providers as a table of tables.
pub mod by_name {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::Provider;

    /// Writes each under its name.
    pub fn serialize<S: Serializer>(providers: &[Provider], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(providers.iter().map(|provider| (&provider.id, provider)))
    }

    /// Reads each with its name, by the alphabet.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Provider>, D::Error> {
        let tables = BTreeMap::<String, Provider>::deserialize(deserializer)?;
        Ok(tables.into_iter().map(|(id, provider)| Provider { id, ..provider }).collect())
    }
}
