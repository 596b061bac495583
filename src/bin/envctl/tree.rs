//! Reads files from outside of the project for publishing, carefully, because a folder may contain anything.

use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::Context;
use envctl::files::MAX_PAYLOAD;
use envctl::model::{Extension, Kind, Resource};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Failure;
use crate::exit::Exit;
use crate::render::count;

/// The most files that a tree may have.
const MOST_FILES: usize = 10_000;
/// The most bytes of all files together.
const MOST_BYTES: usize = 256 * 1024 * 1024;
/// Files that people and tools keep in any folder.
const IGNORED: [&str; 6] = [
    ".DS_Store",
    ".git",
    ".gitattributes",
    ".gitignore",
    ".gitkeep",
    "README.md",
];

/// A file of a tree: its resource and its bytes.
#[derive(Clone, Debug)]
pub struct TreeFile {
    pub resource: Resource,
    pub extension: Extension,
    pub bytes: Vec<u8>,
}

/// A file that does not belong into a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Unfit {
    pub file: String,
    pub message: String,
}

/// Returns the files of `folder`, sorted by resource: `prompts/<name>.<ext>`, `routing/<name>.toml`,
/// `providers/<name>.toml`.
///
/// # Errors
///
/// When the folder cannot be read, holds anything else, or too much.
pub fn gather(folder: &Path) -> anyhow::Result<Vec<TreeFile>> {
    let mut reading = TreeReading::default();
    for (name, path, kind) in entries(folder)? {
        match name.parse::<Kind>() {
            _ if IGNORED.contains(&name.as_str()) => {}
            Ok(of_kind) if kind.is_dir() => reading.folder(of_kind, &path)?,
            _ => reading.unfit(
                name,
                "a tree holds the folders prompts, routing and providers",
            ),
        }
    }
    reading.finish()
}

/// Reads a file that is not a symbolic link, up to one byte more than a version may have.
///
/// # Errors
///
/// When it is not a plain file, or cannot be read.
pub fn payload(path: &Path) -> anyhow::Result<Vec<u8>> {
    let cannot = || format!("cannot read {}", path.display());
    let mut bytes = Vec::new();
    // Reading a pipe could block.
    if !fs::symlink_metadata(path).with_context(cannot)?.is_file() {
        anyhow::bail!("cannot read {}: not a regular file", path.display());
    }
    fs::File::open(path)
        .with_context(cannot)?
        .take(MAX_PAYLOAD + 1)
        .read_to_end(&mut bytes)
        .with_context(cannot)?;
    Ok(bytes)
}

#[derive(Default)]
struct TreeReading {
    found: Vec<TreeFile>,
    unfit: Vec<Unfit>,
    bytes: usize,
}

impl TreeReading {
    fn folder(&mut self, kind: Kind, folder: &Path) -> anyhow::Result<()> {
        for (name, path, file_type) in entries(folder)? {
            if IGNORED.contains(&name.as_str()) {
                continue;
            }
            let shown = format!("{kind}/{name}");
            match fitting(kind, &name) {
                _ if !file_type.is_file() => self.unfit(shown, "it is not a regular file"),
                Err(why) => self.unfit(shown, why),
                Ok((resource, _)) if self.found.iter().any(|found| found.resource == resource) => {
                    self.unfit(shown, format!("there is another file for {resource}"));
                }
                Ok((resource, extension)) => self.file(shown, resource, extension, &path)?,
            }
        }
        Ok(())
    }

    fn file(
        &mut self,
        shown: String,
        resource: Resource,
        extension: Extension,
        path: &Path,
    ) -> anyhow::Result<()> {
        let bytes = payload(path)?;
        self.bytes += bytes.len();
        if self.found.len() == MOST_FILES || self.bytes > MOST_BYTES {
            let message = format!(
                "a tree has at most {MOST_FILES} files and {} MiB",
                MOST_BYTES / 1024 / 1024
            );
            anyhow::bail!(Failure::new(Exit::Refused, "payload", message));
        }
        match bytes.len() {
            0 => self.unfit(shown, "it is empty"),
            length if length as u64 > MAX_PAYLOAD => {
                self.unfit(
                    shown,
                    format!(
                        "it has more than {MAX_PAYLOAD} bytes, the most that a version may have"
                    ),
                );
            }
            _ => self.found.push(TreeFile {
                resource,
                extension,
                bytes,
            }),
        }
        Ok(())
    }

    fn unfit(&mut self, path: String, why: impl Into<String>) {
        self.unfit.push(Unfit {
            file: path,
            message: why.into(),
        });
    }

    fn finish(mut self) -> anyhow::Result<Vec<TreeFile>> {
        if self.unfit.is_empty() {
            self.found
                .sort_by(|one, other| one.resource.cmp(&other.resource));
            return Ok(self.found);
        }
        self.unfit.sort();
        Err(refusal(&self.unfit).into())
    }
}

/// Returns the entries of a folder, sorted by name; a name that is not UTF-8 is replaced by one that is never valid.
fn entries(folder: &Path) -> anyhow::Result<Vec<(String, std::path::PathBuf, fs::FileType)>> {
    let cannot = || format!("cannot read {}", folder.display());
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        entries.push((name, entry.path(), entry.file_type().with_context(cannot)?));
    }
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(entries)
}

/// Returns what the file `name` in the folder of `kind` is published as.
fn fitting(kind: Kind, name: &str) -> Result<(Resource, Extension), String> {
    let layout = match kind {
        Kind::Prompts => format!(
            "files here are named <name>.<ext>: {}",
            kind.extension_list()
        ),
        Kind::Routing | Kind::Providers => "files here are named <name>.toml".to_owned(),
    };
    let (stem, ending) = name.split_once('.').ok_or_else(|| layout.clone())?;
    let extension = Extension::of(kind, ending).ok_or(layout)?;
    let name = stem
        .parse()
        .map_err(|error| format!("invalid resource name {stem:?}: {error}"))?;
    Ok((Resource { kind, name }, extension))
}

fn refusal(unfit: &[Unfit]) -> Failure {
    const SPELLED_OUT: usize = 20;
    let message = format!(
        "{} not fit, so nothing is published",
        do_or_does(unfit.len(), "file")
    );
    let mut failure = Failure::new(Exit::Refused, "unfit-files", message);
    for Unfit { file, message } in unfit.iter().take(SPELLED_OUT) {
        failure = failure.hint(format!("{file}: {message}"));
    }
    if unfit.len() > SPELLED_OUT {
        failure = failure.hint(format!(
            "and {}; --json has them all",
            count(unfit.len() - SPELLED_OUT, "more file")
        ));
    }
    failure.data.insert(
        "unfit".to_owned(),
        serde_json::to_value(unfit).unwrap_or_default(),
    );
    failure
}

/// Returns `1 file does`, `2 files do`.
pub fn do_or_does(number: usize, noun: &str) -> String {
    let verb = if number == 1 { "does" } else { "do" };
    format!("{} {verb}", count(number, noun))
}
