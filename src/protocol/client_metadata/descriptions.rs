//! What a client says about itself: names, people, addresses to look at (RFC 7591 §2). None of it may deceive (REG-11).

use super::address::{is_https_address, is_web_address};
use super::{Found, Problem};
use crate::base::bounds::{CLIENT_CONTACT_BYTES_MAX, CLIENT_NAME_CHARS_MAX};
use crate::model::client::ClientMetadata;

pub(super) fn check(found: &mut Found, metadata: &ClientMetadata) {
    found.check("client_name", metadata.client_name.as_deref().is_none_or(is_name), Problem::Name);
    found.check_list("contacts", &metadata.contacts, Problem::Text, |contact| is_label(contact));
    for (member, uri) in [
        ("client_uri", &metadata.client_uri),
        ("logo_uri", &metadata.logo_uri),
        ("policy_uri", &metadata.policy_uri),
        ("tos_uri", &metadata.tos_uri),
    ] {
        found.check(member, uri.as_deref().is_none_or(is_web_address), Problem::WebAddress);
    }
    let types = &metadata.authorization_details_types;
    found.check_list("authorization_details_types", types, Problem::Text, |name| is_label(name));
    let login = metadata.initiate_login_uri.as_deref();
    found.check("initiate_login_uri", login.is_none_or(is_https_address), Problem::HttpsAddress);
    found.check_list("request_uris", &metadata.request_uris, Problem::HttpsAddress, |uri| is_https_address(uri));
    for (member, text) in [("software_id", &metadata.software_id), ("software_version", &metadata.software_version)] {
        found.check(member, text.as_deref().is_none_or(is_label), Problem::Text);
    }
}

fn is_name(text: &str) -> bool {
    let chars = text.chars().count();
    (1..=CLIENT_NAME_CHARS_MAX).contains(&chars) && text.trim() == text && !text.chars().any(deceives)
}

/// REG-11: control characters, and those that are invisible or turn the direction of what follows.
fn deceives(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(char, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Short text that people read.
pub(super) fn is_label(text: &str) -> bool {
    (1..=CLIENT_CONTACT_BYTES_MAX).contains(&text.len()) && !text.chars().any(deceives)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::bounds::CLIENT_LIST_MAX;
    use crate::protocol::client_metadata::tests::{one, wrong};

    #[test]
    fn reg_11_names_are_bounded_and_do_not_deceive() {
        for name in
            ["", " ", " Acme", "A\u{202e}emcA", "Ac\u{200b}me", "Ac\nme", "Ac\0me", "\u{feff}Acme", &"a".repeat(101)]
        {
            assert_eq!(wrong(|own| own.client_name = Some(name.into())), one("client_name", Problem::Name), "{name:?}");
        }
        assert!(wrong(|own| own.client_name = Some("Ünïcode & Søns 株式会社".into())).is_empty());
        assert_eq!(wrong(|own| own.contacts = vec!["a\r\nb".into()]), one("contacts[0]", Problem::Text));
    }

    #[test]
    fn dcr_04_shown_addresses_are_https_or_loopback() {
        type Member = fn(&mut ClientMetadata) -> &mut Option<String>;
        let members: [(&str, Member); 4] = [
            ("client_uri", |own| &mut own.client_uri),
            ("logo_uri", |own| &mut own.logo_uri),
            ("policy_uri", |own| &mut own.policy_uri),
            ("tos_uri", |own| &mut own.tos_uri),
        ];
        for (name, member) in members {
            for refused in [
                "javascript:alert(1)",
                "JavaScript:alert(1)",
                " javascript:alert(1)",
                "java\nscript:alert(1)",
                "data:text/html,x",
                "vbscript:x",
                "file:///etc/passwd",
                "http://app.example/",
                "https://user@app.example/",
                "https:\\\\app.example",
                "/logo.png",
                "",
            ] {
                let found = wrong(|own| *member(own) = Some(refused.into()));
                assert_eq!(found, one(name, Problem::WebAddress), "{refused:?}");
            }
            for allowed in ["https://app.example/logo.png?x#y", "http://localhost:3000/", "http://[::1]/"] {
                assert!(wrong(|own| *member(own) = Some(allowed.into())).is_empty(), "{allowed}");
            }
        }
        let login = wrong(|own| own.initiate_login_uri = Some("http://localhost/login".into()));
        assert_eq!(login, one("initiate_login_uri", Problem::HttpsAddress));
    }

    #[test]
    fn dcr_08_lists_are_bounded() {
        let many = wrong(|own| own.contacts = (0..=CLIENT_LIST_MAX).map(|index| index.to_string()).collect());
        assert_eq!(many, one("contacts", Problem::TooMany));
    }
}
