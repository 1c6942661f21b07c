//! The relying party proper: discovery, authorization request, code, ID token, userinfo, refresh, logout. OpenID Connect
//! Core §3.1, §5.3 and §12, RFC 7636, RP-Initiated Logout §2; the protocol is the library's, the choices are ours.
//!
//! The provider's metadata and keys are fetched for each step anew, so that a rotated key is never missed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreGenderClaim, CoreIdToken, CoreIdTokenClaims, CoreTokenResponse,
    CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EmptyAdditionalClaims, EndSessionUrl,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, JsonWebKey as _, LogoutRequest, Nonce, NonceVerifier,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadataWithLogout,
    RedirectUrl, Scope, TokenResponse as _,
};
use serde_json::{Map, Value};
use url::Url;

use super::refusal::{FlowRefused, causes};
use super::visits::{Pending, SignedIn};
use crate::base::{Draw, Issuer, Timestamp};
use crate::dev::http::Http;
use crate::dev::registered::{CALLBACK_PATH, DEMO_APP, SIGNED_OUT_PATH};
use crate::pages::DevNamedValue;

/// Everything there is, so that everything can be seen.
const SCOPES: [&str; 5] = ["profile", "email", "address", "phone", "offline_access"];
/// How much the provider's clock may be ahead of ours.
const LEEWAY_SECONDS: i64 = 60;

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// The provider as it described itself a moment ago.
pub(super) struct Provider {
    client: Client,
    end_session_endpoint: Option<EndSessionUrl>,
    signed_out_uri: PostLogoutRedirectUrl,
}

impl Provider {
    /// Fetches metadata and keys (OpenID Connect Discovery §4).
    pub(super) async fn discover(http: &Http, issuer: &Issuer) -> Result<Self, FlowRefused> {
        let own = |path: &str| issuer.at(path);
        let issuer_url = IssuerUrl::new(issuer.to_string()).map_err(FlowRefused::broken)?;
        let metadata = ProviderMetadataWithLogout::discover_async(issuer_url, http).await?;
        let end_session_endpoint = metadata.additional_metadata().end_session_endpoint.clone();
        let secret = DEMO_APP.secret.map(|secret| ClientSecret::new(secret.to_owned()));
        let client = CoreClient::from_provider_metadata(metadata, ClientId::new(DEMO_APP.client_id.to_owned()), secret)
            .set_redirect_uri(RedirectUrl::new(own(CALLBACK_PATH)).map_err(FlowRefused::broken)?);
        let signed_out_uri = PostLogoutRedirectUrl::new(own(SIGNED_OUT_PATH)).map_err(FlowRefused::broken)?;
        Ok(Self { client, end_session_endpoint, signed_out_uri })
    }

    /// An authorization request, and what must be known when its answer comes.
    pub(super) fn begin(&self, draw: &mut Draw, now: Timestamp) -> (Url, Pending) {
        let [state, nonce, verifier] = [random(draw), random(draw), random(draw)];
        let verifier = PkceCodeVerifier::new(verifier);
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let (address, state, nonce) = self
            .client
            .authorize_url(flow, move || CsrfToken::new(state), move || Nonce::new(nonce))
            .add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge)
            .url();
        (address, Pending { state: state.into_secret(), nonce, verifier, begun_at: now })
    }

    /// Redeems a code and verifies what comes for it.
    pub(super) async fn redeem(
        &self,
        http: &Http,
        code: &str,
        pending: Pending,
        now: Timestamp,
    ) -> Result<SignedIn, FlowRefused> {
        let request =
            self.client.exchange_code(AuthorizationCode::new(code.to_owned())).map_err(FlowRefused::broken)?;
        let answer = request.set_pkce_verifier(pending.verifier).request_async(http).await?;
        let id_token = answer.id_token().ok_or_else(|| FlowRefused::unverified("there is no ID token"))?;
        let verified = self.verify(id_token, &answer, &pending.nonce, now)?;
        let mut checks = vec![
            "state: the answer belongs to this browser".to_owned(),
            "iss of the answer is the issuer (RFC 9207)".to_owned(),
            "code redeemed with the PKCE verifier (S256) and the client secret".to_owned(),
        ];
        checks.extend(verified.checks);
        checks.push("nonce is the one of this sign-in".to_owned());
        Ok(SignedIn {
            id_token: id_token.clone(),
            id_token_expires_at: verified.expires_at,
            id_token_claims: shown_payload(id_token)?,
            subject: verified.claims.subject().clone(),
            auth_time: verified.claims.auth_time().map(|moment| moment.timestamp()),
            checks,
            access_token: answer.access_token().clone(),
            access_token_expires_at: expiry(&answer, now),
            refresh_token: answer.refresh_token().cloned(),
            userinfo: None,
            refreshes: 0,
        })
    }

    /// Redeems the refresh token and verifies what comes for it.
    pub(super) async fn refresh(&self, http: &Http, known: SignedIn, now: Timestamp) -> Result<SignedIn, FlowRefused> {
        let Some(refresh_token) = &known.refresh_token else {
            return Err(FlowRefused::unverified("the provider gave no refresh token"));
        };
        let request = self.client.exchange_refresh_token(refresh_token).map_err(FlowRefused::broken)?;
        let answer = request.request_async(http).await?;
        let mut renewed = known.clone();
        renewed.access_token = answer.access_token().clone();
        renewed.access_token_expires_at = expiry(&answer, now);
        // RFC 6749 §6: without a new one the old refresh token goes on.
        renewed.refresh_token = answer.refresh_token().cloned().or(known.refresh_token);
        renewed.refreshes += 1;
        if let Some(id_token) = answer.id_token() {
            let verified = self.verify(id_token, &answer, |_: Option<&Nonce>| Ok(()), now)?;
            // OpenID Connect Core §12.2: still the same person, who signed in at the same time.
            if *verified.claims.subject() != known.subject {
                return Err(FlowRefused::unverified("sub of the refreshed ID token is another one"));
            }
            if verified.claims.auth_time().map(|moment| moment.timestamp()) != known.auth_time {
                return Err(FlowRefused::unverified("auth_time of the refreshed ID token is another one"));
            }
            renewed.id_token = id_token.clone();
            renewed.id_token_expires_at = verified.expires_at;
            renewed.id_token_claims = shown_payload(id_token)?;
            renewed.checks = vec!["refresh token redeemed with the client secret".to_owned()];
            renewed.checks.extend(verified.checks);
            renewed.checks.push("sub and auth_time are those of the first ID token".to_owned());
        }
        Ok(renewed)
    }

    /// Asks userinfo; its `sub` must be the ID token's (OpenID Connect Core §5.3.2).
    pub(super) async fn userinfo(&self, http: &Http, known: &SignedIn) -> Result<Vec<DevNamedValue>, FlowRefused> {
        let subject = Some(known.subject.clone());
        let request = self.client.user_info(known.access_token.clone(), subject).map_err(FlowRefused::broken)?;
        let claims: CoreUserInfoClaims =
            request.request_async::<EmptyAdditionalClaims, _, CoreGenderClaim>(http).await?;
        let claims = serde_json::to_value(claims).map_err(FlowRefused::broken)?;
        Ok(claims.as_object().map(shown).unwrap_or_default())
    }

    /// Where the browser goes to sign out there too, and the `state` it comes back with.
    pub(super) fn end_session(&self, known: &SignedIn, draw: &mut Draw) -> Result<(Url, String), FlowRefused> {
        let endpoint = self.end_session_endpoint.clone();
        let endpoint = endpoint.ok_or_else(|| FlowRefused::unverified("the provider names no end_session_endpoint"))?;
        let state = random(draw);
        let request = LogoutRequest::from(endpoint)
            .set_id_token_hint(&known.id_token)
            .set_client_id(self.client.client_id().clone())
            .set_post_logout_redirect_uri(self.signed_out_uri.clone())
            .set_state(CsrfToken::new(state.clone()));
        Ok((request.http_get_url(), state))
    }

    fn verify<'t>(
        &self,
        id_token: &'t CoreIdToken,
        answer: &CoreTokenResponse,
        nonce: impl NonceVerifier,
        now: Timestamp,
    ) -> Result<Verified<'t>, FlowRefused> {
        let unverified = |error: &dyn std::error::Error| FlowRefused::unverified(causes(error));
        let moment = system_time(now);
        let verifier = self
            .client
            .id_token_verifier()
            .set_time_fn(move || moment.into())
            .set_issue_time_verifier_fn(move |issued_at| issued_in_time(issued_at.timestamp(), now));
        let claims = id_token.claims(&verifier, nonce).map_err(|error| unverified(&error))?;
        let key = id_token.signing_key(&verifier).map_err(|error| unverified(&error))?;
        let alg = id_token.signing_alg().map_err(|error| unverified(&error))?;
        let hash = AccessTokenHash::from_token(answer.access_token(), alg, key).map_err(|error| unverified(&error))?;
        // OpenID Connect Core §3.1.3.8: the access token is the one that the ID token was issued with.
        if claims.access_token_hash() != Some(&hash) {
            return Err(FlowRefused::unverified("at_hash is not the hash of the access token"));
        }
        let alg = serde_json::to_value(alg).map_err(FlowRefused::broken)?;
        let kid = key.key_id().map_or("without kid", |kid| kid.as_str());
        let checks = vec![
            format!("signature ({}) by the published key {kid}", as_text(&alg)),
            "iss is the issuer, aud is this client".to_owned(),
            "exp is ahead, iat is not".to_owned(),
            "at_hash is the hash of the access token".to_owned(),
        ];
        Ok(Verified { claims, expires_at: Timestamp::from_seconds(claims.expiration().timestamp()), checks })
    }
}

struct Verified<'t> {
    claims: &'t CoreIdTokenClaims,
    expires_at: Timestamp,
    checks: Vec<String>,
}

fn random(draw: &mut Draw) -> String {
    URL_SAFE_NO_PAD.encode(draw.bytes::<32>())
}

fn expiry(answer: &CoreTokenResponse, now: Timestamp) -> Option<Timestamp> {
    let seconds = i64::try_from(answer.expires_in()?.as_secs()).ok()?;
    Some(now.plus_seconds(seconds))
}

fn system_time(now: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(u64::try_from(now.micros()).unwrap_or(0))
}

fn issued_in_time(issued_at: i64, now: Timestamp) -> Result<(), String> {
    if issued_at <= now.seconds() + LEEWAY_SECONDS { Ok(()) } else { Err(format!("iat {issued_at} is ahead")) }
}

/// The claims of a token that was verified, as they stand in it.
fn shown_payload(id_token: &CoreIdToken) -> Result<Vec<DevNamedValue>, FlowRefused> {
    let compact = id_token.to_string();
    let payload = compact.split('.').nth(1).unwrap_or_default();
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(FlowRefused::unverified)?;
    let claims: Map<String, Value> = serde_json::from_slice(&payload).map_err(FlowRefused::unverified)?;
    Ok(shown(&claims))
}

fn shown(claims: &Map<String, Value>) -> Vec<DevNamedValue> {
    claims.iter().map(|(name, value)| DevNamedValue { name: name.clone(), value: as_text(value) }).collect()
}

/// Text as it is, anything else as JSON.
fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
