//! The reading connections: a query runs where it is asked for, on whichever connection is free.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;

use super::connection::{Connection, Purpose};
use super::fault;
use crate::base::bounds::STORE_LOCK_STEP;
use crate::store::engine::fault::StoreFault;
use crate::store::engine::transaction::Tx;

/// A place for a connection; empty after a fault that spoiled it, until the next query opens it again.
type Place = Mutex<Option<Connection>>;

pub(super) struct Readers {
    path: Arc<PathBuf>,
    places: Vec<Place>,
    next: AtomicUsize,
    closed: AtomicBool,
    lock_wait: Duration,
}

impl Readers {
    pub(super) fn open(path: &Arc<PathBuf>, count: usize, lock_wait: Duration) -> Result<Readers, StoreFault> {
        let open = |_| Ok(Mutex::new(Some(Connection::open(path, Purpose::Reading)?)));
        let places = (0..count).map(open).collect::<Result<_, StoreFault>>()?;
        Ok(Readers {
            path: Arc::clone(path),
            places,
            next: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            lock_wait,
        })
    }

    /// Runs a read unit inline. A held lock is waited for without blocking the thread.
    pub(super) async fn read<D, T, U>(&self, data: &D, unit: &U) -> Result<T, StoreFault>
    where
        U: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t D) -> BoxFuture<'t, Result<T, StoreFault>>,
    {
        self.on_any(|connection| connection.run_unit(data, unit)).await
    }

    pub(super) async fn on_any<T>(
        &self,
        work: impl Fn(&mut Connection) -> Result<T, StoreFault>,
    ) -> Result<T, StoreFault> {
        let started = Instant::now();
        loop {
            match self.attempt(&work) {
                Err(StoreFault::Busy) if started.elapsed() < self.lock_wait => {
                    tokio::time::sleep(STORE_LOCK_STEP).await;
                }
                outcome => return outcome,
            }
        }
    }

    fn attempt<T>(&self, work: impl Fn(&mut Connection) -> Result<T, StoreFault>) -> Result<T, StoreFault> {
        if self.closed.load(Ordering::Acquire) {
            return Err(StoreFault::Closed);
        }
        let mut place = self.free_place();
        let connection = match place.as_mut() {
            Some(connection) => connection,
            None => place.insert(Connection::open(&self.path, Purpose::Reading)?),
        };
        let outcome = work(connection);
        if outcome.as_ref().is_err_and(fault::spoils_the_connection) {
            *place = None;
        }
        outcome
    }

    /// A free place if there is one, else the next in turn once it is free.
    fn free_place(&self) -> MutexGuard<'_, Option<Connection>> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let turn = |step: usize| &self.places[first.wrapping_add(step) % self.places.len()];
        let free = (0..self.places.len()).find_map(|step| turn(step).try_lock().ok());
        // A poisoned lock only says that a unit panicked; a connection is sound between statements.
        free.unwrap_or_else(|| turn(0).lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        for place in &self.places {
            *place.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}
