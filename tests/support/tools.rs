//! Other people's programs, for tests that run them where they are there.
//!
//! `.ci/tools` installs them, pinned, into `target/tools`. Where one is missing a test says that it is skipped and passes, so
//! that `cargo test` needs nothing but Rust and git; with the variable `CI` set it fails.
//!
//! ```ignore
//! let Some(taplo) = tools::program("taplo") else { return };
//! ```

use std::io::Write;
use std::path::{Path, PathBuf};

/// Returns the path of `name`, or `None` after reporting that it is missing.
///
/// # Panics
///
/// When it is missing and `CI` is set.
pub fn program(name: &str) -> Option<PathBuf> {
    let found = candidates(name).find(|path| path.is_file());
    if found.is_none() {
        skip(&format!("{name} is missing: .ci/tools installs it"));
    }
    found
}

/// Returns the paths of all of `names`, or `None` if one of them is missing.
pub fn programs<const N: usize>(names: [&str; N]) -> Option<[PathBuf; N]> {
    let found: Option<Vec<PathBuf>> = names.iter().map(|name| program(name)).collect();
    found?.try_into().ok()
}

/// Reports that a test is skipped.
///
/// # Panics
///
/// When `CI` is set: there nothing may be missing.
pub fn skip(why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    assert!(variable("CI").is_none(), "{test}: {why}");
    // Written to stderr directly, because the harness hides the output of tests that pass.
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
}

/// Returns where a program may be: in each environment of `target/tools`, then along `PATH`.
fn candidates(name: &str) -> impl Iterator<Item = PathBuf> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools");
    let environments = std::fs::read_dir(&tools)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    let node = tools.join("node/node_modules/.bin");
    let path = variable("PATH").unwrap_or_default();
    let path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let name = name.to_owned();
    environments
        .chain([node])
        .chain(path)
        .map(move |folder| folder.join(&name))
}

#[expect(
    clippy::disallowed_methods,
    reason = "which programs there are, and whether one may be missing, is not for a sealed world to say"
)]
fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}
