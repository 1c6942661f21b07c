//! `/api/v1/codes`: a mailed code to sign in by.

use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Tag;
use super::accounts::Awaiting;
use super::body::Body;
use super::flow::{Flow, Running, not_taken};
use super::problem::{Refusals, RefusedAs};
use super::visitor::Visitor;
use crate::base::EmailAddress;
use crate::endpoint::code::refuse_when_closed;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::Failure;
use crate::endpoint::mailed_code::{post, wanted};
use crate::model::CodePurpose;
use crate::pages::Problem;

/// The operations.
pub struct CodesApi;

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Sessions")]
impl CodesApi {
    /// Mails a code to sign in by
    ///
    /// To whoever has the address; the answer is the same when nobody does. `startSession` takes the code.
    #[oai(path = "/codes", method = "post", operation_id = "requestCode")]
    async fn request(&self, visitor: Visitor, body: Body<MailTo>) -> Result<Awaiting, RefusedAs<Requesting>> {
        refuse_when_closed(&visitor)?;
        Ok(Awaiting::Code(Json(mail_code(&visitor, CodePurpose::SignIn, &body.0).await?)))
    }
}

/// Begins a flow that waits for a code for `purpose`. An unknown address gets the same answer and no mail.
pub async fn mail_code(exchange: &Exchange, purpose: CodePurpose, to: &MailTo) -> Result<Flow, Failure> {
    let email: EmailAddress = to.email.parse().map_err(|_| not_taken(Problem::UsernameMalformed))?;
    let mut draw = exchange.draw()?;
    let wanted = wanted(exchange, purpose, email).await?.map_err(not_taken)?;
    let mut running = Running::begin(exchange, &mut draw).await?;
    let record = post(exchange, &mut running.scene, wanted, &mut draw).await?;
    Ok(running.told(exchange, &record))
}

/// An address.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct MailTo {
    /// The address of the account.
    email: String,
}

struct Requesting;

impl Refusals for Requesting {
    const OWN: &'static [(u16, &'static str)] = &[
        (403, "`cross_site`"),
        (404, "`not_found` where nobody signs in by code."),
        (422, "`email_malformed`"),
        (429, "`too_many_requests`: too many mails to this address, or from here."),
    ];
}
