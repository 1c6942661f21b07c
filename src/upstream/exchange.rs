//! Codes for tokens, at every kind of provider.
//!
//! RFC 6749 §4.1.3, §5, RFC 7636 §4.5.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::http::StatusCode;
use oauth2::{
    AsyncHttpClient, AuthType, AuthorizationCode, Client, ClientId, ClientSecret, ExtraTokenFields, HttpRequest,
    HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, StandardRevocableToken,
    StandardTokenResponse, TokenResponse as _, TokenUrl,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::connector::{Arrival, Pending};
use super::http::{malformed, misconfigured};
use super::line::Line;
use super::{Provider, UpstreamFailure};
use crate::base::bounds::UPSTREAM_ERROR_CODE_CHARS_MAX;
use crate::base::{Draw, Sensitive};
use crate::model::upstream::UpstreamTokens;

/// What is found beside the tokens of OAuth.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Beside {
    #[serde(default, skip_serializing)]
    id_token: Option<String>,
}

// The ID token names the person.
impl fmt::Debug for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl ExtraTokenFields for Beside {}

type Tokens = StandardTokenResponse<Beside, BasicTokenType>;
type CodeClient = Client<
    BasicErrorResponse,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
>;

/// What a code was good for.
pub(super) struct Exchanged {
    pub(super) tokens: UpstreamTokens,
    pub(super) id_token: Option<Sensitive<String>>,
    /// The scopes the provider says it granted.
    pub(super) scopes: Vec<String>,
}

/// A fresh secret of 256 bits: a PKCE verifier or a nonce (RFC 7636 §4.1).
pub(super) fn secret(draw: &mut Draw) -> Sensitive<String> {
    use base64::Engine as _;
    let bytes = Sensitive::new(draw.bytes::<32>());
    Sensitive::new(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes.expose()))
}

/// The S256 challenge of a verifier (RFC 7636 §4.2).
pub(super) fn challenge(verifier: &Sensitive<String>) -> String {
    let verifier = PkceCodeVerifier::new(verifier.expose().clone());
    PkceCodeChallenge::from_code_verifier_sha256(&verifier).as_str().to_owned()
}

/// What asks a token endpoint for tokens: where it is, and how we say who we are. `oauth2` builds the request and sends it
/// through this, so that it goes over the provider's line like every other call.
pub(super) struct TokenRequest<'a> {
    pub(super) line: Line<'a>,
    pub(super) provider: &'a Provider,
    pub(super) address: &'a str,
    pub(super) auth_type: AuthType,
}

impl TokenRequest<'_> {
    /// Exchanges the code that came back.
    pub(super) async fn exchange(
        &self,
        arrival: &Arrival<'_>,
        pending: &Pending,
    ) -> Result<Exchanged, UpstreamFailure> {
        let address = TokenUrl::new(self.address.to_owned()).map_err(|_| misconfigured("an address is not a URL"))?;
        let redirect_uri = RedirectUrl::new(arrival.redirect_uri.to_owned())
            .map_err(|_| misconfigured("the redirect URI is not a URL"))?;
        let client = CodeClient::new(ClientId::new(self.provider.client_id.clone()))
            .set_client_secret(ClientSecret::new(self.provider.client_secret.expose().clone()))
            .set_auth_type(self.auth_type.clone())
            .set_token_uri(address)
            .set_redirect_uri(redirect_uri);
        let exchanged = client
            .exchange_code(AuthorizationCode::new(arrival.code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.expose().clone()))
            .request_async(self)
            .await;
        read(&exchanged.map_err(failure)?)
    }

    async fn answered(&self, request: HttpRequest) -> Result<HttpResponse, UpstreamFailure> {
        let answer = self.line.call(request).await?.in_order()?;
        if !answer.is_json() {
            return Err(malformed("the tokens: not JSON by its type"));
        }
        let mut response = HttpResponse::new(answer.body);
        // 1.5: GitHub's errors come with status 200.
        let is_error = answer.status != 200 || is_error(response.body());
        *response.status_mut() = if is_error { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        Ok(response)
    }
}

impl<'c> AsyncHttpClient<'c> for TokenRequest<'_> {
    type Error = UpstreamFailure;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, UpstreamFailure>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.answered(request))
    }
}

fn is_error(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|body| body.get("error").is_some_and(|error| !error.is_null()))
}

fn read(tokens: &Tokens) -> Result<Exchanged, UpstreamFailure> {
    if *tokens.token_type() != BasicTokenType::Bearer {
        return Err(malformed("the tokens: not of the type bearer"));
    }
    // 1.5: GitHub separates scopes by commas.
    let scopes = tokens.scopes().into_iter().flatten().flat_map(|scope| scope.split(',')).filter(|one| !one.is_empty());
    Ok(Exchanged {
        scopes: scopes.map(str::to_owned).collect(),
        id_token: tokens.extra_fields().id_token.clone().map(Sensitive::new),
        tokens: UpstreamTokens {
            access_token: Sensitive::new(tokens.access_token().secret().clone()),
            refresh_token: tokens.refresh_token().map(|token| Sensitive::new(token.secret().clone())),
        },
    })
}

fn failure(error: RequestTokenError<UpstreamFailure, BasicErrorResponse>) -> UpstreamFailure {
    match error {
        RequestTokenError::Request(failure) => failure,
        RequestTokenError::ServerResponse(refusal) => UpstreamFailure::Refused { code: code(refusal.error()) },
        // What it quotes are the provider's words.
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => malformed("the tokens: not the JSON expected"),
    }
}

// 3.13: nothing of an error is kept but its code, and of that only what a code consists of.
fn code(error: &BasicErrorResponseType) -> String {
    let code = error.as_ref();
    let is_code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_kept = (1..=UPSTREAM_ERROR_CODE_CHARS_MAX).contains(&code.len()) && code.chars().all(is_code);
    if is_kept { code.to_owned() } else { "unreadable".to_owned() }
}
