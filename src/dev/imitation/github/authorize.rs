//! `/login/oauth/authorize`: the page on which one of the made-up people is chosen, and the answer. There is no `iss` in
//! it. Federation 1.4, 1.6, 1.8, 1.9.

use super::people::{self, PEOPLE};
use super::{CLIENTS, GitHub, Given, Granted, NAME, scopes};
use crate::dev::imitation::way::{Way, request_of};
use crate::dev::imitation::{GITHUB_CALLBACK_PATH, GITHUB_PATH, secret};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::guard::own_form;
use crate::endpoint::reply::Reply;
use crate::pages::DevImitationChooser;
use crate::protocol::{Parameters, pkce};

/// The page.
pub(in crate::dev::imitation) async fn get(exchange: &Exchange) -> Reply {
    if let Err(down) = GitHub::of(exchange)?.board.admit_page() {
        return Ok(down.into());
    }
    let params = exchange.query_parameters()?;
    let way = way(exchange, &params)?;
    if pkce::parse_challenge(&params, false).is_err() {
        return challenge_refused(&way);
    }
    // Federation 1.8: `login` is a hint, and there is no prompt that could keep the page away.
    let hinted = params.get("login").and_then(people::find);
    let mut people: Vec<_> = PEOPLE.iter().map(|person| person.shown(hinted == Some(person))).collect();
    people.sort_by_key(|person| !person.is_hinted);
    let page = DevImitationChooser {
        provider: NAME.to_owned(),
        path: GITHUB_PATH.to_owned(),
        scopes: scopes::parse(params.get("scope").unwrap_or_default()),
        people,
        ..DevImitationChooser::default()
    };
    way.chooser(exchange, page)
}

/// The choice.
pub(in crate::dev::imitation) async fn post(exchange: &Exchange) -> Reply {
    let github = GitHub::of(exchange)?;
    let switches = match github.board.admit_page() {
        Ok(switches) => switches,
        Err(down) => return Ok(down.into()),
    };
    let (_, form) = own_form(exchange, "")?;
    let params = request_of(exchange)?;
    let way = way(exchange, &params)?;
    if form.get("decision") == Some("refuse") {
        return refuse(&way, "access_denied", "The user has denied your application access.");
    }
    let Ok(challenge) = pkce::parse_challenge(&params, false) else { return challenge_refused(&way) };
    let person = form.get("person").and_then(people::find).ok_or(HttpRefusal::FieldMalformed)?;
    let asked = scopes::agreed(scopes::parse(params.get("scope").unwrap_or_default()), &switches);
    let scopes = github.agreements.renew(way.client.client_id, person.id, asked);
    let code = secret("", &mut exchange.draw()?);
    let granted = Granted { client: way.client, person, scopes };
    github.codes.put(&code, Given { redirect_uri: way.redirect_uri.clone(), challenge, granted }, exchange.now);
    way.answer(&[("code", &code)])
}

fn way(exchange: &Exchange, params: &Parameters) -> Result<Way, Failure> {
    let issuer = &exchange.context.issuer;
    Ok(Way::parse(issuer, params, &CLIENTS, Some(&issuer.at(GITHUB_CALLBACK_PATH)))?)
}

// Federation 1.4: S256 is taken, `plain` is not.
fn challenge_refused(way: &Way) -> Reply {
    refuse(way, "invalid_request", "The code challenge must be a S256 one.")
}

fn refuse(way: &Way, error: &str, description: &str) -> Reply {
    way.answer(&[("error", error), ("error_description", description)])
}
