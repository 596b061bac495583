use std::iter::Peekable;

use jiff::Timestamp;

use crate::model::{CommitId, ContentId};
use crate::store::history::time::time;

/// What a commit says about order, time and files.
#[derive(Clone)]
pub(in crate::store) struct Headers {
    pub(in crate::store) tree: ContentId,
    pub(in crate::store) parents: Vec<CommitId>,
    pub(in crate::store) recorded: Timestamp,
}

impl Headers {
    /// Reads the headers in the one form that git writes: each line once, in git's order. Returns
    /// `None` for any other form.
    pub(in crate::store) fn scan(commit: &[u8]) -> Option<Self> {
        let mut lines = commit.split(|byte| *byte == b'\n').peekable();
        let (tree, parents) = place(&mut lines)?;
        date(lines.next()?.strip_prefix(b"author ")?)?;
        let recorded = date(lines.next()?.strip_prefix(b"committer ")?)?;
        // The committer's line must have ended: what follows it is another header, or the message after an empty line.
        lines.next()?;
        Some(Self {
            tree,
            parents,
            recorded: time(recorded),
        })
    }

    /// Reads the position of a commit in history, whatever else it says. A date that cannot be read
    /// counts as older than any other, so it makes nothing later and nobody gains by it.
    pub(in crate::store) fn undated(commit: &[u8]) -> Option<Self> {
        let (tree, parents) = place(&mut commit.split(|byte| *byte == b'\n').peekable())?;
        Some(Self {
            tree,
            parents,
            recorded: Timestamp::MIN,
        })
    }
}
/// Reads the tree and the parents, with which every commit begins.
fn place<'c>(
    lines: &mut Peekable<impl Iterator<Item = &'c [u8]>>,
) -> Option<(ContentId, Vec<CommitId>)> {
    let tree = ContentId::from_bytes(name(lines.next()?.strip_prefix(b"tree ")?)?);
    let mut parents = Vec::new();
    while let Some(parent) = lines.peek().and_then(|line| line.strip_prefix(b"parent ")) {
        parents.push(CommitId::from_bytes(name(parent)?));
        lines.next();
    }
    Some((tree, parents))
}

fn name(digits: &[u8]) -> Option<[u8; 20]> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let pairs: &[[u8; 2]; 20] = digits
        .as_chunks()
        .0
        .try_into()
        .ok()
        .filter(|_| digits.len() == 40)?;
    let mut name = [0; 20];
    for (byte, [high, low]) in name.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(name)
}

/// Reads the seconds in `Name <e-mail> seconds zone`, if there is only one way to read it.
fn date(identity: &[u8]) -> Option<i64> {
    // Programs disagree on which bracket ends a name that has several: git takes the last, libgit2
    // has taken others. A line that can be read in two ways is left to the slow path.
    let (open, close) = (only(identity, b'<')?, only(identity, b'>')?);
    let rest = identity[close + 1..].strip_prefix(b" ")?;
    let (seconds, zone) = rest.split_at(only(rest, b' ')?);
    let plain = |digits: &[u8], most: usize| {
        !digits.is_empty() && digits.len() <= most && digits.iter().all(u8::is_ascii_digit)
    };
    let [b' ', b'+' | b'-', zone @ ..] = zone else {
        return None;
    };
    if close < open || !plain(seconds, 12) || zone.len() != 4 || !plain(zone, 4) {
        return None;
    }
    Some(
        seconds
            .iter()
            .fold(0, |number, digit| number * 10 + i64::from(digit - b'0')),
    )
}

/// Returns the position of the only `wanted`, or `None` if there are several or none.
fn only(text: &[u8], wanted: u8) -> Option<usize> {
    let mut found = (0..text.len()).filter(|index| text[*index] == wanted);
    found.next().filter(|_| found.next().is_none())
}
