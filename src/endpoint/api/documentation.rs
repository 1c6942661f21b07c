//! `/api/v1/openapi.json` and `/docs`: the interface described for programs and for people. Both come out of the binary;
//! the viewer loads nothing from elsewhere and runs under a Content-Security-Policy that names its own parts by digest.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poem::Response;
use poem::http::{HeaderValue, header};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::base::Fault;
use crate::base::bounds::API_DOCUMENT_SECONDS;
use crate::endpoint::document::Document;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::reply::Reply;

/// The OpenAPI document.
pub async fn document(exchange: &Exchange) -> Reply {
    static DOCUMENT: LazyLock<Document> =
        LazyLock::new(|| Document::new(described().into_bytes(), API_DOCUMENT_SECONDS));
    Ok(DOCUMENT.answer(exchange))
}

/// The description, in which the forms of bodies are closed as they are in fact: unknown members are refused.
fn described() -> String {
    let text = super::service().spec();
    let Ok(mut document) = serde_json::from_str::<Value>(&text) else { return text };
    let mut open: Vec<String> = Vec::new();
    for operation in document["paths"].as_object().into_iter().flat_map(|paths| paths.values()) {
        let bodies = operation.as_object().into_iter().flat_map(|methods| methods.values());
        bodies.for_each(|method| names(&method["requestBody"], &mut open));
    }
    let mut closed = HashSet::new();
    while let Some(name) = open.pop() {
        if !closed.insert(name.clone()) {
            continue;
        }
        let schema = &mut document["components"]["schemas"][&name];
        names(schema, &mut open);
        if schema["type"] == "object" && schema.get("additionalProperties").is_none() {
            schema["additionalProperties"] = false.into();
        }
    }
    document.to_string()
}

/// The names of the schemas that are referred to within `value`.
fn names(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            let name = reference.and_then(|reference| reference.strip_prefix("#/components/schemas/"));
            found.extend(name.map(str::to_owned));
            members.values().for_each(|member| names(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}

/// Swagger UI over the document.
pub async fn viewer(_: &Exchange) -> Reply {
    static PAGE: LazyLock<String> = LazyLock::new(|| super::service().swagger_ui_html());
    static POLICY: LazyLock<String> = LazyLock::new(|| content_security_policy(&PAGE));
    let policy = HeaderValue::from_str(&POLICY).map_err(Fault::broken)?;
    Ok(Response::builder()
        .header(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))
        .header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .header(header::CONTENT_SECURITY_POLICY, policy)
        .body(PAGE.as_str()))
}

/// WEB-01: what stands in the page may run, and nothing else; calls go to this origin alone.
fn content_security_policy(page: &str) -> String {
    let mut policy = "default-src 'none'; img-src 'self' data:; font-src data:; connect-src 'self'; \
        form-action 'none'; frame-ancestors 'none'; base-uri 'none'; script-src"
        .to_owned();
    for (directive, element) in [("", "script"), ("; style-src", "style")] {
        policy.push_str(directive);
        for text in inline(page, element) {
            // Writing into a string cannot fail.
            let _ = write!(policy, " 'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
        }
    }
    policy
}

/// The texts of the elements called `element`, in order.
fn inline<'p>(page: &'p str, element: &str) -> Vec<&'p str> {
    let (opening, closing) = (format!("<{element}"), format!("</{element}>"));
    let mut texts = Vec::new();
    let mut rest = page;
    while let Some((text, after)) = next_inline(rest, &opening, &closing) {
        texts.push(text);
        rest = after;
    }
    texts
}

fn next_inline<'p>(page: &'p str, opening: &str, closing: &str) -> Option<(&'p str, &'p str)> {
    let (_, from) = page.split_once(opening)?;
    let (_, text) = from.split_once('>')?;
    text.split_once(closing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_viewer_is_named_in_its_policy() {
        assert_eq!(inline("<style a>x</style><p><style>y</style>", "style"), ["x", "y"]);
        let policy = content_security_policy("<style>x</style><script charset=u>y</script><script>z</script>");
        assert_eq!(policy.matches("'sha256-").count(), 3);
        assert!(!policy.contains("unsafe"));
    }
}
