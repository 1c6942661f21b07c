//! Who calls the JSON interface: a program by an access token, or a browser by its session cookie.
//!
//! A token opens what its scope opens at userinfo. What else a person may do, only their own browser and the operator's
//! own apps do for them.

use std::sync::Arc;

use poem::Request;
use poem::http::{HeaderValue, header};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use serde_json::{Map, Value};

use super::problem::Refused;
use crate::base::{Fault, Scope, SessionId};
use crate::endpoint::access::{FoundAccessToken, look_up, reason_of, verified};
use crate::endpoint::browser::CookieNames;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::guard::own_script;
use crate::endpoint::oneself::Oneself;
use crate::endpoint::scene::signed_in;
use crate::endpoint::sender;
use crate::model::account::Account;
use crate::model::session::{LastProof, SignedIn};
use crate::protocol::bearer::PresentedToken;
use crate::protocol::standard_claims::{Requested, claims_of};
use crate::protocol::userinfo::open;
use crate::protocol::{Parameters, Reason, scope_policy};

/// The names of the two ways in the document.
pub(super) const WAYS: [&str; 2] = [BY_TOKEN, BY_COOKIE];
const BY_TOKEN: &str = "AccessToken";
const BY_COOKIE: &str = "SessionCookie";

/// Who calls, for whom.
pub struct Caller {
    /// The person.
    pub account: Account,
    /// The session the call belongs to: the browser's, or the one the token was granted in.
    pub session: SessionId,
    /// When the person last proved who they are.
    pub last_proof: LastProof,
    /// What the caller may know about the person.
    pub claims: Map<String, Value>,
    acts_as_person: bool,
}

impl Caller {
    /// Refuses programs of others: the person did not agree to more than the scopes of their token.
    pub fn acting_as_person(self) -> Result<Self, Failure> {
        if self.acts_as_person { Ok(self) } else { Err(HttpRefusal::Forbidden.into()) }
    }

    /// The person, about to change something of their own.
    pub fn into_oneself(self) -> Oneself {
        Oneself { account: self.account, session: self.session, last_proof: self.last_proof }
    }

    /// An `Authorization` field decides alone; without one the cookie does.
    pub async fn of(exchange: &Exchange) -> Result<Self, Failure> {
        match presented(exchange)? {
            Some(token) => Self::by_token(exchange, &token).await,
            None => Self::by_cookie(exchange).await,
        }
    }

    async fn by_token(exchange: &Exchange, token: &PresentedToken) -> Result<Self, Failure> {
        let found = confirmed(exchange, token).await?;
        let snapshot = found.snapshot();
        let opened = open(&found.claims, &snapshot, &exchange.context.issuer, exchange.now)?;
        Ok(Self {
            account: opened.granted.account.clone(),
            session: opened.granted.grant.session_id.clone(),
            last_proof: LastProof::of(opened.granted.grant.auth_time, &opened.granted.grant.amr),
            claims: opened.claims(),
            acts_as_person: opened.client.metadata.doorward.first_party,
        })
    }

    async fn by_cookie(exchange: &Exchange) -> Result<Self, Failure> {
        let SignedIn { session, account } = person_here(exchange).await?;
        let claims = everything_about(&account)?;
        let last_proof = session.last_proof();
        Ok(Self { account, session: session.id, last_proof, claims, acts_as_person: true })
    }
}

/// All claims of a person, for themselves.
pub fn everything_about(account: &Account) -> Result<Map<String, Value>, Fault> {
    let everything = Scope::parse(&scope_policy::SUPPORTED.join(" ")).map_err(Fault::broken)?;
    let mut claims = claims_of(account, &everything, &Requested::new(), &everything);
    claims.insert("sub".to_owned(), account.id.as_str().into());
    Ok(claims)
}

/// Lets operations have a parameter of this type, which its `of` makes of the exchange: one of the two ways in.
macro_rules! way_in {
    ($who:ty) => {
        impl<'a> poem_openapi::ApiExtractor<'a> for $who {
            const TYPES: &'static [poem_openapi::ApiExtractorType] = &[poem_openapi::ApiExtractorType::SecurityScheme];
            type ParamType = ();
            type ParamRawType = ();

            fn register(registry: &mut poem_openapi::registry::Registry) {
                $crate::endpoint::api::caller::register_ways(registry);
            }

            fn security_schemes() -> Vec<&'static str> {
                $crate::endpoint::api::caller::WAYS.to_vec()
            }

            async fn from_request(
                request: &'a poem::Request,
                _: &mut poem::RequestBody,
                _: poem_openapi::ExtractParamOptions<Self::ParamType>,
            ) -> poem::Result<Self> {
                let exchange = $crate::endpoint::api::caller::exchange_of(request)?;
                Ok(Self::of(exchange).await.map_err($crate::endpoint::api::problem::Refused::from)?)
            }
        }
    };
}
pub(super) use way_in;

way_in!(Caller);

/// What an access token rests on, when the request may use it.
pub(super) async fn confirmed(exchange: &Exchange, token: &PresentedToken) -> Result<FoundAccessToken, Failure> {
    let claims = verified(exchange, token.expose()).await?.map_err(reason_of)?;
    let found = look_up(exchange, claims).await?;
    sender::confirm(exchange, token, &found.claims).await?;
    Ok(found)
}

/// The exchange that travels with a request.
pub(super) fn exchange_of(request: &Request) -> Result<&Arc<Exchange>, Refused> {
    let exchange = request.data::<Arc<Exchange>>();
    exchange.ok_or_else(|| Fault::broken("a request came without its exchange").into())
}

/// Whoever signed in last in this browser, as on the account's pages; a change must come from our own script.
pub(super) async fn person_here(exchange: &Exchange) -> Result<SignedIn, Failure> {
    let signed_in = signed_in(exchange).await?.into_iter().next().ok_or(Reason::TokenMissing)?;
    if !exchange.method.is_safe() {
        own_script(exchange)?;
    }
    Ok(signed_in)
}

/// Describes the two ways in the document.
pub(super) fn register_ways(registry: &mut Registry) {
    registry.create_security_scheme(BY_TOKEN, by_token());
    registry.create_security_scheme(BY_COOKIE, by_cookie());
}

/// The access token of a request, if it brings an `Authorization` field; without one the cookie decides.
pub(super) fn presented(exchange: &Exchange) -> Result<Option<PresentedToken>, Failure> {
    let fields: Vec<&[u8]> =
        exchange.headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::as_bytes).collect();
    match PresentedToken::parse(&fields, &Parameters::default(), &exchange.query_parameters()?) {
        Ok(token) => Ok(Some(token)),
        Err(Reason::TokenMissing) if fields.is_empty() => Ok(None),
        Err(reason) => Err(reason.into()),
    }
}

const fn by_token() -> MetaSecurityScheme {
    MetaSecurityScheme {
        ty: "http",
        description: Some("An access token of a person, for the issuer itself, with the scope openid."),
        name: None,
        key_in: None,
        scheme: Some("bearer"),
        bearer_format: Some("JWT"),
        flows: None,
        openid_connect_url: None,
    }
}

const fn by_cookie() -> MetaSecurityScheme {
    MetaSecurityScheme {
        ty: "apiKey",
        description: Some("The cookie of a signed-in browser."),
        name: Some(CookieNames::for_issuer(true).sessions()),
        key_in: Some("cookie"),
        scheme: None,
        bearer_format: None,
        flows: None,
        openid_connect_url: None,
    }
}
