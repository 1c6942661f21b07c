//! `/docs`: the interface described for people, by two viewers. They come out of the binary, load nothing from elsewhere
//! and run under a Content-Security-Policy that names their own parts by digest.

use std::fmt::Write as _;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poem::Response;
use poem::http::{HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};

use super::documentation::described;
use crate::base::Fault;
use crate::endpoint::browser::Browser;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::frame::{Setting, show};
use crate::endpoint::reply::Reply;
use crate::pages::ApiDocs;

/// What there is to read, and the viewers.
pub async fn list(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let browser = Browser::of(exchange, &mut draw);
    show(exchange, StatusCode::OK, &ApiDocs::default(), &Setting::alone(&browser), &mut draw)
}

/// Swagger UI over the document: to try operations.
pub async fn swagger(_: &Exchange) -> Reply {
    static VIEWER: LazyLock<Viewer> = LazyLock::new(|| Viewer::of(super::service().swagger_ui_html(), ""));
    VIEWER.answer()
}

/// Redoc over the document: to read it.
pub async fn redoc(_: &Exchange) -> Reply {
    static VIEWER: LazyLock<Viewer> = LazyLock::new(|| Viewer::of(redoc_page(), REDOC_OWN_STYLES));
    VIEWER.answer()
}

/// The bundle alone comes from the crate: its page would load fonts from elsewhere.
fn redoc_page() -> String {
    let shipped = super::service().redoc_html();
    let bundle = inline(&shipped, "script").into_iter().next().unwrap_or_default();
    let document = described();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Doorward</title>\n\
         <style>{REDOC_STYLE}</style>\n<script>{bundle}</script>\n</head>\n<body>\n<main id=\"redoc\"></main>\n\
         <script>Redoc.init({document}, {REDOC_OPTIONS}, document.getElementById(\"redoc\"))</script>\n</body>\n</html>\n"
    )
}

const REDOC_STYLE: &str = "body { margin: 0 }";
/// Without the search, which would want a worker made of a text; with the fonts of the machine.
const REDOC_OPTIONS: &str = r#"{
    disableSearch: true,
    theme: { typography: {
        fontFamily: "system-ui, sans-serif",
        headings: { fontFamily: "system-ui, sans-serif" },
        code: { fontFamily: "ui-monospace, monospace" },
    } },
}"#;

/// What the bundle puts in while it runs: an empty element that it fills by rules, and the style of its scroll bars. The
/// browser suite notices when a new version wants others.
const REDOC_OWN_STYLES: &str = " 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' \
    'sha256-sDI9pUw6Z98NC0sorERcD03vlQ8zZwyaBSQ06jerL4M='";

/// A page of somebody else's making, and the policy that lets its own parts run and nothing else.
struct Viewer {
    page: String,
    policy: String,
}

impl Viewer {
    /// `more_styles` are further sources for styles, each after a blank.
    fn of(page: String, more_styles: &str) -> Self {
        // Its styles come last in the policy.
        let policy = content_security_policy(&page) + more_styles;
        Self { page, policy }
    }

    fn answer(&'static self) -> Reply {
        let policy = HeaderValue::from_str(&self.policy).map_err(Fault::broken)?;
        Ok(Response::builder()
            .header(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))
            .header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
            .header(header::CONTENT_SECURITY_POLICY, policy)
            .body(self.page.as_str()))
    }
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
