//! `/api/v1/admin`: what an administrator may do to accounts, clients and sessions of others, and the record of it.
//!
//! An administrator starts a reset but neither chooses nor sees a password (RST-13), and acts under nobody's name but their
//! own. Pages for it are not built here.

mod accounts;
mod audit;
mod client_document;
mod clients;
mod grants;
mod identities;
mod logouts;
mod membership;
mod registration_tokens;
mod reset;
mod sessions;
mod traces;

use poem_openapi::ApiResponse;

pub use accounts::AccountsApi;
pub use audit::AuditApi;
pub use clients::ClientsApi;
pub use grants::GrantsApi;
pub use identities::IdentitiesApi;
pub use logouts::LogoutsApi;
pub use membership::MembershipApi;
pub use registration_tokens::RegistrationTokensApi;
pub use sessions::SessionsApi;
pub use traces::TracesApi;

use super::caller::{confirmed, person_here, presented, way_in};
use crate::base::AccountId;
use crate::base::bounds::{ADMIN_PAGE_ROWS, ADMIN_PAGE_ROWS_MAX};
use crate::endpoint::client::event_of;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::model::account::{Account, AdministrationOutcome};
use crate::model::audit::{Actor, AuditAction, AuditEvent};
use crate::protocol::bearer::PresentedToken;
use crate::protocol::scope_policy;
use crate::protocol::userinfo::open_any;

/// Who administers. The role is looked at in every call, so that it is gone at once where it was taken (API-06).
pub struct Administrator(Account);

impl Administrator {
    async fn of(exchange: &Exchange) -> Result<Self, Failure> {
        let account = match presented(exchange)? {
            Some(token) => by_token(exchange, &token).await?,
            None => person_here(exchange).await?.account,
        };
        if account.is_administrator() { Ok(Self(account)) } else { Err(HttpRefusal::Forbidden.into()) }
    }

    /// The record of what this administrator does to an account (API-09).
    fn event(&self, exchange: &Exchange, action: AuditAction, target: Option<&AccountId>) -> AuditEvent {
        AuditEvent {
            actor: Actor::Administrator(self.0.id.clone()),
            account: target.cloned(),
            ..event_of(exchange, action)
        }
    }
}

/// The operator's own app with the scope for it; the person agreed to nothing of the kind with others.
async fn by_token(exchange: &Exchange, token: &PresentedToken) -> Result<Account, Failure> {
    let found = confirmed(exchange, token).await?;
    let snapshot = found.snapshot();
    let opened = open_any(&found.claims, &snapshot, &exchange.context.issuer, exchange.now)?;
    if !opened.client.metadata.doorward.first_party || !opened.scope.contains(scope_policy::ADMIN) {
        return Err(HttpRefusal::Forbidden.into());
    }
    Ok(opened.granted.account.clone())
}

way_in!(Administrator);

/// It was done, and there is nothing to tell.
#[derive(ApiResponse)]
enum Done {
    /// It was done.
    #[oai(status = 204)]
    Done,
}

/// The account an address names, which must be there.
async fn account(exchange: &Exchange, id: &str) -> Result<Account, Failure> {
    let id: AccountId = id.parse().map_err(|_| HttpRefusal::NotFound)?;
    Ok(exchange.context.store.find_account(&id).await?.ok_or(HttpRefusal::NotFound)?)
}

fn done(outcome: AdministrationOutcome) -> Result<(), Failure> {
    match outcome {
        AdministrationOutcome::Done => Ok(()),
        AdministrationOutcome::Absent => Err(HttpRefusal::NotFound.into()),
        AdministrationOutcome::Overtaken => Err(HttpRefusal::Overtaken.into()),
        AdministrationOutcome::LastAdministrator => Err(HttpRefusal::LastAdministrator.into()),
    }
}

/// How many rows a page has. The document says the bounds, and what lies outside is refused before.
fn rows(limit: Option<i64>) -> usize {
    usize::try_from(limit.unwrap_or(ADMIN_PAGE_ROWS).clamp(1, ADMIN_PAGE_ROWS_MAX)).unwrap_or(1)
}

/// A place to go on at, as an earlier answer named it (INJ-10). No such place has a character that the store refuses.
fn cursor(text: Option<String>) -> Result<String, Failure> {
    let text = text.unwrap_or_default();
    if text.chars().any(char::is_control) { Err(HttpRefusal::FieldMalformed.into()) } else { Ok(text) }
}
