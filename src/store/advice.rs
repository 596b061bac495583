use super::error::StoreError;
use crate::model::{Advice, FailureClass};

impl StoreError {
    /// Returns what the error means and what helps.
    pub fn advice(&self) -> Advice {
        use FailureClass::{CannotVerify, Failed, Refused, Stale, Unknown, Usage};
        let advice = Advice::new;
        match self {
            Self::NotARepository { .. } => advice(Failed, "not-a-repository")
                .hint("`envctl init` creates a repository with a project in it"),
            Self::ForeignOwner { .. } => advice(Failed, "foreign-owner"),
            Self::IndexForm { .. } => advice(CannotVerify, "index-form"),
            Self::Unsupported { .. } => advice(CannotVerify, "unsupported-repository"),
            Self::Setting { .. } | Self::SettingsUnknown { .. } => advice(Failed, "settings"),
            Self::Shallow { .. } => advice(CannotVerify, "shallow"),
            Self::AlteredHistory { .. } => advice(CannotVerify, "altered-history"),
            Self::OverBudget(exceeded) => advice(CannotVerify, "over-budget").hint(format!(
                "push fewer changes at a time, or ask the administrator of the repository to set git config {}",
                exceeded.setting()
            )),
            Self::Dirty { .. } => advice(Stale, "dirty"),
            Self::InTheWay { .. } => advice(Stale, "in-the-way"),
            Self::Conflicted { .. } => advice(Stale, "conflicted"),
            Self::IndexLocked { .. } => advice(Stale, "index-locked"),
            Self::BranchLocked(_) => advice(Stale, "branch-locked"),
            Self::OutcomeUnknown { .. } => advice(Unknown, "outcome-unknown"),
            Self::Unreachable { .. } => advice(Failed, "remote-unreachable").hint(
                "without --push the change is only committed locally, and `envctl sync` pushes it later",
            ),
            Self::Rewound { place, .. } => advice(Stale, "remote-rewound")
                .hint(format!(
                    "look at what is gone: git log {place}..{}",
                    place.branch
                ))
                .hint(format!(
                    "if it was removed on purpose: git fetch {} && git reset --keep {place}; otherwise push it back with git",
                    place.remote
                )),
            Self::NotPlain { .. } => advice(Stale, "not-plain")
                .hint("bring the branch up to date with git first: git pull --rebase"),
            Self::HookRefused { .. } => {
                advice(Refused, "hook-refused").hint("pass --no-verify to skip the hooks")
            }
            Self::MessageTooLong { .. } => advice(Refused, "message-too-long")
                .hint("if a commit-msg hook makes it that long, pass --no-verify to skip the hooks"),
            Self::ForeignHook { line, .. } => {
                advice(Refused, "foreign-hook").hint(format!("add this line to it: {line}"))
            }
            Self::Permission { .. } => advice(Failed, "permission"),
            Self::Signing { .. } => advice(Failed, "signing"),
            Self::Endpoint { .. } => advice(Usage, "endpoint"),
            Self::MissingEndpoint { .. } => advice(CannotVerify, "missing-endpoint").hint(
                "run `git fetch` first; the checkout of a CI job needs the whole history: fetch-depth: 0",
            ),
            Self::MalformedTree { .. } => advice(Failed, "malformed-tree"),
            Self::OutsideWorkTree { .. } => advice(Failed, "outside-work-tree")
                .hint("run the command in the work tree, or name a folder of it with -C"),
            Self::AmbiguousRevision { .. } => {
                advice(Failed, "ambiguous-revision").hint("write more digits")
            }
            Self::NoWorkTree { .. } => advice(Failed, "no-work-tree"),
            Self::Git { .. }
            | Self::Io { .. }
            | Self::BrokenBranch { .. }
            | Self::TooLarge { .. } => advice(Failed, "git"),
        }
    }
}
