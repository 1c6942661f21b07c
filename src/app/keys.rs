//! The database, the master key and the signing keys: opened, and made when the database is new.
//!
//! Whether a master key may be made is the database's answer: one that has signing keys was sealed with a key that
//! exists somewhere, and a second one would make it unreadable (OPS-01).

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::fault::StartFault;
use super::{Parts, policy};
use crate::config::Settings;
use crate::jose::{KeyRing, MasterKey, Rotation, read_master_key, read_or_create_master_key};
use crate::store::{Location, Store, StoreFault};
use crate::worker::{KeyFollower, KeyTrouble};

/// What everything else rests on.
pub struct Foundation {
    /// The database, migrated.
    pub store: Store,
    /// Seals what must be read back.
    pub master_key: MasterKey,
    /// Follows the signing keys.
    pub follower: KeyFollower,
    /// The signing keys of the moment.
    pub ring: KeyRing,
}

/// Opens the database, making its folder and file when they are not there. Does not migrate.
pub async fn open_store(settings: &Settings) -> Result<Store, StartFault> {
    let location = policy::location(settings);
    if let Location::Sqlite { path } = &location {
        make_folder(settings, path)?;
    }
    let opened = Store::open(&location, &policy::store_options(settings)).await;
    opened.map_err(|fault| StartFault::Store(location.to_string(), fault))
}

/// Makes the data directory: anywhere below the working directory, elsewhere only its last part, because an absolute
/// path of which more is missing is likely mistyped, or not mounted.
pub fn make_folder(settings: &Settings, database: &Path) -> Result<(), StartFault> {
    let folder = &settings.data;
    let is_ours = database.parent() == Some(folder) && !folder.as_os_str().is_empty();
    if is_ours { make_data_folder(settings) } else { Ok(()) }
}

/// The same whatever is kept there.
pub fn make_data_folder(settings: &Settings) -> Result<(), StartFault> {
    let folder = &settings.data;
    let is_likely = folder.is_relative() || folder.parent().is_some_and(Path::is_dir);
    if !is_likely {
        return Ok(());
    }
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|problem| StartFault::Folder(folder.display().to_string(), problem))
}

/// Opens and migrates the database, and brings the keys up to date. On a new database the first keys are searched for
/// while it is migrated, because both take their time.
pub async fn lay(settings: &Settings, parts: &Parts) -> Result<Foundation, StartFault> {
    let store = open_store(settings).await?;
    let place = policy::location(settings).to_string();
    let at_store = |fault: StoreFault| StartFault::Store(place.clone(), fault);
    let states = store.migration_status().await.map_err(at_store)?;
    let is_empty = states.iter().all(|state| !state.is_applied);
    if !is_empty {
        store.migrate_up().await.map_err(at_store)?;
    }
    let is_new = is_empty || store.signing_keys().await.map_err(at_store)?.records.is_empty();
    let master_key = master_key(settings, parts, is_new)?;
    let follower = follower(settings, parts, &store, &master_key);
    if is_new {
        let migrated = async { store.migrate_up().await.map_err(at_store) };
        let made = async { follower.make_first().await.map_err(|trouble| keys_at(trouble, &place)) };
        let ((), made) = tokio::try_join!(migrated, made)?;
        follower.publish_first(made).await.map_err(|trouble| keys_at(trouble, &place))?;
    }
    let ring = follower.bring_up_to_date(Rotation::Due).await.map_err(|trouble| keys_at(trouble, &place))?;
    Ok(Foundation { store, master_key, follower, ring })
}

/// The master key that the settings give; made when the database is new and there is none.
pub fn master_key(settings: &Settings, parts: &Parts, is_new: bool) -> Result<MasterKey, StartFault> {
    if let Some(key) = &settings.keys.master_key {
        return Ok(MasterKey::from_bytes(*key.expose()));
    }
    let directory = &settings.keys.directory;
    Ok(if is_new {
        read_or_create_master_key(directory, &mut parts.entropy.draw()?)?
    } else {
        read_master_key(directory)?
    })
}

/// What follows the keys of `store`.
pub fn follower(settings: &Settings, parts: &Parts, store: &Store, master_key: &MasterKey) -> KeyFollower {
    KeyFollower {
        store: store.clone(),
        clock: parts.clock.clone(),
        entropy: parts.entropy.clone(),
        master_key: master_key.clone(),
        policy: policy::rotation(settings),
    }
}

fn keys_at(trouble: KeyTrouble, place: &str) -> StartFault {
    match trouble {
        KeyTrouble::Store(fault) => StartFault::Store(place.to_owned(), fault),
        trouble => StartFault::Keys(trouble),
    }
}
