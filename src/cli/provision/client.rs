//! A client as an operator describes it: read, held against the rules, and put into the store.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::change::{ClientChange, Outcome, differences};
use super::checked::Checked;
use super::members::CLIENT;
use super::registrar::Registrar;
use super::tree::{Document, Node};
use crate::base::bounds::{CLIENT_SECRET_BYTES_MAX, CLIENT_SECRET_BYTES_MIN};
use crate::base::{Digest, Draw, OpaqueToken, Sensitive, TokenKind};
use crate::cli::failure::{Complaint, Failure};
use crate::jose::{is_sealed, seal_secret};
use crate::model::audit::AuditAction;
use crate::model::client::{AuthMethod, Client, ClientMetadata};
use crate::protocol::client_metadata::Problem;
use crate::protocol::{client_metadata, decided_members};
use crate::store::PutClient;

/// A client that keeps every rule.
#[derive(Debug, Clone)]
pub struct DescribedClient {
    /// Its id, if it was given one.
    pub client_id: Option<String>,
    /// What it shall be.
    pub metadata: ClientMetadata,
    /// The secret chosen by the operator.
    pub secret: Option<Sensitive<String>>,
}

impl DescribedClient {
    /// Reads a table; every mistake is added to `found`.
    pub fn read(document: &Document, node: &Node, found: &mut Vec<Complaint>) -> Self {
        let before = found.len();
        let mut checked = Checked::of(document, node, CLIENT, found);
        let client_id = checked.take_text("client_id");
        let secret = checked.take_text("client_secret").map(Sensitive::new);
        let metadata = read_metadata(&mut checked, found);
        check_secret(&checked, &metadata, secret.as_ref(), found);
        // A member that could not be read looks as if it were missing; complaining of that as well would mislead.
        if found.len() == before {
            let id = client_id.as_deref().unwrap_or("made-by-the-server");
            let mistakes = client_metadata::mistakes(id, &metadata);
            found.extend(mistakes.iter().map(|mistake| checked.complaint(&mistake.member, mistake.problem.expected())));
        }
        Self { client_id, metadata, secret }
    }

    fn has_secret(&self) -> bool {
        self.metadata.token_endpoint_auth_method.has_secret()
    }
}

/// Reads the members one by one, so that each that cannot be read is told.
fn read_metadata(checked: &mut Checked<'_>, found: &mut Vec<Complaint>) -> ClientMetadata {
    let mut wrong = Vec::new();
    for (path, alone) in one_by_one("", checked.values()) {
        if let Err(error) = serde_json::from_value::<ClientMetadata>(alone) {
            found.push(checked.complaint(&path, &format!("cannot be used: {error}")));
            wrong.push(path.split(['[', '.']).next().unwrap_or_default().to_owned());
        }
    }
    for name in wrong {
        checked.drop_member(&name);
    }
    // Each member was read alone a moment ago.
    serde_json::from_value(Value::Object(checked.values().clone())).unwrap_or_default()
}

/// Every value by itself, in a table of its own: members, entries of lists, members of tables.
fn one_by_one(prefix: &str, values: &Map<String, Value>) -> Vec<(String, Value)> {
    let mut alone = Vec::new();
    for (name, value) in values {
        let path = format!("{prefix}{name}");
        match value {
            Value::Array(items) => alone.extend(
                items.iter().enumerate().map(|(index, item)| (format!("{path}[{index}]"), json!({ name: [item] }))),
            ),
            Value::Object(inner) => alone.extend(
                one_by_one(&format!("{path}."), inner).into_iter().map(|(path, value)| (path, json!({ name: value }))),
            ),
            value => alone.push((path, json!({ name: value }))),
        }
    }
    alone
}

fn check_secret(
    checked: &Checked<'_>,
    metadata: &ClientMetadata,
    secret: Option<&Sensitive<String>>,
    found: &mut Vec<Complaint>,
) {
    const MAKE: &str = "leave it out and one is made and shown once, or make one with: openssl rand -hex 32";
    let Some(secret) = secret.map(Sensitive::expose) else { return };
    if metadata.token_endpoint_auth_method == AuthMethod::None {
        let complaint = checked.complaint("client_secret", "is of no use when token_endpoint_auth_method is none");
        found.push(complaint.hint("remove one of the two"));
    } else if secret.len() < CLIENT_SECRET_BYTES_MIN {
        // CLI-14
        let problem = format!("has fewer than {CLIENT_SECRET_BYTES_MIN} characters");
        found.push(checked.complaint("client_secret", &problem).hint(MAKE));
    } else if secret.len() > CLIENT_SECRET_BYTES_MAX {
        let problem = format!("has more than {CLIENT_SECRET_BYTES_MAX} characters");
        found.push(checked.complaint("client_secret", &problem).hint(MAKE));
    } else if !secret.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        // RFC 6749 §A.2: VSCHAR.
        let complaint = checked.complaint("client_secret", "has characters beyond printable ASCII");
        found.push(complaint.hint(MAKE));
    }
}

impl Registrar {
    /// Makes the client, or changes it until it is as described.
    pub async fn apply_client(&self, described: &DescribedClient, client_id: &str) -> Result<ClientChange, Failure> {
        self.check_offer(described)?;
        let known = self.store.find_client(client_id).await?;
        let mut metadata = described.metadata.clone();
        if let Some(known) = &known {
            decided_members::note(known, &mut metadata);
        }
        let mut draw = self.draw()?;
        let made = self.needs_secret(described, known.as_ref()).then(|| secret(&mut draw));
        let given = described.secret.as_ref().map(|secret| Digest::of(secret.expose()));
        let new_secret =
            made.as_ref().map(OpaqueToken::digest).or(given).filter(|digest| !holds(known.as_ref(), digest));
        let text =
            made.as_ref().map(OpaqueToken::expose).or(described.secret.as_ref().map(|secret| &**secret.expose()));
        let mut members = match &known {
            Some(known) => differences(&json!(known.metadata), &json!(metadata)),
            None => Vec::new(),
        };
        if known.is_some() && new_secret.is_some() {
            members.push("client_secret".to_owned());
        }
        let outcome = if known.is_none() { Outcome::Created } else { Outcome::of_change(&members) };
        if outcome != Outcome::Unchanged {
            let secret = new_secret.as_ref().and(text);
            self.put((client_id, &metadata), secret, 0, &members).await?;
        }
        let made_secret = made.map(|secret| secret.expose().to_owned());
        Ok(ClientChange { client_id: client_id.to_owned(), outcome, members, made_secret })
    }

    /// Refuses a client that could not authenticate here, or could not be answered as it wants.
    pub(super) fn check_offer(&self, described: &DescribedClient) -> Result<(), Failure> {
        let found = client_metadata::not_offered(&described.metadata, &self.features);
        let Some(mistake) = found.first() else { return Ok(()) };
        let of = described.client_id.as_deref().unwrap_or("the client");
        let complaint = Complaint::new(format!("The member {mistake} (in `{of}`)."));
        let hint = match mistake.problem {
            Problem::SigningAlgorithmOff => "set protocol.ps256_signatures = true, or choose another algorithm",
            _ => "switch it on under [protocol], or choose another method",
        };
        Err(complaint.hint(hint).into())
    }

    fn needs_secret(&self, described: &DescribedClient, known: Option<&Client>) -> bool {
        let has_live = known.is_some_and(|known| {
            known.secrets.iter().any(|secret| secret.expires_at.is_none_or(|end| end > self.now()))
        });
        described.has_secret() && described.secret.is_none() && !has_live
    }

    /// Gives a client a new secret; older ones count for `overlap_seconds` more (CLI-14).
    pub async fn rotate_secret(&self, client: &Client, overlap_seconds: i64) -> Result<OpaqueToken, Failure> {
        let secret = secret(&mut self.draw()?);
        let members = ["client_secret".to_owned()];
        let to = (client.client_id.as_str(), &*client.metadata);
        self.put(to, Some(secret.expose()), overlap_seconds, &members).await?;
        Ok(secret)
    }

    /// Gives a client other metadata.
    pub async fn revise(&self, client: Client, mut metadata: ClientMetadata) -> Result<(), Failure> {
        decided_members::note(&client, &mut metadata);
        let members = differences(&json!(client.metadata), &json!(metadata));
        let revised = client_metadata::revise(client, metadata, self.now());
        let revised = revised.map_err(|mistakes| {
            let complaints = mistakes.iter().map(|mistake| Complaint::new(format!("The member {mistake}.")));
            Failure::Input(complaints.collect())
        })?;
        if members.is_empty() {
            return Ok(());
        }
        self.put((&revised.client_id, &revised.metadata), None, 0, &members).await
    }

    async fn put(
        &self,
        (client_id, metadata): (&str, &ClientMetadata),
        secret: Option<&str>,
        overlap_seconds: i64,
        members: &[String],
    ) -> Result<(), Failure> {
        let now = self.now();
        let mut audit = self.event(AuditAction::ClientChanged, members);
        audit.client_id = Some(client_id.to_owned());
        let put = PutClient {
            client_id: client_id.to_owned(),
            metadata: metadata.clone(),
            new_secret: secret.map(Digest::of),
            sealed_secret: self.sealed(client_id, metadata, secret)?,
            older_secrets_until: now.plus_seconds(overlap_seconds),
            now,
            audit,
        };
        self.store.put_client(put).await?;
        Ok(())
    }

    /// The secret of a client that signs with it, sealed.
    fn sealed(
        &self,
        client_id: &str,
        metadata: &ClientMetadata,
        secret: Option<&str>,
    ) -> Result<Option<String>, Failure> {
        let Some(secret) = secret.filter(|_| is_sealed(metadata)) else { return Ok(None) };
        let Some(master_key) = &self.master_key else {
            let complaint =
                Complaint::new(format!("The secret of `{client_id}` cannot be sealed: there is no master key."));
            return Err(complaint.hint("start the server once; it makes the key").into());
        };
        Ok(Some(seal_secret(master_key, client_id, secret, &mut self.draw()?)))
    }

    /// An id for a client that was given none: letters and digits, so that it goes through every configuration file.
    pub fn client_id(&self) -> Result<String, Failure> {
        let mut text = String::new();
        for byte in self.draw()?.bytes::<16>() {
            let _ = write!(text, "{byte:02x}");
        }
        Ok(text)
    }
}

fn secret(draw: &mut Draw) -> OpaqueToken {
    OpaqueToken::generate(TokenKind::ClientSecret, draw)
}

/// Whether this is the client's newest secret already.
fn holds(known: Option<&Client>, digest: &Digest) -> bool {
    known
        .is_some_and(|known| known.secrets.iter().any(|secret| secret.digest == *digest && secret.expires_at.is_none()))
}
