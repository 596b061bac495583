//! The comments of a TOML file, each with the entry that it belongs to. Whoever changes a comment must be
//! allowed to change that entry.

use toml_parser::Source;
use toml_parser::lexer::{Token, TokenKind};

use crate::files::path::OwnedPath;
use crate::model::{
    Comment, Entry, EnvironmentKey, Kind, MemberKey, PolicyKey, Resource, SettingKey, VersionId,
    WindowName,
};

/// Returns the comments in `text`, the content of `file`, in order. The text need not be valid TOML.
pub(super) fn read(file: &OwnedPath, text: &str) -> Vec<Comment> {
    if !text.contains('#') {
        return Vec::new();
    }
    let mut reader = CommentReader {
        file,
        text,
        comments: Vec::new(),
        waiting: Vec::new(),
        table: Vec::new(),
        key: Vec::new(),
        at: TokenPlace::Start,
        on: None,
        last: None,
    };
    // Tokens and not the parsed tree: a parser drops comments, and comments have to be found in a
    // file that does not parse, too.
    for token in Source::new(text).lex() {
        reader.token(token);
    }
    reader.finish()
}

/// Where in a statement a token is.
#[derive(Clone, Copy)]
enum TokenPlace {
    Start,
    Header,
    Key,
    /// After the equals sign, at this depth of brackets.
    Value(u32),
    /// After a header.
    End,
}

/// Collects comments while the tokens of a file go by.
struct CommentReader<'t> {
    file: &'t OwnedPath,
    text: &'t str,
    comments: Vec<Comment>,
    /// Comments above the next entry.
    waiting: Vec<String>,
    table: Vec<&'t str>,
    key: Vec<&'t str>,
    at: TokenPlace,
    /// The entry on the present line.
    on: Option<Entry>,
    last: Option<Entry>,
}

impl<'t> CommentReader<'t> {
    /// Takes one token.
    fn token(&mut self, token: Token) {
        let span = token.span();
        let raw = self.text.get(span.start()..span.end()).unwrap_or_default();
        match (token.kind(), self.at) {
            (TokenKind::Comment, _) => self.comment(raw),
            // A line break inside of brackets does not end the value, so comments there belong to
            // the same entry.
            (TokenKind::Newline, TokenPlace::Value(1..)) => {}
            (TokenKind::Newline, _) => {
                self.at = TokenPlace::Start;
                self.on = None;
            }
            // A key is forgotten with the next one, but a table holds until the next header:
            // comments before the first key of a table wait for that key.
            (TokenKind::LeftSquareBracket, TokenPlace::Start) => {
                self.table.clear();
                self.at = TokenPlace::Header;
            }
            (TokenKind::RightSquareBracket, TokenPlace::Header) => self.at = TokenPlace::End,
            (TokenKind::Equals, TokenPlace::Key) => self.entry(),
            (
                TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket,
                TokenPlace::Value(depth),
            ) => {
                self.at = TokenPlace::Value(depth + 1);
            }
            (
                TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket,
                TokenPlace::Value(depth),
            ) => {
                // The text need not be valid, so a bracket may close what was never opened.
                self.at = TokenPlace::Value(depth.saturating_sub(1));
            }
            (TokenKind::Atom | TokenKind::BasicString | TokenKind::LiteralString, at) => {
                // Escapes in quoted keys are not resolved. A key that needs one is not one of
                // envctl's, and counts as unknown.
                let part = raw.trim_matches(['"', '\'']);
                match at {
                    TokenPlace::Header => self.table.push(part),
                    TokenPlace::Start => {
                        self.key = vec![part];
                        self.at = TokenPlace::Key;
                    }
                    TokenPlace::Key => self.key.push(part),
                    TokenPlace::Value(_) | TokenPlace::End => {}
                }
            }
            _ => {}
        }
    }

    /// Takes a comment: it belongs to the entry on its line, or waits for the next one.
    fn comment(&mut self, raw: &str) {
        let text = raw.trim_start_matches('#').trim().to_owned();
        match &self.on {
            Some(on) => self.comments.push(Comment {
                text,
                on: on.clone(),
            }),
            None => self.waiting.push(text),
        }
    }

    /// Takes the equals sign after a key, where an entry begins.
    fn entry(&mut self) {
        self.at = TokenPlace::Value(0);
        let keys: Vec<&str> = self.table.iter().chain(&self.key).copied().collect();
        let on = entry_at(self.file, &keys);
        self.settle(&on);
        self.last = Some(on.clone());
        self.on = Some(on);
    }

    /// Assigns the comments that wait to `on`.
    fn settle(&mut self, on: &Entry) {
        let waiting = std::mem::take(&mut self.waiting);
        self.comments
            .extend(waiting.into_iter().map(|text| Comment {
                text,
                on: on.clone(),
            }));
    }

    /// Returns the comments. Those at the end of the file belong to its last entry.
    fn finish(mut self) -> Vec<Comment> {
        let on = self.last.take().unwrap_or_else(|| entry_at(self.file, &[]));
        self.settle(&on);
        self.comments
    }
}

/// Returns the entry at `keys` of `file`. Unknown keys count as the entry of that file which takes the
/// highest permission.
fn entry_at(file: &OwnedPath, keys: &[&str]) -> Entry {
    let known = match file {
        OwnedPath::Access => access_entry(keys),
        OwnedPath::Environment(slug) => match keys {
            // A misspelt policy key is still part of a policy: whoever may not change policies may
            // not comment on it either.
            ["policy", "windows", name, ..] if name.parse::<WindowName>().is_ok() => name
                .parse()
                .ok()
                .map(|name| Entry::Window(slug.clone(), name)),
            ["policy", rest @ ..] => {
                let kind = match rest {
                    [table, _, ..] => Kind::ALL.into_iter().find(|kind| kind.folder() == *table),
                    _ => None,
                };
                let key = rest.last().copied().unwrap_or_default();
                let key = PolicyKey::ALL
                    .into_iter()
                    .find(|known| known.as_str() == key);
                let key = key.or(PolicyKey::ALL.first().copied());
                key.map(|key| Entry::Policy(slug.clone(), kind, key))
            }
            _ => {
                let mut known = EnvironmentKey::ALL.into_iter();
                let key = known.find(|known| keys.first() == Some(&known.as_str()));
                let key = key.unwrap_or(EnvironmentKey::Name);
                Some(Entry::EnvironmentKey(slug.clone(), key))
            }
        },
        OwnedPath::Pointers(slug) => Some(match resource(keys) {
            Some(resource) => Entry::Pointer(slug.clone(), resource),
            None => Entry::EnvironmentKey(slug.clone(), EnvironmentKey::Name),
        }),
        OwnedPath::Vetoes => veto(keys).map(Entry::Veto),
        OwnedPath::Attestations(id) => {
            let check = keys.first().and_then(|check| check.parse().ok());
            check.map(|check| Entry::Attestation(id.clone(), check))
        }
        OwnedPath::Freeze(slug, id) => Some(Entry::Freeze(slug.clone(), id.clone())),
        OwnedPath::Pending(slug) | OwnedPath::Scheduled(slug) => Some(Entry::Pending(slug.clone())),
        _ => {
            let mut known = SettingKey::ALL.into_iter();
            known
                .find(|known| keys.first() == Some(&known.as_str()))
                .map(Entry::Setting)
        }
    };
    known.unwrap_or(match file {
        OwnedPath::Access => Entry::Access,
        _ => Entry::Project,
    })
}

/// Returns the entry at `keys` of `access.toml`, if it is known.
fn access_entry(keys: &[&str]) -> Option<Entry> {
    match keys {
        ["signatures"] => Some(Entry::Signatures),
        ["members", name, key, ..] => {
            let key = MemberKey::ALL
                .into_iter()
                .find(|known| known.as_str() == *key)?;
            Some(Entry::Member(name.parse().ok()?, key))
        }
        ["roles", name, ..] => Some(Entry::Role(name.parse().ok()?)),
        _ => None,
    }
}

/// Returns the version whose veto the table at `keys` is, if it is one.
fn veto(keys: &[&str]) -> Option<VersionId> {
    let number = keys.get(2)?.parse().ok()?;
    Some(resource(keys)?.at(number))
}

/// Returns the resource that the table at `keys` is about, if it is one.
fn resource(keys: &[&str]) -> Option<Resource> {
    let [folder, name, ..] = keys else {
        return None;
    };
    let kind = Kind::ALL
        .into_iter()
        .find(|kind| kind.folder() == *folder)?;
    let name = name.parse().ok()?;
    Some(Resource { kind, name })
}

#[cfg(test)]
mod tests;
