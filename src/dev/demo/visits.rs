//! What the demo application remembers of each browser: sign-ins under way and who is signed in. In memory, and only
//! so much of it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use openidconnect::core::CoreIdToken;
use openidconnect::{AccessToken, Nonce, PkceCodeVerifier, RefreshToken, SubjectIdentifier};
use poem::http::HeaderValue;
use subtle::ConstantTimeEq as _;

use super::visit_cookie;
use crate::base::bounds::{DEMO_PENDING_MAX, DEMO_PENDING_SECONDS, DEMO_VISIT_SECONDS, DEMO_VISITS_MAX};
use crate::base::{Digest, Draw, OpaqueToken, Timestamp, TokenKind};
use crate::endpoint::exchange::Exchange;
use crate::pages::DevNamedValue;

const COOKIE: &str = "demo-app-visit";

/// A browser, by the digest of its cookie.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct VisitKey(Digest);

impl VisitKey {
    /// The browser of a request, if it has been here.
    pub(super) fn of(exchange: &Exchange) -> Option<Self> {
        let token = OpaqueToken::parse(TokenKind::Browser, exchange.cookie(COOKIE)?)?;
        Some(Self(token.digest()))
    }

    /// The same; a new one comes with the cookie to be set.
    pub(super) fn of_or_new(exchange: &Exchange, draw: &mut Draw) -> (Self, Option<HeaderValue>) {
        if let Some(known) = Self::of(exchange) {
            return (known, None);
        }
        let token = OpaqueToken::generate(TokenKind::Browser, draw);
        let cookie = visit_cookie(COOKIE, token.expose(), exchange.context.issuer.is_https());
        (Self(token.digest()), Some(cookie))
    }
}

/// A sign-in that is under way at the provider.
pub(super) struct Pending {
    pub(super) state: String,
    pub(super) nonce: Nonce,
    pub(super) verifier: PkceCodeVerifier,
    pub(super) begun_at: Timestamp,
}

/// Who is signed in, with what the provider gave.
#[derive(Clone)]
pub(super) struct SignedIn {
    pub(super) id_token: CoreIdToken,
    pub(super) id_token_expires_at: Timestamp,
    pub(super) id_token_claims: Vec<DevNamedValue>,
    pub(super) subject: SubjectIdentifier,
    pub(super) auth_time: Option<i64>,
    pub(super) checks: Vec<String>,
    pub(super) access_token: AccessToken,
    pub(super) access_token_expires_at: Option<Timestamp>,
    pub(super) refresh_token: Option<RefreshToken>,
    pub(super) userinfo: Option<Vec<DevNamedValue>>,
    pub(super) refreshes: i64,
}

struct Visit {
    pending: VecDeque<Pending>,
    signed_in: Option<SignedIn>,
    leaving: Option<String>,
    used_at: Timestamp,
}

/// Every browser that is not forgotten yet.
#[derive(Default)]
pub(super) struct Visits(Mutex<HashMap<VisitKey, Visit>>);

impl Visits {
    /// A sign-in begins; of too many in one browser, the oldest is forgotten.
    pub(super) fn begin(&self, key: &VisitKey, pending: Pending, now: Timestamp) {
        self.with(key, now, |visit| {
            while visit.pending.len() >= DEMO_PENDING_MAX {
                visit.pending.pop_front();
            }
            visit.pending.push_back(pending);
        });
    }

    /// The sign-in with this `state`, which can be taken once.
    pub(super) fn take_pending(&self, key: &VisitKey, state: &str, now: Timestamp) -> Option<Pending> {
        let mut visits = self.visits();
        let pending = &mut visits.get_mut(key)?.pending;
        let is_it = |own: &Pending| bool::from(own.state.as_bytes().ct_eq(state.as_bytes()));
        let found = pending.remove(pending.iter().position(is_it)?)?;
        (now.seconds_since(found.begun_at) <= DEMO_PENDING_SECONDS).then_some(found)
    }

    /// Somebody is signed in, or something new is known of who is.
    pub(super) fn keep(&self, key: &VisitKey, signed_in: SignedIn, now: Timestamp) {
        self.with(key, now, |visit| visit.signed_in = Some(signed_in));
    }

    /// Who is signed in.
    pub(super) fn signed_in(&self, key: &VisitKey, now: Timestamp) -> Option<SignedIn> {
        let mut visits = self.visits();
        let visit = visits.get_mut(key).filter(|visit| !is_over(visit, now))?;
        visit.used_at = now;
        visit.signed_in.clone()
    }

    /// Forgets who is signed in; the provider will send the browser back with `state`.
    pub(super) fn leave(&self, key: &VisitKey, state: String, now: Timestamp) {
        self.with(key, now, |visit| {
            visit.signed_in = None;
            visit.leaving = Some(state);
        });
    }

    /// The `state` of a logout that is under way, which can be taken once.
    pub(super) fn take_leaving(&self, key: &VisitKey) -> Option<String> {
        self.visits().get_mut(key)?.leaving.take()
    }

    fn with(&self, key: &VisitKey, now: Timestamp, change: impl FnOnce(&mut Visit)) {
        let mut visits = self.visits();
        if !visits.contains_key(key) {
            make_room(&mut visits, now);
        }
        let visit = visits.entry(key.clone()).or_insert_with(|| Visit {
            pending: VecDeque::new(),
            signed_in: None,
            leaving: None,
            used_at: now,
        });
        visit.used_at = now;
        change(visit);
    }

    fn visits(&self) -> MutexGuard<'_, HashMap<VisitKey, Visit>> {
        // Nothing that can panic runs under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const fn is_over(visit: &Visit, now: Timestamp) -> bool {
    now.seconds_since(visit.used_at) > DEMO_VISIT_SECONDS
}

fn make_room(visits: &mut HashMap<VisitKey, Visit>, now: Timestamp) {
    visits.retain(|_, visit| !is_over(visit, now));
    while visits.len() >= DEMO_VISITS_MAX {
        let Some(oldest) = visits.iter().min_by_key(|(_, visit)| visit.used_at).map(|(key, _)| key.clone()) else {
            return;
        };
        visits.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> VisitKey {
        VisitKey(Digest::of(&number.to_string()))
    }

    fn pending(state: &str, begun_at: Timestamp) -> Pending {
        let verifier = PkceCodeVerifier::new("v".repeat(43));
        Pending { state: state.to_owned(), nonce: Nonce::new("n".to_owned()), verifier, begun_at }
    }

    const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn a_sign_in_is_finished_once_in_the_browser_that_began_it() {
        let visits = Visits::default();
        visits.begin(&key(1), pending("one", START), START);
        visits.begin(&key(1), pending("two", START), START);
        assert!(visits.take_pending(&key(2), "one", START).is_none());
        assert!(visits.take_pending(&key(1), "three", START).is_none());
        assert_eq!(visits.take_pending(&key(1), "one", START).map(|own| own.state).as_deref(), Some("one"));
        assert!(visits.take_pending(&key(1), "one", START).is_none());
        assert!(visits.take_pending(&key(1), "two", START).is_some());
    }

    #[test]
    fn a_sign_in_that_took_too_long_is_not_finished() {
        let visits = Visits::default();
        visits.begin(&key(1), pending("one", START), START);
        assert!(visits.take_pending(&key(1), "one", START.plus_seconds(DEMO_PENDING_SECONDS + 1)).is_none());
    }

    #[test]
    fn the_oldest_visits_make_room_for_new_ones() {
        let visits = Visits::default();
        for number in 0..DEMO_VISITS_MAX + 2 {
            let now = START.plus_seconds(i64::try_from(number).unwrap());
            visits.begin(&key(number), pending("s", now), now);
        }
        assert_eq!(visits.visits().len(), DEMO_VISITS_MAX);
        assert!(visits.take_pending(&key(1), "s", START).is_none());
        assert!(visits.take_pending(&key(2), "s", START).is_some());
    }

    #[test]
    fn a_browser_with_many_sign_ins_keeps_the_latest() {
        let visits = Visits::default();
        for number in 0..=DEMO_PENDING_MAX {
            visits.begin(&key(1), pending(&number.to_string(), START), START);
        }
        assert!(visits.take_pending(&key(1), "0", START).is_none());
        assert!(visits.take_pending(&key(1), "1", START).is_some());
    }

    #[test]
    fn a_logout_comes_back_once() {
        let visits = Visits::default();
        visits.leave(&key(1), "bye".to_owned(), START);
        assert_eq!(visits.take_leaving(&key(1)).as_deref(), Some("bye"));
        assert_eq!(visits.take_leaving(&key(1)), None);
    }
}
