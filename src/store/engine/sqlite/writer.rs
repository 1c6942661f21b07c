//! The one thread that writes: it gathers the units waiting for it into one durable commit and answers after that.
//!
//! Each unit runs inside a savepoint, so that one that fails is undone alone. When the commit fails, nobody in it is
//! told that it was done. The thread ends when the last sender is gone and the queue is empty.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::connection::{Connection, Purpose};
use super::fault;
use crate::base::bounds::STORE_BATCH_MAX;
use crate::store::engine::StoreOptions;
use crate::store::engine::fault::StoreFault;
use crate::store::engine::transaction::Tx;

/// The handle through which units reach the thread.
pub(super) struct Writer {
    queue: RwLock<Option<SyncSender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(path: Arc<PathBuf>, first: Connection, options: &StoreOptions) -> Result<Writer, StoreFault> {
        let (sender, receiver) = sync_channel(options.queue);
        let desk = Desk { path, connection: Some(first), queue: receiver, lock_wait: options.lock_wait };
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || desk.serve())
            .map_err(|error| StoreFault::Io { detail: error.to_string() })?;
        Ok(Writer { queue: RwLock::new(Some(sender)), thread: Mutex::new(Some(thread)) })
    }

    pub(super) async fn write<D, T, U>(&self, data: D, unit: U) -> Result<T, StoreFault>
    where
        D: Send + Sync + 'static,
        T: Send + 'static,
        U: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t D) -> BoxFuture<'t, Result<T, StoreFault>> + Send + Sync + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.submit(Box::new(Request { data, unit, reply, accepted: Instant::now(), outcome: None }))?;
        answer.await.unwrap_or(Err(StoreFault::Closed))
    }

    fn submit(&self, job: Box<dyn Job>) -> Result<(), StoreFault> {
        let queue = self.queue.read().unwrap_or_else(PoisonError::into_inner);
        let sent = queue.as_ref().ok_or(StoreFault::Closed)?.try_send(job);
        sent.map_err(|refused| match refused {
            TrySendError::Full(_) => StoreFault::Busy,
            TrySendError::Disconnected(_) => StoreFault::Closed,
        })
    }

    /// Takes no more units and waits until those in the queue are answered and the connection is closed.
    pub(super) async fn finish(&self) {
        drop(self.queue.write().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A thread that panicked has nothing left to finish.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

/// A unit of work in the queue, whatever its types.
trait Job: Send {
    /// When it was queued.
    fn accepted(&self) -> Instant;
    /// Whether anybody still waits for the answer.
    fn is_wanted(&self) -> bool;
    /// Runs the unit and keeps its outcome; tells whether it may be kept in the database.
    fn run(&mut self, connection: &mut Connection) -> Result<(), StoreFault>;
    /// Answers with the kept outcome, or with the fault that befell the whole batch.
    fn answer(self: Box<Self>, batch: Result<(), StoreFault>);
}

struct Request<D, T, U> {
    data: D,
    unit: U,
    reply: oneshot::Sender<Result<T, StoreFault>>,
    accepted: Instant,
    outcome: Option<Result<T, StoreFault>>,
}

impl<D, T, U> Job for Request<D, T, U>
where
    D: Send + Sync + 'static,
    T: Send + 'static,
    U: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t D) -> BoxFuture<'t, Result<T, StoreFault>> + Send + Sync + 'static,
{
    fn accepted(&self) -> Instant {
        self.accepted
    }

    fn is_wanted(&self) -> bool {
        !self.reply.is_closed()
    }

    fn run(&mut self, connection: &mut Connection) -> Result<(), StoreFault> {
        let outcome = connection.run_unit(&self.data, &self.unit);
        let verdict = outcome.as_ref().map(|_| ()).map_err(StoreFault::clone);
        self.outcome = Some(outcome);
        verdict
    }

    fn answer(self: Box<Self>, batch: Result<(), StoreFault>) {
        let Request { reply, outcome, .. } = *self;
        // The caller may have gone; the unit is committed all the same.
        let _ = reply.send(batch.and_then(|()| outcome.unwrap_or(Err(StoreFault::Closed))));
    }
}

/// What the thread owns.
struct Desk {
    path: Arc<PathBuf>,
    connection: Option<Connection>,
    queue: Receiver<Box<dyn Job>>,
    lock_wait: Duration,
}

impl Desk {
    fn serve(mut self) {
        let mut batch = Vec::with_capacity(STORE_BATCH_MAX);
        while let Ok(first) = self.queue.recv() {
            batch.push(first);
            self.gather(&mut batch);
            if let Some(connection) = self.begin(&mut batch) {
                self.settle(connection, &mut batch);
            }
        }
    }

    fn gather(&self, batch: &mut Vec<Box<dyn Job>>) {
        let room = STORE_BATCH_MAX - batch.len();
        batch.extend(self.queue.try_iter().take(room));
        batch.retain(|job| job.is_wanted());
    }

    /// Opens the transaction, waiting for another process's lock as long as any unit may still wait.
    fn begin(&mut self, batch: &mut Vec<Box<dyn Job>>) -> Option<Connection> {
        while !batch.is_empty() {
            match self.try_begin() {
                Ok(connection) => return Some(connection),
                Err(StoreFault::Busy) => {
                    let is_late = |job: &mut Box<dyn Job>| job.accepted().elapsed() >= self.lock_wait;
                    batch.extract_if(.., is_late).for_each(|late| late.answer(Err(StoreFault::Busy)));
                    self.gather(batch);
                }
                Err(fault) => batch.drain(..).for_each(|job| job.answer(Err(fault.clone()))),
            }
        }
        None
    }

    fn try_begin(&mut self) -> Result<Connection, StoreFault> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(&self.path, Purpose::Writing)?,
        };
        match connection.run("BEGIN IMMEDIATE") {
            Ok(()) => Ok(connection),
            Err(fault) => {
                self.connection = (!fault::spoils_the_connection(&fault)).then_some(connection);
                Err(fault)
            }
        }
    }

    /// Runs the batch, commits it, and answers.
    fn settle(&mut self, mut connection: Connection, batch: &mut Vec<Box<dyn Job>>) {
        let ran = batch.iter_mut().try_for_each(|job| run_alone(&mut connection, job.as_mut()));
        let settled = ran.and_then(|()| connection.run("COMMIT"));
        let spoiled = settled.as_ref().is_err_and(fault::spoils_the_connection);
        let undone = !connection.in_transaction() || connection.run("ROLLBACK").is_ok();
        self.connection = (undone && !spoiled).then_some(connection);
        batch.drain(..).for_each(|job| job.answer(settled.clone()));
    }
}

/// Runs one unit of a batch. An error means that the whole transaction is lost; a unit's own failure is kept in it.
fn run_alone(connection: &mut Connection, job: &mut dyn Job) -> Result<(), StoreFault> {
    connection.run("SAVEPOINT unit")?;
    let verdict = job.run(connection);
    if !connection.in_transaction() {
        return Err(verdict.err().unwrap_or(StoreFault::statement("a unit ended the transaction")));
    }
    if let Err(fault) = verdict {
        if fault::spoils_the_connection(&fault) {
            return Err(fault);
        }
        connection.run("ROLLBACK TO unit")?;
    }
    connection.run("RELEASE unit")
}
