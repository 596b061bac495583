use jiff::Timestamp;

use super::inquiry::Inquiry;
use super::line::own_time_after;
use super::{ReadError, Session, View};
use crate::diag::Code;
use crate::model::{Changes, CommitId, Identity, Move, PolicyKey, Project};
use crate::plan::{Outlook, Plan, outlook, settle};
use crate::policy::{Judged, Outcome, Question, Reach, Step, Verdict, judge};
use crate::store::{ProjectFolder, StoreError};

/// What the policies say about a plan, move by move, and what carrying it out would lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The moment that it is for. Never before the effective time of the commit.
    pub at: Timestamp,
    /// Every move with what every rule says about it.
    pub judged: Vec<Judged>,
    /// What carrying out the plan would lead to.
    pub outlook: Outlook,
}

impl Explanation {
    /// Returns the moves that lack nothing, or only an approval.
    pub fn eligible(&self) -> impl Iterator<Item = &Judged> {
        self.judged.iter().filter(|judged| {
            matches!(
                judged.outcome(),
                Outcome::Pass | Outcome::Warn | Outcome::Wait(None)
            )
        })
    }
}

/// Returns what the policies say about `plan`, made on `view`, as they would judge it at the moment
/// `at`, or at the time of the commit if that is `None`.
///
/// If the plan asks for exactly what is pending already, its moves are judged as if nothing were
/// pending. That is the verdict that an approval has to pass.
///
/// # Errors
///
/// When history is needed and shallow, altered, or cannot be read.
pub fn explain(
    session: &Session,
    view: &View,
    plan: &Plan,
    at: Option<Timestamp>,
) -> Result<Explanation, ReadError> {
    let mut inquiry = Inquiry::new(&session.store, &view.folder, Some(view.commit));
    let project = &view.state.project;
    prove(&mut inquiry, project, plan)?;
    let at = match at {
        // As a write at that moment would be dated.
        Some(at) => own_time_after(&session.store, Some(view.commit), (at, session.now))?,
        None => session.store.commit(view.commit)?.committer.at,
    };
    let mut judged = verdicts(&mut inquiry, project, &plan.moves, (None, at))?;
    // What cannot be asked for like that is explained as what it would be.
    let settled = settle(project, plan.clone(), &judged).unwrap_or_else(|_| plan.clone());
    let outlook = outlook(plan, &settled, &judged);
    if outlook == Outlook::Requested {
        judged = verdicts(
            &mut inquiry,
            &without_releases(project, plan),
            &plan.moves,
            (None, at),
        )?;
    }
    Ok(Explanation {
        at,
        judged,
        outlook,
    })
}

/// Returns those of `moves` at `view` that would bring back what was rolled back, each with what the rule says of it if
/// `author` made them now. In a shallow clone this is unknown, and none are returned.
///
/// # Errors
///
/// When history cannot be read.
pub fn rolled_back(
    session: &Session,
    view: &View,
    moves: &[Move],
    author: Option<&Identity>,
) -> Result<Vec<(Move, Verdict)>, ReadError> {
    let now = (session.now, session.now);
    let at = own_time_after(&session.store, Some(view.commit), now)?;
    let place = (&view.folder, view.commit);
    ComesBack::at(session, place, (author, at)).of(&view.state.project, moves)
}

/// Tells which moves at one commit would bring back what was rolled back; what it finds out is kept
/// from one question to the next.
pub(super) struct ComesBack<'s> {
    inquiry: Inquiry<'s>,
    author: Option<&'s Identity>,
    at: Timestamp,
}

impl<'s> ComesBack<'s> {
    /// Tells of moves on `commit` that `author` makes `at` a time.
    pub(super) fn at(
        session: &'s Session,
        (folder, commit): (&'s ProjectFolder, CommitId),
        (author, at): (Option<&'s Identity>, Timestamp),
    ) -> Self {
        Self {
            inquiry: Inquiry::new(&session.store, folder, Some(commit)),
            author,
            at,
        }
    }

    /// Returns those of `moves` in `project` that would bring back what was rolled back, each with
    /// what the rule says of it.
    pub(super) fn of(
        &mut self,
        project: &Project,
        moves: &[Move],
    ) -> Result<Vec<(Move, Verdict)>, ReadError> {
        let by = (self.author, self.at);
        let judged = match verdicts(&mut self.inquiry, project, moves, by) {
            Err(ReadError::Store(StoreError::Shallow { .. })) => Vec::new(),
            judged => judged?,
        };
        let of = |judged: Judged| {
            let mut verdicts = judged.verdicts.into_iter();
            let found = verdicts.find(|verdict| verdict.rule == Code::ROLLED_BACK)?;
            Some((judged.moved, found))
        };
        Ok(judged.into_iter().filter_map(of).collect())
    }
}

fn verdicts(
    inquiry: &mut Inquiry<'_>,
    project: &Project,
    moves: &[Move],
    (author, at): (Option<&Identity>, Timestamp),
) -> Result<Vec<Judged>, ReadError> {
    let changes = Changes {
        moves: moves.to_vec(),
        ..Changes::default()
    };
    inquiry.ask(|facts| judge(&Step::live((project, project), &changes, author, at, facts)))
}

fn without_releases(project: &Project, plan: &Plan) -> Project {
    let mut project = project.clone();
    for moved in &plan.moves {
        project.pending.remove(&moved.environment);
    }
    project
}

/// Finds the commits that show since when a version is live in the required source. Verdicts do not
/// need them, but readers do. In a shallow clone they cannot be found, and the verdicts are right
/// without them.
fn prove(inquiry: &mut Inquiry<'_>, project: &Project, plan: &Plan) -> Result<(), ReadError> {
    let questions: Vec<Question> = plan
        .moves
        .iter()
        .filter_map(|moved| since_when(project, moved))
        .collect();
    if questions.is_empty() {
        return Ok(());
    }
    match inquiry.answer(&questions) {
        Err(ReadError::Store(StoreError::Shallow { .. })) => Ok(()),
        answered => answered,
    }
}

fn since_when(project: &Project, moved: &Move) -> Option<Question> {
    let policy = &project.environments.get(&moved.environment)?.policy;
    let source = policy
        .demands(moved.resource.kind)
        .source(PolicyKey::RequiredSource)?;
    let live = project.live(source, &moved.resource);
    (live.is_some() && live == moved.after).then(|| Question::Live {
        environment: source.clone(),
        resource: moved.resource.clone(),
        reach: Reach::Stretches(1),
    })
}
