//! Taking a commit back: the inverse of what it changed, entry by entry.

mod commit;
mod entries;
mod members;
mod settings;

use std::collections::BTreeSet;

pub use self::commit::{ChangedFile, Undoing};
use self::entries::invert;
pub use self::entries::path_of as entry_file;
use self::entries::path_of;
use self::settings::described;
pub use self::settings::{UndoneSetting, undone_settings};
use crate::files::{Edit, OwnedPath};
use crate::model::{Entry, EnvironmentSlug, Move, Project, Reason, changed_entries, moves_into};
use crate::plan::error::PlanError;
use crate::plan::message::{Action, Message};
use crate::plan::planned::Plan;
use crate::plan::undo_error::UndoError;
use crate::policy::asked_moves;

/// Plans to take back what a commit changed, as far as nobody has changed it again since. Versions stay, and no pending
/// release is written.
///
/// A request that was approved since is not looked for here: only history knows of it.
///
/// A file that is as the commit left it gets its earlier bytes back; in any other file the entries that the commit changed
/// are set back, and everything else stays.
///
/// # Errors
///
/// When the commit did something that no undo takes back, changed nothing else than versions, or something that it changed
/// has changed since.
pub fn undo(
    project: &Project,
    undoing: &Undoing<'_>,
    reason: Option<&Reason>,
) -> Result<Plan, PlanError> {
    let taken = TakenBack::of(project, undoing)?;
    // Of an undo only the commit is named that it took back, so that the subject stays one line.
    let undone = match undoing.subject.strip_prefix("undo ") {
        Some(_) => undoing.subject.split(':').next().unwrap_or_default(),
        None => undoing.subject,
    };
    let subject = format!("undo {}: {undone}", undoing.commit.short());
    let mut message = Message::new(Action::Undo, subject);
    let mut moves = taken.moves;
    moves.sort();
    let several = moves
        .iter()
        .any(|moved| moved.environment != moves[0].environment);
    message = match several {
        false => message.moves(&moves),
        true => moves.iter().fold(message, |message, moved| {
            message.detail(format!("{}: {moved}", moved.environment))
        }),
    };
    let message = taken
        .settings
        .iter()
        .fold(message, |message, setting| {
            message.detail(setting.to_string())
        })
        .reason(reason)
        .trailer("Undoes", undoing.commit.to_string());
    Ok(Plan::new(taken.edits, moves, message))
}

/// What is taken back.
#[derive(Default)]
struct TakenBack {
    edits: Vec<Edit>,
    moves: Vec<Move>,
    settings: Vec<UndoneSetting>,
}

impl TakenBack {
    fn of(now: &Project, undoing: &Undoing<'_>) -> Result<Self, UndoError> {
        let Undoing {
            commit,
            before,
            after,
            files,
            ..
        } = *undoing;
        require_possible(undoing)?;
        let entries = changed_entries(before, after);
        let mut taken = Self::default();
        let (mut moved_on, mut by_hand, mut reverted) = (Vec::new(), Vec::new(), Vec::new());
        let mut deleted = BTreeSet::new();
        for file in files {
            let of_file = || {
                entries
                    .iter()
                    .filter(|entry| path_of(entry).as_ref() == Some(&file.path))
            };
            if of_file().any(|entry| matches!(entry, Entry::Pending(_))) {
                let Some(slug) = of_file().find_map(Entry::environment) else {
                    continue;
                };
                // One that no longer waits was decided on, which is for the commit that did.
                let made = after.pending.get(slug);
                if made.is_some() && now.pending.get(slug) == made {
                    taken.edits.push(Edit::Decide(slug.clone()));
                    reverted.push(Entry::Pending(slug.clone()));
                }
                continue;
            }
            let created = of_file().find_map(|entry| created(entry, before, after));
            if let Some(slug) = created {
                // An environment consists of two files, its description and its pointers, and is
                // deleted once. What others have put into it since would be deleted with it.
                let exists = now.environments.contains_key(slug);
                // To delete an environment takes it out of the display order, too. Where its place was there before it was
                // created, the place stays, so only its files go.
                let has_place = before.settings.order.contains(slug);
                if exists && has_place {
                    taken.edits.push(Edit::Restore {
                        path: file.path.clone(),
                        bytes: None,
                    });
                }
                if exists && deleted.insert(slug) {
                    moved_on.extend(since(slug, after, now));
                    if !has_place {
                        taken.edits.push(Edit::DeleteEnvironment(slug.clone()));
                    }
                    taken
                        .moves
                        .extend(moves_into(slug, now, &Project::default()));
                    reverted.push(Entry::Environment(slug.clone()));
                }
                continue;
            }
            // A scheduled change never comes back by itself, as a request does not.
            let scheduled = matches!(
                OwnedPath::parse(&file.path),
                Some(Ok(OwnedPath::Scheduled(_)))
            );
            if scheduled && file.before.is_some() {
                let file = file.path.clone();
                return Err(UndoError::Scheduled { commit, file });
            }
            if !file.plain {
                let file = file.path.clone();
                return Err(UndoError::NotPlain { commit, file });
            }
            // Its bytes rather than edits: only bytes bring back comments and the order of lines.
            if file.untouched {
                taken.edits.push(Edit::Restore {
                    path: file.path.clone(),
                    bytes: file.before.clone(),
                });
                reverted.extend(of_file().cloned());
                continue;
            }
            // What was not valid was not read into entries. Setting entries back would leave the
            // rest of the change behind, and report it as undone.
            if !file.readable {
                let file = file.path.clone();
                return Err(UndoError::Unreadable { commit, file });
            }
            let open = of_file().filter(|entry| !matches!(entry, Entry::Comment(..)));
            let open: Vec<&Entry> = open.collect();
            // A change of nothing but comments or blank lines has no entry that could be set back.
            if open.is_empty() {
                if of_file().next().is_none() {
                    let file = file.path.clone();
                    return Err(UndoError::NoEntry { commit, file });
                }
                by_hand.extend(of_file().cloned());
            }
            let inverted = invert(&open, undoing, now);
            moved_on.extend(inverted.moved_on);
            by_hand.extend(inverted.by_hand);
            taken.edits.extend(inverted.edits);
            reverted.extend(inverted.reverted);
        }
        if !moved_on.is_empty() {
            moved_on.sort();
            moved_on.dedup();
            let entries = moved_on;
            return Err(UndoError::MovedOn { commit, entries });
        }
        if !by_hand.is_empty() {
            let entries = by_hand;
            return Err(UndoError::ByHand { commit, entries });
        }
        taken.moves.extend(
            reverted
                .iter()
                .filter_map(|entry| moved(entry, now, before)),
        );
        taken.moves.sort();
        taken.moves.dedup();
        taken.settings = described(&reverted, now, before);
        Ok(taken)
    }
}

/// Succeeds if the commit did something that an undo may take back.
fn require_possible(undoing: &Undoing<'_>) -> Result<(), UndoError> {
    let Undoing {
        commit,
        before,
        after,
        files,
        published,
        ..
    } = *undoing;
    if !before.exists || !after.exists {
        return Err(UndoError::Project { commit });
    }
    // Without `access.toml` everybody may do everything. Opening the project to all must be said,
    // and not be the side effect of taking back a commit.
    if before.access.is_none() && after.access.is_some() {
        return Err(UndoError::Access { commit });
    }
    if files.is_empty() {
        return Err(match published {
            true => UndoError::OnlyVersions { commit },
            false => UndoError::NoChange { commit },
        });
    }
    // Also where the file was edited: no undo writes one.
    for (environment, release) in &before.pending {
        let same = after.pending.get(environment) == Some(release);
        if !same && moves_into(environment, before, after).is_empty() {
            return Err(UndoError::Decision {
                commit,
                environment: environment.clone(),
                from: release.from.clone(),
                asked: asked_moves(environment, release),
            });
        }
    }
    Ok(())
}

/// Returns the environment that `entry` says was created, if it does.
fn created<'e>(entry: &'e Entry, before: &Project, after: &Project) -> Option<&'e EnvironmentSlug> {
    // Its pointers go with it.
    let (Entry::Environment(slug) | Entry::EnvironmentKey(slug, _) | Entry::Pointer(slug, _)) =
        entry
    else {
        return None;
    };
    let is_new = !before.environments.contains_key(slug) && after.environments.contains_key(slug);
    is_new.then_some(slug)
}

/// Returns what of the environment `slug` has changed since.
fn since(slug: &EnvironmentSlug, after: &Project, now: &Project) -> Vec<Entry> {
    let of = |entry: &Entry| entry.environment() == Some(slug);
    changed_entries(after, now).into_iter().filter(of).collect()
}

/// Returns the move that sets `entry` back, if it is a pointer.
fn moved(entry: &Entry, now: &Project, before: &Project) -> Option<Move> {
    let Entry::Pointer(environment, resource) = entry else {
        return None;
    };
    let moved = Move {
        environment: environment.clone(),
        resource: resource.clone(),
        before: now.live(environment, resource),
        after: before.live(environment, resource),
    };
    (moved.before != moved.after).then_some(moved)
}
