use crate::diag::{Code, Finding, Place};
use crate::files::OwnedPath;
use crate::model::{Project, Resource, Version, VersionNumber};

/// Checks that the versions of a resource count 1, 2, 3 … A gap would let somebody fill it later with a
/// version that looks older than it is.
pub(super) fn judge(project: &Project, findings: &mut Vec<Finding>) {
    for (resource, numbers) in &project.versions {
        // As many numbers as the last one says: none is missing.
        let last = numbers.keys().next_back().map(|number| number.value());
        if last.and_then(|last| usize::try_from(last).ok()) == Some(numbers.len()) {
            continue;
        }
        let expected = std::iter::successors(Some(VersionNumber::FIRST), |number| number.next());
        let gap = numbers
            .iter()
            .zip(expected)
            .find(|((number, _), expected)| *number != expected);
        // The first gap is enough: all later numbers would be off as well.
        if let Some(((number, version), expected)) = gap {
            findings.push(finding(resource, *number, version, expected));
        }
    }
}

/// Returns the finding for `number`, where `expected` should be.
fn finding(
    resource: &Resource,
    number: VersionNumber,
    version: &Version,
    expected: VersionNumber,
) -> Finding {
    let file = OwnedPath::Version(resource.clone(), number, version.extension.clone());
    let message = format!(
        "{} exists but {} does not: versions are numbered without gaps",
        resource.at(number),
        resource.at(expected)
    );
    Finding::error(
        Code::VERSION_SEQUENCE,
        Place::file(file.to_string()),
        message,
    )
    .help(format!(
        "number it {expected}, or let `envctl publish` choose the number"
    ))
}
