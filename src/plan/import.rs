use std::sync::Arc;

use crate::files::Edit;
use crate::model::{
    BranchName, Configuration, ContentId, DisplayName, EnvironmentSlug, Extension, Move, Project,
    Provider, Resource, RoutingRule, VersionId, VersionNumber,
};
use crate::plan::error::{PlanError, existing};
use crate::plan::init::init;
use crate::plan::message::{Action, Message, Reason};
use crate::plan::planned::Plan;
use crate::plan::promote::edit;
use crate::plan::publish::{fits, moved, next};

/// What to import, and where it goes live.
#[derive(Clone, Debug)]
pub struct Import {
    /// What to call the configuration in the commit.
    pub name: String,
    /// What it says, sorted by resource; each resource once.
    pub contents: Vec<Content>,
    /// The environments whose pointers follow.
    pub to: Vec<EnvironmentSlug>,
    /// Why.
    pub reason: Option<Reason>,
}

/// What a configuration says of one resource.
#[derive(Clone, Debug)]
pub struct Content {
    /// Which.
    pub resource: Resource,
    /// How the file of a version ends.
    pub extension: Extension,
    /// The bytes of a version that says it.
    pub bytes: Arc<[u8]>,
    /// What they mean.
    pub meaning: Meaning,
}

/// What a version means, however it is spelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Its bytes.
    Prompt,
    /// The configuration of a provider.
    Provider(Provider),
    /// A routing rule.
    Rule(RoutingRule),
}

/// Plans to make versions of what `import` says and no version says yet, and to point at them.
///
/// A version that says the same, if in other words, is taken instead of a new one: the one that is live already, else the
/// newest. What versions say is known of those that are live somewhere, and of prompts. `name` gives the name that the
/// repository has for some bytes.
///
/// # Errors
///
/// When an environment is not there, or a payload is empty or too large.
pub fn import(
    project: &Project,
    configuration: &Configuration,
    import: &Import,
    name: impl Fn(&[u8]) -> ContentId,
) -> Result<Plan, PlanError> {
    import
        .to
        .iter()
        .try_for_each(|slug| existing(project, slug))?;
    let (mut edits, mut moves, mut new) = (Vec::new(), Vec::new(), Vec::new());
    for content in &import.contents {
        fits(&content.resource, &content.bytes)?;
        let known = known(project, configuration, content, name(&content.bytes));
        let behind = |slug: &&EnvironmentSlug| {
            project
                .live(slug, &content.resource)
                .is_none_or(|live| !known.contains(&live))
        };
        let behind: Vec<&EnvironmentSlug> = import.to.iter().filter(behind).collect();
        let number = match known.last() {
            Some(number) => *number,
            None => {
                let number = next(
                    &content.resource,
                    project.newest(&content.resource).map(|(number, _)| number),
                )?;
                let id = content.resource.at(number);
                new.push(id.clone());
                edits.push(Edit::AddVersion(
                    id,
                    content.extension.clone(),
                    content.bytes.clone(),
                ));
                number
            }
        };
        moves.extend(
            behind
                .into_iter()
                .filter_map(|slug| moved(project, slug, &content.resource, number)),
        );
    }
    moves.sort();
    edits.extend(moves.iter().map(edit));
    let message = message(import, &new, &moves);
    let plan = Plan::new(edits, moves, message);
    // A release waits in one environment; what would go to several is refused where one of them demands approval.
    Ok(if import.to.len() == 1 {
        plan.waiting_for_approval()
    } else {
        plan
    })
}

/// Plans a new project in which every environment points at what `import` says.
///
/// # Errors
///
/// As [`init`] and [`import`].
pub fn init_with_import(
    project: &Project,
    (name, branch): (&DisplayName, &BranchName),
    what: &Import,
    content_id: impl Fn(&[u8]) -> ContentId,
) -> Result<Plan, PlanError> {
    let mut plan = init(project, name, branch, None)?;
    let mut founded = project.clone();
    for edit in &plan.edits {
        if let Edit::CreateEnvironment(slug, environment) = edit {
            founded
                .environments
                .insert(slug.clone(), environment.clone());
        }
    }
    let to = founded.environments.keys().cloned().collect();
    let nothing = Configuration::default();
    let imported = import(
        &founded,
        &nothing,
        &Import { to, ..what.clone() },
        content_id,
    )?;
    plan.edits.extend(imported.edits);
    let message = imported.message.detail(format!("a new project, {name}"));
    Ok(Plan {
        edits: plan.edits,
        message,
        ..imported
    })
}

/// Returns the versions that say what `content` says, ascending. Of those that are live nowhere only the bytes are
/// compared.
fn known(
    project: &Project,
    configuration: &Configuration,
    content: &Content,
    name: ContentId,
) -> Vec<VersionNumber> {
    let same = |id: &VersionId| match &content.meaning {
        Meaning::Prompt => false,
        Meaning::Provider(provider) => configuration.provider(id) == Some(provider),
        Meaning::Rule(rule) => configuration.rule(id) == Some(rule),
    };
    let versions = project
        .versions
        .get(&content.resource)
        .into_iter()
        .flatten();
    let known = versions.filter(|(number, version)| {
        let same_bytes = version.content == name && version.extension == content.extension;
        same_bytes || same(&content.resource.at(**number))
    });
    known.map(|(number, _)| *number).collect()
}

fn message(import: &Import, new: &[VersionId], moves: &[Move]) -> Message {
    let to: Vec<&str> = import.to.iter().map(EnvironmentSlug::as_str).collect();
    let versions = if new.len() == 1 {
        "1 version".to_owned()
    } else {
        format!("{} versions", new.len())
    };
    let mut message = Message::new(
        Action::Import,
        format!("import {}: {versions} to {}", import.name, to.join(", ")),
    );
    for id in new {
        message = message.detail(id.to_string());
    }
    for slug in &import.to {
        let count = moves
            .iter()
            .filter(|moved| moved.environment == *slug)
            .count();
        message = message.detail(format!("{slug}: {count} moved"));
    }
    message
        .reason(import.reason.as_ref())
        .trailer("To", to.join(", "))
}
