//! Settings as an operator meets them: what is read from where, and what is said about mistakes.

use doorward::config::{Document, Mode, Override, Settings, Sources, report};

fn file(text: &str) -> Sources {
    Sources { file: Some(Document { name: "doorward.toml".into(), text: text.into() }), ..Sources::default() }
}

fn complaints(sources: &Sources) -> String {
    report(&Settings::load(sources).expect_err("the settings are wrong"))
}

#[test]
fn scratch() {
    println!("{:#?}", Settings::load(&file("issuer='https://a.example'\n")));
    println!(
        "{}",
        complaints(&file(
            "issue='https://a.example/'\nlisten=':80'\n[token]\n[tokens]\naccess_token_seconds=99999999999999\nid_token_seconds='x'\n[mail]\nport=465\ntransport='smpt'\nhost='x'\n[proxies]\ntrusted=['0.0.0.0/0']\n"
        ))
    );
    println!("{}", doorward::config::reference());
}
