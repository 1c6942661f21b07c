//! HTTP: the route table, one file per endpoint, cookies, form guards, and failures in the form each address promises.
//!
//! An endpoint parses, loads, lets `protocol` or `identity` decide, signs, commits and responds, in this order. The
//! table below is the whole surface; what is not in it is answered by 404.

mod access;
mod account;
mod address_change;
pub mod api;
mod authorize;
pub mod browser;
mod challenge;
mod choose;
mod client;
mod code;
mod consent;
pub mod context;
pub mod cors;
pub mod document;
mod end_session;
pub mod exchange;
pub mod failure;
mod federation;
pub mod frame;
pub mod guard;
mod health;
mod hint;
mod introspect;
mod leaving;
mod limit;
mod login;
mod mailed_code;
pub mod mount;
mod not_found;
pub mod observer;
mod oneself;
mod password_check;
mod proceed;
pub mod reply;
mod reset;
mod revoke;
mod scene;
mod sign_in;
mod signup;
mod source;
mod token;
mod user_agent;
mod userinfo;
mod verify;

use std::sync::Arc;

use poem::Route;
use poem::http::Method;

pub use context::{Context, Policy};
use cors::Cors;
use mount::{Mounted, Row};
use reply::ErrorForm;

/// A row of the table.
macro_rules! row {
    ($path:literal, $errors:ident, $cors:ident, $($method:ident => $handler:path),+) => {
        Row {
            path: $path,
            methods: &[$((Method::$method, |exchange| Box::pin($handler(exchange)))),+],
            errors: ErrorForm::$errors,
            cors: Cors::$cors,
            state: None,
        }
    };
}

/// Where the protocol's endpoints are; discovery is made from it.
pub const PATHS: crate::protocol::discovery::Paths<'static> = crate::protocol::discovery::Paths {
    authorization: "/oauth2/authorize",
    challenge: Some("/oauth2/challenge"),
    token: "/oauth2/token",
    jwks: "/.well-known/jwks.json",
    userinfo: Some("/oauth2/userinfo"),
    revocation: Some("/oauth2/revoke"),
    introspection: Some("/oauth2/introspect"),
    end_session: Some("/oauth2/logout"),
};

/// Every address, the methods it takes, the form of its errors, and who may call it from elsewhere.
pub const ROWS: &[Row] = &[
    row!("/.well-known/openid-configuration", Plain, Open, GET => document::discovery),
    row!("/.well-known/oauth-authorization-server", Plain, Open, GET => document::discovery),
    row!("/.well-known/jwks.json", Plain, Open, GET => document::jwks),
    row!("/oauth2/authorize", Page, Closed, GET => authorize::answer, POST => authorize::answer),
    row!("/oauth2/challenge", OAuth, Client, POST => challenge::post),
    row!("/oauth2/token", OAuth, Client, POST => token::post),
    row!("/oauth2/userinfo", Bearer, Client, GET => userinfo::answer, POST => userinfo::answer),
    row!("/oauth2/revoke", OAuth, Client, POST => revoke::post),
    row!("/oauth2/introspect", OAuth, Closed, POST => introspect::post),
    row!("/oauth2/logout", Page, Closed, GET => end_session::answer, POST => end_session::answer),
    row!("/continue", Page, Closed, GET => proceed::get),
    row!("/login", Page, Closed, GET => login::get, POST => login::post),
    row!("/signup", Page, Closed, GET => signup::get, POST => signup::post),
    row!("/verify", Page, Closed, GET => verify::get, POST => verify::post),
    row!("/verify/link", Page, Closed, GET => verify::get_link, POST => verify::post_link),
    row!("/code", Page, Closed, GET => code::get, POST => code::post),
    row!("/choose", Page, Closed, GET => choose::get, POST => choose::post),
    row!("/federation/:provider", Page, Closed, GET => federation::depart),
    row!("/federation/:provider/callback", Page, Closed, GET => federation::arrive),
    row!("/federation/:provider/events", Plain, Closed, POST => federation::events::post),
    row!("/address", Page, Closed, GET => federation::get_address, POST => federation::post_address),
    row!("/link", Page, Closed, GET => federation::get_link, POST => federation::post_link),
    row!("/consent", Page, Closed, GET => consent::get, POST => consent::post),
    row!("/reset", Page, Closed, GET => reset::get, POST => reset::post),
    row!("/reset/code", Page, Closed, GET => reset::get_code, POST => reset::post_code),
    row!("/reset/password", Page, Closed, GET => reset::get_password, POST => reset::post_password),
    row!("/reset/link", Page, Closed, GET => reset::get_link, POST => reset::post_link),
    row!("/logout", Page, Closed, GET => end_session::answer, POST => end_session::post),
    row!("/account", Page, Closed, GET => account::home),
    row!("/account/profile", Page, Closed, GET => account::profile::get, POST => account::profile::post),
    row!("/account/sessions", Page, Closed, GET => account::sessions::get, POST => account::sessions::post),
    row!("/account/apps", Page, Closed, GET => account::apps::get, POST => account::apps::post),
    row!("/account/password", Page, Closed, GET => account::password::get, POST => account::password::post),
    row!("/account/logins", Page, Closed, GET => account::logins::get, POST => account::logins::post),
    row!("/account/email", Page, Closed, GET => account::email::get, POST => account::email::post),
    row!("/account/email/link", Page, Closed, GET => account::email::get_link, POST => account::email::post_link),
    row!("/account/email/undo", Page, Closed, GET => account::email::get_undo, POST => account::email::post_undo),
    row!("/account/data", Page, Closed, GET => account::data::get, POST => account::data::post),
    row!("/account/delete", Page, Closed, GET => account::delete::get, POST => account::delete::post),
    row!("/account/delete/undo", Page, Closed, GET => account::delete::get_undo, POST => account::delete::post_undo),
    FRONT_DOOR,
    row!("/api/v1/accounts", Problem, Closed, POST => api::answer),
    row!("/api/v1/accounts/confirm", Problem, Closed, POST => api::answer),
    row!("/api/v1/accounts/resend", Problem, Closed, POST => api::answer),
    row!("/api/v1/codes", Problem, Closed, POST => api::answer),
    row!("/api/v1/password", Problem, Closed, PUT => api::answer),
    row!("/api/v1/password/forgot", Problem, Closed, POST => api::answer),
    row!("/api/v1/password/check", Problem, Closed, POST => api::answer),
    row!("/api/v1/password/reset", Problem, Closed, POST => api::answer),
    row!("/api/v1/profile", Problem, Closed, GET => api::answer, PATCH => api::answer),
    row!("/api/v1/apps", Problem, Closed, GET => api::answer),
    row!("/api/v1/apps/:client_id", Problem, Closed, DELETE => api::answer),
    row!("/api/v1/providers", Problem, Closed, GET => api::answer),
    row!("/api/v1/identities", Problem, Closed, GET => api::answer),
    row!("/api/v1/identities/:provider/:subject", Problem, Closed, DELETE => api::answer),
    row!("/api/v1/email", Problem, Closed, GET => api::answer, POST => api::answer),
    row!("/api/v1/email/resend", Problem, Closed, POST => api::answer),
    row!("/api/v1/email/confirm", Problem, Closed, POST => api::answer),
    row!("/api/v1/email/undo", Problem, Closed, POST => api::answer),
    row!("/api/v1/export", Problem, Closed, GET => api::answer),
    row!("/api/v1/account", Problem, Closed, DELETE => api::answer),
    row!("/api/v1/account/restore", Problem, Closed, POST => api::answer),
    row!("/api/v1/sessions", Problem, Closed, GET => api::answer, POST => api::answer, DELETE => api::answer),
    row!("/api/v1/sessions/current", Problem, Closed, GET => api::answer, DELETE => api::answer),
    row!("/api/v1/sessions/:id", Problem, Closed, DELETE => api::answer),
    row!("/api/v1/admin/accounts", Problem, Closed, GET => api::answer),
    row!("/api/v1/admin/accounts/:id", Problem, Closed, GET => api::answer, DELETE => api::answer),
    row!("/api/v1/admin/accounts/:id/lock", Problem, Closed, POST => api::answer),
    row!("/api/v1/admin/accounts/:id/unlock", Problem, Closed, POST => api::answer),
    row!("/api/v1/admin/accounts/:id/verify", Problem, Closed, POST => api::answer),
    row!("/api/v1/admin/accounts/:id/reset", Problem, Closed, POST => api::answer),
    row!("/api/v1/admin/accounts/:id/roles/:name", Problem, Closed, PUT => api::answer, DELETE => api::answer),
    row!("/api/v1/admin/accounts/:id/groups/:name", Problem, Closed, PUT => api::answer, DELETE => api::answer),
    row!("/api/v1/admin/accounts/:id/sessions", Problem, Closed, GET => api::answer, DELETE => api::answer),
    row!("/api/v1/admin/accounts/:id/sessions/:session", Problem, Closed, DELETE => api::answer),
    row!("/api/v1/admin/accounts/:id/identities", Problem, Closed, GET => api::answer),
    row!("/api/v1/admin/accounts/:id/identities/:provider/:subject", Problem, Closed, DELETE => api::answer),
    row!("/api/v1/admin/accounts/:id/identities/:provider/:subject/unblock", Problem, Closed, POST => api::answer),
    row!("/api/v1/admin/clients", Problem, Closed, GET => api::answer, POST => api::answer),
    row!("/api/v1/admin/clients/:client_id", Problem, Closed, GET => api::answer, PUT => api::answer,
        DELETE => api::answer),
    row!("/api/v1/admin/clients/:client_id/secret", Problem, Closed, POST => api::answer),
    row!("/api/v1/admin/clients/:client_id/disable", Problem, Closed, POST => api::answer),
    row!("/api/v1/admin/clients/:client_id/enable", Problem, Closed, POST => api::answer),
    row!("/api/v1/admin/audit", Problem, Closed, GET => api::answer),
    row!("/health", Plain, Closed, GET => health::health),
    row!("/ready", Plain, Closed, GET => health::ready),
    row!("/metrics", Plain, Closed, GET => health::metrics),
];

/// What describes the JSON interface. Mounted in development, and where the operator wants it public (HTT-13).
pub const API_DOCUMENTATION: &[Row] = &[
    row!("/api/v1/openapi.json", Problem, Closed, GET => api::documentation::document),
    row!("/docs", Page, Closed, GET => api::viewers::list),
    row!("/docs/swagger", Page, Closed, GET => api::viewers::swagger),
    row!("/docs/redoc", Page, Closed, GET => api::viewers::redoc),
];

const API_NOT_FOUND: Row = row!("/api/v1/*path", Problem, Closed, GET => not_found::answer, POST => not_found::answer,
    PUT => not_found::answer, DELETE => not_found::answer, PATCH => not_found::answer);

const FRONT_DOOR: Row = row!("/", Page, Closed, GET => account::front_door);
const NOT_FOUND: Row = row!("*", Page, Closed, GET => not_found::answer, POST => not_found::answer,
    PUT => not_found::answer, DELETE => not_found::answer, PATCH => not_found::answer);

/// The whole surface as one endpoint; `further` rows are those that are not mounted everywhere.
pub fn routes(context: &Arc<Context>, further: &[Row]) -> impl poem::Endpoint<Output = poem::Response> + use<> {
    let mut others = Route::new();
    for row in ROWS.iter().chain(further).chain([&API_NOT_FOUND]).filter(|row| row.path != FRONT_DOOR.path) {
        others = others.at(row.path, Mounted::new(context.clone(), row.clone()));
    }
    let others = others.at("/*path", Mounted::new(context.clone(), NOT_FOUND));
    Surface { front_door: Mounted::new(context.clone(), FRONT_DOOR), others }
}

/// The router takes a path of nothing at all for "anything", so `/` is looked at before it.
struct Surface {
    front_door: Mounted,
    others: Route,
}

impl poem::Endpoint for Surface {
    type Output = poem::Response;

    async fn call(&self, request: poem::Request) -> poem::Result<poem::Response> {
        if request.uri().path() == FRONT_DOOR.path {
            return self.front_door.call(request).await;
        }
        self.others.call(request).await
    }
}
