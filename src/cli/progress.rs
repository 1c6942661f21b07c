//! How far long work is, on standard error while somebody looks at it.

use std::io::{self, IsTerminal, Write as _};

use crate::store::CopyProgress;

const WIDTH: usize = 30;

/// A line that is written over and over.
pub struct Bar {
    is_shown: bool,
    last: Option<u64>,
}

impl Bar {
    /// Shows nothing when nobody sits at a terminal.
    pub fn on_terminal() -> Self {
        Self { is_shown: io::stderr().is_terminal(), last: None }
    }

    /// So far.
    pub fn show(&mut self, progress: CopyProgress) {
        let percent = percent(progress);
        if !self.is_shown || self.last == Some(percent) {
            return;
        }
        self.last = Some(percent);
        let end = if percent == 100 { "\n" } else { "" };
        // The work does not depend on somebody looking.
        let _ = write!(io::stderr(), "\r{}{end}", line(progress));
    }
}

fn percent(CopyProgress { done, total }: CopyProgress) -> u64 {
    (done.min(total) * 100).checked_div(total).unwrap_or(100)
}

fn line(progress: CopyProgress) -> String {
    let percent = percent(progress);
    let full = usize::try_from(percent).unwrap_or_default() * WIDTH / 100;
    let (done, total) = (megabytes(progress.done), megabytes(progress.total));
    format!("[{:<WIDTH$}] {percent:>3} %  {done} of {total}", "#".repeat(full))
}

/// Bytes as people read them, in millions with one decimal.
pub fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_fills_from_left_to_right_and_never_beyond() {
        let line = |done, total| line(CopyProgress { done, total });
        assert_eq!(line(0, 8_000_000), "[                              ]   0 %  0.0 MB of 8.0 MB");
        assert_eq!(line(4_000_000, 8_000_000), "[###############               ]  50 %  4.0 MB of 8.0 MB");
        assert_eq!(line(8_000_000, 8_000_000), "[##############################] 100 %  8.0 MB of 8.0 MB");
        assert_eq!(line(0, 0), "[##############################] 100 %  0.0 MB of 0.0 MB");
    }
}
