use super::change::Change;
use crate::diag::{Code, Finding, Place};
use crate::files::OwnedPath;
use crate::model::{Version, VersionId};

/// Checks that a version that was published before is still there, byte for byte.
pub(super) fn judge(change: &Change<'_>, findings: &mut Vec<Finding>) {
    let Change {
        before,
        after,
        published,
        ..
    } = change;
    // Versions are shared between states that do not differ in them: the usual step costs nothing.
    if before.versions.is_copy_of(&after.versions) {
        return;
    }
    for (resource, numbers) in &before.versions {
        if after.versions.get(resource) == Some(numbers) {
            continue;
        }
        for (number, version) in numbers {
            let id = resource.at(*number);
            // On a branch, what is not live yet may still be amended: see `Transition::published`.
            if published.version(&id).is_some() {
                findings.extend(judge_version(&id, version, after.version(&id)));
            }
        }
    }
}

/// Returns a finding if `after` is not what `before` was.
fn judge_version(id: &VersionId, before: &Version, after: Option<&Version>) -> Option<Finding> {
    let what = match after {
        Some(after) if after == before => return None,
        Some(after) if after.content == before.content => "renamed",
        Some(_) => "changed",
        None => "removed",
    };
    let file = OwnedPath::Version(id.resource.clone(), id.number, before.extension.clone());
    let message = format!("{id} was published before and is now {what}; versions are immutable");
    let help = "restore it, and publish the new text as a new version";
    Some(
        Finding::error(
            Code::VERSION_IMMUTABLE,
            Place::file(file.to_string()),
            message,
        )
        .help(help),
    )
}
