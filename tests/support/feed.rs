//! Feeds a program from a pipe.

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// Returns the output of `command` with `input` on its stdin.
pub fn fed(command: &mut Command, input: &[u8]) -> Output {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A program may answer before it has read everything, so writing and reading run in parallel. One that refuses without reading closes the pipe, which is no error here.
    std::thread::scope(|scope| {
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().unwrap()
    })
}
