use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::store::error::StoreError;
use crate::store::lock::process::ProcessId;
use crate::store::open::Store;
use crate::store::private;

/// What is recorded about a push before it is tried, in a file named after the operation.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    /// The request, as the caller describes it.
    request: String,
    owner: ProcessId,
}

impl Store {
    /// Records that the operation `operation` is about to be pushed because of `request`, so that
    /// the next run of the same request finds it if this process dies before it knows the outcome.
    ///
    /// # Errors
    ///
    /// When the note cannot be written.
    pub fn note_push(&self, request: &str, operation: &str) -> Result<(), StoreError> {
        let folder = private::folder_in(&self.private_directory()?, FOLDER)?;
        let note = Note {
            request: request.to_owned(),
            owner: ProcessId::this(),
        };
        let path = folder.join(operation);
        let text = serde_json::to_vec(&note).expect("a struct of texts and numbers is always JSON");
        fs::write(&path, text).map_err(StoreError::io("write", &path))
    }

    /// Removes the record of `operation`, whose outcome is known.
    pub fn forget_push(&self, operation: &str) {
        // A record that stays is looked up once more when the same request runs again, which does no harm.
        let _ = fs::remove_file(self.notes().join(operation));
    }

    /// Returns the operations that processes which have ended were about to push because of
    /// `request`, and whose outcome is unknown. Records that cannot be read are of processes that
    /// ended before they pushed anything.
    pub fn unconfirmed_pushes(&self, request: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.notes()) else {
            return Vec::new();
        };
        let of_request = |path: PathBuf| {
            let note: Note = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
            // A process that still runs will learn the outcome by itself.
            let wanted = note.request == request && note.owner.is_idle();
            path.file_name()?
                .to_str()
                .filter(|_| wanted)
                .map(str::to_owned)
        };
        let mut operations: Vec<String> = entries
            .flatten()
            .filter_map(|entry| of_request(entry.path()))
            .collect();
        operations.sort();
        operations
    }

    fn notes(&self) -> PathBuf {
        self.common_directory().join(private::NAME).join(FOLDER)
    }
}

/// The folder of the records, in envctl's own folder.
const FOLDER: &str = "pushes";
