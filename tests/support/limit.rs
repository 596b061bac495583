//! Runs a program with a time limit.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long a run may take, whatever fails in it.
const LIMIT: Duration = Duration::from_secs(30);

/// Returns the output of `command`, or as an error what it printed until it and everything that it
/// started were killed after the limit.
pub fn limited(command: &mut Command) -> Result<Output, Output> {
    let child = command
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let child = child.unwrap();
    let group = format!("-{}", child.id());
    let (ended, waits) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let watch = scope.spawn(move || {
            let late = waits.recv_timeout(LIMIT) == Err(mpsc::RecvTimeoutError::Timeout);
            if late {
                Command::new("kill")
                    .args(["-KILL", "--", &group])
                    .status()
                    .unwrap();
            }
            late
        });
        let output = child.wait_with_output().unwrap();
        drop(ended);
        if watch.join().unwrap() {
            Err(output)
        } else {
            Ok(output)
        }
    })
}
