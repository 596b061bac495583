//! The variables that a prompt leaves to its callers, by the grammar of its template language.
//!
//! - [`jinja`]: the syntax tree of minijinja, walked with its scopes.
//! - [`mustache`]: mustache and handlebars, from the tags that [`tags`] finds.
//!
//! A variable is a path from what the caller passes: `name`, `user.name`, and `docs.title` for the titles of a list. A partial
//! that the template includes is `> header`: whoever renders the template has to provide that, too.

mod expression;
mod jinja;
mod mustache;
mod paths;
mod tags;
mod variable_list;

use crate::model::Extension;

pub use paths::Variables;
use paths::longest;
use tags::Dialect;
pub use variable_list::variable_list;

/// Returns the variables of a prompt with that extension, or `None` if they cannot be determined: the text is not valid in the
/// grammar that the extension or its own signs call for, has signs of two of them, or includes what only a running engine knows.
///
/// The extension decides where it names an engine. In other files `{%` and `{#` are signs of jinja; `{{#`, `{{/`, `{{>`, `{{^`
/// and `\{{` are signs of mustache or handlebars; a text with neither may be for any engine.
pub fn variables(text: &str, extension: &Extension) -> Option<Variables> {
    let variables = match extension.as_str() {
        "j2" | "jinja" | "jinja2" | "minijinja" => jinja::variables(text),
        // Dotprompt is handlebars behind a front matter without tags.
        "hbs" | "handlebars" | "prompt" => mustache::variables(text, Dialect::Handlebars),
        "mustache" => mustache::variables(text, Dialect::Mustache),
        _ => by_its_signs(text),
    };
    variables.map(longest)
}

fn by_its_signs(text: &str) -> Option<Variables> {
    let has = |signs: &[&str]| signs.iter().any(|sign| text.contains(sign));
    let in_jinja = has(&["{%", "{#"]) && !only_as_tags_of_mustache(text);
    let in_mustache = has(&["{{#", "{{/", "{{>", "{{^", "\\{{"]);
    match (in_jinja, in_mustache) {
        (true, true) => None,
        (true, false) => jinja::variables(text),
        (false, true) => mustache::variables(text, Dialect::Either),
        (false, false) => plain(text),
    }
}

/// Reports whether every `{#` is the end of a `{{#`, and there is no `{%`.
fn only_as_tags_of_mustache(text: &str) -> bool {
    let is_tag = |(at, _): (usize, &str)| text[..at].ends_with('{');
    !text.contains("{%") && text.match_indices("{#").all(is_tag)
}

/// Returns the variables of a text without the sign of an engine.
///
/// Almost always each placeholder is a name, with which all engines agree. Otherwise the engine is the one whose grammar the
/// whole text fits; if it fits both and they disagree, nobody can tell.
fn plain(text: &str) -> Option<Variables> {
    if let Some(names) = placeholders(text) {
        return Some(names);
    }
    let jinja = jinja::variables(text);
    let mustache = mustache::variables(text, Dialect::Either);
    match (jinja, mustache) {
        (Some(jinja), Some(mustache)) => (jinja == mustache).then_some(jinja),
        (jinja, mustache) => jinja.or(mustache),
    }
}

/// Returns the names in a text whose placeholders are all names (`{{ customer.first-name }}`), or `None`.
fn placeholders(text: &str) -> Option<Variables> {
    let mut pieces = text.split("{{");
    pieces.next();
    pieces
        .map(|piece| {
            let (inside, _) = piece.split_once("}}")?;
            let inside = inside.trim_start_matches(['{', '-', '~']).trim();
            let name = inside.trim_end_matches(['-', '~']).trim_end();
            is_name(name).then(|| name.to_owned())
        })
        .collect()
}

/// Reports whether `name` is a path of names in letters, digits, `_` and inner `-`, none of which begins with a digit.
fn is_name(name: &str) -> bool {
    const CONSTANTS: [&str; 9] = [
        "this",
        "true",
        "false",
        "null",
        "none",
        "undefined",
        "True",
        "False",
        "None",
    ];
    let is_part = |part: &str| {
        let letters = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        part.chars().all(letters)
            && part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && !CONSTANTS.contains(&part)
    };
    name.split('.').all(is_part)
}

#[cfg(test)]
mod tests;
