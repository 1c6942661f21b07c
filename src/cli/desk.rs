//! What a command about clients, people, keys or the schema works on: the database, opened for itself.

use std::path::{Path, PathBuf};

use super::arguments::Place;
use super::failure::Failure;
use super::provision::Registrar;
use super::settings;
use crate::app::{self, Parts, StartFault, policy};
use crate::config::{Mode, Settings};
use crate::store::{Location, Store};

/// Whether a command may make a database that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Makes {
    /// It is what the command is for, or a first step towards it.
    Database,
    /// There would be nothing in it.
    Nothing,
}

/// The opened database with everything a command needs beside it.
pub struct Desk {
    /// The settings.
    pub settings: Settings,
    /// The machine's clock and randomness.
    pub parts: Parts,
    /// The database.
    pub store: Store,
    /// The database's address, for people.
    pub place: String,
}

impl Desk {
    /// Opens the database as it is.
    pub async fn open(place: &Place, makes: Makes) -> Result<Self, Failure> {
        Self::of(choose(place)?, makes).await
    }

    /// The same with settings that are known already.
    pub async fn of(settings: Settings, makes: Makes) -> Result<Self, Failure> {
        let location = policy::location(&settings);
        if let Location::Sqlite { path } = &location
            && makes == Makes::Nothing
            && !path.exists()
        {
            return Err(StartFault::NoDatabase(path.display().to_string()).into());
        }
        let parts = Parts::of_this_machine(Mode::Upkeep);
        let store = app::open_store(&settings).await?;
        Ok(Self { settings, parts, store, place: location.to_string() })
    }

    /// Opens the database with the schema that this program writes. An empty one is migrated if the command may make
    /// one; an older one is left to `migrate up`, because a server of that age may be running on it.
    pub async fn open_migrated(place: &Place, makes: Makes) -> Result<Self, Failure> {
        let desk = Self::open(place, makes).await?;
        let states = desk.store.migration_status().await.map_err(|fault| desk.fault(fault))?;
        if states.iter().all(|state| state.is_applied) {
            return Ok(desk);
        }
        if makes == Makes::Nothing || states.iter().any(|state| state.is_applied) {
            return Err(StartFault::NotMigrated(desk.place).into());
        }
        desk.store.migrate_up().await.map_err(|fault| desk.fault(fault))?;
        Ok(desk)
    }

    /// A fault of the database with the database's address.
    pub fn fault(&self, fault: crate::store::StoreFault) -> StartFault {
        StartFault::Store(self.place.clone(), fault)
    }

    /// Who keeps clients and people in it.
    pub fn registrar(&self) -> Result<Registrar, Failure> {
        Registrar::of_command(&self.settings, &self.parts, self.store.clone())
    }
}

/// The settings that hold; on a checkout where only dev mode has ever run, its database is what is meant.
pub fn choose(place: &Place) -> Result<Settings, Failure> {
    let settings = settings::load(Mode::Upkeep, place, None)?;
    let default = Path::new("data");
    let is_default = place.data.is_none() && settings.data == default;
    let is_absent = match policy::location(&settings) {
        Location::Sqlite { path } => path.parent() == Some(default) && !path.exists(),
        Location::Postgres { .. } => false,
    };
    let development = settings::DEVELOPMENT_DATA;
    if !is_default || !is_absent || !PathBuf::from(development).is_dir() {
        return Ok(settings);
    }
    eprintln!("note: using the database of dev mode, {development}; --data names another");
    settings::load(Mode::Upkeep, &Place { data: Some(development.to_owned()), ..place.clone() }, None)
}
