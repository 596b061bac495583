use std::io::{self, Write};

use anstream::adapter::strip_str;

/// One of the two streams, and what became of it.
pub(super) struct Stream {
    sink: Box<dyn Write>,
    pub(super) terminal: bool,
    pub(super) color: bool,
    /// The reader has gone.
    pub(super) closed: bool,
    /// The first failure that is not a closed pipe.
    pub(super) failure: Option<io::Error>,
}

impl Stream {
    pub(super) fn new(sink: Box<dyn Write>, terminal: bool, color: bool) -> Self {
        Self { sink, terminal, color, closed: false, failure: None }
    }

    /// Writes styled text, and without colour the text alone.
    pub(super) fn text(&mut self, styled: &str) {
        if self.color {
            self.bytes(styled.as_bytes());
        } else {
            self.bytes(strip_str(styled).to_string().as_bytes());
        }
    }

    /// Writes styled text and ends the line, in one write: two processes on one stderr must not mix their lines.
    pub(super) fn line(&mut self, styled: &str) {
        self.text(&format!("{styled}\n"));
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        if !self.closed && self.failure.is_none() {
            let written = self.sink.write_all(bytes);
            self.note(written);
        }
    }

    pub(super) fn flush(&mut self) {
        if !self.closed && self.failure.is_none() {
            let flushed = self.sink.flush();
            self.note(flushed);
        }
    }

    fn note(&mut self, outcome: io::Result<()>) {
        match outcome {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.closed = true,
            Err(error) => self.failure = Some(error),
        }
    }
}
