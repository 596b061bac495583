use std::collections::BTreeMap;

use toml::de::DeTable;

use crate::diag::bounded::BoundedFindings;
use crate::diag::{Code, Finding, Place};
use crate::files::path::{OwnedPath, PathError};
use crate::files::snapshot::{MAX_STATE_FILE, Mode, Snapshot, SnapshotEntry};
use crate::files::text::{NotToml, toml, too_large};
use crate::files::{
    access, attributes, comments, environment, pending, plain_pointers, pointers, settings,
};
use crate::model::{Environment, Project, Resource, Settings, Version, VersionNumber};

/// The name of the content that an empty file has.
const EMPTY: &str = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

/// What the files say that decide: all but the bytes of versions, of which only name and mode count here.
#[derive(Clone, Debug, Default)]
pub(super) struct Control {
    /// Everything that could be read.
    pub(super) project: Project,
    /// What could not, and why, by path.
    pub(super) findings: BoundedFindings,
}

/// Reads the files of `snapshot` that decide, and lists its versions. What is wrong with them is left out: this is for
/// questions that nothing rests on.
pub fn read_project(snapshot: &Snapshot) -> Project {
    Control::read(snapshot).project
}

impl Control {
    /// Reads every file of `snapshot` that decides. One unreadable file hides nothing but itself.
    pub(super) fn read(snapshot: &Snapshot) -> Self {
        let mut control = Self::default();
        for (path, entry) in &snapshot.entries {
            control.read_entry(path, entry);
        }
        control
    }

    /// Reads those at `paths`; all others say what `project` says, and nothing is wrong with them. `None` if that cannot be
    /// known without reading all of them.
    pub(super) fn after<'p>(
        project: &Project,
        paths: impl Iterator<Item = &'p str> + Clone,
        snapshot: &Snapshot,
    ) -> Option<Self> {
        if !paths.clone().all(|path| can_forget(project, path)) {
            return None;
        }
        let mut control = Self {
            project: project.clone(),
            findings: BoundedFindings::default(),
        };
        for path in paths {
            forget(&mut control.project, path);
            if let Some(entry) = snapshot.entries.get(path) {
                control.read_entry(path, entry);
            }
        }
        Some(control)
    }

    fn read_entry(&mut self, path: &str, entry: &SnapshotEntry) {
        match OwnedPath::parse(path) {
            None => {}
            Some(Err(error)) => self.findings.push(misnamed(path, &error)),
            // The project's own may be what its repository makes of it; only a plain one counts for git.
            Some(Ok(OwnedPath::Companion)) if path == attributes::FILE => {
                self.add_companion(path, entry);
            }
            Some(Ok(_)) if entry.mode != Mode::File => {
                self.findings.push(not_a_file(path, entry.mode));
            }
            Some(Ok(owned)) => self.read_file(path, owned, entry),
        }
    }

    fn add_companion(&mut self, path: &str, entry: &SnapshotEntry) {
        // One that only keeps a folder says nothing.
        if entry.content.to_string() != EMPTY {
            self.project
                .companions
                .insert(path.to_owned(), entry.content);
        }
    }

    fn read_comments(&mut self, path: &str, owned: &OwnedPath, entry: &SnapshotEntry) {
        if owned.is_version() || *owned == OwnedPath::Companion {
            return;
        }
        let text = entry.bytes.as_deref().map(std::str::from_utf8);
        let Some(Ok(text)) = text.filter(|_| entry.size <= MAX_STATE_FILE) else {
            return;
        };
        let comments = comments::read(owned, text);
        if !comments.is_empty() {
            self.project.comments.insert(path.to_owned(), comments);
        }
    }

    fn read_file(&mut self, path: &str, owned: OwnedPath, entry: &SnapshotEntry) {
        self.read_comments(path, &owned, entry);
        match owned {
            OwnedPath::Companion => self.add_companion(path, entry),
            OwnedPath::Version(resource, number, extension) => {
                let version = Version {
                    extension,
                    content: entry.content,
                };
                self.add_version(path, resource, number, version);
            }
            OwnedPath::Access => {
                // One that cannot be read lets nobody do anything; without it everybody might.
                self.project.access =
                    Some(self.parse(path, entry, access::read).unwrap_or_default());
            }
            OwnedPath::Scheduled(slug) => {
                self.project.scheduled.insert(slug);
                self.findings.push(not_supported(path));
            }
            OwnedPath::Settings => {
                self.project.exists = true;
                self.project.settings = self.parse(path, entry, settings::read).unwrap_or_default();
            }
            OwnedPath::Environment(slug) => {
                let read =
                    |path: &str, entries: &DeTable<'_>| environment::read(path, &slug, entries);
                let environment = self
                    .parse(path, entry, read)
                    .unwrap_or_else(|| Environment::named_after(&slug));
                self.project.environments.insert(slug, environment);
            }
            OwnedPath::Pointers(slug) => {
                let bytes = entry.bytes.as_deref();
                let text = bytes.filter(|_| entry.size <= MAX_STATE_FILE);
                let plain = text.and_then(|bytes| std::str::from_utf8(bytes).ok());
                let pointers = plain.and_then(plain_pointers::read);
                let pointers = pointers
                    .or_else(|| self.parse(path, entry, pointers::read))
                    .unwrap_or_default();
                self.project.pointers.insert(slug, pointers);
            }
            OwnedPath::Pending(slug) => {
                // One that cannot be read still bars the way, and can be taken back.
                let pending = self.parse(path, entry, pending::read).unwrap_or_default();
                self.project.pending.insert(slug, pending);
            }
        }
    }

    fn add_version(
        &mut self,
        path: &str,
        resource: Resource,
        number: VersionNumber,
        version: Version,
    ) {
        let numbers: &mut BTreeMap<_, _> =
            self.project.versions.entry(resource.clone()).or_default();
        if let Some(first) = numbers.get(&number) {
            let message = format!(
                "{} has a second file beside {number}.{}",
                resource.at(number),
                first.extension
            );
            self.findings.push(
                Finding::error(Code::VERSION_SEQUENCE, Place::file(path), message)
                    .help("keep the one that was live first and publish the other again: it gets the next number"),
            );
        } else {
            numbers.insert(number, version);
        }
    }

    fn parse<T>(
        &mut self,
        path: &str,
        entry: &SnapshotEntry,
        read: impl FnOnce(&str, &DeTable<'_>) -> (T, Vec<Finding>),
    ) -> Option<T> {
        if entry.size > MAX_STATE_FILE {
            self.findings
                .push(too_large(path, entry.size, MAX_STATE_FILE));
            return None;
        }
        match toml(path, entry.bytes.as_deref().unwrap_or_default()).map_err(NotToml::into_finding)
        {
            Ok(toml) => {
                let (value, findings) = read(path, &toml.table);
                self.findings.extend(findings);
                Some(value)
            }
            Err(finding) => {
                self.findings.push(finding);
                None
            }
        }
    }
}

/// Reports whether all that the file at `path` says could be forgotten: a version that is there could have a second file.
fn can_forget(project: &Project, path: &str) -> bool {
    match OwnedPath::parse(path) {
        Some(Ok(OwnedPath::Version(resource, number, _))) => {
            project.version(&resource.at(number)).is_none()
        }
        Some(Ok(OwnedPath::Scheduled(_))) => false,
        _ => true,
    }
}

fn forget(project: &mut Project, path: &str) {
    project.companions.remove(path);
    project.comments.remove(path);
    match OwnedPath::parse(path) {
        Some(Ok(OwnedPath::Settings)) => {
            project.exists = false;
            project.settings = Settings::default();
        }
        Some(Ok(OwnedPath::Access)) => project.access = None,
        Some(Ok(OwnedPath::Environment(slug))) => drop(project.environments.remove(&slug)),
        Some(Ok(OwnedPath::Pointers(slug))) => drop(project.pointers.remove(&slug)),
        Some(Ok(OwnedPath::Pending(slug))) => drop(project.pending.remove(&slug)),
        _ => {}
    }
}

fn not_supported(path: &str) -> Finding {
    let message = "this version of envctl does not enforce what the file says, and ignoring it would be unsafe";
    Finding::error(Code::NOT_SUPPORTED, Place::file(path), message)
}

fn misnamed(path: &str, error: &PathError) -> Finding {
    let finding = Finding::error(
        Code::UNKNOWN_FILE,
        Place::file(path),
        format!("no file of envctl: {error}"),
    );
    finding.help("rename it, or move it out of the folder: envctl owns what is in there")
}

fn not_a_file(path: &str, mode: Mode) -> Finding {
    let what = match mode {
        Mode::SymbolicLink => "a symbolic link",
        Mode::Executable => "executable",
        Mode::Submodule => "a submodule",
        Mode::File | Mode::Other => "no plain file",
    };
    let finding = Finding::error(
        Code::UNKNOWN_FILE,
        Place::file(path),
        format!("{what}; only plain files count here"),
    );
    match mode {
        Mode::Executable => finding.help(format!("git update-index --chmod=-x {path}")),
        _ => finding.help("replace it with a plain file, or remove it"),
    }
}
