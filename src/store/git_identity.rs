use std::time::Duration;

use crate::model::Identity;
use crate::store::program;

/// How long git may take to print two words.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reports whether git may change `text`, a name or an address. Dots at the ends are kept since git
/// 2.46 only, and what cannot be part of a header never was.
fn is_doubtful(text: &str) -> bool {
    let rest = text.trim_matches(|c: char| c <= ' ' || ",:;<>\"\\'".contains(c));
    rest.starts_with('.') || rest.ends_with('.') || text.contains(['<', '>', '\n'])
}

/// Returns the identity that git makes of `name` and `email`. git is asked only where that is
/// doubtful.
///
/// # Errors
///
/// When they are not a valid identity; the text says why.
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
        // The date was fixed above, so the rest of the line is the identity, however many spaces
        // the name has.
        .strip_suffix("> 0 +0000")
        .and_then(|rest| rest.rsplit_once(" <"));
    let (name, email) = parts.ok_or_else(|| format!("git reads them as {line:?}"))?;
    Identity::new(name, email).map_err(|error| error.to_string())
}
