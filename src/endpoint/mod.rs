//! HTTP: the route table, one file per endpoint, cookies, form guards, and failures in the form each address promises.
//!
//! An endpoint parses, loads, lets `protocol` or `identity` decide, signs, commits and responds, in this order. The
//! table below is the whole surface; what is not in it is answered by 404.

mod access;
mod account;
mod address_change;
pub mod api;
mod approve;
mod assertion;
mod authorize;
mod backchannel;
pub mod browser;
pub mod certificate;
mod challenge;
mod check_session;
mod choose;
mod client;
mod client_keys;
mod client_lookup;
mod client_management;
mod client_registration;
mod code;
mod consent;
pub mod context;
pub mod cors;
mod device;
pub mod document;
mod dpop;
mod end_session;
mod error_reference;
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
mod par;
mod password_check;
mod proceed;
pub mod replay;
pub mod reply;
mod requested;
mod reset;
mod revoke;
mod scene;
mod sealing;
mod sender;
mod sign_in;
mod signing;
mod signup;
mod software_statement;
mod source;
mod token;
pub mod trace;
mod user_agent;
mod userinfo;
mod verify;

use std::sync::Arc;

use poem::Route;
use poem::http::Method;

pub use context::{Context, Policy, Registered};
use cors::Cors;
use mount::{Mounted, Row};
use reply::ErrorForm;

use crate::protocol::discovery::Paths;
use crate::protocol::features::{Features, Registration};

/// A row of the table; with `when`, one that is only there while a switch is on.
macro_rules! row {
    (when $feature:ident, $path:literal, $($rest:tt)+) => {
        Row { when: |features| features.$feature, ..row!($path, $($rest)+) }
    };
    ($path:literal, $errors:ident, $cors:ident, $($method:ident => $handler:path),+) => {
        Row {
            path: $path,
            methods: &[$((Method::$method, |exchange| Box::pin($handler(exchange)))),+],
            errors: ErrorForm::$errors,
            cors: Cors::$cors,
            when: |_| true,
            state: None,
        }
    };
}

const fn is_registration_on(features: &Features) -> bool {
    !matches!(features.registration, Registration::Closed)
}

/// Whether people decide on what somebody asked for elsewhere.
const fn is_decided_elsewhere(features: &Features) -> bool {
    features.device_flow || features.ciba
}

/// Where the protocol's endpoints are, given what is on; discovery is made from it.
pub fn paths(features: &Features) -> Paths<'static> {
    Paths {
        authorization: "/oauth2/authorize",
        pushed_authorization_request: features.pushed_requests.then_some("/oauth2/par"),
        challenge: Some("/oauth2/challenge"),
        token: "/oauth2/token",
        jwks: "/.well-known/jwks.json",
        userinfo: Some("/oauth2/userinfo"),
        revocation: Some("/oauth2/revoke"),
        introspection: Some("/oauth2/introspect"),
        end_session: Some("/oauth2/logout"),
        check_session: features.session_management.then_some("/oauth2/check_session"),
        registration: is_registration_on(features).then_some("/oauth2/clients"),
        backchannel_authentication: features.ciba.then_some("/oauth2/backchannel"),
        device_authorization: features.device_flow.then_some("/oauth2/device"),
    }
}

/// Every address, the methods it takes, the form of its errors, and who may call it from elsewhere.
pub const ROWS: &[Row] = &[
    row!("/.well-known/openid-configuration", Plain, Open, GET => document::discovery),
    row!("/.well-known/oauth-authorization-server", Plain, Open, GET => document::discovery),
    row!("/.well-known/jwks.json", Plain, Open, GET => document::jwks),
    row!("/.well-known/oauth-protected-resource", Plain, Open, GET => document::protected_resource),
    row!("/oauth2/authorize", Page, Closed, GET => authorize::answer, POST => authorize::answer),
    row!(when pushed_requests, "/oauth2/par", OAuth, Client, POST => par::post),
    row!("/oauth2/challenge", OAuth, Client, POST => challenge::post),
    row!("/oauth2/token", OAuth, Client, POST => token::post),
    row!("/oauth2/userinfo", Bearer, Client, GET => userinfo::answer, POST => userinfo::answer),
    row!("/oauth2/revoke", OAuth, Client, POST => revoke::post),
    row!("/oauth2/introspect", OAuth, Closed, POST => introspect::post),
    row!(when ciba, "/oauth2/backchannel", OAuth, Closed, POST => backchannel::post),
    row!(when ciba, "/backchannel/link", Page, Closed, GET => backchannel::link),
    row!(when device_flow, "/oauth2/device", OAuth, Client, POST => device::post),
    row!("/oauth2/logout", Page, Closed, GET => end_session::answer, POST => end_session::answer),
    row!("/errors/:reason", Page, Closed, GET => error_reference::get),
    row!(when session_management, "/oauth2/check_session", Page, Closed, GET => check_session::get),
    Row { when: is_registration_on, ..row!("/oauth2/clients", Bearer, Open, POST => client_registration::post) },
    Row {
        when: is_registration_on,
        ..row!("/oauth2/clients/:client_id", Bearer, Closed, GET => client_management::get,
            PUT => client_management::put, DELETE => client_management::delete)
    },
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
    row!(when device_flow, "/device", Page, Closed, GET => approve::get_code, POST => approve::post_code),
    Row {
        when: is_decided_elsewhere,
        ..row!("/device/confirm", Page, Closed, GET => approve::get, POST => approve::post)
    },
    Row { when: is_decided_elsewhere, ..row!("/device/done", Page, Closed, GET => approve::done) },
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
    row!("/api/v1/apps/:client_id/grants/:id", Problem, Closed, DELETE => api::answer),
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
    row!("/api/v1/admin/accounts/:id/grants", Problem, Closed, GET => api::answer),
    row!("/api/v1/admin/clients/:client_id/grants", Problem, Closed, GET => api::answer),
    row!("/api/v1/admin/grants/:id", Problem, Closed, DELETE => api::answer),
    row!("/api/v1/admin/accounts/:id/identities/:provider/:subject/unblock", Problem, Closed, POST => api::answer),
    row!("/api/v1/admin/clients", Problem, Closed, GET => api::answer, POST => api::answer),
    row!("/api/v1/admin/clients/:client_id", Problem, Closed, GET => api::answer, PUT => api::answer,
        DELETE => api::answer),
    row!("/api/v1/admin/clients/:client_id/secret", Problem, Closed, POST => api::answer),
    row!("/api/v1/admin/clients/:client_id/disable", Problem, Closed, POST => api::answer),
    row!("/api/v1/admin/clients/:client_id/enable", Problem, Closed, POST => api::answer),
    row!("/api/v1/admin/registration-tokens", Problem, Closed, GET => api::answer, POST => api::answer),
    row!("/api/v1/admin/registration-tokens/:id", Problem, Closed, DELETE => api::answer),
    row!("/api/v1/admin/audit", Problem, Closed, GET => api::answer),
    row!("/api/v1/admin/logouts", Problem, Closed, GET => api::answer),
    row!("/api/v1/admin/traces", Problem, Closed, GET => api::answer),
    row!("/api/v1/admin/traces/:id", Problem, Closed, GET => api::answer),
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
    let is_on = |row: &&Row| row.path != FRONT_DOOR.path && (row.when)(&context.features);
    for row in ROWS.iter().chain(further).chain([&API_NOT_FOUND]).filter(is_on) {
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
