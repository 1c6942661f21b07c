//! Mails to look at: for the gallery, for tests, and to try templates with at the start.

use super::{Asked, Mail, Undo};

impl Mail {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let asked = Asked {
            asked_at: 1_773_324_120,
            browser: Some("Firefox".to_owned()),
            system: Some("Linux".to_owned()),
            ip: Some("192.0.2.7".to_owned()),
        };
        let browser_only = Asked { system: None, ip: None, ..asked.clone() };
        let system_only = Asked { browser: None, ..asked.clone() };
        let unknown = Asked { browser: None, ..browser_only.clone() };
        let link = |path: &str| format!("https://id.example{path}");
        let code = || "123456".to_owned();
        let app = || Some("Acme Notes".to_owned());
        let undo = |path: &str| Undo { uri: link(path), until_at: 1_773_928_920 };
        let new_address = || "l…@example.org".to_owned();
        let lifetime_minutes = 10;
        let verify_link = link("/verify/link?token=dwl_sample");
        vec![
            Self::VerifyAddress {
                code: code(),
                link: verify_link.clone(),
                lifetime_minutes,
                app: app(),
                asked: asked.clone(),
            },
            Self::VerifyAddress {
                code: code(),
                link: verify_link,
                lifetime_minutes,
                app: None,
                asked: unknown.clone(),
            },
            Self::LoginCode { code: code(), lifetime_minutes, app: app(), asked: asked.clone() },
            Self::LoginCode { code: code(), lifetime_minutes, app: None, asked: browser_only.clone() },
            Self::ResetPassword {
                code: code(),
                link: link("/reset/link?token=dwl_sample"),
                lifetime_minutes,
                asked: system_only.clone(),
            },
            Self::ResetStarted { link: link("/reset/link?token=dwl_sample"), lifetime_minutes: 30 },
            Self::ConfirmAddress {
                link: link("/verify/link?token=dwl_sample"),
                lifetime_minutes,
                asked: browser_only.clone(),
            },
            Self::AlreadyRegistered { login_uri: link("/login"), reset_uri: link("/reset"), asked: browser_only },
            Self::PasswordChanged { reset_uri: link("/reset"), asked: asked.clone() },
            Self::PasswordChanged { reset_uri: link("/reset"), asked: unknown },
            Self::Welcome { name: Some("Ada".to_owned()), account_uri: link("/account") },
            Self::Welcome { name: None, account_uri: link("/account") },
            Self::AddressChangeVerify {
                code: code(),
                link: link("/account/email/link?token=dwl_sample"),
                lifetime_minutes,
                asked: asked.clone(),
            },
            Self::AddressChangeNotice {
                new_address: new_address(),
                undo: undo("/account/email/undo?token=dwl_sample"),
                asked: asked.clone(),
            },
            Self::AddressChanged {
                new_address: new_address(),
                undo: Some(undo("/account/email/undo?token=dwl_sample")),
                asked: asked.clone(),
            },
            Self::AddressChanged { new_address: new_address(), undo: None, asked: asked.clone() },
            Self::AddressKept { reset_uri: link("/reset"), asked: asked.clone() },
            Self::IdentityLinked {
                provider: "Google".to_owned(),
                logins_uri: link("/account/logins"),
                asked: asked.clone(),
            },
            Self::IdentityUnlinked {
                provider: "GitHub".to_owned(),
                logins_uri: link("/account/logins"),
                asked: asked.clone(),
            },
            Self::MailboxReported { provider: "Google".to_owned(), login_uri: link("/login"), asked: asked.clone() },
            Self::AddressTaken { login_uri: link("/login"), asked: asked.clone() },
            Self::AccountDeleted { undo: undo("/account/delete/undo?token=dwl_sample"), asked: asked.clone() },
            Self::ApprovalAsked {
                app: "Acme Notes".to_owned(),
                message: Some("Bill 4711".to_owned()),
                link: link("/backchannel/link?token=dwl_sample"),
                lifetime_minutes,
            },
            Self::ApprovalAsked {
                app: "Acme Notes".to_owned(),
                message: None,
                link: link("/backchannel/link?token=dwl_sample"),
                lifetime_minutes: 1,
            },
            Self::NewDevice { sessions_uri: link("/account/sessions"), asked },
            Self::NewDevice { sessions_uri: link("/account/sessions"), asked: system_only },
        ]
    }
}
