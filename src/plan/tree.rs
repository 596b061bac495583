use crate::files::Edit;
use crate::model::{ContentId, EnvironmentSlug, Project, Reason};
use crate::plan::error::PlanError;
use crate::plan::message::{Action, Message};
use crate::plan::planned::{Plan, Published};
use crate::plan::publish::{Publication, publish};

/// Plans to publish several resources in one commit, each as [`publish`] would.
///
/// `name` returns the name that the repository has for some bytes.
///
/// # Errors
///
/// As [`publish`], for the first publication that fails.
pub fn publish_all(
    project: &Project,
    publications: &[Publication],
    reason: Option<&Reason>,
    name: impl Fn(&[u8]) -> ContentId,
) -> Result<Plan, PlanError> {
    let (mut edits, mut moves, mut published) = (Vec::new(), Vec::new(), Vec::new());
    for publication in publications {
        let plan = publish(project, publication, |content| {
            content == name(&publication.payload)
        })?;
        edits.extend(plan.edits);
        moves.extend(plan.moves);
        published.extend(plan.published);
    }
    // Pointers of one environment are moved in one parse of their file if their edits are adjacent.
    edits.sort_by_key(|edit| matches!(edit, Edit::Point { .. }));
    let new: Vec<&Published> = published.iter().filter(|published| published.new).collect();
    let environment = published
        .iter()
        .find_map(|published| published.environment.as_ref());
    let mut message = Message::new(
        Action::Publish,
        subject(new.len(), environment.map(EnvironmentSlug::as_str)),
    );
    // Moves name their versions already.
    for Published { version, .. } in new.iter().filter(|_| moves.is_empty()) {
        message = message.detail(version.to_string());
    }
    message = message.moves(&moves).reason(reason);
    if let Some(environment) = environment {
        message = message.trailer("To", environment.as_str());
    }
    Ok(Plan::new(edits, moves, message).waiting_for_approval())
}

/// Returns the commit's subject.
fn subject(new: usize, environment: Option<&str>) -> String {
    let versions = match new {
        0 => "what is published already".to_owned(),
        1 => "1 version".to_owned(),
        many => format!("{many} versions"),
    };
    match environment {
        Some(environment) => format!("publish {versions} to {environment}"),
        None => format!("publish {versions} without a release"),
    }
}
