//! Which rules of the specifications the code says it keeps, and which tests say they look. Code and tests name a rule
//! in the same way: `RFC 6749 §4.1.3` in a comment, or `rfc6749_4_1_3_…` as the beginning of a test's name.
//!
//! `docs/spec-coverage.md` is made of it (`UPDATE_DOCS=1` writes it), and a rule that the code names and no test does is
//! a failure.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails where it should")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The specifications of what Doorward exists for: as comments name them, and as tests' names begin.
const SPECIFICATIONS: &[(&str, &[&str])] = &[
    ("RFC 6749", &["rfc6749"]),
    ("RFC 6750", &["rfc6750"]),
    ("RFC 7009", &["rfc7009"]),
    ("RFC 7515", &["rfc7515"]),
    ("RFC 7516", &["rfc7516"]),
    ("RFC 7517", &["rfc7517"]),
    ("RFC 7518", &["rfc7518"]),
    ("RFC 7519", &["rfc7519"]),
    ("RFC 7523", &["rfc7523"]),
    ("RFC 7591", &["rfc7591"]),
    ("RFC 7592", &["rfc7592"]),
    ("RFC 7636", &["rfc7636"]),
    ("RFC 7638", &["rfc7638"]),
    ("RFC 7662", &["rfc7662"]),
    ("RFC 8252", &["rfc8252"]),
    ("RFC 8414", &["rfc8414"]),
    ("RFC 8628", &["rfc8628"]),
    ("RFC 8693", &["rfc8693"]),
    ("RFC 8705", &["rfc8705"]),
    ("RFC 8707", &["rfc8707"]),
    ("RFC 8725", &["rfc8725"]),
    ("RFC 9068", &["rfc9068"]),
    ("RFC 9101", &["rfc9101"]),
    ("RFC 9126", &["rfc9126"]),
    ("RFC 9207", &["rfc9207"]),
    ("RFC 9396", &["rfc9396"]),
    ("RFC 9440", &["rfc9440"]),
    ("RFC 9449", &["rfc9449"]),
    ("RFC 9470", &["rfc9470"]),
    ("RFC 9700", &["rfc9700"]),
    ("RFC 9701", &["rfc9701"]),
    ("RFC 9728", &["rfc9728"]),
    ("First-Party Applications", &["first_party"]),
    ("OpenID Connect Core", &["core", "oidc_core"]),
    ("OpenID Connect Discovery", &["discovery"]),
    ("OpenID Connect Registration", &["registration"]),
    ("Back-Channel Logout", &["backchannel_logout"]),
    ("Front-Channel Logout", &["frontchannel_logout"]),
    ("RP-Initiated Logout", &["rp_initiated_logout", "rp_initiated"]),
    ("Session Management", &["session_management"]),
    ("Multiple Response Types", &["multiple_response_types"]),
    ("Form Post Response Mode", &["form_post"]),
    ("JARM", &["jarm"]),
    ("CIBA Core", &["ciba"]),
    ("FAPI 2.0 Security Profile", &["fapi2"]),
    ("FAPI 2.0 Message Signing", &["fapi2_message_signing"]),
    ("Client ID Metadata Document", &["cimd"]),
];

/// A rule: a specification by its place in the list, and a section.
type Rule = (usize, String);

#[derive(Default)]
struct Places {
    code: BTreeSet<String>,
    tests: BTreeSet<String>,
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("node_modules") {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every section that stands behind the name of a specification in `text`.
fn tags(text: &str) -> Vec<Rule> {
    // A comment may break anywhere.
    let text = text.replace('\n', " ").replace("//!", " ").replace("///", " ").replace("//", " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // Two names of one specification.
    let text = text.replace("Dynamic Client Registration", "Registration").replace(" 1.0 §", " §");
    let mut found = Vec::new();
    for (specification, (name, _)) in SPECIFICATIONS.iter().enumerate() {
        for (at, _) in text.match_indices(&format!("{name} §")) {
            let mut rest = &text[at + name.len() + 1..];
            while let Some(section) = rest.strip_prefix('§') {
                let end = section.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(section.len());
                let (section, behind) = section.split_at(end);
                found.push((specification, section.trim_end_matches('.').to_owned()));
                // "§4.1.2, §5.2 and §6"
                rest = behind.trim_start_matches([',', ' ']);
                rest = rest.strip_prefix("and ").unwrap_or(rest);
            }
        }
    }
    found
}

/// The rule that a test's name begins with.
fn named(test: &str) -> Vec<Rule> {
    let mut found = Vec::new();
    for (specification, (_, prefixes)) in SPECIFICATIONS.iter().enumerate() {
        for prefix in *prefixes {
            for (at, _) in test.match_indices(prefix).filter(|(at, _)| *at == 0 || test.as_bytes()[at - 1] == b'_') {
                let Some(rest) = test[at + prefix.len()..].strip_prefix('_') else { continue };
                let is_part = |(index, part): &(usize, &str)| {
                    let is_number = part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty();
                    let is_appendix = *index == 0 && part.len() == 1 && *part != "a";
                    is_number || is_appendix
                };
                let parts: Vec<&str> = rest.split('_').enumerate().take_while(is_part).map(|(_, part)| part).collect();
                if !parts.is_empty() {
                    found.push((specification, parts.join(".").to_uppercase()));
                }
            }
        }
    }
    found
}

/// The tests of a file: each one's name, and its text from the comment before it to the next one.
fn tests(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut is_next = false;
    for line in text.lines() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("#[test]") || trimmed.starts_with("#[tokio::test") {
            is_next = true;
        } else if is_next && let Some(name) = trimmed.split("fn ").nth(1).and_then(|rest| rest.split('(').next()) {
            found.push((name.to_owned(), String::new()));
            is_next = false;
        }
        if let Some((_, body)) = found.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    found
}

fn collect() -> BTreeMap<Rule, Places> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut rules: BTreeMap<Rule, Places> = BTreeMap::new();
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    sources(&root.join("tests"), &mut files);
    files.sort();
    for file in files {
        let path = file.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        let is_test = path.starts_with("tests/") || path.ends_with("tests.rs") || path.contains("/tests/");
        let (code, in_tests) = match text.find("#[cfg(test)]\nmod tests {") {
            _ if is_test => ("", text.as_str()),
            Some(at) => text.split_at(at),
            None => (text.as_str(), ""),
        };
        // Imitations speak as somebody else.
        let code = if path.starts_with("src/dev/") { "" } else { code };
        for rule in tags(code) {
            rules.entry(rule).or_default().code.insert(path.clone());
        }
        if path == "tests/spec_coverage.rs" {
            continue;
        }
        for (name, body) in tests(in_tests) {
            for rule in named(&name).into_iter().chain(tags(&body)) {
                rules.entry(rule).or_default().tests.insert(name.clone());
            }
        }
    }
    rules
}

/// The tests of a rule, and of the rules below it.
fn tests_of<'r>(rules: &'r BTreeMap<Rule, Places>, (specification, section): &Rule) -> BTreeSet<&'r str> {
    let below = format!("{section}.");
    let is_it = |(own, other): &Rule| own == specification && (other == section || other.starts_with(&below));
    rules.iter().filter(|(rule, _)| is_it(rule)).flat_map(|(_, places)| &places.tests).map(String::as_str).collect()
}

#[test]
fn every_rule_that_the_code_names_is_named_by_a_test() {
    let rules = collect();
    let mut page = String::from(
        "# Specifications and their tests\n\nMade by `UPDATE_DOCS=1 cargo test --test spec_coverage` from the comments of \
         the code and the names and\ncomments of the tests: every section that the code says it keeps, where, and the tests \
         that look.\n",
    );
    let mut untested = Vec::new();
    for (specification, (name, _)) in SPECIFICATIONS.iter().enumerate() {
        let own: Vec<_> =
            rules.iter().filter(|((of, _), places)| *of == specification && !places.code.is_empty()).collect();
        if own.is_empty() {
            continue;
        }
        write!(page, "\n## {name}\n\n| section | code | tests |\n|---|---|---|\n").unwrap();
        for (rule, places) in own {
            let tests = tests_of(&rules, rule);
            if tests.is_empty() {
                untested.push(format!("{name} §{} ({})", rule.1, places.code.iter().next().unwrap()));
            }
            let quoted = |texts: Vec<&str>| texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(" ");
            let code = quoted(places.code.iter().map(String::as_str).collect());
            writeln!(page, "| §{} | {code} | {} |", rule.1, quoted(tests.into_iter().collect())).unwrap();
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/spec-coverage.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert!(untested.is_empty(), "{} rules without a test:\n{}", untested.len(), untested.join("\n"));
    assert!(std::fs::read_to_string(&path).unwrap() == page, "docs/spec-coverage.md is stale; UPDATE_DOCS=1 writes it");
}

#[test]
fn tags_are_read_from_comments_and_names() {
    let rule = |name: &str, section: &str| {
        (SPECIFICATIONS.iter().position(|(own, _)| *own == name).unwrap(), section.to_owned())
    };
    let text = "// RFC 6749 §4.1.2, §5.2 and §6: x. OpenID Connect\n    /// Core 1.0 §3.1.2.1.";
    let mut found = tags(text);
    found.sort();
    let expected = [("RFC 6749", "4.1.2"), ("RFC 6749", "5.2"), ("RFC 6749", "6"), ("OpenID Connect Core", "3.1.2.1")];
    assert_eq!(found, expected.map(|(name, section)| rule(name, section)));
    assert_eq!(named("rfc8414_2_1_signed_metadata"), [rule("RFC 8414", "2.1")]);
    assert_eq!(named("cod_01_rfc7636_4_6_and_more"), [rule("RFC 7636", "4.6")]);
    assert_eq!(named("rfc7518_b_1_the_tag"), [rule("RFC 7518", "B.1")]);
    assert!(named("the_core_is_small").is_empty());
}
