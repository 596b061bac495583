use std::collections::BTreeMap;

use toml::de::DeTable;

use crate::diag::{Code, Finding, Place};
use crate::files::path::{OwnedPath, PathError};
use crate::files::snapshot::{Entry, MAX_STATE_FILE, Mode, Snapshot};
use crate::files::{access, environment, pending, pointers, provider, routing, secret, settings};
use crate::model::{Environment, Kind, Project, Resource, Version, VersionId, VersionNumber};

/// The most bytes a version of a resource may have: 1 MiB.
pub const MAX_PAYLOAD: u64 = Snapshot::MAX_READ;

/// The most findings that are told one by one: 200,000 files can each be wrong.
const MOST_FINDINGS: usize = 10_000;

/// The byte order mark that some editors put first. The TOML parser would skip it, and an edit would put text before it.
pub(super) const MARK: char = '\u{feff}';

/// What a snapshot says: the sound part as a [`Project`], and a finding for everything that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Everything that could be read.
    pub project: Project,
    /// What could not, and why.
    pub findings: Vec<Finding>,
}

impl State {
    /// Reads every file of `snapshot`. One unreadable file hides nothing but itself.
    ///
    /// Versions are judged as text only where the snapshot holds their bytes.
    pub fn read(snapshot: &Snapshot) -> Self {
        let mut state = Self::default();
        let mut cut = 0;
        for (path, entry) in &snapshot.entries {
            state.read_entry(path, entry);
            cut += state.cut_findings();
        }
        state.count_findings(cut);
        state.keep_live_configuration();
        state
    }

    /// The state in which the files at `paths` are as `snapshot` has them, and all others as this state read them: the same as
    /// if all of it were read anew, but most changes read only those files.
    pub fn after<'p>(
        &self,
        paths: impl Iterator<Item = &'p str> + Clone,
        snapshot: &Snapshot,
    ) -> Self {
        // What is wrong with a file cannot be taken back from among the findings.
        if !self.findings.is_empty() || !paths.clone().all(|path| self.can_forget(path)) {
            return Self::read(snapshot);
        }
        let mut state = self.clone();
        let mut cut = 0;
        for path in paths.clone() {
            state.forget(path);
            if let Some(entry) = snapshot.entries.get(path) {
                state.read_entry(path, entry);
                cut += state.cut_findings();
            }
        }
        state.count_findings(cut);
        state.keep_live_configuration();
        let read: Vec<&str> = paths.collect();
        for id in state.project.live_configuration() {
            let path = OwnedPath::of_version(&state.project, &id).map(|path| path.to_string());
            if !state.has_read(&id) && path.is_some_and(|path| !read.contains(&path.as_str())) {
                state.read_version(&id, snapshot);
            }
        }
        state
    }

    /// Whether all that the file at `path` says could be forgotten: a version that is there could have a second file.
    fn can_forget(&self, path: &str) -> bool {
        match OwnedPath::parse(path) {
            Some(Ok(OwnedPath::Version(resource, number, _))) => {
                self.project.version(&resource.at(number)).is_none()
            }
            Some(Ok(OwnedPath::Scheduled(_))) => false,
            _ => true,
        }
    }

    fn forget(&mut self, path: &str) {
        let project = &mut self.project;
        match OwnedPath::parse(path) {
            Some(Ok(OwnedPath::Settings)) => {
                project.exists = false;
                project.settings = crate::model::Settings::default();
            }
            Some(Ok(OwnedPath::Access)) => project.access = None,
            Some(Ok(OwnedPath::Environment(slug))) => drop(project.environments.remove(&slug)),
            Some(Ok(OwnedPath::Pointers(slug))) => drop(project.pointers.remove(&slug)),
            Some(Ok(OwnedPath::Pending(slug))) => drop(project.pending.remove(&slug)),
            _ => {}
        }
    }

    /// Forgets what routing releases and provider activations say that are live nowhere: whether they were read at all
    /// depends on who asked.
    fn keep_live_configuration(&mut self) {
        let live = self.project.live_configuration();
        self.project.releases.retain(|id, _| live.contains(id));
        self.project.activations.retain(|id, _| live.contains(id));
    }

    /// Whether it is known what `id` says.
    fn has_read(&self, id: &VersionId) -> bool {
        self.project.releases.contains_key(id) || self.project.activations.contains_key(id)
    }

    fn read_entry(&mut self, path: &str, entry: &Entry) {
        match OwnedPath::parse(path) {
            None => {}
            Some(Err(error)) => self.note(misnamed(path, &error)),
            Some(Ok(_)) if entry.mode != Mode::File => self.note(not_a_file(path, entry.mode)),
            Some(Ok(owned)) => self.read_file(path, owned, entry),
        }
    }

    /// Drops the findings that are more than anybody reads, and answers how many.
    fn cut_findings(&mut self) -> usize {
        let cut = self.findings.len().saturating_sub(MOST_FINDINGS);
        self.findings.truncate(MOST_FINDINGS);
        cut
    }

    /// Notes that there were `cut` more findings.
    fn count_findings(&mut self, cut: usize) {
        if let (1.., Some(last)) = (cut, self.findings.last()) {
            let place = Place::file(&last.place.file);
            let rest = Finding::error(
                last.code,
                place,
                format!("{cut} more findings in this and other files"),
            );
            self.findings
                .push(rest.help("mend the first ones, and the next are told"));
        }
    }

    fn note(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn read_file(&mut self, path: &str, owned: OwnedPath, entry: &Entry) {
        match owned {
            OwnedPath::Companion => {}
            OwnedPath::Version(resource, number, extension) => {
                self.read_payload(path, &resource.at(number), entry);
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
                self.note(not_supported(path));
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
                let pointers = self.parse(path, entry, pointers::read).unwrap_or_default();
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

    /// Judges a version that was listed without its bytes, now that `snapshot` holds them.
    pub fn read_version(&mut self, id: &VersionId, snapshot: &Snapshot) {
        let Some(path) = OwnedPath::of_version(&self.project, id).map(|path| path.to_string())
        else {
            return;
        };
        if let Some(entry) = snapshot.entries.get(&path) {
            self.read_payload(&path, id, entry);
        }
    }

    fn read_payload(&mut self, path: &str, id: &VersionId, entry: &Entry) {
        if entry.size > MAX_PAYLOAD {
            return self.note(too_large(path, entry.size, MAX_PAYLOAD));
        }
        let Some(bytes) = &entry.bytes else { return };
        match std::str::from_utf8(bytes) {
            Err(error) => self.note(not_text(path, error.valid_up_to())),
            Ok(_) if id.resource.kind == Kind::Prompts => {}
            Ok(text) if text.starts_with(MARK) => self.note(marked(path)),
            Ok(text) => self.read_configuration(path, id, text),
        }
    }

    fn read_configuration(&mut self, path: &str, id: &VersionId, text: &str) {
        let table = match DeTable::parse(text) {
            Ok(table) => table,
            Err(error) => {
                let findings = vec![syntax(path, text, &error)];
                return self
                    .findings
                    .extend(secret::guarded(path, text, None, findings));
            }
        };
        let table = table.get_ref();
        let (rule, provider, findings) = match id.resource.kind {
            Kind::Prompts => return,
            Kind::Routing => {
                let (rule, findings) = routing::read(path, table);
                (rule, None, findings)
            }
            Kind::Providers => {
                let (provider, findings) = provider::read(path, table);
                (None, provider, findings)
            }
        };
        let findings = secret::guarded(path, text, Some(table), findings);
        if findings.is_empty() {
            self.project
                .releases
                .extend(rule.map(|rule| (id.clone(), rule)));
            self.project
                .activations
                .extend(provider.map(|provider| (id.clone(), provider)));
        }
        self.findings.extend(findings);
    }

    fn parse<T>(
        &mut self,
        path: &str,
        entry: &Entry,
        read: impl FnOnce(&str, &DeTable<'_>) -> (T, Vec<Finding>),
    ) -> Option<T> {
        if entry.size > MAX_STATE_FILE {
            self.note(too_large(path, entry.size, MAX_STATE_FILE));
            return None;
        }
        let text = match std::str::from_utf8(entry.bytes.as_deref().unwrap_or_default()) {
            Ok(text) if text.starts_with(MARK) => {
                self.note(marked(path));
                return None;
            }
            Ok(text) => text,
            Err(error) => {
                self.note(not_text(path, error.valid_up_to()));
                return None;
            }
        };
        match DeTable::parse(text) {
            Ok(table) => {
                let (value, findings) = read(path, table.get_ref());
                self.findings.extend(findings);
                Some(value)
            }
            Err(error) => {
                self.note(syntax(path, text, &error));
                None
            }
        }
    }
}

pub(super) fn syntax(path: &str, text: &str, error: &toml::de::Error) -> Finding {
    let finding = Finding::error(
        Code::TOML_SYNTAX,
        Place::syntax(path),
        format!("not TOML: {}", error.message()),
    );
    let conflicted = ["<<<<<<< ", ">>>>>>> "]
        .iter()
        .all(|marker| text.lines().any(|line| line.starts_with(marker)));
    if conflicted {
        finding.help(
            "a merge conflict was left in the file: decide for one side and remove the markers",
        )
    } else {
        finding
    }
}

fn not_text(path: &str, valid_up_to: usize) -> Finding {
    let message = format!("not UTF-8 text: byte {} fits no character", valid_up_to + 1);
    Finding::error(Code::NOT_TEXT, Place::file(path), message).help("convert the file to UTF-8")
}

pub(super) fn marked(path: &str) -> Finding {
    Finding::error(
        Code::NOT_TEXT,
        Place::file(path),
        "begins with a byte order mark",
    )
    .help("save the file as UTF-8 without a byte order mark")
}

fn too_large(path: &str, size: u64, limit: u64) -> Finding {
    let message = format!("{size} bytes; at most {limit} are allowed here");
    Finding::error(Code::TOO_LARGE, Place::file(path), message)
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
