//! `/api/v1/apps`: which apps the person shares with, and withdrawing it (AUT-25). For the person's own browser and for
//! apps of the operator.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::Tag;
use super::caller::Caller;
use super::problem::{Refusals, RefusedAs};
use crate::base::Timestamp;
use crate::base::bounds::CLIENT_ID_BYTES_MAX;
use crate::endpoint::account::apps::{shared, withdraw, withdraw_grant};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::model::grant::Consent;
use crate::store::StandingGrant;

/// The operations.
pub struct AppsApi;

/// How these operations refuse.
pub struct OfApps;

impl Refusals for OfApps {
    const OWN: &'static [(u16, &'static str)] =
        &[(403, "`forbidden`, `cross_site`"), (404, "`not_found`: the person shares nothing with such an app.")];
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Apps")]
impl AppsApi {
    /// The apps that the person shares with
    ///
    /// By cookie, or by a token of a first-party client.
    #[oai(path = "/apps", method = "get", operation_id = "listApps")]
    async fn list(&self, caller: Caller, exchange: Data<&Arc<Exchange>>) -> Result<Json<Apps>, RefusedAs<OfApps>> {
        let person = caller.acting_as_person()?.account.id;
        let mut apps = Vec::new();
        for (consent, grants) in shared(&exchange, &person).await? {
            apps.push(listed(&exchange, consent, grants).await?);
        }
        Ok(Json(Apps { apps }))
    }

    /// Takes an app's access away
    ///
    /// By cookie, or by a token of a first-party client. The agreement is forgotten, and every token that was issued on
    /// it ends at once.
    #[oai(path = "/apps/:client_id", method = "delete", operation_id = "withdrawApp")]
    async fn withdraw(
        &self,
        caller: Caller,
        exchange: Data<&Arc<Exchange>>,
        /// The app's client id.
        client_id: Path<String>,
    ) -> Result<Withdrawn, RefusedAs<OfApps>> {
        let person = caller.acting_as_person()?.account.id;
        let is_name = client_id.len() <= CLIENT_ID_BYTES_MAX && !client_id.chars().any(char::is_control);
        if is_name && withdraw(&exchange, &person, &client_id).await? {
            return Ok(Withdrawn::Withdrawn);
        }
        Err(HttpRefusal::NotFound.into())
    }

    /// Ends one grant
    ///
    /// By cookie, or by a token of a first-party client. Every token that was issued on it ends at once; the agreement,
    /// and what was granted to the app elsewhere, stays.
    #[oai(path = "/apps/:client_id/grants/:id", method = "delete", operation_id = "withdrawGrant")]
    async fn withdraw_one(
        &self,
        caller: Caller,
        exchange: Data<&Arc<Exchange>>,
        /// The app's client id.
        client_id: Path<String>,
        /// The grant.
        id: Path<String>,
    ) -> Result<Withdrawn, RefusedAs<OfApps>> {
        let person = caller.acting_as_person()?.account.id;
        if withdraw_grant(&exchange, &person, Some(&client_id.0), &id.0).await? {
            return Ok(Withdrawn::Withdrawn);
        }
        Err(HttpRefusal::NotFound.into())
    }
}

/// The apps that the person shares with.
#[derive(Debug, Object)]
struct Apps {
    /// The latest agreement comes first.
    apps: Vec<App>,
}

/// An app that the person agreed to share with.
#[derive(Debug, Object)]
#[oai(rename = "App", skip_serializing_if_is_none)]
struct App {
    /// Its client id.
    client_id: String,
    /// What it is called.
    name: String,
    /// Its web page.
    client_uri: Option<String>,
    /// What the person agreed to.
    scope: Vec<String>,
    /// When, in seconds since 1970.
    granted_at: i64,
    /// What stands granted to it, each at one authorization; the latest comes first.
    grants: Vec<AppGrant>,
}

/// What was granted to an app at one authorization.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
struct AppGrant {
    /// Its name.
    id: String,
    /// What.
    scope: Vec<String>,
    /// The resources its access tokens may be for.
    resources: Vec<String>,
    /// By which grant type it came about.
    via: String,
    /// Since when, in seconds since 1970.
    granted_at: i64,
    /// When a refresh token was last given out on it, in seconds since 1970.
    last_used_at: Option<i64>,
}

/// The app has no access any more.
#[derive(ApiResponse)]
enum Withdrawn {
    /// The app has no access any more.
    #[oai(status = 204)]
    Withdrawn,
}

async fn listed(exchange: &Exchange, consent: Consent, grants: Vec<StandingGrant>) -> Result<App, Failure> {
    let client = exchange.context.store.find_client(&consent.client_id).await?;
    let name = client.as_ref().map_or(consent.client_id.as_str(), |client| client.display_name()).to_owned();
    Ok(App {
        name,
        client_uri: client.and_then(|client| client.metadata.client_uri),
        scope: consent.scope.iter().map(str::to_owned).collect(),
        granted_at: consent.granted_at.seconds(),
        client_id: consent.client_id,
        grants: grants.into_iter().map(grant).collect(),
    })
}

fn grant(StandingGrant { grant, last_used_at }: StandingGrant) -> AppGrant {
    AppGrant {
        id: grant.id.to_string(),
        scope: grant.scope.iter().map(str::to_owned).collect(),
        resources: grant.resources,
        via: grant.via.as_str().to_owned(),
        granted_at: grant.created_at.seconds(),
        last_used_at: last_used_at.map(Timestamp::seconds),
    }
}
