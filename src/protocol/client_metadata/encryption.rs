//! Encrypted answers: OpenID Connect Registration §2, JARM §3 and RFC 9701 §6 have one rule for each of their pairs.

use super::{Found, Problem};
use crate::model::client::ClientMetadata;

pub(super) fn check(found: &mut Found, metadata: &ClientMetadata) {
    let has_alg_for = |has_enc: bool, has_alg: bool| has_alg || !has_enc;
    for (member, enc, alg) in [
        (
            "id_token_encrypted_response_enc",
            metadata.id_token_encrypted_response_enc.is_some(),
            metadata.id_token_encrypted_response_alg.is_some(),
        ),
        (
            "userinfo_encrypted_response_enc",
            metadata.userinfo_encrypted_response_enc.is_some(),
            metadata.userinfo_encrypted_response_alg.is_some(),
        ),
        (
            "authorization_encrypted_response_enc",
            metadata.authorization_encrypted_response_enc.is_some(),
            metadata.authorization_encrypted_response_alg.is_some(),
        ),
        (
            "introspection_encrypted_response_enc",
            metadata.introspection_encrypted_response_enc.is_some(),
            metadata.introspection_encrypted_response_alg.is_some(),
        ),
    ] {
        // OpenID Connect Registration §2: "enc" must not stand without "alg".
        found.check(member, has_alg_for(enc, alg), Problem::EncryptionWithoutKey);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::key::{ContentEncryption, KeyEncryption};
    use crate::protocol::client_metadata::tests::{one, wrong};

    #[test]
    fn registration_2_content_is_not_encrypted_without_its_key() {
        let alone = wrong(|own| own.id_token_encrypted_response_enc = Some(ContentEncryption::A256Gcm));
        assert_eq!(alone, one("id_token_encrypted_response_enc", Problem::EncryptionWithoutKey));
        let alone = wrong(|own| own.userinfo_encrypted_response_enc = Some(ContentEncryption::A256Gcm));
        assert_eq!(alone, one("userinfo_encrypted_response_enc", Problem::EncryptionWithoutKey));
        let both = wrong(|own| {
            own.id_token_encrypted_response_enc = Some(ContentEncryption::A256Gcm);
            own.id_token_encrypted_response_alg = Some(KeyEncryption::EcdhEs);
        });
        assert!(both.is_empty());
        assert!(wrong(|own| own.id_token_encrypted_response_alg = Some(KeyEncryption::EcdhEs)).is_empty());
    }
}
