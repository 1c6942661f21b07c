//! Initiating a login from a third party (OpenID Connect Core §4): the address that has a client begin a login here.
//!
//! Where that link is shown is the pages' business.

use url::Url;

use crate::base::Issuer;

/// `initiate_login_uri` with who is to be asked and, where the client may know it, who is to sign in.
pub fn address(initiate_login_uri: &str, issuer: &Issuer, login_hint: Option<&str>) -> Option<String> {
    let mut address = Url::parse(initiate_login_uri).ok()?;
    address.query_pairs_mut().append_pair("iss", issuer.as_str());
    if let Some(hint) = login_hint {
        address.query_pairs_mut().append_pair("login_hint", hint);
    }
    Some(address.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::samples::issuer;

    #[test]
    fn core_4_the_issuer_and_the_hint_join_the_query() {
        let plain = address("https://app.example/login", &issuer(), None);
        assert_eq!(plain.as_deref(), Some("https://app.example/login?iss=https%3A%2F%2Fidp.example"));
        let hinted = address("https://app.example/login?x=1#y", &issuer(), Some("ada&x=@example.com")).unwrap();
        let expected =
            "https://app.example/login?x=1&iss=https%3A%2F%2Fidp.example&login_hint=ada%26x%3D%40example.com#y";
        assert_eq!(hinted, expected);
        assert_eq!(address("no address", &issuer(), None), None);
    }
}
