//! `docs/federation.md` names for each rule of signing in by other providers the tests that hold it, or says why there is
//! none; what it names has to exist, and no test of a rule may be left out.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use crate::auth_backends::{quoted, root, tests_there_are};

/// How many points each part has.
const PARTS: [(u8, u8); 3] = [(1, 14), (2, 15), (3, 20)];

/// A numbered point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Point(u8, u8);

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl Point {
    fn all() -> impl Iterator<Item = Self> {
        PARTS.into_iter().flat_map(|(part, last)| (1..=last).map(move |number| Self(part, number)))
    }

    /// The tests that are named after it: `fed_1_5_errors_come_with_status_200`.
    fn tests_of(self, there_are: &BTreeSet<String>) -> impl Iterator<Item = &String> {
        let prefix = format!("fed_{}_{}_", self.0, self.1);
        there_are.iter().filter(move |name| name.starts_with(&prefix))
    }
}

struct Row {
    point: String,
    subject: String,
    tests: String,
}

impl Row {
    fn read(line: &str) -> Option<Self> {
        let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix('|')?.split('|').map(str::trim).collect();
        let [point, subject, tests] = cells[..] else { return None };
        let is_point = point.split_once('.').is_some_and(|(part, number)| {
            [part, number].iter().all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
        });
        is_point.then(|| Self { point: point.to_owned(), subject: subject.to_owned(), tests: tests.to_owned() })
    }

    fn has_reason(&self) -> bool {
        self.tests.strip_prefix('–').is_some_and(|reason| !reason.trim().is_empty())
    }

    /// The row with every test that is named after its point, and without those that are no more.
    fn renewed(&self, there_are: &BTreeSet<String>) -> String {
        let point = Point::all().find(|point| point.to_string() == self.point);
        let own = point.into_iter().flat_map(|point| point.tests_of(there_are)).cloned();
        let kept = quoted(&self.tests).into_iter().filter(|name| there_are.contains(name));
        let all: BTreeSet<String> = kept.chain(own).collect();
        let shown: Vec<String> = all.iter().map(|name| format!("`{name}`")).collect();
        let cell = if shown.is_empty() { self.tests.clone() } else { shown.join(" ") };
        format!("| {} | {} | {cell} |", self.point, self.subject)
    }
}

fn page() -> PathBuf {
    root().join("docs/federation.md")
}

fn rows() -> Vec<Row> {
    fs::read_to_string(page()).unwrap().lines().filter_map(Row::read).collect()
}

/// The table is written by `UPDATE_DOCS=1 cargo test --test http -- federation_points`.
#[test]
fn every_point_of_federation_has_its_test_or_a_reason_why_not() {
    let there_are = tests_there_are();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let text = fs::read_to_string(page()).unwrap();
        let renewed = text.lines().map(|line| Row::read(line).map_or(line.to_owned(), |row| row.renewed(&there_are)));
        fs::write(page(), renewed.collect::<Vec<_>>().join("\n") + "\n").unwrap();
    }
    let rows = rows();
    let points: Vec<&str> = rows.iter().map(|row| row.point.as_str()).collect();
    assert_eq!(points, Point::all().map(|point| point.to_string()).collect::<Vec<_>>());
    let mut wrong = Vec::new();
    for (row, point) in rows.iter().zip(Point::all()) {
        let named = quoted(&row.tests);
        let lost = named.iter().filter(|name| !row.has_reason() && !there_are.contains(*name));
        wrong.extend(lost.map(|name| format!("{point}: there is no test {name}")));
        let left_out = point.tests_of(&there_are).filter(|name| !named.contains(name));
        wrong.extend(left_out.map(|name| format!("{point}: {name} is left out")));
        if named.is_empty() && !row.has_reason() {
            wrong.push(format!("{point}: neither a test nor a reason why there is none"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Titles of the pages on which a visit ends badly.
fn titles() -> Vec<String> {
    let messages = fs::read_to_string(root().join("templates/messages/en.ftl")).unwrap();
    let title = |line: &str| {
        let (name, text) = line.split_once(" = ")?;
        let is_title = name.starts_with("federation-") && name.ends_with("-title");
        is_title.then(|| text.replace("{ $provider }", "…"))
    };
    messages.lines().filter_map(title).collect()
}

#[test]
fn every_page_on_which_a_visit_ends_badly_is_explained_to_operators() {
    let text = fs::read_to_string(page()).unwrap();
    for title in titles() {
        assert!(text.contains(&format!("\n| {title} |")), "{title} is not explained");
    }
}
