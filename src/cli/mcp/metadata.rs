//! What the resource says about itself (RFC 9728), and its authorization server about itself (RFC 8414, OpenID Connect
//! Discovery), as far as a client of the Model Context Protocol rests on it.

use serde_json::Value;
use url::Url;

use super::web::{Answer, Web};
use super::{DeadEnd, Findings};

/// What a client has to know of the resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Resource {
    /// Its name, for the `resource` parameter.
    pub(super) name: String,
    /// Its first authorization server.
    pub(super) issuer: String,
    /// What scope to ask for, when it says so.
    pub(super) scope: Option<String>,
}

/// What a client has to know of the authorization server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Server {
    /// Its name.
    pub(super) issuer: String,
    /// Where the browser goes.
    pub(super) authorization: String,
    /// Where the code goes.
    pub(super) token: String,
    /// Where clients register.
    pub(super) registration: Option<String>,
    /// Whether its answers name it (RFC 9207).
    pub(super) names_itself: bool,
}

/// The metadata of the resource at `url`, which refused by `refused`.
pub(super) async fn resource(
    web: &Web,
    url: &str,
    refused: &Answer,
    findings: &mut Findings,
) -> Result<Resource, DeadEnd> {
    let named = refused.challenge().and_then(|challenge| parameter(challenge, "resource_metadata"));
    if named.is_none() {
        findings.advice("challenge", "has no resource_metadata (RFC 9728 §5.1); the well-known address is tried");
    }
    let addresses = named.map_or_else(|| well_known(url, "oauth-protected-resource"), |address| vec![address]);
    let Some((address, document)) = first_document(web, &addresses).await else {
        return findings.dead_end("resource metadata", format!("not found at {}", addresses.join(", ")));
    };
    let name = text(&document, "resource").unwrap_or_default();
    if !covers(&name, url) {
        return findings
            .dead_end("resource metadata", format!("is about {name:?}, not about this resource (RFC 9728 §3.3)"));
    }
    findings.right("resource metadata", format!("found at {address}"));
    let servers: Vec<String> = list(&document, "authorization_servers");
    let Some(issuer) = servers.first().cloned() else {
        return findings.dead_end("resource metadata", "names no authorization_servers");
    };
    let scope = refused.challenge().and_then(|challenge| parameter(challenge, "scope"));
    let listed = list(&document, "scopes_supported");
    let scope = scope.or_else(|| (!listed.is_empty()).then(|| listed.join(" ")));
    Ok(Resource { name, issuer, scope })
}

/// The metadata of the server of `resource`.
pub(super) async fn server(web: &Web, resource: &Resource, findings: &mut Findings) -> Result<Server, DeadEnd> {
    let issuer = &resource.issuer;
    let mut addresses = well_known(issuer, "oauth-authorization-server");
    addresses.extend(well_known(issuer, "openid-configuration"));
    addresses.push(format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/')));
    let Some((address, document)) = first_document(web, &addresses).await else {
        return findings.dead_end("server metadata", format!("not found at {}", addresses.join(", ")));
    };
    if text(&document, "issuer").as_deref() != Some(issuer) {
        return findings
            .dead_end("server metadata", format!("at {address} is another issuer's than {issuer} (RFC 8414 §3.3)"));
    }
    findings.right("server metadata", format!("found at {address}"));
    let (Some(authorization), Some(token)) =
        (text(&document, "authorization_endpoint"), text(&document, "token_endpoint"))
    else {
        return findings.dead_end("server metadata", "has no authorization_endpoint or no token_endpoint");
    };
    if !list(&document, "code_challenge_methods_supported").iter().any(|method| method == "S256") {
        return findings.dead_end("PKCE", "S256 is not in code_challenge_methods_supported, so clients must not go on");
    }
    findings.right("PKCE", "S256");
    let names_itself = document["authorization_response_iss_parameter_supported"] == true;
    if !names_itself {
        findings.advice("answers", "do not name their issuer (RFC 9207), which helps against mix-up");
    }
    let registration = text(&document, "registration_endpoint");
    ways_in(&document, registration.is_some(), findings);
    Ok(Server { issuer: issuer.clone(), authorization, token, registration, names_itself })
}

fn ways_in(document: &Value, registers: bool, findings: &mut Findings) {
    match (document["client_id_metadata_document_supported"] == true, registers) {
        (true, true) => findings.right("new clients", "by metadata document, and by registration"),
        (true, false) => findings.right("new clients", "by metadata document"),
        (false, true) => findings.advice("new clients", "by registration only; metadata documents need no register"),
        (false, false) => findings.wrong("new clients", "neither by metadata document nor by registration (RFC 7591)"),
    }
}

/// Where a document about `address` may be: the well-known name goes before its path (RFC 8414 §3.1, RFC 9728 §3.1).
pub(super) fn well_known(address: &str, name: &str) -> Vec<String> {
    let Ok(url) = Url::parse(address) else { return Vec::new() };
    let origin = url.origin().ascii_serialization();
    let root = format!("{origin}/.well-known/{name}");
    match url.path().trim_end_matches('/') {
        "" => vec![root],
        path => vec![format!("{root}{path}"), root],
    }
}

async fn first_document(web: &Web, addresses: &[String]) -> Option<(String, Value)> {
    for address in addresses {
        if let Ok(answer) = web.get(address).await
            && answer.status == 200
            && let Some(document) = answer.json().filter(Value::is_object)
        {
            return Some((address.clone(), document));
        }
    }
    None
}

/// Whether metadata of `name` is about `url`: they are the same, or `url` lies below it at the same origin.
fn covers(name: &str, url: &str) -> bool {
    let (Ok(name), Ok(url)) = (Url::parse(name), Url::parse(url)) else { return false };
    let below = name.path().trim_end_matches('/');
    let rest = url.path().strip_prefix(below);
    name.origin() == url.origin() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A parameter of a challenge (RFC 9110 §11.2): quoted, as all that are addresses or lists are.
fn parameter(challenge: &str, name: &str) -> Option<String> {
    let (_, rest) = challenge.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}

fn text(document: &Value, member: &str) -> Option<String> {
    document.get(member)?.as_str().map(str::to_owned)
}

fn list(document: &Value, member: &str) -> Vec<String> {
    let entries = document.get(member).and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc9728_3_1_the_well_known_name_stands_before_the_path() {
        // RFC 8414 §3.1: the well-known name goes before the path.
        let at = |address| well_known(address, "oauth-protected-resource");
        assert_eq!(at("https://mcp.example"), ["https://mcp.example/.well-known/oauth-protected-resource"]);
        assert_eq!(
            at("https://mcp.example/a/b/"),
            [
                "https://mcp.example/.well-known/oauth-protected-resource/a/b",
                "https://mcp.example/.well-known/oauth-protected-resource"
            ]
        );
        assert!(at("no address").is_empty());
    }

    #[test]
    fn rfc9728_3_3_metadata_is_about_the_resource_or_what_it_lies_below() {
        for (name, covered) in [
            ("https://mcp.example/a", true),
            ("https://mcp.example/a/b", true),
            ("https://mcp.example", true),
            ("https://mcp.example/ab", false),
            ("https://other.example/a", false),
            ("http://mcp.example/a", false),
            ("", false),
        ] {
            assert_eq!(covers(name, "https://mcp.example/a/b"), covered, "{name}");
        }
    }

    #[test]
    fn a_challenges_parameters_are_read() {
        // RFC 9728 §5.1: `resource_metadata` of the challenge.
        let challenge = r#"Bearer realm="x", resource_metadata="https://mcp.example/m", scope="read write""#;
        assert_eq!(parameter(challenge, "resource_metadata").as_deref(), Some("https://mcp.example/m"));
        assert_eq!(parameter(challenge, "scope").as_deref(), Some("read write"));
        assert_eq!(parameter(challenge, "error"), None);
    }
}
