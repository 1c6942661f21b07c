//! Why a command did not do what it was asked, as people read it, and the exit code that programs read.

use std::fmt;
use std::io;
use std::process::ExitCode;

use crate::app::StartFault;
use crate::base::Fault;
use crate::config;
use crate::store::StoreFault;

/// It could not be done.
pub const EXIT_FAILED: u8 = 1;
/// Nothing was done, and trying again does not help.
pub const EXIT_WRONG: u8 = 2;

/// One thing that is wrong: a sentence, the place, and a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// What is wrong.
    pub sentence: String,
    /// Where.
    pub place: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The line in what was handed in, so that complaints can be told in its order.
    pub line: usize,
}

impl Complaint {
    /// A sentence alone.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), place: None, hint: None, line: 0 }
    }

    /// With the line it is about.
    #[must_use]
    pub fn on_line(self, line: Option<usize>) -> Self {
        Self { line: line.unwrap_or(0), ..self }
    }

    /// With the place.
    #[must_use]
    pub fn at(self, place: impl Into<String>) -> Self {
        Self { place: Some(place.into()), ..self }
    }

    /// With what to do.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)?;
        if let Some(place) = &self.place {
            write!(f, "\n  at {place}")?;
        }
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\n  hint: {hint}"))
    }
}

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// Settings are wrong.
    Settings(Vec<config::Mistake>),
    /// The parts could not be put together.
    Start(StartFault),
    /// What was handed in is wrong.
    Input(Vec<Complaint>),
    /// Several of these at once, none of which had anything done.
    Several(Vec<Failure>),
    /// What was asked for cannot be done as things are.
    Refused(Complaint),
    /// The database failed.
    Store(StoreFault),
    /// Something of ours failed.
    Fault(Fault),
    /// The answer could not be written.
    Output(io::Error),
    /// The server would not start, for each of these reasons.
    Unready(Vec<StartFault>),
}

impl Failure {
    /// The exit code.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Settings(_) | Self::Input(_) | Self::Several(_) => EXIT_WRONG.into(),
            Self::Start(fault) if fault.is_lasting() => EXIT_WRONG.into(),
            Self::Unready(faults) if faults.iter().any(StartFault::is_lasting) => EXIT_WRONG.into(),
            // Whoever stopped reading has what they wanted.
            Self::Output(problem) if problem.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            _ => EXIT_FAILED.into(),
        }
    }

    /// Everything that is to be said, one complaint after the other.
    pub fn complaints(&self) -> Vec<String> {
        match self {
            Self::Settings(mistakes) => mistakes.iter().map(ToString::to_string).collect(),
            Self::Start(fault) => vec![fault.to_string()],
            Self::Input(complaints) => complaints.iter().map(ToString::to_string).collect(),
            Self::Several(failures) => failures.iter().flat_map(Self::complaints).collect(),
            Self::Refused(complaint) => vec![complaint.to_string()],
            Self::Store(fault) => {
                let complaint = Complaint::new(fault.to_string());
                vec![Complaint { hint: fault.hint(), ..complaint }.to_string()]
            }
            Self::Fault(fault) => vec![fault.to_string()],
            Self::Output(problem) if problem.kind() == io::ErrorKind::BrokenPipe => Vec::new(),
            Self::Output(problem) => vec![format!("the answer cannot be written: {problem}")],
            Self::Unready(faults) => faults.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Failure {
    /// What was handed in is wrong; told in the order of its lines.
    pub fn input(mut complaints: Vec<Complaint>) -> Self {
        complaints.sort_by_key(|complaint| complaint.line);
        Self::Input(complaints)
    }
}

impl From<StartFault> for Failure {
    fn from(fault: StartFault) -> Self {
        Self::Start(fault)
    }
}

impl From<StoreFault> for Failure {
    fn from(fault: StoreFault) -> Self {
        Self::Store(fault)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<io::Error> for Failure {
    fn from(problem: io::Error) -> Self {
        Self::Output(problem)
    }
}

impl From<Complaint> for Failure {
    fn from(complaint: Complaint) -> Self {
        Self::Refused(complaint)
    }
}
