use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::{CommitId, ContentId, Identity, VersionNumber};

/// What was live of one resource in one environment, through every environment that had the slug: newest first.
///
/// A [timeline](super::Timeline) ends where the environment began. This goes on, since what was rolled back stays so when an
/// environment is deleted and made anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifeline {
    /// The spans, newest first; the first is the current one.
    pub spans: Vec<Span>,
    /// How far back they go.
    pub until: Until,
}

/// How far back a lifeline goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Until {
    /// To where the history begins.
    #[default]
    Beginning,
    /// To the commit that first published that number: the oldest span may have begun earlier.
    Published(VersionNumber),
}

/// A time during which a pointer did not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// What was live.
    pub lived: Lived,
    /// The commit that began it; `None` for the oldest one.
    pub commit: Option<CommitId>,
}

/// What was live of a resource in an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lived {
    /// Nothing, since there was no such environment.
    NoEnvironment,
    /// Nothing.
    Nothing,
    /// That version.
    Number(VersionNumber),
}

/// Who made the step with which a pointer came to name what it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The author of the commit that did so; where a merge brought it, of one of its other side. `None`: unknown.
    pub author: Option<Identity>,
    /// The own time of the commit of the first-parent line.
    pub at: Timestamp,
    /// Why, in a line, as far as the commit's message says more than its subject.
    pub reason: Option<String>,
}

/// What a mark holds for: bytes, or a number that was never published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Marked {
    Bytes(ContentId),
    Number(VersionNumber),
}

impl Lived {
    /// What is live where there is an environment.
    pub fn of(live: Option<VersionNumber>) -> Self {
        live.map_or(Self::Nothing, Self::Number)
    }

    fn number(self) -> Option<VersionNumber> {
        match self {
            Self::Number(number) => Some(number),
            Self::Nothing | Self::NoEnvironment => None,
        }
    }
}

impl Lifeline {
    /// Reports whether it goes back to the commit that first published `number`.
    pub fn reaches(&self, number: VersionNumber) -> bool {
        match self.until {
            Until::Beginning => true,
            Until::Published(published) => published <= number,
        }
    }

    /// Returns the commit that rolled `number` back last, if it is still marked after the newest span; `content` says which
    /// bytes a version has, for which a mark holds.
    ///
    /// A return to a version marks all that were live here after its last stretch began, and the removal of a first release
    /// marks that. Any move to a marked version clears the mark, and marks nothing: it is no return. If that is what was live
    /// right before the return, the return is undone, and all that it marked is cleared. An environment that is deleted marks
    /// nothing, and leaves the marks that there are.
    ///
    /// # Errors
    ///
    /// The number to whose publication the lifeline has to go back before that can be told.
    pub fn rolled_back(
        &self,
        number: VersionNumber,
        content: impl Fn(VersionNumber) -> Option<ContentId>,
    ) -> Result<Option<CommitId>, VersionNumber> {
        let bytes = |number| content(number).map_or(Marked::Number(number), Marked::Bytes);
        let wanted = bytes(number);
        let mut marks: BTreeMap<Marked, CommitId> = BTreeMap::new();
        let mut further: BTreeSet<VersionNumber> = BTreeSet::new();
        // What was live in the environment so far, oldest first, and whether that begins where the environment did.
        let (mut past, mut begun): (Vec<Lived>, bool) = (Vec::new(), false);
        // What began the span before.
        let mut last_step: Option<CommitId> = None;
        for span in self.spans.iter().rev() {
            if span.lived == Lived::NoEnvironment {
                (past, begun) = (Vec::new(), true);
                continue;
            }
            if let Some(commit) = span.commit {
                let before = past.last().and_then(|lived| lived.number());
                match (before, span.lived.number()) {
                    (Some(removed), None) => {
                        let followed = past.len().checked_sub(2).map(|index| past[index]);
                        if followed.is_none_or(|followed| followed == Lived::Nothing) {
                            marks.insert(bytes(removed), commit);
                        }
                    }
                    (None, None) => {}
                    (before, Some(to)) => {
                        let mark = marks.remove(&bytes(to));
                        let cleared = mark.is_some();
                        let before_that = past.len().checked_sub(2).map(|index| past[index]);
                        if cleared && mark == last_step && before_that == Some(span.lived) {
                            marks.retain(|_, by| Some(*by) != mark);
                        }
                        let last = past.iter().rposition(|lived| *lived == span.lived);
                        match last {
                            Some(last) if before.is_some() && !cleared => {
                                let undone = past[last..].iter().filter_map(|lived| lived.number());
                                let undone =
                                    undone.map(bytes).filter(|undone| *undone != bytes(to));
                                marks.extend(undone.map(|undone| (undone, commit)));
                            }
                            // It may have been live before the lifeline begins, if it was published by then.
                            None if before.is_some()
                                && !begun
                                && !self.reaches(to)
                                && past
                                    .iter()
                                    .filter_map(|lived| lived.number())
                                    .any(|lived| bytes(lived) == wanted) =>
                            {
                                further.insert(to);
                            }
                            _ => {}
                        }
                    }
                }
            }
            past.push(span.lived);
            last_step = span.commit;
        }
        match further.first() {
            Some(number) => Err(*number),
            None => Ok(marks.get(&wanted).copied()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lifeline of numbers, oldest first: 0 is nothing, -1 no environment. The span at an index began with the commit of that
    /// number.
    fn lifeline(lived: &[i64], until: Until) -> Lifeline {
        let span = |(index, lived): (usize, &i64)| Span {
            lived: match u32::try_from(*lived).map(VersionNumber::new) {
                Err(_) => Lived::NoEnvironment,
                Ok(live) => Lived::of(live),
            },
            commit: (index > 0).then(|| commit(index)),
        };
        let mut spans: Vec<Span> = lived.iter().enumerate().map(span).collect();
        spans.reverse();
        Lifeline { spans, until }
    }

    fn commit(index: usize) -> CommitId {
        CommitId::from_bytes([u8::try_from(index).unwrap(); 20])
    }

    /// Every version has bytes of its own, but 9 those of 2.
    fn content(number: VersionNumber) -> Option<ContentId> {
        let byte = match number.value() {
            9 => 2,
            number => u8::try_from(number).unwrap(),
        };
        Some(ContentId::from_bytes([byte; 20]))
    }

    #[test]
    fn marks_follow_from_what_was_live() {
        type Row<'a> = (&'a str, &'a [i64], &'a [(u32, usize)]);
        let rows: &[Row<'_>] = &[
            ("moves forward mark nothing", &[-1, 0, 1, 2, 3], &[]),
            (
                "a return marks what it undoes",
                &[-1, 0, 1, 2, 1],
                &[(2, 4), (9, 4)],
            ),
            (
                "over several versions all of them",
                &[-1, 0, 1, 2, 3, 1],
                &[(2, 5), (3, 5), (9, 5)],
            ),
            (
                "then the middle one is no return",
                &[-1, 0, 1, 2, 3, 1, 2],
                &[(3, 5)],
            ),
            (
                "a return that is taken back leaves no mark",
                &[-1, 0, 1, 2, 3, 1, 3],
                &[],
            ),
            (
                "but what another return marked stays marked",
                &[-1, 0, 1, 2, 1, 3, 1, 3],
                &[(2, 4), (9, 4)],
            ),
            (
                "newer versions stay as they are",
                &[-1, 0, 1, 2, 1, 4],
                &[(2, 4), (9, 4)],
            ),
            (
                "a version that was never live here is no return",
                &[-1, 0, 3, 1],
                &[],
            ),
            (
                "a move to a marked version clears the mark and marks nothing",
                &[-1, 0, 1, 2, 1, 2],
                &[],
            ),
            (
                "and what follows counts again",
                &[-1, 0, 1, 2, 1, 2, 1],
                &[(2, 6), (9, 6)],
            ),
            (
                "the same bytes under another number",
                &[-1, 0, 1, 2, 1, 9],
                &[],
            ),
            (
                "a first release that is taken away",
                &[-1, 0, 1, 0],
                &[(1, 3)],
            ),
            ("a later release that is taken away", &[-1, 0, 1, 2, 0], &[]),
            (
                "what comes back after nothing is no return",
                &[-1, 0, 1, 2, 0, 1],
                &[],
            ),
            (
                "an environment that is deleted leaves the marks",
                &[-1, 0, 1, 2, 1, -1, 0],
                &[(2, 4), (9, 4)],
            ),
            ("and marks nothing", &[-1, 0, 1, -1, 0], &[]),
            (
                "one that is made anew has no past",
                &[-1, 0, 1, 3, -1, 0, 3, 1],
                &[],
            ),
            (
                "an environment that comes with a marked version clears the mark",
                &[-1, 0, 1, 2, 1, -1, 2],
                &[],
            ),
        ];
        for (why, lived, marked) in rows {
            let lifeline = lifeline(lived, Until::Beginning);
            let found: Vec<(u32, usize)> = (1..=9)
                .filter_map(|number| {
                    let mark = lifeline
                        .rolled_back(VersionNumber::new(number).unwrap(), content)
                        .unwrap()?;
                    Some((number, (0..9).find(|index| commit(*index) == mark)?))
                })
                .collect();
            assert_eq!(found, *marked, "{why}");
        }
    }

    #[test]
    fn a_return_to_what_was_live_before_the_lifeline_begins_asks_for_more() {
        let number = |number| VersionNumber::new(number).unwrap();
        let until = Until::Published(number(4));
        // Of 5, which was published after the lifeline begins, and of 2, which was published before.
        let cut = |to| lifeline(&[3, 4, to], until).rolled_back(number(4), content);
        assert_eq!(cut(5), Ok(None));
        assert_eq!(cut(3), Ok(Some(commit(2))));
        assert_eq!(cut(2), Err(number(2)));
        // What was never live needs no more.
        assert_eq!(
            lifeline(&[3, 2], until).rolled_back(number(4), content),
            Ok(None)
        );
    }
}
