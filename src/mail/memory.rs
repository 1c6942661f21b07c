//! The transport of tests: keeps what is delivered, fails when told to, and lets a test wait for a mail without
//! guessing how long it takes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::failure::DeliveryFailure;
use super::outgoing::OutgoingMail;

/// What was delivered, in order, and what is to fail.
#[derive(Debug)]
pub struct Memory {
    state: Mutex<State>,
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
        Self { state: Mutex::default(), delivered: watch::Sender::new(0) }
    }
}

impl Memory {
    /// Lets the next delivery fail that is not yet spoken for.
    pub fn fail_next(&self, failure: DeliveryFailure) {
        self.state().failures.push_back(failure);
    }

    /// Delivers, or fails as told. An unconfirmed delivery has happened.
    pub fn deliver(&self, mail: &OutgoingMail) -> Result<(), DeliveryFailure> {
        let mut state = self.state();
        state.attempts += 1;
        let failure = state.failures.pop_front();
        if matches!(failure, None | Some(DeliveryFailure::Unconfirmed(_))) {
            state.mails.push(mail.clone());
            self.delivered.send_replace(state.mails.len());
        }
        failure.map_or(Ok(()), Err)
    }

    /// What was delivered so far, in order.
    pub fn mails(&self) -> Vec<OutgoingMail> {
        self.state().mails.clone()
    }

    /// How many deliveries were tried so far.
    pub fn attempts(&self) -> usize {
        self.state().attempts
    }

    /// The `number`-th mail (counted from 1), as soon as it is delivered.
    pub async fn mail(&self, number: usize) -> OutgoingMail {
        let mut delivered = self.delivered.subscribe();
        delivered.wait_for(|count| *count >= number).await.expect("the sender lives as long as this transport");
        self.state().mails[number.saturating_sub(1)].clone()
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
        let (mail, delivered) = tokio::join!(memory.mail(1), async { memory.deliver(&sample(1)) });
        assert_eq!((mail, delivered), (sample(1), Ok(())));
        assert_eq!((memory.attempts(), memory.mails().len()), (2, 1));
    }
}
