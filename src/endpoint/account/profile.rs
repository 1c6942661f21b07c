//! `/account/profile`: the standard claims a person may change themselves (API-07).

use poem::http::StatusCode;
use url::Url;

use super::{person, show_page};
use crate::base::bounds::{PROFILE_CHARS_MAX, URI_BYTES_MAX};
use crate::endpoint::client::event_of;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::guard::own_form;
use crate::endpoint::reply::{self, Reply};
use crate::identity::profile::is_plain_text;
use crate::model::account::{Address, StandardClaims};
use crate::model::audit::AuditAction;
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
    let me = person(exchange, "profile").await?;
    let (_, form) = own_form(exchange, "")?;
    let typed = typed(&form);
    let problems = problems(&typed);
    if !problems.is_empty() {
        let page = AccountProfile { profile: typed, problems };
        return show_page(exchange, &me, StatusCode::BAD_REQUEST, &page, &mut draw);
    }
    let mut audit = event_of(exchange, AuditAction::ProfileChanged);
    audit.account = Some(me.account.id.clone());
    let claims = merged(&me.account.claims, typed.clone());
    let store = &exchange.context.store;
    if store.set_claims(&me.account.id, me.account.updated_at, claims, exchange.now, audit).await? {
        return reply::see_other("/account?saved=1");
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

fn problem(claim: &'static str, text: &str) -> Option<Problem> {
    let is_web = matches!(claim, "profile" | "picture" | "website");
    let maximum = if is_web { URI_BYTES_MAX } else { PROFILE_CHARS_MAX };
    if text.chars().count() > maximum {
        return Some(Problem::ClaimTooLong { claim, maximum: i64::try_from(maximum).unwrap_or(i64::MAX) });
    }
    let is_well_formed = match claim {
        _ if text.is_empty() => true,
        "profile" | "picture" | "website" => is_web_address(text),
        "birthdate" => is_birthdate(text),
        "phone_number" => is_phone_number(text),
        "zoneinfo" => is_zone(text),
        "locale" => text.parse::<unic_langid::LanguageIdentifier>().is_ok(),
        "street_address" => text.split(['\r', '\n']).all(is_plain_text),
        _ => is_plain_text(text),
    };
    (!is_well_formed).then_some(Problem::ClaimMalformed { claim })
}

fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.host().is_some())
        && is_plain_text(text)
}

// OpenID Connect Core §5.1: YYYY-MM-DD, 0000 for an omitted year, or the year alone.
fn is_birthdate(text: &str) -> bool {
    let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let leap = text.strip_prefix("0000-").map(|rest| format!("2000-{rest}"));
    let is_date = text.len() == 10 && leap.as_deref().unwrap_or(text).parse::<jiff::civil::Date>().is_ok();
    is_year || is_date
}

// E.164: a plus sign and at most fifteen digits, with the usual separators forgiven.
fn is_phone_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.starts_with('+')
        && (4..=15).contains(&digits)
        && text.bytes().skip(1).all(|byte| byte.is_ascii_digit() || b" -().;=ext".contains(&byte))
}

fn is_zone(text: &str) -> bool {
    text.split('/')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte)))
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
