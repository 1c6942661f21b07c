//! `/dev/inbox`: every mail that was written, for people as pages and for programs as JSON.

use poem::Response;
use poem::http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use super::{APP_PATH, Dev, INBOX_PATH, letter};
use crate::base::{EmailAddress, OutboxId};
use crate::endpoint::browser::Browser;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::frame::{Setting, show};
use crate::endpoint::reply::{self, Reply};
use crate::mail::{Inbox, OutgoingMail, Transport};
use crate::pages::{DevInbox, DevMail, DevMailLine};

/// The last segment of a mail's HTML part.
const HTML_SEGMENT: &str = "/html";
// The mail's own styles, and nothing that could leave the frame. It is shown by our page alone.
const HTML_PART_POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
                                form-action 'none'; frame-ancestors 'self'";
const FRAME_SOURCE: &str = "; frame-src 'self'";

/// A mail as programs get it.
#[derive(Serialize)]
struct MailDocument<'m> {
    id: &'m str,
    to: &'m str,
    subject: &'m str,
    /// Unix seconds.
    received_at: i64,
    text: &'m str,
    html: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'m str>,
}

#[derive(Serialize)]
struct InboxDocument<'m> {
    mails: Vec<MailDocument<'m>>,
}

/// All mails, newest first; only those to one address with `?to=`.
pub(super) async fn list(exchange: &Exchange) -> Reply {
    let query = exchange.query_parameters()?;
    let to: Option<EmailAddress> =
        query.get("to").map(str::parse).transpose().map_err(|_| HttpRefusal::FieldMalformed)?;
    let mails = inbox(exchange)?.list(to.as_ref());
    if wants_json(exchange) {
        return as_json(&InboxDocument { mails: mails.iter().map(document).collect() });
    }
    let page = DevInbox { mails: mails.iter().map(line).collect(), app_uri: APP_PATH.to_owned() };
    let mut draw = exchange.draw()?;
    let browser = Browser::of(exchange, &mut draw);
    varied(show(exchange, StatusCode::OK, &page, &Setting::alone(&browser), &mut draw))
}

/// One mail.
pub(super) async fn mail(exchange: &Exchange) -> Reply {
    let mail = asked_for(exchange, "")?;
    if wants_json(exchange) {
        return as_json(&document(&mail));
    }
    let page = DevMail {
        mail: line(&mail),
        from: Dev::of(exchange)?.mail_from.clone(),
        code: letter::code(&mail.text).map(str::to_owned),
        links: letter::links(&mail.text).into_iter().map(str::to_owned).collect(),
        has_html: !mail.html.is_empty(),
        text: mail.text,
    };
    let mut draw = exchange.draw()?;
    let browser = Browser::of(exchange, &mut draw);
    let response = show(exchange, StatusCode::OK, &page, &Setting::alone(&browser), &mut draw)?;
    varied(Ok(with_own_frames(response)))
}

/// The HTML part of one mail, for the sandboxed frame on its page.
pub(super) async fn html_part(exchange: &Exchange) -> Reply {
    Ok(html_response(asked_for(exchange, HTML_SEGMENT)?.html))
}

/// The HTML part of a mail, for a sandboxed frame.
pub(super) fn html_response(html: String) -> Response {
    Response::builder()
        .header(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))
        .header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .header(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(HTML_PART_POLICY))
        .header(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"))
        .body(html)
}

fn inbox(exchange: &Exchange) -> Result<&Inbox, HttpRefusal> {
    match &*exchange.context.mail {
        Transport::Inbox(inbox) => Ok(inbox),
        Transport::Smtp(_) | Transport::Memory(_) => Err(HttpRefusal::NotFound),
    }
}

fn asked_for(exchange: &Exchange, behind_id: &str) -> Result<OutgoingMail, Failure> {
    let path = exchange.uri.path();
    let id = path.strip_prefix(INBOX_PATH).and_then(|rest| rest.strip_prefix('/')?.strip_suffix(behind_id));
    let id: OutboxId = id.and_then(|id| id.parse().ok()).ok_or(HttpRefusal::NotFound)?;
    Ok(inbox(exchange)?.find(&id).ok_or(HttpRefusal::NotFound)?)
}

/// RFC 9110 §12.5.1, as far as it matters here: programs name JSON, browsers name HTML.
pub(super) fn wants_json(exchange: &Exchange) -> bool {
    let accept = exchange.header(header::ACCEPT).unwrap_or_default();
    let names = |kind: &str| accept.split(',').any(|range| range.split(';').next().unwrap_or_default().trim() == kind);
    names("application/json") && !names("text/html")
}

fn as_json(document: &impl Serialize) -> Reply {
    varied(reply::json(StatusCode::OK, document))
}

fn varied(reply: Reply) -> Reply {
    let mut response = reply?;
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

pub(super) fn with_own_frames(mut response: Response) -> Response {
    let policy = response.headers().get(header::CONTENT_SECURITY_POLICY).map(HeaderValue::as_bytes);
    let widened = policy.and_then(|policy| HeaderValue::from_bytes(&[policy, FRAME_SOURCE.as_bytes()].concat()).ok());
    if let Some(policy) = widened {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn line(mail: &OutgoingMail) -> DevMailLine {
    DevMailLine {
        id: mail.id.to_string(),
        to: mail.to.to_string(),
        subject: mail.subject.clone(),
        sent_at: mail.created_at.seconds(),
    }
}

fn document(mail: &OutgoingMail) -> MailDocument<'_> {
    MailDocument {
        id: mail.id.as_str(),
        to: mail.to.as_str(),
        subject: &mail.subject,
        received_at: mail.created_at.seconds(),
        text: &mail.text,
        html: &mail.html,
        code: letter::code(&mail.text),
        link: letter::links(&mail.text).first().copied(),
    }
}
