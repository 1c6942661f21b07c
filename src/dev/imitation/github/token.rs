//! `/login/oauth/access_token`: a code becomes an access token. The answer is a form unless JSON is asked for, and its
//! status is 200 even when it is an error. Federation 1.4, 1.5.

use poem::Response;
use poem::http::{HeaderValue, StatusCode, header};

use super::{CLIENTS, GitHub, Granted};
use crate::dev::imitation::clients::authenticated;
use crate::dev::imitation::secret;
use crate::dev::inbox::wants_json;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::reply::{self, Reply};
use crate::protocol::pkce;

/// Why there is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenRefused {
    CredentialsWrong,
    CodeUnknown,
    RedirectUriDiffers,
    VerifierWrong,
}

impl TokenRefused {
    const fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::CredentialsWrong => {
                ("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.")
            }
            Self::CodeUnknown => ("bad_verification_code", "The code passed is incorrect or expired."),
            Self::RedirectUriDiffers => {
                ("redirect_uri_mismatch", "The redirect_uri is not the one of the authorization request.")
            }
            Self::VerifierWrong => ("bad_verification_code", "The code verifier does not match the challenge."),
        }
    }
}

/// The token, or why there is none.
pub(in crate::dev::imitation) async fn post(exchange: &Exchange) -> Reply {
    let github = GitHub::of(exchange)?;
    if let Err(down) = github.board.admit().await {
        return Ok(down.into());
    }
    match redeem(exchange, github) {
        Ok(granted) => {
            let token = secret("gho_", &mut exchange.draw()?);
            let scope = granted.scopes.join(",");
            github.tokens.put(&token, granted, exchange.now);
            answer(exchange, &[("access_token", &token), ("scope", &scope), ("token_type", "bearer")])
        }
        Err(refused) => {
            let (error, description) = refused.told();
            answer(exchange, &[("error", error), ("error_description", description)])
        }
    }
}

fn redeem(exchange: &Exchange, github: &GitHub) -> Result<Granted, TokenRefused> {
    let form = exchange.form_parameters().map_err(|_| TokenRefused::CredentialsWrong)?;
    let client = authenticated(exchange, &form, &CLIENTS).ok_or(TokenRefused::CredentialsWrong)?;
    let given = github.codes.take(form.get("code").unwrap_or_default(), exchange.now);
    let given = given.filter(|given| given.granted.client == client).ok_or(TokenRefused::CodeUnknown)?;
    // It need not be repeated; if it is, it is compared.
    if form.get("redirect_uri").is_some_and(|uri| uri != given.redirect_uri) {
        return Err(TokenRefused::RedirectUriDiffers);
    }
    let verified = pkce::verify(given.challenge.as_deref(), form.get("code_verifier"));
    verified.map(|()| given.granted).map_err(|_| TokenRefused::VerifierWrong)
}

fn answer(exchange: &Exchange, members: &[(&str, &str)]) -> Reply {
    if wants_json(exchange) {
        let document: serde_json::Map<String, serde_json::Value> =
            members.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        return reply::json(StatusCode::OK, &document);
    }
    let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(members).finish();
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
    let mut response: Response = reply::plain(StatusCode::OK, text);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}
