use std::sync::Arc;

use toml::de::DeTable;

use crate::diag::Finding;
use crate::files::path::OwnedPath;
use crate::files::snapshot::{Mode, Snapshot};
use crate::files::text::{NotToml, Toml, text, toml, too_large};
use crate::files::{provider, routing, secret};
use crate::model::{ContentId, Kind, Provider, RoutingRule};

/// The most bytes that a version may have: 1 MiB. It is also the most that is ever read of one file.
pub const MAX_PAYLOAD: u64 = Snapshot::MAX_READ;

/// The bytes of one version, whichever file holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// The bytes.
    Bytes(Arc<[u8]>),
    /// There are this many bytes, more than a version may have. They are not read.
    TooLarge(u64),
}

/// Where the bytes of versions are read from: a repository, or texts that are about to be written.
///
/// There is no way to answer that bytes do not exist. What cannot be read is an error, and the operation that
/// needs it fails. So a version that was not read never passes for a valid one, or for none.
pub trait Payloads {
    /// The error of bytes that cannot be read.
    type Error;

    /// Reads the payload whose bytes have the name `content`.
    ///
    /// # Errors
    ///
    /// When it is missing or damaged.
    fn payload(&self, content: ContentId) -> Result<Payload, Self::Error>;

    /// Returns what that payload says as a version of `kind`.
    ///
    /// # Errors
    ///
    /// As [`Payloads::payload`].
    fn parsed(&self, kind: Kind, content: ContentId) -> Result<Arc<ParsedPayload>, Self::Error> {
        let payload = self.payload(content)?;
        Ok(Arc::new(ParsedPayload::of(kind, &payload)))
    }
}

/// What a payload says, which depends only on its bytes and on the kind of resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParsedPayload {
    /// A prompt, which is text.
    Prompt,
    /// A routing release.
    Rule(Arc<RoutingRule>),
    /// A provider activation.
    Provider(Arc<Provider>),
    /// It is invalid.
    Wrong(WrongPayload),
}

/// What is wrong with a payload, in whichever file it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongPayload(Vec<Finding>);

impl ParsedPayload {
    /// Reads `payload` as a version of `kind`.
    pub fn of(kind: Kind, payload: &Payload) -> Self {
        match payload {
            Payload::TooLarge(size) => Self::wrong([too_large("", *size, MAX_PAYLOAD)]),
            Payload::Bytes(bytes) => match kind {
                Kind::Prompts => match text("", bytes) {
                    Ok(_) => Self::Prompt,
                    Err(finding) => Self::wrong([*finding]),
                },
                Kind::Routing => configuration(bytes, routing::read, Self::Rule),
                Kind::Providers => configuration(bytes, provider::read, Self::Provider),
            },
        }
    }

    /// Returns what is wrong with it, as findings in the file at `path`.
    pub fn findings(&self, path: &str) -> Vec<Finding> {
        let Self::Wrong(WrongPayload(findings)) = self else {
            return Vec::new();
        };
        // Parsed once for all files that have these bytes, so the file is filled in only here.
        let mut findings = findings.clone();
        for finding in &mut findings {
            path.clone_into(&mut finding.place.file);
        }
        findings
    }

    fn wrong(findings: impl Into<Vec<Finding>>) -> Self {
        Self::Wrong(WrongPayload(findings.into()))
    }
}

impl Snapshot {
    /// Adds the bytes of the versions that `findings` are about, so that excerpts can be shown.
    ///
    /// # Errors
    ///
    /// When one of them cannot be read.
    pub fn load_for<'f, P: Payloads>(
        &mut self,
        findings: impl IntoIterator<Item = &'f Finding>,
        payloads: &P,
    ) -> Result<(), P::Error> {
        for finding in findings {
            let path = &finding.place.file;
            let Some(entry) = self.get(path) else {
                continue;
            };
            if entry.bytes.is_some() || !OwnedPath::is_of_version(path) || entry.mode != Mode::File
            {
                continue;
            }
            let mut entry = entry.into_owned();
            match payloads.payload(entry.content)? {
                Payload::Bytes(bytes) => {
                    entry.size = bytes.len() as u64;
                    entry.bytes = Some(bytes);
                }
                Payload::TooLarge(size) => entry.size = size,
            }
            self.entries.insert(path.clone(), entry);
        }
        Ok(())
    }
}

/// Reads the configuration of a rule or a provider, which must not contain a secret.
fn configuration<T>(
    bytes: &[u8],
    read: impl FnOnce(&str, &DeTable<'_>) -> (Option<T>, Vec<Finding>),
    says: impl FnOnce(Arc<T>) -> ParsedPayload,
) -> ParsedPayload {
    let Toml { text, table } = match toml("", bytes) {
        Ok(toml) => toml,
        Err(NotToml::Bytes(finding)) => return ParsedPayload::wrong([*finding]),
        Err(NotToml::Text(text, finding)) => {
            return ParsedPayload::wrong(secret::guarded("", text, None, vec![*finding]));
        }
    };
    let (value, findings) = read("", &table);
    // Every finding goes through `guarded`, since a message about an invalid value may quote a key.
    let findings = secret::guarded("", text, Some(&table), findings);
    match value {
        Some(value) if findings.is_empty() => says(Arc::new(value)),
        _ => ParsedPayload::wrong(findings),
    }
}
