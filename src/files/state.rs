use crate::diag::Finding;
use crate::diag::bounded::BoundedFindings;
use crate::files::control::Control;
use crate::files::path::OwnedPath;
use crate::files::payload::{ParsedPayload, Payloads};
use crate::files::payload_texts::{NotAtHand, PayloadTexts};
use crate::files::snapshot::{Mode, Snapshot};
use crate::model::{Configuration, Project, Version, VersionId};

/// What the files of a project say: the sound part as a [`Project`] with what is live of its rules and providers, and a
/// finding for everything that is wrong with them.
///
/// It is whole or an error: the files that decide are read, and of payloads exactly those of the routing releases and
/// provider activations that are live somewhere, since whether they fit together is part of every judgement. So it is the
/// same whichever way it was reached, and whatever bytes happen to be in memory. Prompts stand by themselves: the judge asks
/// for what a step brings, and [`version_findings`] looks at all.
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

    /// Reads a project whose versions are all in memory with `snapshot`, as far as they are live.
    ///
    /// # Errors
    ///
    /// When one of them is not.
    pub fn in_memory(snapshot: &Snapshot) -> Result<Self, NotAtHand> {
        Self::read(snapshot, &PayloadTexts::of(snapshot))
    }

    /// Returns the state in which the files at `paths` are as `snapshot` has them, and all others as this state read them:
    /// the same as if all of it were read anew, but most changes read only those files.
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
        // What is wrong with a file cannot be taken back from among the findings.
        let control = match self.findings.is_empty() {
            true => Control::after(&self.project, paths, snapshot),
            false => None,
        };
        let control = control.unwrap_or_else(|| Control::read(snapshot));
        Self::of(control, self, payloads)
    }

    /// Completes `control` with its live configuration, of which `before` may know some.
    fn of<P: Payloads>(control: Control, before: &Self, payloads: &P) -> Result<Self, P::Error> {
        let Control { project, findings } = control;
        let mut configuration = Configuration::default();
        let mut wrong = BoundedFindings::default();
        for id in project.live_configuration() {
            let Some(version) = project.version(&id) else {
                continue;
            };
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

fn path(id: &VersionId, version: &Version) -> String {
    OwnedPath::Version(id.resource.clone(), id.number, version.extension.clone()).to_string()
}

/// Notes in `configuration` what the version `id` says.
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
    let files = snapshot
        .entries
        .iter()
        .filter(|(_, entry)| entry.mode == Mode::File);
    for (path, entry) in files {
        if let Some(Ok(OwnedPath::Version(resource, ..))) = OwnedPath::parse(path) {
            let parsed = payloads.parsed(resource.kind, entry.content)?;
            findings.extend(parsed.findings(path));
        }
    }
    Ok(findings.into_findings())
}
