//! `user`: people.

use serde_json::{Map, Value, json};

use super::arguments::{Place, User as Command, UserAdd};
use super::desk::{Desk, Makes};
use super::failure::{Complaint, Failure};
use super::grants::{self, Whose};
use super::membership::{self, Kind};
use super::output::{self, moment, row};
use super::provision::{DescribedPerson, Document, Registrar, parse_password};
use crate::base::bounds::LIST_ROWS;
use crate::base::{Draw, EmailAddress, Sensitive};
use crate::model::account::{ADMIN, Account};
use crate::model::audit::AuditAction;
use crate::model::deletion::Deletion;
use crate::model::upstream::{LinkedIdentity, UnblockIdentity, UnlinkIdentity, UnlinkOutcome};

/// Carries out one of the commands.
pub async fn run(place: &Place, command: &Command) -> Result<(), Failure> {
    let described = match command {
        Command::Add(add) => Some(describe(add)?),
        _ => None,
    };
    let makes = if described.is_some() { Makes::Database } else { Makes::Nothing };
    let desk = Desk::open_migrated(place, makes).await?;
    let registrar = desk.registrar()?;
    let done = match (described, command) {
        (Some(described), Command::Add(add)) => add_person(&registrar, described, add).await,
        // Boxed: it is as large as the largest of the commands.
        _ => Box::pin(carry_out(&registrar, command)).await,
    };
    desk.store.shutdown().await;
    done
}

async fn carry_out(registrar: &Registrar, command: &Command) -> Result<(), Failure> {
    match command {
        Command::List { search, json } => list(registrar, search.as_deref().unwrap_or_default(), json.json).await,
        Command::Search { text, json } => search(registrar, text, json.json).await,
        Command::Show { email, json } => show(registrar, &find(registrar, email).await?, json.json).await,
        // Its description was read before the database was opened.
        Command::Add(_) => Ok(()),
        Command::Role(change) => membership::change(registrar, change, Kind::Roles).await,
        Command::Group(change) => membership::change(registrar, change, Kind::Groups).await,
        Command::Verify { email } => verify(registrar, &find(registrar, email).await?).await,
        Command::Lock { email } => lock(registrar, &find(registrar, email).await?, true).await,
        Command::Unlock { email } => lock(registrar, &find(registrar, email).await?, false).await,
        Command::Unblock { email, provider } => unblock(registrar, &find(registrar, email).await?, provider).await,
        Command::Unlink { email, provider } => unlink(registrar, &find(registrar, email).await?, provider).await,
        Command::Grants { email, grants } => {
            grants::run(registrar, Whose::Person(&find(registrar, email).await?.id), grants).await
        }
        Command::Delete { email } => delete(registrar, &find(registrar, email).await?).await,
        Command::Password { email, generate } => password(registrar, &find(registrar, email).await?, *generate).await,
    }
}

/// A person to be made, with the password that the answer repeats.
struct ToBeMade {
    described: DescribedPerson,
    password: Option<Sensitive<String>>,
}

/// What the options or the JSON describe.
fn describe(add: &UserAdd) -> Result<ToBeMade, Failure> {
    let document = match &add.json {
        Some(path) => output::read(path)?,
        None => from_options(add),
    };
    let node = document.read_json().map_err(Failure::Input)?;
    let mut found = Vec::new();
    let described = DescribedPerson::read(&document, &node, &mut found);
    let password = node.text("password").map(|text| Sensitive::new(text.to_owned()));
    if found.is_empty() { Ok(ToBeMade { described, password }) } else { Err(Failure::input(found)) }
}

/// The options as the members they stand for, so that one set of rules serves both.
fn from_options(add: &UserAdd) -> Document {
    let given = [("email", &add.email), ("name", &add.name)].into_iter();
    let mut members: Map<String, Value> =
        given.filter_map(|(name, text)| Some((name.to_owned(), json!(text.as_ref()?)))).collect();
    if add.admin {
        members.insert("roles".to_owned(), json!([ADMIN]));
    }
    Document { name: "the options".to_owned(), text: Value::Object(members).to_string() }
}

/// Five groups of four letters and digits that are not mistaken for one another: 100 bits.
fn make_password(draw: &mut Draw) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut group = || (0..4).map(|_| char::from(LETTERS[draw.below(32) as usize])).collect::<String>();
    (0..5).map(|_| group()).collect::<Vec<_>>().join("-")
}

async fn add_person(registrar: &Registrar, mut made: ToBeMade, add: &UserAdd) -> Result<(), Failure> {
    // A description without an address was complained of before.
    let Some(email) = made.described.email.clone() else { return Ok(()) };
    if registrar.store.find_account_by_email(&email).await?.is_some() {
        let complaint = Complaint::new(format!("There is a person `{email}` already."));
        return Err(complaint.hint("change them with `doorward apply`, or `doorward user password`").into());
    }
    if add.generate_password {
        let text = make_password(&mut registrar.draw()?);
        made.described.password = parse_password(&text).ok();
        made.password = Some(Sensitive::new(text));
    }
    registrar.apply_person(&made.described, &email).await?;
    let account = find(registrar, email.as_str()).await?;
    if add.json.is_some() {
        let mut value = shown(&account, None);
        if let Some(password) = &made.password {
            value["password"] = json!(password.expose());
        }
        return output::json(&value);
    }
    let mut rows = vec![row(["email", email.as_str()]), row(["sub", account.id.as_str()])];
    rows.extend(made.password.map(|password| row(["password", password.expose()])));
    output::lines(output::columns(&rows))
}

/// The person with this address, who must be there.
pub(super) async fn find(registrar: &Registrar, email: &str) -> Result<Account, Failure> {
    let absent = || -> Failure {
        let complaint = Complaint::new(format!("There is no person {}.", crate::config::quoted(email)));
        complaint.hint("doorward user list shows everybody").into()
    };
    let address: EmailAddress = email.parse().map_err(|_| absent())?;
    registrar.store.find_account_by_email(&address).await?.ok_or_else(absent)
}

async fn list(registrar: &Registrar, search: &str, as_json: bool) -> Result<(), Failure> {
    let search = search.to_ascii_lowercase();
    let mut accounts: Vec<Account> = Vec::new();
    loop {
        let after = accounts.last().map_or_else(String::new, |account| account.email.to_string());
        let page = registrar.store.search_accounts(&search, &after, LIST_ROWS).await?;
        if page.is_empty() {
            break;
        }
        accounts.extend(page);
    }
    list_all(registrar, &accounts, as_json).await
}

async fn search(registrar: &Registrar, text: &str, as_json: bool) -> Result<(), Failure> {
    let rows = usize::try_from(LIST_ROWS).unwrap_or(usize::MAX);
    let (mut accounts, mut next) = (Vec::new(), Some(String::new()));
    while let Some(after) = next {
        let page = registrar.store.look_for_accounts(text, &after, rows).await?;
        accounts.extend(page.accounts);
        next = page.next;
    }
    list_all(registrar, &accounts, as_json).await
}

async fn list_all(registrar: &Registrar, accounts: &[Account], as_json: bool) -> Result<(), Failure> {
    let mut values = Vec::with_capacity(accounts.len());
    let mut rows = vec![row(["EMAIL", "NAME", "STATE", "SINCE", "SUB"])];
    for account in accounts {
        let deletion = deletion_of(registrar, account).await?;
        let name = account.claims.name.as_deref().unwrap_or("-");
        let state = state(account, deletion.as_ref());
        rows.push(row([account.email.as_str(), name, state, &moment(account.created_at), account.id.as_str()]));
        values.push(shown(account, deletion.as_ref()));
    }
    if as_json {
        return output::json(&json!({ "people": values }));
    }
    output::lines(output::columns(&rows))
}

/// The deletion that waits for a disabled account.
async fn deletion_of(registrar: &Registrar, account: &Account) -> Result<Option<Deletion>, Failure> {
    if account.disabled_at.is_none() {
        return Ok(None);
    }
    Ok(registrar.store.find_deletion_of(&account.id).await?)
}

/// A person under the claim names, with what only an operator sees.
fn shown(account: &Account, deletion: Option<&Deletion>) -> Value {
    let mut members = match json!(account.claims) {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    for (name, value) in [
        ("sub", json!(account.id.as_str())),
        ("email", json!(account.email.as_str())),
        ("email_verified", json!(account.email_verified_at.is_some())),
        ("updated_at", json!(account.updated_at.seconds())),
        ("created_at", json!(account.created_at.seconds())),
        ("locked", json!(account.disabled_at.is_some())),
        ("has_password", json!(account.password_hash.is_some())),
        ("roles", json!(account.roles)),
        ("groups", json!(account.groups)),
    ] {
        members.insert(name.to_owned(), value);
    }
    if let Some(deletion) = deletion {
        members.insert("erased_from".to_owned(), json!(deletion.expires_at.seconds()));
    }
    Value::Object(members)
}

async fn show(registrar: &Registrar, account: &Account, as_json: bool) -> Result<(), Failure> {
    let deletion = deletion_of(registrar, account).await?;
    let ties = registrar.store.list_identities(&account.id).await?;
    let mut value = shown(account, deletion.as_ref());
    if as_json {
        value["identities"] = ties.iter().map(tie).collect();
        return output::json(&value);
    }
    let mut rows = output::members(&value);
    rows.push(row(["created", &moment(account.created_at)]));
    rows.push(row(["updated", &moment(account.updated_at)]));
    rows.extend(deletion.map(|deletion| row(["erased from", &moment(deletion.expires_at)])));
    rows.extend(ties.iter().map(|tie| row(["identity", &told(tie)])));
    output::lines(output::columns(&rows))
}

/// A provider's person who opens the account.
fn tie(tie: &LinkedIdentity) -> Value {
    json!({
        "provider": tie.provider,
        "subject": tie.subject,
        "shown_as": tie.shown_as,
        "linked_at": tie.linked_at.seconds(),
        "last_used_at": tie.last_used_at.seconds(),
        "blocked": tie.blocked_at.is_some(),
    })
}

/// The same in a line. What the provider calls the person is the provider's word, so it stands in quotes.
fn told(tie: &LinkedIdentity) -> String {
    let who = crate::config::quoted(tie.shown_as.as_deref().unwrap_or(&tie.subject));
    let blocked = tie.blocked_at.map_or("", |_| ", blocked");
    format!("{} {who} since {}{blocked}", tie.provider, moment(tie.linked_at))
}

const fn state(account: &Account, deletion: Option<&Deletion>) -> &'static str {
    match (account.disabled_at, account.email_verified_at) {
        (Some(_), _) if deletion.is_some() => "deleted",
        (Some(_), _) => "locked",
        (None, None) => "unverified",
        (None, Some(_)) => "active",
    }
}

async fn verify(registrar: &Registrar, account: &Account) -> Result<(), Failure> {
    let mut audit = registrar.event(AuditAction::AddressVerified, &["email_verified".to_owned()]);
    audit.account = Some(account.id.clone());
    let is_new = registrar.store.mark_verified(&account.id, audit.at, audit).await?;
    say(account, if is_new { "verified" } else { "unchanged: verified already" })
}

async fn lock(registrar: &Registrar, account: &Account, locked: bool) -> Result<(), Failure> {
    let is_locked = account.disabled_at.is_some();
    if is_locked && locked {
        return say(account, "unchanged: locked already");
    }
    registrar.set_locked(&account.id, locked).await?;
    say(
        account,
        match (is_locked, locked) {
            (_, true) => "locked",
            (true, false) => "unlocked",
            (false, false) => "not locked; failed tries are forgotten",
        },
    )
}

/// The ties of a person to people of one provider; there is one at least.
async fn ties(registrar: &Registrar, account: &Account, provider: &str) -> Result<Vec<LinkedIdentity>, Failure> {
    let mut ties = registrar.store.list_identities(&account.id).await?;
    ties.retain(|tie| tie.provider.as_str() == provider);
    if ties.is_empty() {
        let complaint =
            Complaint::new(format!("{} is not tied to {}.", account.email, crate::config::quoted(provider)));
        return Err(complaint.hint("`doorward user show` lists the ties").into());
    }
    Ok(ties)
}

async fn unlink(registrar: &Registrar, account: &Account, provider: &str) -> Result<(), Failure> {
    for tie in ties(registrar, account, provider).await? {
        let mut audit = registrar.event(AuditAction::IdentityUnlinked, &[]);
        audit.account = Some(account.id.clone());
        audit.detail.insert("idp".to_owned(), tie.provider.as_str().into());
        let write = UnlinkIdentity {
            provider: tie.provider,
            subject: tie.subject,
            account: account.id.clone(),
            generation: account.generation,
            has_other_way: registrar.mails_codes,
            notice: None,
            audit,
        };
        if let Some(complaint) = still_tied(registrar.store.unlink_identity(write).await?, &account.email) {
            return Err(complaint.into());
        }
    }
    say(account, "unlinked")
}

/// Why a tie was not cut; nothing when it is gone, whoever cut it.
fn still_tied(outcome: UnlinkOutcome, email: &EmailAddress) -> Option<Complaint> {
    match outcome {
        UnlinkOutcome::Unlinked | UnlinkOutcome::Absent => None,
        UnlinkOutcome::Overtaken => {
            let complaint = Complaint::new(format!("The account of {email} was changed meanwhile."));
            Some(complaint.hint("look with `doorward user show`, and repeat"))
        }
        UnlinkOutcome::LastWayIn => {
            let complaint = Complaint::new(format!("Nothing else opens the account of {email}."));
            Some(complaint.hint("set a password first: doorward user password"))
        }
    }
}

async fn unblock(registrar: &Registrar, account: &Account, provider: &str) -> Result<(), Failure> {
    let mut is_done = false;
    for tie in ties(registrar, account, provider).await? {
        let mut audit = registrar.event(AuditAction::IdentityUnblocked, &[]);
        audit.account = Some(account.id.clone());
        audit.detail.insert("idp".to_owned(), tie.provider.as_str().into());
        let LinkedIdentity { provider, subject, account, .. } = tie;
        is_done |= registrar
            .store
            .unblock_identity(UnblockIdentity { provider, subject, account, notice: None, audit })
            .await?;
    }
    say(account, if is_done { "unblocked" } else { "unchanged: not blocked" })
}

async fn delete(registrar: &Registrar, account: &Account) -> Result<(), Failure> {
    let mut audit = registrar.event(AuditAction::AccountDeleted, &[]);
    audit.account = Some(account.id.clone());
    registrar.store.delete_account(&account.id, audit).await?;
    say(account, "deleted")
}

async fn password(registrar: &Registrar, account: &Account, generate: bool) -> Result<(), Failure> {
    let text = Sensitive::new(if generate {
        make_password(&mut registrar.draw()?)
    } else {
        output::read_line("New password: ")?
    });
    let parsed = parse_password(text.expose());
    let parsed = parsed.map_err(|problem| Failure::Input(vec![Complaint::new(format!("The password {problem}."))]))?;
    registrar.set_password(account, &parsed).await?;
    if generate {
        return output::lines(output::columns(&[
            row(["email", account.email.as_str()]),
            row(["password", text.expose()]),
        ]));
    }
    say(account, "updated: password")
}

fn say(account: &Account, what: &str) -> Result<(), Failure> {
    output::lines([format!("person {} {what}", account.email)])
}
