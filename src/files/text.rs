use toml::de::DeTable;

use crate::diag::{Code, Finding, Place};

/// The byte order mark that some editors write at the beginning. The TOML parser would skip it, and an edit
/// could insert text before it.
pub(crate) const MARK: char = '\u{feff}';

/// Returns `bytes` as text.
pub(super) fn text<'b>(path: &str, bytes: &'b [u8]) -> Result<&'b str, Box<Finding>> {
    std::str::from_utf8(bytes).map_err(|error| Box::new(not_text(path, error.valid_up_to())))
}

/// Returns `bytes` as TOML, together with their text.
pub(super) fn toml<'b>(path: &str, bytes: &'b [u8]) -> Result<Toml<'b>, NotToml<'b>> {
    let text = text(path, bytes).map_err(NotToml::Bytes)?;
    if text.starts_with(MARK) {
        return Err(NotToml::Bytes(Box::new(marked(path))));
    }
    match DeTable::parse(text) {
        Ok(table) => Ok(Toml {
            text,
            table: table.into_inner(),
        }),
        Err(error) => Err(NotToml::Text(text, Box::new(syntax(path, text, &error)))),
    }
}

/// A text and what it says.
pub(super) struct Toml<'b> {
    pub(super) text: &'b str,
    pub(super) table: DeTable<'b>,
}

/// Why bytes are not TOML.
pub(super) enum NotToml<'b> {
    /// They are not text, or begin with a byte order mark.
    Bytes(Box<Finding>),
    /// They are this text, which cannot be parsed.
    Text(&'b str, Box<Finding>),
}

impl NotToml<'_> {
    /// Returns the finding, whatever the reason.
    pub(super) fn into_finding(self) -> Finding {
        match self {
            Self::Bytes(finding) | Self::Text(_, finding) => *finding,
        }
    }
}

/// Returns the finding for a syntax error.
pub(crate) fn syntax(path: &str, text: &str, error: &toml::de::Error) -> Finding {
    let finding = Finding::error(
        Code::TOML_SYNTAX,
        Place::syntax(path),
        format!("not TOML: {}", error.message()),
    );
    let conflicted = ["<<<<<<< ", ">>>>>>> "]
        .iter()
        .all(|marker| text.lines().any(|line| line.starts_with(marker)));
    if conflicted {
        finding.help("the file contains a merge conflict: choose one side and remove the markers")
    } else {
        finding
    }
}

/// Returns the finding for bytes that are not UTF-8.
fn not_text(path: &str, valid_up_to: usize) -> Finding {
    let message = format!("not UTF-8 text: byte {} is invalid", valid_up_to + 1);
    Finding::error(Code::NOT_TEXT, Place::file(path), message).help("convert the file to UTF-8")
}

/// Returns the finding for a byte order mark.
pub(crate) fn marked(path: &str) -> Finding {
    Finding::error(
        Code::NOT_TEXT,
        Place::file(path),
        "begins with a byte order mark",
    )
    .help("save the file as UTF-8 without a byte order mark")
}

/// Returns the finding for a file of more than `limit` bytes.
pub(super) fn too_large(path: &str, size: u64, limit: u64) -> Finding {
    let message = format!("{size} bytes; at most {limit} are allowed here");
    Finding::error(Code::TOO_LARGE, Place::file(path), message)
}
