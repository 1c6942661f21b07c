//! What the markup of every page keeps to.

use std::collections::HashSet;

use super::{ElementRef, Shown, every_rendering, select, text_of};
use crate::base::bounds::PAGE_BYTES_MAX;
use crate::pages::{Frame, Locale, Page, every_page};

fn each(check: impl Fn(&Shown)) {
    every_rendering().iter().for_each(check);
}

#[test]
fn a_page_is_small() {
    each(|page| assert!(page.html.len() < PAGE_BYTES_MAX, "{}: {} bytes", page.name, page.html.len()));
}

#[test]
fn web_09_a_page_loads_nothing_from_elsewhere() {
    each(|page| {
        let document = page.document();
        // Front-Channel Logout is that the browser loads what is elsewhere; the answer's policy names where.
        let is_frame = |element: &ElementRef<'_>| element.attr("id").is_some_and(|id| id.starts_with("frontchannel-"));
        let loading = select(&document, "[src], link[href], [srcset], [data], [poster], [background]");
        for element in loading.into_iter().filter(|element| !is_frame(element)) {
            for (name, value) in element.value().attrs() {
                let loads = ["src", "href", "srcset", "data", "poster", "background"].contains(&name);
                let ours = (value.starts_with('/') && !value.starts_with("//")) || value.starts_with("data:image/");
                assert!(!loads || ours, "{}: {name}={value}", page.name);
            }
        }
        for style in select(&document, "style") {
            let text = style.text().collect::<String>();
            assert!(!text.contains("url(") && !text.contains("@import"), "{}", page.name);
        }
        assert!(select(&document, "base, object, embed, meta[http-equiv]").is_empty(), "{}", page.name);
    });
}

#[test]
fn web_14_styles_and_scripts_carry_the_nonce_and_nothing_is_inline() {
    let nonce = Frame::samples(&Locale::english())[0].nonce.clone();
    each(|page| {
        let document = page.document();
        for element in select(&document, "script, style") {
            assert_eq!(element.attr("nonce"), Some(nonce.as_str()), "{}", page.name);
        }
        for element in select(&document, "*") {
            let inline = |name: &str| name.starts_with("on") || name == "style";
            assert!(!element.value().attrs().any(|(name, _)| inline(name)), "{}: {}", page.name, element.html());
        }
    });
}

#[test]
fn an_id_is_used_once_and_what_is_referred_to_exists() {
    each(|page| {
        let document = page.document();
        let mut ids = HashSet::new();
        for element in select(&document, "[id]") {
            let id = element.attr("id").unwrap_or_default();
            assert!(!id.is_empty() && ids.insert(id), "{}: #{id}", page.name);
        }
        for attribute in ["for", "aria-describedby", "aria-labelledby", "aria-controls", "data-reveal", "data-copy"] {
            for element in select(&document, &format!("[{attribute}]")) {
                for id in element.attr(attribute).unwrap_or_default().split_whitespace() {
                    assert!(ids.contains(id), "{}: {attribute}={id}", page.name);
                }
            }
        }
    });
}

#[test]
fn what_a_person_acts_on_has_an_id_and_a_name() {
    each(|page| {
        let document = page.document();
        for element in select(&document, "a, button, input:not([type=hidden]), select, textarea, summary") {
            let in_summary = element.attr("href").is_some_and(|href| href.starts_with('#'));
            assert!(in_summary || element.attr("id").is_some(), "{}: {}", page.name, element.html());
        }
        for element in select(&document, "a, button") {
            assert!(!text_of(element).is_empty(), "{}: {}", page.name, element.html());
        }
        for input in select(&document, "input:not([type=hidden])") {
            let id = input.attr("id").unwrap_or_default();
            let labels = select(&document, &format!("label[for=\"{id}\"]"));
            assert!(labels.len() == 1 && !text_of(labels[0]).is_empty(), "{}: #{id}", page.name);
            assert!(input.attr("placeholder").is_none(), "{}: #{id}", page.name);
        }
    });
}

#[test]
fn a_page_has_a_language_a_title_one_headline_and_landmarks() {
    each(|page| {
        let document = page.document();
        let root = document.root_element();
        assert!(root.attr("lang").is_some_and(|lang| page.name.ends_with(&format!("{lang})"))), "{}", page.name);
        assert_eq!(root.attr("dir"), Some("ltr"));
        for (selector, count) in [("h1", 1), ("main", 1), ("body > header", 1), ("body > footer", 1), ("title", 1)] {
            assert_eq!(select(&document, selector).len(), count, "{}: {selector}", page.name);
        }
        let headline = text_of(select(&document, "h1")[0]);
        assert!(text_of(select(&document, "title")[0]).contains(&headline), "{}: {headline}", page.name);
    });
}

#[test]
fn a_form_posts_to_us_with_its_token() {
    each(|page| {
        let document = page.document();
        for form in select(&document, "form") {
            assert_eq!(form.attr("method"), Some("post"), "{}", page.name);
            let token = select_in(form, "input[type=hidden][name=csrf]");
            if form.attr("id") == Some("form-post") {
                assert!(token.is_empty(), "our token goes to nobody else");
            } else {
                assert!(form.attr("action").is_some_and(|action| action.starts_with('/')), "{}", page.name);
                assert_eq!(token.len(), 1, "{}: {}", page.name, form.html());
            }
        }
    });
}

#[test]
fn every_address_of_ours_within_an_interaction_carries_it() {
    each(|page| {
        let document = page.document();
        let steps = ["/login", "/signup", "/verify", "/code", "/reset", "/choose", "/consent", "/logout"];
        for element in select(&document, "[href]:not(#onward), [action]") {
            let address = element.attr("href").or(element.attr("action")).unwrap_or_default();
            let path = address.split('?').next().unwrap_or_default();
            if page.name.contains("frame 1") && steps.contains(&path) {
                assert!(address.contains("interaction=dwi%5Fsample"), "{}: {address}", page.name);
            }
        }
    });
}

#[test]
fn a_wrong_field_says_so_to_everybody() {
    each(|page| {
        let document = page.document();
        let summary = select(&document, "#problems");
        for field in select(&document, ".wrong input") {
            assert_eq!(field.attr("aria-invalid"), Some("true"), "{}", page.name);
            assert!(field.attr("aria-describedby").is_some(), "{}", page.name);
            assert!(!summary.is_empty(), "{}", page.name);
        }
        for summary in summary {
            assert_eq!(summary.attr("role"), Some("alert"), "{}", page.name);
        }
    });
}

#[test]
fn web_13_password_managers_find_their_fields() {
    each(|page| {
        let document = page.document();
        for (selector, allowed) in [
            ("input[type=password]", &["current-password", "new-password"][..]),
            ("#username", &["username", "username webauthn"][..]),
            ("#code", &["one-time-code"][..]),
        ] {
            for field in select(&document, selector) {
                let autocomplete = field.attr("autocomplete").unwrap_or_default();
                assert!(allowed.contains(&autocomplete), "{}: {autocomplete}", page.name);
            }
        }
        // A password with nobody to it is kept under the wrong name.
        if !select(&document, "input[type=password]").is_empty() {
            assert_eq!(select(&document, "[autocomplete^=username]").len(), 1, "{}", page.name);
        }
    });
}

#[test]
fn the_ids_others_rely_on_are_there() {
    let expected = [
        (
            "login.html",
            "#username, #password, #login-submit, #login-cancel, #client-logo, #client-policy, #client-tos",
            7,
        ),
        ("signup.html", "#username, #password, #signup-submit", 3),
        ("verify.html", "#code, #code-submit, #resend-submit", 3),
        ("code_request.html", "#username, #code-request-submit", 2),
        ("code_enter.html", "#code, #code-submit, #resend-submit", 3),
        ("link_confirm.html", "#confirm-submit", 1),
        ("consent.html", "#consent-allow[name=decision][value=allow], #consent-deny[name=decision][value=deny]", 2),
        ("logout.html", "form#logout-confirm, #logout-yes[name=decision], #logout-no[name=decision]", 3),
        ("logged_out.html", "#logged-out", 1),
        ("error.html", "#error-page", 1),
        ("form_post.html", "#form-post-submit", 1),
        ("dev/app_start.html", "#demo-sign-in", 1),
        ("dev/app_result.html", "#demo-refresh, #demo-userinfo, #demo-sign-out", 3),
    ];
    let all = every_rendering();
    for (template, selector, count) in expected {
        let look = |page: &&Shown| page.name.starts_with(template) && page.name.contains("frame 1");
        let page = all.iter().find(look).unwrap_or_else(|| panic!("{template}"));
        assert_eq!(select(&page.document(), selector).len(), count, "{}", page.name);
    }
}

#[test]
fn cancelling_is_there_only_when_an_application_asks() {
    for page in every_rendering().iter().filter(|page| page.name.starts_with("login.html")) {
        let cancel = select(&page.document(), "#login-cancel").len();
        assert_eq!(cancel, usize::from(page.name.contains("frame 1")), "{}", page.name);
    }
}

#[test]
fn every_template_of_a_page_is_in_the_gallery() {
    let shown: HashSet<&str> = every_page().iter().map(|page| Page::template(page.as_ref())).collect();
    let parts = ["layout.html", "forms.html", "account_layout.html", "scopes.html", "dev/app_layout.html"];
    for (name, _) in crate::pages::sources::Sources::embedded() {
        let is_page = name.split('.').next_back() == Some("html")
            && !name.starts_with("mail/")
            && !parts.contains(&name.as_str());
        assert!(!is_page || shown.contains(name.as_str()), "{name}");
    }
}

fn select_in<'d>(element: ElementRef<'d>, selector: &str) -> Vec<ElementRef<'d>> {
    let selector = scraper::Selector::parse(selector).expect("a test's selector");
    element.select(&selector).collect()
}
