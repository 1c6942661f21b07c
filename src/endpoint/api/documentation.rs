//! `/api/v1/openapi.json` and `/docs`: the interface described for programs and for people. Both come out of the binary;
//! the viewer loads nothing from elsewhere and runs under a Content-Security-Policy that names its own parts by digest.

use std::fmt::Write as _;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poem::Response;
use poem::http::{HeaderValue, header};
use sha2::{Digest as _, Sha256};

use crate::base::Fault;
use crate::base::bounds::API_DOCUMENT_SECONDS;
use crate::endpoint::document::Document;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::reply::Reply;

/// The OpenAPI document.
pub async fn document(exchange: &Exchange) -> Reply {
    static DOCUMENT: LazyLock<Document> =
        LazyLock::new(|| Document::new(super::service().spec().into_bytes(), API_DOCUMENT_SECONDS));
    Ok(DOCUMENT.answer(exchange))
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
