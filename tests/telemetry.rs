//! Log lines and figures as an operator meets them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use doorward::telemetry::{CONTENT_TYPE, Format, LogOptions, LogProblem, Logging, Metrics, start, subscriber};
use proptest::prelude::*;

fn options(format: Format) -> LogOptions {
    LogOptions { format, filter: "info".to_owned(), directory: None, keep_days: 1 }
}

/// A writer whose text can be read.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is written while `events` runs, without the time at the beginning of each line.
fn logged(format: Format, events: impl FnOnce()) -> String {
    let paper = Paper::default();
    let (subscriber, logging) = subscriber(&options(format), Box::new(paper.clone()), false, None).unwrap();
    tracing::subscriber::with_default(subscriber, events);
    // Dropping waits for the lines to be written.
    drop(logging);
    paper.text()
}

fn without_time(text: &str) -> String {
    text.lines().map(|line| line.split_once(' ').map_or(line, |(_, rest)| rest)).collect::<Vec<_>>().join("\n")
}

fn request() -> tracing::span::EnteredSpan {
    tracing::info_span!("request", request_id = "r-1").entered()
}

#[test]
fn a_line_for_people_has_level_request_origin_and_message() {
    let text = logged(Format::Human, || {
        let _request = request();
        tracing::info!(client_id = "app", count = 3, name = "with blanks", "a token was issued");
        tracing::warn!("something is odd");
        tracing::debug!("nobody asked for this");
    });
    insta::assert_snapshot!(without_time(&text), @r#"
    INFO  request_id=r-1 telemetry: a token was issued client_id=app count=3 name="with blanks"
    WARN  request_id=r-1 telemetry: something is odd
    "#);
}

#[test]
fn a_line_for_programs_is_one_json_object_with_the_request_in_it() {
    let text = logged(Format::Json, || {
        let _request = request();
        tracing::info!(client_id = "app", text = "two\nlines", "a token was issued");
    });
    let mut line: serde_json::Value = serde_json::from_str(text.trim_end()).unwrap();
    line.as_object_mut().unwrap().remove("timestamp");
    insta::assert_json_snapshot!(line, @r#"
    {
      "client_id": "app",
      "level": "INFO",
      "message": "a token was issued",
      "span": {
        "name": "request",
        "request_id": "r-1"
      },
      "target": "telemetry",
      "text": "two\nlines"
    }
    "#);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn inj_09_a_log_line_cannot_be_forged(value in "(?s)(\n|\r|\u{1b}\\[2J|\u{85}|\u{2028}|\u{202e}|.){0,40}", json in any::<bool>()) {
        let format = if json { Format::Json } else { Format::Human };
        let text = logged(format, || {
            let _request = tracing::info_span!("request", shown = %value).entered();
            tracing::info!(plain = value.as_str(), display = %value, debug = ?value, "said {value}");
        });
        prop_assert_eq!(text.matches('\n').count(), 1, "{}", text);
        prop_assert!(text.ends_with('\n'));
        if json {
            let line: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(line["plain"].as_str(), Some(value.as_str()));
        } else {
            prop_assert!(!text.trim_end_matches('\n').chars().any(|c| c.is_control() || c == '\u{2028}' || c == '\u{202e}'), "{:?}", text);
        }
    }
}

#[test]
fn a_very_long_value_is_cut() {
    let text = logged(Format::Human, || tracing::info!(value = "a".repeat(100_000), "long"));
    assert!(text.len() < 3_000 && text.ends_with("…\n"), "{} bytes", text.len());
}

/// A terminal that nobody reads.
#[derive(Clone, Default)]
struct Stuck(Arc<(Mutex<bool>, Condvar)>);

impl Stuck {
    fn release(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let released = self.0.0.lock().unwrap();
        drop(self.0.1.wait_while(released, |released| !*released).unwrap());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn f_07_a_pipe_that_nobody_reads_costs_lines_and_no_time() {
    let stuck = Stuck::default();
    let (subscriber, logging) = subscriber(&options(Format::Human), Box::new(stuck.clone()), false, None).unwrap();
    tracing::subscriber::with_default(subscriber, || {
        for number in 0..50_000 {
            tracing::info!(number, "nobody reads this");
        }
    });
    assert!(logging.lines_lost() > 0);
    stuck.release();
}

/// A disk without room.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::StorageFull.into())
    }
}

#[test]
fn f_06_a_full_log_disk_leaves_standard_error_untouched() {
    let paper = Paper::default();
    let file: Option<Box<dyn Write + Send>> = Some(Box::new(Full));
    let (subscriber, logging) = subscriber(&options(Format::Human), Box::new(paper.clone()), false, file).unwrap();
    tracing::subscriber::with_default(subscriber, || tracing::info!("still here"));
    while logging.lines_lost() == 0 {
        std::thread::yield_now();
    }
    drop(logging);
    assert!(paper.text().contains("still here"));
}

#[test]
fn lines_can_be_written_from_many_threads_and_are_never_mixed() {
    let paper = Paper::default();
    let (subscriber, logging) = subscriber(&options(Format::Human), Box::new(paper.clone()), false, None).unwrap();
    let dispatch = tracing::Dispatch::new(subscriber);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let dispatch = &dispatch;
            scope.spawn(move || {
                tracing::dispatcher::with_default(dispatch, || {
                    for number in 0..500 {
                        tracing::info!(thread, number, "mark");
                    }
                });
            });
        }
    });
    drop::<Logging>(logging);
    let text = paper.text();
    assert_eq!(text.lines().count(), 2_000);
    assert!(text.lines().all(|line| line.matches("mark").count() == 1));
}

#[test]
fn the_process_logs_into_a_file_a_day_panics_included() {
    let directory = tempfile::tempdir().unwrap();
    let options = LogOptions { directory: Some(directory.path().join("logs")), ..options(Format::Human) };
    let logging = start(&options, None).unwrap();
    assert!(matches!(start(&options, None), Err(LogProblem::Twice)));
    tracing::info!("a line of the process");
    assert!(std::panic::catch_unwind(|| panic!("a line\nof a panic")).is_err());
    drop(logging);
    let files: Vec<_> =
        std::fs::read_dir(directory.path().join("logs")).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    let name = files[0].file_name().unwrap().to_str().unwrap();
    assert!(name.strip_prefix("doorward.20").is_some_and(|rest| rest.strip_suffix(".log").is_some()), "{name}");
    let text = std::fs::read_to_string(&files[0]).unwrap();
    assert!(text.contains("a line of the process"), "{text}");
    assert!(text.contains("a fault of the program place=tests/telemetry.rs"), "{text}");
}

#[test]
fn a_log_directory_that_cannot_be_made_is_explained() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let problem = start(&LogOptions { directory: Some(file.clone()), ..options(Format::Human) }, None).err().unwrap();
    assert!(problem.to_string().contains(&file.display().to_string()), "{problem}");
    assert!(problem.hint().contains("log.directory"));
}

#[test]
fn a_wrong_filter_is_refused() {
    let options = LogOptions { filter: "info,=,[".to_owned(), ..options(Format::Human) };
    let problem = subscriber(&options, Box::new(io::sink()), false, None).err().unwrap();
    assert!(problem.to_string().starts_with("the log filter cannot be read"), "{problem}");
}

#[test]
fn the_figures_are_rendered_as_open_metrics() {
    let metrics = Metrics::new();
    metrics.answered("/oauth2/token", 200, Duration::from_millis(3));
    metrics.answered("/oauth2/token", 204, Duration::from_micros(300));
    metrics.issued("authorization_code");
    metrics.signed_in("refused");
    metrics.mail("sent");
    metrics.mail_waiting(2);
    metrics.store_failed("busy");
    metrics.connections(5);
    metrics.provider_left_alone("google", true);
    metrics.log_lines_lost(7);
    insta::assert_snapshot!(metrics.render());
    assert!(CONTENT_TYPE.starts_with("application/openmetrics-text"));
}

/// The literal texts in the calls of `tracing::error!`.
fn words_of_errors(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for call in text.split("tracing::error!(").skip(1) {
        let mut open = 1;
        // Every second part stands between quotes.
        for (index, part) in call.split('"').enumerate() {
            if index % 2 == 1 {
                words.push(part.to_owned());
                continue;
            }
            let ends = part.chars().any(|c| {
                open += i32::from(c == '(') - i32::from(c == ')');
                open == 0
            });
            if ends {
                break;
            }
        }
    }
    words
}

#[test]
fn the_words_of_an_error_are_the_programs_own() {
    // They leave the process when errors are reported elsewhere; what somebody sent stands in fields, which do not.
    fn look(folder: &std::path::Path, seen: &mut usize) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, seen);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            for words in words_of_errors(&text) {
                *seen += 1;
                assert!(!words.contains('{'), "a text with values in it in {}: {words}", path.display());
            }
        }
    }
    let mut seen = 0;
    look(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut seen);
    assert!(seen > 5, "{seen}");
    assert_eq!(words_of_errors("tracing::error!(a = f(), \"b {c}\"), d(\"e\")"), ["b {c}"]);
}
