//! The isolated setup that every test begins with: its own home, one language and time zone, no
//! settings of the machine or its user, and no other variables except where programs are. What is
//! special to a suite is in its world.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

/// Returns `program`, ready to run in `folder` with `home` as its home. `who`, a name and an
/// address, is the author and committer of what it commits.
pub fn isolated(
    program: impl AsRef<OsStr>,
    folder: &Path,
    home: &Path,
    who: Option<(&str, &str)>,
) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    command.env_clear().envs(variables(home, who));
    command
}

/// Returns every variable that an isolated program sees.
pub fn variables(home: &Path, who: Option<(&str, &str)>) -> Vec<(&'static str, String)> {
    let home = home.display().to_string();
    let mut variables = vec![
        ("PATH", search_path()),
        ("HOME", home.clone()),
        ("XDG_CONFIG_HOME", home),
        ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
        ("TZ", "UTC".to_owned()),
        ("LC_ALL", "C.UTF-8".to_owned()),
    ];
    if let Some((name, email)) = who {
        variables.extend([
            ("GIT_AUTHOR_NAME", name.to_owned()),
            ("GIT_AUTHOR_EMAIL", email.to_owned()),
            ("GIT_COMMITTER_NAME", name.to_owned()),
            ("GIT_COMMITTER_EMAIL", email.to_owned()),
        ]);
    }
    variables
}

#[expect(
    clippy::disallowed_methods,
    reason = "where the programs are is all that a test has in common with the machine"
)]
fn search_path() -> String {
    std::env::var("PATH").unwrap_or_default()
}
