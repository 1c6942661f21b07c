//! Delivering the outbox: claim, render, hand over, note. A worker that dies in between leaves its claims to whoever
//! comes next, and the `Message-ID` stays the same, so that at most a recognisable duplicate results.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::sync::Notify;

use super::Watcher;
use crate::base::bounds::{MAIL_DELIVERY_SECONDS, MAIL_LEASE_MARGIN_SECONDS, MAIL_POLL_SECONDS};
use crate::base::{Clock, Fault};
use crate::jose::{Label, MasterKey};
use crate::mail::schedule::{AfterFailure, History, after_failure, is_worth_sending};
use crate::mail::{DeliveryFailure, OutgoingMail, ServerReply, Transport};
use crate::model::outbox::{ClaimedMail, SEALED_MAIL};
use crate::pages::{Locale, Mail, MailFrame, Pages};
use crate::store::{Store, StoreFault};

/// The parts a delivering worker needs.
pub struct Delivery {
    /// Where the outbox is.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Opens the content.
    pub master_key: MasterKey,
    /// Puts it into words.
    pub pages: Arc<Pages>,
    /// What all mails share.
    pub frame: MailFrame,
    /// Where mail goes.
    pub transport: Arc<Transport>,
    /// How many deliveries run at once.
    pub at_once: usize,
    /// Rings when a mail was written.
    pub written: Arc<Notify>,
    /// Who counts.
    pub watcher: Arc<dyn Watcher>,
}

impl Delivery {
    /// Delivers until `end` is ready. What has begun by then is finished first, so that no mail is cut off half-way.
    pub async fn run(self, end: impl Future<Output = ()>) {
        let mut end = pin!(end);
        loop {
            let tried = self.deliver_due().await;
            tokio::select! {
                biased;
                () = &mut end => return,
                () = self.pause(tried) => {}
            }
        }
    }

    async fn pause(&self, tried: Result<usize, StoreFault>) {
        match tried {
            Ok(0) => self.wait().await,
            Ok(_) => {}
            Err(fault) => {
                tracing::warn!(%fault, "the outbox cannot be read");
                tokio::time::sleep(Duration::from_secs(MAIL_POLL_SECONDS)).await;
            }
        }
    }

    /// Delivers what is due at the moment, once; gives how many mails were tried.
    pub async fn deliver_due(&self) -> Result<usize, StoreFault> {
        let now = self.clock.now();
        // As many as are delivered at once, for longer than a delivery gets: nobody else begins one meanwhile.
        let lease_until = now.plus_seconds(MAIL_DELIVERY_SECONDS + MAIL_LEASE_MARGIN_SECONDS);
        let batch = i64::try_from(self.at_once).unwrap_or(1).max(1);
        let claimed = self.store.claim_due_mail(now, lease_until, batch).await?;
        let count = claimed.len();
        stream::iter(claimed).for_each_concurrent(self.at_once, |mail| self.deliver(mail)).await;
        self.watcher.mail_waiting(self.store.waiting_mail().await?);
        Ok(count)
    }

    async fn wait(&self) {
        self.transport.rest().await;
        let due_in = match self.store.next_mail_due().await {
            Ok(Some(due)) => due.seconds_from(self.clock.now()),
            Ok(None) | Err(_) => i64::MAX,
        };
        let seconds = u64::try_from(due_in.max(1)).unwrap_or(1).min(MAIL_POLL_SECONDS);
        let _ = tokio::time::timeout(Duration::from_secs(seconds), self.written.notified()).await;
    }

    async fn deliver(&self, mail: ClaimedMail) {
        let outcome = match self.prepare(&mail) {
            Ok(outgoing) if is_worth_sending(Some(mail.expires_at), self.clock.now()) => {
                self.hand_over(&outgoing).await
            }
            Ok(_) => return self.note(self.give_up(&mail, "its code has expired").await, "failed"),
            Err(fault) => {
                tracing::error!(mail = %mail.id, kind = mail.kind, %fault, "a mail cannot be put into words");
                return self.note(self.give_up(&mail, "it cannot be put into words").await, "failed");
            }
        };
        match outcome {
            Ok(reply) => {
                let reply = reply.as_str().to_owned();
                let noted = self.store.mark_mail_sent(mail.id.clone(), self.clock.now(), reply).await;
                self.note(noted, "sent");
            }
            Err(failure) => self.put_off(&mail, &failure).await,
        }
    }

    fn prepare(&self, mail: &ClaimedMail) -> Result<OutgoingMail, Fault> {
        let label = Label { purpose: SEALED_MAIL, record: mail.id.as_str() };
        let opened = self.master_key.open(label, &mail.sealed_content);
        let opened = opened.map_err(|why| Fault::Broken(format!("{why:?}")))?;
        let content: Mail = serde_json::from_slice(opened.expose()).map_err(Fault::broken)?;
        let rendered = self.pages.mail(&content, &Locale::new(&mail.locale), &self.frame).map_err(Fault::broken)?;
        Ok(OutgoingMail {
            id: mail.id.clone(),
            to: mail.to.clone(),
            created_at: mail.created_at,
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            locale: mail.locale.clone(),
        })
    }

    /// One delivery within its time. What takes longer may have arrived all the same, so it counts as such.
    async fn hand_over(&self, outgoing: &OutgoingMail) -> Result<ServerReply, DeliveryFailure> {
        let longest = Duration::from_secs(MAIL_DELIVERY_SECONDS.unsigned_abs());
        match tokio::time::timeout(longest, self.transport.deliver(outgoing)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(DeliveryFailure::Unconfirmed(ServerReply::new("it took too long"))),
        }
    }

    async fn put_off(&self, mail: &ClaimedMail, failure: &DeliveryFailure) {
        let unconfirmed = matches!(failure, DeliveryFailure::Unconfirmed(_));
        let history = History {
            attempts: mail.attempts,
            unconfirmed: mail.unconfirmed + i64::from(unconfirmed),
            expires_at: Some(mail.expires_at),
        };
        let reply = failure.reply().as_str().to_owned();
        match after_failure(failure, &history, self.clock.now()) {
            AfterFailure::RetryAt(next) => {
                let noted = self.store.mark_mail_retry(mail.id.clone(), next, unconfirmed, reply).await;
                self.note(noted, "retried");
                tracing::warn!(mail = %mail.id, kind = mail.kind, attempts = mail.attempts, %failure, "mail not delivered");
            }
            AfterFailure::GiveUp(why) => {
                tracing::error!(mail = %mail.id, kind = mail.kind, ?why, %failure, "mail given up");
                self.note(self.give_up(mail, &reply).await, "failed");
            }
        }
    }

    async fn give_up(&self, mail: &ClaimedMail, reply: &str) -> Result<(), StoreFault> {
        self.store.mark_mail_failed(mail.id.clone(), self.clock.now(), reply.to_owned()).await
    }

    fn note(&self, noted: Result<(), StoreFault>, outcome: &'static str) {
        self.watcher.mail(outcome);
        if let Err(fault) = noted {
            // The lease runs out and the mail is tried again: a duplicate at worst, with the same Message-ID.
            tracing::warn!(%fault, "the outcome of a delivery could not be noted");
        }
    }
}
