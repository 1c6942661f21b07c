//! The files to deploy from, as far as they can be judged without what reads them: they name settings, commands and
//! paths that there are, and keep the precautions that are their point.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_yaml::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn file(name: &str) -> String {
    std::fs::read_to_string(root().join("examples/deploy").join(name)).unwrap()
}

/// The instructions of the Dockerfile, continued lines joined, without comments.
fn instructions() -> Vec<String> {
    let text = file("Dockerfile");
    let lines = text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    let joined = lines.replace("\\\n", " ");
    joined.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

fn compose() -> Value {
    serde_yaml::from_str(&file("compose.yaml")).unwrap()
}

/// Words of a text that look like variables of settings.
fn variables(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let words = text.split(|c: char| !is_part(c));
    words.filter(|word| word.starts_with("DOORWARD__")).map(str::to_owned).collect()
}

#[test]
fn every_variable_names_a_setting() {
    let reference = doorward::config::reference();
    let mut seen = 0;
    for name in ["Dockerfile", "compose.yaml", "doorward.service"] {
        for variable in variables(&file(name)) {
            assert!(reference.contains(&format!("`{variable}`")), "{name}: {variable}");
            seen += 1;
        }
    }
    assert!(seen >= 8, "{seen}");
}

#[test]
fn the_image_is_built_from_paths_that_are_there_and_let_through() {
    let ignored = std::fs::read_to_string(root().join(".dockerignore")).unwrap();
    assert_eq!(ignored.lines().next(), Some("*"), "data and keys of a checkout stay out of the image");
    let mut copied = BTreeSet::new();
    for line in instructions().iter().filter(|line| line.starts_with("COPY ") && !line.contains("--from=")) {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        for path in &words[..words.len() - 1] {
            assert!(root().join(path).exists(), "{path}");
            assert!(ignored.lines().any(|line| line == format!("!{path}")), "{path} is not let through");
            copied.insert((*path).to_owned());
        }
    }
    // What the manifest and the program's `include` macros name.
    for needed in ["Cargo.toml", "Cargo.lock", ".cargo", ".vendor", "benches", "src", "migrations", "templates"] {
        assert!(copied.contains(needed), "{needed}");
    }
}

#[test]
fn the_image_compiles_with_the_version_that_the_manifest_asks_for() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")).unwrap();
    let version = version.trim_end_matches('"');
    assert!(instructions()[0].starts_with(&format!("FROM rust:{version}-slim-")), "{}", instructions()[0]);
}

#[test]
fn the_image_runs_as_nobody_special_and_looks_after_its_health() {
    let instructions = instructions();
    let last = |word: &str| instructions.iter().rev().find(|line| line.starts_with(word)).unwrap();
    assert_eq!(last("FROM "), "FROM debian:bookworm-slim");
    let user = last("USER ").trim_start_matches("USER ").split(':').next().unwrap().parse::<u32>().unwrap();
    assert!(user >= 10_000, "by number, so that whoever runs it can see that it is not root");
    assert!(last("HEALTHCHECK ").ends_with("CMD [\"doorward\", \"health\"]"));
    assert_eq!((last("ENTRYPOINT ").as_str(), last("CMD ").as_str()), ("ENTRYPOINT [\"doorward\"]", "CMD [\"serve\"]"));
    assert!(!instructions.iter().any(|line| line.starts_with("ADD ") || line.contains(":latest")));
}

#[test]
fn the_compose_file_waits_for_the_database_and_checks_both() {
    let compose = compose();
    let services = &compose["services"];
    for name in ["doorward", "database"] {
        assert!(services[name]["healthcheck"]["test"].is_sequence(), "{name}");
        for volume in services[name]["volumes"].as_sequence().unwrap() {
            let volume = volume.as_str().unwrap().split(':').next().unwrap();
            assert!(compose["volumes"].as_mapping().unwrap().contains_key(volume), "{volume}");
        }
    }
    assert_eq!(services["doorward"]["depends_on"]["database"]["condition"], "service_healthy");
    let build = &services["doorward"]["build"];
    let context = root().join("examples/deploy").join(build["context"].as_str().unwrap());
    let dockerfile: PathBuf = context.join(build["dockerfile"].as_str().unwrap());
    assert!(dockerfile.is_file(), "{}", dockerfile.display());
    // No secret has a value that somebody forgets to change: compose stops without one.
    let text = file("compose.yaml");
    for secret in ["POSTGRES_PASSWORD", "DOORWARD_MASTER_KEY", "DOORWARD_ISSUER"] {
        assert!(text.contains(&format!("${{{secret}:?")), "{secret}");
    }
    let port = services["doorward"]["ports"][0].as_str().unwrap();
    assert!(port.starts_with("127.0.0.1:"), "{port}");
}

#[test]
fn the_systemd_unit_is_understood_where_systemd_is() {
    let unit = file("doorward.service");
    for precaution in ["NoNewPrivileges=true", "ProtectSystem=strict", "CapabilityBoundingSet=\n", "UMask=0077"] {
        assert!(unit.contains(precaution), "{precaution}");
    }
    // The command line as the unit gives it must be one that the program takes.
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    assert_eq!(start, "/usr/local/bin/doorward serve --config /etc/doorward/doorward.toml");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("doorward.service");
    std::fs::write(&path, unit.replace("/usr/local/bin/doorward", env!("CARGO_BIN_EXE_doorward"))).unwrap();
    let Ok(verified) = Command::new("systemd-analyze").arg("verify").arg(&path).output() else {
        return eprintln!("skipped: systemd-analyze is not installed");
    };
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    let about_it: Vec<&str> = said.lines().filter(|line| line.contains("doorward.service")).collect();
    assert!(about_it.is_empty(), "{about_it:#?}");
}
