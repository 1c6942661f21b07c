//! The assertion grant at the token endpoint (RFC 7523 §2.1): another issuer's word, taken once.

use super::{TokenRequest, sign};
use crate::base::Draw;
use crate::endpoint::failure::Failure;
use crate::endpoint::{assertion, replay};
use crate::model::jti::{JtiPurpose, UsedJti};
use crate::protocol::Reason;
use crate::protocol::grant::jwt_bearer::{self, AssertionRequest};
use crate::protocol::token_response::TokenResponse;
use crate::store::{TakeAssertion, TakeAssertionOutcome};

pub(super) async fn answer(request: &TokenRequest<'_>, draw: &mut Draw) -> Result<TokenResponse, Failure> {
    let TokenRequest { exchange, form, context } = request;
    let client_id = &context.client.client_id;
    let asked = AssertionRequest::parse(form, context)?;
    let (issuer, claims) = assertion::verify(exchange, asked.assertion(), client_id).await?;
    let assertion = jwt_bearer::judge(&claims, issuer, context)?;
    let account = assertion::find(exchange, &assertion.subject).await?;
    let granted = jwt_bearer::grant(&asked, issuer, account.as_ref(), context, draw)?;
    let response = sign(request, granted.issue, draw).await?;
    let used = UsedJti::of(JtiPurpose::GrantAssertion, &issuer.issuer, &assertion.jti, assertion.expires_at);
    replay::make_room(exchange, client_id, std::slice::from_ref(&used)).await?;
    let take = TakeAssertion { used, grant: granted.grant, audit: granted.audit };
    match exchange.context.store.take_assertion(take).await? {
        TakeAssertionOutcome::Taken => Ok(response),
        TakeAssertionOutcome::Replayed => Err(Reason::GrantAssertionReplayed.into()),
        TakeAssertionOutcome::AccountClosed => Err(Reason::GrantAssertionOfNobody.into()),
    }
}
