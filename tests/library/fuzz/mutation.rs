//! Bytes that were right once, and what becomes of them.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// One change to bytes; places are chosen before the bytes are known, so that a case can be made smaller.
#[derive(Clone, Debug)]
enum Change {
    /// The byte there becomes another.
    Byte(Index, u8),
    /// A word is put in.
    Word(Index, &'static str),
    /// So many bytes go.
    Gone(Index, usize),
    /// What follows goes.
    Cut(Index),
    /// A line goes.
    LineGone(Index),
    /// A line stands in another place, too.
    LineAgain(Index, Index),
    /// A line of something else that was right is put in.
    LineFrom(Index, Index, Index),
}

/// Bytes as a case shows them: as text where they are text.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// One of `corpus` after up to six changes, with `words` to put in.
pub fn mutated(
    corpus: Vec<Vec<u8>>,
    words: &'static [&'static str],
) -> impl Strategy<Value = Bytes> {
    assert!(!corpus.is_empty());
    (any::<Index>(), vec(change(words), 0..7)).prop_map(move |(chosen, changes)| {
        let mut bytes = chosen.get(&corpus).clone();
        changes
            .iter()
            .for_each(|change| change.make(&mut bytes, &corpus));
        Bytes(bytes)
    })
}

fn change(words: &'static [&'static str]) -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        4 => (at(), select(words)).prop_map(|(at, word)| Change::Word(at, word)),
        2 => (at(), 1..8usize).prop_map(|(at, length)| Change::Gone(at, length)),
        1 => at().prop_map(Change::Cut),
        2 => at().prop_map(Change::LineGone),
        2 => (at(), at()).prop_map(|(line, to)| Change::LineAgain(line, to)),
        2 => (at(), at(), at()).prop_map(|(from, line, to)| Change::LineFrom(from, line, to)),
    ]
}

impl Change {
    fn make(&self, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        match self {
            Self::Byte(at, byte) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Self::Byte(_, byte) => bytes.push(*byte),
            Self::Word(at, word) => {
                let at = at.index(bytes.len() + 1);
                bytes.splice(at..at, word.bytes());
            }
            Self::Gone(at, length) => {
                let at = at.index(bytes.len() + 1);
                let end = bytes.len().min(at + length);
                bytes.drain(at..end);
            }
            Self::Cut(at) => bytes.truncate(at.index(bytes.len() + 1)),
            Self::LineGone(line) => {
                let mut lines = lines(bytes);
                lines.remove(line.index(lines.len()));
                *bytes = lines.concat();
            }
            Self::LineAgain(line, to) => {
                let lines = lines(bytes);
                let line = line.get(&lines).clone();
                *bytes = with_line(lines, line, *to);
            }
            Self::LineFrom(from, line, to) => {
                let other: &Vec<u8> = from.get(corpus);
                let line = line.get(&self::lines(other)).clone();
                *bytes = with_line(lines(bytes), line, *to);
            }
        }
    }
}

/// The lines of `bytes`, each with its end; one empty line where there is nothing.
fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    let lines: Vec<Vec<u8>> = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    if lines.is_empty() {
        vec![Vec::new()]
    } else {
        lines
    }
}

fn with_line(mut lines: Vec<Vec<u8>>, line: Vec<u8>, to: Index) -> Vec<u8> {
    lines.insert(to.index(lines.len() + 1), line);
    lines.concat()
}
