//! `/api/v1/email`: another address to sign in with. The rules are those of the pages (`endpoint::address_change`).

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::Tag;
use super::body::Body;
use super::caller::Caller;
use super::either::either;
use super::problem::{Refusals, RefusedAs};
use super::visitor::Visitor;
use crate::endpoint::address_change::{Pending, ask, confirm_by_code, confirm_by_link, pending, resend, take_back};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::oneself::Oneself;
use crate::pages::{CodeTrial, Problem};

/// The operations.
pub struct EmailApi;

/// How the operations of the signed-in person refuse.
pub struct OfPerson;

impl Refusals for OfPerson {
    const OWN: &'static [(u16, &'static str)] = &[
        (
            403,
            "`current_password_wrong`, `code_wrong`, `code_expired`, `code_exhausted`, `sign_in_too_old`, `forbidden`, `cross_site`",
        ),
        (
            404,
            "`not_found`: mail is switched off here. `token_unknown`: the token is unknown, used, replaced or too old.",
        ),
        (409, "`overtaken`, `resends_exhausted`"),
        (422, "`email_missing`, `email_malformed`, `email_unchanged`, `code_malformed`"),
        (429, "`too_many_requests`, `resend_too_soon`"),
    ];
}

/// How an operation by a mailed token refuses.
pub struct OfToken;

impl Refusals for OfToken {
    const OWN: &'static [(u16, &'static str)] =
        &[(403, "`cross_site`"), (404, "`token_unknown`: the token is unknown, used, replaced or too old.")];
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Email")]
impl EmailApi {
    /// The address, and the one that is to replace it
    ///
    /// By cookie, or by a token of a first-party client.
    #[oai(path = "/email", method = "get", operation_id = "readEmail")]
    async fn read(&self, caller: Caller, exchange: Data<&Arc<Exchange>>) -> Result<Json<Known>, RefusedAs<OfPerson>> {
        let me = caller.acting_as_person()?.into_oneself();
        let waiting = pending(&exchange, &me).await?;
        Ok(Json(Known {
            email: me.account.email.to_string(),
            email_verified: me.account.email_verified_at.is_some(),
            pending: waiting.map(|waiting| told(&exchange, &waiting)),
        }))
    }

    /// Asks for another address
    ///
    /// By cookie, or by a token of a first-party client. A code and a link go to the new address, which replaces the
    /// present one once either is sent back. The present address is told, and can take the change back for seven days.
    /// The answer is the same whether somebody has the new address already or not. Who has no password must have signed
    /// in within the last minutes.
    #[oai(path = "/email", method = "post", operation_id = "changeEmail")]
    async fn ask(
        &self,
        caller: Caller,
        exchange: Data<&Arc<Exchange>>,
        body: Body<NewEmail>,
    ) -> Result<Asked, RefusedAs<OfPerson>> {
        let me = caller.acting_as_person()?.into_oneself();
        let mut draw = exchange.draw()?;
        ask(&exchange, &me, Some(&body.0.email), body.0.password.as_deref(), &mut draw).await?;
        Ok(Asked::Asked(Json(awaited(&exchange, &me).await?)))
    }

    /// Sends the code again
    ///
    /// By cookie, or by a token of a first-party client. Earlier codes work no longer.
    #[oai(path = "/email/resend", method = "post", operation_id = "resendEmailCode")]
    async fn resend(&self, caller: Caller, exchange: Data<&Arc<Exchange>>) -> Result<Asked, RefusedAs<OfPerson>> {
        let me = caller.acting_as_person()?.into_oneself();
        let waiting = pending(&exchange, &me).await?.ok_or(Problem::CodeExpired)?;
        let mut draw = exchange.draw()?;
        let trial: CodeTrial = resend(&exchange, waiting, &mut draw).await?;
        if trial.problems.is_empty() {
            return Ok(Asked::Asked(Json(awaited(&exchange, &me).await?)));
        }
        Err(Failure::NotTaken(trial.problems).into())
    }

    /// Proves the new address
    ///
    /// By its code, in the session that asked for it (by cookie, or by a token of a first-party client); or, without any
    /// credentials, by the token of the mailed link.
    #[oai(path = "/email/confirm", method = "post", operation_id = "confirmEmail")]
    async fn confirm(&self, visitor: Visitor, body: Body<EmailConfirmation>) -> Result<Done, RefusedAs<OfPerson>> {
        let mut draw = visitor.draw()?;
        match body.0 {
            EmailConfirmation::ByToken(by) => {
                confirm_by_link(&visitor, &by.token, &mut draw).await.map_err(by_token)?;
            }
            EmailConfirmation::ByCode(by) => {
                let me = Caller::of(&visitor).await?.acting_as_person()?.into_oneself();
                let waiting = pending(&visitor, &me).await?.ok_or(Problem::CodeExpired)?;
                confirm_by_code(&visitor, &waiting, Some(&by.code), &mut draw).await.map_err(by_token)?;
            }
        }
        Ok(Done::Done)
    }

    /// Takes the old address back
    ///
    /// By the token in the mails to it; no other credentials are needed. What was changed since is undone, too, every
    /// session and token of the account ends, and a new password has to be set by mail.
    #[oai(path = "/email/undo", method = "post", operation_id = "undoEmail")]
    async fn undo(&self, visitor: Visitor, body: Body<Token>) -> Result<Done, RefusedAs<OfToken>> {
        let mut draw = visitor.draw()?;
        take_back(&visitor, &body.0.token, &mut draw).await.map_err(by_token)?;
        Ok(Done::Done)
    }
}

/// To a program a dead link is an unknown token.
pub fn by_token(failure: Failure) -> Failure {
    match failure {
        Failure::Http(HttpRefusal::LinkDead) => HttpRefusal::TokenUnknown.into(),
        other => other,
    }
}

async fn awaited(exchange: &Exchange, me: &Oneself) -> Result<Awaited, Failure> {
    let waiting = pending(exchange, me).await?.ok_or(HttpRefusal::Overtaken)?;
    Ok(told(exchange, &waiting))
}

fn told(exchange: &Exchange, waiting: &Pending) -> Awaited {
    let trial = waiting.trial(exchange, Vec::new());
    Awaited {
        email: waiting.change.new_email.to_string(),
        expires_at: waiting.code.expires_at.seconds(),
        resend_after_seconds: trial.resend_wait_seconds,
        resends_left: trial.resends_left,
    }
}

/// The address that signs in.
#[derive(Debug, Object)]
#[oai(rename = "Email", skip_serializing_if_is_none)]
struct Known {
    /// The address.
    email: String,
    /// Whether it is proven.
    email_verified: bool,
    /// The one that was asked for in this session and is not proven yet.
    pending: Option<Awaited>,
}

/// An address that waits for its code.
#[derive(Debug, Object)]
#[oai(rename = "PendingEmail")]
struct Awaited {
    /// The new address.
    email: String,
    /// When code and link die, in seconds since 1970.
    expires_at: i64,
    /// How long to wait before the code may be sent again.
    resend_after_seconds: i64,
    /// How often it may be sent again.
    resends_left: i64,
}

/// Another address, and the password once more.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct NewEmail {
    /// The new address.
    email: String,
    /// The present password. Who has none leaves it out.
    password: Option<String>,
}

/// What proves the new address in the session that asked for it.
#[derive(Debug, Object)]
#[oai(rename = "EmailCode", deny_unknown_fields)]
struct ByCode {
    /// The six digits in the mail.
    code: String,
}

/// What proves the new address anywhere.
#[derive(Debug, Object)]
#[oai(rename = "EmailToken", deny_unknown_fields)]
struct ByToken {
    /// The token of the link in the mail.
    token: String,
}

either! {
    /// What proves the new address: one of the two.
    EmailConfirmation {
        /// The code.
        ByCode(ByCode),
        /// The token.
        ByToken(ByToken),
    }
}

/// The token of a mailed link.
#[derive(Debug, Object)]
#[oai(rename = "LinkToken", deny_unknown_fields)]
pub struct Token {
    /// What follows `token=` in the link.
    pub token: String,
}

/// The code is on its way.
#[derive(ApiResponse)]
enum Asked {
    /// The code is on its way.
    #[oai(status = 202)]
    Asked(Json<Awaited>),
}

/// It is done.
#[derive(ApiResponse)]
pub enum Done {
    /// It is done.
    #[oai(status = 204)]
    Done,
}
