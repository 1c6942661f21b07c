//! The mails of codes, and mails that tell of something: sealed for the outbox, in the language of the pages that led to
//! them.

use super::FreshCode;
use crate::base::bounds::NOTICE_SECONDS;
use crate::base::{Draw, EmailAddress, Fault, OutboxId, Timestamp};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::scene::Scene;
use crate::endpoint::user_agent::asked;
use crate::jose::Label;
use crate::model::CodePurpose;
use crate::model::account::Account;
use crate::model::interaction::Interaction;
use crate::model::outbox::{OutboxMail, SEALED_MAIL};
use crate::pages::Mail;

/// The mail that carries a code.
pub fn mail_of(exchange: &Exchange, scene: &Scene, fresh: &FreshCode, draw: &mut Draw) -> Result<OutboxMail, Fault> {
    let app = scene.client.as_ref().map(|client| client.display_name().to_owned());
    let envelope = Envelope {
        to: &fresh.record.email,
        interaction: Some(&scene.interaction),
        expires_at: fresh.record.expires_at,
    };
    seal(exchange, &content(exchange, fresh, app), &envelope, draw)
}

/// The mail that carries a code asked for by somebody who is signed in.
pub fn mail_of_account(exchange: &Exchange, fresh: &FreshCode, draw: &mut Draw) -> Result<OutboxMail, Fault> {
    let envelope = Envelope { to: &fresh.record.email, interaction: None, expires_at: fresh.record.expires_at };
    seal(exchange, &content(exchange, fresh, None), &envelope, draw)
}

/// The mail with the link that proves an address, for whoever knows its password already.
pub(super) fn reminder(
    exchange: &Exchange,
    scene: Option<&Scene>,
    fresh: &FreshCode,
    draw: &mut Draw,
) -> Result<OutboxMail, Fault> {
    let mail = Mail::ConfirmAddress {
        link: format!("{}?token={}", exchange.context.issuer.at("/verify/link"), fresh.link.expose()),
        lifetime_minutes: lifetime_minutes(exchange, fresh.record.purpose),
        asked: asked(exchange),
    };
    let interaction = scene.map(|scene| &scene.interaction);
    let envelope = Envelope { to: &fresh.record.email, interaction, expires_at: fresh.record.expires_at };
    seal(exchange, &mail, &envelope, draw)
}

fn content(exchange: &Exchange, fresh: &FreshCode, app: Option<String>) -> Mail {
    let code = fresh.digits.expose().to_owned();
    let lifetime_minutes = lifetime_minutes(exchange, fresh.record.purpose);
    let issuer = &exchange.context.issuer;
    // RST-02: links are made from the configured issuer and nothing else.
    let link = |path: &str| format!("{}?token={}", issuer.at(path), fresh.link.expose());
    let asked = asked(exchange);
    match fresh.record.purpose {
        CodePurpose::VerifyAddress => {
            Mail::VerifyAddress { code, link: link("/verify/link"), lifetime_minutes, app, asked }
        }
        CodePurpose::SignIn => Mail::LoginCode { code, lifetime_minutes, app, asked },
        CodePurpose::ResetPassword => Mail::ResetPassword { code, link: link("/reset/link"), lifetime_minutes, asked },
        CodePurpose::ChangeAddress => {
            Mail::AddressChangeVerify { code, link: link("/account/email/link"), lifetime_minutes, asked }
        }
    }
}

pub(super) fn lifetime_minutes(exchange: &Exchange, purpose: CodePurpose) -> i64 {
    exchange.context.codes.digits_seconds(purpose) / 60
}

/// A mail that tells of something and leads to nothing; it is worth sending for days. `scene` is where it was caused,
/// when that was on the way to an app.
pub fn notice(
    exchange: &Exchange,
    scene: Option<&Scene>,
    to: &EmailAddress,
    mail: &Mail,
    draw: &mut Draw,
) -> Result<OutboxMail, Fault> {
    let interaction = scene.map(|scene| &scene.interaction);
    let envelope = Envelope { to, interaction, expires_at: exchange.now.plus_seconds(NOTICE_SECONDS) };
    seal(exchange, mail, &envelope, draw)
}

/// The mail that asks a person on behalf of an app, worth sending as long as the question waits.
pub fn about_approval(
    exchange: &Exchange,
    to: &EmailAddress,
    mail: &Mail,
    expires_at: Timestamp,
    draw: &mut Draw,
) -> Result<OutboxMail, Fault> {
    seal(exchange, mail, &Envelope { to, interaction: None, expires_at }, draw)
}

/// The mail that greets `account`, whose address is about to be proven in `interaction`, unless that happened before.
pub fn welcome(
    exchange: &Exchange,
    interaction: Option<&Interaction>,
    account: &Account,
    name: Option<String>,
    draw: &mut Draw,
) -> Result<Option<OutboxMail>, Fault> {
    if account.email_verified_at.is_some() {
        return Ok(None);
    }
    let mail = Mail::Welcome { name, account_uri: exchange.context.issuer.at("/account") };
    let expires_at = exchange.now.plus_seconds(NOTICE_SECONDS);
    seal(exchange, &mail, &Envelope { to: &account.email, interaction, expires_at }, draw).map(Some)
}

struct Envelope<'a> {
    to: &'a EmailAddress,
    interaction: Option<&'a Interaction>,
    expires_at: Timestamp,
}

fn seal(exchange: &Exchange, mail: &Mail, envelope: &Envelope<'_>, draw: &mut Draw) -> Result<OutboxMail, Fault> {
    let id = OutboxId::generate_at(exchange.now, draw);
    let content = crate::base::Sensitive::new(serde_json::to_vec(mail).map_err(Fault::broken)?);
    let label = Label { purpose: SEALED_MAIL, record: id.as_str() };
    // The language of the pages that led to it.
    let ui_locales = envelope.interaction.and_then(|interaction| interaction.request()?.ui_locales.as_deref());
    let accepted = exchange.header(poem::http::header::ACCEPT_LANGUAGE);
    Ok(OutboxMail {
        sealed_content: exchange.context.master_key.seal(label, content.expose(), draw),
        id,
        to: envelope.to.clone(),
        kind: mail.kind(),
        locale: exchange.context.pages.negotiate(ui_locales, accepted).as_str().to_owned(),
        created_at: exchange.now,
        expires_at: envelope.expires_at,
    })
}
