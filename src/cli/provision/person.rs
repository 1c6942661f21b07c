//! A person as an operator describes them: read, held against the rules, and put into the store.

use serde_json::{Map, Value, json};

use super::change::{Outcome, PersonChange, differences};
use super::checked::Checked;
use super::members::PERSON;
use super::registrar::Registrar;
use super::tree::{Document, Node};
use crate::base::bounds::{PASSWORD_CHARS_FLOOR, PASSWORD_CHARS_MAX};
use crate::base::{AccountId, EmailAddress, Names};
use crate::cli::failure::{Complaint, Failure};
use crate::identity::password::{Password, StoredHash, StoredHashRefused};
use crate::identity::profile::{is_well_formed, longest};
use crate::model::PasswordHash;
use crate::model::account::{Account, Administration, StandardClaims};
use crate::model::audit::AuditAction;
use crate::store::PutAccount;

/// A person of whom everything that is said can be kept.
#[derive(Debug, Clone)]
pub struct DescribedPerson {
    /// The address, which tells who it is; absent only beside a complaint.
    pub email: Option<EmailAddress>,
    email_verified: Option<bool>,
    /// The password that is to be set, unless it is the present one.
    pub password: Option<Password>,
    /// A hash that another program made, for somebody who has no password here.
    password_hash: Option<PasswordHash>,
    locked: Option<bool>,
    roles: Option<Names>,
    groups: Option<Names>,
    /// The claims that are named; an empty text takes one away.
    claims: Map<String, Value>,
}

impl DescribedPerson {
    /// Reads a table; every mistake is added to `found`.
    pub fn read(document: &Document, node: &Node, found: &mut Vec<Complaint>) -> Self {
        let mut checked = Checked::of(document, node, PERSON, found);
        let email = read_email(&mut checked, found);
        let email_verified = checked.take_flag("email_verified");
        let locked = checked.take_flag("locked");
        let password = read_password(&mut checked, found);
        let password_hash = read_password_hash(&mut checked, found);
        if password.is_some() && password_hash.is_some() {
            found.push(checked.complaint("password_hash", "is given beside a `password`"));
        }
        let (roles, groups) = (read_names(&mut checked, "roles", found), read_names(&mut checked, "groups", found));
        check_claims(&checked, "", checked.values(), found);
        let claims = checked.into_values();
        Self { email, email_verified, password, password_hash, locked, roles, groups, claims }
    }

    /// The claims of somebody who has `before`, once these are taken over.
    fn claims_over(&self, before: &StandardClaims) -> StandardClaims {
        let mut claims = match json!(before) {
            Value::Object(claims) => claims,
            _ => Map::new(),
        };
        for (name, value) in &self.claims {
            match without_empty(value) {
                Some(value) => drop(claims.insert(name.clone(), value)),
                None => drop(claims.remove(name)),
            }
        }
        // Both halves have the form of the record.
        serde_json::from_value(Value::Object(claims)).unwrap_or_else(|_| before.clone())
    }
}

fn without_empty(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) if text.is_empty() => None,
        Value::Object(members) => {
            let kept = members.iter().filter_map(|(name, value)| Some((name.clone(), without_empty(value)?)));
            let kept: Map<String, Value> = kept.collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        value => Some(value.clone()),
    }
}

fn read_email(checked: &mut Checked<'_>, found: &mut Vec<Complaint>) -> Option<EmailAddress> {
    let Some(text) = checked.take_text("email") else {
        if !checked.has("email") {
            let complaint = checked.complaint_about_all("A person needs an `email`.");
            found.push(complaint.hint("it is what people are known by: email = \"ada@example.com\""));
        }
        return None;
    };
    let email = text.parse().ok();
    if email.is_none() {
        found.push(checked.complaint("email", "is not an address that mail can be sent to"));
    }
    email
}

fn read_password(checked: &mut Checked<'_>, found: &mut Vec<Complaint>) -> Option<Password> {
    let text = checked.take_text("password")?;
    match parse_password(&text) {
        Ok(password) => Some(password),
        Err(problem) => {
            found.push(checked.complaint("password", &problem));
            None
        }
    }
}

fn read_password_hash(checked: &mut Checked<'_>, found: &mut Vec<Complaint>) -> Option<PasswordHash> {
    let stored = PasswordHash::from_stored(checked.take_text("password_hash")?);
    let problem = match StoredHash::parse(&stored) {
        Ok(_) => return Some(stored),
        Err(StoredHashRefused::UnknownFormat) => "is in no format that is read here",
        Err(StoredHashRefused::TooCostly) => "asks for more work than the limits allow",
    };
    let known = "argon2id, argon2i, argon2d, bcrypt, scrypt and PBKDF2 with SHA-256 or SHA-512 are read";
    found.push(checked.complaint("password_hash", problem).hint(known));
    None
}

fn read_names(checked: &mut Checked<'_>, member: &str, found: &mut Vec<Complaint>) -> Option<Names> {
    let names = Names::of(checked.take_texts(member)?);
    names.map_err(|problem| found.push(checked.complaint(member, &format!("cannot be used: {problem}")))).ok()
}

/// A password that an operator may set: long enough, whatever it is made of.
pub fn parse_password(text: &str) -> Result<Password, String> {
    match Password::parse(text) {
        Err(_) => Err(format!("has more than {PASSWORD_CHARS_MAX} characters")),
        Ok(password) if password.chars() < PASSWORD_CHARS_FLOOR => {
            Err(format!("has fewer than {PASSWORD_CHARS_FLOOR} characters"))
        }
        Ok(password) => Ok(password),
    }
}

fn check_claims(checked: &Checked<'_>, prefix: &str, claims: &Map<String, Value>, found: &mut Vec<Complaint>) {
    for (name, value) in claims {
        let path = format!("{prefix}{name}");
        match value {
            Value::Object(inner) => check_claims(checked, &format!("{path}."), inner, found),
            Value::String(text) if text.chars().count() > longest(name) => {
                found.push(checked.complaint(&path, &format!("has more than {} characters", longest(name))));
            }
            Value::String(text) if !is_well_formed(name, text) => {
                found.push(checked.complaint(&path, expectation(name)));
            }
            _ => {}
        }
    }
}

fn expectation(claim: &str) -> &'static str {
    match claim {
        "profile" | "picture" | "website" => "must be a web address",
        "birthdate" => "must be a date such as 1987-10-16, 0000-10-16 without the year, or a year",
        "phone_number" => "must be a number with its country code, such as +46 70 174 06 05",
        "zoneinfo" => "must be a time zone's name, such as Europe/Stockholm",
        "locale" => "must be a language tag, such as en-GB",
        _ => "must be text without control characters",
    }
}

impl Registrar {
    /// Makes the account, or changes what is named.
    pub async fn apply_person(
        &self,
        described: &DescribedPerson,
        email: &EmailAddress,
    ) -> Result<PersonChange, Failure> {
        let known = self.store.find_account_by_email(email).await?;
        let Some(known) = known else { return self.create(described, email).await };
        let mut members = Vec::new();
        let claims = described.claims_over(&known.claims);
        members.extend(differences(&json!(known.claims), &json!(claims)));
        let is_verified = known.email_verified_at.is_some();
        // A proof that is there stays, whoever gave it.
        let email_verified = is_verified || described.email_verified == Some(true);
        if email_verified != is_verified {
            members.push("email_verified".to_owned());
        }
        let password_hash = self.changed_password(described, &known).await?;
        if password_hash.is_some() {
            members.push("password".to_owned());
        }
        if !members.is_empty() {
            self.put_person(known.id.clone(), email, email_verified, password_hash, claims, &members).await?;
        }
        members.extend(self.apply_membership(described, &known.id).await?);
        members.extend(self.apply_lock(described.locked, &known).await?);
        let outcome = Outcome::of_change(&members);
        Ok(PersonChange { email: email.to_string(), sub: known.id.to_string(), outcome, members })
    }

    async fn create(&self, described: &DescribedPerson, email: &EmailAddress) -> Result<PersonChange, Failure> {
        let mut draw = self.draw()?;
        let password_hash = match &described.password {
            Some(password) => Some(self.passwords.hash(password, &mut draw).await?),
            None => described.password_hash.clone(),
        };
        let claims = described.claims_over(&StandardClaims::default());
        // The word of an operator is proof enough.
        let verified = described.email_verified.unwrap_or(true);
        let id = AccountId::generate(&mut draw);
        let id = self.put_person(id, email, verified, password_hash, claims, &[]).await?;
        self.apply_membership(described, &id).await?;
        if described.locked == Some(true) {
            self.set_locked(&id, true).await?;
        }
        let outcome = Outcome::Created;
        Ok(PersonChange { email: email.to_string(), sub: id.to_string(), outcome, members: Vec::new() })
    }

    /// The hash of a password that is not the present one; a password that is stays, and with it the sessions.
    async fn changed_password(
        &self,
        described: &DescribedPerson,
        known: &Account,
    ) -> Result<Option<PasswordHash>, Failure> {
        let Some(password) = &described.password else {
            // Once there is a password, the import is history: the person's own choice, or the better hash that a
            // sign-in left, must not be undone by the next run.
            return Ok(described.password_hash.clone().filter(|_| known.password_hash.is_none()));
        };
        if let Some(stored) = &known.password_hash
            && self.passwords.verify(stored, password).await?.ok
        {
            return Ok(None);
        }
        Ok(Some(self.passwords.hash(password, &mut self.draw()?).await?))
    }

    /// Roles and groups as described; read anew, because the claims may just have been written.
    async fn apply_membership(&self, described: &DescribedPerson, id: &AccountId) -> Result<Vec<String>, Failure> {
        if described.roles.is_none() && described.groups.is_none() {
            return Ok(Vec::new());
        }
        let Some(known) = self.store.find_account(id).await? else { return Ok(Vec::new()) };
        let roles = described.roles.clone().unwrap_or_else(|| known.roles.clone());
        let groups = described.groups.clone().unwrap_or_else(|| known.groups.clone());
        self.change_membership(&known, roles, groups).await
    }

    async fn apply_lock(&self, locked: Option<bool>, known: &Account) -> Result<Option<String>, Failure> {
        let Some(locked) = locked.filter(|locked| *locked != known.disabled_at.is_some()) else { return Ok(None) };
        self.set_locked(&known.id, locked).await?;
        Ok(Some("locked".to_owned()))
    }

    /// Lets nobody in, or lets the person in again.
    pub async fn set_locked(&self, id: &AccountId, locked: bool) -> Result<(), Failure> {
        let mut audit = self.event(AuditAction::AccountLocked, &["locked".to_owned()]);
        audit.account = Some(id.clone());
        audit.detail.insert("locked".to_owned(), locked.into());
        if locked {
            self.store.set_account_disabled(id, locked, self.now(), audit).await?;
        } else {
            self.store.administer(id, Administration::Unlock, audit).await?;
        }
        Ok(())
    }

    /// Sets a password; what rested on the old one ends.
    pub async fn set_password(&self, account: &Account, password: &Password) -> Result<(), Failure> {
        let hash = self.passwords.hash(password, &mut self.draw()?).await?;
        let verified = account.email_verified_at.is_some();
        let (id, claims) = (account.id.clone(), account.claims.clone());
        self.put_person(id, &account.email, verified, Some(hash), claims, &["password".to_owned()]).await?;
        Ok(())
    }

    async fn put_person(
        &self,
        id: AccountId,
        email: &EmailAddress,
        email_verified: bool,
        password_hash: Option<PasswordHash>,
        claims: StandardClaims,
        members: &[String],
    ) -> Result<AccountId, Failure> {
        let audit = self.event(AuditAction::AccountChanged, members);
        let email = email.clone();
        let put = PutAccount { id, email, email_verified, password_hash, claims, now: audit.at, audit };
        Ok(self.store.put_account(put).await?.0)
    }
}
