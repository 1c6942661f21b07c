//! `backup` and `restore`: the SQLite database, copied while it is used, and put back while it is not.

use std::path::{Path, PathBuf};

use super::arguments::Place;
use super::desk::{self, Desk, Makes};
use super::failure::{Complaint, Failure};
use super::output;
use super::progress::{Bar, megabytes};
use crate::app::{self, Parts, StartFault, inspect, policy};
use crate::base::Timestamp;
use crate::config::{Mode, Settings};
use crate::store::{BackupFault, Location, Restoration, Store};

/// What the audit log calls it.
const REQUEST_ID: &str = "restore";

/// Copies the database into `file`.
pub async fn back_up(place: &Place, file: &Path) -> Result<(), Failure> {
    let (settings, path) = database_file(place)?;
    let desk = Desk::of(settings, Makes::Nothing).await?;
    let mut bar = Bar::on_terminal();
    let copied = desk.store.back_up(file, move |progress| bar.show(progress)).await;
    desk.store.shutdown().await;
    let bytes = copied.map_err(|fault| failure(&fault, &path))?;
    output::lines([format!("{} written, {}", file.display(), megabytes(bytes))])?;
    eprintln!("note: it is of no use without {}; keep that too, in another place", master_key(&desk.settings));
    Ok(())
}

/// Puts `file` in the database's place.
pub async fn restore(place: &Place, file: &Path) -> Result<(), Failure> {
    let (settings, path) = database_file(place)?;
    app::make_folder(&settings, &path)?;
    let parts = Parts::of_this_machine(Mode::Upkeep);
    let now = parts.clock.now();
    let newest = policy::store_options(&settings).newest_migration();
    let restoration = begin(path.clone(), file.to_path_buf(), newest).await.map_err(|fault| failure(&fault, &path))?;
    let keys = prepare(&restoration, &settings, &parts).await?;
    let kept = restoration.finish(&format!(".before-{}", compact(now))).map_err(|fault| failure(&fault, &path))?;
    output::lines([format!("{} restored from {}", path.display(), file.display())])?;
    if let Some(kept) = kept {
        output::lines([format!("the former database is {}", kept.display())])?;
    }
    output::lines(["every session and grant was ended: people sign in again, applications ask them to"])?;
    if let Err(fault) = keys {
        let key = master_key(&settings);
        eprintln!(
            "note: the server will not start yet: {fault}\n  the backup belongs to a master key; put it back: {key}"
        );
    }
    Ok(())
}

/// Reading and checking all of a large file takes its time.
async fn begin(target: PathBuf, file: PathBuf, newest: i64) -> Result<Restoration, BackupFault> {
    let begun = tokio::task::spawn_blocking(move || Restoration::begin(&target, &file, newest)).await;
    begun.unwrap_or(Err(BackupFault::Store(crate::store::StoreFault::Closed)))
}

/// Brings the copy to this program's schema and closes what was open; tells whether the master key fits.
async fn prepare(
    restoration: &Restoration,
    settings: &Settings,
    parts: &Parts,
) -> Result<Result<(), StartFault>, Failure> {
    let incoming = Location::Sqlite { path: restoration.incoming().to_path_buf() };
    let store = Store::open(&incoming, &policy::store_options(settings)).await?;
    store.migrate_up().await?;
    store.close_after_restoring(parts.clock.now(), REQUEST_ID).await?;
    let keys = inspect::keys(settings, parts, &store, &incoming.to_string()).await;
    store.shutdown().await;
    Ok(keys.map(|_| ()))
}

/// The settings and the SQLite file that is meant.
fn database_file(place: &Place) -> Result<(Settings, PathBuf), Failure> {
    let settings = desk::choose(place)?;
    match policy::location(&settings) {
        Location::Sqlite { path } => Ok((settings, path)),
        location @ Location::Postgres { .. } => {
            let fault = BackupFault::OnServer;
            let complaint = Complaint::new(fault.to_string()).at(location.to_string());
            Err(Failure::Input(vec![Complaint { hint: fault.hint(), ..complaint }]))
        }
    }
}

fn failure(fault: &BackupFault, database: &Path) -> Failure {
    if let BackupFault::Store(fault) = fault {
        return StartFault::Store(database.display().to_string(), fault.clone()).into();
    }
    let complaint = Complaint { hint: fault.hint(), ..Complaint::new(fault.to_string()) };
    if fault.is_passing() { Failure::Refused(complaint) } else { Failure::Input(vec![complaint]) }
}

fn master_key(settings: &Settings) -> String {
    match settings.keys.master_key {
        Some(_) => "the text of keys.master_key".to_owned(),
        None => settings.keys.directory.join("master.key").display().to_string(),
    }
}

/// A moment in a file's name.
fn compact(now: Timestamp) -> String {
    output::moment(now).replace([':', '-'], "")
}
