//! Starting a session: the one place where somebody becomes signed in, whatever proved who they are.

use poem::Response;
use poem::http::{HeaderValue, header};
use serde_json::json;

use super::browser::{device_mark, provider_cookie, session_cookie, session_tokens};
use super::client::event_of;
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::mailed_code::{notice, welcome};
use super::proceed::proceed;
use super::reply::Reply;
use super::scene::{Scene, at};
use super::trace;
use super::user_agent::asked;
use crate::base::bounds::DEVICE_COOKIE_SECONDS;
use crate::base::{CodeId, Digest, Draw, Fault, OpaqueToken, SessionId, TokenKind};
use crate::model::PasswordHash;
use crate::model::account::{Account, StandardClaims};
use crate::model::audit::{AuditAction, AuditEvent};
use crate::model::interaction::Interaction;
use crate::model::session::{RenewedClaims, SeenDevice, Session, SignIn, SignInOutcome, SignedIn};
use crate::model::upstream::{LinkedIdentity, ProviderId};
use crate::pages::Mail;

/// What proved who somebody is.
#[derive(Default)]
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
    /// Whether the session outlives the browser, and may lie unused for longer.
    pub remember: bool,
    /// The other provider's word, if it was that.
    pub vouched: Option<Box<Vouched>>,
}

/// What another provider's word brings along.
pub struct Vouched {
    /// The tie between its person and the account.
    pub identity: LinkedIdentity,
    /// Whether the account is made by it.
    pub creates: bool,
    /// The claims as it renewed them.
    pub renewed_claims: Option<StandardClaims>,
}

/// Where somebody signs in.
pub struct Entrance<'a> {
    /// Who is signed in in this browser already; the newcomer is added.
    pub sessions: &'a mut Vec<SignedIn>,
    /// The interaction that the session is chosen for, if it is for one.
    pub interaction: Option<&'a mut Interaction>,
}

/// A session that has begun, with the cookies that keep it.
pub struct Started {
    /// The session.
    pub session: Session,
    cookies: Vec<HeaderValue>,
}

impl Started {
    /// The cookies to be set.
    pub fn cookies(&self) -> impl Iterator<Item = HeaderValue> {
        self.cookies.iter().cloned()
    }

    /// Sets the cookies on `response`.
    pub fn set_cookies(&self, response: &mut Response) {
        for cookie in self.cookies() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
}

fn renewed(claims: StandardClaims, account: &Account) -> Box<RenewedClaims> {
    Box::new(RenewedClaims { claims, read_at: account.updated_at })
}

/// Signs `account` in within `scene` and goes on.
pub async fn sign_in(exchange: &Exchange, mut scene: Scene, account: Account, proof: Proof, draw: &mut Draw) -> Reply {
    let entrance = Entrance { sessions: &mut scene.sessions, interaction: Some(&mut scene.interaction) };
    let started = Box::pin(start(exchange, entrance, account, proof, draw)).await?;
    let mut response = proceed(exchange, &scene, draw).await?;
    started.set_cookies(&mut response);
    Ok(response)
}

/// Starts a session of `account`. It and its cookie are new at every sign-in (SES-01); an older session of the same
/// person in this browser is replaced.
pub async fn start(
    exchange: &Exchange,
    entrance: Entrance<'_>,
    mut account: Account,
    proof: Proof,
    draw: &mut Draw,
) -> Result<Started, Failure> {
    let Entrance { sessions, mut interaction } = entrance;
    let token = OpaqueToken::generate(TokenKind::Session, draw);
    let session = session(exchange, &account, &token, &proof, draw);
    let replaced = sessions.iter().position(|own| own.account.id == account.id);
    let mark = device_mark(exchange, &account.id, draw);
    let device = seen(exchange, &account, mark.digest, draw)?;
    if let Some(interaction) = interaction.as_deref_mut() {
        interaction.progress.signed_in(session.id.clone());
    }
    let welcome = if proof.verifies_address {
        let name = account.claims.name.clone().filter(|_| !proof.forgets_unproven);
        welcome(exchange, interaction.as_deref(), &account, name, draw)?
    } else {
        None
    };
    let Proof { remember, verifies_address, .. } = proof;
    let write = SignIn {
        replaces: replaced.map(|at| sessions[at].session.id.clone()),
        interaction: interaction.as_deref().cloned(),
        welcome,
        device: Some(device),
        ..proven(exchange, &session, &account, proof)
    };
    commit(exchange, write, interaction).await?;
    tell(exchange, &session);
    let kept = kept_tokens(exchange, sessions, replaced, token);
    let mut cookies = vec![session_cookie(exchange, &kept, remember), mark.cookie];
    cookies.extend(session.idp.as_ref().map(|provider| provider_cookie(exchange, provider)));
    if let Some(at) = replaced {
        sessions.remove(at);
    }
    if verifies_address {
        account.email_verified_at = account.email_verified_at.or(Some(exchange.now));
    }
    sessions.insert(0, SignedIn { session: session.clone(), account });
    Ok(Started { session, cookies })
}

/// What is written of `session` for the sake of its proof alone.
fn proven(exchange: &Exchange, session: &Session, account: &Account, proof: Proof) -> SignIn {
    let (identity, creates, renewed_claims) = match proof.vouched.map(|vouched| *vouched) {
        Some(Vouched { identity, creates, renewed_claims }) => {
            (Some(Box::new(identity)), creates, renewed_claims.map(|claims| renewed(claims, account)))
        }
        None => (None, false, None),
    };
    SignIn {
        session: session.clone(),
        replaces: None,
        generation: account.generation,
        interaction: None,
        rehashed_password: proof.rehashed_password,
        consumed_code: proof.consumed_code,
        forgets_unproven: proof.forgets_unproven,
        verifies_address: proof.verifies_address,
        creates: creates.then(|| Box::new(account.clone())),
        identity,
        renewed_claims,
        welcome: None,
        device: None,
        ends_others: exchange.context.policy.single_session,
        audit: audit(exchange, account, session),
    }
}

/// Whoever was overtaken looks again where the interaction stands; without one the form is of no use any more.
async fn commit(exchange: &Exchange, write: SignIn, interaction: Option<&mut Interaction>) -> Result<(), Failure> {
    match (exchange.context.store.sign_in(write).await?, interaction) {
        (SignInOutcome::SignedIn, None) => Ok(()),
        (SignInOutcome::SignedIn, Some(interaction)) => {
            interaction.revision += 1;
            Ok(())
        }
        (SignInOutcome::Stale, Some(interaction)) => Err(Failure::Onward(at("/continue", &interaction.id))),
        (SignInOutcome::Stale, None) | (SignInOutcome::Overtaken, _) => Err(HttpRefusal::FormExpired.into()),
    }
}

/// Whom it concerns besides: the metrics, the trace, and who sends mail.
fn tell(exchange: &Exchange, session: &Session) {
    exchange.context.observer.signed_in("success");
    let idp = session.idp.as_ref().map(ProviderId::as_str);
    trace::note(exchange, "signed_in", || json!({ "amr": session.amr, "idp": idp }));
    exchange.context.mail_written.notify_one();
}

/// The cookie's secrets afterwards: the new one, then those of other people still signed in here.
fn kept_tokens(
    exchange: &Exchange,
    sessions: &[SignedIn],
    replaced: Option<usize>,
    new: OpaqueToken,
) -> Vec<OpaqueToken> {
    let is_kept = |token: &OpaqueToken| {
        let digest = token.digest();
        let position = sessions.iter().position(|own| own.session.secret == digest);
        position.is_some() && position != replaced
    };
    let mut kept = vec![new];
    kept.extend(session_tokens(exchange).into_iter().filter(is_kept));
    kept
}

/// The device as the store sees it. The mail is made whether it is new or not, which only the store finds out.
fn seen(exchange: &Exchange, account: &Account, digest: Digest, draw: &mut Draw) -> Result<SeenDevice, Fault> {
    let policy = &exchange.context.policy;
    let mail = if policy.new_device_mail && policy.mail_enabled {
        let sessions_uri = exchange.context.issuer.at("/account/sessions");
        let mail = Mail::NewDevice { sessions_uri, asked: asked(exchange) };
        Some(notice(exchange, None, &account.email, &mail, draw)?)
    } else {
        None
    };
    Ok(SeenDevice { digest, expires_at: exchange.now.plus_seconds(DEVICE_COOKIE_SECONDS), mail })
}

fn session(exchange: &Exchange, account: &Account, token: &OpaqueToken, proof: &Proof, draw: &mut Draw) -> Session {
    let policy = &exchange.context.policy;
    let idle_seconds = if proof.remember { policy.session_idle_seconds } else { policy.session_brief_idle_seconds };
    Session {
        id: SessionId::generate_at(exchange.now, draw),
        secret: token.digest(),
        account_id: account.id.clone(),
        auth_time: exchange.now,
        amr: proof.amr.iter().map(|&method| method.to_owned()).collect(),
        idp: proof.vouched.as_ref().map(|vouched| vouched.identity.provider.clone()),
        created_at: exchange.now,
        last_seen_at: exchange.now,
        idle_expires_at: exchange.now.plus_seconds(idle_seconds),
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
    if let Some(idp) = &session.idp {
        event.detail.insert("idp".to_owned(), idp.as_str().into());
    }
    event
}
