use super::error::{ReadError, WriteError};
use super::resolve::ResolveError;
use crate::model::{Advice, FailureClass, MomentError};

impl ReadError {
    /// Returns what the error means and what helps.
    pub fn advice(&self) -> Advice {
        use FailureClass::{CannotVerify, Failed};
        let failed = |code| Advice::new(Failed, code);
        match self {
            Self::Store(error) => error.advice(),
            Self::NoProject { elsewhere, .. } if elsewhere.is_empty() => failed("no-project")
                .hint("`envctl init` creates one; an envctl.toml has to be committed to count"),
            Self::NoProject { elsewhere, .. } => {
                elsewhere
                    .iter()
                    .fold(failed("no-project"), |advice, folder| {
                        advice.hint(format!("there is one in {folder}: --project {folder}"))
                    })
            }
            Self::Unborn { .. } => {
                failed("no-project").hint("`envctl init` creates a project and the first commit")
            }
            Self::NoSuchBranch { .. } => {
                failed("no-such-branch").hint("`git branch --list` lists the branches")
            }
            Self::NoSuchRevision { .. } => failed("no-such-revision")
                .hint("name a commit, a branch or a tag")
                .hint(format!("or a time: {}", MomentError::FORMS)),
            Self::SeveralGone { .. } => Advice::new(CannotVerify, "several-projects-gone")
                .hint("move one project at a time"),
            Self::OffTheLine { .. } => Advice::new(CannotVerify, "off-the-line"),
            Self::Unrelated { .. } => failed("no-merge-base")
                .hint("with two dots the commits are compared directly: REV..REV"),
            Self::BeforeTheBeginning { .. } | Self::NoProjectThere { .. } => {
                failed("no-project-then").hint("`envctl log` shows when the project began")
            }
        }
    }
}

impl WriteError {
    /// Returns what the error means and what helps.
    pub fn advice(&self) -> Advice {
        use FailureClass::{Failed, Refused, Stale, Unknown, Usage};
        let advice = Advice::new;
        match self {
            Self::Read(error) => error.advice(),
            Self::Store(error) => error.advice(),
            Self::Plan(error) => error.advice(),
            Self::UndoChoice(error) => error.advice(),
            Self::MovedOn(moved_on) => moved_on.advice(),
            Self::Guess(_) => advice(Usage, "would-guess"),
            Self::Refused(_) => advice(Refused, "refused"),
            Self::Detached => advice(Usage, "detached")
                .hint("check out a branch, or name one with --branch"),
            Self::Contended { .. } => advice(Stale, "contended").hint("run the command again"),
            // The commit is in this repository even so, and can be pushed to another branch.
            Self::PushDeclined { place, commit, .. } => {
                let (remote, branch, name) = (&place.remote, &place.branch, commit.short());
                advice(Refused, "push-declined")
                    .hint(format!(
                        "through a pull request: git push {remote} {commit}:refs/heads/envctl/{name}"
                    ))
                    .hint(format!("and open one from envctl/{name} into {branch}"))
            }
            Self::PushBusy { .. } => advice(Stale, "push-busy").hint(
                "run the command again; if no git is running there, the administrator of the remote has to remove its lock",
            ),
            Self::PushFailed { .. } => advice(Failed, "push-failed"),
            Self::PushIncomplete { .. } => advice(Failed, "push-incomplete").hint(
                "the local branch followed the first address; `envctl sync` pushes to the others again",
            ),
            Self::PushUnknown { .. } => advice(Unknown, "push-unknown"),
            Self::Unpushed { place, .. } => advice(Stale, "unpushed").hint(format!(
                "bring both together first: git pull --rebase {} {}",
                place.remote, place.branch
            )),
        }
    }
}

impl ResolveError {
    /// Returns what the error means and what helps.
    pub fn advice(&self) -> Advice {
        let failed = |code| Advice::new(FailureClass::Failed, code);
        match self {
            Self::Missing(error) => error.advice(),
            Self::NotServed {
                resource,
                environment,
            } => failed("not-served").hint(format!(
                "there is no fall-through: promote or publish {resource} into {environment}"
            )),
            Self::NoSlug { .. } => {
                failed("no-such-environment").hint("`envctl env list` lists the environments")
            }
            Self::NoFallback => {
                failed("no-fallback").hint("`envctl env edit SLUG --gateway-fallback` sets one")
            }
            Self::Dangling { .. } => {
                failed("dangling-pointer").hint("`envctl check` shows what is wrong")
            }
        }
    }
}
