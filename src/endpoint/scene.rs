//! Everything a page of an interaction stands on, loaded at once: the interaction, the client, who is signed in in this
//! browser, what they agreed to. What comes next is `protocol::next_step`'s to say.

use super::browser::{Browser, session_tokens};
use super::client_lookup;
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::frame::Setting;
use super::trace;
use crate::base::bounds::{INTERACTION_SECONDS, REPEATED_FORM_SECONDS, SESSION_TOUCH_SECONDS};
use crate::base::{Digest, Draw, InteractionId, OpaqueToken};
use crate::model::CodePurpose;
use crate::model::client::Client;
use crate::model::grant::Consent;
use crate::model::interaction::{Interaction, Progress, Purpose};
use crate::model::session::SignedIn;
use crate::protocol::Reason;
use crate::protocol::next_step::{Snapshot, Step, admit, next_step};

/// What is known in the middle of an interaction.
pub struct Scene {
    /// The browser it is bound to.
    pub browser: Browser,
    /// The interaction.
    pub interaction: Interaction,
    /// The client that asks, if one does and it still exists.
    pub client: Option<Client>,
    /// Who is signed in in this browser.
    pub sessions: Vec<SignedIn>,
    /// What they agreed to share with the client.
    pub consents: Vec<Consent>,
}

impl Scene {
    /// The scene of the interaction named in the query, if this browser began it (AUT-20).
    ///
    /// One that took too long, or whose form was sent twice in a row, begins anew with the same request; the failure
    /// then says where to go on.
    pub async fn of(exchange: &Exchange, draw: &mut Draw) -> Result<Self, Failure> {
        let id = exchange.query_parameters()?.get("interaction").and_then(|id| id.parse().ok());
        let id: InteractionId = id.ok_or(Reason::InteractionUnknown)?;
        let browser = Browser::known(exchange).ok_or(HttpRefusal::CookiesOff)?;
        let interaction = exchange.context.store.find_interaction(&id).await?;
        let admitted = admit(interaction.as_ref(), Some(&browser.digest()), exchange.now);
        let interaction = interaction.ok_or(Reason::InteractionUnknown)?;
        match admitted {
            Ok(()) => Self::load(exchange, browser, interaction).await,
            Err(Reason::InteractionExpired) => Err(begin_anew(exchange, &browser, interaction, draw).await?),
            Err(Reason::InteractionAnswered) if was_just_answered(&interaction, exchange) => {
                Err(begin_anew(exchange, &browser, interaction, draw).await?)
            }
            Err(reason) => Err(reason.into()),
        }
    }

    /// The scene of an interaction that is known to belong to `browser`.
    pub async fn load(exchange: &Exchange, browser: Browser, interaction: Interaction) -> Result<Self, Failure> {
        trace::join(exchange, interaction.request());
        let client = match interaction.client_id() {
            // One that is known by its document may have made room for another since.
            Some(client_id) => client_lookup::known(exchange, client_id).await?,
            None => None,
        };
        let sessions = signed_in(exchange).await?;
        let consents = consents(exchange, client.as_ref(), &sessions).await?;
        Ok(Self { browser, interaction, client, sessions, consents })
    }

    /// What comes next.
    pub fn step<'a>(&'a self, exchange: &'a Exchange) -> Step<'a> {
        let snapshot = Snapshot {
            client: self.client.as_ref(),
            sessions: &self.sessions,
            consents: &self.consents,
            sign_up_open: exchange.context.policy.signup_enabled,
            subjects: &exchange.context.tokens.subjects,
        };
        next_step(&self.interaction.purpose, &self.interaction.progress, &snapshot, exchange.now)
    }

    /// What the scene's pages are shown with.
    pub fn setting(&self) -> Setting<'_> {
        Setting {
            browser: &self.browser,
            interaction: Some(&self.interaction),
            client: self.client.as_ref(),
            person: None,
            purpose: None,
            ui_locales: None,
        }
    }

    /// The address of one of our pages within this interaction.
    pub fn at(&self, path: &str) -> String {
        at(path, &self.interaction.id)
    }
}

/// The address of `path` within an interaction.
pub fn at(path: &str, interaction: &InteractionId) -> String {
    format!("{path}?interaction={interaction}")
}

/// Who is signed in in the browser behind a request. Sessions in use live on.
pub async fn signed_in(exchange: &Exchange) -> Result<Vec<SignedIn>, Failure> {
    let secrets: Vec<Digest> = session_tokens(exchange).iter().map(OpaqueToken::digest).collect();
    let store = &exchange.context.store;
    let found = store.find_signed_in(secrets, exchange.now).await?;
    for SignedIn { session, .. } in &found {
        if exchange.now.seconds_since(session.last_seen_at) >= SESSION_TOUCH_SECONDS {
            // As it was begun: what is not to be remembered has less time. A setting that was lowered since counts.
            let idle_seconds = session.idle_seconds().min(exchange.context.policy.session_idle_seconds);
            let idle_until = exchange.now.plus_seconds(idle_seconds);
            store.touch_session(&session.id, exchange.now, idle_until).await?;
        }
    }
    Ok(found)
}

/// What the people of `sessions` agreed to share with `client`.
pub async fn consents(
    exchange: &Exchange,
    client: Option<&Client>,
    sessions: &[SignedIn],
) -> Result<Vec<Consent>, Failure> {
    let mut consents = Vec::new();
    if let Some(client) = client {
        for SignedIn { account, .. } in sessions {
            consents.extend(exchange.context.store.find_consent(&account.id, &client.client_id).await?);
        }
    }
    Ok(consents)
}

/// Keeps a new interaction for `purpose`.
pub async fn begin(
    exchange: &Exchange,
    browser: &Browser,
    purpose: Purpose,
    draw: &mut Draw,
) -> Result<Interaction, Failure> {
    let code_seconds = exchange.context.codes.digits_seconds(CodePurpose::VerifyAddress);
    let interaction = Interaction {
        id: InteractionId::generate_at(exchange.now, draw),
        browser: browser.digest(),
        purpose,
        progress: Progress::default(),
        revision: 0,
        created_at: exchange.now,
        // Whoever signs up may take as long as their code does.
        expires_at: exchange.now.plus_seconds(INTERACTION_SECONDS.max(code_seconds)),
        finished_at: None,
    };
    exchange.context.store.begin_interaction(interaction.clone()).await?;
    Ok(interaction)
}

async fn begin_anew(
    exchange: &Exchange,
    browser: &Browser,
    old: Interaction,
    draw: &mut Draw,
) -> Result<Failure, Failure> {
    // What a device asked for is decided on once; its code leads here anew while it lives.
    if old.approval().is_some() {
        return Ok(Failure::Onward("/device/done?outcome=over".to_owned()));
    }
    let fresh = begin(exchange, browser, old.purpose, draw).await?;
    Ok(Failure::Onward(at("/continue", &fresh.id)))
}

/// A double click sends the same form twice; the second must not end in an error page.
fn was_just_answered(interaction: &Interaction, exchange: &Exchange) -> bool {
    interaction.finished_at.is_some_and(|at| exchange.now.seconds_since(at) <= REPEATED_FORM_SECONDS)
}
