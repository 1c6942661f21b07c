//! Puts the people and clients of dev mode into the store. Every start does it again and changes nothing that is as it
//! should be, so a second start writes nothing.

use super::people::{PEOPLE, Person};
use super::registered::{CLIENTS, Registered};
use crate::base::{AccountId, Digest, Draw, EmailAddress, Issuer, Timestamp};
use crate::model::PasswordHash;
use crate::model::account::Account;
use crate::model::audit::{AuditAction, AuditEvent};
use crate::model::client::{Client, ClientMetadata};
use crate::pages::DevPerson;
use crate::store::{PutAccount, PutClient, Store, StoreFault};

/// What the audit log calls this.
const REQUEST_ID: &str = "dev-seed";

/// Who and what is there now.
#[derive(Debug, Clone)]
pub struct Seeded {
    /// The people, in the order of the banner.
    pub people: Vec<SeededPerson>,
    /// The clients, in the order of the banner.
    pub clients: Vec<SeededClient>,
}

/// A made-up person, as found or made.
#[derive(Debug, Clone)]
pub struct SeededPerson {
    /// Who.
    pub person: Person,
    /// Whether the password is still the one that is made public.
    pub has_own_password: bool,
    /// Whether the person may sign in.
    pub may_sign_in: bool,
}

/// A client, as it stands in the store.
#[derive(Debug, Clone)]
pub struct SeededClient {
    /// Which.
    pub client: Registered,
    /// What is registered.
    pub metadata: ClientMetadata,
}

impl SeededPerson {
    /// The password as people may be told it: somebody may have changed it since the seeding.
    pub fn password_shown(&self) -> &'static str {
        match (self.may_sign_in, self.has_own_password) {
            (true, true) => self.person.password,
            (true, false) => "(changed)",
            (false, _) => "(locked)",
        }
    }

    pub(super) fn as_shown(&self) -> DevPerson {
        DevPerson {
            username: self.person.email.to_owned(),
            password: self.password_shown().to_owned(),
            about: self.person.about.to_owned(),
        }
    }
}

/// Makes whoever and whatever is missing. People who are there stay as they are, with whatever they changed; clients
/// become what the banner says of them.
pub async fn seed(store: &Store, issuer: &Issuer, now: Timestamp, draw: &mut Draw) -> Result<Seeded, SeedFault> {
    let mut seeded = Seeded { people: Vec::new(), clients: Vec::new() };
    for person in PEOPLE {
        seeded.people.push(seed_person(store, person, now, draw).await?);
    }
    for client in CLIENTS {
        seeded.clients.push(seed_client(store, client, issuer, now).await?);
    }
    Ok(seeded)
}

/// Which people and clients of dev mode can still be used in `store`, by address and id: in production each of them is
/// a door whose key is public.
pub async fn left_behind(store: &Store) -> Result<Vec<String>, StoreFault> {
    let mut left = Vec::new();
    for person in PEOPLE {
        let Ok(email) = person.email.parse() else { continue };
        let account = store.find_account_by_email(&email).await?;
        if account.is_some_and(|account| account.may_sign_in() && has_public_password(&account)) {
            left.push(person.email.to_owned());
        }
    }
    for client in CLIENTS {
        let found = store.find_client(client.client_id).await?;
        if found.is_some_and(|found| found.disabled_at.is_none()) {
            left.push(client.client_id.to_owned());
        }
    }
    Ok(left)
}

async fn seed_person(
    store: &Store,
    person: Person,
    now: Timestamp,
    draw: &mut Draw,
) -> Result<SeededPerson, SeedFault> {
    let email: EmailAddress = person.email.parse().map_err(|_| SeedFault::Constant(person.email))?;
    if let Some(account) = store.find_account_by_email(&email).await? {
        let has_own_password = has_public_password(&account);
        return Ok(SeededPerson { person, has_own_password, may_sign_in: account.may_sign_in() });
    }
    let put = PutAccount {
        id: AccountId::generate(draw),
        email,
        email_verified: true,
        password_hash: Some(PasswordHash::from_stored(person.password_hash)),
        claims: (person.claims)(),
        now,
        audit: AuditEvent::new(AuditAction::AccountChanged, now, REQUEST_ID),
    };
    store.put_account(put).await?;
    Ok(SeededPerson { person, has_own_password: true, may_sign_in: true })
}

/// Nobody has set another password since the account was made.
fn has_public_password(account: &Account) -> bool {
    account.password_hash.is_some() && account.password_changed_at == Some(account.created_at)
}

async fn seed_client(
    store: &Store,
    client: Registered,
    issuer: &Issuer,
    now: Timestamp,
) -> Result<SeededClient, SeedFault> {
    let metadata = client.metadata(issuer).map_err(|_| SeedFault::Constant(client.client_id))?;
    let secret = client.secret.map(Digest::of);
    let found = store.find_client(client.client_id).await?;
    if !found.is_some_and(|found| is_as_registered(&found, &metadata, secret.as_ref())) {
        let put = PutClient {
            client_id: client.client_id.to_owned(),
            metadata: metadata.clone(),
            new_secret: secret,
            sealed_secret: None,
            older_secrets_until: now,
            now,
            audit: AuditEvent {
                client_id: Some(client.client_id.to_owned()),
                ..AuditEvent::new(AuditAction::ClientChanged, now, REQUEST_ID)
            },
        };
        store.put_client(put).await?;
    }
    Ok(SeededClient { client, metadata })
}

fn is_as_registered(found: &Client, metadata: &ClientMetadata, secret: Option<&Digest>) -> bool {
    let is_live = |secret: &Digest| found.secrets.iter().any(|own| own.digest == *secret && own.expires_at.is_none());
    *found.metadata == *metadata && secret.is_none_or(is_live)
}

/// Why the people and clients of dev mode are not there.
#[derive(Debug, thiserror::Error)]
pub enum SeedFault {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// One of our own constants is none.
    #[error("`{0}` cannot be registered")]
    Constant(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::StandardClaims;
    use crate::store::{Location, StoreOptions};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const LATER: Timestamp = Timestamp::from_seconds(1_800_086_400);

    async fn empty() -> (Store, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite { path: folder.path().join("doorward.db") };
        let store = Store::open(&location, &StoreOptions::default()).await.unwrap();
        store.migrate_up().await.unwrap();
        (store, folder)
    }

    async fn seed_at(store: &Store, issuer: &str, now: Timestamp) -> Seeded {
        let issuer = Issuer::parse(issuer).unwrap();
        seed(store, &issuer, now, &mut Draw::from_seed([5; 32])).await.unwrap()
    }

    async fn everything(store: &Store) -> (Vec<Account>, Vec<Client>) {
        let accounts = store.search_accounts("", "", 100).await.unwrap();
        (accounts, store.list_clients("", 100).await.unwrap())
    }

    #[tokio::test]
    async fn a_second_start_changes_nothing() {
        let (store, _folder) = empty().await;
        seed_at(&store, "http://localhost:8080", NOW).await;
        let first = everything(&store).await;
        let seeded = seed_at(&store, "http://localhost:8080", LATER).await;
        assert_eq!(everything(&store).await, first);
        assert_eq!((first.0.len(), first.1.len()), (PEOPLE.len(), CLIENTS.len()));
        assert!(first.0.iter().all(Account::may_sign_in));
        assert!(seeded.people.iter().all(|person| person.password_shown() == person.person.password));
    }

    #[tokio::test]
    async fn another_port_gives_the_demo_app_another_redirect_uri() {
        let (store, _folder) = empty().await;
        seed_at(&store, "http://localhost:8080", NOW).await;
        seed_at(&store, "http://localhost:9090", LATER).await;
        let app = store.find_client("demo-app").await.unwrap().unwrap();
        assert_eq!(app.metadata.redirect_uris[0].as_str(), "http://localhost:9090/dev/app/callback");
        assert_eq!(app.secrets.len(), 1);
        assert_eq!(app.secrets[0].expires_at, None);
    }

    #[tokio::test]
    async fn a_changed_password_is_kept_and_not_told_wrongly() {
        let (store, _folder) = empty().await;
        seed_at(&store, "http://localhost:8080", NOW).await;
        let put = PutAccount {
            id: AccountId::generate(&mut Draw::from_seed([6; 32])),
            email: PEOPLE[1].email.parse().unwrap(),
            email_verified: true,
            password_hash: Some(PasswordHash::from_stored("another")),
            claims: StandardClaims::default(),
            now: LATER,
            audit: AuditEvent::new(AuditAction::AccountChanged, LATER, "test"),
        };
        store.put_account(put).await.unwrap();
        let seeded = seed_at(&store, "http://localhost:8080", LATER).await;
        let shown: Vec<&str> = seeded.people.iter().map(SeededPerson::password_shown).collect();
        assert_eq!(shown, [PEOPLE[0].password, "(changed)", PEOPLE[2].password]);
    }

    #[tokio::test]
    async fn what_dev_mode_leaves_behind_can_be_told() {
        let (store, _folder) = empty().await;
        assert!(left_behind(&store).await.unwrap().is_empty());
        seed_at(&store, "http://localhost:8080", NOW).await;
        let left = left_behind(&store).await.unwrap();
        let expected =
            ["mira@example.com", "tove@example.com", "jonas@example.com", "demo-web", "demo-native", "demo-app"];
        assert_eq!(left, expected);
        let audit = || AuditEvent::new(AuditAction::ClientChanged, LATER, "test");
        store.set_client_disabled("demo-web", true, LATER, audit()).await.unwrap();
        store.delete_client("demo-native", audit()).await.unwrap();
        assert_eq!(left_behind(&store).await.unwrap()[3..], ["demo-app"]);
    }
}
