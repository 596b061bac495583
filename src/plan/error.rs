use crate::files::EditError;
use crate::model::{
    CommitId, Email, EnvironmentSlug, MemberName, Move, Project, Resource, SigningKey, VersionId,
    VersionNumber, closest,
};

/// Why no plan can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// There is no environment with that slug.
    #[error("no environment `{slug}`")]
    NoSuchEnvironment {
        /// What was asked for.
        slug: EnvironmentSlug,
        /// What was most likely meant.
        meant: Option<EnvironmentSlug>,
    },
    /// Nothing was ever published as that resource.
    #[error("no resource `{resource}`")]
    NoSuchResource {
        /// What was asked for.
        resource: Resource,
        /// What was most likely meant.
        meant: Option<Resource>,
    },
    /// The resource exists, but nothing of it is live there.
    #[error("nothing of {resource} is live in `{environment}`")]
    NotLive {
        /// The resource.
        resource: Resource,
        /// The environment.
        environment: EnvironmentSlug,
    },
    /// The resource exists, but has no such number.
    #[error("{version} was never published")]
    NoSuchVersion {
        /// What was asked for.
        version: VersionId,
        /// The newest number of the resource, if it has one.
        newest: Option<VersionNumber>,
    },
    /// A rollback would take pointers away that nobody named.
    #[error("this rollback of `{environment}` would take away {}: nothing was live there before", listed(.removed))]
    RemovesUnnamed {
        /// Where.
        environment: EnvironmentSlug,
        /// What it would take away.
        removed: Vec<Resource>,
        /// Everything that it would move.
        all: Vec<Resource>,
        /// The commit whose state it goes back to, if one was named.
        then: Option<CommitId>,
    },
    /// A rollback goes only to what was live there.
    #[error("{version} was never live in `{environment}`")]
    NeverLive {
        /// What was asked for.
        version: VersionId,
        /// Where.
        environment: EnvironmentSlug,
    },
    /// A pattern names nothing that was ever published.
    #[error("`{pattern}` names no resource")]
    NamesNothing {
        /// The pattern.
        pattern: String,
    },
    /// Two versions of one resource are named, and an environment serves one.
    #[error("an environment serves one version of a resource: {one} and {other} are two")]
    TwoVersions {
        /// One.
        one: VersionId,
        /// The other.
        other: VersionId,
    },
    /// What was rolled back would come back by a promotion that does not name it.
    #[error("{} rolled back in `{environment}`, and comes back only by name", were(.resources))]
    RolledBack {
        /// What.
        resources: Vec<Resource>,
        /// Where.
        environment: EnvironmentSlug,
        /// Where it would come from.
        from: EnvironmentSlug,
    },
    /// Nothing ever moved there, so there is nothing to take back.
    #[error("nothing to undo: {} in `{environment}`", never(.resource.as_ref()))]
    NothingToUndo {
        /// The environment.
        environment: EnvironmentSlug,
        /// The resource, if one was named.
        resource: Option<Resource>,
    },
    /// The environment is younger than the moment that was named.
    #[error("there was no environment `{environment}` then")]
    NotThereThen {
        /// The environment.
        environment: EnvironmentSlug,
    },
    /// What was live at the moment that was named cannot be told.
    #[error("what was live in `{environment}` then cannot be told: {file} was broken")]
    UnreadableThen {
        /// The environment.
        environment: EnvironmentSlug,
        /// The file that nobody can read.
        file: String,
    },
    /// There is an environment with that slug already.
    #[error("there is an environment `{slug}` already")]
    EnvironmentExists {
        /// The slug.
        slug: EnvironmentSlug,
    },
    /// The environment that is to become the gateway fallback does not serve what the present one serves.
    #[error(
        "`{heir}` does not serve what the gateway fallback `{holder}` serves: {}",
        .lost.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    )]
    IncompleteFallback {
        /// The present fallback.
        holder: EnvironmentSlug,
        /// The environment that is to become it.
        heir: EnvironmentSlug,
        /// What would no longer be served.
        lost: Vec<Resource>,
    },
    /// Source and target are the same.
    #[error("`{environment}` cannot be promoted to itself")]
    SameEnvironment {
        /// The environment.
        environment: EnvironmentSlug,
    },
    /// No release waits for approval there.
    #[error("no release waits for approval in `{environment}`")]
    NothingWaits {
        /// The environment.
        environment: EnvironmentSlug,
    },
    /// A release waits there, and what it asks for cannot be read, or would change nothing.
    #[error("the release that waits in `{environment}` is not sound: `envctl check` says why")]
    UnsoundRelease {
        /// The environment.
        environment: EnvironmentSlug,
    },
    /// A pointer moved since the release was asked for.
    #[error(
        "{} is at {} in `{}` by now; the release was asked for when it was at {}",
        .moved.resource, number(*.live), .moved.environment, number(.moved.before)
    )]
    SeenOtherwise {
        /// What was asked for.
        moved: Move,
        /// What is live now.
        live: Option<VersionNumber>,
    },
    /// `publish` has nowhere to point.
    #[error("the project has no default publish target")]
    NoDefaultTarget,
    /// The extension is none that the kind allows.
    #[error("a {} ends in {allowed}, not in `.{extension}`", .resource.kind.noun())]
    Extension {
        /// The resource.
        resource: Resource,
        /// What was asked for.
        extension: String,
        /// What would be fine.
        allowed: &'static str,
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
    /// The numbers of the resource are used up.
    #[error("{newest} is the last number that a resource can have")]
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
    /// Nobody is called that.
    #[error("nobody is called `{who}` in access.toml")]
    NoSuchMember {
        /// What was asked for.
        who: String,
        /// Who was most likely meant.
        meant: Option<String>,
    },
    /// Somebody does not have what is to be taken away from them.
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
    /// Without an address nobody would be the member any more.
    #[error("the address is the only one of {member}")]
    LastAddress {
        /// Whose.
        member: MemberName,
    },
    /// No role is called that.
    #[error("no role `{role}`")]
    NoSuchRole {
        /// What was asked for.
        role: String,
        /// What was most likely meant.
        meant: Option<String>,
        /// The roles that there are.
        known: Vec<String>,
    },
    /// An address does not give a member's name.
    #[error("a new member needs a name, and {email} does not give one")]
    NeedsMemberName {
        /// The address.
        email: Email,
    },
    /// Another member is called that.
    #[error("there is a member `{name}` already, with other addresses")]
    MemberExists {
        /// The name.
        name: MemberName,
    },
    /// There is a project already.
    #[error("there is a project here already")]
    ProjectExists,
    /// A folder that envctl would own holds something else.
    #[error("a project owns the folder {folder}/, and there is {path} in it")]
    Occupied {
        /// The folder.
        folder: String,
        /// The first file that stands in it.
        path: String,
    },
    /// What somebody agreed to is no longer what would happen.
    #[error("the plan changed since it was agreed to: the branch, its pointers or a policy moved")]
    Changed,
    /// A file cannot be edited as it stands.
    #[error(transparent)]
    Edit(#[from] EditError),
}

fn listed(resources: &[Resource]) -> String {
    let named: Vec<String> = resources.iter().map(ToString::to_string).collect();
    named.join(", ")
}

fn were(resources: &[Resource]) -> String {
    let verb = if resources.len() == 1 { "was" } else { "were" };
    format!("{} {verb}", listed(resources))
}

fn number(number: Option<VersionNumber>) -> String {
    number.map_or_else(|| "nothing".to_owned(), |number| number.to_string())
}

/// Succeeds if `slug` is an environment of `project`.
///
/// # Errors
///
/// When it is not, with what was most likely meant.
pub fn existing(project: &Project, slug: &EnvironmentSlug) -> Result<(), PlanError> {
    match project.environments.contains_key(slug) {
        true => Ok(()),
        false => Err(no_such_environment(project, slug.clone())),
    }
}

/// The error for an environment that is not there.
pub fn no_such_environment(project: &Project, slug: EnvironmentSlug) -> PlanError {
    let slugs = project.environments.keys().map(EnvironmentSlug::as_str);
    let meant = closest(slug.as_str(), slugs).and_then(|meant| meant.parse().ok());
    PlanError::NoSuchEnvironment { slug, meant }
}

/// The error for a resource that nobody ever published.
pub fn no_such_resource(project: &Project, resource: &Resource) -> PlanError {
    let names: Vec<String> = project.versions.keys().map(ToString::to_string).collect();
    let meant = closest(&resource.to_string(), names.iter().map(String::as_str))
        .and_then(|meant| meant.parse().ok());
    PlanError::NoSuchResource {
        resource: resource.clone(),
        meant,
    }
}

fn never(resource: Option<&Resource>) -> String {
    resource.map_or_else(
        || "no pointer ever moved".to_owned(),
        |resource| format!("{resource} was never live"),
    )
}
