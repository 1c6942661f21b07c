//! `/api/v1/openapi.json`: the interface described for programs. How people read it is in `viewers`.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::Value;

use crate::base::bounds::API_DOCUMENT_SECONDS;
use crate::endpoint::browser::CookieNames;
use crate::endpoint::document::Document;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::reply::Reply;

/// The OpenAPI document.
pub async fn document(exchange: &Exchange) -> Reply {
    static SECURE: LazyLock<Document> = LazyLock::new(|| Document::new(described().into_bytes(), API_DOCUMENT_SECONDS));
    // Without https the cookie has another name: its prefix would demand what is not there.
    static PLAIN: LazyLock<Document> = LazyLock::new(|| {
        let [secure, plain] = [true, false].map(|is_https| CookieNames::for_issuer(is_https).sessions());
        let text = described().replace(secure, plain);
        Document::new(text.into_bytes(), API_DOCUMENT_SECONDS)
    });
    let document: &'static Document = if exchange.context.issuer.is_https() { &SECURE } else { &PLAIN };
    Ok(document.answer_shared(exchange))
}

/// The description, in which the forms of bodies are closed as they are in fact: unknown members are refused.
pub(super) fn described() -> String {
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
        close(schema);
    }
    document.to_string()
}

/// Says of an object, and of those described within it, that it has no other members.
fn close(schema: &mut Value) {
    if schema["type"] == "object" && schema.get("additionalProperties").is_none() {
        schema["additionalProperties"] = false.into();
    }
    let members = schema.get_mut("properties").and_then(Value::as_object_mut);
    members.into_iter().flatten().for_each(|(_, member)| close(member));
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
