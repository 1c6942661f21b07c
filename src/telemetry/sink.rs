//! A writer that never fails: lines that cannot be written are counted, the first failure is told once, and after the
//! last one a line says how many are missing (F-06, F-07).

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Lines lost by all sinks that share it.
#[derive(Debug, Clone, Default)]
pub struct Losses(Arc<AtomicUsize>);

impl Losses {
    /// Lines lost so far.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Where the first failure is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// Nobody would hear it.
    Nowhere,
    /// On standard error.
    StandardError,
}

/// The writer at the end of the log thread.
pub struct Sink {
    writer: Box<dyn Write + Send>,
    alarm: Alarm,
    losses: Losses,
    /// Lines lost since the last one that was written.
    missing: usize,
}

impl Sink {
    /// Takes a writer over.
    pub fn new(writer: Box<dyn Write + Send>, alarm: Alarm, losses: Losses) -> Self {
        Self { writer, alarm, losses, missing: 0 }
    }

    fn put(&mut self, line: &[u8]) -> io::Result<()> {
        if self.missing > 0 {
            // The last line may have been torn in the middle; this begins a new one.
            let notice = format!("\n{} log lines could not be written and are missing here\n", self.missing);
            self.writer.write_all(notice.as_bytes())?;
            self.missing = 0;
        }
        self.writer.write_all(line)
    }

    fn lose(&mut self, problem: &io::Error) {
        if self.missing == 0 && self.alarm == Alarm::StandardError {
            // That this cannot be written either is nobody's concern any more.
            let _ = writeln!(io::stderr(), "log lines are lost: {problem}");
        }
        self.missing += 1;
        self.losses.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Write for Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Err(problem) = self.put(line) {
            self.lose(&problem);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        // Whether a flush fails shows at the next line.
        let _ = self.writer.flush();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::{Alarm, Losses, Sink};

    /// A disk with room for so many bytes.
    #[derive(Clone)]
    struct Disk {
        written: Arc<Mutex<Vec<u8>>>,
        room: Arc<Mutex<usize>>,
    }

    impl Disk {
        fn with_room(room: usize) -> Self {
            Self { written: Arc::default(), room: Arc::new(Mutex::new(room)) }
        }

        fn text(&self) -> String {
            String::from_utf8_lossy(&self.written.lock().unwrap()).into_owned()
        }
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut room = self.room.lock().unwrap();
            let fits = bytes.len().min(*room);
            if fits == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            *room -= fits;
            self.written.lock().unwrap().extend(&bytes[..fits]);
            Ok(fits)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn f_06_a_full_disk_costs_lines_and_says_afterwards_how_many() {
        let (disk, losses) = (Disk::with_room(9), Losses::default());
        let mut sink = Sink::new(Box::new(disk.clone()), Alarm::Nowhere, losses.clone());
        for line in ["one\n", "two three\n", "four\n"] {
            sink.write_all(line.as_bytes()).unwrap();
        }
        assert_eq!((disk.text().as_str(), losses.count()), ("one\ntwo t", 2));
        *disk.room.lock().unwrap() = 1_000;
        sink.write_all(b"five\n").unwrap();
        sink.write_all(b"six\n").unwrap();
        let after = "one\ntwo t\n2 log lines could not be written and are missing here\nfive\nsix\n";
        assert_eq!((disk.text().as_str(), losses.count()), (after, 2));
    }

    #[test]
    fn f_07_a_closed_pipe_is_no_failure() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let losses = Losses::default();
        let mut sink = Sink::new(Box::new(writer), Alarm::StandardError, losses.clone());
        sink.write_all(b"one\n").unwrap();
        sink.flush().unwrap();
        assert_eq!(losses.count(), 1);
    }
}
