//! What every mail keeps to.

use super::{Html, every_mail, pages, select, text_of};
use crate::pages::{Locale, Mail, MailFrame};

fn code_of(mail: &Mail) -> Option<&str> {
    match mail {
        Mail::VerifyAddress { code, .. }
        | Mail::LoginCode { code, .. }
        | Mail::ResetPassword { code, .. }
        | Mail::AddressChangeVerify { code, .. } => Some(code),
        _ => None,
    }
}

fn link_of(mail: &Mail) -> Option<&str> {
    match mail {
        Mail::VerifyAddress { link, .. }
        | Mail::ResetPassword { link, .. }
        | Mail::ResetStarted { link, .. }
        | Mail::AddressChangeVerify { link, .. } => Some(link),
        Mail::AddressChangeNotice { undo, .. } | Mail::AccountDeleted { undo, .. } => Some(&undo.uri),
        Mail::AddressChanged { undo, .. } => undo.as_ref().map(|undo| undo.uri.as_str()),
        _ => None,
    }
}

#[test]
fn mai_05_and_otp_10_no_code_or_link_in_the_subject() {
    for (mail, rendered) in every_mail() {
        assert!(!rendered.subject.is_empty() && rendered.subject.len() < 80);
        assert!(!rendered.subject.chars().any(|character| character.is_ascii_digit() || character.is_control()));
        assert!(!rendered.subject.contains("http"), "{}", mail.kind());
    }
}

#[test]
fn mai_03_both_parts_begin_with_the_code_and_end_with_the_line_for_autofill() {
    for (mail, rendered) in every_mail() {
        let Some(code) = code_of(&mail) else { continue };
        let last = format!("@id.example #{code}");
        assert_eq!(rendered.text.lines().next(), Some(code), "{}", mail.kind());
        assert_eq!(rendered.text.trim_end().lines().last(), Some(last.as_str()), "{}", mail.kind());
        let document = Html::parse_document(&rendered.html);
        let body = text_of(select(&document, "body")[0]);
        assert!(body.starts_with(code) && body.ends_with(&last), "{}: {body}", mail.kind());
    }
}

#[test]
fn mai_03_the_link_is_in_both_parts() {
    for (mail, rendered) in every_mail() {
        let Some(link) = link_of(&mail) else { continue };
        assert!(rendered.text.lines().any(|line| line == link), "{}", mail.kind());
        let document = Html::parse_document(&rendered.html);
        assert!(select(&document, "a").iter().any(|anchor| anchor.attr("href") == Some(link)), "{}", mail.kind());
    }
}

#[test]
fn rst_02_every_link_is_the_issuers() {
    for (mail, rendered) in every_mail() {
        let document = Html::parse_document(&rendered.html);
        for anchor in select(&document, "a") {
            let href = anchor.attr("href").unwrap_or_default();
            assert!(href.starts_with("https://id.example/"), "{}: {href}", mail.kind());
        }
        assert!(select(&document, "img, script, link, iframe, form").is_empty(), "{}", mail.kind());
    }
}

#[test]
fn mai_02_a_persons_name_makes_no_link() {
    let mail = Mail::Welcome {
        name: Some("Win at https://evil.example/x now\r\nBcc: you@evil.example".to_owned()),
        account_uri: "https://id.example/account".to_owned(),
    };
    let rendered = pages().mail(&mail, &Locale::english(), &MailFrame::sample()).expect("a sound mail");
    for part in [&rendered.text, &rendered.html] {
        assert!(part.contains("Win at") && !part.contains("evil.example") && !part.contains("https://evil"));
        assert!(!part.contains("\nBcc"));
    }
}

#[test]
fn a_text_part_is_plain_and_tidy() {
    for (mail, rendered) in every_mail() {
        let text = &rendered.text;
        assert!(!text.contains('<') && !text.contains("&#") && !text.contains("&amp;"), "{}:\n{text}", mail.kind());
        assert!(!text.contains("\n\n\n") && !text.starts_with('\n'), "{}:\n{text}", mail.kind());
        assert!(text.lines().all(|line| line == line.trim() && line.len() < 900), "{}:\n{text}", mail.kind());
    }
}

#[test]
fn a_mail_in_an_unknown_language_comes_in_the_default_one() {
    let mail = Mail::samples().remove(0);
    let unknown = pages().mail(&mail, &Locale::new("tlh"), &MailFrame::sample()).expect("a sound mail");
    let english = pages().mail(&mail, &Locale::english(), &MailFrame::sample()).expect("a sound mail");
    assert_eq!(unknown.subject, english.subject);
    assert_eq!(unknown.text, english.text);
}

#[test]
fn the_mails_read_as_they_should() {
    let mut book = String::new();
    for (mail, rendered) in every_mail() {
        let parts = ["== ", mail.kind(), " ==\nSubject: ", &rendered.subject, "\n\n", &rendered.text, "\n"];
        book.push_str(&parts.concat());
    }
    insta::assert_snapshot!("mails_as_text", book);
}
