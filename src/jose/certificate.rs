//! Certificates of clients (RFC 5280 §4.1, §4.2.1.6): what they are known by. Whether an authority vouches for one is
//! asked in `client_authorities`.
//!
//! RFC 8705 §2, §3.1.

use std::net::IpAddr;

use der::{AnyRef, Decode as _, Reader as _, SliceReader, Tag, Tagged as _};

use super::client_keys::{ClientKey, Material, without_leading_zeros};
use super::distinguished_name::{DistinguishedName, RelativeName};
use crate::base::Digest;
use crate::model::client::ClientMetadata;

const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const ELLIPTIC_CURVE: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// A certificate, read; nobody's word for it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    thumbprint: String,
    subject: Option<DistinguishedName>,
    alternatives: Vec<AlternativeName>,
    key: Option<Material>,
}

/// An entry of `subjectAltName` by which a client can be known.
#[derive(Debug, Clone, PartialEq, Eq)]
enum AlternativeName {
    Email(String),
    Dns(String),
    Uri(String),
    Ip(Vec<u8>),
}

/// One value of DER: its tag and its content.
type Part<'a> = (Tag, &'a [u8]);

impl Certificate {
    /// Reads a certificate; nothing when it is none.
    pub fn parse(certificate: &[u8]) -> Option<Self> {
        let whole = parts(certificate)?;
        let [(Tag::Sequence, whole)] = whole.as_slice() else { return None };
        let whole = parts(whole)?;
        let (_, body) = whole.first().filter(|(tag, _)| *tag == Tag::Sequence)?;
        let body = parts(body)?;
        // The version may be left out, and stands in front of all others.
        let fields = if body.first()?.0.is_context_specific() { &body[1..] } else { &body[..] };
        let [_serial, _algorithm, _issuer, _validity, (_, subject), (_, key), rest @ ..] = fields else { return None };
        let extensions = rest.iter().find(|(tag, _)| is_tagged(*tag, 3)).map(|(_, content)| *content);
        Some(Self {
            thumbprint: Digest::of_bytes(certificate).as_str().to_owned(),
            subject: subject_of(subject),
            alternatives: extensions.and_then(alternatives_of).unwrap_or_default(),
            key: key_of(key),
        })
    }

    /// SHA-256 over the whole of it, in base64url: `x5t#S256`.
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// Whether `key` is its public key.
    pub fn has_key(&self, key: &ClientKey) -> bool {
        self.key.as_ref() == Some(key.material())
    }

    /// Whether its subject is the one that the client is registered with.
    // RFC 8705 §2.1.2: exactly one of these is registered.
    pub fn is_of(&self, metadata: &ClientMetadata) -> bool {
        let has = |wanted: AlternativeName| self.alternatives.contains(&wanted);
        if let Some(name) = &metadata.tls_client_auth_subject_dn {
            let wanted = DistinguishedName::parse(name);
            return wanted.is_some_and(|wanted| !wanted.is_empty() && self.subject.as_ref() == Some(&wanted));
        }
        if let Some(name) = &metadata.tls_client_auth_san_dns {
            return has(AlternativeName::Dns(name.to_ascii_lowercase()));
        }
        if let Some(uri) = &metadata.tls_client_auth_san_uri {
            return has(AlternativeName::Uri(uri.clone()));
        }
        if let Some(address) = &metadata.tls_client_auth_san_ip {
            return address.parse().is_ok_and(|address| has(AlternativeName::Ip(octets(address))));
        }
        metadata.tls_client_auth_san_email.as_ref().is_some_and(|email| has(AlternativeName::Email(email.clone())))
    }
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// The values that stand one behind the other in `bytes`.
fn parts(bytes: &[u8]) -> Option<Vec<Part<'_>>> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let mut parts = Vec::new();
    while !reader.is_finished() {
        let part = AnyRef::decode(&mut reader).ok()?;
        parts.push((part.tag(), part.value()));
    }
    Some(parts)
}

fn is_tagged(tag: Tag, wanted: u8) -> bool {
    tag.is_context_specific() && tag.number().value() == wanted
}

fn subject_of(name: &[u8]) -> Option<DistinguishedName> {
    let relative = |set: &Part<'_>| -> Option<RelativeName> {
        parts(set.1)?.iter().map(|(_, pair)| attribute_of(pair)).collect::<Option<_>>()
    };
    Some(DistinguishedName::of(parts(name)?.iter().map(relative).collect::<Option<_>>()?))
}

fn attribute_of(pair: &[u8]) -> Option<(String, String)> {
    let pair = parts(pair)?;
    let [(Tag::ObjectIdentifier, kind), (tag, value)] = pair.as_slice() else { return None };
    let is_text = matches!(tag, Tag::Utf8String | Tag::PrintableString | Tag::Ia5String);
    let value = std::str::from_utf8(value).ok().filter(|_| is_text)?;
    Some((dotted(kind)?, value.to_owned()))
}

/// An object identifier in numbers (X.690 §8.19).
fn dotted(identifier: &[u8]) -> Option<String> {
    let mut numbers: Vec<u64> = Vec::new();
    let mut number: u64 = 0;
    for byte in identifier {
        number = number.checked_mul(128)?.checked_add(u64::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            numbers.push(number);
            number = 0;
        }
    }
    let first = *numbers.first()?;
    let root = (first / 40).min(2);
    let rest = numbers[1..].iter().map(u64::to_string);
    Some([root.to_string(), (first - 40 * root).to_string()].into_iter().chain(rest).collect::<Vec<_>>().join("."))
}

fn alternatives_of(extensions: &[u8]) -> Option<Vec<AlternativeName>> {
    let list = parts(extensions)?;
    let (_, list) = list.first()?;
    for (_, extension) in parts(list)? {
        let extension = parts(extension)?;
        let [(_, kind), .., (Tag::OctetString, content)] = extension.as_slice() else { continue };
        if *kind == SUBJECT_ALT_NAME {
            let names = parts(content)?;
            let (_, names) = names.first()?;
            return Some(parts(names)?.iter().filter_map(alternative_of).collect());
        }
    }
    None
}

// RFC 5280 §4.2.1.6: rfc822Name [1], dNSName [2], uniformResourceIdentifier [6], iPAddress [7]
fn alternative_of((tag, content): &Part<'_>) -> Option<AlternativeName> {
    let text = || String::from_utf8(content.to_vec()).ok();
    if !tag.is_context_specific() {
        return None;
    }
    match tag.number().value() {
        1 => text().map(AlternativeName::Email),
        2 => text().map(|name| AlternativeName::Dns(name.to_ascii_lowercase())),
        6 => text().map(AlternativeName::Uri),
        7 => Some(AlternativeName::Ip(content.to_vec())),
        _ => None,
    }
}

/// The public key of a SubjectPublicKeyInfo; nothing when it is of a kind that no JWK of a client is.
fn key_of(info: &[u8]) -> Option<Material> {
    let info = parts(info)?;
    let [(_, algorithm), (Tag::BitString, bits)] = info.as_slice() else { return None };
    // The first octet says how many bits of the last do not count: none.
    let key = bits.strip_prefix(&[0])?;
    let algorithm = parts(algorithm)?;
    match algorithm.as_slice() {
        [(_, RSA), ..] => rsa_of(key),
        [(_, ELLIPTIC_CURVE), (_, P256)] => Some(Material::P256(key.to_vec())),
        [(_, ELLIPTIC_CURVE), (_, P384)] => Some(Material::P384(key.to_vec())),
        [(_, ED25519)] => Some(Material::Ed25519(key.to_vec())),
        _ => None,
    }
}

fn rsa_of(key: &[u8]) -> Option<Material> {
    let whole = parts(key)?;
    let numbers = parts(whole.first()?.1)?;
    let [(Tag::Integer, n), (Tag::Integer, e)] = numbers.as_slice() else { return None };
    Some(Material::Rsa { n: without_leading_zeros(n.to_vec()), e: without_leading_zeros(e.to_vec()) })
}

#[cfg(test)]
mod tests;
