use crate::model::CommitId;
use crate::store::error::StoreError;
use crate::store::ids::commit_oid;
use crate::store::open::Store;
use crate::store::program::Ran;
use crate::store::remote::addresses::without_login;
use crate::store::remote::branch::RemoteBranch;
use crate::store::remote::remotes::GitRunner;
use crate::store::write::writing::Hooks;

/// How git describes an attempt to push. Unless it is [`Sent::Accepted`], only the remote knows
/// whether the commit landed.
#[must_use = "only the remote knows whether what was not accepted landed"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It landed.
    Accepted,
    /// It did not land: the remote, or git on its behalf, refused.
    Rejected {
        /// Why, in git's words.
        why: String,
        /// What the remote's hooks printed, one line each as `git push` shows them, or empty.
        words: String,
        /// Whether only a lock or somebody else's push was the reason.
        busy: bool,
    },
    /// It was not sent: the `pre-push` hook here refused.
    Held {
        /// What the hook printed.
        said: String,
    },
    /// git itself gave up before there was an answer.
    Failed {
        /// What git printed.
        said: String,
        /// Whether the connection broke, so that what was sent may still land.
        cut: bool,
    },
    /// There was no answer in time.
    Overdue,
}

/// An address of a remote that did not accept what the first one has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The address, without a login.
    pub address: String,
    /// Why, in git's words.
    pub why: String,
}

/// What remotes, and git here, print if a lock was in the way or somebody was faster.
const BUSY: [&str; 9] = [
    "cannot lock ref",
    "failed to lock",
    "unable to create",
    "Unable to create",
    "unable to lock",
    "failed to update ref",
    "stale info",
    "fetch first",
    "incorrect old value",
];
/// What git prints if the connection broke.
const CUT: [&str; 8] = [
    "hung up",
    "early EOF",
    "unexpected disconnect",
    "RPC failed",
    "onnection reset",
    "onnection closed",
    "onnection timed out",
    "roken pipe",
];

impl Store {
    /// Tries once to move `place` from `expected` to `new`, as `git push` does. `None` expects that
    /// the branch does not exist. git's hooks run unless they are skipped, and everything that
    /// leads to `new` is sent, too.
    ///
    /// # Errors
    ///
    /// When git cannot be started.
    pub fn push(
        &self,
        place: &RemoteBranch,
        (expected, new): (Option<CommitId>, CommitId),
        hooks: Hooks,
        runner: &GitRunner,
    ) -> Result<Sent, StoreError> {
        let expected = expected
            .map(|commit| commit.to_string())
            .unwrap_or_default();
        // The remote compares and swaps: the push is refused unless its branch is exactly where
        // this commit started. An empty value after the colon means that the branch must not exist.
        let lease = format!("--force-with-lease={}:{expected}", place.branch.reference());
        let addresses = self.addresses(&place.remote)?;
        let first = addresses.first(&place.remote);
        let sent = self.push_to(place, first, (new, Some(&lease)), hooks, runner)?;
        if sent == Sent::Accepted
            && (first != place.remote.as_str() || addresses.elsewhere().is_some())
        {
            // git updates the remote-tracking branch only if it pushes by the remote's name.
            // If this fails, the next fetch does it.
            let _ = self.repo.reference(
                &self.tracking(place)?,
                commit_oid(new),
                true,
                "envctl: push",
            );
        }
        Ok(sent)
    }

    /// Pushes `head`, which the first address of the remote has, to its other addresses as well.
    /// Returns which of them did not accept it, and why.
    ///
    /// # Errors
    ///
    /// When git's settings cannot be read.
    pub fn push_on(
        &self,
        place: &RemoteBranch,
        head: CommitId,
        hooks: Hooks,
        runner: &GitRunner,
    ) -> Result<Vec<Missed>, StoreError> {
        let mut missed = Vec::new();
        for address in self.addresses(&place.remote)?.others() {
            // No lease: these are copies, which may be behind. Without force git only moves them forward.
            let why = match self.push_to(place, address, (head, None), hooks, runner) {
                Ok(Sent::Accepted) => continue,
                Ok(Sent::Rejected { why, words, .. }) => format!("{why}{words}"),
                Ok(Sent::Held { said } | Sent::Failed { said, .. }) => said,
                Ok(Sent::Overdue) => format!("no answer within {} s", runner.patience.as_secs()),
                // The first address has it already, so the push as a whole has not failed.
                Err(error) => error.to_string(),
            };
            missed.push(Missed {
                address: without_login(address),
                why,
            });
        }
        Ok(missed)
    }

    fn push_to(
        &self,
        place: &RemoteBranch,
        address: &str,
        (new, lease): (CommitId, Option<&str>),
        hooks: Hooks,
        runner: &GitRunner,
    ) -> Result<Sent, StoreError> {
        let reference = place.branch.reference();
        let refspec = format!("{new}:{reference}");
        let mut arguments = vec![
            "push",
            "--porcelain",
            "--no-follow-tags",
            "--recurse-submodules=no",
            match hooks {
                Hooks::Run => "--verify",
                Hooks::Skip => "--no-verify",
            },
        ];
        arguments.extend(lease);
        arguments.extend(["--", address, &refspec]);
        let ran = self.send(place, runner, &arguments)?;
        Ok(meaning(&ran, &reference))
    }
}

fn meaning(ran: &Ran, reference: &str) -> Sent {
    let Some(status) = ran.status else {
        return Sent::Overdue;
    };
    let verdict = ran.stdout.lines().find_map(|line| verdict(line, reference));
    // The line about the branch decides, not the exit status: git fails as a whole if anything
    // failed, and may succeed without having touched this branch.
    match verdict {
        Some(('!', summary)) => Sent::Rejected {
            why: reason(summary),
            words: words_of_the_remote(ran),
            busy: says(summary, &BUSY),
        },
        Some(_) if status.success() => Sent::Accepted,
        // The remote accepted, but git failed afterwards. Whether the branch moved is for the
        // remote to say.
        Some(_) => Sent::Failed {
            said: ran.said(),
            cut: true,
        },
        // git exits with 1 if a push was refused, here by the `pre-push` hook, and with 128 if it could not be done (git-push(1)).
        None if status.code() == Some(1) => Sent::Held { said: ran.said() },
        None => Sent::Failed {
            said: ran.said(),
            cut: says(&ran.stderr, &CUT) || status.code().is_none(),
        },
    }
}

/// Returns the flag and the summary of a line of `git push --porcelain` about `reference`: `!
/// FROM:TO SUMMARY`, with tabs.
fn verdict<'a>(line: &'a str, reference: &str) -> Option<(char, &'a str)> {
    let mut fields = line.splitn(3, '\t');
    let (flag, refs, summary) = (fields.next()?, fields.next()?, fields.next()?);
    let flag = flag.chars().next().filter(|_| flag.len() == 1)?;
    refs.ends_with(&format!(":{reference}"))
        .then_some((flag, summary))
}

fn says(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// Returns the text in the parentheses of `[remote rejected] (REASON)`.
fn reason(summary: &str) -> String {
    let inner = summary
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(summary).to_owned()
}

fn words_of_the_remote(ran: &Ran) -> String {
    let words = ran
        .stderr
        .lines()
        .filter_map(|line| line.strip_prefix("remote:"))
        .map(str::trim);
    words
        .filter(|line| !line.is_empty())
        .map(|line| format!("\nremote: {line}"))
        .collect()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    fn ran(code: i32, stdout: &str, stderr: &str) -> Ran {
        Ran {
            status: Some(ExitStatus::from_raw(code << 8)),
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
        }
    }

    #[test]
    fn what_git_prints_says_how_it_ended() {
        let line = |text: &str| format!("To ../x.git\n{text}\nDone\n");
        let meant = |code, stdout: &str, stderr: &str| {
            meaning(&ran(code, stdout, stderr), "refs/heads/main")
        };
        assert_eq!(
            meant(0, &line(" \t1:refs/heads/main\t1..2"), ""),
            Sent::Accepted
        );
        assert_eq!(
            meant(0, &line("*\t1:refs/heads/main\t[new branch]"), ""),
            Sent::Accepted
        );
        assert_eq!(
            meant(
                1,
                &line("!\t1:refs/heads/main\t[remote rejected] (pre-receive hook declined)"),
                "remote: no  \nremote:\n"
            ),
            Sent::Rejected {
                why: "pre-receive hook declined".to_owned(),
                words: "\nremote: no".to_owned(),
                busy: false
            }
        );
        let busy = meant(
            1,
            &line("!\t1:refs/heads/main\t[remote rejected] (cannot lock ref 'refs/heads/main')"),
            "",
        );
        assert!(
            matches!(busy, Sent::Rejected { busy: true, .. }),
            "{busy:?}"
        );
        let other = meant(0, &line(" \t1:refs/heads/other\t1..2"), "");
        assert!(matches!(other, Sent::Failed { .. }), "{other:?}");
        assert_eq!(
            meant(1, "", "the hook says no\n"),
            Sent::Held {
                said: "the hook says no".to_owned()
            }
        );
        let denied = meant(128, "", "fatal: Authentication failed\n");
        assert!(
            matches!(denied, Sent::Failed { cut: false, .. }),
            "{denied:?}"
        );
        let cut = meant(128, "", "fatal: the remote end hung up unexpectedly\n");
        assert!(matches!(cut, Sent::Failed { cut: true, .. }), "{cut:?}");
    }
}
