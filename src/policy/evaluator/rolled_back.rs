//! Marks on versions that were rolled back, and who may take one back.

use jiff::{SignedDuration, Timestamp};

use super::Evaluator;
use crate::model::{CommitId, Entry, Move, Project, Version, VersionNumber};
use crate::policy::facts::Question;
use crate::policy::lifeline::Made;
use crate::policy::timeline::Reach;

/// How long the author of a return may undo it, from the commit that made it: long enough to notice a
/// rollback of the wrong resource, too short to serve as a way around approval.
const TAKE_BACK: SignedDuration = SignedDuration::from_hours(1);

/// The mark on a version that was rolled back.
#[derive(Clone, Debug)]
pub(in crate::policy) struct RolledBack {
    /// The commit of the first-parent line that rolled it back last.
    pub(in crate::policy) commit: CommitId,
    /// Who did that, when and why; `None` until the question is answered.
    pub(in crate::policy) made: Option<Made>,
}

/// Returns how long before `now` it was `then`, in words: `4 min ago`.
fn ago(then: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(then).as_mins();
    let (hours, days) = (minutes / 60, minutes / (24 * 60));
    match (days, hours, minutes) {
        (0, 0, minutes) if minutes < 1 => "just now".to_owned(),
        (0, 0, minutes) => format!("{minutes} min ago"),
        (0, hours, _) => format!("{hours} h ago"),
        (1, ..) => "1 day ago".to_owned(),
        (days, ..) => format!("{days} days ago"),
    }
}

impl<'a> Evaluator<'a> {
    /// Returns the mark on `number` where `moved` would bring it: it was rolled back there and has not come
    /// back since.
    pub(in crate::policy) fn rolled_back(
        &mut self,
        moved: &Move,
        number: VersionNumber,
    ) -> Option<RolledBack> {
        let step = self.step;
        let (environment, resource) = (&moved.environment, &moved.resource);
        let of = |project: &'a Project, number| -> Option<&'a Version> {
            project.versions.get(resource)?.get(&number)
        };
        let content = of(step.after, number).or(of(step.before, number))?.content;
        let published = step.before.versions.get(resource)?;
        // A mark holds for bytes: publishing the same text again under a new number must not remove
        // it. So the lifeline has to go back to the first number with these bytes. Versions that
        // come with this step do not count, since they were never live.
        let mut first = published
            .iter()
            .find(|(_, version)| version.content == content)
            .map(|(number, _)| *number)?;
        let bytes = |number| of(step.before, number).map(|version| version.content);
        // Reading a lifeline to the beginning of history would be slow in a large project. It is
        // asked for only as far back as the first publication of these bytes; `further` says that a
        // return in between went to an even older version, whose own stretch has to be known to say
        // what that return marked.
        loop {
            let version = of(step.before, first)?;
            self.knows(Question::Lifeline {
                environment: environment.clone(),
                resource: resource.clone(),
                published: (first, version.extension.clone()),
                advisory: !step.guards(moved),
            })
            .then_some(())?;
            let lifeline = step.facts.lifeline(environment, resource)?;
            match lifeline.rolled_back(first, bytes) {
                Ok(None) => return None,
                Ok(Some(commit)) => return Some(self.made(moved, commit)),
                // Without this arm the loop would not end: a number that is not older than what was
                // already read adds nothing.
                Err(further) if further >= first => return None,
                Err(further) => first = further,
            }
        }
    }

    /// Returns the mark that `commit` set where `moved` goes, with its author and reason as far as they are
    /// known.
    fn made(&mut self, moved: &Move, commit: CommitId) -> RolledBack {
        let (environment, resource) = (&moved.environment, &moved.resource);
        self.knows(Question::Made(
            commit,
            environment.clone(),
            resource.clone(),
        ));
        let made = self.step.facts.made(commit, environment, resource).cloned();
        RolledBack { commit, made }
    }

    /// Returns a clause that names what `moved` brings and says who rolled it back, when and why.
    pub(in crate::policy) fn rolled_back_clause(&self, moved: &Move, mark: &RolledBack) -> String {
        let what = moved.after.map_or_else(
            || moved.resource.to_string(),
            |number| moved.resource.at(number).to_string(),
        );
        let Some(made) = &mark.made else {
            return what;
        };
        let ago = ago(made.at, self.latest());
        let who = made
            .author
            .as_ref()
            .map_or("an unknown person", |author| author.name());
        let why = made
            .reason
            .as_ref()
            .map_or_else(String::new, |reason| format!(": {reason}"));
        format!(
            "{what} was rolled back in `{}` {ago} by {who}{why} ({})",
            moved.environment,
            mark.commit.short()
        )
    }

    /// Reports whether `moved` takes back the return or removal that set `mark`. Only the person who made it
    /// may, within [`TAKE_BACK`], and while it is the newest change of the pointer.
    ///
    /// A return is an emergency exit that needs no approval, so a slip in it must be as quick to correct. A
    /// bot may not: it would turn "rolled back" into a state that a pipeline undoes by itself. What a removal
    /// took away comes back as a first version, from which no rule exempts.
    pub(in crate::policy) fn may_take_back(&mut self, moved: &Move, mark: &RolledBack) -> bool {
        let step = self.step;
        let entry = Entry::Pointer(moved.environment.clone(), moved.resource.clone());
        let (Some(made), Some(actor)) = (&mark.made, step.actor(&entry)) else {
            return false;
        };
        let in_time = self.latest().duration_since(made.at) <= TAKE_BACK;
        let by_them = made
            .author
            .as_ref()
            .is_some_and(|author| step.is_same_person(author, actor));
        if !in_time || !by_them || step.is_bot(actor) {
            return false;
        }
        // One stretch is enough: if anything has moved since the return, it is not the current one
        // any more.
        let (reach, previous) = (Reach::Stretches(1), Some(moved.after));
        let timeline = self.timeline(&moved.environment, &moved.resource, reach);
        timeline.is_some_and(|timeline| {
            let newest = timeline.current().map(|stretch| stretch.commit);
            newest == Some(mark.commit) && timeline.previous() == previous
        })
    }
}
