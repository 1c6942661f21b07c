//! The one shape rule that a machine keeps: an import may only point to the left of
//! base ← model ← { protocol, identity, jose } ← { store, upstream, pages } ← mail ← { endpoint, worker } ← app ← cli.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails where it should")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What each module may import besides itself. A module that is not listed here fails the test.
fn allowed() -> BTreeMap<&'static str, Vec<&'static str>> {
    let rules = vec!["base", "model"];
    let keepers = vec!["base", "model", "protocol", "identity", "jose"];
    let mail = [keepers.clone(), vec!["store", "upstream", "pages"]].concat();
    let serving = [mail.clone(), vec!["mail"]].concat();
    let mut app = serving.clone();
    app.extend(["endpoint", "worker", "config", "telemetry", "listener", "dev"]);
    BTreeMap::from([
        ("base", vec![]),
        ("model", vec!["base"]),
        ("protocol", rules.clone()),
        ("identity", rules.clone()),
        ("jose", rules),
        ("store", keepers.clone()),
        ("upstream", keepers.clone()),
        ("pages", keepers),
        ("mail", mail),
        ("endpoint", serving.clone()),
        ("worker", serving.clone()),
        ("config", vec!["base"]),
        ("telemetry", vec!["base"]),
        ("listener", vec!["base"]),
        // Dev mode sits beside app and adds rows to the endpoints' table.
        ("dev", [serving, vec!["endpoint"]].concat()),
        ("cli", [app.clone(), vec!["app"]].concat()),
        ("app", app),
    ])
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The top-level modules that a file names after `crate::`.
fn imports(text: &str) -> Vec<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = code.collect::<Vec<_>>().join("\n");
    let parts = code.split("crate::").skip(1);
    let named =
        parts.map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().map(|name| (name, rest)));
    // Macros stand at the root whatever module they belong to.
    let modules = named.flatten().filter(|(name, rest)| !is_macro(name, rest));
    modules.map(|(name, _)| name.to_owned()).collect()
}

fn is_macro(name: &str, rest: &str) -> bool {
    rest[name.len()..].starts_with('!') || matches!(name, "params" | "migration")
}

#[test]
fn imports_point_left() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let allowed = allowed();
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let path = file.strip_prefix(&root).unwrap();
        let module = path.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
        if matches!(module.as_str(), "lib" | "main") {
            continue;
        }
        let Some(may) = allowed.get(module.as_str()) else {
            wrong.push(format!("{}: the module `{module}` has no place in the layers", path.display()));
            continue;
        };
        for import in imports(&std::fs::read_to_string(&file).unwrap()) {
            if import != module && !may.contains(&import.as_str()) {
                wrong.push(format!("{}: imports {import}", path.display()));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "imports that point the wrong way:\n{}", wrong.join("\n"));
}

#[test]
fn a_driver_is_named_by_the_module_that_owns_it_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let owners: &[(&str, &[&str])] = &[
        ("sqlx::", &["store"]),
        ("rusqlite::", &["store"]),
        ("argon2::", &["identity"]),
        ("minijinja::", &["pages"]),
        ("fluent_bundle::", &["pages"]),
        ("lettre::", &["mail"]),
        ("rsa::", &["jose"]),
        ("jsonwebtoken::", &["jose"]),
        ("poem::", &["endpoint", "dev", "app", "listener"]),
        ("openidconnect::", &["upstream", "dev"]),
        ("reqwest::", &["upstream", "dev", "telemetry", "cli"]),
        ("clap::", &["cli", "main"]),
    ];
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let path = file.strip_prefix(&root).unwrap();
        let module = path.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
        let text = std::fs::read_to_string(&file).unwrap();
        for (driver, may) in owners {
            let used = text.lines().any(|line| {
                let line = line.trim_start();
                !line.starts_with("//")
                    && (line.starts_with(&format!("use {driver}")) || line.contains(&format!(" {driver}")))
            });
            if used && !may.contains(&module.as_str()) {
                wrong.push(format!("{}: names {driver}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "crates outside their module:\n{}", wrong.join("\n"));
}
