use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// What a process took.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    pub time: Duration,
    /// The most memory it had at once, in MiB; 0 where the system does not tell.
    pub peak: f64,
}

use crate::isolation::isolated;

/// A home folder that no settings of this machine or its user reach.
#[derive(Clone, Debug)]
pub struct World {
    home: PathBuf,
}

impl World {
    pub fn in_folder(home: &Path) -> Self {
        Self {
            home: home.to_owned(),
        }
    }

    fn command(&self, folder: &Path, line: &[&str]) -> Command {
        let who = ("Bench", "bench@example.org");
        let mut command = isolated(line[0], folder, &self.home, Some(who));
        // Nobody has that outside of tests, and with it envctl has to ask git for its settings.
        command.env_remove("GIT_CONFIG_NOSYSTEM");
        command.args(&line[1..]);
        command
    }

    /// Runs the command line and waits for it; it must succeed.
    pub fn run(&self, folder: &Path, line: &[&str]) -> io::Result<Took> {
        self.end(folder, line, &[0])
    }

    /// Runs the command line and waits for it; it must refuse with findings, or say that it cannot read.
    pub fn refuse(&self, folder: &Path, line: &[&str]) -> io::Result<Took> {
        self.end(folder, line, &[11, 1])
    }

    /// Runs the command line, which must end with one of the `codes`.
    fn end(&self, folder: &Path, line: &[&str], codes: &[i32]) -> io::Result<Took> {
        let errors = self.home.join("stderr");
        let mut command = self.command(folder, line);
        command.stdout(Stdio::null()).stderr(File::create(&errors)?);
        let begin = Instant::now();
        let child = command.spawn()?;
        let (code, peak) = wait(child)?;
        let time = begin.elapsed();
        if !code.is_some_and(|code| codes.contains(&code)) {
            return Err(failed(line, &std::fs::read_to_string(&errors)?));
        }
        Ok(Took { time, peak })
    }

    /// What the command line writes to standard output; it must succeed.
    pub fn ask(&self, folder: &Path, line: &[&str]) -> io::Result<String> {
        let output = self.output(folder, line)?;
        if !output.status.success() {
            return Err(failed(line, &String::from_utf8_lossy(&output.stderr)));
        }
        Ok(String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned())
    }

    /// Runs the command line, however it ends.
    pub fn output(&self, folder: &Path, line: &[&str]) -> io::Result<Output> {
        self.command(folder, line).output()
    }
}

fn failed(line: &[&str], errors: &str) -> io::Error {
    io::Error::other(format!("{}: {errors}", line.join(" ")))
}

/// Waits for the child; its exit code, if it ended with one, and its peak of memory.
#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "the standard library does not tell what a process used"
)]
fn wait(child: std::process::Child) -> io::Result<(Option<i32>, f64)> {
    let (mut status, pid) = (0, child.id().cast_signed());
    // SAFETY: a struct of numbers, for which all zeros are a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to live locals; the child is ours, and nobody else waits for it.
    if unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut usage) } != pid {
        return Err(io::Error::last_os_error());
    }
    let code = libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status));
    Ok((code, usage.ru_maxrss as f64 / 1024.0))
}

#[cfg(not(target_os = "linux"))]
fn wait(mut child: std::process::Child) -> io::Result<(Option<i32>, f64)> {
    Ok((child.wait()?.code(), 0.0))
}
