//! A whole Doorward in the test's own process: real router, real store, manual clock, repeatable randomness, mail kept
//! in memory. Nothing listens; requests are handed to the router.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use doorward::app::{Parts, Prepared};
use doorward::base::entropy::SeededEntropy;
use doorward::base::time::ManualClock;
use doorward::base::{AccountId, Clock as _, Digest, EmailAddress, Timestamp};
use doorward::config::{Mode, Settings};
use doorward::endpoint::{self, Context};
use doorward::mail::{Memory, OutgoingMail, Transport};
use doorward::model::PasswordHash;
use doorward::model::account::{Account, StandardClaims};
use doorward::model::audit::{AuditAction, AuditEvent};
use doorward::model::client::{AuthMethod, ClientMetadata, GrantType};
use doorward::store::{PutAccount, PutClient};
use poem::{Endpoint, EndpointExt};
use tempfile::TempDir;

/// The issuer of every world.
pub const ISSUER: &str = "http://localhost:8080";
/// When every world begins.
pub const BEGIN: i64 = 1_800_000_000;
/// The password of every person, which the policy would take.
pub const PASSWORD: &str = "a long walk on the beach";
/// The secret of every confidential client.
pub const SECRET: &str = "dws_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

/// Which database a world stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file of its own.
    Sqlite,
    /// A database of its own on a server that the tests start.
    Postgres,
}

/// The surface, as something that answers requests.
pub type Router = Arc<poem::endpoint::BoxEndpoint<'static, poem::Response>>;

/// A Doorward.
pub struct World {
    /// Its parts.
    pub context: Arc<Context>,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    router: Router,
    mail: Arc<Transport>,
    prepared: Prepared,
    directory: TempDir,
}

impl World {
    /// A fresh one.
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// A fresh one whose settings were changed. On SQLite, unless `DOORWARD_TEST_ENGINE` says `postgres`.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let engine = match std::env::var("DOORWARD_TEST_ENGINE").as_deref() {
            Ok("postgres") => Engine::Postgres,
            _ => Engine::Sqlite,
        };
        Self::on(engine, change).await.expect("PostgreSQL is installed where tests are to run on it")
    }

    /// A fresh one on `engine`; none where PostgreSQL is not installed.
    pub async fn on(engine: Engine, change: impl FnOnce(&mut Settings)) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let mut settings = settings(directory.path());
        if engine == Engine::Postgres {
            let url = super::postgres::fresh_database().await?;
            settings.database.url = url.parse().unwrap();
        }
        copy_template(template().await, directory.path(), engine);
        change(&mut settings);
        let begin = Timestamp::from_seconds(BEGIN);
        Some(Self::start(settings, directory, (begin, 1_000)).await)
    }

    async fn start(settings: Settings, directory: TempDir, (now, seed): (Timestamp, u64)) -> Self {
        let clock = Arc::new(ManualClock::new(now));
        let mail = Arc::new(Transport::Memory(Memory::default()));
        let parts = Parts {
            mode: Mode::Development,
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::starting_at(seed)),
            transport: Some(mail.clone()),
            logging: None,
            exports: None,
        };
        let prepared = Prepared::build(settings, parts).await.expect("a world starts");
        let context = prepared.context.clone();
        let router = Arc::new(endpoint::routes(&context, &[]).boxed());
        Self { context, clock, router, mail, prepared, directory }
    }

    /// The same server, ended and started anew under settings that were changed.
    pub async fn restarted(self, change: impl FnOnce(&mut Settings)) -> Self {
        let now = self.now();
        let mut settings = self.prepared.settings.clone();
        settings.listen = "127.0.0.1:0".parse().unwrap();
        change(&mut settings);
        // Draws of its own: what the former process drew is in the database.
        let seed = u64::from_le_bytes(self.context.entropy.draw().unwrap().bytes());
        self.context.store.shutdown().await;
        let Self { directory, prepared, .. } = self;
        drop(prepared);
        Self::start(settings, directory, (now, seed)).await
    }

    /// A second process on the same database: its own router, its own parts.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Now, by this world's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: i64) {
        self.clock.advance_seconds(seconds);
    }

    /// Delivers what is due and gives all mail so far, oldest first.
    pub async fn mails(&self) -> Vec<OutgoingMail> {
        let delivery = self.prepared.delivery();
        while delivery.deliver_due().await.unwrap() > 0 {}
        let Transport::Memory(memory) = &*self.mail else { unreachable!("worlds mail into memory") };
        memory.mails()
    }

    /// Writes down the traces that gathered.
    pub async fn write_traces(&self) {
        if let Some(writer) = self.prepared.trace_writer() {
            while writer.write_once().await.unwrap() > 0 {}
        }
    }

    /// Tells clients of logouts as far as it is due; gives how often one was tried.
    pub async fn tell_logouts(&self) -> usize {
        let teller = self.prepared.logout_teller();
        let mut tried = 0;
        loop {
            match teller.tell_due().await.unwrap() {
                0 => return tried,
                count => tried += count,
            }
        }
    }

    /// The last mail to `address`.
    pub async fn last_mail_to(&self, address: &str) -> OutgoingMail {
        let mails = self.mails().await;
        mails.into_iter().rev().find(|mail| mail.to.as_str() == address).expect("there is a mail to the address")
    }

    /// The six digits in the last mail to `address`.
    pub async fn last_code_to(&self, address: &str) -> String {
        digits(&self.last_mail_to(address).await.text)
    }

    /// The address behind the link in the last mail to `address`, without the origin.
    pub async fn last_link_to(&self, address: &str) -> String {
        let text = self.last_mail_to(address).await.text;
        let mut words = text.split_whitespace().map(|word| word.trim_end_matches(['.', ',', ')', '>']));
        let link = words.find_map(|word| word.split_once("/link?token="));
        let (before, token) = link.expect("the mail holds a link");
        let path = before.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned()));
        format!("{}/link?token={token}", path.expect("the link is absolute"))
    }

    /// Makes a person with [`PASSWORD`], whose address is proven.
    pub async fn person(&self, email: &str) -> Account {
        self.person_with(email, StandardClaims::default()).await
    }

    /// Makes a person with claims.
    pub async fn person_with(&self, email: &str, claims: StandardClaims) -> Account {
        let mut draw = self.context.entropy.draw().unwrap();
        let email: EmailAddress = email.parse().unwrap();
        let put = PutAccount {
            id: AccountId::generate(&mut draw),
            email: email.clone(),
            email_verified: true,
            password_hash: Some(password_hash().await),
            claims,
            now: self.now(),
            audit: AuditEvent::new(AuditAction::AccountChanged, self.now(), "test"),
        };
        self.context.store.put_account(put).await.unwrap();
        self.context.store.find_account_by_email(&email).await.unwrap().unwrap()
    }

    /// The account as it is now.
    pub async fn reload(&self, id: &AccountId) -> Account {
        self.context.store.find_account(id).await.unwrap().unwrap()
    }

    /// Makes a client: the one of [`web_client`] after `change`.
    pub async fn client(&self, client_id: &str, change: impl FnOnce(&mut ClientMetadata)) {
        let mut metadata = web_client();
        change(&mut metadata);
        let confidential = metadata.token_endpoint_auth_method != AuthMethod::None;
        let put = PutClient {
            client_id: client_id.to_owned(),
            metadata,
            new_secret: confidential.then(|| Digest::of(SECRET)),
            sealed_secret: None,
            older_secrets_until: self.now(),
            now: self.now(),
            audit: AuditEvent::new(AuditAction::ClientChanged, self.now(), "test"),
        };
        self.context.store.put_client(put).await.unwrap();
    }

    /// Hands a request to the router.
    pub async fn send(&self, request: poem::Request) -> poem::Response {
        self.router.get_response(request).await
    }
}

/// A confidential client with everything that issue 1 of 4 offers.
pub fn web_client() -> ClientMetadata {
    ClientMetadata {
        client_name: Some("Acme Notes".to_owned()),
        redirect_uris: vec!["https://acme.example/cb".to_owned().try_into().unwrap()],
        post_logout_redirect_uris: vec!["https://acme.example/bye".to_owned().try_into().unwrap()],
        grant_types: GrantType::ALL.to_vec(),
        ..ClientMetadata::default()
    }
}

/// The first six digits that stand alone in a text.
pub fn digits(text: &str) -> String {
    let mut words = text.split(|c: char| !c.is_ascii_digit());
    words.find(|word| word.len() == 6).expect("the mail holds a code").to_owned()
}

fn settings(directory: &Path) -> Settings {
    let mut settings = Settings::for_dev(directory, "127.0.0.1:0".parse().unwrap());
    settings.issuer = doorward::base::Issuer::parse(ISSUER).unwrap();
    // Requests that do not come through a socket have this peer, so tests choose the source by a header.
    settings.proxies.trusted = vec!["0.0.0.0/32".parse().unwrap()];
    settings.passwords.memory_kib = 19_456;
    settings
}

/// Making RSA keys takes longer than most tests, so one database with keys is made and copied.
async fn template() -> &'static Path {
    static TEMPLATE: OnceLock<TempDir> = OnceLock::new();
    static MAKING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _one_at_a_time = MAKING.lock().await;
    if TEMPLATE.get().is_none() {
        let directory = tempfile::tempdir().unwrap();
        let settings = settings(directory.path());
        let parts = Parts {
            mode: Mode::Development,
            clock: Arc::new(ManualClock::new(Timestamp::from_seconds(BEGIN - 86_400))),
            entropy: Arc::new(SeededEntropy::default()),
            transport: Some(Arc::new(Transport::Memory(Memory::default()))),
            logging: None,
            exports: None,
        };
        let prepared = Prepared::build(settings, parts).await.expect("the template starts");
        prepared.context.store.shutdown().await;
        drop(prepared);
        let _ = TEMPLATE.set(directory);
    }
    TEMPLATE.get().expect("it was just made").path()
}

fn copy_template(from: &Path, to: &Path, engine: Engine) {
    copy_directory(from, to, engine);
}

fn copy_directory(from: &Path, to: &Path, engine: Engine) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            std::fs::set_permissions(&target, entry.metadata().unwrap().permissions()).unwrap();
            copy_directory(&entry.path(), &target, engine);
        } else if engine == Engine::Sqlite {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The hash of [`PASSWORD`], made once.
async fn password_hash() -> PasswordHash {
    use doorward::identity::password::{HasherSettings, Password, PasswordHasher};
    static HASH: tokio::sync::OnceCell<PasswordHash> = tokio::sync::OnceCell::const_new();
    let make = || async {
        let hasher = PasswordHasher::start(HasherSettings::default()).unwrap();
        let mut draw = doorward::base::Draw::from_seed([9; 32]);
        hasher.hash(&Password::parse(PASSWORD).unwrap(), &mut draw).await.unwrap()
    };
    HASH.get_or_init(make).await.clone()
}
