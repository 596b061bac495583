use std::collections::BTreeMap;
use std::path::Path;

use envctl::ops::{Session, View};
use envctl::store::Flush;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::App;
use crate::delivery::{DeliveredFolder, Manifest, deliver, foresee};
use crate::render::count;

/// The folder that was written.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RenderedFolder {
    #[schemars(with = "String")]
    directory: std::path::PathBuf,
    changed: bool,
    manifest: Manifest,
}

/// What is written, and whether it is.
pub struct Delivering<'a> {
    /// The session that it comes from.
    pub session: &'a Session,
    /// The state that it comes from.
    pub view: &'a View,
    /// Whether nothing is written.
    pub dry_run: bool,
}

impl Delivering<'_> {
    /// Makes `directory` hold `files`, and says so; `what` names what they are.
    ///
    /// # Errors
    ///
    /// When the folder holds anything else, or cannot be written.
    pub fn deliver(
        &self,
        app: &mut App,
        directory: &Path,
        files: &BTreeMap<String, Vec<u8>>,
        (what, manifest): (&str, Manifest),
    ) -> anyhow::Result<RenderedFolder> {
        let setting = self.session.store.setting_bool("envctl.durable")?;
        let flush = if setting.unwrap_or(true) {
            Flush::Yes
        } else {
            Flush::No
        };
        let folder = app.folder()?.join(directory);
        let delivered = match self.dry_run {
            true => foresee(&folder, files, &manifest)?,
            false => deliver(&folder, files, &manifest, flush)?,
        };
        let word = match (delivered, self.dry_run) {
            (DeliveredFolder::New, false) => "written",
            (DeliveredFolder::New, true) => "would be written",
            (DeliveredFolder::Replaced, false) => "replaced",
            (DeliveredFolder::Replaced, true) => "would be replaced",
            (DeliveredFolder::Unchanged, _) => "unchanged",
        };
        app.output.say(format!(
            "{what} at {} in {}: {}, {word}",
            self.view.commit.short(),
            directory.display(),
            count(files.len() + 1, "file")
        ));
        Ok(RenderedFolder {
            directory: directory.to_owned(),
            changed: delivered != DeliveredFolder::Unchanged,
            manifest,
        })
    }
}
