//! A database of its own for each test, and people, clients, sessions and grants to put into it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use doorward::base::{
    AccountId, CodeId, Digest, Draw, EmailAddress, GrantId, InteractionId, OutboxId, Scope, SessionId, Timestamp,
};
use doorward::model::account::{Account, StandardClaims, VerifyAddress};
use doorward::model::audit::{AuditAction, AuditEvent};
use doorward::model::claims_request::ClaimsRequest;
use doorward::model::client::{ClientMetadata, GrantType};
use doorward::model::grant::{AuthorizationCode, Grant, IssueCode, IssueCodeOutcome, RedeemCode, RefreshToken};
use doorward::model::interaction::{Interaction, Progress, Purpose};
use doorward::model::one_time_code::{CodePurpose, CodeRecord};
use doorward::model::outbox::OutboxMail;
use doorward::model::pushed_request::PushedRequest;
use doorward::model::session::{Session, SignIn, SignInOutcome};
use doorward::store::{Location, PutAccount, PutClient, Store, StoreOptions, Value};
use futures_util::future::join_all;

use crate::postgres;

/// The moment at which every test begins.
pub const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
/// The client that every world knows.
pub const CLIENT: &str = "acme";

/// An open store on a database of its own.
pub struct World {
    pub store: Store,
    location: Location,
    serial: AtomicU64,
    _folder: Option<tempfile::TempDir>,
}

impl World {
    pub async fn on_sqlite() -> World {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let location = Location::Sqlite { path: folder.path().join("doorward.db") };
        World::at(location, Some(folder)).await
    }

    pub async fn on_postgresql() -> Option<World> {
        let url = postgres::fresh_database().await?;
        Some(World::at(Location::Postgres { url }, None).await)
    }

    async fn at(location: Location, folder: Option<tempfile::TempDir>) -> World {
        let store = Store::open(&location, &StoreOptions::default()).await.expect("an empty database opens");
        store.migrate_up().await.expect("it migrates");
        let world = World { store, location, serial: AtomicU64::new(0), _folder: folder };
        world.client(CLIENT).await;
        world
    }

    /// Another opening of the same database, as a second process has it.
    pub async fn replica(&self) -> Store {
        Store::open(&self.location, &StoreOptions::default()).await.expect("it opens again")
    }

    /// Randomness that no other call in this world gets.
    pub fn draw(&self) -> Draw {
        let mut seed = [7; 32];
        seed[..8].copy_from_slice(&self.serial.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        Draw::from_seed(seed)
    }

    pub fn digest(&self) -> Digest {
        Digest::of(&self.serial.fetch_add(1, Ordering::Relaxed).to_string())
    }

    pub fn event(&self, action: AuditAction) -> AuditEvent {
        let request = self.serial.fetch_add(1, Ordering::Relaxed);
        AuditEvent::new(action, NOW, &format!("request-{request}"))
    }

    pub fn mail(&self, to: &str, kind: &'static str) -> OutboxMail {
        OutboxMail {
            id: OutboxId::generate_at(NOW, &mut self.draw()),
            to: email(to),
            kind,
            locale: "en".to_owned(),
            sealed_content: "sealed".to_owned(),
            created_at: NOW,
            expires_at: NOW.plus_seconds(600),
        }
    }

    pub async fn client(&self, client_id: &str) {
        let put = PutClient {
            client_id: client_id.to_owned(),
            metadata: ClientMetadata { client_name: Some("Acme".to_owned()), ..ClientMetadata::default() },
            new_secret: None,
            sealed_secret: None,
            older_secrets_until: NOW,
            now: NOW,
            audit: self.event(AuditAction::ClientChanged),
        };
        self.store.put_client(put).await.expect("a client");
    }

    /// An account with a proven address and a password.
    pub async fn account(&self, address: &str) -> Account {
        let put = PutAccount {
            id: AccountId::generate(&mut self.draw()),
            email: email(address),
            email_verified: true,
            password_hash: Some(hash("first")),
            claims: StandardClaims::default(),
            now: NOW,
            audit: self.event(AuditAction::AccountChanged),
        };
        let (id, _) = self.store.put_account(put).await.expect("an account");
        self.reload(&id).await
    }

    pub async fn reload(&self, id: &AccountId) -> Account {
        self.store.find_account(id).await.expect("a read").expect("it is there")
    }

    pub fn session_of(&self, account: &Account) -> Session {
        Session {
            id: SessionId::generate_at(NOW, &mut self.draw()),
            secret: self.digest(),
            account_id: account.id.clone(),
            auth_time: NOW,
            amr: vec!["pwd".to_owned(), "otp".to_owned()],
            idp: None,
            created_at: NOW,
            last_seen_at: NOW,
            idle_expires_at: NOW.plus_seconds(3_600),
            expires_at: NOW.plus_seconds(86_400),
            ended_at: None,
            user_agent: Some("Browser".to_owned()),
            ip: Some("192.0.2.7".to_owned()),
        }
    }

    pub fn sign_in_of(&self, account: &Account) -> SignIn {
        SignIn {
            session: self.session_of(account),
            replaces: None,
            generation: account.generation,
            interaction: None,
            rehashed_password: None,
            consumed_code: None,
            forgets_unproven: false,
            creates: None,
            identity: None,
            renewed_claims: None,
            verifies_address: false,
            welcome: None,
            device: None,
            ends_others: false,
            audit: self.event(AuditAction::SignedIn),
        }
    }

    /// A live session.
    pub async fn session(&self, account: &Account) -> Session {
        let sign_in = self.sign_in_of(account);
        let session = sign_in.session.clone();
        assert_eq!(self.store.sign_in(sign_in).await, Ok(SignInOutcome::SignedIn));
        session
    }

    pub fn verify_of(&self, account: &AccountId, code: &CodeId) -> VerifyAddress {
        VerifyAddress {
            account: account.clone(),
            code: code.clone(),
            welcome: None,
            now: NOW,
            audit: self.event(AuditAction::AddressVerified),
        }
    }

    pub async fn is_live(&self, session: &Session) -> bool {
        let found = self.store.find_signed_in(vec![session.secret.clone()], NOW).await.expect("a read");
        !found.is_empty()
    }

    pub fn interaction_of_nobody(&self) -> Interaction {
        Interaction {
            id: InteractionId::generate_at(NOW, &mut self.draw()),
            browser: self.digest(),
            purpose: Purpose::Account { path: "/sessions".to_owned() },
            progress: Progress::default(),
            revision: 0,
            created_at: NOW,
            expires_at: NOW.plus_seconds(3_600),
            finished_at: None,
        }
    }

    /// An interaction that has just begun.
    pub async fn interaction(&self) -> Interaction {
        let interaction = self.interaction_of_nobody();
        self.store.begin_interaction(interaction.clone()).await.expect("an interaction");
        interaction
    }

    /// A pushed request.
    pub async fn pushed(&self) -> PushedRequest {
        let pushed = PushedRequest {
            digest: self.digest(),
            request: crate::interactions::request(),
            created_at: NOW,
            expires_at: NOW.plus_seconds(90),
            spent_at: None,
        };
        assert_eq!(self.store.push_request(pushed.clone(), Vec::new()).await, Ok(None));
        pushed
    }

    pub fn issue_of(&self, session: &Session, scope: &str) -> IssueCode {
        let grant = Grant {
            id: GrantId::generate_at(NOW, &mut self.draw()),
            client_id: CLIENT.to_owned(),
            account_id: session.account_id.clone(),
            session_id: session.id.clone(),
            sid: session.id.clone(),
            via: GrantType::AuthorizationCode,
            scope: Scope::parse(scope).expect("a scope"),
            claims: ClaimsRequest::default(),
            nonce: Some("n-0S6".to_owned()),
            resources: vec!["https://api.example".to_owned()],
            authorization_details: serde_json::from_str(r#"[{"type":"payment"}]"#).expect("details"),
            auth_time: session.auth_time,
            amr: session.amr.clone(),
            idp: session.idp.clone(),
            acr: Some("1".to_owned()),
            created_at: NOW,
            expires_at: NOW.plus_seconds(30 * 86_400),
            revoked_at: None,
            confirmation: None,
        };
        let code = AuthorizationCode {
            digest: self.digest(),
            grant_id: grant.id.clone(),
            redirect_uri: "https://app.example/callback".to_owned(),
            redirect_uri_was_sent: true,
            code_challenge: Some("challenge".to_owned()),
            dpop_jkt: None,
            failures: 0,
            created_at: NOW,
            expires_at: NOW.plus_seconds(60),
            consumed_at: None,
        };
        let code = Some(code);
        let audit = self.event(AuditAction::CodeIssued);
        IssueCode { grant, code, pushed: None, interaction: None, consent: None, audit }
    }

    /// A grant with its code, not yet redeemed.
    pub async fn issued(&self, session: &Session, scope: &str) -> IssueCode {
        let issue = self.issue_of(session, scope);
        assert_eq!(self.store.issue_code(issue.clone()).await, Ok(IssueCodeOutcome::Issued));
        issue
    }

    /// A grant in a fresh session of a fresh person.
    pub async fn issued_to(&self, address: &str) -> IssueCode {
        let account = self.account(address).await;
        let session = self.session(&account).await;
        self.issued(&session, "openid offline_access").await
    }

    pub fn refresh_token_of(&self, grant: &GrantId) -> RefreshToken {
        RefreshToken {
            digest: self.digest(),
            grant_id: grant.clone(),
            created_at: NOW,
            idle_expires_at: NOW.plus_seconds(14 * 86_400),
            rotated_at: None,
            successor: None,
            successor_rotated_at: None,
        }
    }

    pub fn redeem_of(&self, issue: &IssueCode) -> RedeemCode {
        RedeemCode {
            confirmation: None,
            code: code_of(issue).digest.clone(),
            grant_id: issue.grant.id.clone(),
            refresh_token: Some(self.refresh_token_of(&issue.grant.id)),
            now: NOW,
        }
    }

    pub async fn grant(&self, id: &GrantId) -> Grant {
        let found = self.store.find_grant_for_token(id.clone(), String::new()).await.expect("a read");
        found.expect("it is there").grant
    }

    pub async fn is_revoked(&self, id: &GrantId) -> bool {
        self.grant(id).await.revoked_at.is_some()
    }

    /// A code for a person, or for an address that nobody has.
    pub fn code_of(&self, account: Option<&Account>, purpose: CodePurpose, interaction: &Interaction) -> CodeRecord {
        CodeRecord {
            id: CodeId::generate_at(NOW, &mut self.draw()),
            purpose,
            account: account.map(|account| account.id.clone()),
            email: account.map_or_else(|| email("nobody@example.com"), |account| account.email.clone()),
            interaction: Some(interaction.id.clone()),
            browser: Some(interaction.browser.clone()),
            code_digest: self.digest(),
            link_digest: self.digest(),
            attempts: 0,
            sends: 1,
            created_at: NOW,
            last_sent_at: NOW,
            expires_at: NOW.plus_seconds(600),
            consumed_at: None,
        }
    }

    /// A number that a query of one column gives.
    pub async fn number(&self, sql: &'static str, parameters: Vec<String>) -> i64 {
        let unit = self.store.read(parameters, move |db, parameters| {
            Box::pin(async move {
                let values: Vec<Value<'_>> = parameters.iter().map(Value::from).collect();
                db.one::<(i64,)>(sql, &values).await
            })
        });
        unit.await.expect("a read").0
    }

    /// Entries of the audit log about an action.
    pub async fn recorded(&self, action: AuditAction) -> i64 {
        self.number("SELECT COUNT(*) FROM audit_log WHERE action = $1", vec![action.as_str().to_owned()]).await
    }

    /// Every row of every table as text: what a refused write must leave as it was.
    pub async fn contents(&self) -> BTreeMap<String, Vec<String>> {
        let mut contents = BTreeMap::new();
        for (table, columns) in tables() {
            let columns: Vec<String> =
                columns.iter().map(|column| format!("COALESCE(CAST({column} AS TEXT), 'NULL')")).collect();
            let sql = format!("SELECT {} FROM {table} ORDER BY 1", columns.join(" || ' ' || "));
            let sql: &'static str = sql.leak();
            let rows = self.store.read((), move |db, ()| Box::pin(db.all::<(String,)>(sql, &[])));
            contents.insert(table, rows.await.expect("a read").into_iter().map(|(row,)| row).collect());
        }
        contents
    }
}

/// The tables of the schema with their columns, read from the migration.
fn tables() -> Vec<(String, Vec<String>)> {
    let mut tables: Vec<(String, Vec<String>)> = Vec::new();
    for line in doorward::store::migrations::ALL.iter().flat_map(|step| step.up.lines()) {
        if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
            tables.push((rest.trim_end_matches([' ', '(']).to_owned(), Vec::new()));
        } else if line.starts_with("    ") && line.trim_start().starts_with(|first: char| first.is_ascii_lowercase()) {
            let column = line.split_whitespace().next().expect("the line is not blank");
            tables.last_mut().expect("a column belongs to a table").1.push(column.to_owned());
        }
    }
    tables
}

/// The code that is issued.
pub fn code_of(issue: &IssueCode) -> &AuthorizationCode {
    issue.code.as_ref().expect("it has one")
}

pub fn email(address: &str) -> EmailAddress {
    address.parse().expect("an address")
}

pub fn hash(text: &str) -> doorward::model::PasswordHash {
    doorward::model::PasswordHash::from_stored(text)
}

/// What each of `count` tasks that start together comes to.
pub async fn race<T, F>(count: usize, start: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|number| tokio::spawn(start(number))).collect();
    join_all(tasks).await.into_iter().map(|task| task.expect("no panic")).collect()
}

/// How many of `outcomes` are `wanted`.
pub fn count_of<T: PartialEq>(outcomes: &[T], wanted: &T) -> usize {
    outcomes.iter().filter(|outcome| *outcome == wanted).count()
}
