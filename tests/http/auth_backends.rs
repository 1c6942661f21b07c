//! `docs/auth-backends.md` says where each thing that today's backends offer is found; what it names has to exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use doorward::endpoint::{API_DOCUMENTATION, ROWS};

/// Rows of the list that are somebody else's: second factors, webhooks.
const ELSEWHERE: [u32; 2] = [19, 24];
const LAST: u32 = 35;

struct Row {
    number: u32,
    pages: Vec<String>,
    calls: Vec<String>,
    tests: Vec<String>,
}

/// What stands between backticks in a cell.
pub fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn rows() -> Vec<Row> {
    let text = fs::read_to_string(root().join("docs/auth-backends.md")).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(" | ").collect();
        let [number, _what, pages, operations, tests] = cells[..] else { panic!("five cells: {line}") };
        let number = number.trim_start_matches('|').trim().parse().unwrap();
        Row { number, pages: quoted(pages), calls: quoted(operations), tests: quoted(tests) }
    };
    text.lines().filter(|line| line.starts_with("| ") && line.as_bytes()[2].is_ascii_digit()).map(row).collect()
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn is_mounted(call: &str) -> bool {
    let (method, path) = call.split_once(' ').unwrap_or(("GET", call));
    let path = path.split('?').next().unwrap_or_default();
    ROWS.iter()
        .chain(API_DOCUMENTATION)
        .any(|row| row.path == path && row.methods.iter().any(|(own, _)| own.as_str() == method))
}

/// Every function of the tests and every check of the client suites, by name.
pub fn tests_there_are() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = ["tests", "src", "benches"].map(|folder| root().join(folder)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "node_modules") {
                folders.push(path);
            } else {
                found.extend(names_in(&path));
            }
        }
    }
    found
}

fn names_in(path: &PathBuf) -> Vec<String> {
    let is_source = path.extension().is_some_and(|kind| kind == "rs" || kind == "mjs" || kind == "py");
    let text = if is_source { fs::read_to_string(path).unwrap() } else { String::new() };
    let of_line = |line: &str| {
        let line = line.trim_start().trim_start_matches("pub ").trim_start_matches("async ");
        let name = line.strip_prefix("fn ")?.split(['(', '<']).next()?;
        Some(name.to_owned())
    };
    let mut names: Vec<String> = text.lines().filter_map(of_line).collect();
    names.push(path.strip_prefix(root()).unwrap().display().to_string());
    names
}

#[test]
fn every_row_of_todays_backends_has_its_home_and_its_test() {
    let rows = rows();
    let there_are = tests_there_are();
    let numbers: Vec<u32> = rows.iter().map(|row| row.number).collect();
    let expected: Vec<u32> = (1..=LAST).filter(|number| !ELSEWHERE.contains(number)).collect();
    assert_eq!(numbers, expected);
    for row in &rows {
        let number = row.number;
        assert!(!row.tests.is_empty(), "row {number} names no test");
        for address in row.pages.iter().filter(|page| page.starts_with('/')).chain(&row.calls) {
            let is_address = address.contains('/') && !address.starts_with("doorward ");
            assert!(!is_address || is_mounted(address), "row {number}: {address} is not mounted");
        }
        for test in &row.tests {
            assert!(there_are.contains(test), "row {number}: there is no test {test}");
        }
    }
}
