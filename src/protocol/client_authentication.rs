//! Who the client is that calls the token, introspection or revocation endpoint, and its proof (RFC 6749 §2.3).
//!
//! Counting failures and slowing guessers down is not done here, nor is looking the client up. Assertions and
//! certificates are verified by whoever asks: what is left to do stands in [`Identified`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::authorization_header::{AuthorizationHeader, NotAnAuthorization};
use super::client_assertion::{JWT_BEARER, named_client};
use super::params::Parameters;
use super::reason::Reason;
use crate::base::bounds::BASIC_CREDENTIALS_BYTES_MAX;
use crate::base::{Digest, Issuer, Sensitive, Timestamp};
use crate::model::client::{AuthMethod, Client, ClientSecret};

/// What a request says about the client that makes it; nothing of it is proven yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentedCredentials {
    client_id: String,
    proof: Proof,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Proof {
    /// The secret of a Basic header, decoded, and as it stood there.
    Basic { secret: Sensitive<String>, as_sent: Sensitive<String> },
    /// The secret of the form.
    Post { secret: Sensitive<String> },
    /// An assertion, signed with a key or a secret.
    Assertion { assertion: Sensitive<String> },
    /// None.
    Nothing,
}

impl PresentedCredentials {
    /// Reads the `Authorization` fields and the form. The query is not handed in: secrets in it do not count (CLI-02).
    pub fn parse(authorization: &[&[u8]], form: &Parameters) -> Result<Self, Reason> {
        let header = AuthorizationHeader::parse(authorization).map_err(|not| match not {
            NotAnAuthorization::Repeated => Reason::ClientCredentialsRepeated,
            NotAnAuthorization::Malformed => Reason::ClientCredentialsMalformed,
        })?;
        let form_secret = form.get("client_secret");
        let assertion = form.get("client_assertion");
        let has_assertion = assertion.or(form.get("client_assertion_type")).map(|_| assertion.unwrap_or_default());
        // RFC 6749 §2.3: a client uses one method in each request.
        match (header, form_secret, has_assertion) {
            (Some(header), None, None) => Self::from_header(header, form),
            (None, Some(secret), None) => {
                Ok(Self::named(form, Proof::Post { secret: Sensitive::new(secret.to_owned()) })?)
            }
            (None, None, None) => Self::named(form, Proof::Nothing),
            (None, None, Some(assertion)) => Self::from_assertion(assertion, form),
            _ => Err(Reason::ClientCredentialsRepeated),
        }
    }

    /// The client that is claimed to ask.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Whether a client that is registered for `method` presents itself like this.
    const fn is_by(&self, method: AuthMethod) -> bool {
        match self.proof {
            Proof::Basic { .. } => matches!(method, AuthMethod::ClientSecretBasic),
            Proof::Post { .. } => matches!(method, AuthMethod::ClientSecretPost),
            Proof::Assertion { .. } => matches!(method, AuthMethod::PrivateKeyJwt | AuthMethod::ClientSecretJwt),
            // RFC 8705 §2: the proof is in the connection.
            Proof::Nothing => {
                matches!(method, AuthMethod::None | AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth)
            }
        }
    }

    /// What is still to be verified when the client is registered for `method`.
    fn pending(&self, method: AuthMethod) -> Pending {
        match (&self.proof, method) {
            (Proof::Assertion { assertion }, _) => Pending::Assertion(assertion.clone()),
            (Proof::Nothing, AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth) => Pending::Certificate,
            _ => Pending::Nothing,
        }
    }

    /// Whether the client forgot to form-encode its secret: it was refused, but the secret as sent is a right one.
    /// For the log only.
    pub fn is_right_but_not_encoded(&self, client: &Client, now: Timestamp) -> bool {
        match &self.proof {
            Proof::Basic { secret, as_sent } if secret != as_sent => matches_any(as_sent.expose(), Some(client), now),
            _ => false,
        }
    }

    fn named(form: &Parameters, proof: Proof) -> Result<Self, Reason> {
        let client_id = form.get("client_id").ok_or(Reason::ClientCredentialsMissing)?.to_owned();
        Ok(Self { client_id, proof })
    }

    // RFC 7521 §4.2: the client_id in the form may be left out, and otherwise agrees.
    fn from_assertion(assertion: &str, form: &Parameters) -> Result<Self, Reason> {
        if form.get("client_assertion_type") != Some(JWT_BEARER) {
            return Err(Reason::ClientAssertionMalformed);
        }
        let client_id = named_client(assertion)?;
        if form.get("client_id").is_some_and(|other| other != client_id) {
            return Err(Reason::ClientCredentialsRepeated);
        }
        Ok(Self { client_id, proof: Proof::Assertion { assertion: assertion.to_owned().into() } })
    }

    fn from_header(header: AuthorizationHeader<'_>, form: &Parameters) -> Result<Self, Reason> {
        let presented = header.of_scheme("Basic").and_then(parse_basic).ok_or(Reason::ClientCredentialsMalformed)?;
        // COD-04: a client_id in the form is no second opinion.
        match form.get("client_id") {
            Some(other) if other != presented.client_id => Err(Reason::ClientCredentialsRepeated),
            _ => Ok(presented),
        }
    }

    fn secret(&self) -> &str {
        match &self.proof {
            Proof::Basic { secret, .. } | Proof::Post { secret } => secret.expose(),
            Proof::Assertion { .. } | Proof::Nothing => "",
        }
    }
}

/// A client that may be who it says, and what is left to verify.
#[derive(Debug)]
pub struct Identified<'c> {
    /// The client.
    pub client: &'c Client,
    /// Until this is verified the client has proven nothing.
    pub pending: Pending,
}

/// What a client brings that is not judged here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pending {
    /// Nothing: it has proven itself, or is a public client.
    Nothing,
    /// An assertion that it should have signed (RFC 7523 §2.2).
    Assertion(Sensitive<String>),
    /// The certificate of its connection (RFC 8705 §2).
    Certificate,
}

// RFC 6749 §2.3.1, RFC 7617 §2: base64 of the form-encoded client_id, a colon, and the form-encoded secret.
fn parse_basic(credentials: &str) -> Option<PresentedCredentials> {
    if credentials.len() > BASIC_CREDENTIALS_BYTES_MAX {
        return None;
    }
    let decoded = Sensitive::new(String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?);
    let (client_id, secret) = decoded.expose().split_once(':')?;
    let client_id = form_decode(client_id);
    let proof = Proof::Basic { secret: form_decode(secret).into(), as_sent: secret.to_owned().into() };
    (!client_id.is_empty()).then_some(PresentedCredentials { client_id, proof })
}

/// What `text` stands for; what is no form encoding stands for itself.
fn form_decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().map_or_else(|_| text.to_owned(), Into::into)
}

/// Whether `presented` proves to be `client`, which was looked up by its [`PresentedCredentials::client_id`], by a
/// method that is on.
///
/// A client that does not exist costs the same work as a wrong secret and is answered alike (CLI-11).
pub fn authenticate<'c>(
    presented: &PresentedCredentials,
    client: Option<&'c Client>,
    now: Timestamp,
) -> Result<Identified<'c>, Reason> {
    let is_proven = matches_any(presented.secret(), client, now);
    let client = client.filter(|client| client.client_id == presented.client_id);
    let client = client.ok_or(Reason::ClientCredentialsOfNobody)?;
    if client.disabled_at.is_some() {
        return Err(Reason::ClientCredentialsOfDisabled);
    }
    // CLI-04, CLI-05: the registered method and no other, so that a confidential client is never taken at its word.
    let method = client.metadata.token_endpoint_auth_method;
    if !presented.is_by(method) {
        return Err(Reason::ClientMethodNotRegistered);
    }
    let pending = presented.pending(method);
    if pending == Pending::Nothing && client.is_confidential() && !is_proven {
        return Err(Reason::ClientSecretWrong);
    }
    Ok(Identified { client, pending })
}

/// Whether `secret` is one of the client's live ones. All of them are compared, in constant time, and there is always
/// one comparison.
fn matches_any(secret: &str, client: Option<&Client>, now: Timestamp) -> bool {
    let digest = Digest::of(secret);
    let decoy = Digest::from_stored(DECOY_DIGEST);
    let secrets = client.map_or(&[][..], |client| &client.secrets);
    let live = secrets.iter().filter(|own| is_live(own, now)).map(|own| &own.digest);
    live.chain([&decoy]).filter(|own| **own == digest).count() > 0
}

/// No SHA-256 digest has this spelling, so it never decides.
const DECOY_DIGEST: &str = "-------------------------------------------";

fn is_live(secret: &ClientSecret, now: Timestamp) -> bool {
    secret.expires_at.is_none_or(|end| now < end)
}

/// The `WWW-Authenticate` of a 401 that refuses a client (RFC 6749 §5.2, RFC 9110 §15.5.2).
pub fn challenge(issuer: &Issuer) -> String {
    format!("Basic realm=\"{issuer}\", charset=\"UTF-8\"")
}

#[cfg(test)]
mod tests;
