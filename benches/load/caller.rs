//! How a client proves itself: by secret, by an assertion it signs (RFC 7523 §2.2), by nothing; and, where it is asked
//! to, by a proof of possession with each request (RFC 9449).
//!
//! Assertions and proofs are made anew for each request, as they must be. That is this driver's time and not the
//! server's, whose own is read from the kernel; the column `driver` shows what it takes.

use std::time::SystemTime;

use jsonwebtoken::Algorithm;

use crate::http::{Request, Wrong, random};
use crate::key::{Key, digest};
use crate::person::TokenAnswer;
use crate::site::{Client, Method};
use crate::tokens::{Claims, Kind, Tokens};

/// The `client_assertion_type` of RFC 7523 §2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How long an assertion is good, in seconds.
const ASSERTION_SECONDS: u64 = 60;

/// A client that makes requests; with a key of its own, it proves to have it with each.
pub struct Caller {
    /// The client.
    pub client: Client,
    issuer: String,
    key: Option<Key>,
}

impl Caller {
    /// A client that makes no proofs.
    pub fn new(client: Client, issuer: &str) -> Self {
        Self { client, issuer: issuer.to_owned(), key: None }
    }

    /// A client that proves to have `key`.
    pub fn with_key(client: Client, issuer: &str, key: Key) -> Self {
        Self { key: Some(key), ..Self::new(client, issuer) }
    }

    /// The form of `fields`, sent to `path`, by the client.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
        let mut request = Request::post(path);
        if let Some(key) = &self.key {
            request = request.header("dpop", &self.proof(key, "POST", path, None));
        }
        match self.client.method {
            Method::Secret => request.basic(self.client.id, self.client.secret).form(fields),
            Method::Public => request.form(&[fields, &[("client_id", self.client.id)]].concat()),
            Method::Es256 | Method::EdDsa => {
                let assertion = self.assertion();
                let own = [("client_assertion_type", JWT_BEARER), ("client_assertion", &assertion)];
                request.form(&[fields, &own].concat())
            }
        }
    }

    /// A GET of `path` with an access token (RFC 6750 §2.1, RFC 9449 §7.1).
    pub fn get(&self, path: &str, access_token: &str) -> Vec<u8> {
        let request = Request::get(path);
        match &self.key {
            None => request.bearer(access_token).end(),
            Some(key) => {
                let proof = self.proof(key, "GET", path, Some(access_token));
                request.header("authorization", &format!("DPoP {access_token}")).header("dpop", &proof).end()
            }
        }
    }

    /// The access token's claims, when it is of the kind and bound to the key that were asked for.
    pub fn check(&self, answer: &TokenAnswer, tokens: &Tokens, alg: Algorithm) -> Result<Claims, Wrong> {
        let expected = if self.key.is_some() { "DPoP" } else { "Bearer" };
        if answer.token_type != expected {
            return Err(Wrong::answer(expected, &*answer.token_type));
        }
        let claims = tokens.check(&answer.access_token, Kind::AccessToken, alg)?;
        let bound = claims.cnf.as_ref().map(|cnf| cnf.jkt.as_str());
        if bound != self.key.as_ref().map(Key::thumbprint) {
            return Err(Wrong::answer("a token bound to our key alone", format!("{claims:?}")));
        }
        Ok(claims)
    }

    fn assertion(&self) -> String {
        let (id, issuer, now, jti) = (self.client.id, &self.issuer, now(), random());
        let end = now + ASSERTION_SECONDS;
        let claims = format!(r#"{{"iss":"{id}","sub":"{id}","aud":"{issuer}","iat":{now},"exp":{end},"jti":"{jti}"}}"#);
        self.client.method.registered_key().assertion(&claims)
    }

    fn proof(&self, key: &Key, method: &str, path: &str, access_token: Option<&str>) -> String {
        let (issuer, now, jti) = (&self.issuer, now(), random());
        let ath = access_token.map_or_else(String::new, |token| format!(r#","ath":"{}""#, digest(token)));
        key.proof(&format!(r#"{{"htm":"{method}","htu":"{issuer}{path}","iat":{now},"jti":"{jti}"{ath}}}"#))
    }
}

fn now() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs())
}
