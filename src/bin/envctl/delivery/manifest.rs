use std::collections::BTreeMap;

use envctl::model::{CommitId, EnvironmentSlug};
use envctl::store::Store;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The content of a folder and where it comes from. By its manifest, a later delivery recognizes the folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Manifest {
    schema: String,
    /// Whose configuration it is; that of all environments where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<EnvironmentSlug>")]
    environment: Option<String>,
    #[schemars(with = "CommitId")]
    commit: String,
    /// Which of the files is the configuration.
    configuration: String,
    /// Every file but this one, with the name that git gives its bytes: `git hash-object FILE`.
    files: BTreeMap<String, String>,
}

impl Manifest {
    /// The name of the file.
    pub const FILE: &str = "manifest.json";
    const SCHEMA: &str = "envctl.manifest/v1";

    /// Returns the manifest of `files`, of which `configuration` is one.
    pub fn new(
        environment: Option<&EnvironmentSlug>,
        commit: CommitId,
        configuration: &str,
        files: &BTreeMap<String, Vec<u8>>,
    ) -> Self {
        let digest = |(path, bytes): (&String, &Vec<u8>)| {
            (path.clone(), Store::content_id(bytes).to_string())
        };
        Self {
            schema: Self::SCHEMA.to_owned(),
            environment: environment.map(ToString::to_string),
            commit: commit.to_string(),
            configuration: configuration.to_owned(),
            files: files.iter().map(digest).collect(),
        }
    }

    /// Returns the manifest as the text of its file.
    pub fn text(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Reads the text of a manifest; `None` if it is another file.
    pub fn read(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let word = |key: &str| Some(value.get(key)?.as_str()?.to_owned());
        let files = value.get("files")?.as_object()?;
        let files = files
            .iter()
            .map(|(path, digest)| Some((path.clone(), digest.as_str()?.to_owned())));
        let read = Self {
            schema: word("schema")?,
            environment: word("environment"),
            commit: word("commit")?,
            configuration: word("configuration")?,
            files: files.collect::<Option<_>>()?,
        };
        (read.schema == Self::SCHEMA).then_some(read)
    }

    /// Returns the path of every file, its own among them.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str).chain([Self::FILE])
    }

    /// Reports whether it names the file at `path`, or is that file.
    pub fn names(&self, path: &str) -> bool {
        path == Self::FILE || self.files.contains_key(path)
    }
}
