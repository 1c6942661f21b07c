//! `/api/v1/identities` and `/api/v1/providers`: which other providers open the account, cutting one off, and which there
//! are to sign in by. Tying one is a journey of a browser and begins on the account's page.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::Tag;
use super::caller::Caller;
use super::problem::{Refusals, Refused, RefusedAs};
use crate::base::Timestamp;
use crate::endpoint::account::logins::{By, untie};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::federation::name_of;
use crate::model::upstream::{LinkedIdentity, UnlinkOutcome};

/// The operations.
pub struct IdentitiesApi;

/// How these operations refuse.
pub struct OfIdentities;

impl Refusals for OfIdentities {
    const OWN: &'static [(u16, &'static str)] = &[
        (403, "`sign_in_too_old`, `forbidden`, `cross_site`"),
        (404, "`not_found`: the account is not tied to such a person."),
        (409, "`last_way_in`: nobody could enter the account any more; or `overtaken`."),
    ];
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Identities")]
#[expect(clippy::unused_async, reason = "operations are asynchronous, whether they wait or not")]
impl IdentitiesApi {
    /// The providers that people sign in by
    ///
    /// For anybody. A browser that is sent to `start` is sent on to the provider, and comes back signed in to its
    /// account page; within an authorization request it is the sign-in page that offers them.
    #[oai(path = "/providers", method = "get", operation_id = "listProviders")]
    async fn providers(&self, exchange: Data<&Arc<Exchange>>) -> Result<Json<Providers>, Refused> {
        let providers = exchange.context.connectors.iter().map(|connector| {
            let provider = connector.provider();
            let start = exchange.context.issuer.at(&format!("/federation/{}", provider.id));
            ListedProvider { id: provider.id.to_string(), name: provider.name.clone(), start }
        });
        Ok(Json(Providers { providers: providers.collect() }))
    }

    /// The ties to people of other providers
    ///
    /// By cookie, or by a token of a first-party client.
    #[oai(path = "/identities", method = "get", operation_id = "listIdentities")]
    async fn list(
        &self,
        caller: Caller,
        exchange: Data<&Arc<Exchange>>,
    ) -> Result<Json<Identities>, RefusedAs<OfIdentities>> {
        let person = caller.acting_as_person()?.account.id;
        let found = exchange.context.store.list_identities(&person).await?;
        Ok(Json(Identities { identities: found.iter().map(|tie| listed(&exchange, tie)).collect() }))
    }

    /// Cuts a tie
    ///
    /// By cookie, or by a token of a first-party client, of somebody who signed in within the last minutes. The owner is
    /// told by mail, and tokens of the provider that were kept are forgotten. Sessions that began by it go on.
    #[oai(path = "/identities/:provider/:subject", method = "delete", operation_id = "unlinkIdentity")]
    async fn unlink(
        &self,
        caller: Caller,
        exchange: Data<&Arc<Exchange>>,
        /// The provider.
        provider: Path<String>,
        /// The provider's name of the person, escaped as in any path.
        subject: Path<String>,
    ) -> Result<Unlinked, RefusedAs<OfIdentities>> {
        let caller = caller.acting_as_person()?;
        // Federation 3.6: whoever found the browser open unties nothing.
        if !caller.last_proof.is_recent(exchange.now) {
            return Err(HttpRefusal::SignInTooOld.into());
        }
        let provider = provider.0.parse().map_err(|_| HttpRefusal::NotFound)?;
        let by = By::owner(&exchange);
        done(untie(&exchange, &caller.account, (&provider, &subject.0), by).await?)?;
        Ok(Unlinked::Unlinked)
    }
}

/// What a program is told of the outcome.
pub(super) fn done(outcome: UnlinkOutcome) -> Result<(), Failure> {
    match outcome {
        UnlinkOutcome::Unlinked => Ok(()),
        UnlinkOutcome::Absent => Err(HttpRefusal::NotFound.into()),
        UnlinkOutcome::Overtaken => Err(HttpRefusal::Overtaken.into()),
        UnlinkOutcome::LastWayIn => Err(HttpRefusal::LastWayIn.into()),
    }
}

/// The providers that people sign in by.
#[derive(Debug, Object)]
struct Providers {
    /// In the operator's order.
    providers: Vec<ListedProvider>,
}

/// A provider that people sign in by.
#[derive(Debug, Object)]
#[oai(rename = "Provider")]
struct ListedProvider {
    /// Its name in addresses and tokens.
    id: String,
    /// What people call it.
    name: String,
    /// Where a browser begins to sign in by it.
    start: String,
}

/// The ties to people of other providers.
#[derive(Debug, Object)]
pub(super) struct Identities {
    /// The oldest comes first.
    pub(super) identities: Vec<ListedIdentity>,
}

/// A tie to a provider's person.
#[derive(Debug, Object)]
#[oai(rename = "Identity", skip_serializing_if_is_none)]
pub(super) struct ListedIdentity {
    /// The provider.
    provider: String,
    /// What people call the provider.
    name: String,
    /// The provider's name of the person.
    subject: String,
    /// What the provider calls the person: an address or a name.
    shown_as: Option<String>,
    /// When it was tied, in seconds since 1970.
    linked_at: i64,
    /// When somebody last signed in by it, in seconds since 1970.
    last_used_at: i64,
    /// Since when it lets nobody in: the provider told of a takeover. In seconds since 1970.
    blocked_at: Option<i64>,
}

/// The tie is cut.
#[derive(ApiResponse)]
enum Unlinked {
    /// The tie is cut.
    #[oai(status = 204)]
    Unlinked,
}

/// A tie as it is listed.
pub(super) fn listed(exchange: &Exchange, tie: &LinkedIdentity) -> ListedIdentity {
    ListedIdentity {
        provider: tie.provider.to_string(),
        name: name_of(exchange, &tie.provider),
        subject: tie.subject.clone(),
        shown_as: tie.shown_as.clone(),
        linked_at: tie.linked_at.seconds(),
        last_used_at: tie.last_used_at.seconds(),
        blocked_at: tie.blocked_at.map(Timestamp::seconds),
    }
}
