use crate::diag::{Code, Finding, Place};
use crate::files::OwnedPath;
use crate::model::{EnvironmentSlug, PendingRelease, Project};

/// What waits for approval belongs to an environment that exists, comes from one, and names published versions.
pub(super) fn judge(project: &Project, findings: &mut Vec<Finding>) {
    for (slug, pending) in &project.pending {
        let file = OwnedPath::Pending(slug.clone()).to_string();
        if !project.environments.contains_key(slug) {
            let message = format!("a release waits for approval in `{slug}`, which is no environment");
            let help = "bring the environment back, or remove the file";
            findings.push(Finding::error(Code::PENDING_RELEASE, Place::file(&file), message).help(help));
        }
        findings.extend(unknown_source(project, &file, pending));
        findings.extend(unpublished(project, &file, pending));
    }
}

fn unknown_source(project: &Project, file: &str, pending: &PendingRelease) -> Option<Finding> {
    let missing = |slug: &&EnvironmentSlug| !project.environments.contains_key(*slug);
    let from = pending.from.as_ref().filter(missing)?;
    let message = format!("the release comes from `{from}`, which is no environment");
    Some(Finding::error(Code::PENDING_RELEASE, Place::value(file, ["from"]), message))
}

fn unpublished<'a>(
    project: &'a Project,
    file: &'a str,
    pending: &'a PendingRelease,
) -> impl Iterator<Item = Finding> + 'a {
    pending.moves.iter().filter_map(move |(resource, moved)| {
        let id = resource.at(moved.target?);
        if project.version(&id).is_some() {
            return None;
        }
        let key = [resource.kind.folder(), resource.name.as_str(), resource.kind.number_word()];
        let message = format!("{id} was never published");
        Some(Finding::error(Code::PENDING_RELEASE, Place::value(file, key), message))
    })
}
