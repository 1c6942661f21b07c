//! `/token`: a code becomes an access token and an ID token. RFC 6749 §4.1.3, §5.2; RFC 7636 §4.6.

use poem::Response;
use poem::http::StatusCode;
use serde_json::{Value, json};

use super::{CLIENTS, Given, Google, Quirk, claims};
use crate::base::bounds::IMITATION_TOKEN_SECONDS;
use crate::dev::imitation::clients::authenticated;
use crate::dev::imitation::secret;
use crate::dev::imitation::switches::Switches;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::Failure;
use crate::endpoint::reply::{self, Reply};
use crate::protocol::{Parameters, pkce};

/// Why there are no tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenRefused {
    FormMalformed,
    ClientUnknown,
    GrantTypeUnsupported,
    CodeUnknown,
    RedirectUriDiffers,
    VerifierWrong,
}

impl TokenRefused {
    const fn told(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::FormMalformed => (StatusCode::BAD_REQUEST, "invalid_request", "The form cannot be read."),
            Self::ClientUnknown => (StatusCode::UNAUTHORIZED, "invalid_client", "Unauthorized"),
            Self::GrantTypeUnsupported => {
                (StatusCode::BAD_REQUEST, "unsupported_grant_type", "Only authorization_code is imitated.")
            }
            Self::CodeUnknown => (StatusCode::BAD_REQUEST, "invalid_grant", "Malformed auth code."),
            Self::RedirectUriDiffers => (StatusCode::BAD_REQUEST, "redirect_uri_mismatch", "Bad Request"),
            Self::VerifierWrong => (StatusCode::BAD_REQUEST, "invalid_grant", "Invalid code verifier."),
        }
    }

    fn answer(self) -> Reply {
        let (status, error, description) = self.told();
        reply::json(status, &json!({ "error": error, "error_description": description }))
    }
}

/// The tokens, or why there are none.
pub(in crate::dev::imitation) async fn post(exchange: &Exchange) -> Reply {
    let google = Google::of(exchange)?;
    let switches = match google.board.admit().await {
        Ok(switches) => switches,
        Err(down) => return Ok(down.into()),
    };
    match redeem(exchange, google) {
        Ok(given) => tokens(exchange, google, &given, &switches).await,
        Err(refused) => refused.answer(),
    }
}

fn redeem(exchange: &Exchange, google: &Google) -> Result<Given, TokenRefused> {
    let form = exchange.form_parameters().map_err(|_| TokenRefused::FormMalformed)?;
    let client = authenticated(exchange, &form, &CLIENTS).ok_or(TokenRefused::ClientUnknown)?;
    if form.get("grant_type") != Some("authorization_code") {
        return Err(TokenRefused::GrantTypeUnsupported);
    }
    // RFC 6749 §4.1.2: once, even for whoever may not have it.
    let given = google.codes.take(form.get("code").unwrap_or_default(), exchange.now);
    let given = given.filter(|given| given.client == client).ok_or(TokenRefused::CodeUnknown)?;
    check(&given, &form).map(|()| given)
}

fn check(given: &Given, form: &Parameters) -> Result<(), TokenRefused> {
    if form.get("redirect_uri") != Some(&given.redirect_uri) {
        return Err(TokenRefused::RedirectUriDiffers);
    }
    pkce::verify(given.challenge.as_deref(), form.get("code_verifier")).map_err(|_| TokenRefused::VerifierWrong)
}

async fn tokens(
    exchange: &Exchange,
    google: &Google,
    given: &Given,
    switches: &Switches<Quirk>,
) -> Result<Response, Failure> {
    let access_token = secret("ya29.", &mut exchange.draw()?);
    let claims = claims::id_token(&exchange.context.issuer, given, &access_token, switches, exchange.now);
    let id_token = google.keys.sign(exchange, &claims).await?;
    google.tokens.put(&access_token, given.granted.clone(), exchange.now);
    let document: Value = json!({
        "access_token": access_token,
        "expires_in": IMITATION_TOKEN_SECONDS - 1,
        "scope": given.granted.scopes.join(" "),
        "token_type": "Bearer",
        "id_token": id_token,
    });
    reply::json(StatusCode::OK, &document)
}
