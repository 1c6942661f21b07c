//! Metadata of our own resources, userinfo and the JSON interface (RFC 9728 §2): a client that is refused there learns
//! from it where to get a token.

use serde::Serialize;

use super::features::Features;
use super::scope_policy;
use crate::base::Issuer;
use crate::model::key::ClientAlgorithm;

/// Where the document is (RFC 9728 §3).
pub const RESOURCE_METADATA_PATH: &str = "/.well-known/oauth-protected-resource";

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the members are documented by the specification that registers them")]
pub struct ResourceMetadata {
    pub resource: String,
    pub authorization_servers: [String; 1],
    pub jwks_uri: String,
    pub scopes_supported: Vec<&'static str>,
    pub bearer_methods_supported: [&'static str; 2],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dpop_signing_alg_values_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tls_client_certificate_bound_access_tokens: bool,
    pub resource_name: String,
}

/// The metadata of what stands at `issuer`, which calls itself `name`.
pub fn resource_metadata(issuer: &Issuer, jwks_path: &str, name: &str, features: &Features) -> ResourceMetadata {
    let dpop =
        if features.dpop { ClientAlgorithm::ASYMMETRIC.map(ClientAlgorithm::as_str).to_vec() } else { Vec::new() };
    ResourceMetadata {
        // Tokens for our own resources have the issuer as their audience.
        resource: issuer.to_string(),
        authorization_servers: [issuer.to_string()],
        jwks_uri: issuer.at(jwks_path),
        scopes_supported: scope_policy::SUPPORTED.to_vec(),
        bearer_methods_supported: ["header", "body"],
        dpop_signing_alg_values_supported: dpop,
        tls_client_certificate_bound_access_tokens: features.mutual_tls,
        resource_name: name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::samples;

    #[test]
    fn rfc9728_2_the_resource_is_the_issuer_and_names_its_own_server() {
        let features = Features { dpop: true, ..Features::NONE };
        let document = resource_metadata(&samples::issuer(), "/.well-known/jwks.json", "Doorward", &features);
        assert_eq!(document.resource, document.authorization_servers[0]);
        let value = serde_json::to_value(document).unwrap();
        assert_eq!(value["dpop_signing_alg_values_supported"][0], "RS256");
        assert!(value.get("tls_client_certificate_bound_access_tokens").is_none());
    }
}
