//! Reads input that may take long, such as a pipe, and prints a message while waiting.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::{Output, Shown};

/// How long a read may take before the message.
const PATIENCE: Duration = Duration::from_secs(2);

/// Returns the bytes of the file at `path`, up to one more than `most`.
///
/// # Errors
///
/// When it cannot be opened or read.
pub fn read_file(path: &Path, most: u64, output: &mut Output) -> io::Result<Vec<u8>> {
    let what = path.display().to_string();
    let path = path.to_owned();
    patiently(output, &what, move || limited(File::open(path)?, most))
}

/// Returns the bytes of standard input, up to one more than `most`.
///
/// # Errors
///
/// When it cannot be read.
pub fn read_stdin(most: u64, output: &mut Output) -> io::Result<Vec<u8>> {
    patiently(output, "standard input", move || limited(io::stdin(), most))
}

fn limited(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Runs `read` on another thread, so that this one can print the message.
fn patiently(
    output: &mut Output,
    what: &str,
    read: impl FnOnce() -> io::Result<Vec<u8>> + Send + 'static,
) -> io::Result<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    // The receiver outlives the thread, or the process ends anyway.
    thread::spawn(move || drop(sender.send(read())));
    let lost = || io::Error::other("the read was given up");
    match receiver.recv_timeout(PATIENCE) {
        Ok(bytes) => bytes,
        Err(RecvTimeoutError::Disconnected) => Err(lost()),
        Err(RecvTimeoutError::Timeout) => {
            let what = Shown(what);
            output.say(format!("waiting for somebody to write to {what}"));
            receiver.recv().unwrap_or_else(|_| Err(lost()))
        }
    }
}
