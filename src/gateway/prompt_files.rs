use toml::Value;

use crate::diag::Code;
use crate::gateway::imported::{ImportedPrompt, PromptSource};
use crate::gateway::notes::{ImportNotes, path};
use crate::model::{Extension, Kind};

/// The ending of a version whose file ends in something that no prompt may.
const PLAIN: &str = "txt";

/// Returns the prompt whose text is in `file`, which the key `at` names; `None` with a finding where that is not a file below
/// the folder of the configuration.
pub(super) fn from_file(
    notes: &mut ImportNotes<'_>,
    at: &[&str],
    file: &Value,
) -> Option<ImportedPrompt> {
    let Value::String(file) = file else {
        notes.wrong_value(Code::WRONG_TYPE, path(at), "the path of a file is a string");
        return None;
    };
    let file = file.strip_prefix("./").unwrap_or(file);
    if !is_below(file) {
        let message = "not a path below the folder of the configuration, with / between its parts";
        notes.wrong_value(Code::INVALID_VALUE, path(at), message);
        return None;
    }
    let ending = file
        .rsplit('/')
        .next()
        .and_then(|name| name.rsplit_once('.'))
        .map_or("", |(_, ending)| ending);
    let extension = Extension::of(Kind::Prompts, ending);
    if extension.is_none() {
        notes.adapted(
            at,
            format!(
                "the version ends in .{PLAIN}: the extensions of prompts are {}",
                Kind::Prompts.extension_list()
            ),
        );
    }
    let extension = extension.or_else(|| Extension::of(Kind::Prompts, PLAIN))?;
    Some(ImportedPrompt {
        source: PromptSource::File(file.to_owned()),
        extension,
        version: None,
        key: path(at),
    })
}

/// Reports whether `file` is a path below the folder of the configuration, with `/` between its parts.
pub(super) fn is_below(file: &str) -> bool {
    let inside = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
    file.split('/').all(inside)
}
