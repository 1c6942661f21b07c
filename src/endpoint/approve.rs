//! `/device`, `/device/confirm`, `/device/done`: a person takes a device's code, looks at who asks, and decides
//! (RFC 8628 §3.3). What an app asked for by mail is decided on here, too (CIBA).

use std::net::IpAddr;

use poem::http::StatusCode;

use super::browser::Browser;
use super::consent::item;
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::frame::{Setting, add_browser_cookie, show, show_form};
use super::guard::own_form;
use super::login::save_and_proceed;
use super::proceed::proceed;
use super::reply::{self, Reply};
use super::scene::{Scene, at, begin};
use super::user_agent::recognise;
use crate::base::{Draw, Scope};
use crate::model::interaction::Purpose;
use crate::model::pending::{ApprovalRequest, DecideOutcome, DecidePending, PendingAuthorization, PendingKind};
use crate::model::session::SignedIn;
use crate::model::{ThrottleKey, ThrottlePurpose};
use crate::pages::{Approval, ApprovalDone, ApprovalOutcome, Asked, DeviceCode, Problem};
use crate::protocol::Reason;
use crate::protocol::approval::{self, Decided, read_user_code, shown};
use crate::protocol::next_step::{Issuance, Step};
use crate::store::Reservation;

/// Shows the page that takes the code, filled in when the address carries it. It is never taken from there without a
/// person pressing the button (RFC 8628 §5.4), who is asked to compare it with what the device shows (RFC 8628 §3.3.1).
pub async fn get_code(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let browser = Browser::of(exchange, &mut draw);
    let given = exchange.query_parameters()?.get("user_code").and_then(read_user_code);
    let page = DeviceCode {
        came_along: given.is_some(),
        user_code: given.as_deref().map(shown).unwrap_or_default(),
        problems: Vec::new(),
    };
    show(exchange, StatusCode::OK, &page, &Setting::alone(&browser), &mut draw)
}

/// Takes the code: the way to the decision begins, or the page says what was wrong.
pub async fn post_code(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let (browser, form) = own_form(exchange, "")?;
    let typed = form.get("user_code").unwrap_or_default();
    let problem = match find(exchange, typed).await? {
        Ok(pending) => return go(exchange, &browser, pending.request, &mut draw).await,
        Err(problem) => problem,
    };
    let page = DeviceCode { user_code: typed.to_owned(), came_along: false, problems: vec![problem] };
    show_form(exchange, &page, &page.problems, &Setting::alone(&browser), &mut draw)
}

/// The device that waits with the code that was typed. Codes of no device are counted against the source and overall
/// (RFC 8628 §5.1).
async fn find(exchange: &Exchange, typed: &str) -> Result<Result<PendingAuthorization, Problem>, Failure> {
    if typed.is_empty() {
        return Ok(Err(Problem::UserCodeMissing));
    }
    let Some(code) = read_user_code(typed) else { return Ok(Err(Problem::UserCodeUnknown)) };
    let (store, rules) = (&exchange.context.store, &exchange.context.throttles);
    let by_source = ThrottlePurpose::UserCodeIp;
    let overall = ThrottlePurpose::UserCodeOverall;
    let limits = vec![
        (ThrottleKey::ip(by_source, exchange.ip), rules.rule(by_source)),
        (ThrottleKey::overall(overall), rules.rule(overall)),
    ];
    let reserved = match store.reserve_attempts(limits, exchange.now).await? {
        Reservation::Allowed(reserved) => reserved,
        Reservation::Refused { retry_after_seconds } => {
            return Ok(Err(Problem::TooManyTries { wait_seconds: retry_after_seconds }));
        }
    };
    let found = store.find_pending_by_handle(code).await?.filter(|pending| {
        let is_open = pending.decided_at.is_none() && exchange.now < pending.request.expires_at;
        is_open && pending.request.kind == PendingKind::Device
    });
    if found.is_some() {
        store.refund_attempts(reserved, exchange.now).await?;
    }
    Ok(found.ok_or(Problem::UserCodeUnknown))
}

/// Begins the way to the decision in this browser.
pub async fn go(exchange: &Exchange, browser: &Browser, request: ApprovalRequest, draw: &mut Draw) -> Reply {
    let interaction = begin(exchange, browser, Purpose::Approve(Box::new(request)), draw).await?;
    let mut response = reply::see_other(&at("/continue", &interaction.id))?;
    add_browser_cookie(exchange, browser, &mut response);
    Ok(response)
}

/// Shows who asks, on what device, for what.
pub async fn get(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let scene = Scene::of(exchange, &mut draw).await?;
    let (Step::AskApproval { signed_in, scope }, Some(request)) = (scene.step(exchange), scene.interaction.approval())
    else {
        return proceed(exchange, &scene, &mut draw).await;
    };
    let page = page(request, signed_in, &scope);
    let setting = Setting { person: Some(signed_in.account.email.to_string()), ..scene.setting() };
    show(exchange, StatusCode::OK, &page, &setting, &mut draw)
}

/// Takes the decision. The form carries nothing else: what is granted is read from the interaction.
pub async fn post(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let mut scene = Scene::of(exchange, &mut draw).await?;
    let (_, form) = own_form(exchange, scene.interaction.id.as_str())?;
    let (session, scope) = match scene.step(exchange) {
        Step::AskApproval { signed_in, scope } => (signed_in.session.id.clone(), scope),
        _ => return proceed(exchange, &scene, &mut draw).await,
    };
    let progress = &mut scene.interaction.progress;
    match form.get("decision") {
        Some("allow") => {
            // Whoever agreed is whom it is granted by, even if somebody else signs in meanwhile (SES-12).
            if progress.session.as_ref() != Some(&session) {
                progress.chose(session);
            }
            progress.agreed(scope);
        }
        Some("deny") => progress.refused = true,
        _ => return Err(HttpRefusal::FieldMalformed.into()),
    }
    save_and_proceed(exchange, scene, &mut draw).await
}

/// Says how it ended.
pub async fn done(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let browser = Browser::of(exchange, &mut draw);
    let outcome = match exchange.query_parameters()?.get("outcome") {
        Some("allowed") => ApprovalOutcome::Allowed,
        Some("denied") => ApprovalOutcome::Denied,
        _ => ApprovalOutcome::Over,
    };
    show(exchange, StatusCode::OK, &ApprovalDone { outcome }, &Setting::alone(&browser), &mut draw)
}

/// Writes that it is granted.
pub async fn grant(exchange: &Exchange, scene: &Scene, issuance: &Issuance<'_>, draw: &mut Draw) -> Reply {
    let request = scene.interaction.approval().ok_or(Reason::InteractionUnknown)?;
    let ip = exchange.ip.to_string();
    let write = approval::approve(request, issuance, &decided(exchange, scene, &ip), draw);
    decide(exchange, write, "allowed").await
}

/// Writes that it is refused, when the person did so; another reason is told to them and leaves it open.
pub async fn refuse(exchange: &Exchange, scene: &Scene, request: &ApprovalRequest, reason: Reason) -> Reply {
    if reason != Reason::AccessDenied {
        return Err(reason.into());
    }
    let ip = exchange.ip.to_string();
    let write = approval::refuse(request, &decided(exchange, scene, &ip));
    decide(exchange, write, "denied").await
}

async fn decide(exchange: &Exchange, write: DecidePending, outcome: &str) -> Reply {
    match exchange.context.store.decide_pending(write).await? {
        DecideOutcome::Decided => reply::see_other(&format!("/device/done?outcome={outcome}")),
        DecideOutcome::Over => reply::see_other("/device/done?outcome=over"),
        DecideOutcome::SessionEnded => Err(Reason::LoginRequired.into()),
    }
}

fn decided<'a>(exchange: &'a Exchange, scene: &'a Scene, ip: &'a str) -> Decided<'a> {
    Decided {
        interaction: &scene.interaction.id,
        refresh_seconds: exchange.context.policy.refresh_absolute_seconds,
        ip,
        request_id: exchange.id.as_str(),
        now: exchange.now,
    }
}

fn page(request: &ApprovalRequest, signed_in: &SignedIn, scope: &Scope) -> Approval {
    let (browser, system) = recognise(request.user_agent.as_deref());
    Approval {
        user_code: (request.kind == PendingKind::Device).then(|| shown(&request.handle)),
        words: request.message.clone(),
        asked: Asked {
            asked_at: request.created_at.seconds(),
            browser,
            system,
            ip: request.ip.as_deref().and_then(coarse),
        },
        items: scope.iter().map(|scope| item(signed_in, scope)).collect(),
    }
}

/// The network a device asked from: enough to see that it is not one's own, and no address of anybody.
fn coarse(ip: &str) -> Option<String> {
    match ip.parse().ok()? {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            Some(format!("{a}.{b}.{c}.…"))
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            Some(format!("{a:x}:{b:x}:{c:x}:…"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::coarse;

    #[test]
    fn an_address_is_shown_without_its_end() {
        assert_eq!(coarse("192.0.2.77").as_deref(), Some("192.0.2.…"));
        assert_eq!(coarse("2001:db8:7:8::9").as_deref(), Some("2001:db8:7:…"));
        assert_eq!(coarse("nowhere"), None);
    }
}
