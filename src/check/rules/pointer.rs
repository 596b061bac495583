use crate::diag::{Code, Finding, Place};
use crate::files::OwnedPath;
use crate::model::{Pointers, Project, Resource, VersionId, VersionNumber};

/// Checks that pointers belong to an environment that exists, and name published versions.
pub(super) fn judge(project: &Project, findings: &mut Vec<Finding>) {
    for (slug, pointers) in &project.pointers {
        let file = OwnedPath::Pointers(slug.clone()).to_string();
        if !project.environments.contains_key(slug) {
            let message = format!("pointers for `{slug}`, which does not exist");
            let help = format!("create it with `envctl env create {slug}`, or remove the file");
            findings.push(Finding::error(Code::POINTER, Place::file(&file), message).help(help));
        }
        findings.extend(unpublished(project, pointers).map(|id| dangling(project, &file, &id)));
    }
}

/// Returns the versions that `pointers` name and that were never published.
fn unpublished<'a>(
    project: &'a Project,
    pointers: &'a Pointers,
) -> impl Iterator<Item = VersionId> + 'a {
    // Both are sorted by resource, so one pass over the two answers for all pointers. Every state of a history is
    // judged, and this is the one rule about all that is live.
    let mut published = project.versions.iter().peekable();
    let mut is_missing = move |(resource, number): &(&Resource, &VersionNumber)| {
        while published.next_if(|(other, _)| *other < *resource).is_some() {}
        let numbers = published.peek().filter(|(other, _)| *other == *resource);
        !numbers.is_some_and(|(_, numbers)| numbers.contains_key(*number))
    };
    let missing = pointers.iter().filter(move |pointer| is_missing(pointer));
    missing.map(|(resource, number)| resource.at(*number))
}

/// Returns the finding for a pointer to `id`, which was never published.
fn dangling(project: &Project, file: &str, id: &VersionId) -> Finding {
    let kind = id.resource.kind;
    let place = Place::value(
        file,
        [kind.folder(), id.resource.name.as_str(), kind.number_word()],
    );
    let help = match project.newest(&id.resource) {
        Some((newest, _)) => format!(
            "the newest {} of {} is {newest}",
            kind.number_word(),
            id.resource
        ),
        None => format!("no version of {} was published", id.resource),
    };
    Finding::error(Code::POINTER, place, format!("{id} was never published")).help(help)
}
