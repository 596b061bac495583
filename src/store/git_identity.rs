use std::time::Duration;

use crate::model::Identity;
use crate::store::program;

/// How long git may take to print two words.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reports whether git leaves something out of `text`, a name or an address, that depends on git's version: dots at the ends
/// stay since 2.46; what cannot stand in a header never did.
fn is_doubtful(text: &str) -> bool {
    let rest = text.trim_matches(|c: char| c <= ' ' || ",:;<>\"\\'".contains(c));
    rest.starts_with('.') || rest.ends_with('.') || text.contains(['<', '>', '\n'])
}

/// Returns who git says that `name` and `email` are, which is asked only where that is doubtful.
///
/// # Errors
///
/// When they are nobody, in words.
pub fn identity_as_written(name: &str, email: &str) -> Result<Identity, String> {
    if !is_doubtful(name) && !is_doubtful(email) {
        return Identity::new(name, email).map_err(|error| error.to_string());
    }
    let mut git = program::command("git");
    git.env("GIT_AUTHOR_NAME", name)
        .env("GIT_AUTHOR_EMAIL", email)
        .env("GIT_AUTHOR_DATE", "@0 +0000")
        .env("LC_ALL", "C")
        .args(["var", "GIT_AUTHOR_IDENT"]);
    let ran = program::run_within(git, PATIENCE)
        .map_err(|error| format!("the git program cannot be run: {error}"))?;
    if !ran.succeeded() {
        return Err(ran.said().trim_start_matches("fatal: ").to_owned());
    }
    let line = ran.stdout.trim_end();
    let parts = line
        .strip_suffix("> 0 +0000")
        .and_then(|rest| rest.rsplit_once(" <"));
    let (name, email) = parts.ok_or_else(|| format!("git reads them as {line:?}"))?;
    Identity::new(name, email).map_err(|error| error.to_string())
}
