//! The message files: complete, alike, and all of it used.

use std::collections::{BTreeMap, BTreeSet};

use super::pages;
use crate::pages::sources::Sources;
use crate::pages::{ERROR_MESSAGES, Locale};

/// Messages of one file with the variables each uses.
fn messages(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some((id, _)) = line.split_once(" = ").filter(|_| line.starts_with(|c: char| c.is_ascii_lowercase())) {
            assert!(!found.contains_key(id), "{id} is there twice");
            id.clone_into(&mut current);
            found.entry(current.clone()).or_default();
        }
        let variables = line
            .split('$')
            .skip(1)
            .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>());
        found.entry(current.clone()).or_default().extend(variables);
    }
    found.remove("");
    found
}

fn embedded(extension: &str) -> Vec<(String, String)> {
    Sources::embedded().filter(|(name, _)| name.ends_with(extension)).collect()
}

#[test]
fn every_language_has_every_message_with_the_same_variables() {
    let files = embedded(".ftl");
    assert!(files.len() >= 2);
    let english = messages(&files.iter().find(|(name, _)| name == "messages/en.ftl").expect("English").1);
    for (name, text) in &files {
        let other = messages(text);
        for (id, variables) in &english {
            // "account-…-count" may say "none" in words.
            assert_eq!(other.get(id), Some(variables), "{name}: {id}");
        }
        for id in other.keys() {
            assert!(english.contains_key(id), "{name}: {id} is not in English");
        }
    }
}

#[test]
fn every_message_is_said_somewhere() {
    // Families whose members are picked by a value.
    let families = [
        "problem-",
        "error-",
        "claim-",
        "scope-",
        "span-",
        "approve-done-",
        "granted-",
        "link-confirm-",
        "link-done-",
        "login-notice-",
        "login-arrived-",
        "logins-",
        "federation-",
        "code-notice-",
        "account-nav-",
        "profile-hint-",
        "mail-",
        "imitation-switch-",
        "date-time-pattern",
        "clock-pattern",
    ];
    let templates: String = embedded(".html").into_iter().chain(embedded(".txt")).map(|(_, text)| text).collect();
    let english = embedded("messages/en.ftl").remove(0).1;
    for id in messages(&english).keys() {
        let said = templates.contains(&format!("\"{id}\"")) || families.iter().any(|family| id.starts_with(family));
        assert!(said, "{id}");
    }
}

#[test]
fn every_error_has_a_headline_and_a_sentence() {
    let english = messages(&embedded("messages/en.ftl").remove(0).1);
    for stem in ERROR_MESSAGES {
        assert!(english.contains_key(&format!("error-{stem}-headline")), "{stem}");
        assert!(english.contains_key(&format!("error-{stem}-sentence")), "{stem}");
    }
    let stems = english.keys().filter_map(|id| id.strip_prefix("error-")?.strip_suffix("-headline"));
    assert_eq!(stems.count(), ERROR_MESSAGES.len());
}

#[test]
fn people_get_the_language_they_ask_for() {
    let pages = pages();
    assert_eq!(pages.locales(), [Locale::new("de"), Locale::new("en")]);
    assert_eq!(pages.negotiate(Some("fr de-CH"), Some("en")).as_str(), "de");
    assert_eq!(pages.negotiate(None, Some("fr;q=1, de;q=0.2, en;q=0.1")).as_str(), "de");
    assert_eq!(pages.negotiate(None, Some("fr")).as_str(), "en");
    assert_eq!(pages.negotiate(None, None).as_str(), "en");
}
