//! Some pages as a person reads them: headline, text, fields and buttons in their order.

use scraper::ElementRef;

use super::{Html, pages, text_of};
use crate::pages::{AccountSessions, CodeTrial, Consent, ErrorPage, Frame, Locale, Login, Page, Verify};

fn outline(page: &dyn Page, locale: &str) -> String {
    let mut frame = Frame::samples(&Locale::new(locale)).remove(1);
    frame.dev = false;
    let html = pages().render(page, &frame).expect("a page");
    let document = Html::parse_document(&html);
    let mut lines = Vec::new();
    walk(document.root_element(), &mut lines);
    lines.join("\n")
}

fn walk(element: ElementRef<'_>, lines: &mut Vec<String>) {
    let value = element.value();
    let id = element.attr("id").map(|id| format!("#{id}")).unwrap_or_default();
    let attribute = |name: &str| element.attr(name).unwrap_or_default();
    match value.name() {
        "style" | "script" | "svg" | "meta" | "link" => return,
        "form" => lines.push(format!("form{id} → {}", attribute("action"))),
        "input" => {
            let (name, kind, filled) = (attribute("name"), attribute("type"), attribute("value"));
            lines.push(format!("  [{name}: {kind} {}] {filled}", attribute("autocomplete")));
        }
        "a" => return lines.push(format!("{} ({id} → {})", text_of(element), attribute("href"))),
        "button" => return lines.push(format!("  <{}> ({id} {})", text_of(element), attribute("value"))),
        "h1" | "h2" | "title" | "label" | "dt" | "dd" | "time" | "strong" => {
            return lines.push(format!("{}{id}: {}", value.name(), text_of(element)));
        }
        _ => {}
    }
    for child in element.children() {
        if let Some(element) = ElementRef::wrap(child) {
            walk(element, lines);
        } else if let Some(text) = child.value().as_text().map(|text| text.trim()).filter(|text| !text.is_empty()) {
            lines.push(text.to_owned());
        }
    }
}

#[test]
fn the_sign_in_page_reads_as_it_should() {
    insta::assert_snapshot!("login_after_failures_en", outline(&Login::samples()[2], "en"));
    insta::assert_snapshot!("login_first_de", outline(&Login::samples()[0], "de"));
}

#[test]
fn the_code_page_reads_as_it_should() {
    let wrong = CodeTrial::samples().pop().expect("a sample");
    insta::assert_snapshot!("verify_last_try_en", outline(&Verify { trial: wrong, arrived: false }, "en"));
}

#[test]
fn the_consent_page_reads_as_it_should() {
    insta::assert_snapshot!("consent_en", outline(&Consent::samples()[1], "en"));
    insta::assert_snapshot!("consent_de", outline(&Consent::samples()[1], "de"));
}

#[test]
fn the_error_page_reads_as_it_should() {
    insta::assert_snapshot!("redirect_mismatch_en", outline(&ErrorPage::samples()[0], "en"));
}

#[test]
fn the_sessions_page_reads_as_it_should() {
    insta::assert_snapshot!("sessions_de", outline(&AccountSessions::samples()[0], "de"));
}
