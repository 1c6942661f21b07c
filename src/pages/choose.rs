//! `/choose`: which of several accounts to go on with.

use serde::Serialize;

/// Each button posts `account` (its id) and `csrf` to `/choose`; "use another account" posts `decision=another`.
#[derive(Clone, Debug, Serialize)]
pub struct Choose {
    /// The accounts this browser knows.
    pub accounts: Vec<ChooseAccount>,
}

/// One account of the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChooseAccount {
    /// What the button sends: an opaque id that the server checks against the browser's sessions.
    pub id: String,
    /// Its address.
    pub address: String,
    /// Its name, if told.
    pub name: Option<String>,
    /// Whether it is signed in, or only remembered.
    pub signed_in: bool,
}

impl Choose {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let account = |id: &str, address: &str, name: Option<&str>, signed_in| ChooseAccount {
            id: id.to_owned(),
            address: address.to_owned(),
            name: name.map(str::to_owned),
            signed_in,
        };
        let ada = account("dws_1", "ada@example.org", Some("Ada Lovelace"), true);
        let grace = account("dws_2", "grace@example.org", None, false);
        vec![Self { accounts: vec![ada, grace] }, Self { accounts: Vec::new() }]
    }
}

super::page!(Choose, "choose.html");
