//! How answers are written: columns for people, JSON for programs.

use std::io::{self, IsTerminal, Write};

use jiff::Timestamp as Moment;
use serde_json::Value;

use super::failure::{Complaint, Failure};
use super::provision::Document;
use crate::base::Timestamp;
use crate::base::bounds::APPLY_BYTES_MAX;

/// Writes lines to standard output.
pub fn lines<S: AsRef<str>>(lines: impl IntoIterator<Item = S>) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    for line in lines {
        writeln!(out, "{}", line.as_ref())?;
    }
    Ok(out.flush()?)
}

/// Writes JSON to standard output.
pub fn json(value: &Value) -> Result<(), Failure> {
    lines([format!("{value:#}")])
}

/// Rows as columns, each as wide as its widest cell, the last one as it comes.
pub fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..).map_while(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// A row of texts.
pub fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// The members of an object as rows: one a member, one more for each further entry of a list. Moments are left to those who
/// know which numbers are moments.
pub fn members(value: &Value) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    flatten("", value, &mut rows);
    rows
}

fn flatten(prefix: &str, value: &Value, rows: &mut Vec<Vec<String>>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let path = format!("{prefix}{name}");
        match value {
            Value::Object(_) => flatten(&format!("{path}."), value, rows),
            Value::Array(items) => rows.extend(items.iter().map(|item| row([&path, &plain(item)]))),
            _ if name.ends_with("_at") => {}
            value => rows.push(row([&path, &plain(value)])),
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A moment as people and programs read it (RFC 3339, UTC, whole seconds).
pub fn moment(at: Timestamp) -> String {
    Moment::from_second(at.seconds()).map_or_else(|_| at.seconds().to_string(), |moment| moment.to_string())
}

/// Reads a file, or standard input when it is called `-`.
pub fn read(path: &std::path::Path) -> Result<Document, Failure> {
    let is_input = path.as_os_str() == "-";
    let name = if is_input { "standard input".to_owned() } else { path.display().to_string() };
    let read = if is_input { read_input(&name) } else { std::fs::read_to_string(path) };
    let text = read.map_err(|problem| unreadable(&name, &problem))?;
    Ok(Document { name, text })
}

fn read_input(_: &str) -> io::Result<String> {
    let mut text = String::new();
    io::Read::read_to_string(&mut io::Read::take(io::stdin().lock(), APPLY_BYTES_MAX as u64 + 1), &mut text)?;
    Ok(text)
}

fn unreadable(name: &str, problem: &io::Error) -> Failure {
    let complaint = Complaint::new(format!("The file cannot be read: {problem}.")).at(name);
    Failure::Input(vec![complaint.hint("check the path, and that it is a text in UTF-8 that this user may read")])
}

/// Reads one line from standard input, asking for it when somebody sits there.
pub fn read_line(question: &str) -> Result<String, Failure> {
    if io::stdin().is_terminal() {
        eprint!("{question}");
    }
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line).map_err(|problem| unreadable("standard input", &problem));
    read.map(|_| line.trim_end_matches(['\r', '\n']).to_owned())
}
