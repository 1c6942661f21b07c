//! `/api/v3/user` and what is below it: who somebody is, their addresses page by page, their organisations. Federation
//! 1.1, 1.2, 1.3, 1.5, 1.10, 1.11.

use poem::Response;
use poem::http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::people::ORGANIZATION;
use super::{GitHub, Granted, Quirk, addresses, scopes};
use crate::base::bounds::{IMITATION_PAGE_ROWS, IMITATION_PAGE_ROWS_MAX};
use crate::dev::imitation::clients::credentials;
use crate::dev::imitation::switches::Switches;
use crate::dev::imitation::{GITHUB_API_PATH, GITHUB_PATH};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::Failure;
use crate::endpoint::reply::{self, Reply};

const OAUTH_SCOPES: HeaderName = HeaderName::from_static("x-oauth-scopes");
const OAUTH_CLIENT_ID: HeaderName = HeaderName::from_static("x-oauth-client-id");
const GITHUB_SSO: HeaderName = HeaderName::from_static("x-github-sso");

/// A request whose token is good.
struct Call<'e> {
    exchange: &'e Exchange,
    switches: Switches<Quirk>,
    granted: Granted,
}

/// The call, or the answer that there is none.
async fn call(exchange: &Exchange) -> Result<Result<Call<'_>, Response>, Failure> {
    let github = GitHub::of(exchange)?;
    let switches = match github.board.admit().await {
        Ok(switches) => switches,
        Err(down) => return Ok(Err(down.into())),
    };
    // Federation 1.11: who does not say who they are is not answered.
    if exchange.header(header::USER_AGENT).is_none_or(str::is_empty) {
        return message(StatusCode::FORBIDDEN, "Request forbidden by administrative rules: there is no User-Agent.")
            .map(Err);
    }
    let token = credentials(exchange, &["Bearer", "token"]).unwrap_or_default();
    match github.tokens.find(token, exchange.now) {
        Some(granted) => Ok(Ok(Call { exchange, switches, granted })),
        None => message(StatusCode::UNAUTHORIZED, "Bad credentials").map(Err),
    }
}

/// `GET /user`.
pub(in crate::dev::imitation) async fn user(exchange: &Exchange) -> Reply {
    match call(exchange).await? {
        Ok(call) => call.answer(&call.user()),
        Err(refused) => Ok(refused),
    }
}

/// `GET /user/emails`.
pub(in crate::dev::imitation) async fn emails(exchange: &Exchange) -> Reply {
    let call = match call(exchange).await? {
        Ok(call) => call,
        Err(refused) => return Ok(refused),
    };
    if !scopes::include(&call.granted.scopes, scopes::EMAIL) {
        return Ok(call.decorated(message(StatusCode::NOT_FOUND, "Not Found")?));
    }
    call.page(&addresses::all(call.granted.person, &call.switches))
}

/// `GET /user/memberships/orgs`.
pub(in crate::dev::imitation) async fn memberships(exchange: &Exchange) -> Reply {
    let call = match call(exchange).await? {
        Ok(call) => call,
        Err(refused) => return Ok(refused),
    };
    if !scopes::include(&call.granted.scopes, scopes::ORG) {
        let text = "You need at least read:org scope to list your organizations.";
        return Ok(call.decorated(message(StatusCode::FORBIDDEN, text)?));
    }
    if call.switches.has(Quirk::OrgSso) {
        return call.sso_required();
    }
    let state = exchange.query_parameters()?.get("state").map(str::to_owned);
    let own = call.granted.person.membership.filter(|own| state.is_none() || state.as_deref() == Some(own));
    call.page(&own.map(|state| call.membership(state)).into_iter().collect::<Vec<_>>())
}

impl Call<'_> {
    fn site(&self) -> String {
        self.exchange.context.issuer.at(GITHUB_PATH)
    }

    fn user(&self) -> Value {
        let (person, site) = (self.granted.person, self.site());
        let login = person.login(&self.switches);
        json!({
            "login": login,
            "id": person.id,
            "avatar_url": format!("https://people.example.com/{}.png", person.id),
            "url": format!("{site}/api/v3/users/{login}"),
            "html_url": format!("{site}/{login}"),
            "type": "User",
            "site_admin": false,
            "name": person.name,
            // Federation 1.2: null when it is private.
            "email": addresses::public(person, &self.switches),
        })
    }

    fn membership(&self, state: &str) -> Value {
        let (id, login) = ORGANIZATION;
        json!({
            "state": state,
            "role": "member",
            "organization": { "login": login, "id": id },
            "user": { "login": self.granted.person.login(&self.switches), "id": self.granted.person.id },
        })
    }

    /// A part of a list, with the way to the others (RFC 8288).
    fn page<T: serde::Serialize>(&self, rows: &[T]) -> Reply {
        let query = self.exchange.query_parameters()?;
        let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok()).filter(|one| *one > 0);
        let per_page = number("per_page").unwrap_or(IMITATION_PAGE_ROWS).min(IMITATION_PAGE_ROWS_MAX);
        let (page, last) = (number("page").unwrap_or(1), rows.len().div_ceil(per_page).max(1));
        let part: Vec<&T> = rows.iter().skip((page - 1).saturating_mul(per_page)).take(per_page).collect();
        let mut response = self.answer(&part)?;
        let path = self.exchange.uri.path();
        let link = |page: usize, rel: &str| {
            format!("<{}?per_page={per_page}&page={page}>; rel=\"{rel}\"", self.exchange.context.issuer.at(path))
        };
        let mut links = Vec::new();
        if page > 1 {
            links.extend([link(1, "first"), link(page - 1, "prev")]);
        }
        if page < last {
            links.extend([link(page + 1, "next"), link(last, "last")]);
        }
        if let Ok(links) = HeaderValue::from_str(&links.join(", "))
            && !links.is_empty()
        {
            response.headers_mut().insert(header::LINK, links);
        }
        Ok(response)
    }

    // Federation 1.10.
    fn sso_required(&self) -> Reply {
        let text = "Resource protected by organization SAML enforcement. You must grant your OAuth token access to this \
                    organization.";
        let mut response = message(StatusCode::FORBIDDEN, text)?;
        let sso = format!("required; url={}/orgs/{}/sso", self.site(), ORGANIZATION.1);
        if let Ok(sso) = HeaderValue::from_str(&sso) {
            response.headers_mut().insert(GITHUB_SSO, sso);
        }
        Ok(self.decorated(response))
    }

    fn answer(&self, document: &impl serde::Serialize) -> Reply {
        Ok(self.decorated(reply::json(StatusCode::OK, document)?))
    }

    // Federation 1.5: what the token may is told with every answer, with a comma and a space here.
    fn decorated(&self, mut response: Response) -> Response {
        if let Ok(scopes) = HeaderValue::from_str(&self.granted.scopes.join(", ")) {
            response.headers_mut().insert(OAUTH_SCOPES, scopes);
        }
        let client_id = HeaderValue::from_static(self.granted.client.client_id);
        response.headers_mut().insert(OAUTH_CLIENT_ID, client_id);
        response
    }
}

/// A refusal in the interface's form.
pub(super) fn message(status: StatusCode, text: &str) -> Reply {
    let about = format!("{GITHUB_API_PATH} is an imitation");
    reply::json(status, &json!({ "message": text, "documentation_url": about, "status": status.as_str() }))
}
