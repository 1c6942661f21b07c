//! The one thread that writes: it gathers the units waiting for it into one durable commit and answers after that.
//!
//! Each unit runs inside a savepoint, so that one that fails is undone alone. When the commit fails, nobody in it is
//! told that it was done. Units that are all ephemeral are committed without waiting for the disk, and need no
//! savepoints: when one fails, none is done. The thread ends when the last sender is gone and the queue is empty.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::connection::{Connection, Purpose};
use super::fault;
use crate::base::bounds::{STORE_BATCH_MAX, STORE_GATHER_WAIT};
use crate::store::engine::fault::StoreFault;
use crate::store::engine::transaction::Tx;
use crate::store::engine::{Flush, StoreOptions};

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

    pub(super) async fn write<D, T, U>(&self, flush: Flush, data: D, unit: U) -> Result<T, StoreFault>
    where
        D: Send + Sync + 'static,
        T: Send + 'static,
        U: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t D) -> BoxFuture<'t, Result<T, StoreFault>> + Send + Sync + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.submit(Box::new(Request { flush, data, unit, reply, accepted: Instant::now(), outcome: None }))?;
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
    /// When it has to be on the disk.
    fn flush(&self) -> Flush;
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
    flush: Flush,
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
    fn flush(&self) -> Flush {
        self.flush
    }

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
        let mut is_crowded = false;
        while let Ok(first) = self.queue.recv() {
            batch.push(first);
            self.gather(&mut batch);
            // A flush of the disk takes so long that others gather by themselves; without it they would come one by one.
            if is_crowded && flush_of(&batch) == Flush::Later {
                std::thread::sleep(STORE_GATHER_WAIT);
                self.gather(&mut batch);
            }
            is_crowded = batch.len() > 1;
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
            match self.try_begin(flush_of(batch)) {
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

    fn try_begin(&mut self, flush: Flush) -> Result<Connection, StoreFault> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(&self.path, Purpose::Writing)?,
        };
        match connection.flush(flush).and_then(|()| connection.run("BEGIN IMMEDIATE")) {
            Ok(()) => Ok(connection),
            Err(fault) => {
                self.connection = (!fault::spoils_the_connection(&fault)).then_some(connection);
                Err(fault)
            }
        }
    }

    /// Runs the batch, commits it, and answers.
    fn settle(&mut self, mut connection: Connection, batch: &mut Vec<Box<dyn Job>>) {
        let run = if flush_of(batch) == Flush::Later { run_together } else { run_alone };
        let ran = batch.iter_mut().try_for_each(|job| run(&mut connection, job.as_mut()));
        let settled = ran.and_then(|()| connection.run("COMMIT"));
        let spoiled = settled.as_ref().is_err_and(fault::spoils_the_connection);
        let undone = !connection.in_transaction() || connection.run("ROLLBACK").is_ok();
        self.connection = (undone && !spoiled).then_some(connection);
        batch.drain(..).for_each(|job| job.answer(settled.clone()));
    }
}

/// What the commit of a batch has to wait for: what the most demanding of its units does.
fn flush_of(batch: &[Box<dyn Job>]) -> Flush {
    batch.iter().map(|job| job.flush()).max().unwrap_or(Flush::Now)
}

/// Runs one unit of a batch whose units are done together or not at all.
fn run_together(connection: &mut Connection, job: &mut dyn Job) -> Result<(), StoreFault> {
    let verdict = job.run(connection);
    let ended = (!connection.in_transaction()).then(|| StoreFault::statement("a unit ended the transaction"));
    verdict.and(ended.map_or(Ok(()), Err))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::engine::of_any_unit;
    use crate::store::engine::sqlite::file;

    type Answer = oneshot::Receiver<Result<u64, StoreFault>>;

    /// A desk at a database with one table, and the folder that it is in.
    fn desk() -> (Desk, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = Arc::new(folder.path().join("db"));
        let connection = file::open_checked(&path, 0).unwrap().0;
        connection.run("CREATE TABLE names (name BIGINT PRIMARY KEY)").unwrap();
        let desk = Desk { path, connection: Some(connection), queue: sync_channel(1).1, lock_wait: Duration::ZERO };
        (desk, folder)
    }

    fn job(flush: Flush, sql: &'static str) -> (Box<dyn Job>, Answer) {
        let (reply, answer) = oneshot::channel();
        let unit = of_any_unit(|tx: &mut Tx<'_>, sql: &&'static str| Box::pin(tx.execute(sql, &[])));
        (Box::new(Request { flush, data: sql, unit, reply, accepted: Instant::now(), outcome: None }), answer)
    }

    /// Runs the units as one batch; gives what each was answered, and what its commit waited for.
    fn commit(desk: &mut Desk, units: &[(Flush, &'static str)]) -> (Vec<Result<u64, StoreFault>>, i64) {
        let (mut batch, answers): (Vec<_>, Vec<_>) = units.iter().map(|(flush, sql)| job(*flush, sql)).unzip();
        let connection = desk.begin(&mut batch).unwrap();
        // SQLite's own word for it: 1 is NORMAL, 2 is FULL.
        let synchronous = connection.driver().pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
        desk.settle(connection, &mut batch);
        (answers.into_iter().map(|mut answer| answer.try_recv().unwrap()).collect(), synchronous)
    }

    const ONE: &str = "INSERT INTO names VALUES (1) ON CONFLICT (name) DO NOTHING";
    const TWO: &str = "INSERT INTO names VALUES (2)";
    const NONE: &str = "INSERT INTO names VALUES (NULL), (3), (3)";

    #[test]
    fn one_unit_that_has_to_be_on_the_disk_makes_the_whole_batch_wait_for_it() {
        let (mut desk, _folder) = desk();
        assert_eq!(commit(&mut desk, &[(Flush::Later, ONE)]), (vec![Ok(1)], 1));
        assert_eq!(commit(&mut desk, &[(Flush::Later, ONE), (Flush::Now, TWO)]), (vec![Ok(0), Ok(1)], 2));
        assert_eq!(commit(&mut desk, &[(Flush::Later, ONE), (Flush::Later, ONE)]), (vec![Ok(0), Ok(0)], 1));
        assert_eq!(commit(&mut desk, &[(Flush::Now, ONE)]), (vec![Ok(0)], 2));
    }

    #[test]
    fn a_unit_that_fails_fails_alone_where_another_is_kept() {
        let (mut desk, _folder) = desk();
        let (answers, _) = commit(&mut desk, &[(Flush::Later, NONE), (Flush::Now, ONE)]);
        assert!(answers[0].is_err() && answers[1] == Ok(1), "{answers:?}");
    }

    #[test]
    fn of_ephemeral_units_all_are_kept_or_none() {
        let (mut desk, _folder) = desk();
        let (answers, _) = commit(&mut desk, &[(Flush::Later, ONE), (Flush::Later, NONE)]);
        assert!(answers.iter().all(Result::is_err), "{answers:?}");
        assert_eq!(commit(&mut desk, &[(Flush::Later, ONE)]), (vec![Ok(1)], 1));
    }
}
