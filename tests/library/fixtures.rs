//! What stands in `fixtures/`: starting states of projects, and for every rule the steps that keep and that break it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use envctl::check::Meta;
use envctl::files::{Mode, PayloadTexts, Payloads, Snapshot, SnapshotEntry, variables};
use envctl::model::{
    CommitId, Identity, Project, Signature, Statement, TimeSpan, VersionNumber, Veto, Vetoes,
};
use envctl::policy::{
    Beyond, Facts, Lifeline, Made, Question, Request, Setter, Span, Stretch, Timeline, Until,
};
use envctl::store::Store;
use jiff::Timestamp;
use serde::Deserialize;

/// Files by their path in the project.
pub type Files = BTreeMap<String, Arc<[u8]>>;

/// A step of a project, and what the judge must say of it.
pub struct Case {
    /// `<code>/<pass or fail>/<name>`.
    pub name: String,
    pub expected: Vec<Expected>,
    pub before: Snapshot,
    pub after: Snapshot,
    pub meta: Meta,
    pub facts: Facts,
    /// Who rolled back last, and whether that was after what is asked for was.
    pub rolled_back: (Made, bool),
    /// Who published every version.
    pub published_by: Option<Identity>,
    /// Who vetoed every version that is vetoed.
    pub vetoed_by: Option<Setter>,
    /// What was vetoed when all of `vetoes.toml` was last valid.
    pub last_vetoed: Vetoes,
    /// Who attested everything that is attested.
    pub attested_by: Option<Setter>,
}

/// One finding that the judge must report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    pub code: String,
    pub file: String,
    /// Dotted; none: the file as a whole.
    pub key: Option<String>,
    pub severity: String,
    /// Whether time alone mends it, so that the step is a wait and no refusal.
    #[serde(default)]
    pub wait: bool,
    /// What the help must say, among other things.
    pub help: Option<String>,
}

/// `expected.toml`: the state before is the starting state `base` with the files of `before/` over it, the state after is
/// that with the files of `after/` over it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    /// A folder of `fixtures/projects`.
    #[serde(default = "usual_base")]
    base: String,
    /// Who takes the step.
    #[serde(default = "ana")]
    author: String,
    /// What was live when, by environment and resource. What is not said became live long ago, and was the first.
    #[serde(default)]
    history: BTreeMap<String, BTreeMap<String, Vec<Lived>>>,
    /// Who records it, if somebody else.
    committer: Option<String>,
    /// How far after its own time its effective time is.
    effective: Option<String>,
    /// How long after its own time a server receives it.
    received: Option<String>,
    /// The message of its commit; none: it is still to be written.
    message: Option<String>,
    /// The key that has signed the step; `nobody`, or `forged` for a signature that is not good.
    /// None: it is still to be made.
    signed_by: Option<String>,
    /// How far ahead of the clock the step is dated.
    ahead: Option<String>,
    /// How far before an ancestor the step is dated.
    overtaken_by: Option<String>,
    /// Who rolled back last, and how long ago; unless said, Ana, two hours ago.
    #[serde(default)]
    rolled_back: RolledBack,
    /// Who published every version.
    published_by: Option<String>,
    /// Who vetoed every version that is vetoed.
    vetoed_by: Option<String>,
    /// The versions that were vetoed when all of `vetoes.toml` was last valid.
    #[serde(default)]
    last_vetoed: Vec<String>,
    /// Who attested everything that is attested.
    attested_by: Option<String>,
    /// Who asked for the release that waits in an environment.
    #[serde(default)]
    requested_by: BTreeMap<String, String>,
    /// Files of the state before that the state after has not.
    #[serde(default)]
    remove: Vec<String>,
    /// What git calls a file of the state after, where that is no plain file.
    #[serde(default)]
    modes: BTreeMap<String, String>,
    /// Files of the state after that are too large to keep, or whose names not every file system takes.
    #[serde(default)]
    write: Vec<Written>,
    /// What the judge finds; a step that passes has none.
    #[serde(default)]
    finding: Vec<Expected>,
}

/// Who rolled back last.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RolledBack {
    by: String,
    ago: String,
    /// Whether everything that is asked for was asked for before that.
    after_the_request: bool,
}

impl Default for RolledBack {
    fn default() -> Self {
        Self {
            by: ana(),
            ago: "2h".to_owned(),
            after_the_request: false,
        }
    }
}

/// A stretch of time in which one number was live; newest first, the oldest began with its environment.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lived {
    /// None: nothing was live.
    number: Option<u32>,
    /// How long ago that began.
    ago: String,
}

/// A file whose text is `before`, then `repeat` so many times, then `after`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    file: String,
    before: String,
    repeat: String,
    times: usize,
    after: String,
}

fn ana() -> String {
    "ana@example.org".to_owned()
}

/// When every step is taken.
fn now() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

fn person(email: &str) -> Identity {
    Identity::new("Somebody", email).unwrap()
}

fn facts(manifest: &Manifest) -> Facts {
    let mut facts = Facts::default();
    for (environment, resources) in &manifest.history {
        for (resource, lived) in resources {
            let stretches = lived
                .iter()
                .enumerate()
                .map(|(index, lived)| stretch(index, lived))
                .collect();
            let timeline = Timeline {
                stretches,
                beyond: Beyond::Nothing,
            };
            facts.record_timeline(
                environment.parse().unwrap(),
                resource.parse().unwrap(),
                timeline,
            );
        }
    }
    for (environment, email) in &manifest.requested_by {
        let request = Request {
            commit: CommitId::from_bytes([0xaa; 20]),
            author: person(email),
            at: now(),
            since: now(),
            landed: CommitId::from_bytes([0xaa; 20]),
        };
        facts.record_request(environment.parse().unwrap(), Some(request));
    }
    facts
}

/// Answers what the step asks for and its manifest does not say.
pub fn answer(question: &Question, case: &Case, before: &Project, facts: &mut Facts) {
    match question {
        Question::Live {
            environment,
            resource,
            ..
        } => {
            let since = "60 days".parse::<TimeSpan>().unwrap().before(now());
            let live = before.live(environment, resource);
            let stretches = vec![Stretch {
                live,
                since,
                commit: CommitId::from_bytes([0xff; 20]),
            }];
            facts.record_timeline(
                environment.clone(),
                resource.clone(),
                Timeline {
                    stretches,
                    beyond: Beyond::Nothing,
                },
            );
        }
        Question::Lifeline {
            environment,
            resource,
            ..
        } => {
            let of = |stretch: &Stretch| Span {
                lived: envctl::policy::Lived::of(stretch.live),
                commit: Some(stretch.commit),
            };
            let known = facts.timeline(environment, resource);
            let spans = match known {
                Some(timeline) => timeline.stretches.iter().map(of).collect(),
                None => vec![Span {
                    lived: envctl::policy::Lived::of(before.live(environment, resource)),
                    commit: None,
                }],
            };
            let until = Until::Beginning;
            let lifeline = Lifeline { spans, until };
            facts.record_lifeline(environment.clone(), resource.clone(), lifeline);
        }
        Question::Made(commit, environment, resource) => {
            let made = case.rolled_back.0.clone();
            facts.record_made(*commit, environment.clone(), resource.clone(), made);
        }
        Question::Publisher(version, _) => {
            facts.record_publisher(version.clone(), case.published_by.clone());
        }
        Question::Leads(older, newer) => {
            facts.record_leads(*older, *newer, !case.rolled_back.1);
        }
        Question::Vetoed(version) => {
            facts.record_vetoed(version.clone(), case.vetoed_by.clone());
        }
        Question::SoundVetoes => facts.record_sound_vetoes(case.last_vetoed.clone()),
        Question::Attested(version, check) => {
            facts.record_attested(version.clone(), check.clone(), case.attested_by.clone());
        }
        Question::Request(environment) => facts.record_request(environment.clone(), None),
        Question::Variables(content, extension) => {
            let files = [&case.before, &case.after].map(|snapshot| &snapshot.entries);
            let mut entries = files.into_iter().flat_map(|entries| entries.values());
            let bytes = entries
                .find(|entry| entry.content == *content)
                .and_then(|entry| entry.bytes.as_deref());
            let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
            let variables = text.and_then(|text| variables(text, extension));
            facts.record_variables(*content, extension.clone(), variables);
        }
        Question::Payload(kind, content) => {
            let texts = PayloadTexts::of(&case.after);
            facts.record_payload(*kind, *content, texts.parsed(*kind, *content).unwrap());
        }
    }
}

fn veto() -> Veto {
    let reason = "It invents refunds".parse().unwrap();
    Veto { reason }
}

fn setter(email: &str) -> Setter {
    let at = "1h".parse::<TimeSpan>().unwrap().before(now());
    Setter {
        commit: CommitId::from_bytes([0xee; 20]),
        author: Some(person(email)),
        at,
        landed: CommitId::from_bytes([0xee; 20]),
        since: at,
        replaced: None,
    }
}

fn stretch(index: usize, lived: &Lived) -> Stretch {
    let since = lived.ago.parse::<TimeSpan>().unwrap().before(now());
    let commit = CommitId::from_bytes([u8::try_from(index).unwrap(); 20]);
    Stretch {
        live: lived.number.and_then(VersionNumber::new),
        since,
        commit,
    }
}

fn meta(manifest: &Manifest) -> Meta {
    let signature = match manifest.signed_by.as_deref() {
        None => Signature::Awaited,
        Some("nobody") => Signature::Missing,
        Some("forged") => Signature::Bad("it was made for other bytes".to_owned()),
        Some(key) => Signature::By(key.parse().unwrap()),
    };
    let author = Some(person(&manifest.author));
    let committer = manifest
        .committer
        .as_deref()
        .map(person)
        .or_else(|| author.clone());
    let ahead = manifest
        .ahead
        .as_ref()
        .map(|ahead| ahead.parse::<TimeSpan>().unwrap().after(now()));
    let overtaken = manifest.overtaken_by.as_ref().map(|span| {
        (
            CommitId::from_bytes([1; 20]),
            span.parse::<TimeSpan>().unwrap().after(now()),
        )
    });
    let later = |span: &Option<String>| {
        let span = span.as_ref()?.parse::<TimeSpan>().unwrap();
        Some(span.after(now()))
    };
    Meta {
        effective: later(&manifest.effective).unwrap_or_else(now),
        received: later(&manifest.received),
        author,
        committer,
        statement: manifest.message.as_deref().map(Statement::of),
        signature,
        misdated: ahead,
        overtaken,
        ..Meta::unsigned(None, now())
    }
}

fn usual_base() -> String {
    "support".to_owned()
}

/// The folder `fixtures/<name>`.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

/// The starting state of that name; `support+team` is the one of `support` with the files of `team` over it.
pub fn project(name: &str) -> Files {
    let mut files = Files::new();
    for part in name.split('+') {
        let folder = folder("projects").join(part);
        assert!(folder.is_dir(), "no starting state {part}");
        files.extend(files_in(&folder));
    }
    files
}

/// Every step in `fixtures/rules`.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for code in folders_in(&folder("rules")) {
        for verdict in ["pass", "fail"] {
            for name in folders_in(&folder("rules").join(&code).join(verdict)) {
                cases.push(case(&format!("{code}/{verdict}/{name}")));
            }
        }
    }
    cases
}

fn case(name: &str) -> Case {
    let folder = folder("rules").join(name);
    let text = fs::read_to_string(folder.join("expected.toml"))
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let manifest: Manifest =
        toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut files = project(&manifest.base);
    files.extend(files_in(&folder.join("before")));
    let before = snapshot(&files);
    for file in &manifest.remove {
        assert!(
            files.remove(file).is_some(),
            "{name}: there is no {file} to remove"
        );
    }
    files.extend(files_in(&folder.join("after")));
    for Written {
        file,
        before,
        repeat,
        times,
        after,
    } in &manifest.write
    {
        let text = [before.as_str(), &repeat.repeat(*times), after].concat();
        files.insert(file.clone(), text.into_bytes().into());
    }
    let mut after = snapshot(&files);
    for (file, mode) in &manifest.modes {
        after
            .entries
            .get_mut(file)
            .unwrap_or_else(|| panic!("{name}: no {file}"))
            .mode = named_mode(mode);
    }
    let meta = meta(&manifest);
    let RolledBack {
        by,
        ago,
        after_the_request,
    } = &manifest.rolled_back;
    let made = Made {
        author: Some(person(by)),
        at: ago.parse::<TimeSpan>().unwrap().before(now()),
        reason: Some("misleads customers".to_owned()),
    };
    Case {
        rolled_back: (made, *after_the_request),
        published_by: manifest.published_by.as_deref().map(person),
        vetoed_by: manifest.vetoed_by.as_deref().map(setter),
        last_vetoed: manifest
            .last_vetoed
            .iter()
            .map(|id| (id.parse().unwrap(), veto()))
            .collect(),
        attested_by: manifest.attested_by.as_deref().map(setter),
        name: name.to_owned(),
        facts: facts(&manifest),
        expected: manifest.finding,
        before,
        after,
        meta,
    }
}

/// The snapshot that the store would make of `files`: large ones without their bytes.
pub fn snapshot(files: &Files) -> Snapshot {
    let entry = |(path, bytes): (&String, &Arc<[u8]>)| {
        let entry = SnapshotEntry::of(bytes.clone(), Store::content_id(bytes));
        let read = entry.size <= Snapshot::MAX_READ;
        (
            path.clone(),
            SnapshotEntry {
                bytes: entry.bytes.filter(|_| read),
                ..entry
            },
        )
    };
    Snapshot::of(files.iter().map(entry).collect())
}

fn named_mode(name: &str) -> Mode {
    match name {
        "executable" => Mode::Executable,
        "symbolic-link" => Mode::SymbolicLink,
        "submodule" => Mode::Submodule,
        "other" => Mode::Other,
        _ => panic!("no mode is called {name}"),
    }
}

/// The names of the folders in `folder`, sorted; none if there is no such folder.
pub fn folders_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let entries = entries
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn files_in(folder: &Path) -> Files {
    let mut files = Files::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return files;
    };
    for entry in entries.map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            files.extend(
                files_in(&entry.path())
                    .into_iter()
                    .map(|(path, bytes)| (format!("{name}/{path}"), bytes)),
            );
        } else {
            files.insert(name, fs::read(entry.path()).unwrap().into());
        }
    }
    files
}
