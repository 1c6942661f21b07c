//! The threads themselves, and the queue in front of them.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use argon2::{Argon2, Block};
use tokio::sync::oneshot;

use super::foreign::ForeignHash;
use super::text::Password;
use crate::base::Fault;
use crate::base::bounds::HASH_MEMORY_IDLE_SECONDS;

/// One password to be hashed.
pub(super) struct Job {
    pub way: Way,
    pub password: Password,
    pub answer: oneshot::Sender<Result<Vec<u8>, Fault>>,
}

/// How a password is hashed.
pub(super) enum Way {
    Argon2 { context: Argon2<'static>, salt: Vec<u8>, hash_bytes: usize },
    Foreign(Box<ForeignHash>),
}

impl Job {
    /// Hashes in `memory`, which grows as needed and keeps up to `keep` blocks.
    fn run(self, memory: &mut Vec<Block>, keep: usize) {
        // Whoever asked may have hung up while the job waited.
        if self.answer.is_closed() {
            return;
        }
        let password = self.password.expose().as_bytes();
        let outcome = match &self.way {
            Way::Argon2 { context, salt, hash_bytes } => hash_in(memory, (context, salt, *hash_bytes), password),
            Way::Foreign(stored) => stored.compute(password),
        };
        // What one hash with parameters of its own needed beyond the others is not kept.
        memory.truncate(keep);
        memory.shrink_to(keep);
        let _ = self.answer.send(outcome);
    }
}

fn hash_in(
    memory: &mut Vec<Block>,
    (context, salt, hash_bytes): (&Argon2<'static>, &[u8], usize),
    password: &[u8],
) -> Result<Vec<u8>, Fault> {
    let blocks = context.params().block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::new());
    }
    let mut hash = vec![0; hash_bytes];
    let outcome = context.hash_password_into_with_memory(password, salt, &mut hash, memory.as_mut_slice());
    outcome.map(|()| hash).map_err(Fault::broken)
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    is_closed: bool,
}

/// The jobs that wait: so many at most.
pub(super) struct Queue {
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
    /// A queue for `room` jobs, one at least.
    pub(super) fn new(room: usize) -> Self {
        Self { waiting: Mutex::default(), came: Condvar::new(), room: room.max(1) }
    }

    /// Puts `job` at the end, unless the queue is full of jobs that somebody still waits for.
    pub(super) fn push(&self, job: Job) -> Result<(), Fault> {
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

    /// Lets the threads end; what waits is dropped.
    pub(super) fn close(&self) {
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

/// Works through `queue` until it is closed, keeping memory of `keep` blocks from one job to the next.
pub(super) fn work(queue: &Queue, keep: usize) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::password::HashParameters;

    fn job(parameters: HashParameters) -> (Job, oneshot::Receiver<Result<Vec<u8>, Fault>>) {
        let (answer, answered) = oneshot::channel();
        let password = Password::parse("correct horse").unwrap();
        let way = Way::Argon2 { context: parameters.argon2(), salt: vec![0; 16], hash_bytes: 32 };
        (Job { way, password, answer }, answered)
    }

    #[test]
    fn f_41_beyond_the_queue_the_answer_is_busy() {
        // No thread takes anything out of this queue.
        let queue = Queue::new(2);
        let mut answers = Vec::new();
        let mut put = || {
            let (job, answered) = job(HashParameters::default());
            answers.push(answered);
            queue.push(job)
        };
        assert_eq!([put(), put()], [Ok(()), Ok(())]);
        assert_eq!(put(), Err(Fault::Busy("password hashing")));
    }

    #[test]
    fn f_45_whoever_hangs_up_gives_the_place_back() {
        let queue = Queue::new(1);
        let (first, answered) = job(HashParameters::default());
        assert_eq!(queue.push(first), Ok(()));
        drop(answered);
        let (second, _waiting) = job(HashParameters::default());
        assert_eq!(queue.push(second), Ok(()));
    }

    #[test]
    fn f_41_memory_beyond_the_usual_is_not_kept() {
        let keep = HashParameters::default().argon2().params().block_count();
        let mut memory = Vec::new();
        for parameters in [HashParameters::default(), HashParameters::new(40_000, 2).unwrap()] {
            let (job, mut answered) = job(parameters);
            job.run(&mut memory, keep);
            assert!(answered.try_recv().unwrap().is_ok());
            assert_eq!((memory.len(), memory.capacity()), (keep, keep));
        }
    }

    #[test]
    fn a_closed_queue_ends_its_threads_and_drops_what_waits() {
        let queue = Queue::new(1);
        let (job, mut answered) = job(HashParameters::default());
        queue.push(job).unwrap();
        queue.close();
        work(&queue, 0);
        assert!(answered.try_recv().is_err());
    }
}
