//! The transport of tests: keeps what is delivered, fails when told to, and lets a test wait for a mail without
//! guessing how long it takes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::failure::{DeliveryFailure, ServerReply};
use super::outgoing::OutgoingMail;

/// What was delivered, in order, and what is to fail. Copies of it share what they hold.
#[derive(Debug, Clone)]
pub struct Memory {
    state: Arc<Mutex<State>>,
    delivered: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct State {
    mails: Vec<OutgoingMail>,
    failures: VecDeque<DeliveryFailure>,
    attempts: usize,
}

impl Default for Memory {
    fn default() -> Self {
        Self { state: Arc::default(), delivered: watch::Sender::new(0) }
    }
}

impl Memory {
    /// Lets the next delivery fail that is not yet spoken for.
    pub fn fail_next(&self, failure: DeliveryFailure) {
        self.state().failures.push_back(failure);
    }

    /// Delivers, or fails as told. An unconfirmed delivery has happened.
    pub fn deliver(&self, mail: &OutgoingMail) -> Result<ServerReply, DeliveryFailure> {
        let mut state = self.state();
        state.attempts += 1;
        let failure = state.failures.pop_front();
        if matches!(failure, None | Some(DeliveryFailure::Unconfirmed(_))) {
            state.mails.push(mail.clone());
            self.delivered.send_replace(state.mails.len());
        }
        failure.map_or_else(|| Ok(ServerReply::new("kept in memory")), Err)
    }

    /// What was delivered so far, in order.
    pub fn mails(&self) -> Vec<OutgoingMail> {
        self.state().mails.clone()
    }

    /// How many deliveries were tried so far.
    pub fn attempts(&self) -> usize {
        self.state().attempts
    }

    /// The first `count` mails, as soon as there are as many.
    pub async fn first(&self, count: usize) -> Vec<OutgoingMail> {
        let mut delivered = self.delivered.subscribe();
        while *delivered.borrow_and_update() < count && delivered.changed().await.is_ok() {}
        self.state().mails.iter().take(count).cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::failure::ServerReply;
    use crate::mail::outgoing::sample;

    #[tokio::test]
    async fn a_test_can_wait_for_a_mail_and_let_deliveries_fail() {
        let memory = Memory::default();
        let busy = DeliveryFailure::Temporary(ServerReply::new("450 later"));
        memory.fail_next(busy.clone());
        assert_eq!(memory.deliver(&sample(1)), Err(busy));
        let (mails, delivered) = tokio::join!(memory.first(1), async { memory.deliver(&sample(1)) });
        assert_eq!(mails, [sample(1)]);
        assert!(delivered.is_ok());
        assert_eq!((memory.attempts(), memory.mails().len()), (2, 1));
    }
}
