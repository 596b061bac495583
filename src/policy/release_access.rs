use super::access_check::AccessCheck;
use super::denial::Missing;
use super::facts::Question;
use super::release::Release;
use crate::model::{Entry, EnvironmentSlug, Move, Permission};

impl AccessCheck<'_> {
    /// Notes the denials of a release, by its kind.
    pub(super) fn release(&mut self, slug: &EnvironmentSlug, release: &Release) {
        match release {
            Release::Direct(moves) | Release::Past(moves) | Release::Tampered(moves) => {
                self.moves(moves);
            }
            Release::Requested { moves, beside } => {
                let entry = Entry::Pending(slug.clone());
                for moved in moves {
                    self.need(&entry, to_make(moved), Some(slug));
                }
                self.moves(beside);
            }
            Release::Approved(moves) => moves.iter().for_each(|moved| self.approval(moved)),
            Release::Closed(moves) => {
                let entry = Entry::Pending(slug.clone());
                // The requester may take back the request without the right to review it.
                let own = self.takes_back_its_own(&entry, slug);
                for moved in moves {
                    let mut any = vec![Permission::to_review(moved.resource.kind)];
                    any.extend(own.then(|| to_make(moved)));
                    self.need_one(&entry, any, Some(slug));
                }
                self.need_person_to_reject(&entry, slug);
            }
        }
    }

    /// Reports whether the person who removes the release in `slug` requested it.
    fn takes_back_its_own(&mut self, entry: &Entry, slug: &EnvironmentSlug) -> bool {
        let question = Question::Request(slug.clone());
        if !self.step.facts.answer(&question) {
            self.open.push(question);
        }
        let request = self.step.facts.request(slug);
        request
            .zip(self.step.actor(entry))
            .is_some_and(|(request, actor)| self.step.is_same_person(&request.author, actor))
    }

    fn moves(&mut self, moves: &[Move]) {
        for moved in moves {
            self.need(&entry_of(moved), to_make(moved), Some(&moved.environment));
        }
    }

    /// Notes the denials of an approved move: for the approver, and for the requester.
    fn approval(&mut self, moved: &Move) {
        let (entry, slug) = (entry_of(moved), &moved.environment);
        self.need(
            &entry,
            Permission::to_review(moved.resource.kind),
            Some(slug),
        );
        self.need_person(&entry, Some(slug));
        // A merge that takes the approval from a branch knows the request from there.
        let question = Question::Request(slug.clone());
        if self
            .step
            .origins
            .of_pointer(slug, &moved.resource)
            .is_none()
            && !self.step.facts.answer(&question)
        {
            self.open.push(question);
            return;
        }
        // Rights are checked when a change becomes live. A requester who has lost them since asks
        // for nothing.
        let requester = self
            .step
            .request(moved)
            .map(|request| request.author.clone());
        let needed = to_make(moved);
        if !self.may(requester.as_ref(), needed, Some(slug)) {
            self.note(
                &entry,
                requester,
                Missing::RequestersRight(needed),
                Some(slug),
            );
        }
    }
}

/// Returns the permission to make `moved`: going back may be granted separately.
fn to_make(moved: &Move) -> Permission {
    let back = moved
        .before
        .zip(moved.after)
        .is_some_and(|(before, after)| after < before);
    Permission::to_move(moved.resource.kind, back)
}

/// Returns the entry that `moved` changes.
fn entry_of(moved: &Move) -> Entry {
    Entry::Pointer(moved.environment.clone(), moved.resource.clone())
}
