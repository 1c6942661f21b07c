//! Which members a client and a person may have, and of what kind: the names of RFC 7591 §2, OpenID Connect
//! Registration §2 and OpenID Connect Core §5.1, and our own. A test holds the tables against the records.

/// A member and what it may hold.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
}

/// What a member may hold.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A text.
    Text,
    /// A text that is never repeated.
    Secret,
    /// A list of texts.
    Texts,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of these words.
    Words(&'static [&'static str]),
    /// A table with members of its own.
    Table(&'static [Member]),
    /// A table that the client's record reads.
    Anything,
    /// Something that only the server gives.
    ServersOwn,
}

const fn member(name: &'static str, kind: Kind) -> Member {
    Member { name, kind }
}

const ALGORITHMS: &[&str] = &["RS256", "PS256", "ES256", "EdDSA"];

const CLIENT_ALGORITHMS: &[&str] = &["RS256", "PS256", "ES256", "ES384", "EdDSA", "HS256"];
const KEY_ENCRYPTION: &[&str] = &["RSA-OAEP-256", "RSA-OAEP", "ECDH-ES", "ECDH-ES+A256KW"];
const CONTENT_ENCRYPTION: &[&str] = &["A256GCM", "A128GCM", "A128CBC-HS256"];
const AUTH_METHODS: &[&str] = &[
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
    "none",
];
const GRANT_TYPES: &[&str] = &[
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:openid:params:grant-type:ciba",
];

/// A client's members.
pub const CLIENT: &[Member] = &[
    member("client_id", Kind::Text),
    member("client_secret", Kind::Secret),
    member("client_name", Kind::Text),
    member("redirect_uris", Kind::Texts),
    member("post_logout_redirect_uris", Kind::Texts),
    member("application_type", Kind::Word(&["web", "native"])),
    member("token_endpoint_auth_method", Kind::Word(AUTH_METHODS)),
    member("grant_types", Kind::Words(GRANT_TYPES)),
    member("response_types", Kind::Texts),
    member("scope", Kind::Text),
    member("contacts", Kind::Texts),
    member("client_uri", Kind::Text),
    member("logo_uri", Kind::Text),
    member("policy_uri", Kind::Text),
    member("tos_uri", Kind::Text),
    member("subject_type", Kind::Text),
    member("id_token_signed_response_alg", Kind::Word(ALGORITHMS)),
    member("userinfo_signed_response_alg", Kind::Word(ALGORITHMS)),
    member("default_max_age", Kind::Number),
    member("require_auth_time", Kind::Flag),
    member("default_acr_values", Kind::Texts),
    member("initiate_login_uri", Kind::Text),
    member("jwks", Kind::Anything),
    member("jwks_uri", Kind::Text),
    member("token_endpoint_auth_signing_alg", Kind::Word(CLIENT_ALGORITHMS)),
    member("tls_client_auth_subject_dn", Kind::Text),
    member("tls_client_auth_san_dns", Kind::Text),
    member("tls_client_auth_san_uri", Kind::Text),
    member("tls_client_auth_san_ip", Kind::Text),
    member("tls_client_auth_san_email", Kind::Text),
    member("tls_client_certificate_bound_access_tokens", Kind::Flag),
    member("dpop_bound_access_tokens", Kind::Flag),
    member("require_pushed_authorization_requests", Kind::Flag),
    member("require_signed_request_object", Kind::Flag),
    member("request_object_signing_alg", Kind::Word(CLIENT_ALGORITHMS)),
    member("request_uris", Kind::Texts),
    member("authorization_details_types", Kind::Texts),
    member("authorization_signed_response_alg", Kind::Word(ALGORITHMS)),
    member("authorization_encrypted_response_alg", Kind::Word(KEY_ENCRYPTION)),
    member("authorization_encrypted_response_enc", Kind::Word(CONTENT_ENCRYPTION)),
    member("id_token_encrypted_response_alg", Kind::Word(KEY_ENCRYPTION)),
    member("id_token_encrypted_response_enc", Kind::Word(CONTENT_ENCRYPTION)),
    member("userinfo_encrypted_response_alg", Kind::Word(KEY_ENCRYPTION)),
    member("userinfo_encrypted_response_enc", Kind::Word(CONTENT_ENCRYPTION)),
    member("introspection_signed_response_alg", Kind::Word(ALGORITHMS)),
    member("introspection_encrypted_response_alg", Kind::Word(KEY_ENCRYPTION)),
    member("introspection_encrypted_response_enc", Kind::Word(CONTENT_ENCRYPTION)),
    member("sector_identifier_uri", Kind::Text),
    member("backchannel_logout_uri", Kind::Text),
    member("backchannel_logout_session_required", Kind::Flag),
    member("frontchannel_logout_uri", Kind::Text),
    member("frontchannel_logout_session_required", Kind::Flag),
    member("software_id", Kind::Text),
    member("software_version", Kind::Text),
    member("client_id_issued_at", Kind::ServersOwn),
    member("client_secret_expires_at", Kind::ServersOwn),
    member("doorward", Kind::Table(OWN)),
];

const OWN: &[Member] = &[
    member("first_party", Kind::Flag),
    member("require_pkce", Kind::Flag),
    member("resources", Kind::Texts),
    member("allowed_origins", Kind::Texts),
    member("profile", Kind::Word(&["fapi2", "mcp"])),
    member("access_token_format", Kind::Word(&["jwt", "opaque"])),
    member("access_token_alg", Kind::Word(ALGORITHMS)),
    member("access_token_seconds", Kind::Number),
    member("claims_in_id_token", Kind::Flag),
    member("token_exchange_audiences", Kind::Texts),
    member("token_exchange_impersonation", Kind::Flag),
    member("token_exchange_delegation", Kind::Flag),
    member("decided", Kind::Texts),
];

/// A person's members.
pub const PERSON: &[Member] = &[
    member("email", Kind::Text),
    member("email_verified", Kind::Flag),
    member("password", Kind::Secret),
    member("password_hash", Kind::Secret),
    member("locked", Kind::Flag),
    member("roles", Kind::Texts),
    member("groups", Kind::Texts),
    member("name", Kind::Text),
    member("given_name", Kind::Text),
    member("family_name", Kind::Text),
    member("middle_name", Kind::Text),
    member("nickname", Kind::Text),
    member("preferred_username", Kind::Text),
    member("profile", Kind::Text),
    member("picture", Kind::Text),
    member("website", Kind::Text),
    member("gender", Kind::Text),
    member("birthdate", Kind::Text),
    member("zoneinfo", Kind::Text),
    member("locale", Kind::Text),
    member("phone_number", Kind::Text),
    member("phone_number_verified", Kind::Flag),
    member("address", Kind::Table(ADDRESS)),
    member("sub", Kind::ServersOwn),
    member("updated_at", Kind::ServersOwn),
];

const ADDRESS: &[Member] = &[
    member("formatted", Kind::Text),
    member("street_address", Kind::Text),
    member("locality", Kind::Text),
    member("region", Kind::Text),
    member("postal_code", Kind::Text),
    member("country", Kind::Text),
];

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::model::account::{Address, StandardClaims};
    use crate::model::client::ClientMetadata;

    fn names(members: &[Member]) -> Vec<&str> {
        let mut names: Vec<_> = members.iter().map(|member| member.name).collect();
        names.sort_unstable();
        names
    }

    fn keys(value: &Value) -> Vec<&str> {
        let mut keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        keys
    }

    fn text() -> String {
        "x".to_owned()
    }

    #[test]
    fn a_clients_members_are_those_of_the_record() {
        let value = serde_json::to_value(ClientMetadata::full()).unwrap();
        let besides = ["client_id", "client_id_issued_at", "client_secret", "client_secret_expires_at"];
        let known: Vec<_> = names(CLIENT).into_iter().filter(|name| !besides.contains(name)).collect();
        assert_eq!(known, keys(&value));
        assert_eq!(names(OWN), keys(&value["doorward"]));
    }

    #[test]
    fn a_persons_members_are_the_standard_claims() {
        let address = Address {
            formatted: Some(text()),
            street_address: Some(text()),
            locality: Some(text()),
            region: Some(text()),
            postal_code: Some(text()),
            country: Some(text()),
        };
        let full = StandardClaims {
            name: Some(text()),
            given_name: Some(text()),
            family_name: Some(text()),
            middle_name: Some(text()),
            nickname: Some(text()),
            preferred_username: Some(text()),
            profile: Some(text()),
            picture: Some(text()),
            website: Some(text()),
            gender: Some(text()),
            birthdate: Some(text()),
            zoneinfo: Some(text()),
            locale: Some(text()),
            phone_number: Some(text()),
            phone_number_verified: true,
            address: Some(address),
        };
        let value = serde_json::to_value(full).unwrap();
        let besides =
            ["email", "email_verified", "groups", "locked", "password", "password_hash", "roles", "sub", "updated_at"];
        let known: Vec<_> = names(PERSON).into_iter().filter(|name| !besides.contains(name)).collect();
        assert_eq!(known, keys(&value));
        assert_eq!(names(ADDRESS), keys(&value["address"]));
    }
}
