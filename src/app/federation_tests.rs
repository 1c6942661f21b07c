//! What becomes of the settings of providers.

use std::path::Path;

use super::federation::{connectors, providers};
use crate::config::{Document, Mode, Settings, Sources};
use crate::upstream::{ClaimsTaken, Kind, Provider};

const GOOGLE: &str = "[provider.google]\nclient_id = \"id\"\nclient_secret = \"s\"\n";

fn settings(text: &str) -> Settings {
    let file = Document { name: "doorward.toml".to_owned(), text: text.to_owned() };
    Settings::load(&Sources { mode: Mode::Development, file: Some(file), ..Sources::default() }).unwrap()
}

fn only(text: &str) -> Provider {
    let mut providers = providers(&settings(text)).unwrap();
    assert_eq!(providers.len(), 1);
    providers.remove(0)
}

#[test]
fn nothing_is_configured_by_default() {
    let settings = Settings::for_dev(Path::new("."), ([127, 0, 0, 1], 0).into());
    assert_eq!(connectors(&settings, Vec::new()).unwrap().iter().count(), 0);
}

#[test]
fn a_table_becomes_a_provider() {
    let text = "[provider.our-idp]\nkind = \"openid_connect\"\nname = \"Staff\"\nclient_id = \"id\"\nclient_secret = \"s\"\n\
                issuer = \"https://id.example.com\"\nspeaks_for_mailboxes = true\nclaims = \"first\"\nkeep_tokens = true\n\
                domains = [\"Example.COM\", \"bücher.example\"]\n";
    let provider = only(text);
    assert_eq!(
        (provider.id.as_str(), provider.name.as_str(), &provider.kind),
        ("our-idp", "Staff", &Kind::OpenIdConnect)
    );
    assert_eq!(provider.issuer.as_deref(), Some("https://id.example.com"));
    assert_eq!(provider.client_secret.expose(), "s");
    assert_eq!(provider.claims_taken, ClaimsTaken::AtFirst);
    assert_eq!(provider.restrictions.domains, ["example.com", "xn--bcher-kva.example"]);
    assert!(provider.speaks_for_mailboxes && provider.keeps_tokens && !provider.allows_private_addresses);
}

#[test]
fn reg_09_sign_up_that_is_switched_off_is_off_for_every_provider() {
    let allows = |signup: bool, of_provider: &str| {
        only(&format!("{GOOGLE}{of_provider}[signup]\nenabled = {signup}\n")).allows_sign_up
    };
    assert!(allows(true, "") && !allows(true, "sign_up = false\n"));
    assert!(!allows(false, "") && !allows(false, "sign_up = true\n"));
}

#[test]
fn organisations_are_compared_in_small_letters() {
    let text = "[provider.github]\nclient_id = \"id\"\nclient_secret = \"s\"\norganizations = [\"Example-Org\"]\n";
    assert_eq!(only(text).restrictions.organizations, ["example-org"]);
}

#[test]
fn a_secret_by_reference_is_read_and_told_where_it_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    let text = format!("[provider.google]\nclient_id = \"id\"\nclient_secret_file = \"{}\"\n", path.display());
    let told = providers(&settings(&text)).unwrap_err().to_string();
    assert!(told.contains("is not there") && told.contains("`provider.google.client_secret_file`"), "{told}");
    std::fs::write(&path, "hunter2\n").unwrap();
    let owner_only = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&path, owner_only).unwrap();
    assert_eq!(only(&text).client_secret.expose(), "hunter2");
}

#[test]
fn further_providers_stand_behind_and_give_way_to_configured_ones() {
    let further = ["google", "github"].map(|id| Provider {
        id: id.parse().unwrap(),
        name: "Imitation".to_owned(),
        ..only(GOOGLE)
    });
    let connectors = connectors(&settings(GOOGLE), further.into()).unwrap();
    let names: Vec<(&str, &str)> = connectors
        .iter()
        .map(|connector| (connector.provider().id.as_str(), connector.provider().name.as_str()))
        .collect();
    assert_eq!(names, [("google", "Google"), ("github", "Imitation")]);
}
