use std::collections::{BTreeMap, HashMap};

use toml::de::DeTable;

use crate::diag::bounded::BoundedFindings;
use crate::diag::{Code, Finding, Place};
use crate::files::path::{OwnedPath, PathError};
use crate::files::snapshot::{MAX_STATE_FILE, Mode, Snapshot, SnapshotEntry};
use crate::files::text::{NotToml, toml, too_large};
use crate::files::{
    access, attestations, attributes, comments, environment, freeze, pending, plain_pointers,
    pointers, settings, vetoes,
};
use crate::model::{
    ContentId, Environment, Freeze, Pointers, Project, Resource, Settings, Shared, Version,
    VersionNumber, Vetoes,
};

/// The name of the content of an empty file.
const EMPTY: &str = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

/// What the deciding files say: all files except the content of versions, of which only name and mode count
/// here.
#[derive(Clone, Debug, Default)]
pub(super) struct Control {
    /// Everything that could be read.
    pub(super) project: Project,
    /// What could not, and why, by path.
    pub(super) findings: BoundedFindings,
    /// Whether a version has a second file.
    is_doubled: bool,
    /// Pointers that were read, by the content of their file: environments that are alike have one.
    pointers: HashMap<ContentId, Shared<Pointers>>,
}

/// Reads the files of `snapshot` that decide, and lists its versions. Errors in them are not reported, so
/// this is only for questions whose answer decides nothing.
pub fn read_project(snapshot: &Snapshot) -> Project {
    Control::read(snapshot).project
}

impl Control {
    /// Reads every deciding file of `snapshot`. An invalid file hides nothing but itself.
    pub(super) fn read(snapshot: &Snapshot) -> Self {
        let mut control = Self::default();
        control.project.versions = snapshot.listed.clone();
        for (path, entry) in &snapshot.entries {
            control.read_entry(path, entry);
        }
        control
    }

    /// Reads the files at `paths`, and takes everything else from `project`, which must have been read
    /// without findings. `None` if the result could differ from reading all files.
    pub(super) fn after<'p>(
        project: &Project,
        paths: impl Iterator<Item = &'p str> + Clone,
        snapshot: &Snapshot,
    ) -> Option<Self> {
        // A walk through history reads what each commit changed. Where a change cannot be undone in the
        // model, all is read anew.
        if !paths.clone().all(can_forget) {
            return None;
        }
        let mut control = Self {
            project: project.clone(),
            ..Self::default()
        };
        // All are forgotten before the first is read: a version may have got another extension.
        for path in paths.clone() {
            forget(&mut control.project, path);
        }
        for path in paths {
            if let Some(entry) = snapshot.get(path) {
                control.read_entry(path, &entry);
            }
        }
        // Of two files of one number the first by path counts, and only one of them may be among the paths.
        (!control.is_doubled).then_some(control)
    }

    /// Reads one file.
    fn read_entry(&mut self, path: &str, entry: &SnapshotEntry) {
        match OwnedPath::parse(path) {
            None => {}
            Some(Err(error)) => self.findings.push(misnamed(path, &error)),
            // The `.gitattributes` at the top may also be a link or executable, as the repository
            // has it. Only plain ones matter to git.
            Some(Ok(OwnedPath::Companion)) if path == attributes::FILE => {
                self.add_companion(path, entry);
            }
            Some(Ok(_)) if entry.mode != Mode::File => {
                self.findings.push(not_a_file(path, entry.mode));
            }
            Some(Ok(owned)) => self.read_file(path, owned, entry),
        }
    }

    /// Notes a file that people keep beside envctl's own.
    fn add_companion(&mut self, path: &str, entry: &SnapshotEntry) {
        // An empty one only keeps a folder in git, so adding it is not a change of the project.
        if entry.content.to_string() != EMPTY {
            self.project
                .companions
                .insert(path.to_owned(), entry.content);
        }
    }

    /// Reads the comments of a file of envctl's own.
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

    /// Reads a file whose path is valid.
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
                // An invalid file must not count as a missing one: without access.toml, everybody
                // may do everything.
                self.project.access =
                    Some(self.parse(path, entry, access::read).unwrap_or_default());
            }
            OwnedPath::Vetoes => {
                // What an invalid file bars is unknown, so the judge has to know that it is invalid.
                let vetoes = self.parse(path, entry, |path, entries| {
                    let (vetoes, findings) = vetoes::read(path, entries);
                    ((vetoes, findings.is_empty()), findings)
                });
                let (vetoes, sound) = vetoes.unwrap_or_default();
                self.project.vetoes = vetoes.into();
                self.project.unsound_vetoes = !sound;
            }
            OwnedPath::Attestations(id) => {
                // What cannot be read attests nothing.
                let attestations = self.parse(path, entry, attestations::read);
                self.project
                    .attestations
                    .insert(id, attestations.unwrap_or_default());
            }
            OwnedPath::Scheduled(slug) => {
                // An unknown schedule could demand something that this version does not enforce, so
                // its presence blocks writing.
                self.project.scheduled.insert(slug);
                self.findings.push(not_supported(path));
            }
            OwnedPath::Settings => {
                self.project.exists = true;
                self.project.settings = self.parse(path, entry, settings::read).unwrap_or_default();
            }
            OwnedPath::Environment(slug) => {
                let read =
                    // The environment exists even if its file is invalid. Otherwise a typo would
                    // look like a deletion, and free its pointers from its policy.
                    |path: &str, entries: &DeTable<'_>| environment::read(path, &slug, entries);
                let environment = self
                    .parse(path, entry, read)
                    .unwrap_or_else(|| Environment::named_after(&slug));
                self.project.environments.insert(slug, environment);
            }
            OwnedPath::Pointers(slug) => {
                let pointers = self.read_pointers(path, entry);
                self.project.pointers.insert(slug, pointers);
            }
            OwnedPath::Freeze(slug, id) => {
                // What an invalid freeze bars is unknown, so it bars everything.
                let unreadable = || Freeze {
                    unreadable: true,
                    ..Freeze::default()
                };
                let freeze = self.parse(path, entry, freeze::read);
                let freezes = self.project.freezes.entry(slug).or_default();
                freezes.insert(id, freeze.unwrap_or_else(unreadable));
            }
            OwnedPath::Pending(slug) => {
                // An invalid request still blocks other moves, and can be withdrawn.
                let pending = self.parse(path, entry, pending::read).unwrap_or_default();
                self.project.pending.insert(slug, pending);
            }
        }
    }

    /// Reads the pointers in the file at `path`.
    fn read_pointers(&mut self, path: &str, entry: &SnapshotEntry) -> Shared<Pointers> {
        // Environments that serve the same have equal files. One that is not plain is read each time, since its
        // findings name its path.
        if let Some(known) = self.pointers.get(&entry.content) {
            return known.clone();
        }
        // Almost all pointers files have the plain form, and reading them is most of the work of a walk through
        // history.
        let bytes = entry.bytes.as_deref();
        let text = bytes.filter(|_| entry.size <= MAX_STATE_FILE);
        let plain = text.and_then(|bytes| std::str::from_utf8(bytes).ok());
        if let Some(pointers) = plain.and_then(plain_pointers::read) {
            let pointers = Shared::from(pointers);
            self.pointers.insert(entry.content, pointers.clone());
            return pointers;
        }
        let pointers = self.parse(path, entry, pointers::read);
        pointers.unwrap_or_default().into()
    }

    /// Adds a version, or a finding if its number has a file already. The first file by path counts.
    fn add_version(
        &mut self,
        path: &str,
        resource: Resource,
        number: VersionNumber,
        version: Version,
    ) {
        if self.project.version(&resource.at(number)) == Some(&version) {
            // One of the listed versions, whose bytes were read as well.
            return;
        }
        let numbers: &mut BTreeMap<_, _> =
            self.project.versions.entry(resource.clone()).or_default();
        if let Some(first) = numbers.get(&number) {
            self.is_doubled = true;
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

    /// Parses a file of limited size, and notes what is wrong with it.
    fn parse<T>(
        &mut self,
        path: &str,
        entry: &SnapshotEntry,
        read: impl FnOnce(&str, &DeTable<'_>) -> (T, Vec<Finding>),
    ) -> Option<T> {
        // The size is checked before the bytes are touched: of larger files they are not even read.
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

/// Reports whether everything that the file at `path` says can be removed again from a project that was read
/// without findings. Of several scheduled files only the environment is known.
fn can_forget(path: &str) -> bool {
    !matches!(OwnedPath::parse(path), Some(Ok(OwnedPath::Scheduled(_))))
}

/// Removes from `project` everything that the file at `path` says.
fn forget(project: &mut Project, path: &str) {
    // Looked at first: to remove nothing would still copy what is shared.
    if project.companions.contains_key(path) {
        project.companions.remove(path);
    }
    if project.comments.contains_key(path) {
        project.comments.remove(path);
    }
    match OwnedPath::parse(path) {
        Some(Ok(OwnedPath::Settings)) => {
            project.exists = false;
            project.settings = Settings::default();
        }
        Some(Ok(OwnedPath::Access)) => project.access = None,
        Some(Ok(OwnedPath::Vetoes)) => {
            project.vetoes = Vetoes::default().into();
            project.unsound_vetoes = false;
        }
        Some(Ok(OwnedPath::Attestations(id))) => drop(project.attestations.remove(&id)),
        Some(Ok(OwnedPath::Environment(slug))) => drop(project.environments.remove(&slug)),
        Some(Ok(OwnedPath::Pointers(slug))) => drop(project.pointers.remove(&slug)),
        Some(Ok(OwnedPath::Pending(slug))) => drop(project.pending.remove(&slug)),
        Some(Ok(OwnedPath::Freeze(slug, id))) => {
            if let Some(freezes) = project.freezes.get_mut(&slug) {
                freezes.remove(&id);
                if freezes.is_empty() {
                    project.freezes.remove(&slug);
                }
            }
        }
        Some(Ok(OwnedPath::Version(resource, number, extension))) => {
            let version = project.version(&resource.at(number));
            if version.is_none_or(|version| version.extension != extension) {
                return;
            }
            if let Some(numbers) = project.versions.get_mut(&resource) {
                numbers.remove(&number);
                if numbers.is_empty() {
                    project.versions.remove(&resource);
                }
            }
        }
        _ => {}
    }
}

/// Returns the finding for a file of a later format.
fn not_supported(path: &str) -> Finding {
    let message = "this version of envctl does not enforce what the file says, and ignoring it would be unsafe";
    Finding::error(Code::NOT_SUPPORTED, Place::file(path), message)
}

/// Returns the finding for a file with a name that is not envctl's.
fn misnamed(path: &str, error: &PathError) -> Finding {
    let finding = Finding::error(
        Code::UNKNOWN_FILE,
        Place::file(path),
        format!("not a file of envctl: {error}"),
    );
    finding.help("rename it, or move it out of this folder, which envctl owns")
}

/// Returns the finding for something that is not a plain file.
fn not_a_file(path: &str, mode: Mode) -> Finding {
    let what = match mode {
        Mode::SymbolicLink => "a symbolic link",
        Mode::Executable => "executable",
        Mode::Submodule => "a submodule",
        Mode::File | Mode::Other => "not a plain file",
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
