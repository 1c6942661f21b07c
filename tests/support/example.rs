//! Worked examples of the manual: an exchange that a test has just seen, written as people read it, and held against the
//! page that shows it. `UPDATE_DOCS=1` writes the page anew.
//!
//! A page is `docs/protocol/NAME.md`; its example stands between the two comments below.

use std::fmt::Write as _;

use serde_json::Value;

use super::browser::Page;

const BEGIN: &str = "<!-- example: seen by a test -->";
const END: &str = "<!-- /example -->";
/// What is shown of a secret.
const SHOWN: usize = 10;

/// An exchange in the making.
#[derive(Debug, Default)]
pub struct Example(String);

impl Example {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// A sentence between two exchanges.
    pub fn say(&mut self, sentence: &str) {
        writeln!(self.0, "\n{sentence}").unwrap();
    }

    /// A request: its line, header fields that matter, and its form; in a GET the form is the query.
    pub fn ask(&mut self, line: &str, fields: &[(&str, &str)], form: &[(&str, &str)]) {
        writeln!(self.0, "\n```http\n{line} HTTP/1.1").unwrap();
        for (name, value) in fields {
            writeln!(self.0, "{name}: {}", masked(value)).unwrap();
        }
        let pairs: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", masked(value))).collect();
        if !pairs.is_empty() {
            writeln!(self.0, "\n{}", pairs.join("\n&")).unwrap();
        }
        self.0.push_str("```\n");
    }

    /// What came of it: the status, header fields that matter, and the body.
    pub fn answer(&mut self, page: &Page, fields: &[&str]) {
        writeln!(self.0, "\n```http\nHTTP/1.1 {}", page.status).unwrap();
        for name in fields {
            let value = page.headers.get(*name).map(|value| value.to_str().unwrap()).expect("the field is there");
            writeln!(self.0, "{name}: {}", masked(value)).unwrap();
        }
        let body = serde_json::from_str::<Value>(&page.body).map(|body| serde_json::to_string_pretty(&body).unwrap());
        if let Ok(body) = body {
            writeln!(self.0, "\n{}", masked(&body)).unwrap();
        }
        self.0.push_str("```\n");
    }

    /// Any JSON that is worth showing, such as the claims of a token.
    pub fn show(&mut self, value: &Value) {
        writeln!(self.0, "\n```json\n{}\n```", masked(&serde_json::to_string_pretty(value).unwrap())).unwrap();
    }

    /// Holds it against the page.
    pub fn keep(self, page: &str) {
        // Another engine has other keys, and the manual shows one run.
        if std::env::var("DOORWARD_TEST_ENGINE").is_ok_and(|engine| engine == "postgres") {
            return;
        }
        let path = format!("{}/docs/protocol/{page}.md", env!("CARGO_MANIFEST_DIR"));
        let written = std::fs::read_to_string(&path).expect("the page is written");
        let (before, rest) = written.split_once(BEGIN).expect("the page has a place for its example");
        let (_, after) = rest.split_once(END).expect("the place for the example ends");
        let expected = format!("{before}{BEGIN}\n{}\n{END}{after}", self.0);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &expected).unwrap();
        }
        assert!(
            written == expected || std::env::var_os("UPDATE_DOCS").is_some(),
            "{path} is stale; UPDATE_DOCS=1 writes it"
        );
    }
}

/// `text` with whatever looks like a secret or differs in each run cut short: JWTs, our own tokens, thumbprints.
fn masked(text: &str) -> String {
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || "-_.~".contains(c);
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_of_token) {
        let length = rest[start..].find(|c| !is_of_token(c)).unwrap_or(rest.len() - start);
        let word = &rest[start..start + length];
        shown.push_str(&rest[..start]);
        let is_secret = is_secret(word);
        shown.push_str(if is_secret { &word[..SHOWN] } else { word });
        shown.push_str(if is_secret { "…" } else { "" });
        rest = &rest[start + length..];
    }
    shown + rest
}

fn is_secret(word: &str) -> bool {
    const LONGEST_WORD: usize = 36;
    let is_ours = word.len() > SHOWN && word.starts_with("dw") && word.as_bytes().get(3) == Some(&b'_');
    is_ours || word.starts_with("eyJ") && word.len() > SHOWN || word.len() > LONGEST_WORD && !word.contains(".example")
}
