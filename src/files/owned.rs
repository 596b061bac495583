//! The one table of the names at the top of a project's folder that are envctl's.

use crate::files::attributes;
use crate::model::Kind;

/// `envctl.toml`: its presence makes a folder a project.
pub const SETTINGS: &str = "envctl.toml";
/// `access.toml`: members and roles.
pub const ACCESS: &str = "access.toml";
/// `vetoes.toml`: the versions that no pointer may move to.
pub const VETOES: &str = "vetoes.toml";
/// The files that envctl owns, in the order of their names.
pub const OWNED_FILES: [&str; 4] = [attributes::FILE, ACCESS, SETTINGS, VETOES];

/// A folder that envctl owns, with everything in it. Other folders of the project are not its concern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnedFolder {
    /// What evaluations found about versions.
    Attestations,
    /// Descriptions and policies of environments.
    Environments,
    /// Spans of time in which nothing moves.
    Freezes,
    /// Pending releases.
    Pending,
    /// What is live.
    Pointers,
    /// The published bytes of a kind of resource.
    Versions(Kind),
    /// Changes that are to happen later.
    Scheduled,
}

impl OwnedFolder {
    /// Every folder, in the order of their names.
    pub const ALL: [Self; 9] = [
        Self::Attestations,
        Self::Environments,
        Self::Freezes,
        Self::Pending,
        Self::Pointers,
        Self::Versions(Kind::Prompts),
        Self::Versions(Kind::Providers),
        Self::Versions(Kind::Routing),
        Self::Scheduled,
    ];

    /// Returns the name of the folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Attestations => "attestations",
            Self::Environments => "environments",
            Self::Freezes => "freezes",
            Self::Pending => "pending",
            Self::Pointers => "pointers",
            Self::Versions(kind) => kind.folder(),
            Self::Scheduled => "scheduled",
        }
    }

    /// Returns how the paths of files in the folder look.
    pub fn layout(self) -> &'static str {
        match self {
            Self::Attestations => "attestations/<kind>/<name>/<n>.toml",
            Self::Environments => "environments/<slug>.toml",
            Self::Freezes => "freezes/<slug>/<id>.toml",
            Self::Pending => "pending/<slug>.toml",
            Self::Pointers => "pointers/<slug>.toml",
            Self::Versions(Kind::Prompts) => {
                "prompts/<name>/<n>.<ext> (md, txt, json, yaml, j2, …)"
            }
            Self::Versions(Kind::Providers) => "providers/<name>/<n>.toml",
            Self::Versions(Kind::Routing) => "routing/<name>/<n>.toml",
            Self::Scheduled => "scheduled/<slug>/<id>.toml",
        }
    }

    /// Returns the folder of that name, if envctl owns it.
    pub fn of_name(name: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|folder| folder.name().as_bytes() == name)
    }
}

/// Returns every name that envctl owns: its files, then its folders.
pub fn owned_names() -> impl Iterator<Item = &'static str> {
    OWNED_FILES
        .into_iter()
        .chain(OwnedFolder::ALL.map(OwnedFolder::name))
}

#[cfg(test)]
mod tests {
    use super::super::attributes;
    use super::*;

    #[test]
    fn names_are_in_order_and_every_kind_has_its_folder() {
        assert!(OWNED_FILES.is_sorted());
        assert!(OwnedFolder::ALL.map(OwnedFolder::name).is_sorted());
        for kind in Kind::ALL {
            let found = OwnedFolder::of_name(kind.folder().as_bytes());
            assert_eq!(found, Some(OwnedFolder::Versions(kind)));
        }
    }

    #[test]
    fn a_layout_begins_with_the_name_of_its_folder() {
        for folder in OwnedFolder::ALL {
            let (name, _) = folder.layout().split_once('/').unwrap();
            assert_eq!(name, folder.name());
        }
    }

    #[test]
    fn gitattributes_names_what_is_owned_and_nothing_else() {
        // A file with a slash before it, so that the line is not about those of that name further
        // down.
        let top = |line: &str| {
            let pattern = line
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .to_owned();
            match pattern.strip_prefix('/') {
                Some(file) => file.to_owned(),
                None => pattern.split('/').next().unwrap_or_default().to_owned(),
            }
        };
        let mut named: Vec<String> = attributes::missing(b"").into_iter().map(top).collect();
        // Itself it leaves alone.
        let mut owned: Vec<&str> = owned_names()
            .filter(|name| *name != attributes::FILE)
            .collect();
        named.sort();
        owned.sort_unstable();
        assert_eq!(named, owned);
    }
}
