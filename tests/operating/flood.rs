//! Guessing from many addresses at once: no account is taken, honest people get in all the while, and nothing grows
//! beyond its bounds. `DOORWARD_FLOOD_TRIES=10000` makes it as long as one has patience for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::StatusCode;

use crate::capacity::kib;
use crate::server::{ADA, Home, PASSWORD, Server};
use crate::support::browser::{Form, Page};
use crate::visitor::Visitor;

/// People whose passwords are guessed. Their hashes are cheap, so that the flood is quick and not the hashing.
const VICTIMS: usize = 20;
const CHEAP_HASH: &str = "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm";
const ATTACKERS: usize = 12;
/// Most of these answers are refusals that are made without a hash.
const USUAL_TRIES: usize = 1_000;
/// After so many, memory is what it will stay.
const WARMING_TRIES: usize = 60;

fn tries() -> usize {
    std::env::var("DOORWARD_FLOOD_TRIES").ok().and_then(|text| text.parse().ok()).unwrap_or(USUAL_TRIES)
}

fn home() -> Home {
    let mut home = Home::furnished();
    // Every request here comes from loopback; the addresses are a proxy's word. No mail server is there.
    home.settings.push_str(
        "[proxies]\ntrusted = [\"127.0.0.0/8\"]\n[mail]\ntransport = \"smtp\"\nhost = \"127.0.0.1\"\nport = 9\n\
         security = \"none\"\nfrom = \"a@example.com\"\n",
    );
    let people: String = (0..VICTIMS)
        .map(|number| format!("[[person]]\nemail = \"victim{number}@example.com\"\npassword_hash = '{CHEAP_HASH}'\n"))
        .chain(["[[person]]\nemail = \"bo@example.com\"\npassword = \"a long walk on the beach\"\n".to_owned()])
        .collect();
    std::fs::write(home.path().join("people.toml"), people).unwrap();
    assert!(home.run(&["apply", "people.toml"]).status.success());
    home
}

/// What attackers share: how many tries are left, and how the others went.
#[derive(Default)]
struct Tally {
    begun: AtomicUsize,
    looked_at: AtomicUsize,
    refused: AtomicUsize,
}

impl Tally {
    fn next(&self, tries: usize) -> Option<usize> {
        Some(self.begun.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < tries)
    }

    fn note(&self, page: &Page) {
        assert!(!page.headers.get_all("set-cookie").iter().any(|cookie| cookie.to_str().unwrap().contains("sessions")));
        match page.status {
            StatusCode::BAD_REQUEST => self.looked_at.fetch_add(1, Ordering::Relaxed),
            // The page that the form belonged to has gone on: nothing was looked at.
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE | StatusCode::SEE_OTHER => {
                self.refused.fetch_add(1, Ordering::Relaxed)
            }
            other => panic!("{other}: {}", page.text()),
        };
    }
}

/// An address of its own for each try.
fn address(number: usize) -> String {
    format!("198.{}.{}.{}", 18 + number / 62_500, number / 250 % 250, number % 250 + 1)
}

/// Sends a form again and again without looking at the page anew, which would take longer than the guess.
async fn send(attacker: &mut Visitor, form: &Form, typed: &[(&str, &str)]) -> Page {
    let kept = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let fields: Vec<_> = kept.filter(|(name, _)| typed.iter().all(|(own, _)| own != name)).collect();
    attacker.post(&form.action, &[&fields, typed].concat(), None).await.unwrap()
}

async fn guess_passwords(mut attacker: Visitor, tally: Arc<Tally>, tries: usize) {
    attacker.source = Some(address(1));
    let login = attacker.open("/login").await.unwrap().form("login-form");
    while let Some(number) = tally.next(tries) {
        attacker.source = Some(address(number));
        let username = match number % 8 {
            7 => format!("nobody{number}@example.com"),
            3 => ADA.to_owned(),
            _ => format!("victim{}@example.com", number % VICTIMS),
        };
        let guess = format!("guess number {number}");
        let page = send(&mut attacker, &login, &[("username", &username), ("password", &guess)]).await;
        tally.note(&page);
    }
}

async fn guess_codes(mut attacker: Visitor, tally: Arc<Tally>, tries: usize) {
    while let Some(first) = tally.next(tries) {
        attacker.source = Some(address(first));
        let ask = attacker.open("/code").await.unwrap();
        let username = format!("victim{}@example.com", first % VICTIMS);
        let asked = attacker.submit(&ask, "code-request-form", &[("username", &username)]).await.unwrap();
        tally.note(&asked);
        let Some(enter) = asked.location() else { continue };
        let enter = attacker.open(&enter).await.unwrap().form("code-form");
        while let Some(number) = tally.next(tries) {
            attacker.source = Some(address(number));
            let code = format!("{:06}", number * 7 % 1_000_000);
            let page = send(&mut attacker, &enter, &[("code", &code)]).await;
            tally.note(&page);
            if page.status == StatusCode::TOO_MANY_REQUESTS || page.body.contains("Ask for a new one") {
                break;
            }
        }
    }
}

/// Signs in, as often as it takes when the server says that it is busy.
async fn gets_in(visitor: &mut Visitor, username: &str) {
    loop {
        let answer = visitor.sign_in(username, PASSWORD).await.unwrap();
        if answer.status != StatusCode::SERVICE_UNAVAILABLE {
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{username}: {}", answer.text());
            return;
        }
    }
}

async fn flood(server: &Server, known: &mut Visitor, tries: usize) -> [Arc<Tally>; 2] {
    let tallies = [Arc::new(Tally::default()), Arc::new(Tally::default())];
    let stranger = Visitor::of(server);
    let mut attackers = Vec::new();
    for _ in 0..ATTACKERS / 2 {
        attackers.push(tokio::spawn(guess_passwords(stranger.clone(), tallies[0].clone(), tries)));
        attackers.push(tokio::spawn(guess_codes(stranger.clone(), tallies[1].clone(), tries)));
    }
    let mut rounds = 0;
    while rounds < 3 || attackers.iter().any(|attacker| !attacker.is_finished()) && rounds < 20 {
        // Ada is among those who are guessed at, and known here; nobody has heard of Bo's browser.
        gets_in(known, ADA).await;
        let mut bo = Visitor::of(server);
        bo.source = Some("203.0.113.9".to_owned());
        gets_in(&mut bo, "bo@example.com").await;
        rounds += 1;
    }
    for attacker in attackers {
        attacker.await.unwrap();
    }
    tallies
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pwd_16_otp_06_a_flood_of_guesses_takes_no_account_keeps_nobody_out_and_grows_nothing() {
    let (home, tries) = (home(), tries());
    let server = home.start();
    let mut known = Visitor::ada(&server).await;
    flood(&server, &mut known, WARMING_TRIES).await;
    let before = kib(&server, "VmRSS:");
    let [passwords, codes] = flood(&server, &mut known, tries).await;
    let grown = kib(&server, "VmRSS:").saturating_sub(before);
    assert!(grown < 48 * 1_024, "{grown} KiB more");
    // Ten free tries for each person and as many more in the hour, whoever makes them; unknown ones have one each.
    let looked_at = passwords.looked_at.load(Ordering::Relaxed);
    assert!(looked_at <= (VICTIMS + 1) * 20 + tries / 8 + 1, "{looked_at} of {tries}");
    assert!(passwords.refused.load(Ordering::Relaxed) > 0);
    let looked_at = codes.looked_at.load(Ordering::Relaxed);
    assert!(looked_at <= VICTIMS * 30, "{looked_at} of {tries}");
    gets_in(&mut known, ADA).await;
    server.stop();
    let database = rusqlite::Connection::open(home.database_file()).unwrap();
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let taken = "SELECT COUNT(*) FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE a.email LIKE 'victim%'";
    assert_eq!(count(taken), 0);
    let counts = usize::try_from(count("SELECT COUNT(*) FROM throttles")).unwrap();
    assert!(counts <= 4 * (tries + WARMING_TRIES) + 100, "{counts} counts");
}
