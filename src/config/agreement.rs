//! What must agree between settings that are each right alone, and what may be so but is likely not meant.

use std::net::SocketAddr;

use super::layers::Layers;
use super::mistake::{Mistake, Place};
use super::sources::Mode;
use super::{MailTransport, Settings, federation, issuer};

/// Adds a mistake for each contradiction.
pub fn check(mode: Mode, layers: &mut Layers) {
    let found = [
        check_tls(layers),
        check_local_tls(layers),
        check_keys(layers),
        check_signatures(layers),
        check_lifetimes(layers),
        check_mail_server(layers),
        check_mail_secrets(layers),
        check_mode(mode, layers),
        federation::check(mode, layers),
    ];
    layers.mistakes.extend(found.into_iter().flatten());
}

fn mistake(sentence: impl Into<String>, place: Place, hint: impl Into<String>) -> Mistake {
    Mistake { sentence: sentence.into(), place, hint: hint.into() }
}

fn number(layers: &Layers, key: &str) -> u64 {
    layers.number(key).unwrap_or_default()
}

fn check_tls(layers: &Layers) -> Vec<Mistake> {
    let mut found = Vec::new();
    for (here, missing) in [("tls.certificate", "tls.key"), ("tls.key", "tls.certificate")] {
        if layers.has(here) && layers.lacks(missing) {
            let sentence = format!("The setting `{here}` is of no use without `{missing}`.");
            found.push(mistake(sentence, layers.place(here), format!("add {missing}, or remove both")));
        }
    }
    let plain_issuer = layers.text("issuer").is_some_and(|issuer| issuer.starts_with("http://"));
    if plain_issuer && layers.has("tls.certificate") && layers.has("tls.key") {
        let sentence = "The issuer begins with http, but the listener has a certificate and speaks https only.";
        found.push(mistake(sentence, layers.place("issuer"), "write the issuer with https, or remove [tls]"));
    }
    found
}

fn check_local_tls(layers: &Layers) -> Vec<Mistake> {
    if !layers.flag("tls.local") {
        return Vec::new();
    }
    let mut found = Vec::new();
    if layers.has("tls.certificate") || layers.has("tls.key") {
        let sentence = "There are two certificates: one given as files, one of a local authority.";
        found.push(mistake(sentence, layers.place("tls.local"), "remove tls.local, or tls.certificate and tls.key"));
    }
    let Some(issuer) = layers.text("issuer").and_then(|text| issuer::parse(text).ok()) else { return found };
    if !issuer.is_https() {
        let sentence = "The issuer begins with http, but the listener has a local certificate and speaks https only.";
        let hint = format!("write the issuer as {}", issuer.as_str().replacen("http:", "https:", 1));
        found.push(mistake(sentence, layers.place("issuer"), hint));
    }
    if !issuer.is_local() {
        let sentence = format!(
            "A local authority vouches for local names only, and {} is a name that others can reach.",
            issuer.host()
        );
        let hint = "get a certificate for it (Let's Encrypt gives them away) and name its files in [tls], let a proxy \
             speak TLS, or choose an issuer such as https://localhost:8443 or https://login.test";
        found.push(mistake(sentence, layers.place("issuer"), hint));
    }
    found
}

fn check_keys(layers: &Layers) -> Vec<Mistake> {
    let mut found = Vec::new();
    let (announce, cache) = (number(layers, "keys.announce_hours"), number(layers, "keys.cache_seconds"));
    // DISC-08: everybody's copy of the old key set has run out before the new key signs.
    if announce * 3_600 < cache {
        let sentence = format!(
            "A key would sign {announce} h after it is published, while copies of the key set without it may be kept {cache} s."
        );
        found.push(mistake(
            sentence,
            layers.place("keys.announce_hours"),
            "raise keys.announce_hours or lower keys.cache_seconds",
        ));
    }
    if announce >= number(layers, "keys.rotation_days") * 24 {
        let sentence = "A key would have to be announced before the one it follows begins to sign.";
        found.push(mistake(
            sentence,
            layers.place("keys.rotation_days"),
            "raise keys.rotation_days or lower keys.announce_hours",
        ));
    }
    if layers.has("keys.master_key") && layers.has("keys.directory") {
        let sentence = "There are two master keys: one given as a value, one in a directory.";
        found.push(mistake(sentence, layers.place("keys.master_key"), "keep either keys.master_key or keys.directory"));
    }
    found
}

fn check_signatures(layers: &Layers) -> Vec<Mistake> {
    if layers.text("tokens.access_token_alg") != Some("PS256") || layers.flag("protocol.ps256_signatures") {
        return Vec::new();
    }
    vec![mistake(
        "Access tokens would be signed with PS256, which is not switched on.",
        layers.place("tokens.access_token_alg"),
        "add protocol.ps256_signatures = true, or choose another algorithm",
    )]
}

fn check_lifetimes(layers: &Layers) -> Vec<Mistake> {
    let pairs = [
        ("tokens.refresh_idle_seconds", "tokens.refresh_absolute_seconds"),
        ("sessions.idle_seconds", "sessions.absolute_seconds"),
        ("codes.resend_seconds", "codes.lifetime_seconds"),
    ];
    let pairs = pairs.into_iter().map(|(short, long)| (short, number(layers, short), long, number(layers, long)));
    pairs
        .filter(|(_, short_seconds, _, long_seconds)| short_seconds > long_seconds)
        .map(|(short, short_seconds, long, long_seconds)| {
            let sentence = format!(
                "`{short}` ({short_seconds}) is longer than `{long}` ({long_seconds}), which always ends first."
            );
            let place = if layers.has(short) { layers.place(short) } else { layers.place(long) };
            mistake(sentence, place, format!("lower {short} or raise {long}"))
        })
        .collect()
}

fn check_mail_server(layers: &Layers) -> Vec<Mistake> {
    if layers.blames("mail.transport") {
        return Vec::new();
    }
    if layers.text("mail.transport") != Some("smtp") {
        let idle = layers.has("mail.host") && layers.text("mail.transport") == Some("none");
        return if idle {
            vec![mistake(
                "A mail server is named, but the mail transport is `none`, so nothing would be sent.",
                layers.place("mail.host"),
                "add mail.transport = \"smtp\", or remove mail.host",
            )]
        } else {
            Vec::new()
        };
    }
    let mut found = Vec::new();
    for (key, example) in [("mail.host", "\"smtp.acme.example\""), ("mail.from", "\"Acme <login@acme.example>\"")] {
        if layers.lacks(key) {
            let sentence = format!("Mail by SMTP needs `{key}`.");
            found.push(mistake(sentence, layers.place(key), format!("add {key} = {example}")));
        }
    }
    let security = layers.text("mail.security").unwrap_or_default();
    let clash = match (number(layers, "mail.port"), security) {
        (465, "starttls") => Some(("begins with TLS at once", "tls")),
        (587 | 25, "tls") => Some(("begins in plain text", "starttls")),
        _ => None,
    };
    if let Some((speaks, right)) = clash {
        let sentence = format!(
            "A mail server on port {} {speaks}, which `mail.security = \"{security}\"` does not.",
            number(layers, "mail.port")
        );
        found.push(mistake(
            sentence,
            layers.place("mail.port"),
            format!("set mail.security = \"{right}\", or another port"),
        ));
    }
    found
}

fn check_mail_secrets(layers: &Layers) -> Vec<Mistake> {
    let mut found = Vec::new();
    for (here, missing) in [("mail.username", "mail.password"), ("mail.password", "mail.username")] {
        if layers.has(here) && layers.lacks(missing) {
            let sentence = format!("The setting `{here}` is of no use without `{missing}`.");
            found.push(mistake(sentence, layers.place(here), format!("add {missing}, or remove both")));
        }
    }
    let local = layers.text("mail.host").is_some_and(|host| ["localhost", "127.0.0.1", "::1"].contains(&host));
    if layers.text("mail.security") == Some("none") && layers.has("mail.password") && !local {
        found.push(mistake(
            "The mail password would cross the network in plain text.",
            layers.place("mail.security"),
            "set mail.security to \"starttls\" or \"tls\"",
        ));
    }
    found
}

fn check_mode(mode: Mode, layers: &Layers) -> Vec<Mistake> {
    let mut found = Vec::new();
    let loopback = |text: &str| text.parse::<SocketAddr>().is_ok_and(|address| address.ip().is_loopback());
    match mode {
        Mode::Development => {
            for key in ["listen", "metrics.listen"] {
                if layers.text(key).is_some_and(|text| !loopback(text)) {
                    let hint = format!("set {key} to 127.0.0.1 with a port, or run `doorward serve`");
                    found.push(mistake(
                        "Dev mode has known passwords, so it listens on loopback only.",
                        layers.place(if key == "listen" { "listen" } else { "metrics.listen" }),
                        hint,
                    ));
                }
            }
            let issuer = layers.text("issuer").and_then(|text| issuer::parse(text).ok());
            if issuer.is_some_and(|issuer| !issuer.is_loopback()) {
                found.push(mistake(
                    "Dev mode answers on this machine only, but the issuer is another one.",
                    layers.place("issuer"),
                    "remove the issuer for dev mode, or run `doorward serve`",
                ));
            }
        }
        Mode::Upkeep => {}
        Mode::Production => {
            if layers.text("mail.transport") == Some("inbox") {
                found.push(mistake(
                    "The inbox shows everybody's mail, so only dev mode has it.",
                    layers.place("mail.transport"),
                    "set mail.transport = \"smtp\", or run `doorward dev`",
                ));
            }
        }
    }
    found
}

/// See [`Settings::doubts`].
pub fn doubts(settings: &Settings) -> Vec<String> {
    let mut found = Vec::new();
    let mut doubt = |holds: bool, sentence: &str| {
        if holds {
            found.push(sentence.to_owned());
        }
    };
    let behind_proxy = settings.issuer.is_https() && !settings.tls.is_on();
    doubt(
        behind_proxy && settings.proxies.trusted.is_empty(),
        "The issuer uses https and the listener does not, so a proxy must stand in front, but proxies.trusted is empty: \
         everybody will be counted as one network address.",
    );
    doubt(
        settings.mail.transport == MailTransport::None,
        "mail.transport is none: sign-up, mailed codes and password reset are switched off.",
    );
    doubt(
        !settings.issuer.is_https() && !settings.listen.ip().is_loopback(),
        "The issuer is on loopback, but the listener is open to the network: nobody elsewhere can sign in.",
    );
    doubt(
        !settings.issuer.is_https()
            && issuer::port(&settings.issuer) != Some(settings.listen.port())
            && settings.proxies.trusted.is_empty(),
        "The issuer's port is not the port listened on: unless something forwards one to the other, nobody reaches it.",
    );
    doubt(
        settings.metrics.listen.is_some_and(|address| !address.ip().is_loopback()),
        "metrics.listen is open to the network: anybody who reaches it reads the figures.",
    );
    found.extend(federation::doubts(settings));
    found
}
