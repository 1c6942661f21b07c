//! Every page and every mail, in every look and language: that they render, what their markup keeps to, and that
//! nothing given to them becomes markup.

mod hostile;
mod mails;
mod markup;
mod outline;
mod overrides;
mod words;

use std::sync::LazyLock;

use minijinja::value::{Serde, Value};
use scraper::{ElementRef, Html, Selector};

use super::{Frame, Mail, MailFrame, Page, Pages, PagesSettings, RenderedMail, every_page};

fn pages() -> &'static Pages {
    static PAGES: LazyLock<Pages> =
        LazyLock::new(|| Pages::new(PagesSettings::default()).expect("the built-in pages are sound"));
    &PAGES
}

/// A page as it came out, with a name for failures.
struct Shown {
    name: String,
    html: String,
}

impl Shown {
    fn document(&self) -> Html {
        Html::parse_document(&self.html)
    }
}

/// Every look of every page in every language and frame.
fn every_rendering() -> &'static [Shown] {
    static RENDERINGS: LazyLock<Vec<Shown>> = LazyLock::new(render_all);
    &RENDERINGS
}

fn render_all() -> Vec<Shown> {
    let pages = pages();
    let mut shown = Vec::new();
    for locale in pages.locales() {
        for (frame_number, frame) in Frame::samples(&locale).into_iter().enumerate() {
            for (number, page) in every_page().into_iter().enumerate() {
                let name = format!("{} (sample {number}, frame {frame_number}, {locale})", page.template());
                let html = pages.render(page.as_ref(), &frame).unwrap_or_else(|fault| panic!("{name}: {fault:?}"));
                shown.push(Shown { name, html });
            }
        }
    }
    shown
}

fn every_mail() -> Vec<(Mail, RenderedMail)> {
    let pages = pages();
    let mut mails = Vec::new();
    for locale in pages.locales() {
        for mail in Mail::samples() {
            let rendered = pages.mail(&mail, &locale, &MailFrame::sample());
            let rendered = rendered.unwrap_or_else(|fault| panic!("{} in {locale}: {fault:?}", mail.kind()));
            mails.push((mail, rendered));
        }
    }
    mails
}

fn select<'d>(document: &'d Html, selector: &str) -> Vec<ElementRef<'d>> {
    let selector = Selector::parse(selector).expect("a test's selector");
    document.select(&selector).collect()
}

fn text_of(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A page of any template with any values.
struct Given {
    template: &'static str,
    values: serde_json::Value,
}

impl Page for Given {
    fn template(&self) -> &'static str {
        self.template
    }

    fn values(&self) -> Value {
        Value::from(Serde(&self.values))
    }
}

#[test]
fn every_page_and_mail_renders_in_every_language() {
    assert!(pages().locales().len() >= 2);
    assert!(!every_rendering().is_empty());
    assert!(!every_mail().is_empty());
}
