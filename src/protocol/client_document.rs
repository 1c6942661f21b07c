//! Clients whose id is the address of their metadata (draft-ietf-oauth-client-id-metadata-document): what such an address
//! looks like, and what the document must say. Fetching it is not done here; its metadata keep the rules of any other
//! client that comes by itself.

use serde_json::{Map, Value, json};
use url::{Host, Url};

use super::client_registration::{Unregistrable, members as registrable};
use crate::base::bounds::{CLIENT_DOCUMENT_SECONDS_MAX, CLIENT_DOCUMENT_SECONDS_MIN, CLIENT_ID_BYTES_MAX};
use crate::base::issuer::is_loopback_host;

/// For how long a document is believed whose headers do not say, in seconds.
const USUAL_SECONDS: i64 = 60 * 60;

/// Whether `client_id` is the address of a document: https with a path, written as browsers write it, without user,
/// query or fragment. In development, plain http on loopback, too.
// §3: a document has one address, so that nobody has two names. A query is discouraged there, and refused here.
pub fn is_address(client_id: &str, is_dev: bool) -> bool {
    let Ok(url) = Url::parse(client_id) else { return false };
    let is_loopback = url.host().is_some_and(|host: Host<&str>| is_loopback_host(&host));
    let has_scheme = url.scheme() == "https" || (is_dev && url.scheme() == "http" && is_loopback);
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    // Dot segments, a default port, capitals in the host, a missing path: parsing writes them differently.
    has_scheme
        && is_plain
        && url.fragment().is_none()
        && url.as_str() == client_id
        && client_id.len() <= CLIENT_ID_BYTES_MAX
}

/// The members of the document at `client_id`, as a registration would have them.
pub fn members(client_id: &str, document: Value) -> Result<Map<String, Value>, Unregistrable> {
    let wrong = |sentence: &str| Err(Unregistrable::Metadata(sentence.to_owned()));
    // §4: the document is about its own address.
    if document.get("client_id").and_then(Value::as_str) != Some(client_id) {
        return wrong("client_id: must be the address of the document.");
    }
    // §4.1: nothing that is published is a secret.
    if document.get("client_secret").is_some() || document.get("client_secret_expires_at").is_some() {
        return wrong("client_secret: has no place in a document.");
    }
    let mut members = registrable(document)?;
    members.entry("token_endpoint_auth_method").or_insert_with(|| json!("none"));
    Ok(members)
}

/// For how many seconds a document is believed, given what its headers say.
pub fn fresh_seconds(by_headers: Option<i64>) -> i64 {
    by_headers.unwrap_or(USUAL_SECONDS).clamp(CLIENT_DOCUMENT_SECONDS_MIN, CLIENT_DOCUMENT_SECONDS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cimd_3_an_address_is_https_with_a_path_and_written_in_one_way() {
        for right in ["https://app.example/client.json", "https://app.example:8443/", "https://app.example/a/b"] {
            assert!(is_address(right, false), "{right}");
        }
        for refused in [
            "https://app.example",
            "http://app.example/client.json",
            "http://localhost/client.json",
            "https://app.example/client.json#x",
            "https://app.example/client.json?x",
            "https://app.example/a/../client.json",
            "https://app.example/./client.json",
            "https://app.example/%2e%2e/client.json",
            "https://user@app.example/client.json",
            "https://user:word@app.example/client.json",
            "https://APP.example/client.json",
            "https://app.example:443/client.json",
            " https://app.example/client.json",
            "acme",
            "",
        ] {
            assert!(!is_address(refused, false), "{refused}");
        }
        assert!(is_address("http://localhost:8000/client.json", true));
        assert!(!is_address("http://app.example/client.json", true));
        assert!(!is_address(&format!("https://app.example/{}", "a".repeat(CLIENT_ID_BYTES_MAX)), false));
    }

    #[test]
    fn cimd_4_a_document_is_about_its_address_and_holds_no_secret() {
        const ID: &str = "https://app.example/client.json";
        let sound = members(ID, json!({ "client_id": ID, "redirect_uris": [] })).unwrap();
        assert_eq!(sound["token_endpoint_auth_method"], "none");
        for document in [
            json!({}),
            json!([]),
            json!({ "client_id": "https://app.example/other.json" }),
            json!({ "client_id": ID, "client_secret": "x" }),
            json!({ "client_id": ID, "client_secret_expires_at": 0 }),
        ] {
            assert!(members(ID, document.clone()).is_err(), "{document}");
        }
    }

    #[test]
    fn cimd_5_2_headers_decide_between_bounds() {
        assert_eq!(fresh_seconds(Some(0)), CLIENT_DOCUMENT_SECONDS_MIN);
        assert_eq!(fresh_seconds(Some(600)), 600);
        assert_eq!(fresh_seconds(Some(i64::MAX)), CLIENT_DOCUMENT_SECONDS_MAX);
        assert_eq!(fresh_seconds(None), 3_600);
    }
}
