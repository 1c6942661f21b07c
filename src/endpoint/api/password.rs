//! `/api/v1/password`: a new one by mailed code or token, and changing the one that is known.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::payload::{Json, Response};
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::Tag;
use super::accounts::{Awaiting, FlowAndCode, MailedToken};
use super::body::Body;
use super::caller::Caller;
use super::codes::{MailTo, mail_code};
use super::either::either;
use super::flow::{Running, not_taken};
use super::problem::{Refusals, RefusedAs};
use super::session::with_cookies;
use super::visitor::Visitor;
use crate::base::Draw;
use crate::endpoint::account::password::{Wanted, change};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::reset::{Proven, awaited, proven, refuse_without_mail, set_password};
use crate::endpoint::sign_in::Started;
use crate::endpoint::verify::found;
use crate::model::CodePurpose;
use crate::pages::Problem;

/// The operations.
pub struct PasswordApi;

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Password")]
impl PasswordApi {
    /// Mails a code and a link for a new password
    ///
    /// To whoever has the address; the answer is the same when nobody does.
    #[oai(path = "/password/forgot", method = "post", operation_id = "forgotPassword")]
    async fn forgot(&self, visitor: Visitor, body: Body<MailTo>) -> Result<Awaiting, RefusedAs<Forgetting>> {
        refuse_without_mail(&visitor)?;
        Ok(Awaiting::Code(Json(mail_code(&visitor, CodePurpose::ResetPassword, &body.0).await?)))
    }

    /// Checks a code or token for a new password
    ///
    /// It stays good. A flow whose code was right once needs it no more: `resetPassword` may leave it out.
    #[oai(path = "/password/check", method = "post", operation_id = "checkPasswordReset")]
    async fn check(&self, visitor: Visitor, body: Body<ResetProof>) -> Result<Json<ResetAllowed>, RefusedAs<Checking>> {
        refuse_without_mail(&visitor)?;
        let proven = match &body.0 {
            ResetProof::ByCode(by) => {
                let mut running = Running::find(&visitor, &by.flow).await?;
                running.prove(&visitor, Some(&by.code)).await?
            }
            ResetProof::ByToken(by) => by_token(&visitor, &by.token).await?,
        };
        let expires_at = proven.record.expires_at.seconds();
        Ok(Json(ResetAllowed { email: proven.account.email.to_string(), expires_at }))
    }

    /// Sets a new password by code or token
    ///
    /// Ends every session and what apps were granted, and tells the owner by mail. Nobody is signed in by it.
    #[oai(path = "/password/reset", method = "post", operation_id = "resetPassword")]
    async fn reset(&self, visitor: Visitor, body: Body<PasswordReset>) -> Result<Changed, RefusedAs<Resetting>> {
        refuse_without_mail(&visitor)?;
        let mut draw = visitor.draw()?;
        match &body.0 {
            PasswordReset::ByCode(by) => reset_in_flow(&visitor, by, &mut draw).await?,
            PasswordReset::ByToken(by) => {
                let proven = by_token(&visitor, &by.token).await?;
                set_password(&visitor, None, &proven, Some(&by.password), &mut draw)
                    .await?
                    .map_err(Failure::NotTaken)?;
            }
        }
        Ok(Changed::Changed)
    }

    /// Changes the password
    ///
    /// Ends the person's other sessions and what apps were granted, and tells them by mail. The session that the call
    /// belongs to goes on under a new cookie. By cookie, or by a token of a first-party client, which ends with it.
    #[oai(path = "/password", method = "put", operation_id = "changePassword")]
    async fn change(
        &self,
        caller: Caller,
        exchange: Data<&Arc<Exchange>>,
        body: Body<PasswordChange>,
    ) -> Result<Response<Changed>, RefusedAs<Changing>> {
        let caller = caller.acting_as_person()?;
        let mut draw = exchange.draw()?;
        let wanted = Wanted {
            account: &caller.account,
            session: &caller.session,
            current: Some(&body.0.current_password),
            new: Some(&body.0.new_password),
            ends_sessions: true,
        };
        let renewed = change(&exchange, &wanted, &mut draw).await?;
        Ok(with_cookies(Changed::Changed, renewed.iter().flat_map(Started::cookies)))
    }
}

async fn by_token(exchange: &Exchange, token: &str) -> Result<Proven, Failure> {
    let record = found(exchange, token, CodePurpose::ResetPassword).await?;
    Ok(Proven::by(exchange, record).await?.ok_or(HttpRefusal::TokenUnknown)?)
}

async fn reset_in_flow(exchange: &Exchange, by: &FlowAndPassword, draw: &mut Draw) -> Result<(), Failure> {
    let mut running = Running::find(exchange, &by.flow).await?;
    let proven = running.prove(exchange, by.code.as_deref()).await?;
    let set = set_password(exchange, Some(&running.scene), &proven, Some(&by.password), draw).await?;
    set.map_err(Failure::NotTaken)?;
    running.finish(exchange).await
}

impl Running {
    /// Whom the flow's code proves. It is tried once; what was found is remembered, so that a password that is not
    /// taken costs no further try.
    async fn prove(&mut self, exchange: &Exchange, typed: Option<&str>) -> Result<Proven, Failure> {
        let proving = self.awaiting(awaited)?;
        if let Some(proven) = proven(exchange, &self.scene).await? {
            return Ok(proven);
        }
        let typed = typed.ok_or_else(|| not_taken(Problem::CodeMissing))?;
        let record = self.try_code(exchange, &proving, typed).await?;
        let proven = Proven::by(exchange, record).await?.ok_or_else(|| not_taken(Problem::CodeExpired))?;
        self.scene.interaction.progress.proven_code = Some(proven.record.id.clone());
        if !exchange.context.store.save_interaction(self.scene.interaction.clone()).await? {
            return Err(HttpRefusal::Overtaken.into());
        }
        self.scene.interaction.revision += 1;
        Ok(proven)
    }
}

either! {
    /// What proves that somebody may set a new password.
    ResetProof {
        /// In the flow that asked.
        ByCode(FlowAndCode),
        /// Anywhere.
        ByToken(MailedToken),
    }
}

/// A new password in a flow.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct FlowAndPassword {
    /// The flow's name.
    flow: String,
    /// The six digits; not needed once they were checked.
    code: Option<String>,
    /// The new password.
    password: String,
}

/// A new password by the token of a mailed link.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct TokenAndPassword {
    /// The value of `token` in the link.
    token: String,
    /// The new password.
    password: String,
}

either! {
    /// A new password, and what proves that one may set it.
    PasswordReset {
        /// In the flow that asked.
        ByCode(FlowAndPassword),
        /// Anywhere.
        ByToken(TokenAndPassword),
    }
}

/// A new password in place of a known one.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct PasswordChange {
    /// The old one.
    current_password: String,
    /// The new one.
    new_password: String,
}

/// A new password may be set.
#[derive(Debug, Object)]
struct ResetAllowed {
    /// Whose it will be: whoever has the code reads this mailbox.
    email: String,
    /// Until when, in seconds since 1970.
    expires_at: i64,
}

/// The new password counts.
#[derive(ApiResponse)]
enum Changed {
    /// The new password counts.
    #[oai(status = 204)]
    Changed,
}

struct Forgetting;

impl Refusals for Forgetting {
    const OWN: &'static [(u16, &'static str)] = &[
        (403, "`cross_site`"),
        (404, "`not_found` where no mail is sent."),
        (422, "`email_malformed`"),
        (429, "`too_many_requests`: too many mails to this address, or from here."),
    ];
}

struct Checking;

impl Refusals for Checking {
    const OWN: &'static [(u16, &'static str)] = &[
        (403, "`code_wrong`, `code_expired`, `code_exhausted`, or `cross_site`"),
        (404, "`flow_unknown` or `token_unknown`; or `not_found` where no mail is sent."),
        (409, "`overtaken`"),
        (422, "`code_malformed`"),
        (429, "`too_many_requests`: too many wrong codes for this person."),
    ];
}

struct Resetting;

impl Refusals for Resetting {
    const OWN: &'static [(u16, &'static str)] = &[
        (403, "`code_wrong`, `code_expired`, `code_exhausted`, or `cross_site`"),
        (404, "`flow_unknown` or `token_unknown`; or `not_found` where no mail is sent."),
        (409, "`overtaken`"),
        (422, "`code_missing`, `code_malformed`, or the password is not taken: `errors` tells why."),
        (429, "`too_many_requests`: too many wrong codes for this person."),
    ];
}

struct Changing;

impl Refusals for Changing {
    const OWN: &'static [(u16, &'static str)] = &[
        (401, "Nobody is signed in (`token_missing`), or the token is refused."),
        (403, "`current_password_wrong`; `forbidden`: the token is not of a first-party client; or `cross_site`."),
        (409, "`overtaken`"),
        (422, "The new password is not taken: `errors` tells why."),
        (429, "`too_many_requests`: too many wrong passwords for this person, or from here."),
    ];
}
