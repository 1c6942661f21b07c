//! The threads that hash. Each keeps one block of memory and uses it again, so that a flood of logins neither grows the
//! process nor delays anybody else; what waits is bounded, and beyond that the answer is [`Fault::Busy`] (PWD-14, F-41).

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use argon2::{Argon2, Block};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;

use super::stored::{Argon2Hash, HashParameters, StoredHash};
use super::text::Password;
use crate::base::bounds::{HASH_MEMORY_IDLE_SECONDS, settings};
use crate::base::{Draw, Fault};
use crate::model::PasswordHash;

/// RFC 9106 §3.1: sixteen bytes of salt are enough for every password to have its own.
pub(super) const SALT_BYTES: usize = 16;
/// The length of the hashes made here.
pub(super) const HASH_BYTES: usize = 32;

/// How passwords are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HasherSettings {
    /// What a new hash costs.
    pub parameters: HashParameters,
    /// How many passwords are hashed at once; each holds the memory of one hash.
    pub threads: usize,
    /// How many more may wait.
    pub queue: usize,
}

impl Default for HasherSettings {
    /// Small: one thread, a dozen waiting. The operator's settings say what a machine can bear.
    fn default() -> Self {
        Self { parameters: HashParameters::default(), threads: 1, queue: 12 }
    }
}

/// What came of comparing a password with a stored hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Whether it is the password.
    pub ok: bool,
    /// Whether it is, and a new hash of it would be stronger than the stored one.
    pub needs_rehash: bool,
}

/// A handle on the hashing threads; they end when the last handle is dropped.
#[derive(Clone)]
pub struct PasswordHasher(Arc<Handle>);

struct Handle {
    queue: Arc<Queue>,
    parameters: HashParameters,
}

impl PasswordHasher {
    /// Starts the threads. They take no memory worth mentioning until the first password comes.
    pub fn start(chosen: HasherSettings) -> Result<Self, Fault> {
        let queue = Arc::new(Queue { waiting: Mutex::default(), came: Condvar::new(), room: chosen.queue.max(1) });
        let handle = Self(Arc::new(Handle { queue, parameters: chosen.parameters }));
        let keep = chosen.parameters.argon2().params().block_count();
        for number in 0..chosen.threads.clamp(1, *settings::HASH_THREADS.end() as usize) {
            let queue = Arc::clone(&handle.0.queue);
            thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || work(&queue, keep))
                .map_err(|error| Fault::Unavailable(format!("no thread to hash passwords on: {error}")))?;
        }
        Ok(handle)
    }

    /// Hashes `password` for keeping, with a salt of its own from `draw`.
    pub async fn hash(&self, password: &Password, draw: &mut Draw) -> Result<PasswordHash, Fault> {
        let salt = draw.bytes::<SALT_BYTES>();
        let parameters = self.0.parameters;
        let hash = self.compute(parameters.argon2(), password, salt.to_vec(), HASH_BYTES).await?;
        Ok(PasswordHash::from_stored(format!(
            "$argon2id$v=19${}${}${}",
            parameters.as_phc(),
            STANDARD_NO_PAD.encode(salt),
            STANDARD_NO_PAD.encode(hash),
        )))
    }

    /// Compares `password` with what is stored. A stored text that cannot be read or asks for too much is
    /// [`Fault::Broken`]: [`StoredHash::parse`] keeps such texts from being stored.
    pub async fn verify(&self, stored: &PasswordHash, password: &Password) -> Result<Verified, Fault> {
        let stored = StoredHash::parse(stored).map_err(Fault::broken)?;
        let is_weak = stored.is_weaker_than(self.0.parameters);
        let StoredHash::Argon2(Argon2Hash { context, salt, hash, .. }) = stored;
        let computed = self.compute(context, password, salt, hash.len()).await?;
        let ok = bool::from(computed.ct_eq(&hash));
        Ok(Verified { ok, needs_rehash: ok && is_weak })
    }

    /// Costs what [`PasswordHasher::verify`] costs and says no: for an address without account or an account without
    /// password, so that the time tells nothing (PWD-02).
    pub async fn verify_nothing(&self, password: &Password) -> Result<Verified, Fault> {
        self.compute(self.0.parameters.argon2(), password, vec![0; SALT_BYTES], HASH_BYTES).await?;
        Ok(Verified { ok: false, needs_rehash: false })
    }

    async fn compute(
        &self,
        context: Argon2<'static>,
        password: &Password,
        salt: Vec<u8>,
        hash_bytes: usize,
    ) -> Result<Vec<u8>, Fault> {
        let (answer, answered) = oneshot::channel();
        self.0.queue.push(Job { context, password: password.clone(), salt, hash_bytes, answer })?;
        answered.await.map_err(|_| Fault::broken("a password hashing thread ended in the middle of its work"))?
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.queue.close();
    }
}

struct Job {
    context: Argon2<'static>,
    password: Password,
    salt: Vec<u8>,
    hash_bytes: usize,
    answer: oneshot::Sender<Result<Vec<u8>, Fault>>,
}

impl Job {
    /// Hashes in `memory`, which grows as needed and keeps up to `keep` blocks.
    fn run(self, memory: &mut Vec<Block>, keep: usize) {
        // Whoever asked may have hung up while the job waited.
        if self.answer.is_closed() {
            return;
        }
        let blocks = self.context.params().block_count();
        if memory.len() < blocks {
            memory.resize(blocks, Block::new());
        }
        let mut hash = vec![0; self.hash_bytes];
        let outcome = self.context.hash_password_into_with_memory(
            self.password.expose().as_bytes(),
            &self.salt,
            &mut hash,
            memory.as_mut_slice(),
        );
        // What one hash with parameters of its own needed beyond the others is not kept.
        memory.truncate(keep);
        memory.shrink_to(keep);
        let _ = self.answer.send(outcome.map(|()| hash).map_err(Fault::broken));
    }
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    is_closed: bool,
}

struct Queue {
    waiting: Mutex<Waiting>,
    came: Condvar,
    room: usize,
}

enum Next {
    Job(Job),
    Idle,
    Closed,
}

impl Queue {
    fn push(&self, job: Job) -> Result<(), Fault> {
        let mut waiting = self.lock();
        if waiting.jobs.len() >= self.room {
            waiting.jobs.retain(|job| !job.answer.is_closed());
        }
        if waiting.jobs.len() >= self.room {
            return Err(Fault::Busy("password hashing"));
        }
        waiting.jobs.push_back(job);
        drop(waiting);
        self.came.notify_one();
        Ok(())
    }

    /// The next job; [`Next::Idle`] when none came for `patience`.
    fn pop(&self, patience: Option<Duration>) -> Next {
        let mut waiting = self.lock();
        loop {
            if waiting.is_closed {
                return Next::Closed;
            }
            if let Some(job) = waiting.jobs.pop_front() {
                return Next::Job(job);
            }
            let Some(patience) = patience else {
                waiting = self.came.wait(waiting).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let (guard, timeout) = self.came.wait_timeout(waiting, patience).unwrap_or_else(PoisonError::into_inner);
            if timeout.timed_out() && guard.jobs.is_empty() && !guard.is_closed {
                return Next::Idle;
            }
            waiting = guard;
        }
    }

    fn close(&self) {
        let mut waiting = self.lock();
        waiting.is_closed = true;
        waiting.jobs.clear();
        drop(waiting);
        self.came.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing that can panic runs under the lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn work(queue: &Queue, keep: usize) {
    let mut memory = Vec::new();
    loop {
        let patience = (!memory.is_empty()).then_some(Duration::from_secs(HASH_MEMORY_IDLE_SECONDS));
        match queue.pop(patience) {
            Next::Job(job) => job.run(&mut memory, keep),
            Next::Idle => memory = Vec::new(),
            Next::Closed => return,
        }
    }
}
