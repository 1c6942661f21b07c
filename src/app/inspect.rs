//! Looks at everything that starting would use, without starting, making or changing anything.

use super::fault::StartFault;
use super::federation;
use super::keys::{master_key, open_store};
use super::{Parts, policy, transport};
use crate::config::{MailTransport, Settings};
use crate::dev;
use crate::jose::KeyRing;
use crate::listener::{Certificate, ClientCertificates};
use crate::pages::Pages;
use crate::store::{Location, Store};
use crate::worker::KeyTrouble;

/// What was found.
#[derive(Debug, Default)]
pub struct Findings {
    /// What was looked at, and what is to be said of it.
    pub looked_at: Vec<(&'static str, Result<String, StartFault>)>,
    /// What is allowed but likely not meant.
    pub doubts: Vec<String>,
}

/// Asks every provider for what signing in by it rests on: its document, and its keys.
pub async fn providers(settings: &Settings, parts: &Parts, findings: &mut Findings) {
    // Settings that give no connector were told of.
    let Ok(connectors) = federation::connectors(settings, Vec::new()) else { return };
    for connector in connectors.iter() {
        let name = connector.provider().id.as_str();
        let met = connector.look(parts.clock.now()).await;
        let met = met.map(|said| format!("{name}: {said}"));
        findings.add("provider met", met.map_err(|failure| StartFault::ProviderMet(name.to_owned(), failure)));
    }
}

/// Looks at all of it.
pub async fn everything(settings: &Settings, parts: &Parts) -> Findings {
    let mut findings = Findings::default();
    let mail = transport::transport(&settings.mail, &settings.issuer);
    findings.add("issuer", Ok(settings.issuer.to_string()));
    findings.add("mail", mail.map(|_| describe_mail(settings)));
    if let Some((chain, key)) = settings.tls.files() {
        let loaded = Certificate::load(chain, key, ClientCertificates::Unasked).map_err(StartFault::Certificate);
        findings.add("certificate", loaded.map(|_| chain.display().to_string()));
    }
    if settings.tls.local {
        let folder = policy::local_authority_folder(settings);
        findings.add("certificate", Ok(format!("of the local authority in {}", folder.display())));
    }
    findings.add_providers(settings);
    findings.add("passwords", policy::hashing(settings).map(|_| "argon2id".to_owned()));
    match Pages::new(policy::pages(settings, false)) {
        Ok(pages) => {
            findings.doubts.extend(pages.faults().iter().map(|fault| format!("A template is not used: {fault}")));
            findings.add("pages", Ok(format!("{} languages", pages.locales().len())));
        }
        Err(fault) => findings.add("pages", Err(fault.into())),
    }
    look_at_store(settings, parts, &mut findings).await;
    findings
}

impl Findings {
    fn add(&mut self, what: &'static str, found: Result<String, StartFault>) {
        self.looked_at.push((what, found));
    }

    fn add_providers(&mut self, settings: &Settings) {
        for table in &settings.providers {
            let callback = crate::upstream::callback(&settings.issuer, &table.id);
            let described = format!("{} as {}, callback {callback}", table.shown_name(), table.client_id);
            self.add("provider", federation::provider(settings, table).map(|_| described));
        }
        if let Err(fault @ StartFault::Provider(_)) = federation::connectors(settings, Vec::new()) {
            self.add("provider", Err(fault));
        }
    }
}

fn describe_mail(settings: &Settings) -> String {
    let mail = &settings.mail;
    match mail.transport {
        MailTransport::Smtp => format!("{} port {}", mail.host.as_deref().unwrap_or_default(), mail.port()),
        MailTransport::Inbox => "inbox".to_owned(),
        MailTransport::None => "none".to_owned(),
    }
}

async fn look_at_store(settings: &Settings, parts: &Parts, findings: &mut Findings) {
    let location = policy::location(settings);
    if let Location::Sqlite { path } = &location
        && !path.exists()
    {
        findings.add("database", Ok(format!("{location} is made at the first start")));
        return;
    }
    let place = location.to_string();
    let store = match open_store(settings).await {
        Ok(store) => store,
        Err(fault) => return findings.add("database", Err(fault)),
    };
    let schema = look_at_schema(&store, &place, findings).await;
    if schema != Schema::Absent {
        let looked = keys(settings, parts, &store, &place).await;
        findings.add("keys", looked);
    }
    if schema == Schema::UpToDate {
        findings.add("people", look_at_people(&store, &place).await);
    }
    store.shutdown().await;
}

/// How far the database's tables are.
#[derive(PartialEq, Eq)]
enum Schema {
    Absent,
    Older,
    UpToDate,
}

async fn look_at_schema(store: &Store, place: &str, findings: &mut Findings) -> Schema {
    let states = match store.migration_status().await {
        Ok(states) => states,
        Err(fault) => {
            findings.add("database", Err(StartFault::Store(place.to_owned(), fault)));
            return Schema::Absent;
        }
    };
    let pending = states.iter().filter(|state| !state.is_applied).count();
    let detail = match pending {
        0 => format!("{place}, schema up to date"),
        1 => format!("{place}, one migration is applied at the next start"),
        count => format!("{place}, {count} migrations are applied at the next start"),
    };
    findings.add("database", Ok(detail));
    match pending {
        0 => Schema::UpToDate,
        count if count < states.len() => Schema::Older,
        _ => Schema::Absent,
    }
}

/// Whether development left somebody behind whose password everybody knows: `serve` refuses such a database.
async fn look_at_people(store: &Store, place: &str) -> Result<String, StartFault> {
    let left = dev::left_behind(store).await.map_err(|fault| StartFault::Store(place.to_owned(), fault))?;
    if left.is_empty() { Ok("none of dev mode".to_owned()) } else { Err(StartFault::DevelopmentData(left)) }
}

/// Whether the signing keys in `store` can be opened with the master key.
pub async fn keys(settings: &Settings, parts: &Parts, store: &Store, place: &str) -> Result<String, StartFault> {
    let stored = store.signing_keys().await.map_err(|fault| StartFault::Store(place.to_owned(), fault))?;
    if stored.records.is_empty() {
        return Ok("made at the first start".to_owned());
    }
    let master_key = master_key(settings, parts, false)?;
    let now = parts.clock.now();
    let ring = KeyRing::open(stored.records, &master_key, now);
    let ring = ring.map_err(|error| StartFault::Keys(KeyTrouble::Ring(error)))?;
    Ok(if ring.is_complete(policy::rotation(settings).algorithms, now) {
        "one signs for every algorithm"
    } else {
        "some are made at the next start"
    }
    .to_owned())
}
