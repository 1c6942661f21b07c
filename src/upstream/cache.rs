//! A provider's document, kept as long as its headers say and fetched by one visitor for all who wait for it.
//!
//! When the provider does not give a new one, the last one serves for a day (F-30). Time is the caller's.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use tokio::sync::Mutex;

use super::UpstreamFailure;
use crate::base::Timestamp;
use crate::base::bounds::{
    UPSTREAM_FRESH_SECONDS_DEFAULT, UPSTREAM_FRESH_SECONDS_MAX, UPSTREAM_FRESH_SECONDS_MIN, UPSTREAM_REFETCH_SECONDS,
    UPSTREAM_STALE_SECONDS_MAX,
};

/// A document as it came.
pub(super) struct Fetched<T> {
    pub(super) value: T,
    /// What its headers say about keeping it.
    pub(super) fresh_seconds: Option<i64>,
}

/// A kept document.
pub(super) struct Cache<T> {
    entry: ArcSwapOption<Entry<T>>,
    /// Counts the fetches that came to an end.
    turn: AtomicU64,
    flight: Mutex<Flight>,
}

struct Entry<T> {
    value: Arc<T>,
    fetched_at: Timestamp,
    fresh_seconds: i64,
}

#[derive(Default)]
struct Flight {
    /// How the last fetch ended.
    failure: Option<UpstreamFailure>,
    failed_at: Option<Timestamp>,
    /// When it was last fetched before it was due.
    hurried_at: Option<Timestamp>,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self { entry: ArcSwapOption::empty(), turn: AtomicU64::new(0), flight: Mutex::default() }
    }
}

impl<T> Entry<T> {
    // A clock that went back makes nothing immortal (F-33).
    fn is_within(&self, seconds: i64, now: Timestamp) -> bool {
        (0..seconds).contains(&now.seconds_since(self.fetched_at))
    }
}

fn is_recent(moment: Option<Timestamp>, now: Timestamp) -> bool {
    moment.is_some_and(|moment| (0..UPSTREAM_REFETCH_SECONDS).contains(&now.seconds_since(moment)))
}

impl<T> Cache<T> {
    /// The document; `fetch` is only run when there is no fresh one and nobody else is fetching it.
    pub(super) async fn get(
        &self,
        now: Timestamp,
        fetch: impl Future<Output = Result<Fetched<T>, UpstreamFailure>>,
    ) -> Result<Arc<T>, UpstreamFailure> {
        let turn = self.turn.load(Ordering::Acquire);
        let entry = self.entry.load_full();
        if let Some(entry) = entry.as_ref().filter(|entry| entry.is_within(entry.fresh_seconds, now)) {
            return Ok(entry.value.clone());
        }
        let last = entry.filter(|entry| entry.is_within(UPSTREAM_STALE_SECONDS_MAX, now));
        let mut flight = self.flight.lock().await;
        match last {
            // Whoever can do with the last document does not wait for a provider that has just not answered.
            Some(last) if is_recent(flight.failed_at, now) => Ok(last.value.clone()),
            Some(last) => Ok(self.fetched(turn, &mut flight, now, fetch).await.unwrap_or_else(|_| last.value.clone())),
            None => self.fetched(turn, &mut flight, now, fetch).await,
        }
    }

    /// A newer document than `seen`, which lacks what is looked for; `seen` again when another one was looked for within
    /// the last minute.
    pub(super) async fn get_newer(
        &self,
        seen: Arc<T>,
        now: Timestamp,
        fetch: impl Future<Output = Result<Fetched<T>, UpstreamFailure>>,
    ) -> Result<Arc<T>, UpstreamFailure> {
        let turn = self.turn.load(Ordering::Acquire);
        if let Some(entry) = self.entry.load_full().filter(|entry| !Arc::ptr_eq(&entry.value, &seen)) {
            return Ok(entry.value.clone());
        }
        let mut flight = self.flight.lock().await;
        if self.turn.load(Ordering::Acquire) == turn {
            if is_recent(flight.hurried_at, now) {
                return Ok(seen);
            }
            // The document is not due, so that a provider that gives none now is no reason to do without.
            let fetched = self.fetched(turn, &mut flight, now, fetch).await;
            flight.hurried_at = Some(now);
            return Ok(fetched.unwrap_or(seen));
        }
        Ok(self.entry.load_full().map_or(seen, |entry| entry.value.clone()))
    }

    /// What `fetch` gives, or what somebody else was given since `turn`.
    async fn fetched(
        &self,
        turn: u64,
        flight: &mut Flight,
        now: Timestamp,
        fetch: impl Future<Output = Result<Fetched<T>, UpstreamFailure>>,
    ) -> Result<Arc<T>, UpstreamFailure> {
        if self.turn.load(Ordering::Acquire) != turn {
            return match (&flight.failure, self.entry.load_full()) {
                (None, Some(entry)) => Ok(entry.value.clone()),
                (Some(failure), _) => Err(failure.clone()),
                (None, None) => Err(UpstreamFailure::Unreachable { detail: "nothing was fetched".to_owned() }),
            };
        }
        let fetched = fetch.await;
        flight.failure = fetched.as_ref().err().cloned();
        flight.failed_at = fetched.is_err().then_some(now);
        let kept = fetched.map(|fetched| self.keep(fetched, now));
        self.turn.fetch_add(1, Ordering::Release);
        kept
    }

    fn keep(&self, fetched: Fetched<T>, now: Timestamp) -> Arc<T> {
        let fresh_seconds = fetched
            .fresh_seconds
            .unwrap_or(UPSTREAM_FRESH_SECONDS_DEFAULT)
            .clamp(UPSTREAM_FRESH_SECONDS_MIN, UPSTREAM_FRESH_SECONDS_MAX);
        let value = Arc::new(fetched.value);
        self.entry.store(Some(Arc::new(Entry { value: value.clone(), fetched_at: now, fresh_seconds })));
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    async fn fetch(value: u32, fresh_seconds: Option<i64>) -> Result<Fetched<u32>, UpstreamFailure> {
        Ok(Fetched { value, fresh_seconds })
    }

    async fn no_fetch() -> Result<Fetched<u32>, UpstreamFailure> {
        Err(UpstreamFailure::Unreachable { detail: "down".to_owned() })
    }

    #[tokio::test]
    async fn fed_2_3_a_document_is_kept_as_long_as_it_says_within_bounds() {
        for (said, kept) in [
            (Some(1000), 1000),
            (Some(0), UPSTREAM_FRESH_SECONDS_MIN),
            (Some(i64::MAX), UPSTREAM_FRESH_SECONDS_MAX),
            (None, UPSTREAM_FRESH_SECONDS_DEFAULT),
        ] {
            let cache = Cache::default();
            assert_eq!(*cache.get(NOW, fetch(1, said)).await.unwrap(), 1);
            assert_eq!(*cache.get(NOW.plus_seconds(kept - 1), fetch(2, said)).await.unwrap(), 1, "{said:?}");
            assert_eq!(*cache.get(NOW.plus_seconds(kept), fetch(2, said)).await.unwrap(), 2, "{said:?}");
        }
    }

    #[tokio::test]
    async fn fed_2_3_a_newer_document_is_fetched_once_a_minute() {
        let cache = Cache::default();
        let first = cache.get(NOW, fetch(1, None)).await.unwrap();
        let second = cache.get_newer(first.clone(), NOW, fetch(2, None)).await.unwrap();
        assert_eq!(*second, 2);
        // Whoever still has the first one gets the second without another fetch.
        assert_eq!(*cache.get_newer(first, NOW, fetch(3, None)).await.unwrap(), 2);
        assert_eq!(*cache.get_newer(second.clone(), NOW.plus_seconds(59), fetch(3, None)).await.unwrap(), 2);
        assert_eq!(*cache.get_newer(second, NOW.plus_seconds(60), fetch(3, None)).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn f_30_the_last_document_serves_for_a_day_while_there_is_no_other() {
        let cache = Cache::default();
        cache.get(NOW, fetch(1, Some(600))).await.unwrap();
        assert_eq!(*cache.get(NOW.plus_seconds(600), no_fetch()).await.unwrap(), 1);
        // Not asked again within the minute, although there would be one.
        assert_eq!(*cache.get(NOW.plus_seconds(630), fetch(2, None)).await.unwrap(), 1);
        assert!(cache.get(NOW.plus_seconds(UPSTREAM_STALE_SECONDS_MAX), no_fetch()).await.is_err());
        let later = NOW.plus_seconds(UPSTREAM_STALE_SECONDS_MAX);
        assert_eq!(*cache.get(later, fetch(3, None)).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn f_31_all_who_wait_share_one_fetch_and_its_failure() {
        let cache = Cache::default();
        let fetches = std::cell::Cell::new(0);
        let (open, gate) = tokio::sync::watch::channel(false);
        let counted = || async {
            fetches.set(fetches.get() + 1);
            gate.clone().wait_for(|is_open| *is_open).await.unwrap();
            no_fetch().await
        };
        let waiting = futures_util::future::join_all((0..50).map(|_| cache.get(NOW, counted())));
        let opened = async { open.send(true).unwrap() };
        let (outcomes, ()) = futures_util::future::join(waiting, opened).await;
        assert!(outcomes.iter().all(Result::is_err));
        assert_eq!(fetches.get(), 1);
        assert_eq!(*cache.get(NOW, fetch(1, None)).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn f_33_a_clock_that_goes_back_makes_nothing_immortal() {
        let cache = Cache::default();
        cache.get(NOW, fetch(1, None)).await.unwrap();
        assert_eq!(*cache.get(NOW.plus_seconds(-10), fetch(2, None)).await.unwrap(), 2);
    }
}
