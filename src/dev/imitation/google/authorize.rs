//! `/o/oauth2/v2/auth`: the page on which one of the made-up people is chosen, and the answer to whoever sent the
//! browser. OpenID Connect Core §3.1.2. Federation 2.6.

use poem::http::{HeaderValue, header};

use super::people::{self, PEOPLE, Person};
use super::{CLIENTS, Given, Google, Granted, NAME};
use crate::dev::imitation::way::{Way, request_of};
use crate::dev::imitation::{GOOGLE_PATH, secret};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::HttpRefusal;
use crate::endpoint::guard::own_form;
use crate::endpoint::reply::Reply;
use crate::pages::DevImitationChooser;
use crate::protocol::{Parameters, pkce};

/// Who was chosen last in this browser, for `prompt=none`.
const COOKIE: &str = "imitated-google-person";

/// What is asked for.
struct Asked {
    scopes: Vec<String>,
    nonce: Option<String>,
    challenge: Option<String>,
    is_silent: bool,
    login_hint: Option<String>,
    hd: Option<String>,
}

impl Asked {
    /// Reads it, or says which error goes back (RFC 6749 §4.1.2.1).
    fn parse(params: &Parameters) -> Result<Self, &'static str> {
        if params.get("response_type") != Some("code") {
            return Err("unsupported_response_type");
        }
        let scopes: Vec<String> = params.get("scope").unwrap_or_default().split(' ').map(str::to_owned).collect();
        if !scopes.iter().any(|scope| scope == "openid") {
            return Err("invalid_scope");
        }
        let own = |name: &str| params.get(name).map(str::to_owned);
        Ok(Self {
            scopes,
            nonce: own("nonce"),
            challenge: pkce::parse_challenge(params, false).map_err(|_| "invalid_request")?,
            is_silent: prompt(params)?,
            login_hint: own("login_hint"),
            hd: own("hd"),
        })
    }

    // Federation 2.5, 2.6: hints order the page and decide nothing.
    fn is_hinted(&self, person: &Person) -> bool {
        match (&self.login_hint, &self.hd) {
            (Some(hint), _) => people::find(hint) == Some(person),
            (None, Some(hd)) => person.hd == Some(hd),
            (None, None) => false,
        }
    }
}

/// Whether nothing may be shown. Federation 2.6: `none`, `consent`, `select_account`; there is no `login`.
fn prompt(params: &Parameters) -> Result<bool, &'static str> {
    let values: Vec<&str> = params.get("prompt").map_or_else(Vec::new, |prompt| prompt.split(' ').collect());
    match values.as_slice() {
        ["none"] => Ok(true),
        values if values.iter().all(|value| matches!(*value, "consent" | "select_account")) => Ok(false),
        _ => Err("invalid_request"),
    }
}

/// The page; with `prompt=none` the answer at once.
pub(in crate::dev::imitation) async fn get(exchange: &Exchange) -> Reply {
    let google = Google::of(exchange)?;
    if let Err(down) = google.board.admit_page() {
        return Ok(down.into());
    }
    google.keys.prepare(exchange);
    let params = exchange.query_parameters()?;
    let way = Way::parse(&exchange.context.issuer, &params, &CLIENTS, None)?;
    let asked = match Asked::parse(&params) {
        Ok(asked) => asked,
        Err(error) => return refuse(exchange, &way, error),
    };
    if !asked.is_silent {
        return way.chooser(exchange, page(&asked));
    }
    let known = exchange.cookie(COOKIE).and_then(people::find);
    match known.filter(|person| asked.login_hint.is_none() || asked.is_hinted(person)) {
        Some(person) => answer(exchange, &way, asked, person),
        None => refuse(exchange, &way, "login_required"),
    }
}

/// The choice.
pub(in crate::dev::imitation) async fn post(exchange: &Exchange) -> Reply {
    if let Err(down) = Google::of(exchange)?.board.admit_page() {
        return Ok(down.into());
    }
    let (_, form) = own_form(exchange, "")?;
    let params = request_of(exchange)?;
    let way = Way::parse(&exchange.context.issuer, &params, &CLIENTS, None)?;
    let asked = match Asked::parse(&params) {
        Ok(asked) if form.get("decision") != Some("refuse") => asked,
        Ok(_) => return refuse(exchange, &way, "access_denied"),
        Err(error) => return refuse(exchange, &way, error),
    };
    let person = form.get("person").and_then(people::find).ok_or(HttpRefusal::FieldMalformed)?;
    answer(exchange, &way, asked, person)
}

fn page(asked: &Asked) -> DevImitationChooser {
    let mut people: Vec<_> = PEOPLE.iter().map(|person| person.shown(asked.is_hinted(person))).collect();
    people.sort_by_key(|person| !person.is_hinted);
    DevImitationChooser {
        provider: NAME.to_owned(),
        path: GOOGLE_PATH.to_owned(),
        scopes: asked.scopes.clone(),
        people,
        ..DevImitationChooser::default()
    }
}

fn answer(exchange: &Exchange, way: &Way, asked: Asked, person: &'static Person) -> Reply {
    let google = Google::of(exchange)?;
    let code = secret("4/0", &mut exchange.draw()?);
    let scope = asked.scopes.join(" ");
    let given = Given {
        client: way.client,
        redirect_uri: way.redirect_uri.clone(),
        challenge: asked.challenge,
        nonce: asked.nonce,
        granted: Granted { person, scopes: asked.scopes },
    };
    google.codes.put(&code, given, exchange.now);
    let issuer = super::issuer(&exchange.context.issuer);
    let mut response = way.answer(&[("iss", &issuer), ("code", &code), ("scope", &scope), ("authuser", "0")])?;
    let secure = if exchange.context.issuer.is_https() { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={}; Path={GOOGLE_PATH}; HttpOnly; SameSite=Lax{secure}", person.sub);
    let cookie = HeaderValue::from_str(&cookie).map_err(crate::base::Fault::broken)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

// RFC 9207 §2: an error carries iss, too.
fn refuse(exchange: &Exchange, way: &Way, error: &str) -> Reply {
    way.answer(&[("iss", &super::issuer(&exchange.context.issuer)), ("error", error)])
}
