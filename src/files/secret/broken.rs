//! Secrets in a text that is not TOML, where it is uncertain which value belongs to which key.

use std::ops::Range;

use super::key_text::names_a_secret;
use super::reference::is_harmless;
use crate::model::Credential;

/// Returns whatever may be the value of a key that names a secret: the rest of each line after such a name,
/// and the lines below it up to the next one that begins like a key or a table. A complete reference is left
/// alone.
pub(super) fn values(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut goes_on = Ends::Here;
    // It errs on the side of masking too much: the text is shown to explain a syntax error, and may be
    // exactly the line with the missing quote after a key.
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        goes_on = match goes_on {
            Ends::After(quotes) => {
                found.push(start..end);
                if line.contains(quotes) {
                    Ends::Here
                } else {
                    Ends::After(quotes)
                }
            }
            Ends::BeforeNextKey if !begins_anew(line) => {
                found.push(start..end);
                Ends::BeforeNextKey
            }
            Ends::Here | Ends::BeforeNextKey => match value_at(line) {
                Some((name, value)) => {
                    found.push(start + value..end);
                    Ends::of(&line[name..])
                }
                None => Ends::Here,
            },
        };
        start = end;
    }
    found
}

/// Where a value ends that may be a secret.
#[derive(Clone, Copy)]
enum Ends {
    /// On its line.
    Here,
    /// After these quotes.
    After(&'static str),
    /// Where the next key or table begins.
    BeforeNextKey,
}

impl Ends {
    /// Returns where a value ends that begins as `value` does: an odd number of triple quotes leaves a string
    /// open.
    fn of(value: &str) -> Self {
        let opens = |quotes: &&&str| value.matches(**quotes).count() % 2 == 1;
        ["\"\"\"", "'''"]
            .iter()
            .find(opens)
            .map_or(Self::BeforeNextKey, |quotes| Self::After(quotes))
    }
}

/// Returns where in `line` a name of a secret ends, and where the text after it begins.
fn value_at(line: &str) -> Option<(usize, usize)> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut at = 0;
    for word in line.split(|c| !is_word(c)) {
        let end = at + word.len();
        if names_a_secret(word) {
            let value =
                line[end..].trim_start_matches(['"', '\'', ' ', '\t', '=', ':', '[', '{', ']']);
            return (!is_whole_reference(value)).then_some((end, line.len() - value.len()));
        }
        at = end + line[end..].chars().next().map_or(0, char::len_utf8);
    }
    None
}

/// Reports whether `value` is a reference that nothing but a comment follows.
fn is_whole_reference(value: &str) -> bool {
    let end = value.find(['"', '\'']).unwrap_or(value.len());
    let rest = value[end..]
        .trim_start_matches(['"', '\'', ' ', '\t', '}', ','])
        .trim();
    value.starts_with(Credential::PREFIX)
        && is_harmless(&value[..end])
        && (rest.is_empty() || rest.starts_with('#'))
}

/// Reports whether `line` begins like a key or a table.
fn begins_anew(line: &str) -> bool {
    let line = line.trim_start();
    let key = line.split(['=', ':']).next().unwrap_or_default().trim();
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'');
    line.starts_with('[')
        || (key.len() < line.trim().len() && !key.is_empty() && key.chars().all(is_key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> Vec<&str> {
        values(text)
            .into_iter()
            .map(|range| text[range].trim_end())
            .filter(|part| !part.is_empty())
            .collect()
    }

    #[test]
    fn what_follows_the_name_of_a_secret_is_hidden_however_it_is_written() {
        for (text, expected) in [
            ("credential = \"hunter2\nmodels = [", vec!["hunter2"]),
            ("credential = hunter2", vec!["hunter2"]),
            ("credential: hunter2\nmodels: a", vec!["hunter2"]),
            ("{\"api_key\": \"hunter2\"}", vec!["hunter2\"}"]),
            (
                "x = { credential = 'hunter2', y = }",
                vec!["hunter2', y = }"],
            ),
            (
                "credential =\n\"hunter2\"\nmodels = [\n",
                vec!["\"hunter2\""],
            ),
            (
                "token = \"\"\"\nhunter2=\n\"\"\"\nmodels = [",
                vec!["hunter2=", "\"\"\""],
            ),
        ] {
            assert_eq!(hidden(text), expected, "{text}");
        }
    }

    #[test]
    fn references_and_everything_else_stay_readable() {
        for text in [
            "credential = \"env::OPENAI_API_KEY\" # ours\nmodels = [",
            "models = [\n\"gpt-5\"",
            "timeout_ms = ",
        ] {
            assert_eq!(hidden(text), Vec::<&str>::new(), "{text}");
        }
    }
}
