use std::process::ExitCode;

use envctl::model::FailureClass;

/// How a run of the program ended.
///
/// The numbers are a contract with scripts and are only defined here; `envctl help exit-codes` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, nothing to do, or a dry run that would pass.
    Done,
    /// Something failed: I/O, git, an unreadable file, or a name that does not exist.
    Error,
    /// The command line is wrong, or needs a confirmation where there is no terminal.
    Usage,
    /// The user answered no.
    Declined,
    /// A rule refuses: policy, invariant or permission.
    Refused,
    /// Not live yet: waits for approval, dwell or a window.
    Waiting,
    /// Stale or contended: a lost race, a held lock, a dirty path in the way.
    Stale,
    /// The repository does not hold what the answer needs, or is of an unsupported kind.
    CannotVerify,
    /// The change may or may not have landed; running the command again shows which.
    Unknown,
    /// `diff --exit-code` found differences.
    Differences,
    /// `check` or `doctor` found something.
    Findings,
    /// Ctrl-C, or the terminal went away.
    Interrupted,
}

impl Exit {
    /// Returns the number that the shell sees.
    pub fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Usage => 2,
            Self::Declined => 3,
            Self::Refused => 4,
            Self::Waiting => 5,
            Self::Stale => 6,
            Self::CannotVerify => 7,
            Self::Unknown => 8,
            Self::Differences => 10,
            Self::Findings => 11,
            // What shells report for a program that died of SIGINT: 128 + 2.
            Self::Interrupted => 130,
        }
    }

    /// Reports whether the command succeeded: the `ok` of the JSON output.
    pub fn ok(self) -> bool {
        matches!(self, Self::Done | Self::Differences)
    }
}

impl From<FailureClass> for Exit {
    fn from(class: FailureClass) -> Self {
        match class {
            FailureClass::Failed => Self::Error,
            FailureClass::Usage => Self::Usage,
            FailureClass::Refused => Self::Refused,
            FailureClass::Stale => Self::Stale,
            FailureClass::CannotVerify => Self::CannotVerify,
            FailureClass::Unknown => Self::Unknown,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    const ALL: [Exit; 12] = [
        Exit::Done,
        Exit::Error,
        Exit::Usage,
        Exit::Declined,
        Exit::Refused,
        Exit::Waiting,
        Exit::Stale,
        Exit::CannotVerify,
        Exit::Unknown,
        Exit::Differences,
        Exit::Findings,
        Exit::Interrupted,
    ];

    #[test]
    fn numbers_are_those_of_the_contract() {
        assert_eq!(
            ALL.map(Exit::number),
            [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 130]
        );
    }

    #[test]
    fn only_done_and_differences_are_ok() {
        let ok: Vec<_> = ALL.into_iter().filter(|exit| exit.ok()).collect();
        assert_eq!(ok, [Exit::Done, Exit::Differences]);
    }
}
