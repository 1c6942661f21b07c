//! Settings as an operator meets them: what is read from where and what wins.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod documents;
mod messages;
mod properties;
mod providers;

use std::path::{Path, PathBuf};

use doorward::base::Issuer;
use doorward::config::{
    DatabaseUrl, Document, MailTransport, Mode, Override, Settings, SignatureAlgorithm, Sources, report,
};

const EXAMPLE: &str = include_str!("../../examples/doorward.toml");
const ISSUER: &str = "issuer = \"https://login.example.com\"\n";

fn document(name: &str, text: &str) -> Document {
    Document { name: name.into(), text: text.into() }
}

fn file(text: &str) -> Sources {
    Sources { file: Some(document("doorward.toml", text)), ..Sources::default() }
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn environment(pairs: &[(&str, &str)]) -> Sources {
    Sources { environment: variables(pairs), ..file(ISSUER) }
}

fn argument(option: &'static str, key: &'static str, value: &str) -> Override {
    Override { option, key, value: value.to_owned() }
}

fn settings(sources: &Sources) -> Settings {
    Settings::load(sources).unwrap_or_else(|mistakes| panic!("{}", report(&mistakes)))
}

#[test]
fn an_issuer_is_all_that_is_needed() {
    let settings = settings(&file(ISSUER));
    assert_eq!(settings.issuer.as_str(), "https://login.example.com");
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.database.url, DatabaseUrl::Sqlite(PathBuf::from("data/doorward.sqlite")));
    assert_eq!(settings.keys.directory, Path::new("keys"));
    assert_eq!(settings.tokens.access_token_alg, SignatureAlgorithm::Es256);
    assert!(!settings.can_mail());
}

#[test]
fn the_command_line_wins_over_the_environment_and_that_over_the_file() {
    let sources = Sources {
        file: Some(document(
            "doorward.toml",
            "issuer = \"https://file.example\"\nlisten = \"127.0.0.1:1\"\ndata = \"file\"\n",
        )),
        environment: variables(&[
            ("DOORWARD__ISSUER", "https://variable.example"),
            ("DOORWARD__LISTEN", "127.0.0.1:2"),
        ]),
        overrides: vec![argument("--issuer", "issuer", "https://option.example")],
        ..Sources::default()
    };
    let settings = settings(&sources);
    assert_eq!(settings.issuer.as_str(), "https://option.example");
    assert_eq!(settings.listen.port(), 2);
    assert_eq!(settings.data, Path::new("file"));
}

#[test]
fn what_is_kept_follows_the_data_directory() {
    let sources = Sources { overrides: vec![argument("--data", "data", "/srv/doorward")], ..file(ISSUER) };
    let settings = settings(&sources);
    assert_eq!(settings.database.url, DatabaseUrl::Sqlite(PathBuf::from("/srv/doorward/doorward.sqlite")));
    assert_eq!(settings.keys.directory, Path::new("/srv/doorward/keys"));
}

#[test]
fn a_place_of_its_own_wins_over_the_data_directory() {
    let sources =
        file(&format!("{ISSUER}data = \"a\"\n[keys]\ndirectory = \"b\"\n[database]\nurl = \"sqlite:///c\"\n"));
    let settings = settings(&sources);
    assert_eq!(settings.keys.directory, Path::new("b"));
    assert_eq!(settings.database.url, DatabaseUrl::Sqlite(PathBuf::from("/c")));
}

#[test]
fn a_variable_sets_each_kind_of_value() {
    let settings = settings(&environment(&[
        ("DOORWARD__SIGNUP__ENABLED", "false"),
        ("DOORWARD__TOKENS__ACCESS_TOKEN_SECONDS", "120"),
        ("DOORWARD__TOKENS__ACCESS_TOKEN_ALG", "EdDSA"),
        ("DOORWARD__PROXIES__TRUSTED", "10.0.0.0/8, 192.0.2.7"),
        ("DOORWARD__PAGES__NAME", "Acme"),
        ("DOORWARD_PORT", "tcp://10.0.0.1:8080"),
    ]));
    assert!(!settings.signup.enabled);
    assert_eq!(settings.tokens.access_token_seconds, 120);
    assert_eq!(settings.tokens.access_token_alg, SignatureAlgorithm::EdDsa);
    let trusted: Vec<String> = settings.proxies.trusted.iter().map(ToString::to_string).collect();
    assert_eq!(trusted, ["10.0.0.0/8", "192.0.2.7/32"]);
    assert_eq!(settings.pages.name, "Acme");
}

#[test]
fn dev_mode_needs_nothing() {
    let settings = settings(&Sources { mode: Mode::Development, ..Sources::default() });
    assert_eq!(settings.issuer.as_str(), "http://localhost:8080");
    assert_eq!(settings.mail.transport, MailTransport::Inbox);
}

#[test]
fn dev_mode_takes_its_issuer_from_the_port_that_was_bound() {
    let overrides = vec![argument("--listen", "listen", "127.0.0.1:0")];
    let mut settings = settings(&Sources { mode: Mode::Development, overrides, ..Sources::default() });
    settings.bound("127.0.0.1:4321".parse().unwrap());
    assert_eq!(settings.issuer.as_str(), "http://localhost:4321");
    assert_eq!(settings.listen.port(), 4321);
}

#[test]
fn an_issuer_that_was_given_is_not_touched_by_the_port_bound() {
    let mut settings = settings(&file(ISSUER));
    settings.bound("127.0.0.1:4321".parse().unwrap());
    assert_eq!(settings.issuer.as_str(), "https://login.example.com");
}

#[test]
fn dev_mode_from_code_and_from_no_sources_are_the_same() {
    let listen = "127.0.0.1:8080".parse().unwrap();
    let from_code = Settings::for_dev(Path::new("somewhere"), listen);
    let overrides = vec![argument("--data", "data", "somewhere")];
    let from_sources = settings(&Sources { mode: Mode::Development, overrides, ..Sources::default() });
    assert_eq!(format!("{from_code:#?}"), format!("{from_sources:#?}"));
}

#[test]
fn a_dotenv_file_stands_between_the_file_and_the_environment() {
    let sources = Sources {
        mode: Mode::Development,
        file: Some(document("doorward.toml", "[pages]\nname = \"file\"\ndefault_locale = \"de\"\n")),
        dotenv: Some(document(
            ".env",
            "# remark\nPATH=/nowhere\nexport DOORWARD__PAGES__NAME='dot env'\nDOORWARD__LISTEN=127.0.0.1:1\n",
        )),
        environment: variables(&[("DOORWARD__LISTEN", "127.0.0.1:2")]),
        ..Sources::default()
    };
    let settings = settings(&sources);
    assert_eq!(settings.pages.name, "dot env");
    assert_eq!(settings.pages.default_locale, "de");
    assert_eq!(settings.listen.port(), 2);
}

#[test]
fn secrets_are_not_printed() {
    let settings = settings(&environment(&[
        ("DOORWARD__DATABASE__URL", "postgres://door:hunter2@db1:5432/doorward"),
        ("DOORWARD__MAIL__TRANSPORT", "smtp"),
        ("DOORWARD__MAIL__HOST", "smtp.example.com"),
        ("DOORWARD__MAIL__FROM", "Acme <login@example.com>"),
        ("DOORWARD__MAIL__USERNAME", "door"),
        ("DOORWARD__MAIL__PASSWORD", "hunter2"),
        ("DOORWARD__KEYS__MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
    ]));
    let printed = format!("{settings:?} {}", serde_json::to_string(&settings).unwrap());
    assert!(!printed.contains("hunter2") && !printed.contains("AAECAw"), "{printed}");
    assert_eq!(settings.mail.password.unwrap().expose(), "hunter2");
    assert_eq!(settings.keys.master_key.unwrap().expose()[31], 31);
}

#[test]
fn disc_01_issuers_are_https_or_on_loopback() {
    let right = [
        "https://login.example.com",
        "https://login.example.com:8443",
        "https://xn--bcher-kva.example",
        "http://localhost:8080",
        "http://127.0.0.1",
        "http://[::1]:8080",
    ];
    for issuer in right {
        assert_eq!(Issuer::parse(issuer).unwrap().as_str(), issuer);
    }
}
