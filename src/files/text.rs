use toml::de::DeTable;

use crate::diag::{Code, Finding, Place};

/// The byte order mark that some editors put first. The TOML parser would skip it, and an edit would put text before it.
pub(crate) const MARK: char = '\u{feff}';

/// Returns the text that `bytes` are.
pub(super) fn text<'b>(path: &str, bytes: &'b [u8]) -> Result<&'b str, Box<Finding>> {
    std::str::from_utf8(bytes).map_err(|error| Box::new(not_text(path, error.valid_up_to())))
}

/// Returns the TOML that `bytes` are, and their text.
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

/// Why bytes are no TOML.
pub(super) enum NotToml<'b> {
    /// They are no text, or begin with a mark.
    Bytes(Box<Finding>),
    /// They are this text, and it does not read.
    Text(&'b str, Box<Finding>),
}

impl NotToml<'_> {
    pub(super) fn into_finding(self) -> Finding {
        match self {
            Self::Bytes(finding) | Self::Text(_, finding) => *finding,
        }
    }
}

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
        finding.help(
            "a merge conflict was left in the file: decide for one side and remove the markers",
        )
    } else {
        finding
    }
}

fn not_text(path: &str, valid_up_to: usize) -> Finding {
    let message = format!("not UTF-8 text: byte {} fits no character", valid_up_to + 1);
    Finding::error(Code::NOT_TEXT, Place::file(path), message).help("convert the file to UTF-8")
}

pub(crate) fn marked(path: &str) -> Finding {
    Finding::error(
        Code::NOT_TEXT,
        Place::file(path),
        "begins with a byte order mark",
    )
    .help("save the file as UTF-8 without a byte order mark")
}

pub(super) fn too_large(path: &str, size: u64, limit: u64) -> Finding {
    let message = format!("{size} bytes; at most {limit} are allowed here");
    Finding::error(Code::TOO_LARGE, Place::file(path), message)
}
