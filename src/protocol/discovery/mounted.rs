//! What the server offers, as the program that mounts it says.

use crate::base::Issuer;
use crate::model::key::SigningAlgorithm;
use crate::protocol::features::Features;

/// What the server offers: paths at the issuer, algorithms, settings.
#[derive(Debug, Clone, Copy)]
pub struct Mounted<'a> {
    /// The issuer.
    pub issuer: &'a Issuer,
    /// What is on.
    pub features: &'a Features,
    /// Where the endpoints are.
    pub paths: Paths<'a>,
    /// The algorithms there are keys for, the default first.
    pub signing_algorithms: &'a [SigningAlgorithm],
    /// The types of authorization details, by name.
    pub authorization_details_types: &'a [&'a str],
    /// The languages of the pages, as BCP 47 tags in canonical case.
    pub ui_locales: &'a [&'a str],
    /// Whether people may sign up.
    pub sign_up_open: bool,
    /// The operator's privacy policy.
    pub policy_uri: Option<&'a str>,
    /// The operator's terms of service.
    pub tos_uri: Option<&'a str>,
}

/// The paths of the endpoints, each beginning with a slash; `None` is not mounted.
#[derive(Debug, Clone, Copy)]
pub struct Paths<'a> {
    /// RFC 6749 §3.1.
    pub authorization: &'a str,
    /// OAuth 2.0 for First-Party Applications §5.
    pub challenge: Option<&'a str>,
    /// RFC 9126 §5.
    pub pushed_authorization_request: Option<&'a str>,
    /// RFC 6749 §3.2.
    pub token: &'a str,
    /// RFC 7517.
    pub jwks: &'a str,
    /// OpenID Connect Core §5.3.
    pub userinfo: Option<&'a str>,
    /// RFC 7009.
    pub revocation: Option<&'a str>,
    /// RFC 7662.
    pub introspection: Option<&'a str>,
    /// RP-Initiated Logout §2.
    pub end_session: Option<&'a str>,
    /// Session Management §3.3.
    pub check_session: Option<&'a str>,
    /// RFC 7591 §3.
    pub registration: Option<&'a str>,
    /// RFC 8628 §3.1.
    pub device_authorization: Option<&'a str>,
    /// CIBA Core §7.
    pub backchannel_authentication: Option<&'a str>,
}
