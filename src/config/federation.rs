//! What must agree inside the tables `[provider.NAME]`, and between them.

use serde_json::Value;

use super::layers::Layers;
use super::mistake::{Mistake, Place};
use super::sources::Mode;
use super::{ProviderKind, Settings};
use crate::base::bounds::PROVIDERS_MAX;

/// Keys that mean something for some kinds only.
const ONLY_FOR: [(&str, &[ProviderKind], &str); 5] = [
    ("hosted_domains", &[ProviderKind::Google], "remove it; `domains` restricts by the address"),
    ("organizations", &[ProviderKind::Github], "remove it; `domains` restricts by the address"),
    ("tenant", &[ProviderKind::Microsoft], "remove it; `issuer` says where another provider is"),
    (
        "speaks_for_mailboxes",
        &[ProviderKind::OpenidConnect],
        "remove it; for which mailboxes the others speak is known",
    ),
    (
        "jwks_uri",
        &[ProviderKind::Google, ProviderKind::Microsoft, ProviderKind::OpenidConnect],
        "remove it; GitHub signs nothing",
    ),
];

const ADDRESSES: [&str; 5] = ["issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"];

/// One table.
struct Table<'l> {
    layers: &'l Layers,
    section: &'l str,
    found: Vec<Mistake>,
}

/// The contradictions of all tables.
pub fn check(mode: Mode, layers: &Layers) -> Vec<Mistake> {
    let mut found: Vec<Mistake> = layers.tables.iter().flat_map(|section| check_table(mode, layers, section)).collect();
    if layers.tables.len() > PROVIDERS_MAX {
        found.push(Mistake {
            sentence: format!("There are {} providers, more than {PROVIDERS_MAX}.", layers.tables.len()),
            place: Place::File(layers.file.clone()),
            hint: "nobody finds a button among so many; remove some".to_owned(),
        });
    }
    found
}

fn check_table(mode: Mode, layers: &Layers, section: &str) -> Vec<Mistake> {
    let mut table = Table { layers, section, found: Vec::new() };
    table.check_secret();
    if let Some(kind) = table.kind() {
        table.check_kind(kind);
    }
    if mode != Mode::Development && !table.layers.flag(&table.key("allow_private_addresses")) {
        table.check_tls();
    }
    table.check_domains();
    table.found
}

impl Table<'_> {
    fn key(&self, name: &str) -> String {
        format!("{}.{name}", self.section)
    }

    fn has(&self, name: &str) -> bool {
        self.layers.has(&self.key(name))
    }

    fn lacks(&self, name: &str) -> bool {
        self.layers.lacks(&self.key(name))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.layers.text(&self.key(name))
    }

    fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        let list = self.layers.value(&self.key(name)).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str)
    }

    fn blame(&mut self, name: &str, sentence: impl Into<String>, hint: impl Into<String>) {
        let place = self.layers.place(&self.key(name));
        self.found.push(Mistake { sentence: sentence.into(), place, hint: hint.into() });
    }

    /// The kind; `None` when it is complained about already, or now.
    fn kind(&mut self) -> Option<ProviderKind> {
        if self.layers.blames(&self.key("kind")) {
            return None;
        }
        let name = self.section.split_once('.').map_or(self.section, |(_, name)| name);
        let kind = ProviderKind::of_word(self.text("kind").unwrap_or(name));
        if kind.is_none() {
            let sentence = format!(
                "The setting `{}` is missing; only the names google, github and microsoft say it themselves.",
                self.key("kind")
            );
            self.blame("kind", sentence, "add kind = \"openid_connect\", or another one of docs/configuration.md");
        }
        kind
    }

    fn check_secret(&mut self) {
        let (secret, file) = (self.key("client_secret"), self.key("client_secret_file"));
        if self.has("client_secret") && self.has("client_secret_file") {
            let sentence = format!("There are two client secrets: `{secret}` and what is in `{file}`.");
            self.blame("client_secret", sentence, "keep one of the two");
        } else if self.lacks("client_secret") && self.lacks("client_secret_file") {
            let sentence = format!("The setting `{secret}` is missing, and so is `{file}`.");
            let hint = format!("set {}, or name a file that holds it", super::environment::variable(&secret));
            self.blame("client_secret", sentence, hint);
        }
    }

    fn check_kind(&mut self, kind: ProviderKind) {
        for (name, kinds, hint) in ONLY_FOR {
            if self.has(name) && !kinds.contains(&kind) {
                let sentence = format!("The setting `{}` means nothing for this kind of provider.", self.key(name));
                self.blame(name, sentence, hint);
            }
        }
        self.check_issuer(kind);
        self.check_proof_of_domains(kind);
    }

    fn check_issuer(&mut self, kind: ProviderKind) {
        let issuer = self.key("issuer");
        if kind == ProviderKind::OpenidConnect && self.lacks("issuer") {
            // OpenID Connect Core §3.1.3.7: whoever takes the addresses from elsewhere must still know what `iss` is.
            let sentence = format!("The setting `{issuer}` is missing, and ID tokens are compared with it.");
            let hint = "add issuer = \"https://id.example.com\", as the provider's documentation has it";
            self.blame("issuer", sentence, hint);
        }
        if self.has("tenant") && self.has("issuer") {
            let sentence = format!("`{}` and `{issuer}` both say who issues.", self.key("tenant"));
            self.blame("tenant", sentence, "keep one of the two");
        }
    }

    /// Federation 3.14: a list that anybody passes who names an address would be none, so only proven ones count.
    fn check_proof_of_domains(&mut self, kind: ProviderKind) {
        let (speaks, hint) = match kind {
            ProviderKind::Google | ProviderKind::Github => (true, ""),
            ProviderKind::Microsoft => (false, "restrict by `tenant` instead"),
            ProviderKind::OpenidConnect => (
                self.layers.flag(&self.key("speaks_for_mailboxes")),
                "set speaks_for_mailboxes if the provider does, or restrict at the provider",
            ),
        };
        if !speaks && self.texts("domains").next().is_some() {
            let domains = self.key("domains");
            let sentence = format!("`{domains}` would let nobody in: this provider does not speak for mailboxes.");
            self.blame("domains", sentence, hint);
        }
    }

    fn check_tls(&mut self) {
        for name in ADDRESSES {
            if self.text(name).is_some_and(|address| !address.to_ascii_lowercase().starts_with("https://")) {
                let sentence = format!(
                    "The setting `{}` uses http: everybody on the way could read secrets and answer in its place.",
                    self.key(name)
                );
                let hint = format!(
                    "write it with https, or set {} for one in your own network",
                    self.key("allow_private_addresses")
                );
                self.blame(name, sentence, hint);
            }
        }
    }

    fn check_domains(&mut self) {
        let both: Vec<String> = self
            .texts("domains")
            .filter(|own| self.texts("denied_domains").any(|denied| denied == *own))
            .map(str::to_owned)
            .collect();
        for domain in both {
            let sentence = format!("`{domain}` is let in and kept out at once.");
            self.blame("denied_domains", sentence, "remove it from domains or from denied_domains");
        }
    }
}

/// What is allowed but likely not meant.
pub fn doubts(settings: &Settings) -> Vec<String> {
    let mut found = Vec::new();
    for (index, provider) in settings.providers.iter().enumerate() {
        let name = provider.shown_name();
        if settings.providers[..index].iter().any(|other| other.shown_name() == name) {
            found.push(format!("Two providers are both called {name}: nobody can tell their buttons apart."));
        }
    }
    found
}
