use crate::diag::{Code, Finding, Place};
use crate::files::OwnedPath;
use crate::model::{Pointers, Project, VersionId};

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
    let is_published = |resource, number| {
        project
            .versions
            .get(resource)
            .is_some_and(|them| them.contains_key(number))
    };
    let missing = pointers
        .iter()
        .filter(move |(resource, number)| !is_published(*resource, *number));
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
