//! The chain of the audit log: each entry's digest covers the digest of the one before, so that nothing can be changed,
//! removed or put elsewhere unseen.
//!
//! Personal fields do not go into the digest themselves but as commitments: salted digests in two parts, one of whose
//! account it is and the facts about it, one of who acted and from where. Erasing a part takes its fields and its salt;
//! the commitment stays, and with it the chain. Nothing here reads or writes; salts are handed in. See decision 12.

use std::fmt;

use super::audit::{AuditEntry, ChainEnd, Commitment, Seal};
use crate::base::{AccountId, Digest, Draw};

/// Says that what is digested is an entry, and in which order its fields come.
const ENTRY: &[u8] = b"doorward audit entry 1";
const SALT_BYTES: usize = 16;

/// What is drawn for the seal of one entry.
#[derive(Debug, Clone)]
pub struct Salts {
    id: String,
    subject: String,
    actor: String,
}

impl Salts {
    /// Fresh ones.
    pub fn generate(draw: &mut Draw) -> Self {
        Self {
            id: hexadecimal(&draw.bytes::<8>()),
            subject: hexadecimal(&draw.bytes::<SALT_BYTES>()),
            actor: hexadecimal(&draw.bytes::<SALT_BYTES>()),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = fmt::Write::write_fmt(&mut text, format_args!("{byte:02x}"));
        text
    })
}

/// Seals `entry` behind `end`.
///
/// It gets another id with the same time: the first one was made from its fields, so that a unit that is run again
/// writes it once, and would tell of them when they are erased.
#[must_use]
pub fn sealed(mut entry: AuditEntry, end: &ChainEnd, salts: Salts) -> AuditEntry {
    let time = entry.id.split('-').next().unwrap_or_default();
    entry.id = format!("{time}-{}", salts.id);
    let subject = commit(salts.subject, &subject_of(&entry), entry.subject_erased_at.is_some());
    let actor = commit(salts.actor, &actor_of(&entry), entry.actor_erased_at.is_some());
    let position = end.position + 1;
    let mut seal = Seal { position, previous: end.digest.clone(), digest: Digest::from_stored(""), subject, actor };
    seal.digest = digest_of(&entry, &seal);
    entry.seal = Some(seal);
    entry
}

/// Of fields that are gone already no salt is kept.
fn commit(salt: String, fields: &[String], is_erased: bool) -> Commitment {
    Commitment { digest: committed(&salt, fields), salt: (!is_erased).then_some(salt) }
}

fn committed(salt: &str, fields: &[String]) -> Digest {
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    Digest::keyed(salt.as_bytes(), &fields)
}

fn subject_of(entry: &AuditEntry) -> [String; 2] {
    let detail = serde_json::Value::Object(entry.detail.clone()).to_string();
    [present(entry.account.as_ref().map(AccountId::as_str)), detail]
}

fn actor_of(entry: &AuditEntry) -> [String; 2] {
    [present(entry.actor_id.as_ref().map(AccountId::as_str)), present(entry.ip.as_deref())]
}

/// An absent text and an empty one are not the same.
fn present(text: Option<&str>) -> String {
    text.map_or_else(String::new, |text| format!("={text}"))
}

fn digest_of(entry: &AuditEntry, seal: &Seal) -> Digest {
    let (position, at) = (seal.position.to_string(), entry.at.micros().to_string());
    let client = present(entry.client_id.as_deref());
    let parts = [
        seal.previous.as_str(),
        &position,
        &entry.id,
        &at,
        &entry.action,
        &entry.actor,
        &entry.outcome,
        &client,
        &entry.request_id,
        seal.subject.digest.as_str(),
        seal.actor.digest.as_str(),
    ];
    Digest::keyed(ENTRY, &parts)
}

/// Where the chain does not hold, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// The first position at which something is wrong.
    pub position: i64,
    /// What is wrong.
    pub why: Why,
}

/// What may be wrong with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// There is no entry at the position.
    Missing,
    /// The entry does not follow the one before.
    OutOfPlace,
    /// The entry is not the one that was sealed.
    Changed,
    /// Its account or facts are not those that were sealed.
    SubjectChanged,
    /// Its actor or address are not those that were sealed.
    ActorChanged,
    /// There are entries behind the end that is on record.
    BehindTheEnd,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let position = self.position;
        match self.why {
            Why::Missing => write!(f, "the entry at position {position} is missing"),
            Why::OutOfPlace => write!(f, "the entry at position {position} does not follow the one before"),
            Why::Changed => write!(f, "the entry at position {position} was changed"),
            Why::SubjectChanged => write!(f, "account or detail of the entry at position {position} were changed"),
            Why::ActorChanged => write!(f, "actor or address of the entry at position {position} were changed"),
            Why::BehindTheEnd => write!(f, "the entry at position {position} is not the end that is on record"),
        }
    }
}

impl std::error::Error for Broken {}

/// A walk along the chain from its beginning, entry by entry.
#[derive(Debug, Clone)]
pub struct Walk(ChainEnd);

impl Walk {
    /// Begins behind `anchor`.
    pub const fn behind(anchor: ChainEnd) -> Self {
        Self(anchor)
    }

    /// Where the walk has come to.
    pub const fn end(&self) -> &ChainEnd {
        &self.0
    }

    /// Takes the next entry, if it is the one that was sealed there.
    pub fn admit(&mut self, entry: &AuditEntry) -> Result<(), Broken> {
        let position = self.0.position + 1;
        let broken = |why| Broken { position, why };
        let seal = entry.seal.as_ref().ok_or_else(|| broken(Why::Missing))?;
        if seal.position != position {
            return Err(broken(if seal.position > position { Why::Missing } else { Why::OutOfPlace }));
        }
        if seal.previous != self.0.digest {
            return Err(broken(Why::OutOfPlace));
        }
        if seal.digest != digest_of(entry, seal) {
            return Err(broken(Why::Changed));
        }
        if !holds(&seal.subject, &subject_of(entry), &["", "{}"], entry.subject_erased_at.is_some()) {
            return Err(broken(Why::SubjectChanged));
        }
        if !holds(&seal.actor, &actor_of(entry), &["", ""], entry.actor_erased_at.is_some()) {
            return Err(broken(Why::ActorChanged));
        }
        self.0 = ChainEnd { position, digest: seal.digest.clone() };
        Ok(())
    }

    /// Whether the walk came to the end that is on record.
    pub fn arrived_at(&self, end: &ChainEnd) -> Result<(), Broken> {
        match self.0.position.cmp(&end.position) {
            std::cmp::Ordering::Less => Err(Broken { position: self.0.position + 1, why: Why::Missing }),
            std::cmp::Ordering::Equal if self.0.digest == end.digest => Ok(()),
            _ => Err(Broken { position: self.0.position, why: Why::BehindTheEnd }),
        }
    }
}

/// What was erased is blank and has no salt; what was not is what the commitment says.
fn holds(commitment: &Commitment, fields: &[String; 2], blank: &[&str; 2], is_erased: bool) -> bool {
    match &commitment.salt {
        None => is_erased && fields == blank,
        Some(salt) => !is_erased && committed(salt, fields) == commitment.digest,
    }
}

#[cfg(test)]
mod tests;
