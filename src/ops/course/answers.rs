//! What is asked about the course of an environment.

use super::Course;
use crate::model::{Resource, VersionNumber};
use crate::ops::ReadError;
use crate::ops::line::TimedLine;
use crate::ops::trail::Trail;
use crate::policy::{Lifeline, Lived, Reach, Span, Timeline, Until};
use crate::store::{ProjectFolder, Store};

/// How many commits the search for the publication of a version goes back at first.
const STRIDE: usize = 16;

impl Course {
    /// Returns since when `resource` has had its version at the end of the past, `places` before
    /// the tip, as far back as `reaches` ask.
    pub(in crate::ops) fn follow(
        &mut self,
        store: &Store,
        line: &TimedLine,
        places: usize,
        (resource, reaches): (&Resource, &[Reach]),
    ) -> Result<Timeline, ReadError> {
        let mut trail = Trail::new(reaches, self.live_at(places, resource));
        // If the environment does not exist and did not before, no change will ever be found. The
        // answer is complete after one step instead of after the whole history.
        if !self.exists_at(places) {
            self.look_back_to(store, line, places + 1)?;
            if !self.exists_at(places + 1)
                && let Some(newer) = line.get(places)
            {
                trail.step(newer, None);
            }
        }
        let mut next = places;
        while !trail.done {
            // Changes that are known already are used first. Only when they are used up does the
            // part that was read grow, and only to the next commit that changed something.
            match self.change_since(next, resource) {
                Some((place, then)) => {
                    if let Some(newer) = line.get(place) {
                        trail.step(newer, then);
                    }
                    next = place + 1;
                }
                None if self.look_back(store, line, usize::MAX)? => {}
                None => {
                    // The beginning of the history ends the past like a commit that created the
                    // environment.
                    if let Some(oldest) = line.get(self.oldest.index()) {
                        trail.step(oldest, None);
                    }
                    break;
                }
            }
        }
        Ok(trail.timeline)
    }

    /// Returns what was live of `resource` in every environment of this name, from the end of the
    /// past, `places` before the tip, back beyond the commit that first published `number`, whose
    /// file is `version`.
    pub(in crate::ops) fn lifeline(
        &mut self,
        store: &Store,
        line: &TimedLine,
        places: usize,
        (resource, number, version): (&Resource, VersionNumber, &str),
    ) -> Result<Lifeline, ReadError> {
        // 1. Before the version was published nobody could make it live, so the search ends there.
        //    Looking for its file costs more than a step, so the strides double. They start at the
        //    end of the past, so the result does not depend on what was read before.
        let (mut end, mut stride) = (places, STRIDE);
        let until = loop {
            self.look_back_to(store, line, end)?;
            let oldest = self.oldest.index();
            let Some((commit, _)) = line.get(end).filter(|_| end <= oldest) else {
                end = oldest;
                break Until::Beginning;
            };
            if store.file(commit, self.folder_at(end), version)?.is_none() {
                break Until::Published(number);
            }
            end = end.saturating_add(stride);
            stride = stride.saturating_mul(2);
        };
        // 2. The live version may have changed with each commit that changed the pointer, and with
        //    each that created or deleted the environment.
        let changes = self.changes.get(resource).into_iter().flatten();
        let changes = changes.map(|(place, _)| *place);
        let existence = self.existence.iter().map(|(place, _)| *place);
        let mut at: Vec<usize> = changes
            .chain(existence)
            .filter(|place| (places..end).contains(place))
            .collect();
        at.sort_unstable();
        at.dedup();
        let mut spans = Vec::new();
        let mut lived = self.lived_at(places, resource);
        for place in at {
            let before = self.lived_at(place + 1, resource);
            if before != lived {
                let commit = line.get(place).map(|(commit, _)| commit);
                spans.push(Span { lived, commit });
                lived = before;
            }
        }
        // 3. Before the first commit nothing was live.
        let first = line.get(end).filter(|_| until == Until::Beginning);
        let commit = first.map(|(commit, _)| commit);
        spans.push(Span { lived, commit });
        spans.extend(commit.map(|_| Span {
            lived: Lived::NoEnvironment,
            commit: None,
        }));
        Ok(Lifeline { spans, until })
    }

    /// Returns the project's folder in the commit at `place`, within the part that was read.
    fn folder_at(&self, place: usize) -> &ProjectFolder {
        let mut until = self.folders.iter();
        until
            .find(|(last, _)| place <= *last)
            .map_or(self.oldest.folder(), |(_, folder)| folder)
    }

    fn lived_at(&self, place: usize, resource: &Resource) -> Lived {
        if self.exists_at(place) {
            Lived::of(self.live_at(place, resource))
        } else {
            Lived::NoEnvironment
        }
    }

    /// Returns the newest commit at or before `place` that changed the version of `resource` or
    /// ended its past, and the version before. The outer `None` means that the environment did not
    /// exist.
    fn change_since(
        &self,
        place: usize,
        resource: &Resource,
    ) -> Option<(usize, Option<Option<VersionNumber>>)> {
        let of_pointer = self.changes.get(resource).and_then(|changes| {
            let at = changes.partition_point(|(at, _)| *at < place);
            changes.get(at).copied()
        });
        let from = self.existence.partition_point(|(at, _)| *at < place);
        let mut created = self.existence.iter().skip(from);
        let created = created.find(|(_, before)| !before).map(|(at, _)| *at);
        // The environment's creation ends the past of its pointers, even if a pointer of an earlier
        // environment with the same slug is older: that one was deleted, and has nothing to do with
        // this one.
        match (of_pointer, created) {
            (Some((at, before)), Some(created)) if at < created => Some((at, Some(before))),
            (_, Some(created)) => Some((created, None)),
            (Some((at, before)), None) => Some((at, Some(before))),
            (None, None) => None,
        }
    }

    /// Returns the version of `resource` in the commit at `place`, within the part that was read.
    fn live_at(&self, place: usize, resource: &Resource) -> Option<VersionNumber> {
        // Each change records the version before it. So the version at a place is what the next
        // newer change recorded, or the one at the newest end if there was none since.
        let newer = self.changes.get(resource).and_then(|changes| {
            let at = changes.partition_point(|(at, _)| *at < place);
            changes.get(at.checked_sub(1)?)
        });
        match newer {
            Some((_, before)) => *before,
            None => self.at_newest.as_ref()?.get(resource).copied(),
        }
    }

    fn exists_at(&self, place: usize) -> bool {
        let at = self.existence.partition_point(|(at, _)| *at < place);
        match at
            .checked_sub(1)
            .and_then(|newer| self.existence.get(newer))
        {
            Some((_, before)) => *before,
            None => self.at_newest.is_some(),
        }
    }
}
