//! What tells development from production, beside the settings: made-up people and clients, and the pages of dev mode.

use super::compose::Prepared;
use super::fault::StartFault;
use crate::base::Fault;
use crate::config::Mode;
use crate::dev::{self, Dev, SeedFault};

/// The sender of mails that nobody sends, where the settings name none.
const DEV_SENDER: &str = "Doorward <no-reply@localhost>";

impl Prepared {
    /// Development: makes its people and clients and mounts its pages. Production: refuses a database in which
    /// development left them usable, because everybody knows their passwords and secrets.
    pub async fn enter_mode(&mut self) -> Result<(), StartFault> {
        let context = &self.context;
        let place = super::policy::location(&self.settings).to_string();
        let at_store = |fault| StartFault::Store(place, fault);
        if self.mode != Mode::Development {
            let left = dev::left_behind(&context.store).await.map_err(at_store)?;
            return if left.is_empty() { Ok(()) } else { Err(StartFault::DevelopmentData(left)) };
        }
        let mut draw = context.entropy.draw()?;
        let seeded = dev::seed(&context.store, &context.issuer, context.clock.now(), &mut draw).await;
        let seeded = seeded.map_err(|fault| match fault {
            SeedFault::Store(fault) => at_store(fault),
            constant @ SeedFault::Constant(_) => Fault::broken(constant).into(),
        })?;
        let sender = self.settings.mail.from.as_deref().unwrap_or(DEV_SENDER);
        let authority = self.local_authority().map(std::fs::read).transpose().map_err(Fault::broken)?;
        self.further_rows.extend(Dev::new(&seeded, sender, authority.as_deref())?.rows());
        self.seeded = Some(seeded);
        Ok(())
    }
}
