//! `/dev/mails`: every mail in every look and language, as it would be sent, for whoever writes templates. Made from the
//! samples that the pages bring; nothing is sent.

use poem::Response;
use poem::http::StatusCode;

use super::inbox::{html_response, with_own_frames};
use super::{Dev, MAILS_PATH};
use crate::endpoint::browser::Browser;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::frame::{Setting, show};
use crate::endpoint::reply::Reply;
use crate::pages::{DevMailPreview, DevMails, DevSample, Locale, Mail, MailFrame, RenderedMail};

/// The last segment of a sample's HTML part.
const HTML_SEGMENT: &str = "/html";

/// All samples with their subjects in every language.
pub(super) async fn list(exchange: &Exchange) -> Reply {
    let mut samples = Vec::new();
    for (id, mail) in named_samples() {
        for locale in exchange.context.pages.locales() {
            samples.push(sample(exchange, &id, &mail, &locale)?.0);
        }
    }
    respond(exchange, &DevMails { samples })
}

/// One of them: subject, text, and the HTML part in a frame.
pub(super) async fn preview(exchange: &Exchange) -> Reply {
    let (id, mail, locale) = asked_for(exchange, "")?;
    let (sample, rendered) = sample(exchange, &id, &mail, &locale)?;
    let page = DevMailPreview { sample, from: Dev::of(exchange)?.mail_from.clone(), text: rendered.text };
    Ok(with_own_frames(respond(exchange, &page)?))
}

/// The HTML part of one of them.
pub(super) async fn html_part(exchange: &Exchange) -> Reply {
    let (id, mail, locale) = asked_for(exchange, HTML_SEGMENT)?;
    Ok(html_response(sample(exchange, &id, &mail, &locale)?.1.html))
}

fn respond(exchange: &Exchange, page: &impl crate::pages::Page) -> Result<Response, Failure> {
    let mut draw = exchange.draw()?;
    let browser = Browser::of(exchange, &mut draw);
    show(exchange, StatusCode::OK, page, &Setting::alone(&browser), &mut draw)
}

/// Each sample under its kind and its number among those of the kind.
fn named_samples() -> Vec<(String, Mail)> {
    let mut named: Vec<(String, Mail)> = Vec::new();
    for mail in Mail::samples() {
        let before = named.iter().filter(|(_, other)| other.kind() == mail.kind()).count();
        named.push((format!("{}-{}", mail.kind(), before + 1), mail));
    }
    named
}

fn asked_for(exchange: &Exchange, behind_id: &str) -> Result<(String, Mail, Locale), Failure> {
    let path = exchange.uri.path();
    let id = path.strip_prefix(MAILS_PATH).and_then(|rest| rest.strip_prefix('/')?.strip_suffix(behind_id));
    let found = named_samples().into_iter().find(|(own, _)| Some(own.as_str()) == id);
    let (id, mail) = found.ok_or(HttpRefusal::NotFound)?;
    let query = exchange.query_parameters()?;
    Ok((id, mail, exchange.context.pages.negotiate(query.get("lang"), None)))
}

fn sample(exchange: &Exchange, id: &str, mail: &Mail, locale: &Locale) -> Result<(DevSample, RenderedMail), Failure> {
    let context = &exchange.context;
    let frame = MailFrame {
        issuer: context.issuer.to_string(),
        host: context.issuer.host().to_owned(),
        product: context.policy.name.clone(),
    };
    let rendered = context.pages.mail(mail, locale, &frame)?;
    let (id, kind, subject) = (id.to_owned(), mail.kind().to_owned(), rendered.subject.clone());
    Ok((DevSample { id, kind, lang: locale.as_str().to_owned(), subject }, rendered))
}
