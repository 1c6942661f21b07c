//! `/consent`: what an application would learn and be allowed.

use serde::Serialize;

use super::account::ClaimValue;

/// Posts `decision` (`allow` or `deny`) and `csrf` to `/consent`. The application's name and the person's address are
/// in the frame. The form carries no authority: what is agreed to is what the interaction holds.
#[derive(Clone, Debug, Serialize)]
pub struct Consent {
    /// Origin the answer goes to.
    pub redirect_origin: String,
    /// The host that vouches for the application, when that is all we know of it.
    pub client_host: Option<String>,
    /// What is asked for, in the order shown.
    pub items: Vec<ConsentItem>,
}

/// One scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConsentItem {
    /// The scope's name. The standard ones have messages `scope-…`; claims asked for one by one come as `claims`.
    pub scope: String,
    /// Words for a scope of the operator's own; without them its name is shown.
    pub description: Option<String>,
    /// What the application would see, as it is now.
    pub values: Vec<ClaimValue>,
}

impl Consent {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let item = |scope: &str, values: &[(&str, &str)]| ConsentItem {
            scope: scope.to_owned(),
            description: None,
            values: values.iter().map(|(claim, value)| ClaimValue::new(claim, value)).collect(),
        };
        let described = ConsentItem {
            description: Some("Read your calendar".to_owned()),
            ..item("https://acme.example/calendar.read", &[])
        };
        let all = vec![
            item("openid", &[]),
            item(
                "profile",
                &[("name", "Ada Lovelace"), ("birthdate", "1815-12-10"), ("picture", "https://example.org/ada.jpg")],
            ),
            item("email", &[("email", "ada@example.org")]),
            item("address", &[("address", "12 St James's Square, London")]),
            item("phone", &[("phone_number", "+44 20 7946 0018")]),
            item("roles", &[("roles", "editor, reviewer")]),
            item("groups", &[("groups", "london, staff")]),
            item("claims", &[("nickname", "Countess")]),
            item("offline_access", &[]),
            described,
            item("acme.write", &[]),
        ];
        let origin = "https://notes.acme.example".to_owned();
        vec![
            Self { redirect_origin: origin.clone(), client_host: None, items: vec![item("openid", &[])] },
            Self { redirect_origin: origin, client_host: Some("notes.acme.example".to_owned()), items: all },
        ]
    }
}

super::page!(Consent, "consent.html");
