//! `client`: the applications people sign in to.

use serde_json::{Map, Value, json};

use super::arguments::{Client as Command, ClientAdd, InitialToken, Place};
use super::desk::{Desk, Makes};
use super::failure::{Complaint, Failure};
use super::grants::{self, Whose};
use super::output::{self, moment, row};
use super::provision::{DescribedClient, Document, Registrar};
use crate::base::bounds::LIST_ROWS;
use crate::base::{OpaqueToken, RedirectUri, TokenKind};
use crate::model::audit::AuditAction;
use crate::model::client::{AuthMethod, Client, GrantType};

/// Carries out one of the commands.
pub async fn run(place: &Place, command: &Command) -> Result<(), Failure> {
    let makes = if matches!(command, Command::Add(_) | Command::Token(_)) { Makes::Database } else { Makes::Nothing };
    let described = match command {
        Command::Add(add) => Some(describe(add)?),
        _ => None,
    };
    let desk = Desk::open_migrated(place, makes).await?;
    let registrar = desk.registrar()?;
    let done = match described {
        Some(described) => add(&registrar, &described, is_json(command)).await,
        None => carry_out(&registrar, command).await,
    };
    desk.store.shutdown().await;
    done
}

fn is_json(command: &Command) -> bool {
    matches!(command, Command::Add(add) if add.json.is_some())
}

async fn carry_out(registrar: &Registrar, command: &Command) -> Result<(), Failure> {
    match command {
        Command::List(json) => list(registrar, json.json).await,
        Command::Show { client_id, json } => show(&find(registrar, client_id).await?, json.json),
        // Its description was read before the database was opened.
        Command::Add(_) => Ok(()),
        Command::Grants { client_id, grants } => {
            let client = find(registrar, client_id).await?;
            grants::run(registrar, Whose::Client(&client.client_id), grants).await
        }
        Command::Secret { client_id, overlap_hours, json } => {
            rotate(registrar, client_id, *overlap_hours, json.json).await
        }
        Command::AddRedirect { client_id, redirect_uri, post_logout } => {
            add_redirect(registrar, client_id, redirect_uri, *post_logout).await
        }
        Command::Disable { client_id } => set_disabled(registrar, client_id, true).await,
        Command::Enable { client_id } => set_disabled(registrar, client_id, false).await,
        Command::Delete { client_id } => delete(registrar, client_id).await,
        Command::Token(InitialToken::New { uses, days, json }) => {
            initial_token(registrar, *uses, *days, json.json).await
        }
    }
}

/// What the options or the JSON describe.
fn describe(add: &ClientAdd) -> Result<DescribedClient, Failure> {
    let document = match &add.json {
        Some(path) => output::read(path)?,
        None => from_options(add),
    };
    let node = document.read_json().map_err(Failure::Input)?;
    let mut found = Vec::new();
    let described = DescribedClient::read(&document, &node, &mut found);
    if found.is_empty() { Ok(described) } else { Err(Failure::input(found)) }
}

/// The options as the members they stand for, so that one set of rules serves both.
fn from_options(add: &ClientAdd) -> Document {
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
    for (name, text) in [("client_id", &add.id), ("client_name", &add.name), ("scope", &add.scope)] {
        if let Some(text) = text {
            set(name, json!(text));
        }
    }
    set("redirect_uris", json!(add.redirect_uri));
    set("post_logout_redirect_uris", json!(add.post_logout_redirect_uri));
    if add.public {
        set("token_endpoint_auth_method", json!("none"));
    }
    if add.native {
        set("application_type", json!("native"));
    }
    let usual = [GrantType::AuthorizationCode, GrantType::RefreshToken].map(GrantType::as_str);
    set("grant_types", if add.grant_type.is_empty() { json!(usual) } else { json!(add.grant_type) });
    if add.first_party {
        set("doorward", json!({ "first_party": true }));
    }
    Document { name: "the options".to_owned(), text: Value::Object(members).to_string() }
}

async fn add(registrar: &Registrar, described: &DescribedClient, as_json: bool) -> Result<(), Failure> {
    let client_id = match &described.client_id {
        Some(client_id) => client_id.clone(),
        None => registrar.client_id()?,
    };
    if registrar.store.find_client(&client_id).await?.is_some() {
        let complaint = Complaint::new(format!("There is a client `{client_id}` already."));
        return Err(complaint.hint("change it with `doorward apply`, or choose another client_id").into());
    }
    let change = registrar.apply_client(described, &client_id).await?;
    let client = find(registrar, &client_id).await?;
    let given = described.secret.as_ref().map(|secret| secret.expose().clone());
    let secret = change.made_secret.or(given);
    if as_json {
        return output::json(&registration(&client, secret.as_deref()));
    }
    let mut rows = vec![row(["client_id", &client_id])];
    rows.extend(secret.map(|secret| row(["client_secret", &secret])));
    output::lines(output::columns(&rows))
}

/// The answer of a registration (RFC 7591 §3.2.1).
fn registration(client: &Client, secret: Option<&str>) -> Value {
    let mut members = match json!(client.metadata) {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    members.insert("client_id".to_owned(), json!(client.client_id));
    members.insert("client_id_issued_at".to_owned(), json!(client.created_at.seconds()));
    if let Some(secret) = secret {
        members.insert("client_secret".to_owned(), json!(secret));
        // RFC 7591 §3.2.1: 0 says that it does not expire.
        members.insert("client_secret_expires_at".to_owned(), json!(0));
    }
    Value::Object(members)
}

async fn find(registrar: &Registrar, client_id: &str) -> Result<Client, Failure> {
    registrar.store.find_client(client_id).await?.ok_or_else(|| absent(client_id))
}

fn absent(client_id: &str) -> Failure {
    Complaint::new(format!("There is no client `{client_id}`.")).hint("doorward client list shows all of them").into()
}

async fn list(registrar: &Registrar, as_json: bool) -> Result<(), Failure> {
    let mut clients: Vec<Client> = Vec::new();
    loop {
        let after = clients.last().map_or_else(String::new, |client| client.client_id.clone());
        let page = registrar.store.list_clients(&after, LIST_ROWS).await?;
        if page.is_empty() {
            break;
        }
        clients.extend(page);
    }
    if as_json {
        return output::json(&json!({ "clients": clients.iter().map(shown).collect::<Vec<_>>() }));
    }
    let mut rows = vec![row(["CLIENT_ID", "NAME", "KIND", "STATE"])];
    rows.extend(
        clients.iter().map(|client| row([&client.client_id, client.display_name(), kind(client), state(client)])),
    );
    output::lines(output::columns(&rows))
}

fn shown(client: &Client) -> Value {
    let mut value = registration(client, None);
    value["disabled"] = json!(client.disabled_at.is_some());
    value
}

fn kind(client: &Client) -> &'static str {
    match client.metadata.token_endpoint_auth_method {
        AuthMethod::None => "public",
        _ => "confidential",
    }
}

const fn state(client: &Client) -> &'static str {
    if client.disabled_at.is_some() { "disabled" } else { "enabled" }
}

fn show(client: &Client, as_json: bool) -> Result<(), Failure> {
    let value = shown(client);
    if as_json {
        return output::json(&value);
    }
    let mut rows = output::members(&value);
    rows.push(row(["created", &moment(client.created_at)]));
    rows.push(row(["updated", &moment(client.updated_at)]));
    for secret in &client.secrets {
        let end = secret.expires_at.map_or_else(String::new, |end| format!(", counts until {}", moment(end)));
        rows.push(row(["secret", &format!("made {}{end}", moment(secret.created_at))]));
    }
    output::lines(output::columns(&rows))
}

async fn rotate(registrar: &Registrar, client_id: &str, overlap_hours: u16, as_json: bool) -> Result<(), Failure> {
    const HOUR: i64 = 3_600;
    let client = find(registrar, client_id).await?;
    if !client.metadata.token_endpoint_auth_method.has_secret() {
        let complaint = Complaint::new(format!("The client `{client_id}` has no secret."));
        return Err(complaint
            .hint("a client that can keep one has token_endpoint_auth_method client_secret_basic")
            .into());
    }
    let secret = registrar.rotate_secret(&client, i64::from(overlap_hours) * HOUR).await?;
    if as_json {
        let answer = json!({ "client_id": client_id, "client_secret": secret.expose(), "client_secret_expires_at": 0 });
        return output::json(&answer);
    }
    output::lines(output::columns(&[row(["client_id", client_id]), row(["client_secret", secret.expose()])]))
}

async fn add_redirect(registrar: &Registrar, client_id: &str, text: &str, post_logout: bool) -> Result<(), Failure> {
    let client = find(registrar, client_id).await?;
    let uri = RedirectUri::parse(text).map_err(|problem| {
        let sentence = format!("{} cannot be registered: {problem}.", crate::config::quoted(text));
        Failure::Input(vec![Complaint::new(sentence)])
    })?;
    let mut metadata = client.metadata.clone();
    let list = if post_logout { &mut metadata.post_logout_redirect_uris } else { &mut metadata.redirect_uris };
    if list.contains(&uri) {
        return output::lines([format!("client {client_id} unchanged")]);
    }
    list.push(uri);
    registrar.revise(client, *metadata).await?;
    output::lines([format!("client {client_id} updated")])
}

async fn set_disabled(registrar: &Registrar, client_id: &str, disabled: bool) -> Result<(), Failure> {
    let word = if disabled { "disabled" } else { "enabled" };
    let client = find(registrar, client_id).await?;
    if client.disabled_at.is_some() == disabled {
        return output::lines([format!("client {client_id} unchanged: it is {word} already")]);
    }
    let mut audit = registrar.event(AuditAction::ClientChanged, &[word.to_owned()]);
    audit.client_id = Some(client_id.to_owned());
    if !registrar.store.set_client_disabled(client_id, disabled, audit.at, audit).await? {
        return Err(absent(client_id));
    }
    output::lines([format!("client {client_id} {word}")])
}

async fn delete(registrar: &Registrar, client_id: &str) -> Result<(), Failure> {
    let mut audit = registrar.event(AuditAction::ClientChanged, &["deleted".to_owned()]);
    audit.client_id = Some(client_id.to_owned());
    if !registrar.store.delete_client(client_id, audit).await? {
        return Err(absent(client_id));
    }
    output::lines([format!("client {client_id} deleted")])
}

/// An initial access token (RFC 7591 §3).
async fn initial_token(registrar: &Registrar, uses: u32, days: u32, as_json: bool) -> Result<(), Failure> {
    const DAY: i64 = 86_400;
    let token = OpaqueToken::generate(TokenKind::InitialAccess, &mut registrar.draw()?);
    let audit = registrar.event(AuditAction::ClientChanged, &["initial_access_token".to_owned()]);
    let expires_at = audit.at.plus_seconds(i64::from(days) * DAY);
    registrar.store.add_initial_access_token(token.digest(), uses, expires_at, audit).await?;
    if as_json {
        let answer =
            json!({ "initial_access_token": token.expose(), "uses": uses, "expires_at": expires_at.seconds() });
        return output::json(&answer);
    }
    let (uses, end) = (uses.to_string(), moment(expires_at));
    let rows = [row(["initial_access_token", token.expose()]), row(["uses", &uses]), row(["counts until", &end])];
    output::lines(output::columns(&rows))
}
