//! Every page and every mail, in every look and language.
use super::*;

fn pages() -> Pages {
    Pages::new(PagesSettings::default()).unwrap()
}

#[test]
fn every_page_renders_in_every_language() {
    let pages = pages();
    for locale in pages.locales() {
        for frame in Frame::samples(&locale) {
            for page in every_page() {
                if let Err(e) = pages.render(page.as_ref(), &frame) {
                    panic!("{} {e:?}", page.template())
                }
            }
        }
        for mail in Mail::samples() {
            if let Err(e) = pages.mail(&mail, &locale, &MailFrame::sample()) {
                panic!("{} {e:?}", mail.kind())
            }
        }
    }
}
