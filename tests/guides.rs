//! What the guides through the code name is there: the files they link, the paths they write, and the items they call by
//! `module::name`.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails where it should")]

use std::fs;
use std::path::{Path, PathBuf};

/// The guides; each of them is read by somebody who does not know better.
const GUIDES: &[&str] = &["CONTRIBUTING.md", "docs/ARCHITECTURE.md", "docs/TOUR.md"];
/// Where a path may begin that is written without its folder.
const ROOTS: &[&str] = &["", "src", "src/store", "docs"];
/// Modules whose parts the guides call without naming them.
const AT_HOME: &[&str] = &["", "endpoint"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The targets of links, without the part behind `#`.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.map(|target| target.split('#').next().unwrap()).filter(|it| !it.is_empty() && !it.contains(':')).collect()
}

/// What stands between backticks, outside of blocks.
fn quoted(text: &str) -> Vec<&str> {
    let outside = text.split("\n```").step_by(2);
    outside.flat_map(|part| part.split('`').skip(1).step_by(2)).filter(|word| !word.contains([' ', '\n'])).collect()
}

fn is_path(word: &str) -> bool {
    let is_file = [".rs", ".md", ".toml", ".html", ".sql"].iter().any(|end| word.ends_with(end));
    is_file && word.contains('/') && !word.contains(|c: char| c.is_ascii_uppercase() || "*{<".contains(c))
}

/// Whether `src/ROOT` has what `names` lead to: folders and files first, then a word in the file.
fn is_there(base: &Path, names: &[&str]) -> bool {
    let Some((first, rest)) = names.split_first() else { return true };
    let (folder, file) = (base.join(first), base.with_extension("rs"));
    if folder.is_dir() && is_there(&folder, rest) || folder.with_extension("rs").is_file() && is_there(&folder, rest) {
        return true;
    }
    let own = [file, base.join("mod.rs")].into_iter().filter_map(|path| fs::read_to_string(path).ok());
    own.flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned).collect::<Vec<_>>())
        .any(|word| word == *first)
        && (rest.is_empty() || first.starts_with(|c: char| c.is_ascii_uppercase()))
}

fn is_module(path: &Path) -> bool {
    path.is_dir() || path.with_extension("rs").is_file()
}

/// What `word` leads to, if it begins with a module: `None` when it is no path of ours.
fn leads_somewhere(word: &str) -> Option<bool> {
    let names: Vec<&str> = word.split("::").collect();
    let homes: Vec<PathBuf> = AT_HOME.iter().map(|home| root().join("src").join(home)).collect();
    let known: Vec<&PathBuf> = homes.iter().filter(|home| is_module(&home.join(names[0]))).collect();
    (names.len() > 1 && !known.is_empty()).then(|| known.into_iter().any(|home| is_there(home, &names)))
}

#[test]
fn what_the_guides_link_and_name_is_there() {
    let mut missing = Vec::new();
    for guide in GUIDES {
        let text = fs::read_to_string(root().join(guide)).unwrap();
        let beside = root().join(guide).parent().unwrap().to_owned();
        let dead = links(&text).into_iter().filter(|target| !beside.join(target).exists());
        let gone = quoted(&text).into_iter().filter(|word| {
            is_path(word) && !ROOTS.iter().any(|place| root().join(place).join(word).exists())
                || leads_somewhere(word) == Some(false)
        });
        missing.extend(dead.chain(gone).map(|name| format!("{guide}: {name}")));
    }
    assert!(missing.is_empty(), "named and not there:\n{}", missing.join("\n"));
}

#[test]
fn a_name_that_is_not_there_is_found() {
    assert_eq!(leads_somewhere("endpoint::token::post"), Some(true));
    assert_eq!(leads_somewhere("token::post"), Some(true));
    assert_eq!(leads_somewhere("endpoint::token::nothing_of_the_kind"), Some(false));
    assert_eq!(leads_somewhere("Store::find_client"), None);
    assert_eq!(links("[a](src/x.rs#there) and [b](https://x.example)"), ["src/x.rs"]);
    assert_eq!(quoted("a `b` c\n```sh\n`d`\n```\n`e`"), ["b", "e"]);
}
