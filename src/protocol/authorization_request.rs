//! From parameters to an authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1), in two stages: first
//! who asks and where the answer may go, whose failures are shown here and never redirected (RFC 9700 §4.11.2); then
//! everything else, whose failures the client learns by redirect.
//!
//! Whether the person is signed in or has agreed is not looked at here.

use std::sync::Arc;

use url::Url;

use super::authorization_details::{self, DetailTypes};
use super::authorization_response::ReturnAddress;
use super::features::Features;
use super::id_token_hint::Hint;
use super::params::Parameters;
use super::reason::Reason;
use super::redirect_mismatch::RedirectMismatch;
use super::{claims_parameter, client_metadata, dpop, pkce, response_type, scope_policy};
use crate::base::Scope;
use crate::base::bounds::{
    ACR_VALUES_MAX, LOGIN_HINT_BYTES_MAX, NONCE_BYTES_MAX, RESOURCES_MAX, STATE_BYTES_MAX, UI_LOCALES_BYTES_MAX,
    URI_BYTES_MAX,
};
use crate::model::authorization_details::AuthorizationDetails;
use crate::model::authorization_request::{AuthorizationRequest, Prompts, ResponseMode, ResponseType};
use crate::model::claims_request::ClaimsRequest;
use crate::model::client::{Client, GrantType, Profile};

/// What has to be known besides the parameters.
#[derive(Debug, Clone)]
pub struct Context {
    /// What the signature of the request's `id_token_hint` said.
    pub hint: Hint,
    /// Whether people may sign up.
    pub sign_up_open: bool,
    /// What is on.
    pub features: Features,
    /// The types of authorization details there are.
    pub detail_types: Arc<DetailTypes>,
    /// How the request came.
    pub manner: Manner,
}

/// How a request came to us.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// From the client itself and not through a browser (RFC 9126).
    pub is_pushed: bool,
    /// Signed by the client (RFC 9101).
    pub is_signed: bool,
}

/// Why there is no authorization request, and who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Shown on a page of ours: client or redirect URI are not verified.
    Here {
        /// Why.
        reason: Reason,
        /// What differed, when the redirect URI did.
        mismatch: Option<RedirectMismatch>,
    },
    /// Sent to the client.
    Redirect {
        /// Why.
        reason: Reason,
        /// Where to.
        to: Box<ReturnAddress>,
    },
}

impl Refusal {
    /// Why.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Here { reason, .. } | Self::Redirect { reason, .. } => *reason,
        }
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self::Here { reason, mismatch: None }
    }
}

/// Reads an authorization request. `client` is what the store knows under the request's `client_id`.
pub fn parse(params: &Parameters, client: Option<&Client>, context: &Context) -> Result<AuthorizationRequest, Refusal> {
    let client = verify_client(params, client)?;
    let to = return_address(params, client, &context.features)?;
    parse_rest(params, client, context, &to).map_err(|reason| {
        if reason.may_redirect() { Refusal::Redirect { reason, to: Box::new(to) } } else { reason.into() }
    })
}

/// Reads what an authorization challenge request asks for (OAuth 2.0 for First-Party Applications §5.1): the answer goes
/// straight back to the authenticated client, so there is no redirect, and nothing about pages.
pub fn parse_challenge(params: &Parameters, client: &Client) -> Result<AuthorizationRequest, Reason> {
    if !client.metadata.doorward.first_party {
        return Err(Reason::ClientNotFirstParty);
    }
    if !client.may_use(GrantType::AuthorizationCode) {
        return Err(Reason::CodeFlowNotRegistered);
    }
    Ok(AuthorizationRequest {
        client_id: client.client_id.clone(),
        redirect_uri: String::new(),
        redirect_uri_was_sent: false,
        response_type: ResponseType::Code,
        response_mode: ResponseMode::Query,
        response_alg: None,
        scope: parse_scope(params, client)?,
        state: None,
        nonce: bounded(params, "nonce", NONCE_BYTES_MAX).map_err(|TooLong| Reason::NonceTooLong)?,
        code_challenge: pkce::parse_challenge(params, requires_pkce(client))?,
        prompt: Prompts::default(),
        max_age: None,
        login_hint: None,
        ui_locales: bounded(params, "ui_locales", UI_LOCALES_BYTES_MAX).unwrap_or_default(),
        hinted_subject: None,
        acr_values: parse_acr_values(params, client)?,
        claims: parse_claims(params, client)?,
        resources: parse_resources(params, client)?,
        trace: None,
        authorization_details: AuthorizationDetails::default(),
        idp_hint: None,
        pushed: None,
        dpop_jkt: parse_dpop_jkt(params)?,
    })
}

fn verify_client<'a>(params: &Parameters, client: Option<&'a Client>) -> Result<&'a Client, Reason> {
    let client_id = params.get("client_id").ok_or(Reason::ClientIdMissing)?;
    let client = client.filter(|client| client.client_id == client_id).ok_or(Reason::UnknownClient)?;
    if client.disabled_at.is_some() { Err(Reason::ClientDisabled) } else { Ok(client) }
}

fn return_address(params: &Parameters, client: &Client, features: &Features) -> Result<ReturnAddress, Refusal> {
    let redirect_uri = verify_redirect_uri(params, client)?;
    let state = params.get("state").map(str::to_owned);
    if state.as_ref().is_some_and(|state| state.len() > STATE_BYTES_MAX) {
        return Err(Reason::StateTooLong.into());
    }
    // An unknown mode is refused later; until then errors travel in the default one.
    let (response_mode, response_alg) = response_type::way_of_errors(params, client, features);
    let client_id = client.client_id.clone();
    Ok(ReturnAddress { client_id, redirect_uri, response_mode, response_alg, state, session_state: None })
}

fn verify_redirect_uri(params: &Parameters, client: &Client) -> Result<String, Refusal> {
    let registered = &client.metadata.redirect_uris;
    if client.keeps(Profile::Fapi2) {
        // FAPI 2.0 Security Profile §5.3.2.2: said in every request, and https but for an app on the person's machine.
        let sent = params.get("redirect_uri").ok_or(Reason::RedirectUriOmitted)?;
        if !sent.starts_with("https://") && !client.is_native() {
            return Err(Reason::RedirectUriNotHttps.into());
        }
    }
    // OpenID Connect Core §3.1.2.1: required, whatever RFC 6749 allows.
    if is_openid(params) && params.get("redirect_uri").is_none() {
        return Err(Reason::RedirectUriOmitted.into());
    }
    match (params.get("redirect_uri"), registered.as_slice()) {
        (Some(sent), _) if registered.iter().any(|uri| uri.matches(sent, client.is_native())) => Ok(sent.to_owned()),
        (Some(sent), _) => Err(Refusal::Here {
            reason: Reason::RedirectUriMismatch,
            mismatch: Some(RedirectMismatch::between(sent, registered)),
        }),
        // RFC 6749 §3.1.2.3: without a redirect URI only a sole registered one will do.
        (None, [sole]) => Ok(sole.as_str().to_owned()),
        (None, _) => Err(Reason::RedirectUriMissing.into()),
    }
}

fn is_openid(params: &Parameters) -> bool {
    words(params.get("scope")).any(|word| word == scope_policy::OPENID)
}

fn parse_rest(
    params: &Parameters,
    client: &Client,
    context: &Context,
    to: &ReturnAddress,
) -> Result<AuthorizationRequest, Reason> {
    let features = &context.features;
    refuse_unsupported(params)?;
    check_manner(client, context)?;
    // Before the person is asked for anything, as no token could be made in the end.
    if client_metadata::signatures_off(&client.metadata, features).next().is_some() {
        return Err(Reason::SigningAlgorithmOff);
    }
    let response_type = response_type::parse(params, client, features)?;
    let (response_mode, response_alg) = response_type::parse_mode(params, response_type, client, features)?;
    let code_challenge = pkce::parse_challenge(params, response_type.has_code() && requires_pkce(client))?;
    let claims = parse_claims(params, client)?;
    Ok(AuthorizationRequest {
        client_id: client.client_id.clone(),
        redirect_uri: to.redirect_uri.clone(),
        redirect_uri_was_sent: params.get("redirect_uri").is_some(),
        response_type,
        response_mode,
        response_alg,
        scope: parse_scope_for(params, client, response_type)?,
        state: to.state.clone(),
        nonce: parse_nonce(params, response_type)?,
        code_challenge,
        prompt: parse_prompt(params, context.sign_up_open)?,
        max_age: parse_max_age(params)?.or(client.metadata.default_max_age),
        // Wishes about the pages are never an error.
        login_hint: bounded(params, "login_hint", LOGIN_HINT_BYTES_MAX).unwrap_or_default(),
        ui_locales: bounded(params, "ui_locales", UI_LOCALES_BYTES_MAX).unwrap_or_default(),
        hinted_subject: hinted_subject(params, client, context, &claims)?,
        acr_values: parse_acr_values(params, client)?,
        claims,
        resources: parse_resources(params, client)?,
        dpop_jkt: parse_dpop_jkt(params)?,
        trace: None,
        authorization_details: authorization_details::parse(params, client, &context.detail_types)?,
        idp_hint: params.get("idp_hint").map(str::to_owned),
        pushed: None,
    })
}

fn requires_pkce(client: &Client) -> bool {
    // FAPI 2.0 Security Profile §5.3.2.2: every request of the profile has a challenge.
    client.metadata.doorward.require_pkce || !client.is_confidential() || client.keeps(Profile::Fapi2)
}

/// Whether the request came the way it must.
fn check_manner(client: &Client, context: &Context) -> Result<(), Reason> {
    let Context { features, manner, .. } = context;
    // RFC 9126 §5, §6, FAPI 2.0 Security Profile §5.3.2.2
    let must_push = features.require_pushed_requests
        || client.metadata.require_pushed_authorization_requests
        || client.keeps(Profile::Fapi2);
    if must_push && !manner.is_pushed {
        return Err(Reason::PushNeeded);
    }
    // RFC 9101 §10.5
    if client.metadata.require_signed_request_object && !manner.is_signed {
        return Err(Reason::RequestObjectNeeded);
    }
    Ok(())
}

// OpenID Connect Core §3.2.2.1, §3.3.2.1: what comes through the browser is tied to the request by its nonce.
fn parse_nonce(params: &Parameters, response_type: ResponseType) -> Result<Option<String>, Reason> {
    let nonce = bounded(params, "nonce", NONCE_BYTES_MAX).map_err(|TooLong| Reason::NonceTooLong)?;
    if nonce.is_none() && response_type.has_id_token() { Err(Reason::NonceMissing) } else { Ok(nonce) }
}

fn parse_scope_for(params: &Parameters, client: &Client, response_type: ResponseType) -> Result<Scope, Reason> {
    let scope = parse_scope(params, client)?;
    let is_fit = !response_type.has_id_token() || scope.contains(scope_policy::OPENID);
    if is_fit { Ok(scope) } else { Err(Reason::OpenidMissing) }
}

// RFC 9449 §10: the thumbprint of the key that the code is to be redeemed with.
fn parse_dpop_jkt(params: &Parameters) -> Result<Option<String>, Reason> {
    let jkt = params.get("dpop_jkt").map(str::to_owned);
    if jkt.as_deref().is_none_or(dpop::is_thumbprint) { Ok(jkt) } else { Err(Reason::DpopJktMalformed) }
}

// OpenID Connect Core §3.1.2.6: these change what is asked for, so ignoring them would answer another question.
fn refuse_unsupported(params: &Parameters) -> Result<(), Reason> {
    for (name, reason) in [
        ("request", Reason::RequestObjectUnsupported),
        ("request_uri", Reason::RequestUriUnsupported),
        ("registration", Reason::RegistrationUnsupported),
    ] {
        if params.get(name).is_some() {
            return Err(reason);
        }
    }
    Ok(())
}

fn parse_scope(params: &Parameters, client: &Client) -> Result<Scope, Reason> {
    // RFC 6749 §3.3: a request without scope gets the default, which is none.
    let Some(text) = params.get("scope") else { return Ok(Scope::empty()) };
    let requested = Scope::parse(text).map_err(|_| Reason::ScopeMalformed)?;
    let permitted = scope_policy::permitted(&requested, client);
    if permitted.is_empty() && !requested.is_empty() { Err(Reason::ScopeNotAllowed) } else { Ok(permitted) }
}

fn parse_prompt(params: &Parameters, sign_up_open: bool) -> Result<Prompts, Reason> {
    let mut prompt = Prompts::default();
    for value in words(params.get("prompt")) {
        match value {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            "create" => prompt.create = true,
            _ => return Err(Reason::PromptUnknown),
        }
    }
    // OpenID Connect Core §3.1.2.1: none beside anything else is an error.
    if prompt.none && (prompt.login || prompt.consent || prompt.select_account || prompt.create) {
        return Err(Reason::PromptContradictory);
    }
    if prompt.create && !sign_up_open { Err(Reason::SignUpClosed) } else { Ok(prompt) }
}

fn parse_max_age(params: &Parameters) -> Result<Option<i64>, Reason> {
    let Some(text) = params.get("max_age") else { return Ok(None) };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Reason::MaxAgeMalformed);
    }
    text.parse().map(Some).map_err(|_| Reason::MaxAgeMalformed)
}

fn parse_claims(params: &Parameters, client: &Client) -> Result<ClaimsRequest, Reason> {
    let claims = params.get("claims").map(claims_parameter::parse).transpose()?.unwrap_or_default();
    Ok(scope_policy::permitted_claims(claims, client))
}

fn parse_acr_values(params: &Parameters, client: &Client) -> Result<Vec<String>, Reason> {
    let Some(text) = params.get("acr_values") else { return Ok(client.metadata.default_acr_values.clone()) };
    let values: Vec<String> = words(Some(text)).map(str::to_owned).collect();
    if values.len() > ACR_VALUES_MAX { Err(Reason::AcrValuesTooMany) } else { Ok(values) }
}

/// The one person the request is about, if it says so (OpenID Connect Core §3.1.2.1 and §5.5.1).
fn hinted_subject(
    params: &Parameters,
    client: &Client,
    context: &Context,
    claims: &ClaimsRequest,
) -> Result<Option<String>, Reason> {
    let by_hint = match (params.get("id_token_hint"), &context.hint) {
        (None, _) => None,
        (Some(_), Hint::Genuine(hint)) if hint.audience == client.client_id => Some(hint.subject.as_str()),
        (Some(_), _) => return Err(Reason::IdTokenHintInvalid),
    };
    let sub = claims.id_token.get("sub").and_then(Option::as_ref).and_then(|claim| claim.value.as_ref());
    let by_claim = sub.map(|value| value.as_str().ok_or(Reason::ClaimsMalformed)).transpose()?;
    match (by_hint, by_claim) {
        (Some(one), Some(other)) if one != other => Err(Reason::SubjectContradictory),
        (subject, other) => Ok(subject.or(other).map(str::to_owned)),
    }
}

/// The `resource` parameters, each registered for the client (RFC 8707 §2).
pub(super) fn parse_resources(params: &Parameters, client: &Client) -> Result<Vec<String>, Reason> {
    let mut resources: Vec<String> = Vec::new();
    for resource in params.all("resource") {
        // RFC 8707 §2: an absolute URI without a fragment.
        if resource.len() > URI_BYTES_MAX || resource.contains('#') || Url::parse(resource).is_err() {
            return Err(Reason::ResourceMalformed);
        }
        if resources.len() == RESOURCES_MAX || !client.metadata.doorward.resources.iter().any(|own| own == resource) {
            return Err(Reason::ResourceNotAllowed);
        }
        if !resources.iter().any(|known| known == resource) {
            resources.push(resource.to_owned());
        }
    }
    // Model Context Protocol, Authorization: the client always says what the token is for.
    if resources.is_empty() && client.keeps(Profile::Mcp) {
        return Err(Reason::ResourceMissing);
    }
    Ok(resources)
}

struct TooLong;

fn bounded(params: &Parameters, name: &str, bytes_max: usize) -> Result<Option<String>, TooLong> {
    match params.get(name) {
        Some(value) if value.len() > bytes_max => Err(TooLong),
        value => Ok(value.map(str::to_owned)),
    }
}

fn words(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.into_iter().flat_map(|text| text.split(' ')).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests;
