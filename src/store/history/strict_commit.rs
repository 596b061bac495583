//! Commits as a judge reads them: strictly, so that there is only one way to read them.
//!
//! git, libgit2 and the web pages of forges disagree about odd headers: which of two authors
//! counts, or where the address begins in `A <x@y> <z@w>`. Whoever can make them disagree shows one
//! person to the reviewer and another one to the rules.

use git2::ObjectType;
use jiff::Timestamp;

use crate::files::without_credentials;
use crate::model::{CommitId, ContentId, Signature};
use crate::store::error::StoreError;
use crate::store::history::record::Actor;
use crate::store::history::signature::verified;
use crate::store::history::time::time;
use crate::store::ids::commit_oid;
use crate::store::open::Store;

/// A commit whose headers can be read in only one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrictCommit {
    /// The tree of the whole repository.
    pub tree: ContentId,
    /// Its parents.
    pub parents: Vec<CommitId>,
    /// Who wrote the change.
    pub author: Actor,
    /// Who recorded it.
    pub committer: Actor,
    /// The first line of the message, without what looks like a credential.
    pub subject: String,
    /// The whole message, with whatever is in it. It is for the rules and is never shown.
    pub message: String,
    signed: Signed,
}

/// What can be verified.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Signed {
    /// Nothing.
    No,
    /// A signature, and the bytes that were signed.
    By(Vec<u8>, String),
    /// A signature of more bytes than are loaded.
    TooLarge,
}

impl StrictCommit {
    /// Returns what the commit's signature proves.
    pub fn signature(&self) -> Signature {
        match &self.signed {
            Signed::No => Signature::Missing,
            Signed::By(signed, armor) => verified(signed, armor),
            Signed::TooLarge => Signature::Bad(
                "the commit is too large to be loaded, so it cannot be verified".to_owned(),
            ),
        }
    }
}

/// Why a commit's headers can be read in more than one way, or in none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MalformedCommit(String);

impl Store {
    /// Reads the commit `id` strictly.
    ///
    /// # Errors
    ///
    /// If it is missing, damaged or not a commit. Odd headers are the inner error, which is a finding and not a failure.
    pub fn strict_commit(
        &self,
        id: CommitId,
    ) -> Result<Result<StrictCommit, MalformedCommit>, StoreError> {
        let bytes = self.raw_commit(id)?;
        let is_whole = self.size(commit_oid(id), ObjectType::Commit)? == bytes.len() as u64;
        let read = read(&bytes).map(|commit| match commit.signed {
            Signed::By(..) if !is_whole => StrictCommit {
                signed: Signed::TooLarge,
                ..commit
            },
            _ => commit,
        });
        Ok(read.map_err(|why| MalformedCommit(why.to_owned())))
    }
}

fn read(commit: &[u8]) -> Result<StrictCommit, &'static str> {
    let end = find(commit, b"\n\n").ok_or("its headers do not end")?;
    let (headers, message) = (&commit[..end + 1], &commit[end + 2..]);
    // C programs stop at a NUL, others do not: they would see different headers.
    if headers.contains(&0) {
        return Err("there is a NUL in its headers");
    }
    let mut lines = HeaderLines { rest: headers };
    let tree = lines
        .value(b"tree ")
        .and_then(object_name)
        .ok_or("it does not begin with one tree")?;
    let mut parents = Vec::new();
    while let Some(hex) = lines.value(b"parent ") {
        parents.push(CommitId::from_bytes(
            object_name(hex).ok_or("a parent is not an object name")?,
        ));
    }
    let author = lines
        .value(b"author ")
        .ok_or("one author must follow the parents")?;
    let author = actor(author).ok_or("its author can be read in more than one way, or in none")?;
    let committer = lines
        .value(b"committer ")
        .ok_or("one committer must follow the author")?;
    let committer =
        actor(committer).ok_or("its committer can be read in more than one way, or in none")?;
    let signature = lines.others()?;
    let end = message.iter().position(|byte| *byte == b'\n');
    let subject = String::from_utf8_lossy(&message[..end.unwrap_or(message.len())]);
    let subject = without_credentials(&subject).into_owned();
    // The signature covers the commit without its own header, byte for byte as git wrote it. So the
    // bytes are cut out, not put together again from what was parsed.
    let signed = signature.map_or(Signed::No, |(at, length, armor)| {
        let from = headers.len() - at;
        Signed::By([&commit[..from], &commit[from + length..]].concat(), armor)
    });
    Ok(StrictCommit {
        tree: ContentId::from_bytes(tree),
        parents,
        author,
        committer,
        subject,
        message: String::from_utf8_lossy(message).into_owned(),
        signed,
    })
}

/// The header lines that remain to be read, each ended by a line break.
struct HeaderLines<'c> {
    rest: &'c [u8],
}

/// How far before the end of the headers a signature begins, its length there, and the signature.
type FoundHeader = (usize, usize, String);

impl<'c> HeaderLines<'c> {
    /// Returns the value of the next line if it has that name. A value that continues on the next
    /// line is not supported.
    fn value(&mut self, name: &[u8]) -> Option<&'c [u8]> {
        let line = self.rest.strip_prefix(name)?;
        let end = line.iter().position(|byte| *byte == b'\n')?;
        self.rest = &line[end + 1..];
        Some(&line[..end])
    }

    /// Reads what follows the committer: any headers but those that must come before it, and at
    /// most one signature.
    fn others(&mut self) -> Result<Option<FoundHeader>, &'static str> {
        let mut signature = None;
        while !self.rest.is_empty() {
            let length = self.entry_length();
            let (entry, rest) = self.rest.split_at(length);
            let name = entry
                .split(|byte| matches!(byte, b' ' | b'\n'))
                .next()
                .unwrap_or_default();
            match name {
                b"tree" | b"parent" | b"author" | b"committer" => {
                    return Err("a header appears twice or out of order");
                }
                b"" => return Err("a line of its headers has no name"),
                b"gpgsig" if signature.is_some() => return Err("it has two signatures"),
                // `gpgsig-sha256` and other unknown headers are skipped: git writes some, and no
                // reader takes a person or a parent from them.
                b"gpgsig" => {
                    signature =
                        Some((self.rest.len(), length, unfolded(&entry[name.len() + 1..])?));
                }
                _ => {}
            }
            self.rest = rest;
        }
        Ok(signature)
    }

    /// Returns the length of the next header, with the lines that continue it.
    fn entry_length(&self) -> usize {
        let mut breaks = self
            .rest
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n')
            .map(|(at, _)| at + 1);
        breaks
            .find(|end| self.rest.get(*end) != Some(&b' '))
            .unwrap_or(self.rest.len())
    }
}

/// Joins a value of several lines, each but the first of which begins with a space.
fn unfolded(value: &[u8]) -> Result<String, &'static str> {
    let text = std::str::from_utf8(value).map_err(|_| "its signature is not text")?;
    Ok(text.replace("\n ", "\n"))
}

/// Reads an identity of the one form `Name <address> seconds zone`, in UTF-8, with seconds of at
/// most 12 digits.
fn actor(identity: &[u8]) -> Option<Actor> {
    let text = std::str::from_utf8(identity).ok()?;
    let (name, rest) = text
        .split_once(" <")
        .or_else(|| Some(("", text.strip_prefix('<')?)))?;
    let (email, when) = rest.split_once("> ")?;
    let plain = |text: &str| {
        text == text.trim() && !text.contains(|c: char| matches!(c, '<' | '>') || c.is_control())
    };
    // libgit2 strips from the ends of an address what git never writes there, so the two would see two addresses.
    let trimmed = email.trim_matches(|c: char| ".,:;<>\"\\'".contains(c));
    let (seconds, zone) = when.split_once(' ')?;
    let offset = zone.strip_prefix(['+', '-'])?;
    let digits = |text: &str, most: usize| {
        !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    // `git fsck` refuses a leading zero, but git shows it.
    let padded = seconds.len() > 1 && seconds.starts_with('0');
    let fine = plain(name)
        && plain(email)
        && trimmed == email
        && digits(seconds, 12)
        && !padded
        && offset.len() == 4
        && digits(offset, 4);
    let at: Timestamp = time(seconds.parse().ok()?);
    fine.then(|| Actor {
        name: name.to_owned(),
        email: email.to_owned(),
        at,
        offset: minutes(zone),
    })
}

/// Returns how many minutes the zone `+HHMM` is ahead of UTC.
fn minutes(zone: &str) -> i16 {
    let number: i16 = zone.parse().unwrap_or_default();
    number / 100 * 60 + number % 100
}

fn object_name(hex: &[u8]) -> Option<[u8; 20]> {
    let hex: &str = std::str::from_utf8(hex).ok()?;
    hex.parse::<CommitId>().ok().map(|id| *id.as_bytes())
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests;
