//! Tables of other providers: `[provider.NAME]` in the file, `DOORWARD__PROVIDER__NAME__…` in the environment.

use doorward::config::{ClaimsTaken, Mode, ProviderKind, Settings, Sources, report};

use crate::{ISSUER, document, environment, file, settings, variables};

const GOOGLE: &str = "[provider.google]\nclient_id = \"id\"\nclient_secret = \"hunter2\"\n";

fn complaints(text: &str) -> String {
    report(&Settings::load(&file(&format!("{ISSUER}{text}"))).expect_err("the settings are wrong"))
}

fn names(settings: &Settings) -> Vec<&str> {
    settings.providers.iter().map(|provider| provider.id.as_str()).collect()
}

#[test]
fn a_known_provider_needs_an_id_and_a_secret() {
    let settings = settings(&file(&format!("{ISSUER}{GOOGLE}")));
    let [google] = &settings.providers[..] else { panic!("{:?}", settings.providers) };
    assert_eq!((google.kind(), google.shown_name()), (ProviderKind::Google, "Google"));
    assert_eq!(google.client_secret.as_ref().unwrap().expose(), "hunter2");
    assert_eq!((google.claims, google.sign_up, google.issuer()), (ClaimsTaken::Each, true, None));
    assert!(!google.allow_private_addresses && !google.keep_tokens && !google.speaks_for_mailboxes);
}

#[test]
fn providers_stand_in_the_order_of_the_file_and_after_them_those_of_the_environment() {
    let table =
        |name: &str| format!("[provider.{name}]\nkind = \"github\"\nclient_id = \"id\"\nclient_secret = \"s\"\n");
    let text = format!("{ISSUER}{}{}{}", table("zeta"), table("alpha"), table("mid-way"));
    let of_environment = [
        ("DOORWARD__PROVIDER__GOOGLE__CLIENT_ID", "id"),
        ("DOORWARD__PROVIDER__GOOGLE__CLIENT_SECRET", "s"),
        ("DOORWARD__PROVIDER__ALPHA__NAME", "First"),
    ];
    let sources = Sources { environment: variables(&of_environment), ..file(&text) };
    let settings = settings(&sources);
    assert_eq!(names(&settings), ["zeta", "alpha", "mid-way", "google"]);
    assert_eq!(settings.providers[1].shown_name(), "First");
}

#[test]
fn an_underscore_of_a_variable_is_a_hyphen_of_the_name() {
    let settings = settings(&environment(&[
        ("DOORWARD__PROVIDER__OUR_IDP_2__KIND", "openid_connect"),
        ("DOORWARD__PROVIDER__OUR_IDP_2__CLIENT_ID", "id"),
        ("DOORWARD__PROVIDER__OUR_IDP_2__CLIENT_SECRET", "s"),
        ("DOORWARD__PROVIDER__OUR_IDP_2__ISSUER", "https://id.example.com/realm"),
        ("DOORWARD__PROVIDER__OUR_IDP_2__DENIED_DOMAINS", "example.com, example.org"),
    ]));
    assert_eq!(names(&settings), ["our-idp-2"]);
    assert_eq!(settings.providers[0].denied_domains, ["example.com", "example.org"]);
    assert_eq!(settings.providers[0].shown_name(), "our-idp-2");
}

#[test]
fn a_variable_wins_over_the_file() {
    let sources = Sources {
        environment: variables(&[("DOORWARD__PROVIDER__GOOGLE__CLIENT_ID", "other")]),
        ..file(&format!("{ISSUER}{GOOGLE}"))
    };
    assert_eq!(settings(&sources).providers[0].client_id, "other");
}

#[test]
fn the_issuer_of_microsoft_follows_from_the_tenant() {
    let of = |tenant: &str| {
        let text = format!("{ISSUER}[provider.microsoft]\nclient_id = \"id\"\nclient_secret = \"s\"\n{tenant}");
        settings(&file(&text)).providers[0].issuer().unwrap()
    };
    assert_eq!(of(""), "https://login.microsoftonline.com/common/v2.0");
    let id = "55555555-6666-7777-8888-99999999abcd";
    assert_eq!(
        of("tenant = \"contoso.onmicrosoft.com\"\n"),
        "https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0"
    );
    assert_eq!(of(&format!("tenant = \"{id}\"\n")), format!("https://login.microsoftonline.com/{id}/v2.0"));
}

#[test]
fn secrets_of_providers_are_not_printed() {
    let settings = settings(&file(&format!("{ISSUER}{GOOGLE}")));
    let printed = format!("{settings:?} {}", serde_json::to_string(&settings).unwrap());
    assert!(!printed.contains("hunter2") && printed.contains("[secret]"), "{printed}");
}

#[test]
fn ops_04_mistakes_in_tables_of_providers_are_told_with_their_place() {
    insta::assert_snapshot!(complaints(
        "[provider.Google]\nclient_id = \"x\"\n[provider.a--b]\n[provider.2nd]\n\
         [provider.google]\nclient_idd = \"x\"\nclient_secret = \"hunter2\\n\"\nminimum_length = 3\nkind = \"gogle\"\n\
         [provider.github]\nclient_id = \"\"\nclient_secret = \"a\"\norganizations = [\"a b\"]\nscopes = [\"one two\"]\n\
         domains = [\"@example.com\"]\nissuer = \"ftp://x\"\ntoken_endpoint = \"https://x/#y\"\n\
         [provider.microsoft]\nclient_id = \"id\"\nclient_secret = \"s\"\ntenant = \"Example.com\"\n\
         [provider.other.deep]\nx = 1\n"
    ));
}

#[test]
fn values_in_place_of_tables_are_explained() {
    let told = [
        complaints("provider = 1\n"),
        complaints("[provider]\nclient_id = \"x\"\n"),
        complaints("[[provider.google]]\n"),
    ];
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn contradictions_within_a_provider_are_explained() {
    insta::assert_snapshot!(complaints(
        "[provider.acme]\nclient_id = \"id\"\nclient_secret = \"s\"\n\
         [provider.google]\nclient_secret = \"hunter2\"\nclient_secret_file = \"s\"\norganizations = [\"x\"]\n\
         speaks_for_mailboxes = true\ndomains = [\"a.example\"]\ndenied_domains = [\"a.example\", \"b.example\"]\n\
         [provider.github]\nclient_id = \"id\"\nhosted_domains = [\"a.example\"]\ntenant = \"common\"\njwks_uri = \"https://a.example\"\n\
         [provider.microsoft]\nclient_id = \"id\"\nclient_secret = \"s\"\ntenant = \"common\"\nissuer = \"https://a.example\"\n\
         [provider.plain]\nkind = \"openid_connect\"\nclient_id = \"id\"\nclient_secret = \"s\"\n\
         token_endpoint = \"http://id.example.com/token\"\ndomains = [\"a.example\"]\n"
    ));
}

#[test]
fn mistakes_in_variables_of_providers_name_the_variable() {
    let sources = environment(&[
        ("DOORWARD__PROVIDER__GOOGLE__CLIENT_IDD", "x"),
        ("DOORWARD__PROVIDER__GOOGLE__KIND", "gogle"),
        ("DOORWARD__PROVIDER__GOOGLE", "x"),
        ("DOORWARD__PROVIDER__2ND__CLIENT_ID", "x"),
        ("DOORWARD__PROVIDER__GITHUB__KEEP_TOKENS", "yes"),
        ("DOORWARD__PROVIDER__GITHUB__CLIENT_SECRET", ""),
    ]);
    insta::assert_snapshot!(report(&Settings::load(&sources).expect_err("the settings are wrong")));
}

#[test]
fn http_is_for_private_addresses_and_for_dev_mode() {
    let text = format!(
        "{ISSUER}[provider.lab]\nkind = \"openid_connect\"\nclient_id = \"id\"\nclient_secret = \"s\"\nissuer = \"http://10.0.0.7\"\n"
    );
    assert!(report(&Settings::load(&file(&text)).unwrap_err()).contains("allow_private_addresses"));
    settings(&file(&format!("{text}allow_private_addresses = true\n")));
    let of_dev = document("doorward.toml", &text.replace(ISSUER, ""));
    settings(&Sources { mode: Mode::Development, file: Some(of_dev), ..Sources::default() });
}

#[test]
fn there_are_not_more_providers_than_the_bound() {
    let table =
        |number: usize| format!("[provider.p{number}]\nkind = \"github\"\nclient_id = \"i\"\nclient_secret = \"s\"\n");
    let most: String = (0..doorward::base::bounds::PROVIDERS_MAX).map(table).collect();
    assert_eq!(settings(&file(&format!("{ISSUER}{most}"))).providers.len(), doorward::base::bounds::PROVIDERS_MAX);
    assert!(complaints(&format!("{most}{}", table(99))).contains("more than"));
}

#[test]
fn two_buttons_of_one_name_are_a_doubt() {
    let second = GOOGLE
        .replace("provider.google", "provider.workspace")
        .replace("[provider.workspace]\n", "[provider.workspace]\nkind = \"google\"\n");
    let doubts = settings(&file(&format!("{ISSUER}{GOOGLE}{second}"))).doubts();
    assert!(doubts.iter().any(|doubt| doubt.contains("both called Google")), "{doubts:?}");
}
