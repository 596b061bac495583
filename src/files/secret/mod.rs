//! Literal secrets in the configuration of providers and rules: they are found, refused, and never shown.
//!
//! A configuration names a key as `env::NAME`. Anything else in that place may be the key itself, and some
//! texts look like keys wherever they are. Neither may appear in a message, an excerpt or an answer for
//! programs, because those end up in logs.

mod broken;
mod doubtful;
mod key_text;
mod literal;
mod reference;
mod yaml;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use self::key_text::{keys, names_a_secret, sure_keys};
use self::literal::{Literal, Why, looks_secret};
use self::reference::is_harmless;
pub(crate) use self::reference::is_placeholder;
use super::path::OwnedPath;
use super::yaml::{YamlNode, is_foreign_yaml, parse as parse_yaml};
use crate::diag::{Code, Finding, KeyPath, Place, Spot};
use crate::model::Kind;

/// Returns what is wrong with a configuration's `text`: `findings`, as far as they do not quote a secret, and
/// one for each literal secret.
pub(crate) fn guarded(
    file: &str,
    text: &str,
    table: Option<&DeTable<'_>>,
    findings: Vec<Finding>,
) -> Vec<Finding> {
    guarded_from(
        file,
        text,
        table.map(literals).unwrap_or_default(),
        findings,
    )
}

/// Does the same for the YAML that `root` is, if `text` could be read.
pub(crate) fn guarded_yaml(
    file: &str,
    text: &str,
    root: Option<&YamlNode>,
    findings: Vec<Finding>,
) -> Vec<Finding> {
    guarded_from(
        file,
        text,
        root.map(yaml::literals).unwrap_or_default(),
        findings,
    )
}

fn guarded_from(
    file: &str,
    text: &str,
    literals: Vec<Literal>,
    mut findings: Vec<Finding>,
) -> Vec<Finding> {
    let paths: BTreeSet<&[String]> = literals
        .iter()
        .map(|literal| literal.path.as_slice())
        .collect();
    // A finding about a literal, or about anything inside of it, would quote it. The refusal of the literal
    // replaces it.
    let about_a_literal = |finding: &Finding| match &finding.place.spot {
        Spot::Key(path) | Spot::Value(path) => {
            (1..=path.len()).any(|length| paths.contains(&path[..length]))
        }
        Spot::File | Spot::Syntax => false,
    };
    findings.retain(|finding| !about_a_literal(finding));
    findings.iter_mut().for_each(hush);
    findings.extend(literals.iter().map(|literal| refusal(file, literal)));
    findings.extend(lines_elsewhere(text, &literals).into_iter().map(|line| {
        let message = format!("line {line} holds what looks like a key, so it is not shown");
        Finding::error(Code::LITERAL_SECRET, Place::file(file), message).help(HELP)
    }));
    findings
}

/// Returns the lines, counted from 1, that contain something that looks like a key outside of `literals`: in
/// a comment, or in a text that is not TOML.
fn lines_elsewhere(text: &str, literals: &[Literal]) -> BTreeSet<usize> {
    let spans: BTreeMap<_, _> = literals
        .iter()
        .map(|literal| (literal.span.start, literal.span.end))
        .collect();
    let known = |at: usize| {
        spans
            .range(..=at)
            .next_back()
            .is_some_and(|(_, end)| at < *end)
    };
    let (mut lines, mut line, mut counted) = (BTreeSet::new(), 1, 0);
    for key in keys(text).into_iter().filter(|key| !known(key.start)) {
        line += text[counted..key.start].matches('\n').count();
        counted = key.start;
        lines.insert(line);
    }
    lines
}

/// The tables of a release, and of a gateway's configuration, whose keys are names chosen by people.
const NAMED_BY_PEOPLE: [&str; 6] = [
    "functions",
    "models",
    "prompts",
    "providers",
    "routes",
    "targets",
];

const HELP: &str = "keep the key in a variable of the gateway's environment and name that: credential = \"env::NAME\"; a key \
    that has been in a file or a repository is best replaced";

/// Returns the finding for a literal secret, which names its place and never its value.
fn refusal(file: &str, literal: &Literal) -> Finding {
    let Literal { path, why, .. } = literal;
    // The name of a key in the file may itself be a secret. The path is shown up to there.
    let shown: KeyPath = path
        .iter()
        .take_while(|part| keys(part).is_empty())
        .cloned()
        .collect();
    let name = shown.join(".");
    let message = match why {
        _ if shown.len() < path.len() => {
            "the name of a key looks like a secret, so it is not shown".to_owned()
        }
        Why::Place => format!(
            "`{name}` is not a reference of the form env::NAME and may be a secret, so it is not shown"
        ),
        Why::Look => format!("`{name}` looks like a secret, so it is not shown"),
    };
    let spot = match shown.len() {
        0 => Spot::File,
        length if length < path.len() => Spot::Key(shown),
        _ => Spot::Value(shown),
    };
    Finding::error(
        Code::LITERAL_SECRET,
        Place {
            file: file.to_owned(),
            spot,
        },
        message,
    )
    .help(HELP)
}

/// Removes from a finding whatever looks like a key.
fn hush(finding: &mut Finding) {
    // Messages of the parser and of limits quote what they refuse.
    finding.message = masked(&finding.message, &keys(&finding.message)).into_owned();
    finding.help = finding
        .help
        .take()
        .map(|help| masked(&help, &keys(&help)).into_owned());
    if let Spot::Key(path) | Spot::Value(path) = &mut finding.place.spot
        && let Some(at) = path.iter().position(|part| !keys(part).is_empty())
    {
        path.truncate(at);
        if at == 0 {
            finding.place.spot = Spot::File;
        }
    }
}

/// Returns `text` of `file` as it may be shown: what may be a secret is masked, and everything else stays in
/// its place.
pub fn redacted<'t>(file: &str, text: &'t str) -> Cow<'t, str> {
    let mut secrets = keys(text);
    // Files that envctl does not own but shows are configurations of gateways.
    let is_configuration = match OwnedPath::parse(file) {
        Some(Ok(OwnedPath::Version(resource, ..))) => resource.kind != Kind::Prompts,
        owned => owned.is_none(),
    };
    if is_foreign_yaml(file, text) {
        match parse_yaml(text) {
            Ok(root) => {
                secrets.extend(
                    yaml::literals(&root)
                        .into_iter()
                        .map(|literal| literal.span),
                );
                secrets.extend(yaml::doubtful(&root));
            }
            Err(_) => secrets.extend(broken::values(text)),
        }
    } else if is_configuration {
        match DeTable::parse(text) {
            Ok(table) => {
                secrets.extend(
                    literals(table.get_ref())
                        .into_iter()
                        .map(|literal| literal.span),
                );
                secrets.extend(doubtful::values(table.get_ref()));
            }
            Err(_) => secrets.extend(broken::values(text)),
        }
    }
    masked(text, &secrets)
}

/// Returns `text` as it may be shown, with everything masked that looks like a credential: a vendor's key, or
/// a password in an address.
pub fn without_credentials(text: &str) -> Cow<'_, str> {
    masked(text, &keys(text))
}

/// Returns `text` without the keys in it that cannot be names of a project. It is for all output, whatever it
/// is about; where the kind of a text is known, more can be masked.
pub fn without_sure_keys(text: &str) -> Cow<'_, str> {
    masked(text, &sure_keys(text))
}

/// Returns `text` with the ranges `secrets` masked. They may overlap, and need not be sorted.
fn masked<'t>(text: &'t str, secrets: &[Range<usize>]) -> Cow<'t, str> {
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut sorted: Vec<&Range<usize>> = secrets.iter().collect();
    sorted.sort_by_key(|secret| secret.start);
    let (mut masked, mut at) = (String::with_capacity(text.len()), 0);
    for secret in sorted.into_iter().filter(|secret| !secret.is_empty()) {
        let start = secret.start.max(at);
        let end = secret.end.max(at);
        masked.push_str(&text[at..start]);
        masked.extend(text[start..end].chars().map(blot));
        at = end;
    }
    masked.push_str(&text[at..]);
    Cow::Owned(masked)
}

/// Returns what is shown for a character of a secret. Line breaks stay, so that later lines keep their
/// numbers, and quotes stay, so that the text is still TOML. The number of bytes stays as well: places are
/// found by byte.
fn blot(character: char) -> &'static str {
    match (character, character.len_utf8()) {
        ('\n', _) => "\n",
        ('\r', _) => "\r",
        ('"', _) => "\"",
        ('\'', _) => "'",
        (_, 1) => "*",
        (_, 2) => "**",
        (_, 3) => "***",
        _ => "****",
    }
}

/// Returns the literal secrets in `table`.
fn literals(table: &DeTable<'_>) -> Vec<Literal> {
    let mut found = Vec::new();
    in_table(table, &KeyPath::new(), false, &mut found);
    found
}

/// Collects the literal secrets in `table`. `secret` says that a key above it names a secret.
fn in_table(table: &DeTable<'_>, path: &KeyPath, secret: bool, found: &mut Vec<Literal>) {
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let mut path = path.clone();
        path.push(name.to_owned());
        if !keys(name).is_empty() {
            found.push(Literal {
                path: path.clone(),
                span: key.span(),
                why: Why::Look,
            });
        }
        // Directly below these tables, keys are names. A provider called `token` is not a secret.
        let given = path.len() == 2 && NAMED_BY_PEOPLE.contains(&path[0].as_str());
        in_value(
            value,
            &path,
            secret || (!given && names_a_secret(name)),
            found,
        );
    }
}

/// Collects the literal secrets in `value`.
fn in_value(value: &Spanned<DeValue<'_>>, path: &KeyPath, secret: bool, found: &mut Vec<Literal>) {
    let mut note = |why| {
        found.push(Literal {
            path: path.clone(),
            span: value.span(),
            why,
        });
    };
    match value.get_ref() {
        DeValue::Table(table) => in_table(table, path, secret, found),
        DeValue::Array(array) => {
            for (index, value) in array.iter().enumerate() {
                in_value(
                    value,
                    &super::reader::element(path.clone(), index),
                    secret,
                    found,
                );
            }
        }
        DeValue::String(text) if secret && !text.is_empty() && !is_harmless(text) => {
            note(Why::Place);
        }
        DeValue::String(text) if looks_secret(path, text) => note(Why::Look),
        // A number with a point is no key either.
        DeValue::String(_) | DeValue::Boolean(_) | DeValue::Float(_) => {}
        _ if secret => note(Why::Place),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
