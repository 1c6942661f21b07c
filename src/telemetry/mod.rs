//! What is told about the running program: log lines and figures.
//!
//! A log line is one line whatever is in it, carries the id of the request it belongs to, and is handed to a thread of
//! its own through a bounded buffer: a full disk, a closed pipe or a terminal nobody reads costs log lines, never an
//! answer. Which lines there are is decided where they are written; that no secret is in them, too.

mod export;
mod human;
mod metrics;
mod sink;

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use tracing::Subscriber;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{InitError, RollingFileAppender, Rotation};
use tracing_subscriber::filter::{EnvFilter, ParseError};
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

pub use export::{ErrorLayer, ErrorReport, ExportOptions, Exports, Queue, RequestSpan, Running, TraceParent};
pub use metrics::{CONTENT_TYPE, Metrics};
use sink::{Alarm, Sink};

use crate::base::bounds::LOG_LINES_WAITING_MAX;

/// The shape of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal.
    Human,
    /// One JSON object a line.
    Json,
}

/// What is logged, and where.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// The shape of a line.
    pub format: Format,
    /// What is let through, as `tracing_subscriber::EnvFilter` writes it.
    pub filter: String,
    /// A directory for daily files beside standard error.
    pub directory: Option<PathBuf>,
    /// Earlier days kept beside today's file.
    pub keep_days: usize,
}

/// Why logging cannot be set up.
#[derive(Debug)]
pub enum LogProblem {
    /// The filter is none.
    Filter(ParseError),
    /// The directory cannot be made.
    Directory(PathBuf, io::Error),
    /// Today's file cannot be opened.
    File(PathBuf, InitError),
    /// Logging is set up already.
    Twice,
}

impl LogProblem {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Filter(_) => "write error, warn, info, debug or trace in log.level",
            Self::Directory(..) | Self::File(..) => {
                "let the user Doorward runs as write to log.directory, or leave it out"
            }
            Self::Twice => "this is a fault of the program; please report it",
        }
    }
}

impl fmt::Display for LogProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filter(problem) => write!(f, "the log filter cannot be read: {problem}"),
            Self::Directory(path, problem) => {
                write!(f, "the log directory {} cannot be made: {problem}", path.display())
            }
            Self::File(path, problem) => write!(f, "no log file can be opened in {}: {problem}", path.display()),
            Self::Twice => f.write_str("logging was set up twice"),
        }
    }
}

impl std::error::Error for LogProblem {}

/// Keeps logging alive. Dropped, it writes what still waits, for a second at most.
pub struct Logging {
    writers: Vec<(WorkerGuard, ErrorCounter)>,
    lost: sink::Losses,
}

impl Logging {
    /// Lines that were not written: the buffer was full, or the disk or the pipe refused them.
    pub fn lines_lost(&self) -> usize {
        self.lost.count() + self.writers.iter().map(|(_, counter)| counter.dropped_lines()).sum::<usize>()
    }
}

/// Logs to standard error and, if `errors` is given, reports errors; and to daily files if a directory is given, from now on in the whole process.
pub fn start(options: &LogOptions, errors: Option<ErrorLayer>) -> Result<Logging, LogProblem> {
    let colours =
        options.format == Format::Human && io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let file = options.directory.as_deref().map(|directory| daily_files(directory, options.keep_days)).transpose()?;
    let (subscriber, logging) = subscriber(options, Box::new(io::stderr()), colours, file)?;
    tracing::subscriber::set_global_default(subscriber.with(errors)).map_err(|_| LogProblem::Twice)?;
    log_panics();
    Ok(logging)
}

/// A file a day, named by its date in UTC.
fn daily_files(directory: &Path, keep_days: usize) -> Result<Box<dyn Write + Send>, LogProblem> {
    std::fs::create_dir_all(directory).map_err(|problem| LogProblem::Directory(directory.to_path_buf(), problem))?;
    let files = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("doorward")
        .filename_suffix("log")
        // The appender makes room for a new file at every start, so that with one file a restart would delete today's.
        .max_log_files(keep_days + 1)
        .build(directory)
        .map_err(|problem| LogProblem::File(directory.to_path_buf(), problem))?;
    Ok(Box::new(files))
}

/// The same with writers of the caller's choice, and without taking over the process.
pub fn subscriber(
    options: &LogOptions,
    standard: Box<dyn Write + Send>,
    colours: bool,
    file: Option<Box<dyn Write + Send>>,
) -> Result<(impl Subscriber + Send + Sync + use<>, Logging), LogProblem> {
    let filter = EnvFilter::try_new(&options.filter).map_err(LogProblem::Filter)?;
    let mut logging = Logging { writers: Vec::new(), lost: sink::Losses::default() };
    let standard = lines(options.format, logging.hand_over(standard, Alarm::Nowhere), colours);
    let file = file.map(|file| lines(options.format, logging.hand_over(file, Alarm::StandardError), false));
    Ok((tracing_subscriber::registry().with(filter).with(standard).with(file), logging))
}

impl Logging {
    /// Puts a thread and a bounded buffer before a writer.
    fn hand_over(&mut self, writer: Box<dyn Write + Send>, alarm: Alarm) -> NonBlocking {
        let sink = Sink::new(writer, alarm, self.lost.clone());
        let (handle, guard) = NonBlockingBuilder::default()
            .buffered_lines_limit(LOG_LINES_WAITING_MAX)
            .lossy(true)
            .thread_name("log")
            .finish(sink);
        self.writers.push((guard, handle.error_counter()));
        handle
    }
}

fn lines<S>(format: Format, writer: NonBlocking, colours: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(colours).log_internal_errors(false);
    match format {
        Format::Human => layer.event_format(human::Line).fmt_fields(human::Fields).boxed(),
        Format::Json => layer.json().flatten_event(true).with_span_list(false).fmt_fields(JsonFields::new()).boxed(),
    }
}

/// A panic becomes a log line like any other, with the id of the request it happened in.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("no message");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, panic = message, "a fault of the program");
    }));
}
