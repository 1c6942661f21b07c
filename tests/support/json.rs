//! Documents that differ from the usual one in some members.

use serde_json::Value;

/// Sets members of `document`; `null` removes one.
pub fn change(document: &mut Value, change: &[(&str, Value)]) {
    let members = document.as_object_mut().expect("it has members");
    for (name, value) in change {
        if value.is_null() {
            members.remove(*name);
        } else {
            members.insert((*name).to_owned(), value.clone());
        }
    }
}
