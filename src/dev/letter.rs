//! What a program looks for in a mail: the code and the links.

use crate::base::bounds::ONE_TIME_CODE_DIGITS;

/// The code of a mail: a line of its own, or in the last line for autofill (`@host #123456`).
pub fn code(text: &str) -> Option<&str> {
    let alone = text.lines().map(str::trim).find(|line| is_code(line));
    alone.or_else(|| text.lines().rev().find_map(autofilled))
}

/// The links of a mail, in order, each once.
pub fn links(text: &str) -> Vec<&str> {
    let mut links = Vec::new();
    for word in text.split_whitespace() {
        let word = word.trim_end_matches(['.', ',', ';', ')', '>']);
        let is_link = word.starts_with("http://") || word.starts_with("https://");
        if is_link && !links.contains(&word) {
            links.push(word);
        }
    }
    links
}

fn is_code(text: &str) -> bool {
    text.len() == ONE_TIME_CODE_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn autofilled(line: &str) -> Option<&str> {
    let (_, code) = line.trim().strip_prefix('@')?.split_once(" #")?;
    is_code(code).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::{Locale, Mail, MailFrame, Pages, PagesSettings};

    #[test]
    fn code_and_links_of_every_mail_are_found() {
        let pages = Pages::new(PagesSettings::default()).unwrap();
        for mail in Mail::samples() {
            let rendered = pages.mail(&mail, &Locale::english(), &frame()).unwrap();
            let (code_there, link_count) = match &mail {
                Mail::VerifyAddress { .. } | Mail::ResetPassword { .. } | Mail::AddressChangeVerify { .. } => {
                    (Some("123456"), 1)
                }
                Mail::LoginCode { .. } => (Some("123456"), 0),
                Mail::AlreadyRegistered { .. } => (None, 2),
                Mail::AddressChanged { undo: None, .. } => (None, 0),
                Mail::ResetStarted { .. }
                | Mail::ApprovalAsked { .. }
                | Mail::ConfirmAddress { .. }
                | Mail::PasswordChanged { .. }
                | Mail::Welcome { .. }
                | Mail::NewDevice { .. }
                | Mail::AddressChangeNotice { .. }
                | Mail::AddressChanged { .. }
                | Mail::AddressKept { .. }
                | Mail::IdentityLinked { .. }
                | Mail::IdentityUnlinked { .. }
                | Mail::MailboxReported { .. }
                | Mail::AddressTaken { .. }
                | Mail::AccountDeleted { .. } => (None, 1),
            };
            assert_eq!(code(&rendered.text), code_there, "{}", rendered.text);
            assert_eq!(links(&rendered.text).len(), link_count, "{}", rendered.text);
        }
    }

    fn frame() -> MailFrame {
        MailFrame {
            issuer: "http://localhost:8080".to_owned(),
            host: "localhost".to_owned(),
            product: "Doorward".to_owned(),
        }
    }

    #[test]
    fn numbers_that_are_no_codes_are_left_alone() {
        assert_eq!(code("1234567\n12 34\n@x #12\n"), None);
        assert_eq!(code("Hello\n\n@id.example #654321\n"), Some("654321"));
        assert_eq!(links("ftp://x http://a.example/x?y=1. http://a.example/x?y=1"), ["http://a.example/x?y=1"]);
    }
}
