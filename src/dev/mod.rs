//! Dev mode: made-up people and clients, the inbox that takes every mail, a relying party to try the provider with, and
//! imitations of other providers to sign in from.
//!
//! It sits beside `app` and is reached only from it. Production starts without any of it: none of its rows is
//! mounted, nobody is seeded. Its secrets are public, so it answers on loopback alone ([`loopback`]).

mod banner;
mod demo;
mod http;
pub mod imitation;
mod inbox;
mod letter;
pub mod loopback;
mod mails;
pub mod people;
pub mod registered;
mod seed;

use std::sync::Arc;

pub use banner::Banner;
pub use seed::{SeedFault, Seeded, SeededClient, SeededPerson, left_behind, seed};

use self::http::Http;
use crate::base::Fault;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::mount::{Row, State};
use crate::pages::DevPerson;

/// What dev mode's pages share, beside what every endpoint has.
pub struct Dev {
    mail_from: String,
    people: Vec<DevPerson>,
    demo: demo::DemoApp,
    imitations: imitation::Imitations,
}

impl Dev {
    /// Made once. `mail_from` is the sender that mails would have, `authority` the certificate (PEM) of whoever vouches
    /// for the provider's TLS, if it speaks it.
    pub fn new(seeded: &Seeded, mail_from: &str, authority: Option<&[u8]>) -> Result<Self, Fault> {
        let people = seeded.people.iter().map(SeededPerson::as_shown).collect();
        let http = Http::new(authority).map_err(|error| Fault::broken(format_args!("no HTTP client: {error}")))?;
        let imitations = imitation::Imitations::new(http.clone());
        Ok(Self { mail_from: mail_from.to_owned(), people, demo: demo::DemoApp::new(http), imitations })
    }

    /// The addresses of dev mode, to be mounted beside the others.
    pub fn rows(self) -> Vec<Row> {
        let state: State = Arc::new(self);
        ROWS.iter().chain(imitation::ROWS).map(|row| Row { state: Some(state.clone()), ..row.clone() }).collect()
    }

    fn of(exchange: &Exchange) -> Result<&Self, Fault> {
        exchange.state()
    }
}

/// A row whose handlers answer to names of this machine alone.
macro_rules! row {
    ($path:literal, $($method:ident => $handler:path),+) => {
        $crate::endpoint::mount::Row {
            path: $path,
            methods: &[$((::poem::http::Method::$method, |exchange| Box::pin(async move {
                $crate::dev::loopback::refuse_other_names(exchange)?;
                $handler(exchange).await
            }))),+],
            errors: $crate::endpoint::reply::ErrorForm::Page,
            cors: $crate::endpoint::cors::Cors::Closed,
            when: |_| true,
            state: None,
        }
    };
}
use row;

/// Where the inbox is.
pub const INBOX_PATH: &str = "/dev/inbox";
/// Where every mail can be looked at.
pub const MAILS_PATH: &str = "/dev/mails";
/// Where the demo application is.
pub const APP_PATH: &str = "/dev/app";

const ROWS: &[Row] = &[
    row!("/dev/inbox", GET => inbox::list),
    row!("/dev/inbox/:id", GET => inbox::mail),
    row!("/dev/inbox/:id/html", GET => inbox::html_part),
    row!("/dev/mails", GET => mails::list),
    row!("/dev/mails/:id", GET => mails::preview),
    row!("/dev/mails/:id/html", GET => mails::html_part),
    row!("/dev/app", GET => demo::home),
    row!("/dev/app/sign-in", POST => demo::sign_in),
    row!("/dev/app/callback", GET => demo::callback),
    row!("/dev/app/userinfo", POST => demo::userinfo),
    row!("/dev/app/refresh", POST => demo::refresh),
    row!("/dev/app/sign-out", POST => demo::sign_out),
    row!("/dev/app/signed-out", GET => demo::signed_out),
];
