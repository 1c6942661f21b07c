//! `docs/conformance.md` says which of our tests shows what each module of the OpenID Foundation's suite looks at; what it
//! names has to exist.

use std::collections::BTreeSet;
use std::fs;

use crate::auth_backends::{quoted, root, tests_there_are};

/// Plans, each with its number of modules.
const PLANS: [(&str, usize); 12] = [
    ("oidcc-basic-certification-test-plan", 39),
    ("oidcc-formpost-basic-certification-test-plan", 1),
    ("oidcc-hybrid-certification-test-plan", 3),
    ("oidcc-config-certification-test-plan", 1),
    ("oidcc-dynamic-certification-test-plan", 23),
    ("oidcc-3rdparty-init-login-certification-test-plan", 2),
    ("oidcc-rp-initiated-logout-certification-test-plan", 11),
    ("oidcc-frontchannel-rp-initiated-logout-certification-test-plan", 2),
    ("oidcc-backchannel-rp-initiated-logout-certification-test-plan", 2),
    ("oidcc-session-management-certification-test-plan", 2),
    ("fapi2-security-profile-final-test-plan", 55),
    ("fapi2-message-signing-final-test-plan", 14),
];

#[test]
fn every_module_of_the_suite_has_its_test_or_its_reason() {
    let manual = fs::read_to_string(root().join("docs/conformance.md")).unwrap();
    let there_are = tests_there_are();
    for (plan, count) in PLANS {
        let (_, rest) = manual.split_once(&format!("`{plan}`\n")).unwrap_or_else(|| panic!("{plan} has a part"));
        let part = rest.split("\n## ").next().unwrap().split("\n### ").next().unwrap();
        let mut modules = BTreeSet::new();
        for line in part.lines().filter(|line| line.starts_with("| `")) {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
            let [module, shown] = cells[..] else { panic!("two cells: {line}") };
            assert!(modules.insert(quoted(module)[0].clone()), "{line} stands there twice");
            let tests = quoted(shown);
            let has_reason = shown.contains("not applicable: ") || shown.contains("remark: ");
            assert!(!tests.is_empty() || has_reason, "{line} has a test or a reason");
            for pair in tests.chunks(2).filter(|_| !has_reason) {
                let [file, test] = pair else { panic!("file and test: {line}") };
                assert!(there_are.contains(file) && there_are.contains(test), "{line}: {file}, {test}");
                let source = fs::read_to_string(root().join(file)).unwrap();
                assert!(source.contains(&format!("fn {test}(")), "{test} is in {file}");
            }
        }
        assert_eq!(modules.len(), count, "{plan}: {modules:?}");
    }
}
