//! `/oauth2/backchannel` (CIBA Core §7): an app asks a person who is not in front of it, by mail; and the link in that
//! mail.

use poem::http::StatusCode;
use serde::Serialize;

use super::approve::go;
use super::browser::Browser;
use super::client::{authenticated, event_of};
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::reply::{self, Reply};
use super::{hint, limit, mailed_code};
use crate::base::bounds::{PAIRWISE_PEOPLE_MAX, POLL_INTERVAL_SECONDS};
use crate::base::{Draw, Fault, OpaqueToken, TokenKind};
use crate::model::account::Account;
use crate::model::audit::AuditAction;
use crate::model::client::{Client, GrantType};
use crate::model::outbox::OutboxMail;
use crate::model::pending::{ApprovalRequest, PendingAuthorization, PendingKind};
use crate::model::{ThrottleKey, ThrottlePurpose};
use crate::pages::Mail;
use crate::protocol::Reason;
use crate::protocol::approval::Asked;
use crate::protocol::backchannel::{BackchannelRequest, WhomToAsk};
use crate::protocol::id_token_hint::Hint;

/// CIBA Core §7.3.
#[derive(Serialize)]
struct Acknowledgement {
    auth_req_id: String,
    expires_in: i64,
    interval: i64,
}

/// Keeps the request, mails the person, and answers with what to poll with.
pub async fn post(exchange: &Exchange) -> Reply {
    let form = exchange.form_parameters()?;
    let client = authenticated(exchange, &form).await?;
    let asked = Asked::parse(&form, &client, GrantType::Ciba)?;
    let hint = resolved(exchange, &client, hint::read(exchange, &form)).await?;
    let wanted = BackchannelRequest::parse(&form, &asked.scope, hint, &client)?;
    let by_client = ThrottleKey::client(ThrottlePurpose::ApprovalClient, &client.client_id);
    limit::count(exchange, by_client, ThrottlePurpose::ApprovalClient).await?;
    let account = find(exchange, &wanted.whom).await?;
    // Nobody is bombed with mails, whichever apps ask.
    let key = ThrottleKey::account(ThrottlePurpose::ApprovalAccount, &account.id);
    limit::count(exchange, key, ThrottlePurpose::ApprovalAccount).await?;
    limit::count(exchange, ThrottleKey::overall(ThrottlePurpose::MailOverall), ThrottlePurpose::MailOverall).await?;

    let mut draw = exchange.draw()?;
    let auth_req_id = OpaqueToken::generate(TokenKind::Pending, &mut draw);
    let link = OpaqueToken::generate(TokenKind::Link, &mut draw);
    let asking = Asking { exchange, client: &client, account: &account, auth_req_id: &auth_req_id, link: &link };
    let request = asking.request(asked, &wanted);
    let mail = asking.mail(&request, &mut draw)?;
    let mut audit = event_of(exchange, AuditAction::ApprovalAsked);
    audit.client_id = Some(client.client_id.clone());
    audit.account = Some(account.id);
    let store = &exchange.context.store;
    if !store.ask_approval(request, POLL_INTERVAL_SECONDS, Some(mail), audit).await? {
        return Err(Fault::broken("a link of 256 bits was drawn twice").into());
    }
    exchange.context.mail_written.notify_one();
    let acknowledgement = Acknowledgement {
        auth_req_id: auth_req_id.expose().to_owned(),
        expires_in: wanted.life_seconds,
        interval: POLL_INTERVAL_SECONDS,
    };
    reply::json(StatusCode::OK, &acknowledgement)
}

/// The hint with the account's own id in the place of a pairwise subject. Those cannot be turned back, so they are made
/// again for the people the client knows: first for the one of the session that the hint names.
async fn resolved(exchange: &Exchange, client: &Client, hint: Hint) -> Result<Hint, Failure> {
    let Hint::Genuine(mut named) = hint else { return Ok(hint) };
    let subjects = &exchange.context.tokens.subjects;
    if client.metadata.is_pairwise() && named.audience == client.client_id {
        let store = &exchange.context.store;
        let sid = named.session.clone().unwrap_or_default();
        let of_session = store.find_person_of_session(&sid).await?;
        let mut found = subjects.find(client, &named.subject, of_session.as_slice()).cloned();
        if found.is_none() {
            let people = store.list_people_of_client(&client.client_id, PAIRWISE_PEOPLE_MAX).await?;
            found = subjects.find(client, &named.subject, &people).cloned();
        }
        named.subject = found.ok_or(Reason::UserHintOfNobody)?.to_string();
    }
    Ok(Hint::Genuine(named))
}

async fn find(exchange: &Exchange, whom: &WhomToAsk) -> Result<Account, Failure> {
    let store = &exchange.context.store;
    let found = match whom {
        WhomToAsk::Address(email) => store.find_account_by_email(email).await?,
        WhomToAsk::Person(id) => store.find_account(id).await?,
    };
    // TOK-11: whoever could not sign in is not asked.
    Ok(found.filter(Account::may_sign_in).ok_or(Reason::UserHintOfNobody)?)
}

/// Which app asks whom, and by what both will find the request again.
struct Asking<'a> {
    exchange: &'a Exchange,
    client: &'a Client,
    account: &'a Account,
    auth_req_id: &'a OpaqueToken,
    link: &'a OpaqueToken,
}

impl Asking<'_> {
    fn request(&self, asked: Asked, wanted: &BackchannelRequest) -> ApprovalRequest {
        let now = self.exchange.now;
        ApprovalRequest {
            digest: self.auth_req_id.digest(),
            kind: PendingKind::Backchannel,
            handle: self.link.digest().as_str().to_owned(),
            client_id: self.client.client_id.clone(),
            account_id: Some(self.account.id.clone()),
            scope: asked.scope,
            resources: asked.resources,
            message: wanted.binding_message.clone(),
            // The app's server asked, which says nothing about where the person is.
            user_agent: None,
            ip: None,
            created_at: now,
            expires_at: now.plus_seconds(wanted.life_seconds),
        }
    }

    fn mail(&self, request: &ApprovalRequest, draw: &mut Draw) -> Result<OutboxMail, Fault> {
        let exchange = self.exchange;
        let mail = Mail::ApprovalAsked {
            app: self.client.display_name().to_owned(),
            message: request.message.clone(),
            link: format!("{}?token={}", exchange.context.issuer.at("/backchannel/link"), self.link.expose()),
            lifetime_minutes: (request.expires_at.seconds_from(exchange.now) / 60).max(1),
        };
        mailed_code::about_approval(exchange, &self.account.email, &mail, request.expires_at, draw)
    }
}

/// The link in the mail: it leads to the decision and decides nothing, so it may be followed by whatever looks at mail.
pub async fn link(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let query = exchange.query_parameters()?;
    let token = query.get("token").and_then(|token| OpaqueToken::parse(TokenKind::Link, token));
    let token = token.ok_or(HttpRefusal::LinkDead)?;
    let found = exchange.context.store.find_pending_by_handle(token.digest().as_str().to_owned()).await?;
    let pending = found.filter(|pending| is_open(pending, exchange)).ok_or(HttpRefusal::LinkDead)?;
    go(exchange, &Browser::of(exchange, &mut draw), pending.request, &mut draw).await
}

/// Whether a person can still decide on it.
pub fn is_open(pending: &PendingAuthorization, exchange: &Exchange) -> bool {
    pending.decided_at.is_none()
        && exchange.now < pending.request.expires_at
        && pending.request.kind == PendingKind::Backchannel
}
