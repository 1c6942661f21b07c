//! The page that carries an authorization response to the client by POST. OAuth 2.0 Form Post Response Mode §2.

use serde::Serialize;

/// Sends itself by a script with the page's nonce; without scripts there is a button. Posts nothing of ours.
#[derive(Clone, Debug, Serialize)]
pub struct FormPost {
    /// The client's redirect URI.
    pub action: String,
    /// Response parameters in their order.
    pub fields: Vec<(String, String)>,
}

impl FormPost {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        vec![Self {
            action: "https://notes.acme.example/callback".to_owned(),
            fields: vec![
                field("code", "dwc_sample"),
                field("state", "\"><script>"),
                field("iss", "https://id.example"),
            ],
        }]
    }
}

super::page!(FormPost, "form_post.html");
