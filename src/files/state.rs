use std::collections::BTreeMap;

use crate::diag::Finding;
use crate::diag::bounded::BoundedFindings;
use crate::files::control::Control;
use crate::files::path::OwnedPath;
use crate::files::payload::{ParsedPayload, Payloads};
use crate::files::payload_texts::{NotAtHand, PayloadTexts};
use crate::files::snapshot::{Mode, Snapshot};
use crate::model::{Configuration, Project, Version, VersionId};

/// What the files of a project say: the valid part as a [`Project`], with the live rules and providers, and a
/// finding for everything that is wrong.
///
/// A state is complete or an error. All deciding files are read, and of payloads exactly those of the routing
/// releases and provider activations that are live somewhere, since every judgement includes whether they fit
/// together. So a state is the same however it was reached, and whatever bytes happen to be in memory.
/// Prompts do not depend on each other: the judge asks for those that a step brings, and [`version_findings`]
/// checks all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Everything that could be read.
    pub project: Project,
    /// What the routing releases and provider activations say that are live in some environment.
    pub configuration: Configuration,
    /// What is wrong with the files, by path.
    pub findings: Vec<Finding>,
}

impl State {
    /// Reads every file of `snapshot` that decides, and from `payloads` what is live of rules and providers.
    ///
    /// # Errors
    ///
    /// When a payload cannot be read. One that says something wrong is a finding.
    pub fn read<P: Payloads>(snapshot: &Snapshot, payloads: &P) -> Result<Self, P::Error> {
        Self::of(Control::read(snapshot), &Self::default(), payloads)
    }

    /// Reads a project whose live versions are all in memory with `snapshot`.
    ///
    /// # Errors
    ///
    /// When one of them is not.
    pub fn in_memory(snapshot: &Snapshot) -> Result<Self, NotAtHand> {
        Self::read(snapshot, &PayloadTexts::of(snapshot))
    }

    /// Returns the state in which the files at `paths` are as `snapshot` has them, and all others as in this
    /// state. The result is the same as reading everything anew, but mostly only those files are read.
    ///
    /// # Errors
    ///
    /// As [`State::read`].
    pub fn after<'p, P: Payloads>(
        &self,
        paths: impl Iterator<Item = &'p str> + Clone,
        snapshot: &Snapshot,
        payloads: &P,
    ) -> Result<Self, P::Error> {
        // Findings do not say which file's content caused them in every case, so those of a changed
        // file cannot be taken back one by one.
        let control = match self.findings.is_empty() {
            true => Control::after(&self.project, paths, snapshot),
            false => None,
        };
        let control = control.unwrap_or_else(|| Control::read(snapshot));
        Self::of(control, self, payloads)
    }

    /// Completes `control` with its live configuration, of which `before` may contain a part.
    fn of<P: Payloads>(control: Control, before: &Self, payloads: &P) -> Result<Self, P::Error> {
        let Control {
            project, findings, ..
        } = control;
        let mut configuration = Configuration::default();
        let mut wrong = BoundedFindings::default();
        for id in project.live_configuration() {
            // A pointer to a version that does not exist is a finding of the judge.
            let Some(version) = project.version(&id) else {
                continue;
            };
            // Equal bytes mean the same, so what the state before knew is shared instead of parsed
            // again.
            if before.project.version(&id) == Some(version)
                && before.configuration.share(&id, &mut configuration)
            {
                continue;
            }
            let parsed = payloads.parsed(id.resource.kind, version.content)?;
            wrong.extend(parsed.findings(&path(&id, version)));
            note(&mut configuration, id, &parsed);
        }
        Ok(Self {
            project,
            configuration,
            findings: findings.merged(wrong).into_findings(),
        })
    }
}

/// Returns the path of a version's file.
fn path(id: &VersionId, version: &Version) -> String {
    OwnedPath::Version(id.resource.clone(), id.number, version.extension.clone()).to_string()
}

/// Notes in `configuration` what the version `id` says. An invalid one says nothing; its findings are in the
/// state.
fn note(configuration: &mut Configuration, id: VersionId, parsed: &ParsedPayload) {
    match parsed {
        ParsedPayload::Rule(rule) => drop(configuration.rules.insert(id, rule.clone())),
        ParsedPayload::Provider(provider) => {
            drop(configuration.providers.insert(id, provider.clone()));
        }
        ParsedPayload::Prompt | ParsedPayload::Wrong(_) => {}
    }
}

/// Reads all versions of `snapshot`, live or not, and returns what is wrong with them, by path.
///
/// # Errors
///
/// When a payload cannot be read.
pub fn version_findings<P: Payloads>(
    snapshot: &Snapshot,
    payloads: &P,
) -> Result<Vec<Finding>, P::Error> {
    let mut findings = BoundedFindings::default();
    // Sorted by path, since only the first findings of very many are kept.
    let files: BTreeMap<_, _> = snapshot
        .files()
        .filter(|(_, entry)| entry.mode == Mode::File)
        .collect();
    for (path, entry) in &files {
        if let Some(Ok(OwnedPath::Version(resource, ..))) = OwnedPath::parse(path) {
            let parsed = payloads.parsed(resource.kind, entry.content)?;
            findings.extend(parsed.findings(path));
        }
    }
    Ok(findings.into_findings())
}
