use crate::diag::{Code, Finding, Place};
use crate::files::OwnedPath;
use crate::model::Project;

/// Checks that everything that is attested is about a version that exists.
pub(super) fn judge(project: &Project, findings: &mut Vec<Finding>) {
    for id in project.attestations.keys() {
        if project.version(id).is_none() {
            let place = Place::file(OwnedPath::Attestations(id.clone()).to_string());
            let message = format!("{id} was never published, so nothing can be attested about it");
            let finding = Finding::error(Code::ATTESTATION, place, message);
            findings.push(finding.help("publish the version first, or remove the file"));
        }
    }
}
