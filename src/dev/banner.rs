//! What `doorward dev` says when it is ready.

use std::fmt;

use super::imitation::{GITHUB_SWITCHES_PATH, GOOGLE_SWITCHES_PATH};
use super::seed::{Seeded, SeededClient, SeededPerson};
use super::{APP_PATH, INBOX_PATH};
use crate::base::Issuer;

/// Written with `{}` it is plain text; with `{:#}` headings are bold, for a terminal.
pub struct Banner<'a> {
    /// Who we are.
    pub issuer: &'a Issuer,
    /// Who and what is there.
    pub seeded: &'a Seeded,
    /// Where everything is kept, in words.
    pub data: &'a str,
}

const BOLD: &str = "\u{1b}[1m";
const PLAIN: &str = "\u{1b}[0m";

impl fmt::Display for Banner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        heading(f, "Doorward in development mode")?;
        let places = [
            ("issuer", self.issuer.to_string()),
            ("demo app", self.issuer.at(APP_PATH)),
            ("inbox", self.issuer.at(INBOX_PATH)),
            ("google", self.issuer.at(GOOGLE_SWITCHES_PATH)),
            ("github", self.issuer.at(GITHUB_SWITCHES_PATH)),
            ("data", self.data.to_owned()),
        ];
        table(f, &places.map(|(name, place)| vec![name.to_owned(), place]))?;
        heading(f, "\nPeople (address, password)")?;
        table(f, &self.seeded.people.iter().map(person_row).collect::<Vec<_>>())?;
        heading(f, "\nClients (client_id, client_secret)")?;
        table(f, &self.seeded.clients.iter().map(client_row).collect::<Vec<_>>())?;
        heading(f, "\nRedirect URIs (client_id, registered)")?;
        table(f, &self.seeded.clients.iter().map(redirect_row).collect::<Vec<_>>())?;
        writeln!(f, "\nAll of this is public: it is for this machine alone. Production is `doorward serve`.")
    }
}

fn heading(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let (on, off) = if f.alternate() { (BOLD, PLAIN) } else { ("", "") };
    let line = text.trim_start();
    writeln!(f, "{}{on}{line}{off}", &text[..text.len() - line.len()])
}

fn person_row(seeded: &SeededPerson) -> Vec<String> {
    vec![seeded.person.email.to_owned(), seeded.password_shown().to_owned(), seeded.person.about.to_owned()]
}

fn client_row(seeded: &SeededClient) -> Vec<String> {
    let secret = seeded.client.secret.unwrap_or("(none)");
    vec![seeded.client.client_id.to_owned(), secret.to_owned(), seeded.client.about.to_owned()]
}

fn redirect_row(seeded: &SeededClient) -> Vec<String> {
    let client_id = seeded.client.client_id;
    let uris = match seeded.metadata.redirect_uris.as_slice() {
        [] => String::new(),
        [only] => only.to_string(),
        [first, others @ ..] => format!("{first} and {} more: doorward client show {client_id}", others.len()),
    };
    vec![client_id.to_owned(), uris]
}

/// Columns as wide as their widest cell, the last one as it comes.
fn table(f: &mut fmt::Formatter<'_>, rows: &[Vec<String>]) -> fmt::Result {
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    for row in rows {
        f.write_str("  ")?;
        for (column, cell) in row.iter().enumerate() {
            if column + 1 == row.len() {
                f.write_str(cell)?;
            } else {
                write!(f, "{cell:<width$}  ", width = width(column).unwrap_or(0))?;
            }
        }
        f.write_str("\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dev::people::PEOPLE;
    use crate::dev::registered::CLIENTS;

    fn banner(with: impl Fn(&Banner<'_>) -> String) -> String {
        let issuer = Issuer::parse("http://localhost:8080").unwrap();
        let person = |person| SeededPerson { person, has_own_password: true, may_sign_in: true };
        let client = |client: crate::dev::registered::Registered| SeededClient {
            client,
            metadata: client.metadata(&issuer).unwrap(),
        };
        let seeded = Seeded { people: PEOPLE.map(person).to_vec(), clients: CLIENTS.map(client).to_vec() };
        with(&Banner { issuer: &issuer, seeded: &seeded, data: "doorward-dev" })
    }

    #[test]
    fn the_banner_says_everything_one_needs() {
        insta::assert_snapshot!(banner(|banner| banner.to_string()), @r"
        Doorward in development mode
          issuer    http://localhost:8080
          demo app  http://localhost:8080/dev/app
          inbox     http://localhost:8080/dev/inbox
          google    http://localhost:8080/dev/google/switches
          github    http://localhost:8080/dev/github/switches
          data      doorward-dev

        People (address, password)
          mira@example.com   seven-green-lanterns  every standard claim filled
          tove@example.com   paper-boats-in-june   a name and nothing else
          jonas@example.com  rote-laternen-am-see  a German locale

        Clients (client_id, client_secret)
          demo-web     demo-web-secret-for-dev-mode-only  confidential, for your web application
          demo-native  (none)                             public, for your native application or device; any loopback port
          demo-app     demo-app-secret-for-dev-mode-only  the demo application itself

        Redirect URIs (client_id, registered)
          demo-web     http://localhost:3000/callback and 5 more: doorward client show demo-web
          demo-native  http://127.0.0.1/callback and 2 more: doorward client show demo-native
          demo-app     http://localhost:8080/dev/app/callback

        All of this is public: it is for this machine alone. Production is `doorward serve`.
        ");
    }

    #[test]
    fn a_terminal_gets_bold_headings_and_nothing_else() {
        let plain = banner(|banner| banner.to_string());
        let bold = banner(|banner| format!("{banner:#}"));
        assert!(!plain.contains('\u{1b}'));
        assert_ne!(bold, plain);
        assert_eq!(bold.replace(BOLD, "").replace(PLAIN, ""), plain);
    }
}
