//! `/account/profile`: the standard claims a person may change themselves (API-07).

use std::collections::BTreeSet;

use poem::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Acting, acting, lead_on, person, show_page};
use crate::base::bounds::PROFILE_TRIES_MAX;
use crate::endpoint::client::event_of;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::reply::Reply;
use crate::identity::profile::{is_well_formed, longest};
use crate::identity::username::{self, NotAUsername};
use crate::model::account::{Account, Address, StandardClaims};
use crate::model::audit::{AuditAction, AuditEvent};
use crate::pages::{AccountProfile, Problem, Profile};
use crate::protocol::Parameters;

/// Shows the page.
pub async fn get(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let me = person(exchange, "profile").await?;
    let page = AccountProfile { profile: shown(&me.account.claims), problems: Vec::new() };
    show_page(exchange, &me, StatusCode::OK, &page, &mut draw)
}

/// Takes the form.
pub async fn post(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let Acting { me, form, .. } = acting(exchange, "profile").await?;
    let typed = typed(&form);
    let mut problems = problems(&typed);
    problems.extend(name_problem(exchange, &me.account, &typed.preferred_username).await?);
    if !problems.is_empty() {
        let page = AccountProfile { profile: typed, problems };
        return show_page(exchange, &me, StatusCode::BAD_REQUEST, &page, &mut draw);
    }
    let mut audit = event_of(exchange, AuditAction::ProfileChanged);
    audit.account = Some(me.account.id.clone());
    let claims = merged(&me.account.claims, typed.clone());
    note_changed(&mut audit, &me.account.claims, &claims);
    let store = &exchange.context.store;
    if store.set_claims(&me.account.id, me.account.updated_at, claims, exchange.now, audit).await? {
        return lead_on(exchange, &me, "/account?saved=1");
    }
    // F-52: somebody else changed it meanwhile; nothing is undone silently.
    let page = AccountProfile { profile: typed, problems: vec![Problem::FormExpired] };
    show_page(exchange, &me, StatusCode::CONFLICT, &page, &mut draw)
}

/// A field of the form: the claim's name, and where its text stands.
type Field = (&'static str, fn(&mut Profile) -> &mut String);

const FIELDS: [Field; 19] = [
    ("name", |profile| &mut profile.name),
    ("given_name", |profile| &mut profile.given_name),
    ("family_name", |profile| &mut profile.family_name),
    ("middle_name", |profile| &mut profile.middle_name),
    ("nickname", |profile| &mut profile.nickname),
    ("preferred_username", |profile| &mut profile.preferred_username),
    ("profile", |profile| &mut profile.profile),
    ("picture", |profile| &mut profile.picture),
    ("website", |profile| &mut profile.website),
    ("gender", |profile| &mut profile.gender),
    ("birthdate", |profile| &mut profile.birthdate),
    ("zoneinfo", |profile| &mut profile.zoneinfo),
    ("locale", |profile| &mut profile.locale),
    ("phone_number", |profile| &mut profile.phone_number),
    ("street_address", |profile| &mut profile.street_address),
    ("locality", |profile| &mut profile.locality),
    ("region", |profile| &mut profile.region),
    ("postal_code", |profile| &mut profile.postal_code),
    ("country", |profile| &mut profile.country),
];

fn typed(form: &Parameters) -> Profile {
    let mut profile = Profile::default();
    for (name, place) in FIELDS {
        form.get(name).unwrap_or_default().trim().clone_into(place(&mut profile));
    }
    profile
}

fn problems(typed: &Profile) -> Vec<Problem> {
    let mut typed = typed.clone();
    FIELDS.into_iter().filter_map(|(name, place)| problem(name, place(&mut typed))).collect()
}

/// Changes some of a person's claims and leaves the others as they are; an empty text clears one. The claims are those of
/// the page, and `formatted` of the address. Gives the person as they are then.
pub async fn patch(
    exchange: &Exchange,
    mut person: Account,
    changes: &[(&'static str, String)],
) -> Result<Account, Failure> {
    let mut problems: Vec<Problem> = changes.iter().filter_map(|(claim, text)| problem(claim, text)).collect();
    if let Some((_, text)) = changes.iter().find(|(claim, _)| *claim == "preferred_username") {
        problems.extend(name_problem(exchange, &person, text).await?);
    }
    if !problems.is_empty() {
        return Err(Failure::NotTaken(problems));
    }
    let store = &exchange.context.store;
    for _ in 0..PROFILE_TRIES_MAX {
        let claims = patched(&person.claims, changes);
        let mut audit = event_of(exchange, AuditAction::ProfileChanged);
        audit.account = Some(person.id.clone());
        note_changed(&mut audit, &person.claims, &claims);
        if store.set_claims(&person.id, person.updated_at, claims.clone(), exchange.now, audit).await? {
            return Ok(Account { claims, updated_at: exchange.now, ..person });
        }
        // F-52: what somebody else changed meanwhile is kept.
        person = store.find_account(&person.id).await?.ok_or(HttpRefusal::Overtaken)?;
    }
    Err(HttpRefusal::Overtaken.into())
}

/// Says which claims changed, not how: the log keeps no copies of what a person corrected.
fn note_changed(audit: &mut AuditEvent, before: &StandardClaims, after: &StandardClaims) {
    let (before, after) = (json!(before), json!(after));
    let names: BTreeSet<&String> =
        [&before, &after].into_iter().filter_map(Value::as_object).flat_map(Map::keys).collect();
    let changed = names.into_iter().filter(|name| before.get(name) != after.get(name));
    audit.detail.insert("claims".to_owned(), changed.cloned().collect());
}

fn patched(before: &StandardClaims, changes: &[(&'static str, String)]) -> StandardClaims {
    let mut profile = shown(before);
    for (claim, text) in changes {
        if let Some((_, place)) = FIELDS.iter().find(|(name, _)| name == claim) {
            text.trim().clone_into(place(&mut profile));
        }
    }
    let mut claims = merged(before, profile);
    if let Some((_, text)) = changes.iter().find(|(claim, _)| *claim == "formatted") {
        let formatted = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let address = Address { formatted, ..claims.address.take().unwrap_or_default() };
        claims.address = Some(address).filter(|address| *address != Address::default());
    }
    claims
}

fn problem(claim: &'static str, text: &str) -> Option<Problem> {
    let maximum = longest(claim);
    if text.chars().count() > maximum {
        return Some(Problem::ClaimTooLong { claim, maximum: i64::try_from(maximum).unwrap_or(i64::MAX) });
    }
    (!is_well_formed(claim, text)).then_some(Problem::ClaimMalformed { claim })
}

/// Apps show this claim as the person's name here, so it may not be the username of somebody else (REG-05).
async fn name_problem(exchange: &Exchange, person: &Account, text: &str) -> Result<Option<Problem>, Failure> {
    let text = text.trim();
    if person.claims.preferred_username.as_deref() == Some(text) {
        return Ok(None);
    }
    let owner = match username::parse(text) {
        Ok(name) => exchange.context.store.find_owner_of_username(&name).await?,
        Err(NotAUsername::Malformed) => None,
        Err(NotAUsername::Reserved) => return Ok(Some(Problem::PreferredNameTaken)),
    };
    Ok(owner.filter(|owner| *owner != person.id).map(|_| Problem::PreferredNameTaken))
}

fn merged(before: &StandardClaims, typed: Profile) -> StandardClaims {
    let text = |text: String| (!text.is_empty()).then_some(text);
    let phone_number = text(typed.phone_number);
    let address = Address {
        // What was formatted elsewhere no longer fits parts that were changed here.
        formatted: None,
        street_address: text(typed.street_address),
        locality: text(typed.locality),
        region: text(typed.region),
        postal_code: text(typed.postal_code),
        country: text(typed.country),
    };
    let unchanged = before.address.as_ref().filter(|own| Address { formatted: None, ..(*own).clone() } == address);
    StandardClaims {
        phone_number_verified: before.phone_number_verified && phone_number == before.phone_number,
        phone_number,
        address: unchanged.cloned().or_else(|| (address != Address::default()).then_some(address)),
        name: text(typed.name),
        given_name: text(typed.given_name),
        family_name: text(typed.family_name),
        middle_name: text(typed.middle_name),
        nickname: text(typed.nickname),
        preferred_username: text(typed.preferred_username),
        profile: text(typed.profile),
        picture: text(typed.picture),
        website: text(typed.website),
        gender: text(typed.gender),
        birthdate: text(typed.birthdate),
        zoneinfo: text(typed.zoneinfo),
        locale: text(typed.locale),
    }
}

fn shown(claims: &StandardClaims) -> Profile {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let address = claims.address.clone().unwrap_or_default();
    Profile {
        name: text(&claims.name),
        given_name: text(&claims.given_name),
        family_name: text(&claims.family_name),
        middle_name: text(&claims.middle_name),
        nickname: text(&claims.nickname),
        preferred_username: text(&claims.preferred_username),
        profile: text(&claims.profile),
        picture: text(&claims.picture),
        website: text(&claims.website),
        gender: text(&claims.gender),
        birthdate: text(&claims.birthdate),
        zoneinfo: text(&claims.zoneinfo),
        locale: text(&claims.locale),
        phone_number: text(&claims.phone_number),
        street_address: text(&address.street_address),
        locality: text(&address.locality),
        region: text(&address.region),
        postal_code: text(&address.postal_code),
        country: text(&address.country),
    }
}
