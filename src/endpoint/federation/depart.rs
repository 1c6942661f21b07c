//! `/federation/{provider}`: sending somebody to another provider, to sign in or to tie it to their account.

use super::trouble::{self, Trouble};
use super::{connector, count, needs_local_proof};
use crate::base::bounds::UPSTREAM_VISIT_SECONDS;
use crate::base::{AccountId, Draw, OpaqueToken, TokenKind};
use crate::endpoint::browser::Browser;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::login::{is_over, start};
use crate::endpoint::proceed::proceed;
use crate::endpoint::reply::{self, Reply};
use crate::endpoint::scene::{Scene, begin, signed_in};
use crate::jose::Label;
use crate::model::ThrottlePurpose;
use crate::model::interaction::{Interaction, Purpose};
use crate::model::session::SignedIn;
use crate::model::upstream::{Visit, VisitPurpose};
use crate::upstream::{Connector, Departure, Provider, callback};

/// Sends the browser to the provider. Without an interaction one is begun that leads to the account.
pub async fn get(exchange: &Exchange) -> Reply {
    let connector = connector(exchange).ok_or(HttpRefusal::NotFound)?;
    let mut draw = exchange.draw()?;
    let query = exchange.query_parameters()?;
    if let Some(token) = query.get("link") {
        return to_link(exchange, connector, token, &mut draw).await;
    }
    if query.get("interaction").is_none() {
        return start(exchange, &format!("/federation/{}", connector.provider().id), &mut draw).await;
    }
    let scene = Scene::of(exchange, &mut draw).await?;
    if is_over(&scene.step(exchange)) {
        return proceed(exchange, &scene, &mut draw).await;
    }
    if needs_local_proof(exchange, &scene) {
        return reply::see_other(&scene.at("/login"));
    }
    send(exchange, connector, (&scene.browser, &scene.interaction), VisitPurpose::SignIn, &mut draw).await
}

/// The token of the link that begins tying `provider` to `account`: another site cannot begin it, which matters to
/// somebody whose browser is signed in to a stranger's account there; and it begins nothing for another account, which
/// matters where several people are signed in.
pub fn link_token(exchange: &Exchange, browser: &Browser, provider: &Provider, account: &AccountId) -> String {
    browser.form_token(exchange, &link_purpose(provider, account))
}

fn link_purpose(provider: &Provider, account: &AccountId) -> String {
    format!("link {} {account}", provider.id)
}

async fn to_link(exchange: &Exchange, connector: &Connector, token: &str, draw: &mut Draw) -> Reply {
    let browser = Browser::known(exchange).ok_or(HttpRefusal::FormExpired)?;
    let signed_in = signed_in(exchange).await?;
    if signed_in.is_empty() {
        return Err(Failure::Onward("/login?page=logins".to_owned()));
    }
    let is_for =
        |own: &SignedIn| browser.made_form(exchange, &link_purpose(connector.provider(), &own.account.id), Some(token));
    let me = signed_in.into_iter().find(is_for).ok_or(HttpRefusal::FormExpired)?;
    // Federation 3.6: whoever found the browser open ties nothing to it.
    if !me.session.last_proof().is_recent(exchange.now) {
        return Err(Failure::Onward("/login?page=logins".to_owned()));
    }
    let interaction = begin(exchange, &browser, Purpose::Account { path: "/logins".to_owned() }, draw).await?;
    let purpose = VisitPurpose::Link { account: me.account.id, session: me.session.id };
    send(exchange, connector, (&browser, &interaction), purpose, draw).await
}

async fn send(
    exchange: &Exchange,
    connector: &Connector,
    (browser, interaction): (&Browser, &Interaction),
    purpose: VisitPurpose,
    draw: &mut Draw,
) -> Reply {
    count(exchange, ThrottlePurpose::VisitIp).await?;
    let state = OpaqueToken::generate(TokenKind::Visit, draw);
    let request = interaction.request();
    let redirect_uri = callback(&exchange.context.issuer, connector.provider().id.as_str());
    let departure = Departure {
        redirect_uri: &redirect_uri,
        state: state.expose(),
        login_hint: request.and_then(|request| request.login_hint.as_deref()),
        // Federation 2.6: who ties an account, or wants another one, is asked which.
        select_account: purpose != VisitPurpose::SignIn || request.is_some_and(|request| request.prompt.select_account),
        ui_locales: request.and_then(|request| request.ui_locales.as_deref()),
    };
    let (uri, pending) = match connector.begin(&departure, exchange.now, draw).await {
        Ok(begun) => begun,
        Err(failure) => {
            let trouble = Trouble::of(exchange, connector, &failure);
            let for_account = purpose != VisitPurpose::SignIn;
            return trouble::show(exchange, &trouble, Some((browser, interaction)), for_account, draw);
        }
    };
    let digest = state.digest();
    let sealed_pending = exchange.context.master_key.seal(pending_label(&digest), &pending.to_bytes()?, draw);
    let visit = Visit {
        state: digest,
        provider: connector.provider().id.clone(),
        browser: browser.digest(),
        interaction: interaction.id.clone(),
        purpose,
        sealed_pending,
        created_at: exchange.now,
        expires_at: exchange.now.plus_seconds(UPSTREAM_VISIT_SECONDS),
    };
    exchange.context.store.begin_visit(visit).await?;
    reply::see_other(&uri)
}

/// What a visit's secrets are sealed under: nothing else opens them.
pub(super) fn pending_label(state: &crate::base::Digest) -> Label<'_> {
    Label { purpose: "upstream visit", record: state.as_str() }
}
