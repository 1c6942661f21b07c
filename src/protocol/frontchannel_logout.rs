//! Front-Channel Logout 1.0: the addresses that a browser loads so that clients end their sessions in it.

use super::authorization_response::with_query;
use crate::base::Issuer;
use crate::model::client::Client;

/// What is loaded for `client`, which knows the session as `sid`; nothing for a client without an address.
pub fn address(client: &Client, sid: &str, issuer: &Issuer) -> Option<String> {
    let metadata = &client.metadata;
    let uri = metadata.frontchannel_logout_uri.as_deref().filter(|_| client.disabled_at.is_none())?;
    // Front-Channel Logout §2: both or neither.
    if !metadata.frontchannel_logout_session_required {
        return Some(uri.to_owned());
    }
    Some(with_query(uri, &[("iss", issuer.as_str().to_owned()), ("sid", sid.to_owned())]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::samples;

    #[test]
    fn frontchannel_logout_2_issuer_and_session_come_together_or_not_at_all() {
        let mut client = samples::client();
        assert_eq!(address(&client, "s1", &samples::issuer()), None);
        client.metadata.frontchannel_logout_uri = Some("https://app.example/out?x=1".into());
        assert_eq!(address(&client, "s1", &samples::issuer()).unwrap(), "https://app.example/out?x=1");
        client.metadata.frontchannel_logout_session_required = true;
        let full = "https://app.example/out?x=1&iss=https%3A%2F%2Fidp.example&sid=s1";
        assert_eq!(address(&client, "s1", &samples::issuer()).unwrap(), full);
    }
}
