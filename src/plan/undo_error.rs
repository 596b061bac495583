use crate::model::{Advice, CommitId, Entry, EnvironmentSlug, FailureClass, Move};

/// Why a commit cannot be taken back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UndoError {
    /// It created the project, or removed it.
    #[error("{} created or removed the project, which no undo takes back", .commit.short())]
    Project {
        /// The commit.
        commit: CommitId,
    },
    /// It created `access.toml`. Without that file everybody is an owner.
    #[error("{} created access.toml; without it everybody would be an owner", .commit.short())]
    Access {
        /// The commit.
        commit: CommitId,
    },
    /// It decided on a pending release without moving a pointer. A request never comes back by itself.
    #[error("{} took back the request in `{environment}` and moved nothing", .commit.short())]
    Decision {
        /// The commit.
        commit: CommitId,
        /// Where the release waited.
        environment: EnvironmentSlug,
        /// The environment that it came from, if any.
        from: Option<EnvironmentSlug>,
        /// What had been asked for.
        asked: Vec<Move>,
    },
    /// It only added or removed versions.
    #[error("{} only changed versions, which stay", .commit.short())]
    OnlyVersions {
        /// The commit.
        commit: CommitId,
    },
    /// It changed nothing that belongs to the project.
    #[error("{} did not change the project", .commit.short())]
    NoChange {
        /// The commit.
        commit: CommitId,
    },
    /// Something that it changed has changed again since.
    #[error("cannot undo {}: changed since: {}", .commit.short(), listed(.entries))]
    MovedOn {
        /// The commit.
        commit: CommitId,
        /// What.
        entries: Vec<Entry>,
    },
    /// It changed something that has no command, in a file that has changed since.
    #[error("cannot undo {}: its file has changed since, and no command sets {}", .commit.short(), listed(.entries))]
    ByHand {
        /// The commit.
        commit: CommitId,
        /// What.
        entries: Vec<Entry>,
    },
    /// It removed a scheduled change.
    #[error("cannot undo {}: it removed {file}, and a scheduled change never comes back by itself", .commit.short())]
    Scheduled {
        /// The commit.
        commit: CommitId,
        /// The file.
        file: String,
    },
    /// A file that it changed was a link, or executable.
    #[error("cannot undo {}: {file} was not a plain file before it", .commit.short())]
    NotPlain {
        /// The commit.
        commit: CommitId,
        /// The file.
        file: String,
    },
    /// A file that it changed has changed since, and what it changed in it is not a setting: blank lines, or their order.
    #[error("cannot undo {}: {file} has changed since, and it changed no setting there", .commit.short())]
    NoEntry {
        /// The commit.
        commit: CommitId,
        /// The file.
        file: String,
    },
    /// A file that it changed is invalid before or after it, and has changed since.
    #[error("cannot undo {}: {file} was invalid there, and has changed since", .commit.short())]
    Unreadable {
        /// The commit.
        commit: CommitId,
        /// The file.
        file: String,
    },
}

impl UndoError {
    /// Returns what the error means and what helps.
    pub fn advice(&self) -> Advice {
        use FailureClass::{Failed, Refused};
        let refused = |code| Advice::new(Refused, code);
        match self {
            Self::Project { .. } => {
                refused("cannot-undo").hint("the repository's history keeps the project as it was")
            }
            Self::Access { .. } => refused("cannot-undo")
                .hint("`envctl access revoke MEMBER` removes a member; one owner has to remain"),
            Self::Decision {
                environment,
                from,
                asked,
                ..
            } => {
                let commands = ask_again(environment, from.as_ref(), asked);
                commands
                    .iter()
                    .fold(refused("cannot-undo"), |advice, command| {
                        advice.hint(format!("ask again: {command}"))
                    })
            }
            Self::OnlyVersions { .. } => Advice::new(Failed, "nothing-to-undo")
                .hint("to serve something else, publish it as the next version"),
            Self::NoChange { .. } => Advice::new(Failed, "nothing-to-undo")
                .hint("`envctl log` lists the commits that changed the project"),
            Self::MovedOn { .. } => refused("moved-on"),
            Self::Scheduled { .. } | Self::NotPlain { .. } => refused("cannot-undo")
                .hint("edit the file, and commit it after `envctl check --worktree`"),
            Self::ByHand { .. } | Self::NoEntry { .. } | Self::Unreadable { .. } => {
                refused("moved-on")
                    .hint("edit the file, and commit it after `envctl check --worktree`")
            }
        }
    }
}

/// Returns the commands that ask for the moves `asked` again.
fn ask_again(
    environment: &EnvironmentSlug,
    from: Option<&EnvironmentSlug>,
    asked: &[Move],
) -> Vec<String> {
    let (set, removed): (Vec<&Move>, Vec<&Move>) =
        asked.iter().partition(|moved| moved.after.is_some());
    let named = |moves: &[&Move], versions: bool| -> String {
        let name = |moved: &&Move| match moved.after.filter(|_| versions) {
            Some(number) => format!(" {}", moved.resource.at(number)),
            None => format!(" {}", moved.resource),
        };
        moves.iter().map(name).collect()
    };
    let set = (!set.is_empty()).then(|| match from {
        Some(from) => format!("envctl promote {from} {environment}{}", named(&set, false)),
        None => format!("envctl point {environment}{}", named(&set, true)),
    });
    let removed = (!removed.is_empty())
        .then(|| format!("envctl retire {environment}{}", named(&removed, false)));
    set.into_iter().chain(removed).collect()
}

/// Returns `entries` as a sentence lists them.
fn listed(entries: &[Entry]) -> String {
    entries.iter().map(in_words).collect::<Vec<_>>().join(", ")
}

/// Returns the name of an entry with its environment.
pub fn in_words(entry: &Entry) -> String {
    match (entry, entry.environment()) {
        (Entry::Environment(_), Some(slug)) => format!("environment `{slug}`"),
        (entry, Some(slug)) => format!("{} of `{slug}`", entry.name()),
        (entry, None) => entry.name(),
    }
}
