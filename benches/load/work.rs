//! The kinds of work, what each may cost, and driving each with few and with many connections.

use std::sync::Arc;

use crate::drive::{Figures, Visitor, Watch, drive};
use crate::http::{Connection, Wrong};
use crate::key::MakeKey;
use crate::person::{Held, get_tokens, sign_in};
use crate::report;
use crate::server::Server;
use crate::site::{self, Client, ELDER, KIOSK, PEOPLE, ROBOT, SHOP};
use crate::visitors::{Common, Curious, Inspector, Machine, Newcomer, Reader, Refresher, Returning};

/// Connections at once.
pub const CONNECTIONS: [usize; 3] = [1, 32, 128];

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// `/.well-known/openid-configuration`.
    Discovery,
    /// `/.well-known/jwks.json`.
    Jwks,
    /// `client_credentials` with an ES256 access token.
    ClientCredentials,
    /// `client_credentials` with an RS256 access token.
    ClientCredentialsRs256,
    /// Refresh with rotation: ES256 access token, RS256 ID token.
    Refresh,
    /// Refresh with rotation and no RS256 signature.
    RefreshWithoutRs256,
    /// Authorize with a live session, token, userinfo.
    CodeFlow,
    /// `/oauth2/userinfo`.
    Userinfo,
    /// `/oauth2/introspect`.
    Introspection,
    /// `client_credentials` with an ES256 assertion for a secret.
    AssertionEs256,
    /// `client_credentials` with an EdDSA assertion for a secret.
    AssertionEdDsa,
    /// `client_credentials` by secret, with an ES256 proof of possession.
    Proof,
    /// `client_credentials` with assertion and proof, both ES256.
    BothEs256,
    /// `client_credentials` with assertion and proof, both EdDSA.
    BothEdDsa,
    /// `/oauth2/par` by secret.
    Push,
    /// `/oauth2/par` with assertion and proof.
    PushProven,
    /// Push, authorize with a live session, token, userinfo; by secret.
    PushedFlow,
    /// The same, with an assertion where there was a secret, and a proof where there is a client.
    PushedFlowProven,
    /// Refresh of a public client's token, bound to its key.
    RefreshProven,
    /// `/oauth2/userinfo` with a token bound to a key.
    UserinfoProven,
    /// Password sign-in on the pages: authorize, page, form.
    Login,
}

/// The most that a request with assertion and proof may cost, as a multiple of the same without them.
pub const PROVEN_MAX: f64 = 2.5;

/// What becomes of a run in which a bound is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// It fails.
    Kept,
    /// It says so. Verifying alone takes what the bound leaves; `docs/performance.md` has the figures.
    Told,
}

/// What is held against what: work with assertions or proofs, and the same without.
pub const PROVEN: [(Work, Work, Bound); 9] = [
    (Work::AssertionEs256, Work::ClientCredentials, Bound::Told),
    (Work::AssertionEdDsa, Work::ClientCredentials, Bound::Told),
    (Work::Proof, Work::ClientCredentials, Bound::Told),
    (Work::BothEs256, Work::ClientCredentials, Bound::Told),
    (Work::BothEdDsa, Work::ClientCredentials, Bound::Told),
    (Work::PushProven, Work::Push, Bound::Told),
    (Work::PushedFlowProven, Work::PushedFlow, Bound::Kept),
    (Work::RefreshProven, Work::RefreshWithoutRs256, Bound::Kept),
    (Work::UserinfoProven, Work::Userinfo, Bound::Told),
];

impl Work {
    /// What it is called in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Jwks => "JWKS",
            Self::ClientCredentials => "client_credentials ES256",
            Self::ClientCredentialsRs256 => "client_credentials RS256",
            Self::Refresh => "refresh, RS256 ID token",
            Self::RefreshWithoutRs256 => "refresh, no RS256",
            Self::CodeFlow => "code flow (3 requests)",
            Self::Userinfo => "userinfo",
            Self::Introspection => "introspection",
            Self::AssertionEs256 => "client_credentials, ES256 assertion",
            Self::AssertionEdDsa => "client_credentials, EdDSA assertion",
            Self::Proof => "client_credentials, DPoP",
            Self::BothEs256 => "client_credentials, ES256 + DPoP",
            Self::BothEdDsa => "client_credentials, EdDSA + DPoP",
            Self::Push => "PAR",
            Self::PushProven => "PAR, ES256 + DPoP",
            Self::PushedFlow => "PAR flow (4 requests)",
            Self::PushedFlowProven => "PAR flow, ES256 + DPoP (4 requests)",
            Self::RefreshProven => "refresh, no RS256, DPoP",
            Self::UserinfoProven => "userinfo, DPoP",
            Self::Login => "password login (3 requests)",
        }
    }

    /// The most server time it may take at 32 connections, as a multiple of one RS256 signature with 2048 bits.
    pub const fn target(self) -> Option<f64> {
        match self {
            Self::Discovery | Self::Jwks => Some(0.04),
            Self::ClientCredentials => Some(0.15),
            Self::ClientCredentialsRs256 => Some(1.2),
            Self::Refresh => Some(1.4),
            Self::RefreshWithoutRs256 => Some(0.4),
            Self::CodeFlow => Some(2.0),
            Self::Userinfo | Self::Introspection => Some(0.2),
            // A password costs what Argon2 costs, and is meant to; the others are held against one another.
            _ => None,
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was done.
    pub work: Work,
    /// What was seen.
    pub figures: Figures,
}

/// Everything that takes part in a run.
pub struct Bench {
    /// The server.
    pub server: Server,
    /// What visitors have in common.
    pub common: Arc<Common>,
    /// How long each work is watched.
    pub watch: Watch,
    /// The same for logins, which are few in a second.
    pub watch_logins: Watch,
    /// The cost of one RS256 signature, in microseconds, for the table.
    pub rs256_us: f64,
    /// What was seen so far.
    pub rows: Vec<Row>,
}

impl Bench {
    /// Does all the work, or only that whose name holds `only`.
    pub async fn run(&mut self, only: Option<&str>) -> Result<(), Wrong> {
        let most = CONNECTIONS[CONNECTIONS.len() - 1];
        let chosen = |work: Work| only.is_none_or(|only| work.name().contains(only));
        // First of all, so that what Argon2 needed has been given back when memory is looked at.
        let people = self.sign_people_in().await?;
        self.fetch_documents(most, chosen).await;
        for (work, client) in [(Work::ClientCredentials, ROBOT), (Work::ClientCredentialsRs256, ELDER)] {
            if chosen(work) {
                self.load(work, self.machines(client, most)).await;
            }
        }
        for (work, client) in [(Work::Refresh, SHOP), (Work::RefreshWithoutRs256, KIOSK)] {
            if chosen(work) {
                let refreshers = self.refreshers((client, None), &people, most).await?;
                let refreshers = self.load(work, refreshers).await;
                self.check_rotation(refreshers).await?;
            }
        }
        self.ask_about_people(&people, most, chosen).await?;
        self.run_proven(&people, most, chosen).await?;
        if chosen(Work::Login) {
            self.load(Work::Login, newcomers(&self.common, most)).await;
        }
        Ok(())
    }

    fn machines(&self, client: Client, number: usize) -> Vec<Machine> {
        (0..number).map(|_| Machine::new(&self.common, self.caller(client, None))).collect()
    }

    async fn fetch_documents(&mut self, most: usize, chosen: impl Fn(Work) -> bool) {
        let documents = [
            (Work::Discovery, "/.well-known/openid-configuration", "issuer"),
            (Work::Jwks, "/.well-known/jwks.json", "keys"),
        ];
        for (work, path, member) in documents {
            if chosen(work) {
                self.load(work, Reader::several(path, member, most)).await;
            }
        }
    }

    async fn ask_about_people(
        &mut self,
        people: &[Arc<str>],
        most: usize,
        chosen: impl Fn(Work) -> bool,
    ) -> Result<(), Wrong> {
        let common = Arc::clone(&self.common);
        if chosen(Work::CodeFlow) {
            let everybody = people.iter().cycle().take(most);
            let returning = |cookies| Returning::new(&common, cookies, self.caller(SHOP, None));
            let returning = everybody.map(returning).collect();
            self.load(Work::CodeFlow, returning).await;
        }
        let (caller, held) = (Arc::new(self.caller(SHOP, None)), self.hold_tokens(people).await?);
        let tokens = || held.iter().cycle().take(most);
        if chosen(Work::Userinfo) {
            self.load(Work::Userinfo, tokens().map(|held| Curious::new(&caller, held)).collect()).await;
        }
        if chosen(Work::Introspection) {
            self.load(Work::Introspection, tokens().map(|held| Inspector::new(&common, held)).collect()).await;
        }
        Ok(())
    }

    /// Drives `visitors` with each number of connections, and gives them back.
    pub async fn load<V: Visitor>(&mut self, work: Work, mut visitors: Vec<V>) -> Vec<V> {
        let watch = if work == Work::Login { self.watch_logins } else { self.watch };
        for connections in CONNECTIONS {
            let idle = visitors.split_off(connections.min(visitors.len()));
            let (figures, back) = drive(&self.server, visitors, watch).await;
            visitors = back;
            visitors.extend(idle);
            let row = Row { work, figures };
            println!("{}", report::line(&row, self.rs256_us));
            self.rows.push(row);
        }
        visitors
    }

    /// The browsers' cookies of everybody, signed in.
    async fn sign_people_in(&self) -> Result<Vec<Arc<str>>, Wrong> {
        let mut connection = Connection::open(self.server.address).await?;
        let mut people = Vec::with_capacity(PEOPLE);
        for number in 0..PEOPLE {
            let cookies = sign_in(&mut connection, &site::person(number), SHOP, &self.common.issuer).await?;
            people.push(cookies.into());
        }
        Ok(people)
    }

    /// People's refresh tokens at a client, each with a new key if it makes proofs.
    pub async fn refreshers(
        &self,
        (client, key): (Client, Option<MakeKey>),
        people: &[Arc<str>],
        most: usize,
    ) -> Result<Vec<Refresher>, Wrong> {
        let mut connection = Connection::open(self.server.address).await?;
        let from = (&*self.common.issuer, &self.common.tokens);
        let mut refreshers = Vec::with_capacity(most);
        for cookies in people.iter().cycle().take(most) {
            let caller = self.caller(client, key);
            let wanted = (&caller, "openid profile email offline_access");
            let held = get_tokens(&mut connection, cookies, wanted, from).await?;
            refreshers.push(Refresher::new(&self.common, caller, held));
        }
        Ok(refreshers)
    }

    async fn hold_tokens(&self, people: &[Arc<str>]) -> Result<Vec<Arc<Held>>, Wrong> {
        let mut connection = Connection::open(self.server.address).await?;
        let from = (&*self.common.issuer, &self.common.tokens);
        let (mut held, caller) = (Vec::with_capacity(people.len()), self.caller(SHOP, None));
        for cookies in people {
            let wanted = (&caller, "openid profile email");
            held.push(Arc::new(get_tokens(&mut connection, cookies, wanted, from).await?));
        }
        Ok(held)
    }

    /// A refresh token that was replaced, and whose successor was used, is refused and ends the family.
    pub async fn check_rotation(&self, refreshers: Vec<Refresher>) -> Result<(), Wrong> {
        let Some(mut refresher) = refreshers.into_iter().next() else { return Ok(()) };
        let mut connection = Connection::open(self.server.address).await?;
        let old = refresher.request();
        refresher.visit(&mut connection).await?;
        refresher.visit(&mut connection).await?;
        for request in [old, refresher.request()] {
            let answer = connection.ask(&request).await?.with_status(400, "a refusal of what was replaced")?;
            if !answer.text().contains("invalid_grant") {
                return Err(Wrong::answer("invalid_grant", answer.text()));
            }
        }
        Ok(())
    }
}

/// People who sign in again and again.
pub fn newcomers(common: &Arc<Common>, number: usize) -> Vec<Newcomer> {
    (0..number).map(|number| Newcomer::new(common, site::person(number))).collect()
}
