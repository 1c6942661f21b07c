//! `/docs`: where the JSON interface is described.

use serde::Serialize;

/// Leads to the viewers and the document.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ApiDocs {}

impl ApiDocs {
    /// The one look.
    pub fn samples() -> Vec<Self> {
        vec![Self::default()]
    }
}

super::page!(ApiDocs, "api_docs.html");
