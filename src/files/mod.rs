//! Text to model and back: reads a project's files into a [`State`], and turns edits into new texts.

mod access;
mod attributes;
mod comments;
mod control;
mod edit;
mod environment;
mod gateway;
mod locate;
mod owned;
mod path;
mod payload;
mod payload_memo;
mod payload_texts;
mod pending;
mod plain_pointers;
mod pointers;
mod policy;
mod provider;
mod reader;
mod routing;
pub mod schemas;
mod secret;
mod settings;
mod snapshot;
mod splice;
mod state;
mod text;

pub use access::MemberEdit;
pub use attributes::{FILE as ATTRIBUTES, TABLE_SETTING, missing as missing_attributes};
pub use control::read_project;
pub use edit::{Edit, EditError, EnvironmentRole, apply};
pub use environment::EnvironmentEdit;
#[cfg(test)]
pub(crate) use gateway::properties::gateway as any_gateway;
pub use gateway::{
    Gateway, Imported, ImportedPrompt, PromptSource, Remark, Remarked, ServedPrompt,
    activation_text, read_gateway, release_text,
};
pub use locate::Outline;
pub use owned::{ACCESS, OWNED_FILES, OwnedFolder, SETTINGS, owned_names};
pub use path::{OwnedPath, PathError};
pub use payload::{MAX_PAYLOAD, ParsedPayload, Payload, Payloads, WrongPayload};
pub use payload_memo::PayloadMemo;
pub use payload_texts::{Layered, NotAtHand, PayloadTexts};
pub use pending::release_in;
pub use pointers::pointers_in;
pub use policy::{PolicySetting, PolicySettingError};
pub use secret::{redacted, without_credentials, without_sure_keys};
pub use settings::name_in;
pub use snapshot::{FileChange, MAX_STATE_FILE, Mode, Snapshot, SnapshotEntry};
pub use state::{State, version_findings};
