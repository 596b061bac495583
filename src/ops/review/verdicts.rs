use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::past::{Past, unless_shallow};
use crate::diag::Code;
use crate::model::{Changes, CommitId, EnvironmentSlug, Identity, Move, PolicyKey, Project};
use crate::ops::account::released;
use crate::ops::inquiry::Inquiry;
use crate::ops::{Account, ReadError, Session, View};
use crate::policy::{
    Judged, MoveKind, Outcome, Question, Reach, Release, Step, asked_moves, dwelling_places, judge,
    longest_dwell,
};
use crate::store::CommitRecord;

/// A pointer that moves, or is requested to.
#[derive(Clone, Debug)]
pub struct ReviewedMove {
    /// The move.
    pub moved: Move,
    /// How long the version has been live where that counts.
    pub dwell: Dwell,
    /// What the policy of its environment says.
    pub ruling: Ruling,
    /// Who made it, who asked for it, and why, if a commit in between made it and history shows it.
    pub account: Option<Account>,
}

impl ReviewedMove {
    /// Returns the request and the approval in between, if the policy requires an approval that the
    /// step as a whole does not show. A squash of both would lose it.
    pub fn approved_within(&self) -> Option<&Account> {
        let approved = |account: &&Account| account.request.is_some();
        let account = self.account.as_ref().filter(approved);
        account.filter(|_| lacks_approval(&self.ruling))
    }
}

/// How long a version has been live where that counts: in the required source, or else in another
/// environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dwell {
    /// Since then.
    Live {
        /// The environment; of several, that in which it has been live the longest.
        source: EnvironmentSlug,
        /// Since when.
        since: Timestamp,
        /// The commit that made it so.
        commit: CommitId,
    },
    /// It is not live in an environment that counts.
    Nowhere,
    /// History is cut off.
    Unknown,
}

/// What the policy says about a move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// These verdicts.
    Judged(Judged),
    /// Unknown, because history is cut off.
    Unknown,
    /// There is no policy to judge by: the project is new, or the environment is removed with its
    /// pointers.
    Unjudged,
}

impl Ruling {
    /// Returns the overall outcome of the verdicts, or `None` if there are none.
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Judged(judged) => Some(judged.outcome()),
            Self::Unknown | Self::Unjudged => None,
        }
    }
}

/// Evaluates the step between two states with the one judge.
pub(super) struct ReviewEvaluator<'s> {
    before: &'s Project,
    after: &'s Project,
    at: Timestamp,
    inquiry: Inquiry<'s>,
    past: Past<'s>,
    changes: Changes,
    releases: BTreeMap<EnvironmentSlug, Release>,
    /// The commits in between that did it, where that had to be found out.
    deciders: BTreeMap<EnvironmentSlug, CommitId>,
}

impl<'s> ReviewEvaluator<'s> {
    pub(super) fn new(
        session: &'s Session,
        from: &'s View,
        to: &'s View,
        at: Timestamp,
        changes: Changes,
    ) -> Self {
        let (before, after) = (&from.state.project, &to.state.project);
        Self {
            inquiry: Inquiry::new(&session.store, &from.folder, Some(from.commit)),
            past: Past::new(session, from.commit, to.commit),
            releases: released(before, after, &changes).into_iter().collect(),
            deciders: BTreeMap::new(),
            before,
            after,
            at,
            changes,
        }
    }

    /// Returns what happens to the pending release of `slug`, once its moves are reviewed.
    pub(super) fn release(&self, slug: &EnvironmentSlug) -> Option<&Release> {
        self.releases.get(slug)
    }

    /// Returns the commit that requested the pending release of `slug`, or else closed it.
    pub(super) fn decision(
        &self,
        slug: &EnvironmentSlug,
    ) -> Result<Option<CommitRecord>, ReadError> {
        if self.after.pending.contains_key(slug) {
            return self.past.request(slug);
        }
        let decider = self.deciders.get(slug);
        let record = decider.map(|commit| self.past.commit(*commit));
        record.transpose()
    }

    /// Returns the pointers of `slug` that move, and the moves that its release requests.
    pub(super) fn reviewed(
        &mut self,
        slug: &EnvironmentSlug,
    ) -> Result<(Vec<ReviewedMove>, Vec<ReviewedMove>), ReadError> {
        let moves: Vec<Move> = self
            .changes
            .moves
            .iter()
            .filter(|moved| moved.environment == *slug)
            .cloned()
            .collect();
        let release = self.releases.get(slug).cloned();
        let Some(release) = release else {
            let mut accounts = self.past.accounts(slug, &moves)?;
            let each = moves.into_iter().map(|moved| {
                let judged = self.judged(slug, std::slice::from_ref(&moved), None)?;
                let account = accounts.remove(&moved.resource);
                self.one(moved, judged.as_deref(), is_made, account)
            });
            return Ok((each.collect::<Result<_, _>>()?, Vec::new()));
        };
        // A release is judged as a whole. One of its moves alone would be another step, which the
        // request does not cover.
        let approver = match &release {
            Release::Approved(moves) => self.past.approver(moves)?,
            _ => None,
        };
        let judged = self.judged(slug, &moves, approver.as_ref())?;
        // Several commits taken for one hide an orderly decision behind what else they move.
        let within = match release {
            Release::Tampered(_) | Release::Closed(_) => self.past.release(slug)?,
            _ => None,
        };
        let release = match within {
            Some((within, commit)) => {
                self.releases.insert(slug.clone(), within.clone());
                self.deciders.insert(slug.clone(), commit);
                within
            }
            None => release,
        };
        let asked = match release {
            Release::Approved(asked) => {
                let made = self.each(moves, judged.as_deref(), is_made)?;
                let approved = made.iter().filter(|one| asked.contains(&one.moved));
                let approved = approved.cloned().collect();
                return Ok((made, approved));
            }
            Release::Requested { moves, .. } | Release::Closed(moves) => moves,
            Release::Tampered(_) => self
                .after
                .pending
                .get(slug)
                .map_or_else(Vec::new, |asked| asked_moves(slug, asked)),
            Release::Direct(_) | Release::Past(_) => Vec::new(),
        };
        let made = self.each(moves, judged.as_deref(), is_made)?;
        let asked = self.each(asked, judged.as_deref(), |kind| !is_made(kind))?;
        Ok((made, asked))
    }

    fn each(
        &mut self,
        moves: Vec<Move>,
        judged: Option<&[Judged]>,
        came: fn(MoveKind) -> bool,
    ) -> Result<Vec<ReviewedMove>, ReadError> {
        let made = moves.first().map(|moved| moved.environment.clone());
        let mut accounts = match made.filter(|_| came(MoveKind::Direct)) {
            Some(slug) => self.past.accounts(&slug, &moves)?,
            None => HashMap::new(),
        };
        moves
            .into_iter()
            .map(|moved| {
                let account = accounts.remove(&moved.resource);
                self.one(moved, judged, came, account)
            })
            .collect()
    }

    /// Returns what is known about one move, which was made in a way that `came` accepts.
    fn one(
        &mut self,
        moved: Move,
        judged: Option<&[Judged]>,
        came: fn(MoveKind) -> bool,
        account: Option<Account>,
    ) -> Result<ReviewedMove, ReadError> {
        let found = |judged: &&Judged| judged.moved == moved && came(judged.kind);
        let ruling = match judged.map(|judged| judged.iter().find(found)) {
            None => Ruling::Unknown,
            Some(None) => Ruling::Unjudged,
            Some(Some(judged)) => Ruling::Judged(judged.clone()),
        };
        Ok(ReviewedMove {
            dwell: self.dwell(&moved)?,
            ruling,
            account,
            moved,
        })
    }

    /// Returns what the policy of `slug` says about the step, of which only `moves` and the
    /// environment's own release are considered. Returns `None` if history is cut off.
    fn judged(
        &mut self,
        slug: &EnvironmentSlug,
        moves: &[Move],
        author: Option<&Identity>,
    ) -> Result<Option<Vec<Judged>>, ReadError> {
        // Policies judge only steps of a project that existed before.
        if !self.before.exists {
            return Ok(Some(Vec::new()));
        }
        let (before, after, at) = (
            waiting_only(self.before, slug),
            waiting_only(self.after, slug),
            self.at,
        );
        let changes = Changes {
            moves: moves.to_vec(),
            ..Changes::default()
        };
        unless_shallow(
            self.inquiry
                .ask(|facts| judge(&Step::live((&before, &after), &changes, author, at, facts))),
        )
    }

    fn dwell(&mut self, moved: &Move) -> Result<Dwell, ReadError> {
        let there = |project: &'s Project| project.environments.get(&moved.environment);
        // The policy before the step comes first, as for the judge: a step cannot lift the rule
        // that it is judged by.
        let environment = there(self.before).or_else(|| there(self.after));
        let (Some(number), Some(environment)) = (moved.after, environment) else {
            return Ok(Dwell::Nowhere);
        };
        let required = environment
            .policy
            .demands(moved.resource.kind)
            .source(PolicyKey::RequiredSource);
        let places = dwelling_places(self.before, moved, number, required);
        let question = |place: &&EnvironmentSlug| Question::Live {
            environment: (*place).clone(),
            resource: moved.resource.clone(),
            reach: Reach::Stretches(1),
        };
        let open = places
            .iter()
            .map(question)
            .filter(|question| !self.inquiry.facts().answer(question));
        let open: Vec<Question> = open.collect();
        if unless_shallow(self.inquiry.answer(&open))?.is_none() {
            return Ok(Dwell::Unknown);
        }
        Ok(match longest_dwell(self.inquiry.facts(), &places, moved) {
            None => Dwell::Nowhere,
            Some((source, stretch)) => Dwell::Live {
                source,
                since: stretch.since,
                commit: stretch.commit,
            },
        })
    }
}

/// Reports whether a move is made, and not only requested.
fn is_made(kind: MoveKind) -> bool {
    kind != MoveKind::Requested
}

/// Reports whether a required approval is missing.
fn lacks_approval(ruling: &Ruling) -> bool {
    let Ruling::Judged(judged) = ruling else {
        return false;
    };
    judged
        .verdicts
        .iter()
        .any(|verdict| verdict.rule == Code::APPROVAL && !verdict.passes())
}

/// Returns `project` as if only `slug` had a pending release, so that the judge is not asked about
/// others.
fn waiting_only<'p>(project: &'p Project, slug: &EnvironmentSlug) -> Cow<'p, Project> {
    if project.pending.keys().all(|waiting| waiting == slug) {
        return Cow::Borrowed(project);
    }
    let mut project = project.clone();
    project.pending.retain(|waiting, _| waiting == slug);
    Cow::Owned(project)
}
