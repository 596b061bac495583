use crate::files::EditError;
use crate::model::{
    CommitId, Email, EnvironmentSlug, FreezeId, MemberName, Move, Project, Resource, SigningKey,
    Version, VersionId, VersionNumber, closest,
};
use crate::plan::undo_error::UndoError;

/// Why a plan cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A commit cannot be taken back.
    #[error(transparent)]
    Undo(#[from] UndoError),
    /// The environment does not exist.
    #[error("no environment `{slug}`")]
    NoSuchEnvironment {
        /// What was asked for.
        slug: EnvironmentSlug,
        /// What was most likely meant.
        meant: Option<EnvironmentSlug>,
    },
    /// No version of the resource was ever published.
    #[error("no resource `{resource}`")]
    NoSuchResource {
        /// What was asked for.
        resource: Resource,
        /// What was most likely meant.
        meant: Option<Resource>,
    },
    /// The resource exists, but no version of it is live there.
    #[error("no version of {resource} is live in `{environment}`")]
    NotLive {
        /// The resource.
        resource: Resource,
        /// The environment.
        environment: EnvironmentSlug,
    },
    /// The resource exists, but does not have that version.
    #[error("{version} was never published")]
    NoSuchVersion {
        /// What was asked for.
        version: VersionId,
        /// The numbers of the resource that are nearest to it, in order; empty if it has none.
        nearest: Vec<VersionNumber>,
    },
    /// The source of a promotion serves another version than the one that was named.
    #[error("`{from}` serves {}, not {version}", .version.resource.at(*.live))]
    ServesAnother {
        /// What was named.
        version: VersionId,
        /// What is live in the source.
        live: VersionNumber,
        /// The source.
        from: EnvironmentSlug,
        /// The target.
        to: EnvironmentSlug,
    },
    /// The freeze would be over before it begins.
    #[error("the freeze would end at {until}, which is not after {begins}")]
    FreezeIsOver {
        /// When it would end.
        until: jiff::Timestamp,
        /// When it would begin.
        begins: jiff::Timestamp,
    },
    /// The environment has another freeze of that name.
    #[error("`{environment}` has a freeze `{id}` already, which is created and deleted whole")]
    FreezeExists {
        /// The environment.
        environment: EnvironmentSlug,
        /// The name.
        id: FreezeId,
    },
    /// The environment has no freeze of that name.
    #[error("`{environment}` has no freeze `{id}`")]
    NoSuchFreeze {
        /// The environment.
        environment: EnvironmentSlug,
        /// What was asked for.
        id: FreezeId,
        /// The freezes that it has.
        known: Vec<FreezeId>,
    },
    /// A rollback would remove pointers that were not named.
    #[error("this rollback of `{environment}` would remove {}: no version was live there before", listed(.removed))]
    RemovesUnnamed {
        /// Where.
        environment: EnvironmentSlug,
        /// What it would remove.
        removed: Vec<Resource>,
        /// Everything that it would move.
        all: Vec<Resource>,
        /// The commit whose state it goes back to, if one was named.
        then: Option<CommitId>,
    },
    /// A rollback goes only to versions that were live there.
    #[error("{version} was never live in `{environment}`")]
    NeverLive {
        /// What was asked for.
        version: VersionId,
        /// Where.
        environment: EnvironmentSlug,
        /// Whether the rule `rolled-back` lets it come there in another way.
        may_come_back: bool,
    },
    /// A pattern matches no resource that was ever published.
    #[error("no resource matches `{pattern}`")]
    NamesNothing {
        /// The pattern.
        pattern: String,
    },
    /// Two versions of one resource are named, but an environment serves only one.
    #[error("an environment can serve only one version of a resource, not both {one} and {other}")]
    TwoVersions {
        /// One.
        one: VersionId,
        /// The other.
        other: VersionId,
    },
    /// The version is not vetoed, so there is nothing to lift.
    #[error("{version} is not vetoed")]
    NotVetoed {
        /// What was named.
        version: VersionId,
        /// The vetoed version that has the same bytes.
        other: Option<VersionId>,
    },
    /// A rolled back version would come back by a promotion that does not name it.
    #[error("{} rolled back in `{environment}`, and can come back only by name", were(.resources))]
    RolledBack {
        /// What.
        resources: Vec<Resource>,
        /// Where.
        environment: EnvironmentSlug,
        /// Where it would come from.
        from: EnvironmentSlug,
        /// Whether anything else would move.
        others: bool,
    },
    /// No pointer ever moved there, so there is nothing to undo.
    #[error("nothing to undo: {} in `{environment}`", never(.resource.as_ref()))]
    NothingToUndo {
        /// The environment.
        environment: EnvironmentSlug,
        /// The resource, if one was named.
        resource: Option<Resource>,
    },
    /// The environment did not exist yet at the time that was named.
    #[error("the environment `{environment}` did not exist then")]
    NotThereThen {
        /// The environment.
        environment: EnvironmentSlug,
    },
    /// What was live at the time that was named cannot be determined.
    #[error("what was live in `{environment}` then cannot be determined: {file} was invalid")]
    UnreadableThen {
        /// The environment.
        environment: EnvironmentSlug,
        /// The file that cannot be read.
        file: String,
    },
    /// An environment with that slug exists already.
    #[error("the environment `{slug}` already exists")]
    EnvironmentExists {
        /// The slug.
        slug: EnvironmentSlug,
    },
    /// The environment that is to become the gateway fallback does not serve everything that the present one
    /// serves.
    #[error(
        "`{heir}` does not serve what the gateway fallback `{holder}` serves: {}",
        .lost.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    )]
    IncompleteFallback {
        /// The present fallback.
        holder: EnvironmentSlug,
        /// The environment that is to become it.
        heir: EnvironmentSlug,
        /// What would not be served any more.
        lost: Vec<Resource>,
    },
    /// Source and target are the same.
    #[error("`{environment}` cannot be promoted to itself")]
    SameEnvironment {
        /// The environment.
        environment: EnvironmentSlug,
    },
    /// No release is pending there.
    #[error("no release waits for approval in `{environment}`")]
    NothingWaits {
        /// The environment.
        environment: EnvironmentSlug,
    },
    /// A release is pending there, but what it asks for cannot be read or would change nothing.
    #[error("the pending release in `{environment}` is invalid: see `envctl check`")]
    UnsoundRelease {
        /// The environment.
        environment: EnvironmentSlug,
    },
    /// A pointer has moved since the release was asked for.
    #[error(
        "{} is now at {} in `{}`, but was at {} when the release was requested",
        .moved.resource, number(*.live), .moved.environment, number(.moved.before)
    )]
    SeenOtherwise {
        /// What was asked for.
        moved: Move,
        /// What is live now.
        live: Option<VersionNumber>,
    },
    /// `publish` does not know which environment should serve the version.
    #[error("the project has no default publish target")]
    NoDefaultTarget,
    /// The kind does not allow that extension.
    #[error("invalid extension `.{extension}`: a {} has {allowed}", .resource.kind.noun())]
    Extension {
        /// The resource.
        resource: Resource,
        /// What was asked for.
        extension: String,
        /// The extensions that are allowed.
        allowed: String,
    },
    /// The payload is larger than a version may be.
    #[error("the payload of {resource} has {size} bytes; a version has at most {limit}")]
    TooLarge {
        /// The resource.
        resource: Resource,
        /// How many bytes there are.
        size: usize,
        /// How many are allowed.
        limit: u64,
    },
    /// The payload is empty.
    #[error("the payload of {resource} is empty")]
    EmptyPayload {
        /// The resource.
        resource: Resource,
    },
    /// The resource has the highest number that is possible.
    #[error("{newest} has the highest number that a resource can have")]
    OutOfNumbers {
        /// The newest version.
        newest: VersionId,
    },
    /// The display order names an environment twice.
    #[error("`{slug}` is named twice")]
    NamedTwice {
        /// Which.
        slug: EnvironmentSlug,
    },
    /// A key of a policy is set twice.
    #[error("{key} is set twice")]
    SetTwice {
        /// Which, with its kind.
        key: String,
    },
    /// No member has that name or address.
    #[error("no member `{who}` in access.toml")]
    NoSuchMember {
        /// What was asked for.
        who: String,
        /// Who was most likely meant.
        meant: Option<String>,
    },
    /// The member does not have what is to be removed.
    #[error("{member} does not have {what}")]
    NotGranted {
        /// Who.
        member: MemberName,
        /// What, as it completes "does not have …".
        what: String,
    },
    /// The key is listed with a limit that was not stated again.
    #[error("the key of {member} is listed with {limit}, which would be lost: {listed}")]
    KeyLimited {
        /// Whose.
        member: MemberName,
        /// The key with its limits, as `access.toml` lists it.
        listed: SigningKey,
        /// The limit.
        limit: &'static str,
    },
    /// A member needs an address, or nobody could act as them.
    #[error("the address is the last one of {member}")]
    LastAddress {
        /// Whose.
        member: MemberName,
    },
    /// The role does not exist.
    #[error("no role `{role}`")]
    NoSuchRole {
        /// What was asked for.
        role: String,
        /// What was most likely meant.
        meant: Option<String>,
        /// The roles that exist.
        known: Vec<String>,
    },
    /// No member name can be derived from the address.
    #[error("a new member needs a name, and none can be derived from {email}")]
    NeedsMemberName {
        /// The address.
        email: Email,
    },
    /// Another member has that name.
    #[error("the member `{name}` already exists, with other addresses")]
    MemberExists {
        /// The name.
        name: MemberName,
    },
    /// A project exists already.
    #[error("a project already exists here")]
    ProjectExists,
    /// A folder that envctl would own contains other files.
    #[error("the folder {folder}/ must be empty for a new project, but contains {path}")]
    Occupied {
        /// The folder.
        folder: String,
        /// The first file in it.
        path: String,
    },
    /// What somebody confirmed is not what would happen now.
    #[error(
        "the plan has changed since it was confirmed: the branch, its pointers or a policy moved"
    )]
    Changed,
    /// A file cannot be edited in its present form.
    #[error(transparent)]
    Edit(#[from] EditError),
}

/// Returns `resources` as a list.
fn listed(resources: &[Resource]) -> String {
    let named: Vec<String> = resources.iter().map(ToString::to_string).collect();
    named.join(", ")
}

/// Returns `resources` as the subject of a sentence, with the verb.
fn were(resources: &[Resource]) -> String {
    let verb = if resources.len() == 1 { "was" } else { "were" };
    format!("{} {verb}", listed(resources))
}

/// Returns what a pointer names, as a sentence says it.
fn number(number: Option<VersionNumber>) -> String {
    number.map_or_else(|| "nothing".to_owned(), |number| number.to_string())
}

/// Succeeds if `slug` is an environment of `project`.
///
/// # Errors
///
/// When it is not, with the slug that was most likely meant.
pub fn existing(project: &Project, slug: &EnvironmentSlug) -> Result<(), PlanError> {
    match project.environments.contains_key(slug) {
        true => Ok(()),
        false => Err(no_such_environment(project, slug.clone())),
    }
}

/// Returns the error for an environment that does not exist.
pub fn no_such_environment(project: &Project, slug: EnvironmentSlug) -> PlanError {
    let slugs = project.environments.keys().map(EnvironmentSlug::as_str);
    let meant = closest(slug.as_str(), slugs).and_then(|meant| meant.parse().ok());
    PlanError::NoSuchEnvironment { slug, meant }
}

/// Returns the error for a resource of which no version was ever published.
pub fn no_such_resource(project: &Project, resource: &Resource) -> PlanError {
    let names: Vec<String> = project.versions.keys().map(ToString::to_string).collect();
    let meant = closest(&resource.to_string(), names.iter().map(String::as_str))
        .and_then(|meant| meant.parse().ok());
    PlanError::NoSuchResource {
        resource: resource.clone(),
        meant,
    }
}

/// How many versions are named to somebody who asked for one that does not exist.
const NEAREST: usize = 3;

/// Succeeds if `version` was published.
///
/// # Errors
///
/// When it was not, with the resource that was most likely meant, or else with the nearest versions.
pub fn existing_version<'p>(
    project: &'p Project,
    version: &VersionId,
) -> Result<&'p Version, PlanError> {
    let Some(known) = project.versions.get(&version.resource) else {
        return Err(no_such_resource(project, &version.resource));
    };
    known.get(&version.number).ok_or_else(|| {
        let mut nearest: Vec<VersionNumber> = known.keys().copied().collect();
        nearest.sort_by_key(|number| number.value().abs_diff(version.number.value()));
        nearest.truncate(NEAREST);
        nearest.sort_unstable();
        PlanError::NoSuchVersion {
            version: version.clone(),
            nearest,
        }
    })
}

/// Succeeds unless `versions` name two versions of one resource.
pub(super) fn require_one_version(versions: &[VersionId]) -> Result<(), PlanError> {
    let mut versions: Vec<&VersionId> = versions.iter().collect();
    versions.sort();
    versions.dedup();
    let mut pairs = versions.windows(2);
    match pairs.find(|pair| pair[0].resource == pair[1].resource) {
        None => Ok(()),
        Some(pair) => Err(PlanError::TwoVersions {
            one: pair[0].clone(),
            other: pair[1].clone(),
        }),
    }
}

/// Returns why there is nothing to undo.
fn never(resource: Option<&Resource>) -> String {
    resource.map_or_else(
        || "no pointer ever moved".to_owned(),
        |resource| format!("{resource} was never live"),
    )
}
