//! What scopes mean: which exist, which a client may have, which claims they carry (OpenID Connect Core §5.4) and
//! which of them a person has to agree to.

use crate::base::Scope;
use crate::model::claims_request::ClaimsRequest;
use crate::model::client::{Client, GrantType};

/// Makes an OAuth request an OpenID Connect one.
pub const OPENID: &str = "openid";
/// Asks for a refresh token (OpenID Connect Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// Tells what the person may do. Only for clients that are registered for it.
pub const ROLES: &str = "roles";
/// Tells what the person belongs to. Only for clients that are registered for it.
pub const GROUPS: &str = "groups";
/// Opens the administrators' interface to a first-party client whose person is an administrator. It brings no claim and
/// metadata does not list it.
pub const ADMIN: &str = "admin";

/// The scopes metadata lists. Clients may be registered for others of their own.
pub const SUPPORTED: [&str; 8] = [OPENID, "profile", "email", "address", "phone", OFFLINE_ACCESS, ROLES, GROUPS];

// OpenID Connect Core §5.4
const PROFILE_CLAIMS: [&str; 14] = [
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
];

/// The claims that `scope_token` gives access to.
pub fn claims_of(scope_token: &str) -> &'static [&'static str] {
    match scope_token {
        OPENID => &["sub"],
        "profile" => &PROFILE_CLAIMS,
        "email" => &["email", "email_verified"],
        "address" => &["address"],
        "phone" => &["phone_number", "phone_number_verified"],
        ROLES => &["roles"],
        GROUPS => &["groups"],
        _ => &[],
    }
}

/// The scope that would give access to `claim`, whatever its language tag (§5.2); `None` for claims about the sign-in
/// itself and for unknown ones.
pub fn scope_of_claim(claim: &str) -> Option<&'static str> {
    let name = claim.split_once('#').map_or(claim, |(name, _)| name);
    SUPPORTED.into_iter().filter(|scope| *scope != OPENID).find(|scope| claims_of(scope).contains(&name))
}

/// Every claim a person's scopes can bring, in the order of [`SUPPORTED`].
pub fn claims_supported() -> impl Iterator<Item = &'static str> {
    SUPPORTED.into_iter().flat_map(claims_of).copied()
}

/// What is left of `requested` for `client`: unknown scopes and those outside its registration are dropped (AUT-12,
/// AUT-13).
pub fn permitted(requested: &Scope, client: &Client) -> Scope {
    let scope = requested.intersection(&client.metadata.scope);
    // OpenID Connect Core §11: offline access is a refresh token, of no use to a client that may not redeem one.
    if client.may_use(GrantType::RefreshToken) { scope } else { scope.without(OFFLINE_ACCESS) }
}

/// What is left of a `claims` parameter: claims are not a way around the scopes a client is registered for.
pub fn permitted_claims(mut claims: ClaimsRequest, client: &Client) -> ClaimsRequest {
    let is_permitted = |claim: &str| scope_of_claim(claim).is_none_or(|scope| client.metadata.scope.contains(scope));
    claims.userinfo.retain(|claim, _| is_permitted(claim));
    claims.id_token.retain(|claim, _| is_permitted(claim));
    claims
}

/// What a person has to agree to: the scope, and the scopes behind claims asked for one by one.
pub fn to_agree(scope: &Scope, claims: &ClaimsRequest) -> Scope {
    let names = claims.userinfo.keys().chain(claims.id_token.keys());
    names.filter_map(|claim| scope_of_claim(claim)).fold(scope.clone(), |all, token| {
        if all.contains(token) { all } else { all.union(&Scope::parse(token).unwrap_or_default()) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::samples;

    fn scope(text: &str) -> Scope {
        Scope::parse(text).unwrap()
    }

    #[test]
    fn core_5_4_profile_has_fourteen_claims_and_every_claim_one_scope() {
        assert_eq!(claims_of("profile").len(), 14);
        for token in SUPPORTED.into_iter().filter(|token| *token != OPENID) {
            assert!(claims_of(token).iter().all(|claim| scope_of_claim(claim) == Some(token)), "{token}");
        }
        assert_eq!(scope_of_claim("family_name#ja-Kana-JP"), Some("profile"));
        assert_eq!(scope_of_claim("auth_time"), None);
        assert_eq!(scope_of_claim("sub"), None);
    }

    #[test]
    fn aut_12_aut_13_only_registered_scopes_are_left() {
        let mut client = samples::client();
        client.metadata.scope = scope("openid email offline_access");
        assert_eq!(permitted(&scope("admin email profile openid"), &client), scope("email openid"));
    }

    #[test]
    fn api_10_roles_and_groups_are_for_clients_that_are_registered_for_them() {
        let mut client = samples::client();
        let asked = scope("openid roles groups");
        client.metadata.scope = crate::model::client::ClientMetadata::default().scope;
        assert_eq!(permitted(&asked, &client), scope("openid"));
        client.metadata.scope = scope("openid roles");
        assert_eq!(permitted(&asked, &client), scope("openid roles"));
    }

    #[test]
    fn rfc7591_2_without_the_refresh_grant_offline_access_is_dropped() {
        let mut client = samples::client();
        assert!(permitted(&scope("openid offline_access"), &client).contains(OFFLINE_ACCESS));
        client.metadata.grant_types = vec![GrantType::AuthorizationCode];
        assert_eq!(permitted(&scope("openid offline_access"), &client), scope("openid"));
    }

    #[test]
    fn aut_13_the_claims_parameter_is_no_way_around_scopes() {
        let mut client = samples::client();
        client.metadata.scope = scope("openid email");
        let mut claims = ClaimsRequest::default();
        for claim in ["email", "name", "name#de", "auth_time", "unheard_of"] {
            claims.userinfo.insert(claim.to_owned(), None);
            claims.id_token.insert(claim.to_owned(), None);
        }
        let left = permitted_claims(claims, &client);
        assert_eq!(left.userinfo.keys().collect::<Vec<_>>(), ["auth_time", "email", "unheard_of"]);
        assert_eq!(left.id_token.keys().collect::<Vec<_>>(), ["auth_time", "email", "unheard_of"]);
        assert_eq!(to_agree(&scope("openid"), &left), scope("openid email"));
    }
}
