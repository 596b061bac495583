use jiff::Timestamp;

use super::facts::{Facts, Question, Reach, Request, Timeline};
use super::origins::Origins;
use super::release::{Release, releases};
use super::source::{dwelling_places, longest_dwell};
use super::verdict::{Outcome, PolicyRule, Verdict, Why};
use crate::model::{
    Changes, CommitId, ContentId, Demands, Entry, EnvironmentSlug, Identity, Move, Policy, Project,
    Resource, TimeSpan, VersionNumber,
};

/// A step between two states, and what verdicts on its moves rest on.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The state whose policies and access judge: that before, unless the step is one of a branch that is not live yet.
    pub rules: &'a Project,
    /// The state before.
    pub before: &'a Project,
    /// The state after.
    pub after: &'a Project,
    /// What differs between the two.
    pub changes: &'a Changes,
    /// Who takes the step; none: nobody knows.
    pub author: Option<&'a Identity>,
    /// Who set what the step, being a merge, takes from its other sides.
    pub origins: &'a Origins,
    /// Which rules are judged.
    pub scope: Scope,
    /// Whether the project stands in another folder afterwards.
    pub moved: bool,
    /// The step's own time.
    pub at: Timestamp,
    /// What history says.
    pub facts: &'a Facts,
}

/// Which rules of a policy a step is judged by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All of them: what the step does becomes live with it.
    #[default]
    Live,
    /// Those about who asked and who approved. What the step does is not live yet: whether it may move is judged once it is.
    Branch,
}

impl<'a> Step<'a> {
    /// The step from `before` to `after` on the live line, which `author` takes at `at`.
    pub fn live(
        (before, after): (&'a Project, &'a Project),
        changes: &'a Changes,
        author: Option<&'a Identity>,
        at: Timestamp,
        facts: &'a Facts,
    ) -> Self {
        let (rules, origins, scope) = (before, Origins::none(), Scope::Live);
        Self {
            rules,
            before,
            after,
            changes,
            author,
            at,
            facts,
            origins,
            scope,
            moved: false,
        }
    }

    /// Who answers for `entry`.
    pub fn actor(&self, entry: &Entry) -> Option<&'a Identity> {
        self.origins
            .get(entry)
            .map_or(self.author, |origin| origin.author.as_ref())
    }

    /// Who asked for `moved`, which the step approves, as far as that is known.
    pub fn request(&self, moved: &Move) -> Option<&'a Request> {
        match self.origins.of_pointer(&moved.environment, &moved.resource) {
            Some(origin) => origin.request.as_ref(),
            None => self.facts.request(&moved.environment),
        }
    }

    /// Whether both are the same person: one address, or two of one member.
    fn is_same_person(&self, one: &Identity, other: &Identity) -> bool {
        let member = |who: &Identity| {
            self.rules
                .access
                .as_ref()?
                .member(who.email())
                .map(|(name, _)| name)
        };
        one.is_same_person(other) || member(one).is_some_and(|name| member(other) == Some(name))
    }
}

/// A move, how it comes about, and what every rule says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What moves, or is asked to.
    pub moved: Move,
    /// How.
    pub kind: MoveKind,
    /// A verdict for each rule that has something to say.
    pub verdicts: Vec<Verdict>,
}

impl Judged {
    /// Whether every rule is kept.
    pub fn passes(&self) -> bool {
        self.verdicts.iter().all(Verdict::passes)
    }

    /// What the verdicts come to together.
    pub fn outcome(&self) -> Outcome {
        self.verdicts
            .iter()
            .fold(Outcome::Pass, |decided, verdict| {
                decided.outranking(verdict.outcome)
            })
    }
}

/// How a move comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveKind {
    /// The pointer moves.
    Direct,
    /// The pointer moves while a release waits for approval.
    BypassingPending,
    /// The move is asked for.
    Requested,
    /// A move that was asked for is approved.
    Approved,
}

/// What the policies say of every move of `step`, and of every move that it asks for.
///
/// # Errors
///
/// The questions to history that have to be answered first.
pub fn judge(step: &Step<'_>) -> Result<Vec<Judged>, Vec<Question>> {
    let mut evaluator = Evaluator {
        step,
        open: Vec::new(),
    };
    let judged = releases(step)
        .into_iter()
        .flat_map(|(_, release)| evaluator.release(release))
        .collect();
    let mut open = evaluator.open;
    if open.is_empty() {
        return Ok(judged);
    }
    open.sort();
    open.dedup();
    Err(open)
}

/// Where verdicts are found; notes what it would have to know.
struct Evaluator<'a> {
    step: &'a Step<'a>,
    open: Vec<Question>,
}

impl Evaluator<'_> {
    fn release(&mut self, release: Release) -> Vec<Judged> {
        match release {
            Release::Direct(moves) | Release::Tampered(moves) => {
                self.moves(moves, MoveKind::Direct)
            }
            Release::Past(moves) => self.moves(moves, MoveKind::BypassingPending),
            Release::Requested { moves, beside } => {
                let asked = self.moves(moves, MoveKind::Requested);
                asked
                    .into_iter()
                    .chain(self.moves(beside, MoveKind::BypassingPending))
                    .collect()
            }
            Release::Approved(moves) => self.moves(moves, MoveKind::Approved),
            Release::Closed(_) => Vec::new(),
        }
    }

    fn moves(&mut self, moves: Vec<Move>, kind: MoveKind) -> Vec<Judged> {
        moves
            .into_iter()
            .map(|moved| Judged {
                verdicts: self.verdicts(&moved, kind),
                moved,
                kind,
            })
            .collect()
    }

    fn verdicts(&mut self, moved: &Move, kind: MoveKind) -> Vec<Verdict> {
        let step = self.step;
        let Some(policy) = policy_of(&moved.environment, step) else {
            return Vec::new();
        };
        let demands = policy.demands(moved.resource.kind);
        let mut verdicts = Vec::new();
        // Taking a pointer away is a question of approval only.
        if let Some(number) = moved.after.filter(|_| step.scope == Scope::Live) {
            verdicts.extend(
                demands
                    .required_source
                    .map(|source| self.required_source(moved, number, source)),
            );
            verdicts.extend(
                demands
                    .min_dwell
                    .map(|least| self.min_dwell(moved, number, demands, least)),
            );
            verdicts.extend(
                demands
                    .no_rollback_within
                    .map(|within| self.no_rollback(moved, number, within)),
            );
            verdicts.extend(
                demands
                    .same_variables
                    .then(|| self.same_variables(moved, number)),
            );
        }
        verdicts.extend(self.approval(moved, kind, demands));
        if kind == MoveKind::Approved && demands.separation_of_duties {
            verdicts.push(self.separation_of_duties(moved));
        }
        verdicts
    }

    fn required_source(
        &mut self,
        moved: &Move,
        number: VersionNumber,
        source: &EnvironmentSlug,
    ) -> Verdict {
        let live = self.step.before.live(source, &moved.resource);
        if live == Some(number) {
            let since = self
                .step
                .facts
                .timeline(source, &moved.resource)
                .and_then(Timeline::current);
            let why = Why::LiveInSource {
                source: source.clone(),
            };
            return verdict(
                PolicyRule::RequiredSource,
                Outcome::Pass,
                why,
                since.map(|stretch| stretch.commit),
            );
        }
        let not_there = Why::NotInSource {
            source: source.clone(),
            live,
        };
        self.unless_return(
            moved,
            number,
            PolicyRule::RequiredSource,
            Outcome::Refuse,
            not_there,
            None,
        )
    }

    fn min_dwell(
        &mut self,
        moved: &Move,
        number: VersionNumber,
        demands: Demands<'_>,
        least: TimeSpan,
    ) -> Verdict {
        let rule = PolicyRule::MinDwell;
        let project = self.step.before;
        let places = dwelling_places(project, moved, number, demands.required_source);
        for place in &places {
            self.timeline(place, &moved.resource, Reach::Stretches(1));
        }
        let Some((source, stretch)) = longest_dwell(self.step.facts, &places, moved) else {
            let why = match demands.required_source {
                Some(source) => Why::NotInSource {
                    source: source.clone(),
                    live: project.live(source, &moved.resource),
                },
                None => Why::LiveNowhereElse { least },
            };
            // Where it is live and nobody has looked since when, that has to be known first.
            return match places.is_empty() {
                true => self.unless_return(moved, number, rule, Outcome::Refuse, why, None),
                false => verdict(rule, Outcome::Refuse, why, None),
            };
        };
        let since = self.step.facts.counts_since(&stretch);
        let eligible = least.after(since);
        if eligible <= self.now() {
            let why = Why::Dwelled {
                source,
                since,
                least,
            };
            return verdict(rule, Outcome::Pass, why, Some(stretch.commit));
        }
        let why = Why::Dwelling {
            source,
            since,
            least,
        };
        self.unless_return(
            moved,
            number,
            rule,
            Outcome::Wait(Some(eligible)),
            why,
            Some(stretch.commit),
        )
    }

    /// Counts every higher number that became live, not only the one that is: a pointer that was retired in between, or
    /// moved back by a step that was allowed, bars the way all the same.
    fn no_rollback(&mut self, moved: &Move, number: VersionNumber, within: TimeSpan) -> Verdict {
        let rule = PolicyRule::NoRollback;
        let opens = within.before(self.now());
        let timeline = self.timeline(&moved.environment, &moved.resource, Reach::Since(opens));
        let higher = timeline.and_then(|timeline| {
            let recent = timeline
                .stretches
                .iter()
                .filter(|stretch| stretch.since > opens);
            recent
                .filter_map(|stretch| Some((stretch.live.filter(|live| *live > number)?, *stretch)))
                .next()
        });
        match higher {
            None => verdict(rule, Outcome::Pass, Why::NothingHigher { within }, None),
            Some((live, stretch)) => {
                let why = Why::Higher {
                    number: live,
                    since: stretch.since,
                    within,
                };
                verdict(
                    rule,
                    Outcome::Wait(Some(within.after(stretch.since))),
                    why,
                    Some(stretch.commit),
                )
            }
        }
    }

    /// Compares with what is live before the step, whatever a request says that it saw.
    fn same_variables(&mut self, moved: &Move, number: VersionNumber) -> Verdict {
        let (rule, step, resource) = (PolicyRule::SameVariables, self.step, &moved.resource);
        let Some(live) = step.before.live(&moved.environment, resource) else {
            return verdict(rule, Outcome::Pass, Why::NothingLive, None);
        };
        let content = |project: &Project, number| {
            project
                .version(&resource.at(number))
                .map(|version| version.content)
        };
        let unknown = verdict(
            rule,
            Outcome::Refuse,
            Why::UnknownVariables { number },
            None,
        );
        let why = match (content(step.before, live), content(step.after, number)) {
            // What is in no tree cannot return either.
            (_, None) => return unknown,
            (old, new) if old == new => None,
            // Whether it returns is asked only if they differ.
            (old, Some(new)) if !self.know_variables(old.into_iter().chain([new])) => {
                return unknown;
            }
            (old, Some(new)) => differing(step.facts, (live, old), (number, new)),
        };
        match why {
            None => verdict(rule, Outcome::Pass, Why::SameVariables { live }, None),
            Some(why) => self.unless_return(moved, number, rule, Outcome::Refuse, why, None),
        }
    }

    /// Whether the variables of all `contents` are known; where not, they are asked for.
    fn know_variables(&mut self, contents: impl Iterator<Item = ContentId>) -> bool {
        let facts = self.step.facts;
        let open: Vec<_> = contents
            .map(Question::Variables)
            .filter(|question| !facts.answer(question))
            .collect();
        let known = open.is_empty();
        self.open.extend(open);
        known
    }

    fn approval(&mut self, moved: &Move, kind: MoveKind, demands: Demands<'_>) -> Option<Verdict> {
        let rule = if kind == MoveKind::BypassingPending {
            PolicyRule::PendingRelease
        } else {
            PolicyRule::Approval
        };
        let passes = |why| Some(verdict(rule, Outcome::Pass, why, None));
        match kind {
            // Finishing a release is always possible, whatever became of the rule that made it wait.
            MoveKind::Approved => passes(Why::Approved),
            MoveKind::Requested => passes(Why::Requested),
            MoveKind::Direct if !demands.approval => None,
            MoveKind::Direct | MoveKind::BypassingPending => {
                match self
                    .back_to_previous(moved)
                    .filter(|_| !demands.approve_rollbacks)
                {
                    Some(commit) => Some(verdict(
                        rule,
                        Outcome::Pass,
                        Why::BackToPrevious,
                        Some(commit),
                    )),
                    None if kind == MoveKind::BypassingPending => {
                        Some(verdict(rule, Outcome::Refuse, Why::ReleaseWaits, None))
                    }
                    None => Some(verdict(rule, Outcome::Wait(None), Why::NeedsApproval, None)),
                }
            }
        }
    }

    fn separation_of_duties(&mut self, moved: &Move) -> Verdict {
        let rule = PolicyRule::SeparationOfDuties;
        let step = self.step;
        let question = Question::Request(moved.environment.clone());
        let merged = step
            .origins
            .of_pointer(&moved.environment, &moved.resource)
            .is_some();
        if !merged && !step.facts.answer(&question) {
            self.open.push(question);
        }
        let entry = Entry::Pointer(moved.environment.clone(), moved.resource.clone());
        match (step.request(moved), step.actor(&entry)) {
            (Some(request), Some(author)) => {
                let requester = request.author.email().to_owned();
                let evidence = Some(request.commit);
                match step.is_same_person(&request.author, author) {
                    true => verdict(
                        rule,
                        Outcome::Refuse,
                        Why::SamePerson { requester },
                        evidence,
                    ),
                    false => verdict(
                        rule,
                        Outcome::Pass,
                        Why::AnotherPerson { requester },
                        evidence,
                    ),
                }
            }
            _ => verdict(rule, Outcome::Refuse, Why::UnknownPerson, None),
        }
    }

    /// The verdict on a move to what was live in the target before, else `outcome` and `why`.
    fn unless_return(
        &mut self,
        moved: &Move,
        number: VersionNumber,
        rule: PolicyRule,
        outcome: Outcome,
        why: Why,
        evidence: Option<CommitId>,
    ) -> Verdict {
        let timeline = self.timeline(&moved.environment, &moved.resource, Reach::Earlier(number));
        match timeline.and_then(|timeline| timeline.earlier(number)) {
            Some(commit) => verdict(rule, Outcome::Pass, Why::Return, Some(commit)),
            None => verdict(rule, outcome, why, evidence),
        }
    }

    /// The commit that ended the stretch before the current one, if the move goes back to what was live in it.
    fn back_to_previous(&mut self, moved: &Move) -> Option<CommitId> {
        let timeline = self.timeline(&moved.environment, &moved.resource, Reach::Stretches(1))?;
        let returns = timeline.previous() == Some(moved.after);
        timeline
            .current()
            .filter(|_| returns)
            .map(|stretch| stretch.commit)
    }

    /// What is known of a pointer's past; if that does not go back far enough, the question is noted.
    fn timeline(
        &mut self,
        environment: &EnvironmentSlug,
        resource: &Resource,
        reach: Reach,
    ) -> Option<&Timeline> {
        // An environment that comes with this step has no past, whatever had its slug before.
        if !self.step.before.environments.contains_key(environment) {
            return None;
        }
        let question = Question::Live {
            environment: environment.clone(),
            resource: resource.clone(),
            reach,
        };
        if !self.step.facts.answer(&question) {
            self.open.push(question);
        }
        self.step.facts.timeline(environment, resource)
    }

    /// The own time of the step: dwell and windows end there, and begin at effective times.
    fn now(&self) -> Timestamp {
        self.step.at
    }
}

/// In what the variables of `new` differ from those of `old`, which is live.
fn differing(
    facts: &Facts,
    (live, old): (VersionNumber, Option<ContentId>),
    (number, new): (VersionNumber, ContentId),
) -> Option<Why> {
    match (
        old.and_then(|old| facts.variables(old)),
        facts.variables(new),
    ) {
        (Some(old), Some(new)) if old == new => None,
        (Some(old), Some(new)) => Some(Why::OtherVariables {
            live,
            added: new - old,
            dropped: old - new,
        }),
        (None, _) => Some(Why::UnknownVariables { number: live }),
        (_, None) => Some(Why::UnknownVariables { number }),
    }
}

fn verdict(rule: PolicyRule, outcome: Outcome, why: Why, evidence: Option<CommitId>) -> Verdict {
    Verdict {
        rule,
        outcome,
        why,
        evidence,
    }
}

/// The policy that judges moves into `environment`: that of the state whose rules hold, or the one that a new environment
/// brings.
fn policy_of<'p>(environment: &EnvironmentSlug, step: &Step<'p>) -> Option<&'p Policy> {
    let there = |project: &'p Project| project.environments.get(environment);
    let known = [step.rules, step.before, step.after]
        .into_iter()
        .find_map(there);
    known.map(|environment| &environment.policy)
}
