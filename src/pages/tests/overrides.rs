//! The operator's directory over the built-in files.

use std::fs;
use std::path::Path;

use super::super::{Frame, Locale, LoggedOut, Login, Page, Pages, PagesFault, PagesSettings};

fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (name, text) in files {
        write(directory.path(), name, text);
    }
    directory
}

fn write(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().expect("inside the directory")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn pages(directory: &Path, watch: bool) -> Pages {
    let overrides = Some(directory.to_owned());
    Pages::new(PagesSettings { overrides, watch, ..PagesSettings::default() }).expect("overrides never stop the start")
}

fn show(pages: &Pages, page: &impl Page, locale: &str) -> String {
    pages.render(page, &Frame::samples(&Locale::new(locale))[0]).expect("a page")
}

fn logged_out(pages: &Pages) -> String {
    show(pages, &LoggedOut::default(), "en")
}

const OWN: &str =
    "{% extends \"layout.html\" %}{% block title %}Bye{% endblock %}{% block content %}See you{% endblock %}";

#[test]
fn an_override_is_used_and_may_build_on_the_rest() {
    let directory = directory(&[("logged_out.html", OWN), ("notes.md", "not a template"), (".hidden.html", "{{ x")]);
    let pages = pages(directory.path(), false);
    assert_eq!(pages.faults(), []);
    assert!(logged_out(&pages).contains("See you") && logged_out(&pages).contains("<main"));
    assert!(show(&pages, &Login::default(), "en").contains("login-submit"));
}

#[test]
fn a_broken_override_is_named_with_its_line_and_the_built_in_one_is_used() {
    let broken = [
        ("logged_out.html", "{% extends \"layout.html\" %}\n{% block content %}\n{{ oops", 3),
        ("logged_out.html", "one\n{{ page.there_is_no_such_member }}", 2),
        ("logged_out.html", "{{ t(\"no-such-message\") }}", 1),
        ("layout.html", "one\ntwo\n{% block %}", 3),
    ];
    for (name, text, line) in broken {
        let directory = directory(&[(name, text), ("login.html", "my own login")]);
        let pages = pages(directory.path(), false);
        let faults = pages.faults();
        assert_eq!((faults.len(), faults[0].name.as_str(), faults[0].line), (1, name, Some(line)), "{faults:?}");
        assert!(logged_out(&pages).contains("id=\"logged-out\""));
        assert_eq!(show(&pages, &Login::default(), "en"), "my own login");
    }
}

fn welcome(pages: &Pages, locale: &str) -> super::super::RenderedMail {
    use super::super::{Mail, MailFrame};
    let mail = Mail::Welcome { name: None, account_uri: "https://id.example/account".to_owned() };
    pages.mail(&mail, &Locale::new(locale), &MailFrame::sample()).expect("a mail")
}

#[test]
fn mails_are_overridden_in_text_and_html_and_in_the_words_of_each_language() {
    let directory = directory(&[
        ("mail/welcome.txt", "{{ t(\"mail-welcome-subject\") }}, by {{ product }}"),
        ("mail/welcome.html", "<p lang=\"{{ locale }}\">own</p>"),
        ("messages/de.ftl", "mail-welcome-subject = Grüß Gott\n"),
        ("messages/en.ftl", "mail-welcome-subject = Howdy\n"),
    ]);
    let pages = pages(directory.path(), false);
    assert_eq!(pages.faults(), []);
    for (locale, subject) in [("en", "Howdy"), ("de", "Grüß Gott")] {
        let mail = welcome(&pages, locale);
        assert_eq!(mail.subject, subject);
        assert!(mail.text.starts_with(&format!("{subject}, by ")), "{}", mail.text);
        assert_eq!(mail.html, format!("<p lang=\"{locale}\">own</p>"));
    }
}

#[test]
fn a_broken_override_of_a_mail_is_named_and_the_built_in_one_is_sent() {
    let directory = directory(&[("mail/welcome.txt", "one\n{{ mail.there_is_no_such_member }}")]);
    let pages = pages(directory.path(), false);
    let faults = pages.faults();
    assert_eq!((faults.len(), faults[0].name.as_str(), faults[0].line), (1, "mail/welcome.txt", Some(2)), "{faults:?}");
    assert!(welcome(&pages, "en").text.contains("https://id.example/account"));
}

#[test]
fn an_override_that_fails_only_later_gives_way_then() {
    let text = "{% if page.onward and page.onward.name == \"Rare\" %}{{ nowhere }}{% endif %}mine";
    let directory = directory(&[("logged_out.html", text)]);
    let pages = pages(directory.path(), false);
    assert_eq!(pages.faults(), []);
    assert_eq!(logged_out(&pages), "mine");
    let onward = super::super::Onward { uri: "/".to_owned(), name: Some("Rare".to_owned()) };
    assert!(
        show(&pages, &LoggedOut { onward: Some(onward), ..LoggedOut::default() }, "en").contains("id=\"logged-out\"")
    );
}

#[test]
fn an_override_without_end_is_stopped() {
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
    let directory = directory(&[("logged_out.html", endless)]);
    let pages = pages(directory.path(), false);
    assert_eq!(pages.faults().len(), 1);
    assert!(logged_out(&pages).contains("id=\"logged-out\""));
}

#[test]
fn an_override_that_takes_parts_away_from_the_rest_is_left_out() {
    let directory = directory(&[("forms.html", "{% macro token() %}{% endmacro %}"), ("logged_out.html", OWN)]);
    let pages = pages(directory.path(), false);
    let faults = pages.faults();
    assert_eq!((faults.len(), faults[0].name.as_str(), faults[0].line), (1, "forms.html", None), "{faults:?}");
    assert!(show(&pages, &Login::default(), "en").contains("login-submit"));
    assert!(logged_out(&pages).contains("See you"));
}

#[test]
fn messages_can_be_changed_one_by_one_and_languages_added() {
    let directory = directory(&[
        ("messages/en.ftl", "logged-out-title = So long\n"),
        ("messages/fr.ftl", "logged-out-title = À bientôt\n"),
        ("messages/nonsense-of-a-tag.ftl", "x = y\n"),
    ]);
    let pages = pages(directory.path(), false);
    assert!(logged_out(&pages).contains("<h1>So long</h1>"));
    let french = show(&pages, &LoggedOut::default(), "fr");
    assert!(french.contains("<h1>À bientôt</h1>") && french.contains("lang=\"fr\"") && french.contains("has ended"));
    assert_eq!(pages.negotiate(Some("fr-CA"), None).as_str(), "fr");
    assert_eq!(pages.faults().len(), 1);
}

#[test]
fn a_broken_message_is_named_and_the_others_of_its_file_are_used() {
    let directory = directory(&[("messages/en.ftl", "logged-out-title = So long\nlogged-out-lead = { $\n")]);
    let pages = pages(directory.path(), false);
    let faults = pages.faults();
    assert_eq!((faults.len(), faults[0].name.as_str(), faults[0].line), (1, "messages/en.ftl", Some(2)), "{faults:?}");
    let html = logged_out(&pages);
    assert!(html.contains("So long") && html.contains("has ended"));
}

#[test]
fn a_message_that_wants_what_the_page_does_not_give_is_left_out() {
    let directory = directory(&[("messages/en.ftl", "logged-out-title = Bye { $nobody }\n")]);
    let pages = pages(directory.path(), false);
    assert_eq!(pages.faults().len(), 1, "{:?}", pages.faults());
    assert!(logged_out(&pages).contains("You are signed out"));
}

#[test]
fn a_watched_directory_is_read_again_when_it_changes() {
    let directory = directory(&[]);
    let pages = pages(directory.path(), true);
    assert!(logged_out(&pages).contains("id=\"logged-out\""));
    write(directory.path(), "logged_out.html", "new");
    assert_eq!(logged_out(&pages), "new");
    write(directory.path(), "logged_out.html", "newer");
    assert_eq!(logged_out(&pages), "newer");
    fs::remove_file(directory.path().join("logged_out.html")).expect("it was there");
    assert!(logged_out(&pages).contains("id=\"logged-out\""));
}

#[test]
fn an_unwatched_directory_is_read_again_when_asked() {
    let directory = directory(&[]);
    let pages = pages(directory.path(), false);
    write(directory.path(), "logged_out.html", "new");
    assert!(logged_out(&pages).contains("id=\"logged-out\""));
    pages.reload().expect("a readable directory");
    assert_eq!(logged_out(&pages), "new");
}

#[test]
fn a_directory_that_is_not_there_is_an_error_with_its_path() {
    let overrides = Some("/there/is/no/such/directory".into());
    let fault = Pages::new(PagesSettings { overrides, ..PagesSettings::default() }).err();
    assert!(matches!(&fault, Some(PagesFault::Overrides { path, .. }) if path.ends_with("directory")), "{fault:?}");
}

#[test]
fn a_default_language_without_messages_is_an_error() {
    let settings = PagesSettings { default_locale: Locale::new("tlh"), ..PagesSettings::default() };
    assert!(matches!(Pages::new(settings).err(), Some(PagesFault::DefaultLocale(_))));
}
