use std::fmt;

use super::owned::{ACCESS, OwnedFolder, SETTINGS, VETOES};
use crate::files::attributes;
use crate::model::{
    EnvironmentSlug, Extension, FreezeId, Kind, Project, Resource, ResourceName, SlugError,
    VersionId, VersionNumber,
};

/// The names of files that people may keep in an owned folder beside envctl's own.
const COMPANIONS: [&str; 3] = ["README.md", ".gitkeep", attributes::FILE];

/// What the path of an owned file means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnedPath {
    /// `envctl.toml`.
    Settings,
    /// `access.toml`.
    Access,
    /// `vetoes.toml`.
    Vetoes,
    /// `attestations/<kind>/<name>/<n>.toml`.
    Attestations(VersionId),
    /// `environments/<slug>.toml`.
    Environment(EnvironmentSlug),
    /// `pointers/<slug>.toml`.
    Pointers(EnvironmentSlug),
    /// `pending/<slug>.toml`.
    Pending(EnvironmentSlug),
    /// `freezes/<slug>/<id>.toml`.
    Freeze(EnvironmentSlug, FreezeId),
    /// `scheduled/<slug>/<id>.toml`.
    Scheduled(EnvironmentSlug),
    /// `prompts/<name>/<n>.<ext>` and its siblings of the other kinds.
    Version(Resource, VersionNumber, Extension),
    /// A file that people may keep in an owned folder, such as `README.md`, or the project's own `.gitattributes`.
    Companion,
}

/// Why a path inside an owned folder is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The name before `.toml`, or of a folder, is not a slug.
    #[error("invalid slug {name:?}: {source}")]
    Slug {
        /// The name.
        name: String,
        /// Which rule it breaks.
        source: SlugError,
    },
    /// A file, a link or a submodule has the name of a folder of envctl's.
    #[error("this must be a folder")]
    NoFolder,
    /// The path does not have the layout of the folder.
    #[error("files here are named {expected}")]
    Layout {
        /// The layout.
        expected: &'static str,
    },
}

impl OwnedPath {
    /// Returns what `path`, relative to the project's folder, means; `None` if envctl does not own it.
    pub fn parse(path: &str) -> Option<Result<Self, PathError>> {
        match path {
            SETTINGS => return Some(Ok(Self::Settings)),
            ACCESS => return Some(Ok(Self::Access)),
            VETOES => return Some(Ok(Self::Vetoes)),
            attributes::FILE => return Some(Ok(Self::Companion)),
            _ => {}
        }
        // A file called `pointers` would leave every environment without pointers if it were
        // ignored.
        if OwnedFolder::of_name(path.as_bytes()).is_some() {
            return Some(Err(PathError::NoFolder));
        }
        let (name, rest) = path.split_once('/')?;
        let folder = OwnedFolder::of_name(name.as_bytes())?;
        if rest
            .rsplit('/')
            .next()
            .is_some_and(|name| COMPANIONS.contains(&name))
        {
            return Some(Ok(Self::Companion));
        }
        Some(match folder {
            OwnedFolder::Attestations => attestations(rest),
            OwnedFolder::Environments => slug_file(rest, folder).map(Self::Environment),
            OwnedFolder::Pointers => slug_file(rest, folder).map(Self::Pointers),
            OwnedFolder::Pending => slug_file(rest, folder).map(Self::Pending),
            OwnedFolder::Freezes => freeze(rest),
            OwnedFolder::Scheduled => scheduled(rest),
            OwnedFolder::Versions(kind) => version(kind, rest),
        })
    }

    /// Returns the file of a version of `project`, if the version exists.
    pub fn of_version(project: &Project, id: &VersionId) -> Option<Self> {
        let version = project.version(id)?;
        Some(Self::Version(
            id.resource.clone(),
            id.number,
            version.extension.clone(),
        ))
    }

    /// Returns the resource whose versions are in the folder at `path`, if that is the name of such a folder.
    pub fn resource_in(path: &str) -> Option<Resource> {
        let (kind, name) = path.split_once('/')?;
        let kind = Kind::ALL.into_iter().find(|known| known.folder() == kind)?;
        let name = name.parse().ok()?;
        Some(Resource { kind, name })
    }

    /// Returns the version that the file called `name` in the folder of a resource of `kind` holds, if it has
    /// the name of one.
    pub fn version_in(kind: Kind, name: &str) -> Option<(VersionNumber, Extension)> {
        let (number, extension) = name.split_once('.')?;
        let extension = Extension::of(kind, extension)?;
        Some((number.parse().ok()?, extension))
    }

    /// Reports whether the file at `path` is named as a version is.
    pub fn is_of_version(path: &str) -> bool {
        let folder = path.split('/').next().unwrap_or_default();
        Kind::ALL.iter().any(|kind| kind.folder() == folder)
            && matches!(Self::parse(path), Some(Ok(Self::Version(..))))
    }

    /// Reports whether the file is a version, whose bytes git must not convert.
    pub fn is_version(&self) -> bool {
        matches!(self, Self::Version(..))
    }
}

impl fmt::Display for OwnedPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings => f.write_str(SETTINGS),
            Self::Access => f.write_str(ACCESS),
            Self::Vetoes => f.write_str(VETOES),
            Self::Attestations(id) => write!(
                f,
                "{}/{}/{}.toml",
                OwnedFolder::Attestations.name(),
                id.resource,
                id.number
            ),
            Self::Environment(slug) => {
                write!(f, "{}/{slug}.toml", OwnedFolder::Environments.name())
            }
            Self::Pointers(slug) => write!(f, "{}/{slug}.toml", OwnedFolder::Pointers.name()),
            Self::Pending(slug) => write!(f, "{}/{slug}.toml", OwnedFolder::Pending.name()),
            Self::Freeze(slug, id) => {
                write!(f, "{}/{slug}/{id}.toml", OwnedFolder::Freezes.name())
            }
            Self::Scheduled(slug) => write!(f, "{}/{slug}", OwnedFolder::Scheduled.name()),
            Self::Version(resource, number, extension) => {
                write!(f, "{resource}/{number}.{extension}")
            }
            Self::Companion => f.write_str("README.md"),
        }
    }
}

/// Returns the error for a path that does not have the layout of `folder`.
fn layout(folder: OwnedFolder) -> PathError {
    PathError::Layout {
        expected: folder.layout(),
    }
}

/// Reads `<slug>.toml`.
fn slug_file(rest: &str, folder: OwnedFolder) -> Result<EnvironmentSlug, PathError> {
    let name = rest
        .strip_suffix(".toml")
        .filter(|name| !name.contains('/'))
        .ok_or_else(|| layout(folder))?;
    slug(name)
}

/// Reads a slug.
fn slug(name: &str) -> Result<EnvironmentSlug, PathError> {
    name.parse().map_err(|source| PathError::Slug {
        name: name.to_owned(),
        source,
    })
}

/// Reads `<slug>/<id>.toml`.
fn freeze(rest: &str) -> Result<OwnedPath, PathError> {
    let layout = || layout(OwnedFolder::Freezes);
    let (environment, file) = rest.split_once('/').ok_or_else(layout)?;
    let name = file
        .strip_suffix(".toml")
        .filter(|name| !name.contains('/'))
        .ok_or_else(layout)?;
    let id = name.parse().map_err(|source| PathError::Slug {
        name: name.to_owned(),
        source,
    })?;
    Ok(OwnedPath::Freeze(slug(environment)?, id))
}

/// Reads `<slug>/<id>.toml`.
fn scheduled(rest: &str) -> Result<OwnedPath, PathError> {
    let layout = || layout(OwnedFolder::Scheduled);
    let (environment, file) = rest.split_once('/').ok_or_else(layout)?;
    if file.contains('/') || !file.ends_with(".toml") {
        return Err(layout());
    }
    slug(environment).map(OwnedPath::Scheduled)
}

/// Reads `<kind>/<name>/<number>.toml`.
fn attestations(rest: &str) -> Result<OwnedPath, PathError> {
    let layout = || layout(OwnedFolder::Attestations);
    let (kind, rest) = rest.split_once('/').ok_or_else(layout)?;
    let kind: Kind = kind.parse().map_err(|_| layout())?;
    let (name, file) = rest.split_once('/').ok_or_else(layout)?;
    let number = file
        .strip_suffix(".toml")
        .and_then(|number| number.parse().ok())
        .ok_or_else(layout)?;
    let resource = resource(kind, name)?;
    Ok(OwnedPath::Attestations(resource.at(number)))
}

/// Reads the name of a resource.
fn resource(kind: Kind, name: &str) -> Result<Resource, PathError> {
    let name: ResourceName = name.parse().map_err(|source| PathError::Slug {
        name: name.to_owned(),
        source,
    })?;
    Ok(Resource { kind, name })
}

/// Reads `<name>/<number>.<extension>`.
fn version(kind: Kind, rest: &str) -> Result<OwnedPath, PathError> {
    let layout = || layout(OwnedFolder::Versions(kind));
    let (name, file) = rest.split_once('/').ok_or_else(layout)?;
    let (number, extension) = OwnedPath::version_in(kind, file).ok_or_else(layout)?;
    Ok(OwnedPath::Version(resource(kind, name)?, number, extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owned_paths_round_trip() {
        for path in [
            "envctl.toml",
            "access.toml",
            "vetoes.toml",
            "attestations/prompts/support-router/8.toml",
            "environments/prod.toml",
            "pointers/eu-west.toml",
            "pending/prod.toml",
            "freezes/prod/holidays.toml",
            "freezes/qa/20261219T080000Z.toml",
            "prompts/support-router/7.md",
            "routing/primary/12.toml",
            "providers/openai/1.toml",
        ] {
            assert_eq!(OwnedPath::parse(path).unwrap().unwrap().to_string(), path);
        }
    }

    #[test]
    fn what_is_not_owned_is_ignored() {
        for path in [
            "README.md",
            "src/main.rs",
            "envctl.toml.bak",
            "prompt/x/1.md",
            "environments.toml",
        ] {
            assert_eq!(OwnedPath::parse(path), None, "{path}");
        }
    }

    #[test]
    fn companions_may_stand_in_owned_folders() {
        for path in [
            ".gitattributes",
            "environments/README.md",
            "prompts/.gitkeep",
            "prompts/x/.gitattributes",
        ] {
            assert_eq!(
                OwnedPath::parse(path),
                Some(Ok(OwnedPath::Companion)),
                "{path}"
            );
        }
    }

    #[test]
    fn misnamed_files_are_errors() {
        for path in [
            "attestations/prompts/x.toml",
            "attestations/prompts/x/1.md",
            "attestations/prompts/x/01.toml",
            "attestations/prompt/x/1.toml",
            "attestations/prompts/X/1.toml",
            "attestations/prompts/x/y/1.toml",
            "environments/prod.yaml",
            "environments/Prod.toml",
            "environments/a/b.toml",
            "pointers/con.toml",
            "prompts/x/01.md",
            "prompts/x/0.md",
            "prompts/x/1.exe",
            "prompts/x/1.md.orig",
            "prompts/x/y/1.md",
            "prompts/1.md",
            "routing/x/1.md",
            "scheduled/prod.toml",
            "freezes/prod.toml",
            "freezes/prod/x/y.toml",
            "freezes/prod/Holidays.toml",
            "pointers",
        ] {
            assert!(matches!(OwnedPath::parse(path), Some(Err(_))), "{path}");
        }
    }
}
