//! Starting a session: the one place where somebody becomes signed in, whatever proved who they are.

use poem::http::header;

use super::browser::{device_cookie, session_cookie, session_tokens};
use super::client::event_of;
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::mailed_code::welcome;
use super::proceed::proceed;
use super::reply::Reply;
use super::scene::Scene;
use crate::base::{CodeId, Draw, OpaqueToken, SessionId, TokenKind};
use crate::model::PasswordHash;
use crate::model::account::Account;
use crate::model::audit::{AuditAction, AuditEvent};
use crate::model::session::{Session, SignIn, SignInOutcome, SignedIn};

/// What proved who somebody is.
pub struct Proof {
    /// Authentication methods (RFC 8176): `pwd`, `otp`, …
    pub amr: &'static [&'static str],
    /// The mailed code that is used up by it.
    pub consumed_code: Option<CodeId>,
    /// Whether what stands on an unproven address was set by somebody else.
    pub forgets_unproven: bool,
    /// Whether that code proves the address as well.
    pub verifies_address: bool,
    /// A better hash of the password that was right.
    pub rehashed_password: Option<PasswordHash>,
}

/// Signs `account` in within `scene` and goes on. The session and its cookie are new at every sign-in (SES-01); an
/// older session of the same person in this browser is replaced.
pub async fn sign_in(
    exchange: &Exchange,
    mut scene: Scene,
    mut account: Account,
    proof: Proof,
    draw: &mut Draw,
) -> Reply {
    let token = OpaqueToken::generate(TokenKind::Session, draw);
    let session = session(exchange, &account, &token, &proof, draw);
    let replaced = scene.sessions.iter().position(|own| own.account.id == account.id);
    scene.interaction.progress.signed_in(session.id.clone());
    let name = account.claims.name.clone().filter(|_| !proof.forgets_unproven);
    let welcome = if proof.verifies_address { welcome(exchange, Some(&scene), &account, name, draw)? } else { None };
    let write = SignIn {
        session: session.clone(),
        replaces: replaced.map(|at| scene.sessions[at].session.id.clone()),
        generation: account.generation,
        interaction: Some(scene.interaction.clone()),
        rehashed_password: proof.rehashed_password,
        consumed_code: proof.consumed_code,
        forgets_unproven: proof.forgets_unproven,
        verifies_address: proof.verifies_address,
        welcome,
        audit: audit(exchange, &account, &session),
    };
    match exchange.context.store.sign_in(write).await? {
        SignInOutcome::SignedIn => {}
        SignInOutcome::Stale => return Err(Failure::Onward(scene.at("/continue"))),
        SignInOutcome::Overtaken => return Err(HttpRefusal::FormExpired.into()),
    }
    exchange.context.observer.signed_in("success");
    exchange.context.mail_written.notify_one();
    scene.interaction.revision += 1;
    let kept = kept_tokens(exchange, &scene, replaced, token);
    if let Some(at) = replaced {
        scene.sessions.remove(at);
    }
    if proof.verifies_address {
        account.email_verified_at = account.email_verified_at.or(Some(exchange.now));
    }
    let device = device_cookie(exchange, &account.id, draw);
    scene.sessions.insert(0, SignedIn { session, account });
    let mut response = proceed(exchange, &scene, draw).await?;
    response.headers_mut().append(header::SET_COOKIE, session_cookie(exchange, &kept));
    response.headers_mut().append(header::SET_COOKIE, device);
    Ok(response)
}

/// The cookie's secrets afterwards: the new one, then those of other people still signed in here.
fn kept_tokens(exchange: &Exchange, scene: &Scene, replaced: Option<usize>, new: OpaqueToken) -> Vec<OpaqueToken> {
    let is_kept = |token: &OpaqueToken| {
        let digest = token.digest();
        let position = scene.sessions.iter().position(|own| own.session.secret == digest);
        position.is_some() && position != replaced
    };
    let mut kept = vec![new];
    kept.extend(session_tokens(exchange).into_iter().filter(is_kept));
    kept
}

fn session(exchange: &Exchange, account: &Account, token: &OpaqueToken, proof: &Proof, draw: &mut Draw) -> Session {
    let policy = &exchange.context.policy;
    Session {
        id: SessionId::generate_at(exchange.now, draw),
        secret: token.digest(),
        account_id: account.id.clone(),
        auth_time: exchange.now,
        amr: proof.amr.iter().map(|&method| method.to_owned()).collect(),
        created_at: exchange.now,
        last_seen_at: exchange.now,
        idle_expires_at: exchange.now.plus_seconds(policy.session_idle_seconds),
        expires_at: exchange.now.plus_seconds(policy.session_absolute_seconds),
        ended_at: None,
        user_agent: exchange.user_agent(),
        ip: Some(exchange.ip.to_string()),
    }
}

fn audit(exchange: &Exchange, account: &Account, session: &Session) -> AuditEvent {
    let mut event = event_of(exchange, AuditAction::SignedIn);
    event.account = Some(account.id.clone());
    event.detail.insert("session".to_owned(), session.id.as_str().into());
    event.detail.insert("amr".to_owned(), session.amr.join(" ").into());
    event
}
