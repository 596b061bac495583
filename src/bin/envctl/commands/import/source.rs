use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use envctl::diag::Finding;
use envctl::files::{MAX_PAYLOAD, OwnedPath, Snapshot, SnapshotEntry};
use envctl::gateway::{
    GatewayFormat, Imported, ImportedPrompt, PromptSource, Remark, Remarked, activation_text,
    recognised, release_text,
};
use envctl::model::{EnvironmentSlug, Extension, Kind, Project, Reason, Resource, ResourceName};
use envctl::ops::Session;
use envctl::plan::{Content, Import, Meaning};
use envctl::store::Store;

use crate::error::Failure;
use crate::exit::Exit;
use crate::ui::{Output, patience};

/// A configuration that was read, and where it was.
pub struct Source {
    name: String,
    folder: PathBuf,
    snapshot: Snapshot,
    imported: Imported,
    /// What was not taken word for word.
    pub remarks: Vec<Remark>,
}

impl Source {
    /// Reads `file`, which is relative to `here`, in the format `from`, or in the one that its content is in.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or anything in it is wrong.
    pub fn read(
        file: &Path,
        here: &Path,
        from: Option<&dyn GatewayFormat>,
        output: &mut Output,
    ) -> anyhow::Result<Self> {
        let path = here.join(file);
        let bytes = patience::read_file(&path, MAX_PAYLOAD, output)
            .with_context(|| format!("cannot read {}", file.display()))?;
        if bytes.len() as u64 > MAX_PAYLOAD {
            let message = format!("{} has more than {MAX_PAYLOAD} bytes", file.display());
            anyhow::bail!(Failure::new(Exit::Refused, "payload", message));
        }
        let Ok(text) = std::str::from_utf8(&bytes) else {
            anyhow::bail!(Failure::new(
                Exit::Refused,
                "payload",
                format!("{} is not UTF-8 text", file.display())
            ));
        };
        let name = name(file);
        let format = from.unwrap_or_else(|| recognised(text));
        let imported = format.read(&name, text);
        let bytes: Arc<[u8]> = bytes.into();
        let entry = SnapshotEntry::of(bytes.clone(), Store::content_id(&bytes));
        let snapshot = Snapshot::of([(name.clone(), entry)].into());
        let folder = path.parent().unwrap_or(here).to_owned();
        let source = Self {
            name,
            folder,
            snapshot,
            remarks: imported.remarks.clone(),
            imported,
        };
        if source.imported.findings.is_empty() {
            Ok(source)
        } else {
            Err(source.wrong(&source.imported.findings).into())
        }
    }

    /// Returns the number of resources in it.
    pub fn len(&self) -> usize {
        self.imported.providers.len() + self.imported.rules.len() + self.imported.prompts.len()
    }

    /// Returns what does not map.
    pub fn left_out(&self) -> impl Iterator<Item = &Remark> {
        self.remarks
            .iter()
            .filter(|remark| remark.remarked == Remarked::LeftOut)
    }

    /// Returns the import, with the texts of its prompts: from files beside it, or from the project. A prompt whose text is
    /// in neither is left out, and is noted.
    ///
    /// # Errors
    ///
    /// When nothing is left.
    pub fn import(
        &mut self,
        project: Option<(&Session, &Project)>,
        to: Vec<EnvironmentSlug>,
        reason: Option<&Reason>,
    ) -> anyhow::Result<Import> {
        let (mut contents, mut missing) = (Vec::new(), Vec::new());
        for (name, prompt) in &self.imported.prompts {
            match self.text_of(name, prompt, project)? {
                Some(bytes) => {
                    contents.push(content(
                        Kind::Prompts,
                        name,
                        prompt.extension.clone(),
                        bytes,
                        Meaning::Prompt,
                    ));
                }
                None => missing.push((name.clone(), prompt.key.join("."))),
            }
        }
        self.leave_out(&missing);
        let Some(toml) = Extension::of(Kind::Routing, "toml") else {
            unreachable!("a release ends in toml")
        };
        for (name, rule) in &self.imported.rules {
            let (bytes, meaning) = (release_text(rule).into_bytes(), Meaning::Rule(rule.clone()));
            contents.push(content(Kind::Routing, name, toml.clone(), bytes, meaning));
        }
        for (name, provider) in &self.imported.providers {
            let (bytes, meaning) = (
                activation_text(provider).into_bytes(),
                Meaning::Provider(provider.clone()),
            );
            contents.push(content(Kind::Providers, name, toml.clone(), bytes, meaning));
        }
        if contents.is_empty() {
            return Err(self.nothing().into());
        }
        contents.sort_by(|one, other| one.resource.cmp(&other.resource));
        let name = Path::new(&self.name)
            .file_name()
            .map_or_else(|| self.name.clone(), |name| name.to_string_lossy().into());
        let name = crate::ui::Shown(&name).to_string();
        Ok(Import {
            name,
            contents,
            to,
            reason: reason.cloned(),
        })
    }

    fn text_of(
        &self,
        name: &ResourceName,
        prompt: &ImportedPrompt,
        project: Option<(&Session, &Project)>,
    ) -> anyhow::Result<Option<Vec<u8>>> {
        let file = match &prompt.source {
            PromptSource::Text(text) => return Ok(Some(text.clone().into_bytes())),
            PromptSource::File(file) => file,
        };
        if let Some(path) = inside(&self.folder, file) {
            return Ok(Some(crate::tree::payload(&path)?));
        }
        let Some((session, project)) = project else {
            return Ok(None);
        };
        let resource = Resource {
            kind: Kind::Prompts,
            name: name.clone(),
        };
        let id = prompt.version.map(|number| resource.at(number));
        let named = id.filter(|id| {
            OwnedPath::of_version(project, id).is_some_and(|path| path.to_string() == *file)
        });
        match named.and_then(|id| project.version(&id)) {
            Some(version) => Ok(Some(session.store.content(version.content)?)),
            None => Ok(None),
        }
    }

    /// Leaves out the prompts whose files are absent, also where rules list them.
    fn leave_out(&mut self, missing: &[(ResourceName, String)]) {
        for (name, key) in missing {
            self.imported.prompts.remove(name);
            for rule in self.imported.rules.values_mut() {
                rule.prompts.retain(|listed| listed != name);
            }
            let message = "its file is not below the folder of the configuration; a link that leads out of it does not count";
            // What was to become of it does not matter any more.
            self.remarks.retain(|remark| remark.key != *key);
            self.remarks.push(Remark {
                key: key.clone(),
                remarked: Remarked::LeftOut,
                message: message.to_owned(),
            });
        }
        self.remarks.sort();
    }

    /// Returns the failure because nothing can be imported, with the reasons.
    fn nothing(&self) -> Failure {
        let left_out: Vec<&Remark> = self.left_out().collect();
        let message = match left_out.is_empty() {
            true => format!("{} has no models, providers or prompts", self.name),
            false => format!("nothing in {} can be imported", self.name),
        };
        let failure = Failure::new(Exit::Refused, "nothing-maps", message);
        let failure = left_out.iter().fold(failure, |failure, remark| {
            failure.hint(format!("{}: {}", remark.key, remark.message))
        });
        failure
            .hint("`envctl help gateway` lists what can be imported")
            .with("left_out", &left_out)
    }

    fn wrong(&self, findings: &[Finding]) -> Failure {
        let message = format!("{} cannot be imported", self.name);
        Failure::new(Exit::Refused, "invalid-configuration", message)
            .about(findings, &self.snapshot)
    }
}

fn content(
    kind: Kind,
    name: &ResourceName,
    extension: Extension,
    bytes: Vec<u8>,
    meaning: Meaning,
) -> Content {
    Content {
        resource: Resource {
            kind,
            name: name.clone(),
        },
        extension,
        bytes: bytes.into(),
        meaning,
    }
}

/// Returns the file `path` below `folder`. A link may lead to it, as in a folder that `render -o` wrote, but not out of `folder`:
/// a configuration of somebody else's must not bring in what only its reader may read.
fn inside(folder: &Path, path: &str) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    let whole = folder.join(path).canonicalize().ok()?;
    (whole.starts_with(&folder) && whole.is_file()).then_some(whole)
}

/// Returns the name of the file in findings. A name that a file of a project could have would make it look like one.
fn name(file: &Path) -> String {
    let name = file.display().to_string();
    if OwnedPath::parse(&name).is_some() {
        format!("./{name}")
    } else {
        name
    }
}
