//! How a written mail leaves the house: SMTP, the inbox of dev mode, or the memory of a test.
//!
//! What mails say is made in `pages`; which are due, claims and retries are the outbox's and its worker's business,
//! with [`schedule`] for the arithmetic. Nothing here runs inside a transaction. RFC 5321, RFC 5322, RFC 3207, RFC 8314.

use std::time::Duration;

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
pub use message::Mailbox;
pub use outgoing::OutgoingMail;
pub use smtp::{Smtp, SmtpSettings, SmtpSettingsRefused, SmtpTls};

/// Where mail goes.
#[derive(Debug)]
pub enum Transport {
    /// To a mail server.
    Smtp(Box<Smtp>),
    /// To the inbox pages of dev mode.
    Inbox(Inbox),
    /// To a test.
    Memory(Memory),
}

impl Transport {
    /// Hands `mail` over. `Ok` means that somebody else is responsible for it now. Delivering the same mail twice gives
    /// two copies with the same `Message-ID`. Gives what the other side said, for the outbox row.
    pub async fn deliver(&self, mail: &OutgoingMail) -> Result<ServerReply, DeliveryFailure> {
        match self {
            Self::Smtp(smtp) => smtp.deliver(mail).await,
            Self::Inbox(inbox) => {
                inbox.take_in(mail);
                Ok(ServerReply::new("kept in the inbox"))
            }
            Self::Memory(memory) => memory.deliver(mail),
        }
    }

    /// How many deliveries may usefully run at once.
    pub fn width(&self) -> usize {
        match self {
            Self::Smtp(smtp) => smtp.connections(),
            Self::Inbox(_) | Self::Memory(_) => 1,
        }
    }

    /// The longest a delivery takes once it has its turn; a claim on an outbox row has to last longer.
    pub fn longest_delivery(&self) -> Duration {
        match self {
            Self::Smtp(smtp) => smtp.longest_delivery(),
            Self::Inbox(_) | Self::Memory(_) => Duration::from_secs(1),
        }
    }

    /// Says goodbye on connections that carry nothing at the moment; for when there is nothing more to send.
    pub async fn rest(&self) {
        if let Self::Smtp(smtp) = self {
            smtp.rest().await;
        }
    }
}
