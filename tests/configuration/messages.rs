//! What is said about mistakes, as golden files.

use doorward::config::{FileChoice, Mode, Settings, Sources, report};

use crate::{ISSUER, argument, document, environment, file, settings, variables};

fn complaints(sources: &Sources) -> String {
    report(&Settings::load(sources).expect_err("the settings are wrong"))
}

#[test]
fn ops_04_unknown_keys_are_errors_that_name_the_nearest() {
    insta::assert_snapshot!(complaints(&file(
        "issuer = \"https://login.example.com\"\nlissten = \"127.0.0.1:80\"\nport = 80\nquux = 1\n\
         [token]\n[tokens]\nacces_token_seconds = 60\nminimum_length = 8\nxyzzy = 1\n[[mail.extra]]\n"
    )));
}

#[test]
fn f_39_wrong_kinds_are_named_with_their_line() {
    insta::assert_snapshot!(complaints(&file(
        "issuer = 1\nlisten = true\ndata = []\nmail = \"smtp\"\n[tokens]\naccess_token_seconds = \"600\"\n\
         id_token_seconds = 1.5\nrefresh_idle_seconds = 2026-01-01\naccess_token_alg = \"rs256\"\n\
         [signup]\nenabled = \"yes\"\n[proxies]\ntrusted = \"10.0.0.0/8\"\n[pages]\nname = { en = \"x\" }\n"
    )));
}

#[test]
fn f_39_values_out_of_bounds_are_told_the_bounds() {
    insta::assert_snapshot!(complaints(&file(&format!(
        "{ISSUER}[tokens]\naccess_token_seconds = 3601\nid_token_seconds = -1\n\
         authorization_code_seconds = 99999999999999999999\nrefresh_grace_seconds = 0x1f\n[passwords]\nminimum_length = 7\n"
    ))));
}

#[test]
fn f_39_wrong_forms_are_told_the_right_one() {
    insta::assert_snapshot!(complaints(&file(
        "issuer = \"login.example.com\"\nlisten = \"localhost:8080\"\ndata = \"\"\n\
         [database]\nurl = \"mysql://root:hunter2@db/x\"\n[keys]\nmaster_key = \"hunter2\"\n\
         [proxies]\ntrusted = [\"10.0.0.0/8\", \"proxy\", 7]\n\
         [mail]\ntransport = \"smpt\"\nhost = \"smtp.example.com:587\"\nfrom = \"Acme <login@example.com\"\n\
         reply_to = \"a@b\\r\\nBcc: everybody@example.com\"\nport = 0\n\
         [pages]\nname = \"two\\nlines\"\ndefault_locale = \"english (uk)\"\n[log]\nlevel = \"verbose\"\nformat = \"xml\"\n\
         [metrics]\nlisten = \":9464\"\n"
    )));
}

#[test]
fn access_tokens_are_signed_by_nothing_that_is_off() {
    let text = |more: &str| format!("{ISSUER}[tokens]\naccess_token_alg = \"PS256\"\n{more}");
    let told = complaints(&file(&text("")));
    assert!(told.contains("PS256, which is not switched on") && told.contains("protocol.ps256_signatures"), "{told}");
    assert!(Settings::load(&file(&text("[protocol]\nps256_signatures = true\n"))).is_ok());
}

#[test]
fn several_database_hosts_are_refused_without_telling_the_password() {
    let text =
        "issuer = \"https://login.example.com\"\n[database]\nurl = \"postgres://door:hunter2@db1:5432,db2/door\"";
    let told = complaints(&file(text));
    assert!(told.contains("names several hosts") && told.contains("leads to the primary"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn f_39_text_that_is_not_toml_is_told_the_line() {
    insta::assert_snapshot!(complaints(&file("issuer = https://login.example.com\n[tokens\nid_token_seconds = 60\n")));
}

#[test]
fn f_39_a_setting_given_twice_is_told_the_line() {
    insta::assert_snapshot!(complaints(&file(&format!("{ISSUER}[signup]\nenabled = true\nenabled = false\n"))));
}

#[test]
fn f_39_a_missing_issuer_is_told() {
    insta::assert_snapshot!(complaints(&Sources::default()));
}

#[test]
fn f_39_mistakes_in_variables_name_the_variable() {
    insta::assert_snapshot!(complaints(&environment(&[
        ("DOORWARD__TOKENS__ACCESS_TOKEN_SECOND", "60"),
        ("DOORWARD__TOKENS__ACCESS_TOKEN_SECONDS", "ten"),
        ("DOORWARD__SIGNUP__ENABLED", "1"),
        ("DOORWARD__MAIL__PASSWORD_FILE", "/run/secrets/mail"),
        ("DOORWARD__KEYS__MASTER_KEY", "hunter2"),
        ("DOORWARD__issuer", "https://b.example"),
        ("DOORWARD__A\n__B", "1"),
        ("DOORWARD__LISTEN", "8080"),
    ])));
}

#[test]
fn f_39_mistakes_on_the_command_line_name_the_option() {
    let overrides = vec![argument("--listen", "listen", "8080"), argument("--issuer", "issuer", "https://a.example/")];
    insta::assert_snapshot!(complaints(&Sources { overrides, ..Sources::default() }));
}

#[test]
fn f_39_mistakes_in_the_dotenv_file_name_it() {
    let dotenv =
        Some(document(".env", "DOORWARD__LISTEN=8080\nDOORWARD__PAGES__NAME='hunter2\nDOORWARD__PAGE__NAME=x\n"));
    insta::assert_snapshot!(complaints(&Sources { mode: Mode::Development, dotenv, ..Sources::default() }));
}

#[test]
fn f_39_every_source_is_looked_at_in_one_go() {
    let sources = Sources {
        file: Some(document("doorward.toml", "issuer = \"http://login.example.com\"\n[tokens]\nid_token_secs = 60\n")),
        environment: variables(&[("DOORWARD__MAIL__TRANSPORT", "smtp")]),
        overrides: vec![argument("--listen", "listen", "nowhere")],
        ..Sources::default()
    };
    insta::assert_snapshot!(complaints(&sources));
}

#[test]
fn each_wrong_issuer_is_told_why() {
    let wrong = [
        "",
        "login.example.com",
        "http://login.example.com",
        "http://192.168.0.1:8080",
        "https://login.example.com/",
        "https://login.example.com/auth",
        "https://login.example.com?a=b",
        "https://login.example.com#top",
        "https://user@login.example.com",
        "https://Login.Example.com",
        "https://login.example.com:443",
        "https://bücher.example",
        "ftp://login.example.com",
        "https://",
    ];
    let told: Vec<String> = wrong.iter().map(|issuer| complaints(&file(&format!("issuer = \"{issuer}\"\n")))).collect();
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn contradictions_are_explained() {
    insta::assert_snapshot!(complaints(&file(
        "issuer = \"http://localhost:8080\"\n[tls]\ncertificate = \"a.pem\"\nkey = \"b.pem\"\n\
         [keys]\nmaster_key = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"\ndirectory = \"keys\"\n\
         rotation_days = 3\nannounce_hours = 72\n\
         [tokens]\nrefresh_absolute_seconds = 600\n[sessions]\nidle_seconds = 90000\n\
         [mail]\ntransport = \"smtp\"\nsecurity = \"none\"\npassword = \"hunter2\"\n"
    )));
}

#[test]
fn halves_of_pairs_are_explained() {
    insta::assert_snapshot!(complaints(&file(&format!(
        "{ISSUER}[tls]\nkey = \"b.pem\"\n[keys]\nannounce_hours = 1\ncache_seconds = 7200\n[mail]\nhost = \"smtp.example.com\"\nusername = \"door\"\n"
    ))));
}

#[test]
fn the_mail_servers_kind_of_tls_is_checked_against_its_port() {
    let mail = |rest: &str| {
        complaints(&file(&format!(
            "{ISSUER}[mail]\ntransport = \"smtp\"\nhost = \"smtp.example.com\"\nfrom = \"login@example.com\"\n{rest}"
        )))
    };
    insta::assert_snapshot!([mail("port = 465\n"), mail("port = 587\nsecurity = \"tls\"\n")].join("\n\n"));
}

#[test]
fn dev_mode_stays_on_loopback() {
    let sources = Sources {
        mode: Mode::Development,
        overrides: vec![argument("--listen", "listen", "0.0.0.0:8080")],
        ..file("issuer = \"https://login.example.com\"\n[metrics]\nlisten = \"0.0.0.0:9464\"\n")
    };
    insta::assert_snapshot!(complaints(&sources));
}

#[test]
fn the_inbox_is_for_dev_mode_only() {
    insta::assert_snapshot!(complaints(&file(&format!("{ISSUER}[mail]\ntransport = \"inbox\"\n"))));
}

#[test]
fn what_is_likely_not_meant_is_a_doubt_not_a_mistake() {
    let open = settings(&file(
        "issuer = \"http://localhost:9090\"\nlisten = \"0.0.0.0:8080\"\n[metrics]\nlisten = \"0.0.0.0:9464\"\n",
    ));
    let proxied = settings(&file(ISSUER));
    insta::assert_snapshot!([open.doubts(), proxied.doubts()].concat().join("\n"));
}

#[test]
fn f_39_a_file_that_cannot_be_read_is_told_why() {
    let directory = tempfile::tempdir().unwrap();
    let binary = directory.path().join("binary.toml");
    std::fs::write(&binary, [0xff, 0xfe]).unwrap();
    let told = [directory.path().join("absent.toml"), directory.path().to_path_buf(), binary].map(|path| {
        let refusal = Sources::gather(Mode::Production, &FileChoice::Named(path), Vec::new(), Vec::new()).unwrap_err();
        report(&refusal).replace(&directory.path().display().to_string(), "DIRECTORY")
    });
    insta::assert_snapshot!(told.join("\n\n"));
}
