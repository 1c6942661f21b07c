//! `/api/v1`: the JSON interface for programs and for scripts of our own pages, described by OpenAPI.
//!
//! Every address is a row of the route table, so body limit, time limit, panics and common header fields are the
//! table's business; only what lies behind is poem-openapi's. Failures leave as [`Failure`] and become problem details
//! in `reply`. A new operation is a method here and a row there; a test compares the two.

mod accounts;
mod admin;
mod apps;
pub mod body;
mod caller;
mod codes;
pub mod documentation;
mod either;
mod email;
pub mod flow;
mod identities;
mod leaving;
mod password;
mod patch;
pub mod problem;
mod profile;
mod session;
mod sessions;
pub mod viewers;
mod visitor;

use std::sync::{Arc, LazyLock};

use poem::endpoint::BoxEndpoint;
use poem::http::{HeaderValue, Method, header};
use poem::{Endpoint as _, IntoEndpoint as _, Request, Response};
use poem_openapi::{OpenApiService, Tags};

use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::reply::Reply;
use crate::base::Fault;
use accounts::AccountsApi;
use apps::AppsApi;
pub use caller::everything_about;
use codes::CodesApi;
use email::EmailApi;
use identities::IdentitiesApi;
use leaving::LeavingApi;
use password::PasswordApi;
use problem::Refused;
use profile::ProfileApi;
use sessions::SessionsApi;

/// What operations are grouped by.
#[derive(Tags)]
enum Tag {
    /// Signing up, and proving the address.
    Accounts,
    /// What is known about the person.
    Profile,
    /// Signing in and out, and where the person is signed in.
    Sessions,
    /// Which apps the person shares with.
    Apps,
    /// Other providers: which there are to sign in by, and which open the account.
    Identities,
    /// The address that signs in.
    Email,
    /// The account as a whole.
    Account,
    /// A new password.
    Password,
    /// What administrators may do: by the cookie of one, or by a token with the scope `admin` of a first-party client.
    Admin,
}

/// The version of the interface: it only grows.
const VERSION: &str = "1";

const DESCRIPTION: &str = "Signing up and in, and what a person can see and change of their own. A program sends an \
    access token with the scope openid that is for the issuer itself; a script of the issuer's own pages relies on the \
    session cookie, and its changes carry X-Requested-With or a JSON body. What takes a mailed code is a flow, named by \
    a secret in the answers, so that no cookie is needed for it. Failures are problem details (RFC 9457) with a stable \
    code.";

/// The administrators' part.
type AdminApi =
    (AdminAccountsApi, AdminClientsApi, admin::GrantsApi, admin::AuditApi, admin::LogoutsApi, admin::TracesApi);

/// What they may do to clients.
type AdminClientsApi = (admin::ClientsApi, admin::RegistrationTokensApi);

/// What they may do to accounts.
type AdminAccountsApi = (admin::AccountsApi, admin::MembershipApi, admin::IdentitiesApi, admin::SessionsApi);

/// What concerns a person's own account.
type OwnApi = (ProfileApi, AppsApi, IdentitiesApi, EmailApi, LeavingApi);

/// The operations, one type for each concern.
type Operations = (AccountsApi, CodesApi, SessionsApi, PasswordApi, OwnApi, AdminApi);

fn service() -> OpenApiService<Operations, ()> {
    let of_accounts = (admin::AccountsApi, admin::MembershipApi, admin::IdentitiesApi, admin::SessionsApi);
    let of_clients = (admin::ClientsApi, admin::RegistrationTokensApi);
    let admin = (of_accounts, of_clients, admin::GrantsApi, admin::AuditApi, admin::LogoutsApi, admin::TracesApi);
    let own = (ProfileApi, AppsApi, IdentitiesApi, EmailApi, LeavingApi);
    let operations = (AccountsApi, CodesApi, SessionsApi, PasswordApi, own, admin);
    OpenApiService::new(operations, "Doorward", VERSION).description(DESCRIPTION)
}

/// Answers a request to one of the operations.
pub async fn answer(exchange: &Exchange) -> Reply {
    static ENDPOINT: LazyLock<BoxEndpoint<'static, Response>> = LazyLock::new(|| service().into_endpoint());
    let mut response = ENDPOINT.call(request_of(exchange)).await.map_err(failure_of)?;
    // TOK-05: personal data.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The request as poem-openapi reads it. The exchange travels with it.
fn request_of(exchange: &Exchange) -> Request {
    // The table answers HEAD wherever it answers GET.
    let method = if exchange.method == Method::HEAD { &Method::GET } else { &exchange.method };
    let builder = Request::builder().method(method.clone()).uri(exchange.uri.clone());
    let mut request = builder.body(exchange.body.clone());
    *request.headers_mut() = exchange.headers.clone();
    request.set_data(Arc::new(exchange.clone()));
    request
}

/// An operation's own refusal, or what poem-openapi refused before the operation was asked.
fn failure_of(error: poem::Error) -> Failure {
    let error = match error.downcast::<Refused>() {
        Ok(Refused(failure)) => return to_a_program(failure),
        Err(error) => error,
    };
    match error.status().as_u16() {
        404 => HttpRefusal::NotFound.into(),
        405 => HttpRefusal::MethodNotAllowed.into(),
        413 => HttpRefusal::BodyTooLarge.into(),
        400..=499 => HttpRefusal::FieldMalformed.into(),
        _ => Fault::broken(error).into(),
    }
}

/// What pages mend by going elsewhere, a program is told.
fn to_a_program(failure: Failure) -> Failure {
    match failure {
        Failure::Onward(_) => HttpRefusal::FlowUnknown.into(),
        Failure::Http(HttpRefusal::LinkDead) => HttpRefusal::TokenUnknown.into(),
        Failure::Http(HttpRefusal::FormExpired) => HttpRefusal::Overtaken.into(),
        other => other,
    }
}
