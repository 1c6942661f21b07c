//! The reference page and the example file say what the program does.

use std::path::Path;

use doorward::config::reference;

use crate::{EXAMPLE, file, settings};

/// The page is written by `UPDATE_DOCS=1 cargo test --test configuration`.
#[test]
fn the_reference_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, reference()).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(page == reference(), "docs/configuration.md is stale: run UPDATE_DOCS=1 cargo test --test configuration");
}

#[test]
fn the_example_file_loads_as_it_is() {
    assert_eq!(settings(&file(EXAMPLE)).issuer.as_str(), "https://login.example.com");
}

/// The example with its settings switched on, each with the key it sets.
fn example_settings() -> Vec<(String, String)> {
    let mut section = String::new();
    let mut found = Vec::new();
    for line in EXAMPLE.lines() {
        let setting = line.strip_prefix('#').unwrap_or(line);
        if let Some(name) = setting.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            // The reference has one entry for all providers.
            let free_name = name.starts_with("provider.").then_some("provider.NAME");
            section = format!("{}.", free_name.unwrap_or(name));
        } else if let Some((name, _)) = setting.split_once(" = ").filter(|_| !setting.starts_with([' ', '#'])) {
            found.push((format!("{section}{name}"), setting.to_owned()));
        }
    }
    found
}

#[test]
fn the_example_file_shows_every_setting_of_the_reference() {
    let mut shown: Vec<String> = example_settings().into_iter().map(|(key, _)| key).collect();
    shown.sort();
    shown.dedup();
    let reference = reference();
    let headings = reference.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'));
    let mut known: Vec<String> = headings.map(ToOwned::to_owned).collect();
    known.sort();
    assert_eq!(shown, known);
}

#[test]
fn the_example_files_settings_are_right_when_switched_on() {
    let mut text = String::new();
    for line in EXAMPLE.lines().filter(|line| !line.starts_with("#master_key")) {
        let switched = line.strip_prefix('#').filter(|rest| !rest.starts_with([' ', '#']));
        text.push_str(switched.filter(|rest| rest.contains(" = ") || rest.starts_with('[')).unwrap_or(line));
        text.push('\n');
    }
    let settings = settings(&file(&text));
    let providers: Vec<&str> = settings.providers.iter().map(|provider| provider.id.as_str()).collect();
    assert_eq!(providers, ["google", "github", "microsoft", "our-idp"]);
}

#[test]
fn the_example_file_shows_the_defaults() {
    let without_default = [
        "issuer",
        "keys.master_key",
        "tls.certificate",
        "tls.key",
        "tls.client_authorities",
        "proxies.trusted",
        "proxies.client_certificate_header",
        "protocol.registration_resources",
        "protocol.registration_profile",
        "protocol.software_statement_issuers",
        "outbound.allow_hosts",
        "protocol.assertion_issuers",
        "outbound.allow_networks",
        "outbound.ca_certificates",
        "passwords.hash_threads",
        "audit.keep_days",
        "pages.overrides",
        "log.directory",
        "metrics.listen",
        "mail.transport",
        "mail.host",
        "mail.port",
        "mail.username",
        "mail.password",
        "mail.ca_certificates",
        "mail.from",
        "mail.reply_to",
        "telemetry.sentry_dsn",
        "telemetry.otlp_endpoint",
        "provider.NAME.kind",
        "provider.NAME.name",
        "provider.NAME.client_id",
        "provider.NAME.client_secret",
        "provider.NAME.client_secret_file",
        "provider.NAME.issuer",
        "provider.NAME.authorization_endpoint",
        "provider.NAME.token_endpoint",
        "provider.NAME.userinfo_endpoint",
        "provider.NAME.jwks_uri",
        "provider.NAME.tenant",
        "provider.NAME.domains",
        "provider.NAME.denied_domains",
        "provider.NAME.hosted_domains",
        "provider.NAME.organizations",
    ];
    let reference = reference();
    for (key, line) in example_settings().into_iter().filter(|(key, _)| !without_default.contains(&key.as_str())) {
        let (_, value) = line.split_once(" = ").unwrap();
        let entry = reference.split(&format!("### `{key}`\n")).nth(1).unwrap();
        let facts = entry.lines().find(|line| line.contains(" · ")).unwrap();
        assert!(facts.contains(&format!("default `{value}`")), "{key}: {value} in the example, {facts}");
    }
}
