//! Where an entry is in the files.

use crate::diag::Place;
use crate::files::{ACCESS, OwnedPath, SETTINGS, VETOES};
use crate::model::{Entry, Kind, Project};

/// Returns where `entry` is in `project`, or would be if it existed.
pub fn place_of(entry: &Entry, project: &Project) -> Place {
    match entry {
        Entry::Project => Place::file(SETTINGS),
        Entry::Setting(key) => Place::value(SETTINGS, [key.as_str()]),
        Entry::Environment(slug) => Place::file(OwnedPath::Environment(slug.clone()).to_string()),
        Entry::EnvironmentKey(slug, key) => Place::value(
            OwnedPath::Environment(slug.clone()).to_string(),
            [key.as_str()],
        ),
        Entry::Policy(slug, kind, key) => {
            let keys = std::iter::once("policy")
                .chain(kind.map(Kind::folder))
                .chain([key.as_str()]);
            Place::value(OwnedPath::Environment(slug.clone()).to_string(), keys)
        }
        Entry::Window(slug, name) => Place::value(
            OwnedPath::Environment(slug.clone()).to_string(),
            ["policy", "windows", name.as_str()],
        ),
        Entry::Freeze(slug, id) => {
            Place::file(OwnedPath::Freeze(slug.clone(), id.clone()).to_string())
        }
        Entry::Pointer(slug, resource) => {
            let file = OwnedPath::Pointers(slug.clone()).to_string();
            let table = [resource.kind.folder(), resource.name.as_str()];
            match project.live(slug, resource) {
                Some(_) => {
                    Place::value(file, table.into_iter().chain([resource.kind.number_word()]))
                }
                None => Place::key(file, table),
            }
        }
        Entry::Pending(slug) => Place::file(OwnedPath::Pending(slug.clone()).to_string()),
        Entry::Version(id) => {
            let known = OwnedPath::of_version(project, id).map(|path| path.to_string());
            Place::file(known.unwrap_or_else(|| format!("{}/{}", id.resource, id.number)))
        }
        Entry::Veto(id) => {
            let number = id.number.to_string();
            let resource = &id.resource;
            let keys = [resource.kind.folder(), resource.name.as_str(), &number];
            Place::key(VETOES, keys)
        }
        Entry::Attestation(id, check) => Place::key(
            OwnedPath::Attestations(id.clone()).to_string(),
            [check.as_str()],
        ),
        Entry::Access => Place::file(ACCESS),
        Entry::Signatures => Place::value(ACCESS, ["signatures"]),
        Entry::Member(name, key) => Place::value(ACCESS, ["members", name.as_str(), key.as_str()]),
        Entry::Role(name) => Place::key(ACCESS, ["roles", name.as_str()]),
        Entry::Companion(path) | Entry::Comment(path, _) => Place::file(path),
    }
}
