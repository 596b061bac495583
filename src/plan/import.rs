use std::sync::Arc;

use crate::files::Edit;
use crate::model::{
    BranchName, Configuration, ContentId, DisplayName, EnvironmentSlug, Extension, Move, Project,
    Provider, Reason, Resource, RoutingRule, VersionId, VersionNumber,
};
use crate::plan::error::{PlanError, existing};
use crate::plan::init::init;
use crate::plan::message::{Action, Message};
use crate::plan::planned::Plan;
use crate::plan::promote::edit;
use crate::plan::publish::{fits, moved, next};

/// What to import, and where it goes live.
#[derive(Clone, Debug)]
pub struct Import {
    /// The name of the configuration, for the commit.
    pub name: String,
    /// What it says, sorted by resource; each resource once.
    pub contents: Vec<Content>,
    /// The environments whose pointers follow.
    pub to: Vec<EnvironmentSlug>,
    /// Why.
    pub reason: Option<Reason>,
}

/// What a configuration says about one resource.
#[derive(Clone, Debug)]
pub struct Content {
    /// Which.
    pub resource: Resource,
    /// How the file of a version ends.
    pub extension: Extension,
    /// The bytes of a version that says it.
    pub bytes: Arc<[u8]>,
    /// What the bytes mean.
    pub meaning: Meaning,
}

/// What a version means, regardless of how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Its bytes.
    Prompt,
    /// The configuration of a provider.
    Provider(Provider),
    /// A routing rule.
    Rule(RoutingRule),
}

/// Plans to add versions for everything that `import` says and no version says yet, and to point at them.
///
/// A version that says the same, even in other words, is reused instead of adding a new one: preferably the
/// live one, else the newest. What a version means is known of those that are live somewhere; other versions
/// are compared by their bytes. `name` returns the name that the repository has for some bytes.
///
/// # Errors
///
/// When an environment does not exist, or a payload is empty or too large.
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
        // A pointer at any version that means the same stays: a second import of one file must
        // change nothing.
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
    // A pending release belongs to one environment. An import into several is refused where one of
    // them demands approval, since a part of it would be live before the rest.
    Ok(if import.to.len() == 1 {
        plan.waiting_for_approval()
    } else {
        plan
    })
}

/// Plans a new project in which every environment serves what `import` says.
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
    // The import is planned against the project as it will be, whose environments are not written
    // yet.
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

/// Returns the versions that say what `content` says, in ascending order. Versions that are not live anywhere
/// are compared by their bytes only.
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

/// Returns the commit's message, with the new versions and how many pointers move in each environment.
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
