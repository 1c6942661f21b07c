//! When coming in from another provider does not work out: a page that says so, and the other ways onward. What the
//! provider said itself goes into the log, never onto the page (federation 3.13).

use poem::http::StatusCode;

use super::{button, buttons};
use crate::base::Draw;
use crate::endpoint::browser::Browser;
use crate::endpoint::client::event_of;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::Failure;
use crate::endpoint::frame::{self, Setting};
use crate::endpoint::reply::Reply;
use crate::identity::linking::NotAdmitted;
use crate::model::audit::AuditAction;
use crate::model::interaction::Interaction;
use crate::pages::{FederationProblem, FederationTrouble, UpstreamButton};
use crate::upstream::{Connector, UpstreamFailure};

/// What happened, at which provider.
pub struct Trouble<'a> {
    connector: &'a Connector,
    kind: FederationTrouble,
}

impl<'a> Trouble<'a> {
    /// Something of our own finding.
    pub const fn new(connector: &'a Connector, kind: FederationTrouble) -> Self {
        Self { connector, kind }
    }

    /// A failure between us and the provider, which is logged.
    pub fn of(exchange: &Exchange, connector: &'a Connector, failure: &UpstreamFailure) -> Self {
        tracing::warn!(
            request = exchange.id.as_str(),
            provider = connector.provider().id.as_str(),
            reason = failure.label(),
            error = %failure,
            "nobody came in from another provider"
        );
        exchange.context.observer.signed_in("upstream_failed");
        let kind = match failure {
            UpstreamFailure::Unreachable { .. } => FederationTrouble::Unreachable,
            UpstreamFailure::Malformed { .. }
            | UpstreamFailure::Refused { .. }
            | UpstreamFailure::Misconfigured { .. } => FederationTrouble::Misunderstood,
            UpstreamFailure::Unverified { .. } => FederationTrouble::Unverified,
            UpstreamFailure::Withheld { .. } => FederationTrouble::Withheld,
        };
        Self { connector, kind }
    }

    /// Somebody whom we do not let in.
    pub const fn refusal(connector: &'a Connector, why: NotAdmitted) -> Self {
        let kind = match why {
            NotAdmitted::Restricted => FederationTrouble::Restricted,
            NotAdmitted::SignUpClosed => FederationTrouble::SignUpClosed,
            NotAdmitted::AccountClosed => FederationTrouble::AccountClosed,
        };
        Self { connector, kind }
    }

    const fn status(&self) -> StatusCode {
        match self.kind {
            FederationTrouble::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
            FederationTrouble::Misunderstood | FederationTrouble::Unverified => StatusCode::BAD_GATEWAY,
            FederationTrouble::Declined | FederationTrouble::Withheld | FederationTrouble::VisitOver => {
                StatusCode::BAD_REQUEST
            }
            FederationTrouble::TiedElsewhere
            | FederationTrouble::TooMany
            | FederationTrouble::SomebodyElse
            | FederationTrouble::CameInBefore => StatusCode::CONFLICT,
            FederationTrouble::Restricted | FederationTrouble::SignUpClosed | FederationTrouble::AccountClosed => {
                StatusCode::FORBIDDEN
            }
        }
    }

    /// Whether going to the provider once more may help.
    const fn is_worth_another_try(&self) -> bool {
        !matches!(self.kind, FederationTrouble::AccountClosed | FederationTrouble::TiedElsewhere)
    }
}

/// Notes in the audit log that somebody was not let in.
pub async fn note(exchange: &Exchange, connector: &Connector, reason: &str) -> Result<(), Failure> {
    exchange.context.observer.signed_in("refused");
    let mut event = event_of(exchange, AuditAction::SignInFailed);
    event.detail.insert("idp".to_owned(), connector.provider().id.as_str().into());
    event.detail.insert("reason".to_owned(), reason.into());
    exchange.context.store.append_audit(event).await?;
    Ok(())
}

/// Shows the page, within the interaction if there is one that goes on.
pub fn show(
    exchange: &Exchange,
    trouble: &Trouble<'_>,
    place: Option<(&Browser, &Interaction)>,
    for_account: bool,
    draw: &mut Draw,
) -> Reply {
    let own: UpstreamButton = button(trouble.connector);
    let page = FederationProblem {
        kind: trouble.kind,
        provider: own.name.clone(),
        others: buttons(exchange).into_iter().filter(|other| other.id != own.id).collect(),
        again: trouble.is_worth_another_try().then_some(own),
        sign_up: exchange.context.policy.signup_enabled,
        for_account,
        request_id: exchange.id.to_string(),
    };
    match place {
        Some((browser, interaction)) if !for_account => {
            let setting = Setting { interaction: Some(interaction), ..Setting::alone(browser) };
            frame::show(exchange, trouble.status(), &page, &setting, draw)
        }
        Some((browser, _)) => frame::show(exchange, trouble.status(), &page, &Setting::alone(browser), draw),
        None => {
            let browser = Browser::of(exchange, draw);
            frame::show(exchange, trouble.status(), &page, &Setting::alone(&browser), draw)
        }
    }
}
