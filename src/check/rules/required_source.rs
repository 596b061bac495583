use crate::diag::{Code, Finding, Place};
use crate::files::OwnedPath;
use crate::model::{EnvironmentSlug, Move, Project, changes};
use crate::policy::{Verdict, judge as judge_policy};

/// What moves into an environment is live in the source that its policy requires.
pub(super) fn judge(before: &Project, after: &Project, findings: &mut Vec<Finding>) {
    for moved in changes(before, after).moves {
        if let Verdict::NotInSource { source } = judge_policy(&moved, before, after) {
            findings.extend(finding(&moved, &source));
        }
    }
}

fn finding(moved: &Move, source: &EnvironmentSlug) -> Option<Finding> {
    let Move { environment, resource, after, .. } = moved;
    let id = resource.at((*after)?);
    let file = OwnedPath::Pointers(environment.clone()).to_string();
    let place = Place::value(file, [resource.kind.folder(), resource.name.as_str(), resource.kind.number_word()]);
    let message = format!("{id} may not move into `{environment}`: its policy requires it to be live in `{source}`");
    let help = format!("promote it there first: envctl promote FROM {source} {resource}");
    Some(Finding::error(Code::REQUIRED_SOURCE, place, message).help(help))
}
