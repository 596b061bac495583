//! How every command that changes the project goes about it: plan and judge, show, ask, write, say what came of it.

use std::str::FromStr;

use envctl::model::{
    BranchName, CommitId, EnvironmentSlug, Move, PolicyKey, Project, RemoteName, Resource,
};
use envctl::ops::{
    Basis, Delivery, Earlier, Rehearsal, Session, WriteError, Written, earlier, rehearse,
    require_clean, write_if,
};
use envctl::plan::{Plan, PlanError, Reason, ReasonError};
use envctl::policy::Wait;
use envctl::store::{Hooks, RemoteBranch};
use schemars::JsonSchema;
use serde::Serialize;

use super::moves::JudgedMove;
use super::warnings;
use crate::app::{Answer, App};
use crate::context::Context;
use crate::error::Failure;
use crate::render::{count, going_back};

/// Options of every command that changes the project.
#[derive(Clone, Debug, clap::Args)]
pub struct WriteArgs {
    /// Show what would happen and change nothing.
    #[arg(short = 'n', long)]
    pub dry_run: bool,

    /// Why; becomes part of the commit.
    // Empty is none: a script need not tell a missing reason from an empty one.
    #[arg(short, long = "message", value_name = "WHY")]
    pub message: Option<ReasonArg>,

    /// Do it without asking, where there is a question.
    #[arg(short, long)]
    pub yes: bool,

    /// Also push it, to the remote that `git push` would take or to REMOTE: judged on what is there, again whenever somebody
    /// else was faster.
    #[arg(long, value_name = "REMOTE", num_args = 0..=1, require_equals = true)]
    pub push: Option<Option<RemoteName>>,

    /// Skip the commit-msg, post-commit and pre-push hooks, as in git.
    #[arg(long)]
    pub no_verify: bool,
}

/// What -m gave: a reason, or nothing.
#[derive(Clone, Debug)]
pub struct ReasonArg(Option<Reason>);

impl FromStr for ReasonArg {
    type Err = ReasonError;

    fn from_str(text: &str) -> Result<Self, ReasonError> {
        let empty = text.trim().is_empty();
        Ok(Self((!empty).then(|| text.parse()).transpose()?))
    }
}

impl ReasonArg {
    /// Returns the reason, if it is not empty.
    pub fn reason(&self) -> Option<&Reason> {
        self.0.as_ref()
    }
}

impl WriteArgs {
    /// Returns why the change is made, if somebody said so.
    pub fn reason(&self) -> Option<&Reason> {
        self.message.as_ref()?.reason()
    }
}

/// What to think of a change that was only asked for.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct AcceptPendingArgs {
    /// Exit 0 if the change was recorded and waits for approval, instead of 5.
    #[arg(long)]
    accept_pending: bool,
}

/// What has to be confirmed before a change.
#[derive(Clone, Debug)]
pub enum Confirmation {
    /// Nothing.
    None,
    /// A yes.
    Question(String),
    /// The slug of a production environment, typed.
    Slug(String, EnvironmentSlug),
}

impl Confirmation {
    /// What is asked before the moves of `rehearsal`: the `question` if they are made, what it comes to if they will wait.
    pub fn of_moves(question: String, rehearsal: &Rehearsal) -> Self {
        let plan = &rehearsal.plan;
        match (plan.waits_in(), plan.moves.first()) {
            (Some(environment), _) => {
                let pointers = count(plan.requested.len(), "pointer");
                Self::Question(format!(
                    "Moves into {environment} have to be approved. Ask for approval of {pointers}?"
                ))
            }
            (None, Some(moved)) => {
                Self::about(question, &moved.environment, &rehearsal.before.project)
            }
            (None, None) => Self::None,
        }
    }

    /// What is asked before something happens to `environment`: its slug if it serves production, else a yes.
    pub fn about(question: String, environment: &EnvironmentSlug, project: &Project) -> Self {
        let production = project
            .environments
            .get(environment)
            .is_some_and(|environment| environment.production);
        if production {
            Self::Slug(question, environment.clone())
        } else {
            Self::Question(question)
        }
    }
}

/// What came of a change.
#[derive(Clone, Debug)]
pub struct WriteOutcome {
    /// What was planned, and what the project is like before and after.
    pub rehearsal: Rehearsal,
    /// The commit; none after a dry run, or if there was nothing to do.
    pub commit: Option<CommitId>,
    /// What the user should know beside the success.
    pub notes: Vec<String>,
    /// How it was pushed; none: it was not.
    pub delivery: Option<Delivery>,
    /// Whether nothing was to be changed.
    pub dry_run: bool,
    /// Why nothing was written, though it was planned.
    pub failure: Option<Failure>,
}

/// What every change says to a program.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WriteBody {
    #[serde(flatten)]
    context: Context,
    dry_run: bool,
    changed: bool,
    commit: Option<CommitId>,
    /// Where it was pushed to; null: nowhere.
    pushed: Option<PushedBody>,
    notes: Vec<String>,
    undo: Option<String>,
    /// What waits for approval instead of being made.
    pending: Vec<RequestedBody>,
}

/// What was pushed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PushedBody {
    remote: RemoteName,
    branch: BranchName,
    /// How many commits went along.
    commits: usize,
    /// How often it was tried: whenever somebody else was faster, once more.
    attempts: u32,
}

impl PushedBody {
    /// What `delivery` says to a program.
    pub fn of(delivery: &Delivery) -> Self {
        let Delivery {
            place,
            commits,
            attempts,
        } = delivery.clone();
        Self {
            remote: place.remote,
            branch: place.branch,
            commits,
            attempts,
        }
    }
}

/// What a change asks for.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct RequestedBody {
    environment: EnvironmentSlug,
    moves: Vec<JudgedMove>,
}

impl WriteBody {
    /// What is said where no commit could be planned, or none is needed.
    pub fn without_commit(context: Context, dry_run: bool, changed: bool) -> Self {
        Self {
            context,
            dry_run,
            changed,
            commit: None,
            pushed: None,
            notes: Vec::new(),
            undo: None,
            pending: Vec::new(),
        }
    }
}

impl WriteOutcome {
    /// What came of `rehearsal`, of which nothing was written because of `failure`.
    fn failed(rehearsal: Rehearsal, dry_run: bool, failure: Failure) -> Self {
        Self {
            rehearsal,
            commit: None,
            notes: Vec::new(),
            delivery: None,
            dry_run,
            failure: Some(failure),
        }
    }

    /// The outcome, its failure described by `explained` where the judge refused what was rehearsed.
    #[must_use]
    pub fn explained(mut self, explained: impl FnOnce(Failure, &Rehearsal) -> Failure) -> Self {
        if let Some(failure) = self.failure.take() {
            self.failure = Some(match failure.refused {
                Some(_) => explained(failure, &self.rehearsal),
                None => failure,
            });
        }
        self
    }

    /// Whether something changed, or would.
    pub fn changed(&self) -> bool {
        self.failure.is_none() && !self.rehearsal.is_empty()
    }

    /// Whether nothing was written, though it was planned; whoever asks says nothing of success.
    pub fn is_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// The moves that are made, or would be, each with what the policies say of it.
    pub fn moves(&self) -> Vec<JudgedMove> {
        self.judged(&self.rehearsal.plan.moves)
    }

    /// Moves, each with what the policies say of it, if they are among those that were judged.
    pub fn judged(&self, moves: &[Move]) -> Vec<JudgedMove> {
        JudgedMove::all(moves, &self.rehearsal.report.judged)
    }

    /// The answer of a command whose change needs nobody's approval.
    pub fn ended(&self, answer: Answer) -> Answer {
        match &self.failure {
            Some(failure) => answer.failed(failure.clone()),
            None => answer,
        }
    }

    /// What the outcome says to a program; `undo` is the command that takes the change back.
    pub fn body(&self, context: &Context, undo: Option<String>) -> WriteBody {
        WriteBody {
            context: context.clone(),
            dry_run: self.dry_run,
            changed: self.changed(),
            commit: self.commit,
            pushed: self.delivery.as_ref().map(PushedBody::of),
            notes: self.notes.clone(),
            undo: undo.filter(|_| self.commit.is_some()),
            pending: self
                .rehearsal
                .plan
                .waits_in()
                .map(|environment| RequestedBody {
                    environment: environment.clone(),
                    moves: self.judged(&self.rehearsal.plan.requested),
                })
                .into_iter()
                .collect(),
        }
    }

    /// The answer of a command whose moves may have to wait for approval; `what` it wanted, such as `staging → prod: 3
    /// pointers`, is said if they do.
    pub fn answer(
        &self,
        app: &mut App,
        answer: Answer,
        what: &str,
        args: AcceptPendingArgs,
    ) -> Answer {
        if self.is_failed() {
            return self.ended(answer);
        }
        let Some(environment) = self.rehearsal.plan.waits_in() else {
            return answer;
        };
        let (message, recorded) = match self.commit {
            Some(commit) => {
                let (short, whereto) = (commit.short(), self.whereto());
                (
                    format!("asked: {what}, which waits for approval ({short}){whereto}"),
                    true,
                )
            }
            None if self.changed() => (
                format!("dry run: {what}, which would wait for approval; nothing was changed"),
                false,
            ),
            None => (format!("{what} waits for approval already"), true),
        };
        let separated = self.separates_duties(environment);
        let who = if separated {
            "somebody else approves"
        } else {
            "to approve"
        };
        let failure = Failure::waits("waits-for-approval", message, Wait::Approval, recorded);
        let failure = match recorded {
            true => failure
                .hint(format!("{who}: envctl approve {environment}"))
                .hint(format!("to take it back: envctl withdraw {environment}")),
            false => failure,
        };
        if args.accept_pending {
            failure.show(&mut app.output);
            return answer;
        }
        answer.failed(failure)
    }

    fn separates_duties(&self, environment: &EnvironmentSlug) -> bool {
        let policy = self
            .rehearsal
            .after
            .project
            .environments
            .get(environment)
            .map(|environment| &environment.policy);
        let mut kinds = self
            .rehearsal
            .plan
            .requested
            .iter()
            .map(|moved| moved.resource.kind);
        policy.is_some_and(|policy| {
            kinds.any(|kind| policy.demands(kind).switch(PolicyKey::SeparationOfDuties))
        })
    }

    /// The command that takes back a change that a plain revert can take back.
    pub fn revert(&self) -> Option<String> {
        let push = self.delivery.as_ref().map(|delivery| {
            let RemoteBranch { remote, branch } = &delivery.place;
            format!(" && git push {remote} {branch}")
        });
        self.commit
            .map(|commit| format!("git revert {}{}", commit.short(), push.unwrap_or_default()))
    }

    /// The command that moves the pointers back to what they named before; one for each environment, one after the other.
    ///
    /// No revert of the commit: nobody judges that before it is made, and it goes to whatever is checked out.
    pub fn move_back(&self, app: &App) -> Option<String> {
        self.commit?;
        let Rehearsal { tip, plan, .. } = &self.rehearsal;
        let branch = app
            .branch()
            .map(|branch| format!(" --branch {branch}"))
            .unwrap_or_default();
        let push = self
            .delivery
            .as_ref()
            .map(|delivery| format!(" --push={}", delivery.place.remote))
            .unwrap_or_default();
        // What would be taken away again has to be named.
        let named = |moves: &[Move]| -> Vec<Resource> {
            let goes = moves.iter().any(|moved| moved.before.is_none());
            let all = moves.iter().filter(|_| goes);
            all.map(|moved| moved.resource.clone()).collect()
        };
        let back = |moves: &[Move]| {
            let command = match moves {
                [] => return None,
                [moved] => going_back::to_number(&moved.environment, &moved.resource, moved.before),
                [moved, ..] => going_back::to_state(&moved.environment, &named(moves), (*tip)?),
            };
            Some(command + &branch + &push)
        };
        let commands: Vec<String> = plan
            .moves
            .chunk_by(|one, other| one.environment == other.environment)
            .filter_map(back)
            .collect();
        (!commands.is_empty()).then(|| commands.join(" && "))
    }

    /// Where it was pushed to, as it goes on behind what was done; empty: nowhere.
    fn whereto(&self) -> String {
        match &self.delivery {
            None => String::new(),
            Some(Delivery {
                place, commits: 1, ..
            }) => format!(", pushed to {place}"),
            Some(Delivery { place, commits, .. }) => {
                format!(", {} pushed to {place}", count(*commits, "commit"))
            }
        }
    }

    /// Says what happened: `done` after a change, `would` after a dry run, and how to take it back.
    pub fn say(&self, app: &mut App, done: &str, undo: Option<&str>) {
        match self.commit {
            None if self.is_failed() => {}
            None if !self.changed() => app.output.say("nothing to do"),
            None => app
                .output
                .say(format!("dry run: {done}; nothing was changed")),
            Some(commit) => {
                app.output
                    .say(format!("{done} ({}){}", commit.short(), self.whereto()));
                if let Some(undo) = undo {
                    app.output.say(format!("undo: {undo}"));
                }
            }
        }
    }
}

/// A change on its way: what is shown and asked in between.
pub struct WriteRun<'a, I> {
    /// What to write.
    pub intent: I,
    /// How.
    pub args: &'a WriteArgs,
    /// Whether it was confirmed on the command line; none: nothing needs to be.
    pub yes: bool,
}

impl<I> WriteRun<'_, I>
where
    I: Fn(&Basis<'_>) -> Result<Plan, WriteError>,
{
    /// Plans and judges, lets `show` show the plan, asks what `confirmation` says, and writes.
    ///
    /// # Errors
    ///
    /// When the change is refused, declined or cannot be written.
    pub fn make(
        &self,
        app: &mut App,
        session: &Session,
        show: impl FnOnce(&mut App, &Rehearsal),
        confirmation: impl FnOnce(&Rehearsal) -> Confirmation,
    ) -> anyhow::Result<WriteOutcome> {
        self.make_if(app, session, show, confirmation, |_| Ok(()))
    }

    /// As [`WriteRun::make`], but only what `agreed` accepts, now and when it is written.
    ///
    /// # Errors
    ///
    /// As [`WriteRun::make`], and what `agreed` answers.
    pub fn make_if(
        &self,
        app: &mut App,
        session: &Session,
        show: impl FnOnce(&mut App, &Rehearsal),
        confirmation: impl FnOnce(&Rehearsal) -> Confirmation,
        agreed: impl Fn(&Rehearsal) -> Result<(), WriteError>,
    ) -> anyhow::Result<WriteOutcome> {
        let mut operation = app.world.operation(&session.store, hooks(self.args))?;
        if !self.args.dry_run {
            match earlier(session, &operation, &self.intent)? {
                Earlier::Landed(written) => return Ok(outcome(app, written)),
                Earlier::Unknown(id) => operation.id = id,
                Earlier::None => {}
            }
        }
        let dry_run = self.args.dry_run;
        let rehearsal = match rehearse(session, &operation, &self.intent) {
            Ok(rehearsal) => rehearsal,
            Err(error) => return refused(error, dry_run),
        };
        show(app, &rehearsal);
        warnings::tell(app, &rehearsal);
        let fits = agreed(&rehearsal).and_then(|()| match dry_run {
            true => require_clean(session, &rehearsal),
            false => Ok(()),
        });
        if let Err(error) = fits {
            return Ok(WriteOutcome::failed(
                rehearsal,
                dry_run,
                Failure::of(error.into()),
            ));
        }
        if self.args.dry_run || (rehearsal.is_empty() && is_settled(session)?) {
            return Ok(WriteOutcome {
                rehearsal,
                commit: None,
                notes: Vec::new(),
                delivery: None,
                dry_run,
                failure: None,
            });
        }
        let confirmation = if rehearsal.is_empty() {
            Confirmation::None
        } else {
            confirmation(&rehearsal)
        };
        let asked = match ask(app, confirmation, self.yes) {
            Ok(asked) => asked,
            Err(error) => {
                return Ok(WriteOutcome::failed(rehearsal, false, Failure::of(error)));
            }
        };
        // What a person has confirmed is what lands: if another commit changed the plan meanwhile, nothing does.
        let confirmed = (asked == Answerer::Person).then_some(&rehearsal.plan);
        let written = write_if(session, &operation, &self.intent, |now| match confirmed {
            Some(confirmed) if *confirmed != now.plan => Err(PlanError::Changed.into()),
            _ => agreed(now),
        });
        match written {
            Ok(written) => Ok(outcome(app, written)),
            Err(WriteError::Refused(refused)) => {
                Ok(self::refused(WriteError::Refused(refused), false)?)
            }
            Err(error) => Ok(WriteOutcome::failed(
                rehearsal,
                false,
                Failure::of(error.into()),
            )),
        }
    }
}

/// What came of a change that the judge refused; every other error stays one.
pub fn refused(error: WriteError, dry_run: bool) -> anyhow::Result<WriteOutcome> {
    let WriteError::Refused(rehearsal) = &error else {
        return Err(error.into());
    };
    let rehearsal = Rehearsal::clone(rehearsal);
    Ok(WriteOutcome::failed(
        rehearsal,
        dry_run,
        Failure::of(error.into()),
    ))
}

/// Whether nothing is left to be finished, which is a write even where nothing is to be changed: what was never pushed, and
/// what an interrupted run did not live to bring into a checkout.
fn is_settled(session: &Session) -> anyhow::Result<bool> {
    Ok(session.sync_state().is_none() && session.store.interrupted_writes()?.is_empty())
}

/// Whether hooks run.
pub fn hooks(args: &WriteArgs) -> Hooks {
    if args.no_verify {
        Hooks::Skip
    } else {
        Hooks::Run
    }
}

/// What came of a write, its notes said.
pub fn outcome(app: &mut App, written: Written) -> WriteOutcome {
    let (commit, rehearsal, notes, delivery) = match written {
        Written::Unchanged {
            rehearsal,
            notes,
            delivery,
        } => (None, rehearsal, notes, delivery),
        Written::Landed {
            commit,
            rehearsal,
            notes,
            delivery,
        } => (Some(commit), rehearsal, notes, delivery),
    };
    app.landed |= commit.is_some() || delivery.is_some();
    for note in &notes {
        app.output.warn(crate::ui::Shown(note));
    }
    if let (None, Some(Delivery { place, commits, .. })) = (commit, &delivery) {
        app.output
            .say(format!("{} pushed to {place}", count(*commits, "commit")));
    }
    WriteOutcome {
        rehearsal: *rehearsal,
        commit,
        notes,
        delivery,
        dry_run: false,
        failure: None,
    }
}

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answerer {
    Nobody,
    Person,
}

fn ask(app: &mut App, confirmation: Confirmation, yes: bool) -> anyhow::Result<Answerer> {
    if yes {
        return Ok(Answerer::Nobody);
    }
    let agreed = match &confirmation {
        Confirmation::None => return Ok(Answerer::Nobody),
        Confirmation::Question(question) => app.prompting.confirm(&mut app.output, question)?,
        Confirmation::Slug(question, slug) => {
            let question = format!("{question} It serves production; type {slug} to go on:");
            app.prompting
                .type_slug(&mut app.output, &question, slug.as_str())?
        }
    };
    if agreed {
        Ok(Answerer::Person)
    } else {
        Err(Failure::declined().into())
    }
}
