use super::change::Change;
use crate::diag::{Code, Finding, Place, Severity};
use crate::files::OwnedPath;
use crate::model::{EnvironmentSlug, PendingMove, PendingRelease, Project, Resource};
use crate::policy::{Release, decide_first};

/// Checks that a pending release belongs to an environment that exists, comes from one, and names published
/// versions that would change something.
pub(super) fn judge(project: &Project, findings: &mut Vec<Finding>) {
    for (slug, pending) in &project.pending {
        let file = OwnedPath::Pending(slug.clone()).to_string();
        if !project.environments.contains_key(slug) {
            let message = format!("a release waits for approval in `{slug}`, which does not exist");
            let help = format!("withdraw it: envctl withdraw {slug}, or envctl reject {slug}");
            findings.push(
                Finding::error(Code::PENDING_RELEASE, Place::file(&file), message).help(help),
            );
        }
        findings.extend(unknown_source(project, &file, pending));
        findings.extend(
            pending
                .moves
                .iter()
                .filter_map(|(resource, moved)| wrong(project, &file, resource, *moved)),
        );
    }
}

/// Returns a finding if the environment that the release comes from does not exist.
fn unknown_source(project: &Project, file: &str, pending: &PendingRelease) -> Option<Finding> {
    let missing = |slug: &&EnvironmentSlug| !project.environments.contains_key(*slug);
    let from = pending.from.as_ref().filter(missing)?;
    let message = format!("the release comes from `{from}`, which does not exist");
    Some(Finding::error(
        Code::PENDING_RELEASE,
        Place::value(file, ["from"]),
        message,
    ))
}

/// Returns what is wrong with one move of a release.
fn wrong(
    project: &Project,
    file: &str,
    resource: &Resource,
    moved: PendingMove,
) -> Option<Finding> {
    let key = [
        resource.kind.folder(),
        resource.name.as_str(),
        resource.kind.number_word(),
    ];
    let (place, message) = match moved.target {
        // Approving it would change nothing, and yet count as a decision that somebody made.
        _ if moved.target == moved.seen => (
            Place::key(file, [key[0], key[1]]),
            format!("{resource} would not move"),
        ),
        Some(number) if project.version(&resource.at(number)).is_none() => (
            Place::value(file, key),
            format!("{} was never published", resource.at(number)),
        ),
        _ => return None,
    };
    Some(Finding::error(Code::PENDING_RELEASE, place, message))
}

/// Checks that a pending release stays as it was requested until it is decided, and that it recorded what was
/// live.
pub(super) fn judge_change(change: &Change<'_>, findings: &mut Vec<Finding>) {
    findings.extend(deleted(change));
    for (slug, release) in &change.releases {
        match release {
            Release::Tampered(_) => findings.push(tampered(change.after, slug)),
            Release::Requested { .. } => findings.extend(unseen(change, slug)),
            Release::Approved(_) => findings.extend(half_read(change, slug)),
            Release::Direct(_) | Release::Past(_) | Release::Closed(_) => {}
        }
    }
}

/// Returns a finding for each environment that is deleted while a release is pending in it, even if the
/// release is removed in the same step: deleting is not a decision on it.
fn deleted(change: &Change<'_>) -> Vec<Finding> {
    let gone = |slug: &&EnvironmentSlug| {
        change.before.environments.contains_key(*slug)
            && !change.after.environments.contains_key(*slug)
    };
    // Where only the environment is removed, the leftover request is a finding of the state.
    let both = change
        .before
        .pending
        .keys()
        .filter(|slug| !change.after.pending.contains_key(*slug))
        .filter(gone);
    let finding = |slug: &EnvironmentSlug| {
        let place = Place::file(OwnedPath::Environment(slug.clone()).to_string());
        let message = format!("`{slug}` was deleted while a release was pending there");
        Finding::error(Code::PENDING_RELEASE, place, message).help(decide_first(slug))
    };
    both.map(finding).collect()
}

/// Returns a finding for each move of a new request whose `seen` is not what is live. A release is judged
/// against what it saw, so that must be true when it begins to wait. (`git revert` of an approval requests
/// again what it moved back, with the same `seen`, which is live again.)
fn unseen(change: &Change<'_>, slug: &EnvironmentSlug) -> Vec<Finding> {
    let Some(asked) = change.after.pending.get(slug) else {
        return Vec::new();
    };
    let file = OwnedPath::Pending(slug.clone()).to_string();
    let wrong = |(resource, moved): (&Resource, &PendingMove)| {
        let live = change.after.live(slug, resource);
        (live != moved.seen).then(|| {
            let live = live.map_or_else(|| "nothing".to_owned(), |number| number.to_string());
            let message =
                format!("{resource} was at {live} in `{slug}` when this was requested, but `seen` has another value");
            let keys = [resource.kind.folder(), resource.name.as_str()];
            Finding::error(Code::PENDING_RELEASE, Place::key(&file, keys), message)
                .help("request it with `envctl promote`")
        })
    };
    asked.moves.iter().filter_map(wrong).collect()
}

/// Returns a finding if a release is approved of which a part could not be read: that part was requested as
/// well, and would not be made live.
fn half_read(change: &Change<'_>, slug: &EnvironmentSlug) -> Option<Finding> {
    let file = OwnedPath::Pending(slug.clone()).to_string();
    let unread = change
        .unread
        .iter()
        .any(|finding| finding.place.file == file && finding.severity == Severity::Error);
    let message =
        format!("the pending release in `{slug}` was approved, but parts of it cannot be read");
    let help = format!("withdraw it and request it again: envctl withdraw {slug}");
    unread.then(|| Finding::error(Code::PENDING_RELEASE, Place::file(file), message).help(help))
}

/// Returns the finding for a request that was changed, or that was not what happened.
fn tampered(after: &Project, slug: &EnvironmentSlug) -> Finding {
    let file = OwnedPath::Pending(slug.clone()).to_string();
    let message = match after.pending.contains_key(slug) {
        true => {
            format!("the pending release in `{slug}` was changed or replaced")
        }
        false => format!(
            "the pending release in `{slug}` was removed, but other pointers moved than it requested"
        ),
    };
    Finding::error(Code::PENDING_RELEASE, Place::file(file), message).help(decide_first(slug))
}
