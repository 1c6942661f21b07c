//! `/api/v1/accounts`: signing up, proving the address, asking for another code. The same code as behind the pages, and
//! like there nobody can tell whether an address is somebody's (REG-01).

use poem_openapi::payload::{Json, Response};
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::Tag;
use super::body::Body;
use super::either::either;
use super::flow::{Flow, Running, not_taken};
use super::problem::{Refusals, RefusedAs};
use super::session::{CurrentSession, with_cookies};
use super::visitor::Visitor;
use crate::base::Draw;
use crate::endpoint::code;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::mailed_code::post_again;
use crate::endpoint::signup::{Application, read, refuse_when_closed, register, reserve};
use crate::endpoint::verify::{awaited, is_proven_elsewhere, prove_by_link};
use crate::model::CodePurpose;
use crate::pages::Problem;

/// The operations.
pub struct AccountsApi;

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Accounts")]
impl AccountsApi {
    /// Signs somebody up
    ///
    /// Mails a code to the address, or, if it is somebody's already, a notice; the answer is the same. The account
    /// counts once the address is proven, by the code in this flow or by the link in the mail. A username that is
    /// somebody's, or asked for by somebody, is told as taken.
    #[oai(path = "/accounts", method = "post", operation_id = "registerAccount")]
    async fn register(&self, visitor: Visitor, body: Body<Registration>) -> Result<Awaiting, RefusedAs<Registering>> {
        refuse_when_closed(&visitor)?;
        let mut draw = visitor.draw()?;
        let applicant = read(&visitor, &body.0.typed()).map_err(Failure::NotTaken)?;
        body.0.confirmed().map_err(not_taken)?;
        if let Some(problem) = reserve(&visitor, &applicant.email).await? {
            return Err(not_taken(problem).into());
        }
        let mut running = Running::begin(&visitor, &mut draw).await?;
        let newcomer = applicant.with_hashed_password(&visitor, &mut draw).await?;
        match register(&visitor, &mut running.scene, newcomer, &mut draw).await? {
            Ok(record) => Ok(Awaiting::Code(Json(running.told(&visitor, &record)))),
            Err(problem) => Err(not_taken(problem).into()),
        }
    }

    /// Proves an address
    ///
    /// By the code of a flow, which signs in: the answer is the session, and its cookie is set. By the token of a mailed
    /// link, in whatever program: nobody is signed in by it.
    #[oai(path = "/accounts/confirm", method = "post", operation_id = "confirmAddress")]
    async fn confirm(
        &self,
        visitor: Visitor,
        body: Body<Confirmation>,
    ) -> Result<Response<Confirmed>, RefusedAs<Confirming>> {
        let mut draw = visitor.draw()?;
        match body.0 {
            Confirmation::ByCode(by) => Ok(by_code(&visitor, &by, &mut draw).await?),
            Confirmation::ByToken(by) => {
                prove_by_link(&visitor, &by.token).await?;
                Ok(Response::new(Confirmed::Proven))
            }
        }
    }

    /// Sends another code
    ///
    /// In any flow: sign-up, sign-in or reset. Only the newest code is good; wrong tries stay counted.
    #[oai(path = "/accounts/resend", method = "post", operation_id = "resendCode")]
    async fn resend(&self, visitor: Visitor, body: Body<FlowName>) -> Result<Awaiting, RefusedAs<Resending>> {
        let mut draw = visitor.draw()?;
        let running = Running::find(&visitor, &body.0.flow).await?;
        let proving = running.awaiting(|scene| scene.interaction.progress.proving.as_ref())?;
        if proving.purpose == CodePurpose::SignIn {
            code::refuse_when_closed(&visitor)?;
        }
        let resent = post_again(&visitor, &running.scene, &proving, &mut draw).await?;
        Ok(Awaiting::Code(Json(running.after(&visitor, resent)?)))
    }
}

async fn by_code(exchange: &Exchange, by: &FlowAndCode, draw: &mut Draw) -> Result<Response<Confirmed>, Failure> {
    let mut running = Running::find(exchange, &by.flow).await?;
    let proving = running.awaiting(awaited)?;
    if is_proven_elsewhere(exchange, &running.scene).await? {
        return Err(HttpRefusal::AlreadyConfirmed.into());
    }
    let record = running.try_code(exchange, &proving, &by.code).await?;
    let signed_in = running.admit(exchange, record, draw).await?;
    Ok(with_cookies(Confirmed::SignedIn(Json(signed_in.session)), signed_in.cookies))
}

/// Somebody who wants an account.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct Registration {
    /// The address that signs in, and that the code is mailed to.
    email: String,
    /// The password.
    password: String,
    /// The password once more, if it was typed twice.
    password_confirmation: Option<String>,
    /// A name that no other account has: 3 to 32 ASCII letters and digits, beginning with a letter, with single dots,
    /// hyphens or underscores between them. Letter case does not count.
    username: Option<String>,
    /// The full name.
    name: Option<String>,
}

impl Registration {
    fn typed(&self) -> Application<'_> {
        Application {
            email: Some(&self.email),
            password: Some(&self.password),
            name: self.name.as_deref(),
            username: self.username.as_deref(),
        }
    }

    fn confirmed(&self) -> Result<(), Problem> {
        let is_same = self.password_confirmation.as_ref().is_none_or(|again| *again == self.password);
        if is_same { Ok(()) } else { Err(Problem::PasswordsDiffer) }
    }
}

/// A flow.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct FlowName {
    /// Its name.
    flow: String,
}

/// A flow and the code that was mailed in it.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct FlowAndCode {
    /// The flow's name.
    pub flow: String,
    /// The six digits. Blanks and hyphens between them are forgiven.
    pub code: String,
}

/// The token of a mailed link.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct MailedToken {
    /// The value of `token` in the link.
    pub token: String,
}

either! {
    /// What proves an address.
    Confirmation {
        /// In the flow that asked.
        ByCode(FlowAndCode),
        /// Anywhere.
        ByToken(MailedToken),
    }
}

/// A code is awaited.
#[derive(ApiResponse)]
pub enum Awaiting {
    /// A code is on its way, if there is somebody to get it.
    #[oai(status = 202)]
    Code(Json<Flow>),
}

/// The address is proven.
#[derive(ApiResponse)]
enum Confirmed {
    /// By the code: the person is signed in, and the session's cookie is set.
    #[oai(status = 201)]
    SignedIn(Json<CurrentSession>),
    /// By the token: the person may sign in now.
    #[oai(status = 204)]
    Proven,
}

struct Registering;

impl Refusals for Registering {
    const OWN: &'static [(u16, &'static str)] = &[
        (403, "`sign_up_closed`, or `cross_site`"),
        (409, "`username_taken`"),
        (422, "A value is not taken: `errors` tells which and why (`email_malformed`, `password_too_short`, …)."),
        (429, "`too_many_requests`: too many from here, or too many mails to this address."),
    ];
}

struct Confirming;

impl Refusals for Confirming {
    const OWN: &'static [(u16, &'static str)] = &[
        (403, "`code_wrong`, `code_expired`, `code_exhausted`, or `cross_site`"),
        (404, "`flow_unknown` or `token_unknown`"),
        (409, "`already_confirmed`: the link was used meanwhile; or `overtaken`."),
        (422, "`code_malformed`"),
        (429, "`too_many_requests`: too many wrong codes for this person."),
    ];
}

struct Resending;

impl Refusals for Resending {
    const OWN: &'static [(u16, &'static str)] = &[
        (403, "`code_exhausted`: another code would be worthless; or `cross_site`."),
        (404, "`flow_unknown`"),
        (409, "`resends_exhausted`"),
        (429, "`resend_too_soon`, or `too_many_requests`"),
    ];
}
