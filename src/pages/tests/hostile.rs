//! Whatever a page or mail is given stays text.

use serde_json::Value as Json;

use super::{Given, Html, pages, select};
use crate::pages::{App, Frame, Locale, Mail, MailFrame, Page, every_page};

const MARKUP: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}{% raw %}&amp;";
const SCRIPT: &str = "javascript:alert(1)";
const HARMLESS: &str = "harmless";

/// Members that select a message or a look. They are enums of ours and never hold anybody's words.
const NOT_WORDS: [&str; 8] = ["kind", "message", "field", "purpose", "notice", "with", "outcome", "via"];

fn replaced(value: Json, words: &str) -> Json {
    match value {
        Json::String(_) => Json::String(words.to_owned()),
        Json::Array(members) => members.into_iter().map(|member| replaced(member, words)).collect(),
        Json::Object(members) => members
            .into_iter()
            .map(|(name, value)| {
                let value = if NOT_WORDS.contains(&name.as_str()) { value } else { replaced(value, words) };
                (name, value)
            })
            .collect(),
        other => other,
    }
}

fn frame(words: &str) -> Frame {
    let words = || words.to_owned();
    Frame {
        product: words(),
        issuer_host: words(),
        csrf: words(),
        interaction: Some(words()),
        app: Some(App {
            name: words(),
            logo_uri: Some(words()),
            client_uri: Some(words()),
            policy_uri: Some(words()),
            tos_uri: Some(words()),
        }),
        person: Some(words()),
        ..Frame::samples(&Locale::english()).remove(0)
    }
}

fn rendered(page: &dyn Page, words: &str) -> String {
    let values = serde_json::to_value(page.values()).expect("contexts are plain data");
    let given = Given { template: page.template(), values: replaced(values, words) };
    pages().render(&given, &frame(words)).unwrap_or_else(|fault| panic!("{}: {fault:?}", page.template()))
}

/// The elements with the names of their attributes: what markup there is, without what it says.
fn skeleton(html: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    let of = |element: &scraper::ElementRef<'_>| {
        let attributes: Vec<&str> = element.value().attrs().map(|(name, _)| name).collect();
        format!("{} {}", element.value().name(), attributes.join(" "))
    };
    select(&document, "*").iter().map(of).collect()
}

#[test]
fn inj_01_and_inj_08_no_value_reaches_a_page_as_markup() {
    for page in every_page() {
        let hostile = rendered(page.as_ref(), MARKUP);
        let harmless = rendered(page.as_ref(), HARMLESS);
        assert_eq!(skeleton(&hostile), skeleton(&harmless), "{}", page.template());
    }
}

#[test]
fn inj_04_values_are_not_evaluated() {
    for page in every_page() {
        let html = rendered(page.as_ref(), MARKUP);
        assert!(html.contains("{{ 7*7 }}"), "{}", page.template());
        assert!(!html.contains(">49"), "{}", page.template());
    }
}

#[test]
fn dcr_04_no_address_runs_script() {
    for page in every_page() {
        let html = rendered(page.as_ref(), SCRIPT);
        let document = Html::parse_document(&html);
        for element in select(&document, "[href], [src], [action], [formaction]") {
            for attribute in ["href", "src", "action", "formaction"] {
                let address = element.attr(attribute).unwrap_or_default().trim_start().to_ascii_lowercase();
                assert!(!address.starts_with("javascript:"), "{}: {}", page.template(), element.html());
            }
        }
    }
}

#[test]
fn inj_02_a_form_post_gives_back_exactly_what_it_was_given() {
    // Form Post Response Mode §2: a form with exactly the answer's parameters.
    let page = crate::pages::FormPost {
        action: "https://notes.acme.example/callback?a=b&c=d".to_owned(),
        fields: vec![("state".to_owned(), format!("{MARKUP}\u{e9}\"&lt;"))],
    };
    let html = pages().render(&page, &frame(HARMLESS)).expect("a sound page");
    let document = Html::parse_document(&html);
    assert_eq!(select(&document, "#form-post")[0].attr("action"), Some(page.action.as_str()));
    assert_eq!(select(&document, "[name=state]")[0].attr("value"), Some(page.fields[0].1.as_str()));
}

#[test]
fn mai_02_no_value_reaches_a_mail_as_markup() {
    for mail in Mail::samples() {
        let show = |words: &str| {
            let stored = replaced(serde_json::to_value(&mail).expect("a mail is plain data"), words);
            let mail: Mail = serde_json::from_value(stored).expect("the same shape");
            pages().mail(&mail, &Locale::english(), &MailFrame::sample()).expect("a sound mail")
        };
        let hostile = show(MARKUP);
        assert_eq!(skeleton(&hostile.html), skeleton(&show(HARMLESS).html), "{}", mail.kind());
        assert!(hostile.html.contains("{{ 7*7 }}") || !show("find me").html.contains("find me"), "{}", mail.kind());
    }
}
