//! The inbox of dev mode: the last mails to anybody, in memory, for its pages and for programs that ask for JSON.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::outgoing::OutgoingMail;
use crate::base::bounds::INBOX_MAILS_MAX;
use crate::base::{EmailAddress, OutboxId};

/// The last [`INBOX_MAILS_MAX`] mails. Copies of it share what they hold.
#[derive(Debug, Clone, Default)]
pub struct Inbox(Arc<Mutex<VecDeque<OutgoingMail>>>);

impl Inbox {
    /// Takes a mail in; the same mail again replaces its first copy, and the oldest goes when there are too many.
    pub fn take_in(&self, mail: &OutgoingMail) {
        let mut mails = self.mails();
        mails.retain(|known| known.id != mail.id);
        while mails.len() >= INBOX_MAILS_MAX {
            mails.pop_front();
        }
        mails.push_back(mail.clone());
    }

    /// The mails, newest first; only those to `to` if given.
    pub fn list(&self, to: Option<&EmailAddress>) -> Vec<OutgoingMail> {
        self.mails().iter().rev().filter(|mail| to.is_none_or(|to| mail.to == *to)).cloned().collect()
    }

    /// One mail.
    pub fn find(&self, id: &OutboxId) -> Option<OutgoingMail> {
        self.mails().iter().find(|mail| mail.id == *id).cloned()
    }

    /// Throws all mails away.
    pub fn clear(&self) {
        self.mails().clear();
    }

    fn mails(&self) -> MutexGuard<'_, VecDeque<OutgoingMail>> {
        // Nothing that can panic runs under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::outgoing::sample;

    #[test]
    fn the_inbox_shows_the_newest_first_and_forgets_the_oldest() {
        let inbox = Inbox::default();
        for number in 0..INBOX_MAILS_MAX + 3 {
            inbox.take_in(&sample(number));
        }
        let mails = inbox.list(None);
        assert_eq!(mails.len(), INBOX_MAILS_MAX);
        assert_eq!(mails[0], sample(INBOX_MAILS_MAX + 2));
        assert_eq!(inbox.find(&sample(2).id), None);
        assert_eq!(inbox.find(&sample(3).id), Some(sample(3)));
    }

    #[test]
    fn f_26_a_mail_delivered_twice_is_there_once() {
        let inbox = Inbox::default();
        inbox.take_in(&sample(1));
        inbox.take_in(&sample(2));
        inbox.take_in(&sample(1));
        assert_eq!(inbox.list(None), [sample(1), sample(2)]);
    }

    #[test]
    fn the_inbox_can_be_asked_for_one_person() {
        let inbox = Inbox::default();
        inbox.take_in(&sample(1));
        inbox.take_in(&sample(2));
        assert_eq!(inbox.list(Some(&sample(2).to)), [sample(2)]);
        inbox.clear();
        assert!(inbox.list(None).is_empty());
    }
}
