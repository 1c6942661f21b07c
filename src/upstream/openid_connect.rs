//! The visit to a provider of OpenID Connect: sending somebody there with the code flow, and believing what comes back
//! only when all of it verifies. What Google and Microsoft do differently is theirs ([`google`], [`microsoft`]).
//!
//! OpenID Connect Core §3.1, §5.3, RFC 9207, RFC 9700 §2.1.

use oauth2::http::header::AUTHORIZATION;
use serde_json::{Map, Value};

use super::cache::Cache;
use super::connector::{Arrival, Arrived, Departure, Pending};
use super::discovery::{self, Document, Endpoints, get_json};
use super::exchange::{TokenRequest, challenge, secret};
use super::http::malformed;
use super::id_token::{self, Expect};
use super::keys::{KeySet, KeySource, Signed, unverified};
use super::line::Line;
use super::{Kind, Provider, UpstreamFailure, google, microsoft, profile};
use crate::base::bounds::LOGIN_HINT_BYTES_MAX;
use crate::base::{Draw, Sensitive};
use crate::model::upstream::{Identity, Mailbox};

const SCOPES: [&str; 3] = ["openid", "email", "profile"];

/// What was learnt of a provider, kept as long as it says.
#[derive(Default)]
pub(super) struct Learnt {
    pub(super) document: Cache<Document>,
    pub(super) keys: Cache<KeySet>,
}

/// A provider, as one visit sees it.
#[derive(Clone, Copy)]
pub(super) struct OpenIdConnect<'a> {
    pub(super) provider: &'a Provider,
    pub(super) line: Line<'a>,
    pub(super) learnt: &'a Learnt,
}

impl OpenIdConnect<'_> {
    /// The address to send the browser to.
    pub(super) async fn begin(
        &self,
        departure: &Departure<'_>,
        draw: &mut Draw,
    ) -> Result<(String, Pending), UpstreamFailure> {
        let endpoints = self.endpoints().await?;
        let pending = Pending { nonce: Some(secret(draw)), verifier: secret(draw) };
        let mut address = endpoints.authorization.clone();
        let scopes = scopes(&SCOPES, &self.provider.scopes);
        let mut parameters = address.query_pairs_mut();
        departing(&mut parameters, self.provider, departure, &scopes);
        parameters.append_pair("code_challenge", &challenge(&pending.verifier));
        if let Some(nonce) = &pending.nonce {
            parameters.append_pair("nonce", nonce.expose());
        }
        if let Some(hint) = departure.login_hint.filter(|hint| hint.len() <= LOGIN_HINT_BYTES_MAX) {
            parameters.append_pair("login_hint", hint);
        }
        if departure.select_account && endpoints.selects_accounts {
            parameters.append_pair("prompt", "select_account");
        }
        if let Some(locales) = departure.ui_locales {
            parameters.append_pair("ui_locales", locales);
        }
        if self.provider.kind == Kind::Google {
            parameters.extend_pairs(google::parameters(self.provider));
        }
        drop(parameters);
        Ok((address.into(), pending))
    }

    /// Whether an answer, be it an error, is this provider's by the issuer it names.
    pub(super) async fn check_answer(&self, iss: Option<&str>) -> Result<(), UpstreamFailure> {
        check_issuer(&self.endpoints().await?, iss)
    }

    /// Who came back.
    pub(super) async fn finish(&self, arrival: &Arrival<'_>, pending: &Pending) -> Result<Arrived, UpstreamFailure> {
        let endpoints = self.endpoints().await?;
        check_issuer(&endpoints, arrival.iss)?;
        let request = TokenRequest {
            line: self.line,
            provider: self.provider,
            address: &endpoints.token,
            auth_type: endpoints.auth_type.clone(),
        };
        let exchanged = request.exchange(arrival, pending).await?;
        let id_token = exchanged.id_token.ok_or_else(|| malformed("the tokens: no ID token"))?;
        let signed = self.keys(&endpoints).verify(id_token.expose()).await?;
        let expect = Expect {
            issuer: &endpoints.issuer,
            client_id: &self.provider.client_id,
            nonce: pending.nonce.as_ref().ok_or(unverified("the visit has no nonce"))?.expose(),
            access_token: exchanged.tokens.access_token.expose(),
            now: self.line.now,
        };
        id_token::check(&signed, &expect)?;
        let told = self.told(&endpoints, &signed, &exchanged.tokens.access_token).await?;
        Ok(Arrived { identity: self.identity(&signed, &told)?, tokens: exchanged.tokens })
    }

    /// Whether the document is the issuer's and has every address, and the keys can be used.
    pub(super) async fn look(&self) -> Result<String, UpstreamFailure> {
        let endpoints = self.endpoints().await?;
        let keys = self.keys(&endpoints).count().await?;
        if keys == 0 {
            return Err(malformed("the keys: none that can be used"));
        }
        let document = if discovery::is_given(self.provider) { "addresses as configured" } else { "document in order" };
        Ok(format!("{document}, {keys} keys"))
    }

    async fn endpoints(&self) -> Result<Endpoints, UpstreamFailure> {
        if discovery::is_given(self.provider) {
            return Endpoints::of(self.provider, None);
        }
        let document =
            self.learnt.document.get(self.line.now, Box::pin(discovery::fetch(self.line, self.provider))).await?;
        Endpoints::of(self.provider, Some(&document))
    }

    fn keys<'k>(&'k self, endpoints: &'k Endpoints) -> KeySource<'k> {
        KeySource { line: self.line, cache: &self.learnt.keys, address: &endpoints.jwks }
    }

    /// Everything the provider tells of the person: the ID token, and userinfo when that lacks an address or a name.
    async fn told(
        &self,
        endpoints: &Endpoints,
        signed: &Signed,
        access_token: &Sensitive<String>,
    ) -> Result<Map<String, Value>, UpstreamFailure> {
        let is_enough = signed.text("email").is_some() && signed.text("name").is_some();
        match &endpoints.userinfo {
            Some(address) if !is_enough => {
                Ok(together(&signed.claims, self.userinfo(address, signed, access_token).await?))
            }
            _ => Ok(signed.claims.clone()),
        }
    }

    async fn userinfo(
        &self,
        address: &str,
        signed: &Signed,
        access_token: &Sensitive<String>,
    ) -> Result<Map<String, Value>, UpstreamFailure> {
        let mut request = get_json(address)?;
        let bearer = format!("Bearer {}", access_token.expose()).parse();
        request.headers_mut().insert(AUTHORIZATION, bearer.map_err(|_| malformed("the tokens: no access token"))?);
        let answer = self.line.call(request).await?;
        let claims: Map<String, Value> = answer.json("userinfo")?;
        // 3.19, OpenID Connect Core §5.3.2: or else the access token could be another person's.
        if claims.get("sub").and_then(Value::as_str) == signed.text("sub") {
            Ok(claims)
        } else {
            Err(unverified("userinfo is about somebody else"))
        }
    }

    fn identity(&self, signed: &Signed, told: &Map<String, Value>) -> Result<Identity, UpstreamFailure> {
        let subject = id_token::subject(&signed.claims)?;
        let is_google = self.provider.kind == Kind::Google;
        let hosted_domain = google::hosted_domain(&signed.claims).filter(|_| is_google);
        Ok(Identity {
            provider: self.provider.id.clone(),
            subject: match self.provider.kind {
                Kind::Microsoft => microsoft::subject(&signed.claims, subject)?,
                _ => subject.to_owned(),
            },
            mailbox: match self.provider.kind {
                Kind::Google => google::mailbox(told, hosted_domain.as_deref()),
                Kind::Microsoft => microsoft::mailbox(told),
                _ => mailbox(told, self.provider.speaks_for_mailboxes),
            },
            claims: profile::standard_claims(told),
            hosted_domain,
            organizations: Vec::new(),
        })
    }
}

/// The parameters of every authorization request but those about secrets.
pub(super) fn departing(
    parameters: &mut url::form_urlencoded::Serializer<'_, url::UrlQuery<'_>>,
    provider: &Provider,
    departure: &Departure<'_>,
    scopes: &str,
) {
    parameters
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.client_id)
        .append_pair("redirect_uri", departure.redirect_uri)
        .append_pair("scope", scopes)
        .append_pair("state", departure.state)
        .append_pair("code_challenge_method", "S256");
}

/// What is always asked for, and what the operator wants besides.
pub(super) fn scopes(always: &[&str], further: &[String]) -> String {
    let further = further.iter().map(String::as_str).filter(|scope| !always.contains(scope));
    always.iter().copied().chain(further).collect::<Vec<_>>().join(" ")
}

// RFC 9207 §2.4, before the code is shown to anybody: an answer of another provider is not ours to exchange.
fn check_issuer(endpoints: &Endpoints, iss: Option<&str>) -> Result<(), UpstreamFailure> {
    match iss {
        Some(iss) if endpoints.issuer.permits_answer(iss) => Ok(()),
        Some(_) => Err(unverified("the answer is another issuer's")),
        None if endpoints.names_itself => Err(unverified("the answer does not name its issuer")),
        None => Ok(()),
    }
}

/// The ID token's claims, and those of userinfo that it lacks. An address and the word about it come from one place.
fn together(signed: &Map<String, Value>, userinfo: Map<String, Value>) -> Map<String, Value> {
    let mut told = signed.clone();
    let has_address = told.get("email").is_some_and(Value::is_string);
    if !has_address {
        told.remove("email");
        told.remove("email_verified");
    }
    for (name, value) in userinfo {
        let is_about_address = matches!(name.as_str(), "email" | "email_verified");
        if !(has_address && is_about_address) {
            told.entry(name).or_insert(value);
        }
    }
    told
}

/// Whether the provider says that it has seen the person read the mailbox. Only the boolean counts: a text is no word
/// that anybody specified (FED-05).
pub(super) fn is_verified(told: &Map<String, Value>) -> bool {
    told.get("email_verified") == Some(&Value::Bool(true))
}

/// The mailbox by the word of a provider that speaks for it, or does not.
pub(super) fn mailbox(told: &Map<String, Value>, speaks_for_mailboxes: bool) -> Mailbox {
    match told.get("email").and_then(Value::as_str).and_then(|text| text.parse().ok()) {
        Some(address) if speaks_for_mailboxes && is_verified(told) => Mailbox::Proven(address),
        Some(address) => Mailbox::Claimed(address),
        None => Mailbox::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn fed_05_only_a_boolean_true_of_a_provider_that_speaks_for_mailboxes_proves_one() {
        let address: crate::base::EmailAddress = "ada@example.com".parse().unwrap();
        let said = |verified: Value| map(&json!({ "email": "Ada@Example.com", "email_verified": verified }));
        assert_eq!(mailbox(&said(json!(true)), true), Mailbox::Proven(address.clone()));
        assert_eq!(mailbox(&said(json!(true)), false), Mailbox::Claimed(address.clone()));
        for other in [json!("true"), json!(1), json!(false), json!(null)] {
            assert_eq!(mailbox(&said(other), true), Mailbox::Claimed(address.clone()));
        }
        for none in [json!({}), json!({ "email": "nobody" }), json!({ "email": ["a@b.example"] })] {
            assert_eq!(mailbox(&map(&none), true), Mailbox::None);
        }
    }

    #[test]
    fn an_address_and_the_word_about_it_come_from_one_place() {
        let userinfo =
            || map(&json!({ "sub": "1", "email": "new@example.com", "email_verified": true, "name": "Ada" }));
        let told = together(&map(&json!({ "sub": "1", "email": "old@example.com" })), userinfo());
        assert_eq!(Value::Object(told), json!({ "sub": "1", "email": "old@example.com", "name": "Ada" }));
        let told = together(&map(&json!({ "sub": "1", "email_verified": false })), userinfo());
        assert_eq!(told, userinfo());
    }

    #[test]
    fn scopes_are_asked_for_once() {
        assert_eq!(scopes(&SCOPES, &["email".to_owned(), "groups".to_owned()]), "openid email profile groups");
    }
}
