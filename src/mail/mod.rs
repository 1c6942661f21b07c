//! How a written mail leaves the house: SMTP, the inbox of dev mode, or the memory of a test.
//!
//! What mails say is made in `pages`; which are due, claims and retries are the outbox's and its worker's business,
//! with [`schedule`] for the arithmetic. Nothing here runs inside a transaction. RFC 5321, RFC 5322, RFC 3207, RFC 8314.

mod connection;
mod failure;
mod inbox;
mod memory;
mod message;
mod outgoing;
pub mod schedule;
mod smtp;

pub use failure::{DeliveryFailure, ServerReply};
pub use inbox::Inbox;
pub use memory::Memory;
pub use message::Sender;
pub use outgoing::OutgoingMail;
pub use smtp::{Smtp, SmtpSettings, SmtpSettingsRefused, SmtpTls};

/// Where mail goes.
#[derive(Debug)]
pub enum Transport {
    /// To a mail server.
    Smtp(Smtp),
    /// To the inbox pages of dev mode.
    Inbox(Inbox),
    /// To a test.
    Memory(Memory),
}

impl Transport {
    /// Hands `mail` over. `Ok` means that somebody else is responsible for it now. Delivering the same mail twice gives
    /// two copies with the same `Message-ID`.
    pub async fn deliver(&self, mail: &OutgoingMail) -> Result<(), DeliveryFailure> {
        match self {
            Self::Smtp(smtp) => smtp.deliver(mail).await,
            Self::Inbox(inbox) => {
                inbox.take_in(mail);
                Ok(())
            }
            Self::Memory(memory) => memory.deliver(mail),
        }
    }

    /// Says goodbye on connections that carry nothing at the moment; for when there is nothing more to send.
    pub async fn rest(&self) {
        if let Self::Smtp(smtp) = self {
            smtp.rest().await;
        }
    }
}
