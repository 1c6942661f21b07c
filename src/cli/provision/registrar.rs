//! The one who keeps clients and people for an operator: reads what there is, and writes what is to be.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::app::{self, Parts, Prepared, policy};
use crate::base::{Clock, Draw, Entropy, Fault, Timestamp};
use crate::cli::failure::Failure;
use crate::config::Settings;
use crate::identity::password::PasswordHasher;
use crate::jose::MasterKey;
use crate::model::audit::{Actor, AuditAction, AuditEvent};
use crate::protocol::features::Features;
use crate::store::Store;

/// What the audit log calls changes by command.
const REQUEST_ID: &str = "command-line";

/// Who keeps clients and people.
pub struct Registrar {
    /// Where they are kept.
    pub store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) passwords: PasswordHasher,
    /// Whether a mailed code opens every account.
    pub mails_codes: bool,
    /// What the server offers.
    pub(super) features: Features,
    /// Seals secrets that clients sign with; a command that needs none does without.
    pub(super) master_key: Option<MasterKey>,
}

impl Registrar {
    /// For a command, over a store of its own.
    pub fn of_command(settings: &Settings, parts: &Parts, store: Store) -> Result<Self, Failure> {
        let passwords = PasswordHasher::start(policy::hashing(settings)?)?;
        let master_key = app::master_key(settings, parts, false).ok();
        let features = policy::features(settings);
        let (clock, entropy) = (parts.clock.clone(), parts.entropy.clone());
        let mails_codes = settings.codes.sign_in && settings.can_mail();
        Ok(Self { store, clock, entropy, passwords, mails_codes, features, master_key })
    }

    /// For a server that is about to serve.
    pub fn of_server(prepared: &Prepared) -> Self {
        let context = &prepared.context;
        Self {
            store: context.store.clone(),
            clock: context.clock.clone(),
            entropy: context.entropy.clone(),
            passwords: context.passwords.clone(),
            mails_codes: context.policy.code_sign_in_enabled,
            features: context.features,
            master_key: Some(context.master_key.clone()),
        }
    }

    /// The moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Fresh randomness.
    pub fn draw(&self) -> Result<Draw, Fault> {
        self.entropy.draw()
    }

    /// The record of a change that names these members.
    pub fn event(&self, action: AuditAction, members: &[String]) -> AuditEvent {
        let members = members.iter().map(|member| Value::from(member.as_str())).collect();
        let detail = Map::from_iter([("members".to_owned(), Value::Array(members))]);
        AuditEvent { detail, actor: Actor::Operator, ..AuditEvent::new(action, self.now(), REQUEST_ID) }
    }
}
