use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::{CommitId, ContentId, Identity, VersionNumber};

/// What was live of one resource in one environment, through every environment that had the slug, newest
/// first.
///
/// A [timeline](super::Timeline) ends where the environment began. A lifeline goes on, so that nobody can
/// remove the mark of a rolled back version by deleting the environment and creating it again.
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
    /// To the commit that first published that number; the oldest span may have begun earlier.
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
    /// Nothing, since the environment did not exist.
    NoEnvironment,
    /// Nothing, although the environment existed.
    Nothing,
    /// That version.
    Number(VersionNumber),
}

/// Who moved a pointer to what it names now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The author of the commit that did so; if a merge brought it, of the commit on the merged branch.
    /// `None` if unknown.
    pub author: Option<Identity>,
    /// The date of the commit of the first-parent line.
    pub at: Timestamp,
    /// Why, in a line, if the commit's message has more than its subject.
    pub reason: Option<String>,
}

/// What a mark holds for: bytes, or a number that has no bytes because it was never published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Marked {
    Bytes(ContentId),
    Number(VersionNumber),
}

impl Lived {
    /// Returns what is live in an environment that exists.
    pub fn of(live: Option<VersionNumber>) -> Self {
        live.map_or(Self::Nothing, Self::Number)
    }

    /// Returns the version that is live, if one is.
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

    /// Returns the commit that rolled `number` back last, if the mark still holds after the newest span.
    /// `content` returns the bytes of a version, which is what a mark holds for.
    ///
    /// A return to a version marks all that were live here after its last stretch began, and the removal of a
    /// first release marks that release. Any move to a marked version clears the mark and marks nothing, so
    /// it is not a return. If the marked version is what was live right before the return, the return is
    /// undone, and all marks that it set are cleared. Deleting an environment sets no mark and clears none.
    ///
    /// # Errors
    ///
    /// The number back to whose publication the lifeline has to go before this can be determined.
    pub fn rolled_back(
        &self,
        number: VersionNumber,
        content: impl Fn(VersionNumber) -> Option<ContentId>,
    ) -> Result<Option<CommitId>, VersionNumber> {
        let bytes = |number| content(number).map_or(Marked::Number(number), Marked::Bytes);
        let wanted = bytes(number);
        let mut marks: BTreeMap<Marked, CommitId> = BTreeMap::new();
        // Returns to versions whose own stretch is not in the lifeline yet: what they marked is not
        // known.
        let mut further: BTreeSet<VersionNumber> = BTreeSet::new();
        // What was live in the environment so far, oldest first, and whether the lifeline contains
        // its beginning.
        let (mut past, mut begun): (Vec<Lived>, bool) = (Vec::new(), false);
        // The commit that began the previous span, to recognize a return that is undone at once.
        let mut last_step: Option<CommitId> = None;
        // Marks are replayed forward in time; spans are stored newest first.
        for span in self.spans.iter().rev() {
            if span.lived == Lived::NoEnvironment {
                // A deleted environment cannot be returned to, so its past is forgotten, but its
                // marks stay.
                (past, begun) = (Vec::new(), true);
                continue;
            }
            // The oldest span has no commit: it is where knowledge begins and not a move.
            if let Some(commit) = span.commit {
                let before = past.last().and_then(|lived| lived.number());
                match (before, span.lived.number()) {
                    (Some(removed), None) => {
                        // Only the removal of a first release counts as rolling it back. Where
                        // something was live before, going back means returning to that; a removal
                        // then merely retires the resource.
                        let followed = past.len().checked_sub(2).map(|index| past[index]);
                        if followed.is_none_or(|followed| followed == Lived::Nothing) {
                            marks.insert(bytes(removed), commit);
                        }
                    }
                    // An environment begins, without the resource.
                    (None, None) => {}
                    (before, Some(to)) => {
                        let mark = marks.remove(&bytes(to));
                        let cleared = mark.is_some();
                        let before_that = past.len().checked_sub(2).map(|index| past[index]);
                        // The mark was set by the previous step, and this one leads to where that
                        // came from: so it is the undo of that very return, and its other marks go
                        // as well. An older mark is cleared alone.
                        if cleared && mark == last_step && before_that == Some(span.lived) {
                            marks.retain(|_, by| Some(*by) != mark);
                        }
                        let last = past.iter().rposition(|lived| *lived == span.lived);
                        match last {
                            // The last stretch counts: everything after it is what the return
                            // abandons. A pointer that was empty does not return, and neither does
                            // a move that only cleared a mark.
                            Some(last) if before.is_some() && !cleared => {
                                let undone = past[last..].iter().filter_map(|lived| lived.number());
                                let undone =
                                    undone.map(bytes).filter(|undone| *undone != bytes(to));
                                marks.extend(undone.map(|undone| (undone, commit)));
                            }
                            // It may have been live before the lifeline begins, if it was published
                            // by then. That matters only if the wanted bytes were live since, as
                            // only those could have been marked by it.
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
        // Marks cannot be trusted while a return is unexplained. The oldest number reaches
        // furthest, so one more round answers all.
        match further.first() {
            Some(number) => Err(*number),
            None => Ok(marks.get(&wanted).copied()),
        }
    }
}

#[cfg(test)]
mod tests;
