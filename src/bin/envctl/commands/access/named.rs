//! A person, as the command line names them.

use envctl::model::{Email, MemberName};
use envctl::plan::Who;

/// Reads a person: with an `@` an address, otherwise the name of a member.
pub fn who(text: &str) -> Result<Who, String> {
    if text.contains('@') {
        return text
            .parse::<Email>()
            .map(Who::Email)
            .map_err(|error| error.to_string());
    }
    text.parse::<MemberName>()
        .map(Who::Member)
        .map_err(|error| format!("neither an address nor a name: {error}"))
}
