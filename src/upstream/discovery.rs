//! Where a provider of OpenID Connect stands: its discovery document, and the addresses that the operator gave in place
//! of it.
//!
//! OpenID Connect Discovery 1.0 §4, RFC 9207 §3, RFC 9700 §4.4.

use oauth2::AuthType;
use oauth2::http::header::ACCEPT;
use serde::Deserialize;
use url::Url;

use super::address::Reach;
use super::cache::Fetched;
use super::http::{Request, malformed, misconfigured};
use super::issuer::IssuerRule;
use super::line::Line;
use super::{Kind, Provider, UpstreamFailure};

/// The members of a discovery document that count.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: Option<String>,
    jwks_uri: String,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    prompt_values_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Where a provider stands, and what it announces.
#[derive(Debug)]
pub(super) struct Endpoints {
    pub(super) issuer: IssuerRule,
    pub(super) authorization: Url,
    pub(super) token: String,
    pub(super) userinfo: Option<String>,
    pub(super) jwks: String,
    /// How we say who we are at the token endpoint.
    pub(super) auth_type: AuthType,
    /// Whether it can be asked to let the person choose an account.
    pub(super) selects_accounts: bool,
    /// Whether every answer names its issuer (RFC 9207 §2.3).
    pub(super) names_itself: bool,
}

/// The issuer that is configured, or the well-known one of the kind.
pub(super) fn configured_issuer(provider: &Provider) -> Result<&str, UpstreamFailure> {
    let well_known = match provider.kind {
        Kind::Google => Some("https://accounts.google.com"),
        Kind::Microsoft => Some("https://login.microsoftonline.com/common/v2.0"),
        Kind::GitHub => Some("https://github.com"),
        Kind::OpenIdConnect => None,
    };
    provider.issuer.as_deref().or(well_known).ok_or_else(|| misconfigured("it has no issuer"))
}

/// The address of a document about `issuer` (OpenID Connect Discovery §4.1: without the slash it may end with).
pub(super) fn well_known(issuer: &str, name: &str) -> String {
    format!("{}/.well-known/{name}", issuer.trim_end_matches('/'))
}

/// A request for a document in JSON.
pub(super) fn get_json(address: &str) -> Result<Request, UpstreamFailure> {
    let request = oauth2::http::Request::get(address).header(ACCEPT, "application/json").body(Vec::new());
    request.map_err(|_| misconfigured("an address is not a URL"))
}

/// Fetches the document, which must be the configured issuer's.
pub(super) async fn fetch(line: Line<'_>, provider: &Provider) -> Result<Fetched<Document>, UpstreamFailure> {
    let issuer = configured_issuer(provider)?;
    let request = get_json(&well_known(issuer, "openid-configuration"))?;
    let answer = line.call(request).await?;
    let fresh_seconds = answer.fresh_seconds();
    let value: Document = answer.json("the discovery document")?;
    // OpenID Connect Discovery §4.3: or else anybody's document could claim anybody's people (impersonation).
    if IssuerRule::of(&provider.kind, issuer, &value.issuer).is_none() {
        return Err(UpstreamFailure::Unverified { detail: "the discovery document is another issuer's" });
    }
    Ok(Fetched { value, fresh_seconds })
}

/// Whether the operator gave every address that is needed, so that no document is.
pub(super) const fn is_given(provider: &Provider) -> bool {
    provider.authorization_endpoint.is_some() && provider.token_endpoint.is_some() && provider.jwks_uri.is_some()
}

impl Endpoints {
    /// What the operator gave, else what the document says.
    pub(super) fn of(provider: &Provider, document: Option<&Document>) -> Result<Self, UpstreamFailure> {
        let configured = configured_issuer(provider)?;
        let issuer = document.map_or(configured, |document| document.issuer.as_str());
        let issuer = IssuerRule::of(&provider.kind, configured, issuer)
            .ok_or_else(|| misconfigured("the issuer is not one of its kind"))?;
        let either = |given: &Option<String>, read: fn(&Document) -> &String| {
            let found = given.as_ref().or(document.map(read));
            found.cloned().ok_or_else(|| misconfigured("an address is missing"))
        };
        let authorization = either(&provider.authorization_endpoint, |document| &document.authorization_endpoint)?;
        let prompts = document.and_then(|document| document.prompt_values_supported.as_ref());
        Ok(Self {
            issuer,
            authorization: page(&authorization, Reach::of(provider.allows_private_addresses))?,
            token: either(&provider.token_endpoint, |document| &document.token_endpoint)?,
            userinfo: provider.userinfo_endpoint.clone().or_else(|| document?.userinfo_endpoint.clone()),
            jwks: either(&provider.jwks_uri, |document| &document.jwks_uri)?,
            auth_type: auth_type(provider, document),
            selects_accounts: prompts.is_none_or(|prompts| prompts.iter().any(|prompt| prompt == "select_account")),
            names_itself: document.is_some_and(|document| document.authorization_response_iss_parameter_supported),
        })
    }
}

/// An address that a browser may be sent to.
pub(super) fn page(address: &str, reach: Reach) -> Result<Url, UpstreamFailure> {
    let url = Url::parse(address).ok().filter(|url| url.fragment().is_none() && url.host().is_some());
    let url = url.ok_or_else(|| malformed("the authorization endpoint is no address of a page"))?;
    let is_scheme = url.scheme() == "https" || (url.scheme() == "http" && reach == Reach::Anywhere);
    if is_scheme { Ok(url) } else { Err(malformed("the authorization endpoint is not https")) }
}

// OpenID Connect Core §9: client_secret_basic unless the provider announces otherwise. Google's and Microsoft's own
// documents show the secret in the body, which has one spelling only.
fn auth_type(provider: &Provider, document: Option<&Document>) -> AuthType {
    let announced = document.and_then(|document| document.token_endpoint_auth_methods_supported.as_ref());
    let takes = |method: &str| announced.is_some_and(|methods| methods.iter().any(|one| one == method));
    let is_documented = matches!(provider.kind, Kind::Google | Kind::Microsoft);
    let wants_body = is_documented || !takes("client_secret_basic");
    if takes("client_secret_post") && wants_body { AuthType::RequestBody } else { AuthType::BasicAuth }
}

#[cfg(test)]
mod tests {
    use super::well_known;

    #[test]
    fn discovery_4_1_the_well_known_name_stands_behind_the_issuers_path_with_one_slash() {
        for (issuer, expected) in [
            ("https://op.example", "https://op.example/.well-known/x"),
            ("https://op.example/", "https://op.example/.well-known/x"),
            ("https://op.example/tenant/", "https://op.example/tenant/.well-known/x"),
        ] {
            assert_eq!(well_known(issuer, "x"), expected);
        }
    }
}
