//! Finds the command that an invalid command line is for.

use std::ffi::OsString;

use crate::cli;

/// Returns the name of the command that `words` begin, as in `envctl.<name>/v1`, or `None`.
pub fn addressed(words: impl IntoIterator<Item = OsString>) -> Option<String> {
    let line = cli::command().ignore_errors(true);
    let matches = line.try_get_matches_from(words).ok()?;
    let (mut command, mut matches) = (&cli::command(), &matches);
    let mut names = Vec::new();
    while let Some((name, below)) = matches.subcommand() {
        command = command.find_subcommand(name)?;
        names.push(name);
        matches = below;
    }
    (!names.is_empty() && !command.has_subcommands()).then(|| names.join("-"))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::addressed;

    #[test]
    fn a_line_is_for_the_command_that_it_names() {
        let name = |line: &str| addressed(line.split(' ').map(OsString::from));
        for (line, command) in [
            ("envctl promote", "promote"),
            ("envctl promote staging prod --frobnicate", "promote"),
            ("envctl --json -C x promote a b c!", "promote"),
            ("envctl env edit prod --color mauve", "env-edit"),
            ("envctl policy set prod min_dwel=1h", "policy-set"),
            ("envctl status -q -v", "status"),
        ] {
            assert_eq!(name(line).as_deref(), Some(command), "{line}");
        }
        for line in [
            "envctl",
            "envctl promot",
            "envctl env",
            "envctl env lst",
            "envctl --jsn",
        ] {
            assert_eq!(name(line), None, "{line}");
        }
    }
}
