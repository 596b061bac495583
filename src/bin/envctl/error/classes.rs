//! Which class, which code and which hints each error of the library means.

use envctl::check::{Report, any_error};
use envctl::diag::Severity;
use envctl::model::{CommitId, EnvironmentSlug, MomentError, Move, Resource};
use envctl::ops::{Guess, ReadError, Rehearsal, ResolveError, WriteError};
use envctl::plan::PlanError;
use envctl::policy::{Wait, rule};
use envctl::store::{RemoteBranch, StoreError};
use jiff::Timestamp;

use super::failure::Failure;
use crate::exit::Exit;
use crate::render::findings;
use crate::render::going_back::choices;
use crate::render::json::WaitBody;
use crate::render::when::{self, When};
use crate::ui::PromptError;

/// The failure that `cause` is, if it is an error of the library or of a prompt; `message` says it with its causes.
pub(super) fn classified(
    cause: &(dyn std::error::Error + 'static),
    message: &str,
) -> Option<Failure> {
    if let Some(error) = cause.downcast_ref::<StoreError>() {
        return Some(of_store(error, message));
    }
    if let Some(error) = cause.downcast_ref::<PlanError>() {
        return Some(of_plan(error));
    }
    if let Some(error) = cause.downcast_ref::<ReadError>() {
        return of_read(error, message);
    }
    if let Some(error) = cause.downcast_ref::<ResolveError>() {
        return of_resolve(error);
    }
    if let Some(error) = cause.downcast_ref::<PromptError>() {
        return Some(of_prompt(error, message));
    }
    cause
        .downcast_ref::<WriteError>()
        .and_then(|error| of_write(error, message))
}

fn of_write(error: &WriteError, message: &str) -> Option<Failure> {
    match error {
        WriteError::Read(error) => of_read(error, message),
        WriteError::Store(error) => Some(of_store(error, message)),
        WriteError::Plan(error) => Some(of_plan(error)),
        WriteError::Guess(guess) => Some(would_guess(message, guess)),
        WriteError::Refused(rehearsal) => Some(refused(message, rehearsal)),
        WriteError::Detached => {
            Some(Failure::new(Exit::Usage, "detached", message).hint("check out a branch, or name one with --branch"))
        }
        WriteError::Contended { .. } => {
            Some(Failure::new(Exit::Stale, "contended", message).hint("run the command again"))
        }
        WriteError::PushDeclined { place, commit, .. } => Some(declined(message, place, *commit)),
        WriteError::PushBusy { .. } => Some(Failure::new(Exit::Stale, "push-busy", message).hint(
            "run the command again; if no git is at work there, whoever looks after the remote removes its lock",
        )),
        WriteError::PushFailed { .. } => Some(Failure::new(Exit::Error, "push-failed", message)),
        WriteError::PushIncomplete { commit, .. } => {
            let mut failure = Failure::new(Exit::Error, "push-incomplete", message)
                .hint("the branch here followed the first address; `envctl sync` pushes to the others again");
            failure.data.insert("commit".to_owned(), commit.to_string().into());
            Some(failure)
        }
        WriteError::PushUnknown { .. } => Some(Failure::new(Exit::Unknown, "push-unknown", message)),
        WriteError::Unpushed { place, .. } => Some(
            Failure::new(Exit::Stale, "unpushed", message)
                .hint(format!("bring both together first: git pull --rebase {} {}", place.remote, place.branch)),
        ),
        _ => None,
    }
}

/// What was made is here all the same, so it can go another way.
fn declined(message: &str, place: &RemoteBranch, commit: CommitId) -> Failure {
    let (remote, branch, name) = (&place.remote, &place.branch, commit.short());
    Failure::new(Exit::Refused, "push-declined", message)
        .hint(format!(
            "through a pull request: git push {remote} {commit}:refs/heads/envctl/{name}"
        ))
        .hint(format!("and open one from envctl/{name} into {branch}"))
}

/// The command line lacks what only the user knows, so this is a matter of usage and of no rule.
fn would_guess(message: &str, guess: &Guess) -> Failure {
    let choices = choices(guess);
    let mut failure = Failure::new(Exit::Usage, "would-guess", message);
    failure.data.insert(
        "states".to_owned(),
        serde_json::to_value(&choices).unwrap_or_default(),
    );
    choices
        .iter()
        .fold(failure, |failure, choice| failure.hint(choice.to_string()))
}

fn refused(message: &str, rehearsal: &Rehearsal) -> Failure {
    let located = findings::locate_all(rehearsal.report.findings(), &rehearsal.snapshot);
    let mut failure = match Delay::of(&rehearsal.report) {
        Some(delay) => delay.failure(rehearsal),
        None => Failure::new(Exit::Refused, "refused", message),
    };
    if !any_error(&rehearsal.report.introduced) {
        failure = failure.hint(
            "the project breaks these rules already: mend them first; `envctl check` lists them",
        );
    }
    failure.data.insert(
        "findings".to_owned(),
        serde_json::to_value(&located).unwrap_or_default(),
    );
    Failure {
        refused: Some(Box::new(rehearsal.clone())),
        ..failure
    }
}

/// What time alone mends: then a refusal is a wait.
struct Delay {
    wait: Wait,
    eligible: Timestamp,
}

impl Delay {
    /// If every error that a step introduces is one that time mends, and nothing else was wrong before.
    fn of(report: &Report) -> Option<Self> {
        let errors = report
            .introduced
            .iter()
            .filter(|finding| finding.severity == Severity::Error);
        let moments: Option<Vec<Timestamp>> = errors.map(|finding| finding.eligible).collect();
        let eligible = moments?.into_iter().max()?;
        // What takes the longest says what it waits for.
        let verdicts = report.judged.iter().flat_map(|judged| &judged.verdicts);
        let longest = verdicts
            .filter_map(|verdict| Some((verdict.outcome.eligible()?, verdict.rule)))
            .max();
        let wait = longest
            .and_then(|(_, code)| rule(code))
            .map_or(Wait::Window, |rule| rule.waits_for);
        (!any_error(&report.standing)).then_some(Self { wait, eligible })
    }

    fn failure(&self, rehearsal: &Rehearsal) -> Failure {
        let eligible = when::rfc3339(self.eligible);
        let subject = rehearsal.plan.message.subject();
        // Not even the request is made before its time.
        let wanted = subject.strip_prefix("request ").unwrap_or(subject);
        let message = format!("not yet: {wanted}; eligible at {eligible}");
        Failure {
            waiting: Some(WaitBody {
                wait: self.wait,
                recorded: false,
                eligible: Some(When(self.eligible)),
            }),
            ..Failure::new(Exit::Waiting, "not-eligible-yet", message)
        }
    }
}

/// The options that leave `resources` out of a promotion.
fn except(resources: &[Resource]) -> String {
    let option = |resource: &Resource| format!(" --except {resource}");
    resources.iter().map(option).collect()
}

fn of_plan(error: &PlanError) -> Failure {
    let message = error.to_string();
    let missing = |code| Failure::new(Exit::Error, code, message.clone());
    match error {
        PlanError::NoSuchEnvironment { slug, meant } => {
            no_such_environment(slug, meant.as_ref(), missing("no-such-environment"))
        }
        PlanError::NoSuchResource { meant, .. } => match meant {
            Some(meant) => missing("no-such-resource").hint(format!("did you mean {meant}?")),
            None => missing("no-such-resource").hint("`envctl status` lists what there is"),
        },
        PlanError::NotLive { environment, .. } => {
            missing("not-live").hint(format!("`envctl env show {environment}` lists what is live there"))
        }
        PlanError::NoSuchVersion { version, newest } => match newest {
            Some(newest) => missing("no-such-version").hint(format!("the newest is {}", version.resource.at(*newest))),
            None => missing("no-such-version"),
        },
        PlanError::RemovesUnnamed { environment, all, removed, then } => {
            let at = then.map(|then| format!(" --at {}", then.short())).unwrap_or_default();
            let named = |resources: &[Resource]| resources.iter().map(|one| format!(" {one}")).collect::<String>();
            let failure = Failure::new(Exit::Usage, "removes-unnamed", message)
                .hint(format!("name what goes, to do all of it: envctl rollback {environment}{}{at}", named(all)));
            let others: Vec<Resource> = all.iter().filter(|one| !removed.contains(one)).cloned().collect();
            match others.is_empty() {
                true => failure,
                false => failure.hint(format!("or only the rest: envctl rollback {environment}{}{at}", named(&others))),
            }
        }
        PlanError::NeverLive { version, environment } => Failure::new(Exit::Refused, "never-live", message)
            .hint(format!("a rollback goes back; to move there all the same: envctl point {environment} {version}")),
        PlanError::NamesNothing { .. } => missing("no-such-resource").hint("`envctl status` lists what there is"),
        PlanError::TwoVersions { .. } => Failure::new(Exit::Usage, "usage", message),
        PlanError::RolledBack { resources, environment, from } => Failure::new(Exit::Refused, "rolled-back", message)
            .hint(format!("promote everything else: envctl promote {from} {environment}{}", except(resources))),
        PlanError::NoSuchMember { meant, .. } => match meant {
            Some(meant) => missing("no-such-member").hint(format!("did you mean {meant}?")),
            None => missing("no-such-member").hint("`envctl access show` lists the members"),
        },
        PlanError::NotGranted { member, .. } => missing("not-granted")
            .hint(format!("`envctl access show {member}` shows what they have; nothing was changed")),
        PlanError::KeyLimited { member, listed, limit } => Failure::new(Exit::Refused, "key-limited", message)
            .hint(format!("state it again: --key '{limit}=\"…\" {}'", listed.key))
            .hint(format!("or take the limit away: envctl access revoke {member} --key '{}', then grant it", listed.key)),
        PlanError::LastAddress { member } => Failure::new(Exit::Refused, "last-address", error.to_string()).hint(format!(
            "grant another first: envctl access grant {member} --email EMAIL; or take the member out: envctl access revoke {member}"
        )),
        PlanError::NoSuchRole { meant, known, .. } => match meant {
            Some(meant) => missing("no-such-role").hint(format!("did you mean {meant}?")),
            None => missing("no-such-role").hint(format!("the roles are {}", known.join(", "))),
        },
        PlanError::NeedsMemberName { .. } => {
            Failure::new(Exit::Usage, "needs-name", message).hint("name it with --name")
        }
        PlanError::MemberExists { name } => Failure::new(Exit::Error, "member-exists", message)
            .hint(format!("is it the same person? envctl access grant {name} --email ADDRESS; else choose a --name")),
        PlanError::NothingToUndo { environment, .. } => {
            missing("nothing-to-undo").hint(format!("`envctl log {environment}` shows what happened there"))
        }
        PlanError::NotThereThen { environment } => {
            missing("no-environment-then").hint(format!("`envctl log {environment}` shows when it began"))
        }
        PlanError::UnreadableThen { environment, .. } => {
            missing("unreadable-then").hint(format!("`envctl log {environment}` lists other moments"))
        }
        PlanError::NoDefaultTarget => Failure::new(Exit::Usage, "no-default-target", message)
            .hint("name an environment with --to, or none with --no-release"),
        PlanError::EnvironmentExists { slug } => Failure::new(Exit::Refused, "environment-exists", message)
            .hint(format!("`envctl env edit {slug}` changes it")),
        PlanError::IncompleteFallback { holder, heir, lost } => {
            let mut failure = Failure::new(Exit::Refused, "incomplete-fallback", message);
            let lost = serde_json::to_value(lost).unwrap_or_default();
            failure.data.insert("lost".to_owned(), lost);
            failure.hint(format!(
                "promote them first: envctl promote {holder} {heir}; or hand it over all the same with --incomplete"
            ))
        }
        PlanError::ProjectExists => Failure::new(Exit::Refused, "project-exists", message)
            .hint("`envctl status` shows it; a second project goes into another folder: envctl init DIR"),
        PlanError::Occupied { .. } => Failure::new(Exit::Refused, "folder-occupied", message)
            .hint("make the project in a folder of its own: envctl init DIR"),
        PlanError::NothingWaits { .. } => missing("nothing-waits").hint("`envctl pending` lists what waits"),
        PlanError::UnsoundRelease { environment } => Failure::new(Exit::Refused, "unsound-release", message)
            .hint(format!("take it back and ask again: envctl withdraw {environment}")),
        PlanError::SeenOtherwise { moved: Move { environment, .. }, .. } => {
            Failure::new(Exit::Refused, "seen-otherwise", message).hint(format!(
                "take it back and ask again: envctl withdraw {environment}, or envctl reject {environment}"
            ))
        }
        PlanError::Changed => {
            Failure::new(Exit::Stale, "plan-changed", message).hint("run the command again to see the new plan")
        }
        PlanError::SameEnvironment { .. } | PlanError::NamedTwice { .. } | PlanError::SetTwice { .. } => {
            Failure::new(Exit::Usage, "usage", message)
        }
        PlanError::Extension { .. } => Failure::new(Exit::Usage, "extension", message).hint("name another with --ext"),
        PlanError::TooLarge { .. } | PlanError::EmptyPayload { .. } => Failure::new(Exit::Refused, "payload", message),
        PlanError::OutOfNumbers { .. } => Failure::new(Exit::Refused, "out-of-numbers", message),
        PlanError::Edit(_) => Failure::new(Exit::Error, "cannot-edit", message),
    }
}

fn no_such_environment(
    slug: &EnvironmentSlug,
    meant: Option<&EnvironmentSlug>,
    failure: Failure,
) -> Failure {
    match meant {
        Some(meant) => failure.hint(format!("did you mean `{meant}`?")),
        None => failure.hint(format!(
            "`envctl env list` lists them; `envctl env create {slug}` makes it"
        )),
    }
}

fn of_read(error: &ReadError, message: &str) -> Option<Failure> {
    let failure = |code| Failure::new(Exit::Error, code, message);
    Some(match error {
        ReadError::Store(error) => of_store(error, message),
        ReadError::NoProject { elsewhere, .. } if elsewhere.is_empty() => failure("no-project")
            .hint("`envctl init` makes one; an envctl.toml counts once it is committed"),
        ReadError::NoProject { elsewhere, .. } => elsewhere
            .iter()
            .fold(failure("no-project"), |failure, folder| {
                failure.hint(format!("there is one in {folder}: --project {folder}"))
            }),
        ReadError::Unborn { .. } => {
            failure("no-project").hint("`envctl init` makes a project and the first commit")
        }
        ReadError::NoSuchBranch { .. } => {
            failure("no-such-branch").hint("`git branch --list` lists the branches")
        }
        ReadError::NoSuchRevision { .. } => failure("no-such-revision")
            .hint("name a commit, a branch or a tag")
            .hint(format!("or a time: {}", MomentError::FORMS)),
        ReadError::SeveralGone { .. } => {
            Failure::new(Exit::CannotVerify, "several-projects-gone", message)
                .hint("move one project at a time")
        }
        ReadError::OffTheLine { .. } => Failure::new(Exit::CannotVerify, "off-the-line", message),
        ReadError::Unrelated { .. } => failure("no-merge-base")
            .hint("with two dots the commits are compared as they are: REV..REV"),
        ReadError::BeforeTheBeginning { .. } | ReadError::NoProjectThere { .. } => {
            failure("no-project-then").hint("`envctl log` shows when it began")
        }
        _ => return None,
    })
}

fn of_resolve(error: &ResolveError) -> Option<Failure> {
    let message = error.to_string();
    Some(match error {
        ResolveError::Missing(error) => of_plan(error),
        ResolveError::NotServed {
            resource,
            environment,
        } => Failure::new(Exit::Error, "not-served", message).hint(format!(
            "there is no fall-through: promote or publish {resource} into {environment}"
        )),
        ResolveError::NoSlug { .. } => Failure::new(Exit::Error, "no-such-environment", message)
            .hint("`envctl env list` lists the environments"),
        ResolveError::NoFallback => Failure::new(Exit::Error, "no-fallback", message)
            .hint("`envctl env edit SLUG --gateway-fallback`"),
        ResolveError::Dangling { .. } => Failure::new(Exit::Error, "dangling-pointer", message)
            .hint("`envctl check` shows what is wrong"),
    })
}

fn of_prompt(error: &PromptError, message: &str) -> Failure {
    match error {
        PromptError::Forbidden { reason } => Failure::needs_flag(reason, "--yes"),
        PromptError::Interrupted => Failure::new(
            Exit::Interrupted,
            "interrupted",
            "interrupted; nothing was changed",
        ),
        PromptError::Terminal(_) => Failure::new(Exit::Error, "terminal", message),
    }
}

fn of_store(error: &StoreError, message: &str) -> Failure {
    let failure = |exit, code| Failure::new(exit, code, message);
    match error {
        StoreError::NotARepository { .. } => {
            failure(Exit::Error, "not-a-repository").hint("`envctl init` makes a repository and a project in it")
        }
        StoreError::ForeignOwner { .. } => failure(Exit::Error, "foreign-owner"),
        StoreError::IndexForm { .. } => failure(Exit::CannotVerify, "index-form"),
        StoreError::Unsupported { .. } => failure(Exit::CannotVerify, "unsupported-repository"),
        StoreError::Setting { .. } | StoreError::SettingsUnknown { .. } => failure(Exit::Error, "settings"),
        StoreError::Shallow { .. } => failure(Exit::CannotVerify, "shallow"),
        StoreError::AlteredHistory { .. } => failure(Exit::CannotVerify, "altered-history"),
        StoreError::OverBudget(exceeded) => failure(Exit::CannotVerify, "over-budget").hint(format!(
            "push fewer changes at a time, or let whoever looks after the repository set git config {}",
            exceeded.setting()
        )),
        StoreError::Dirty { .. } => failure(Exit::Stale, "dirty"),
        StoreError::InTheWay { .. } => failure(Exit::Stale, "in-the-way"),
        StoreError::Conflicted { .. } => failure(Exit::Stale, "conflicted"),
        StoreError::IndexLocked { .. } => failure(Exit::Stale, "index-locked"),
        StoreError::BranchLocked(_) => failure(Exit::Stale, "branch-locked"),
        StoreError::OutcomeUnknown { .. } => failure(Exit::Unknown, "outcome-unknown"),
        StoreError::Unreachable { .. } => failure(Exit::Error, "remote-unreachable")
            .hint("without --push a change is committed here alone, and `envctl sync` pushes it later"),
        StoreError::Rewound { place, .. } => failure(Exit::Stale, "remote-rewound")
            .hint(format!("look at what is gone: git log {place}..{}", place.branch))
            .hint(format!(
                "if it is meant to be gone: git fetch {} && git reset --keep {place}; else push it back with git",
                place.remote
            )),
        StoreError::NotPlain { .. } => {
            failure(Exit::Stale, "not-plain").hint("bring the branch up to date with git first: git pull --rebase")
        }
        StoreError::HookRefused { .. } => {
            failure(Exit::Refused, "hook-refused").hint("--no-verify goes on without hooks")
        }
        StoreError::MessageTooLong { .. } => failure(Exit::Refused, "message-too-long")
            .hint("if a commit-msg hook makes it that long, --no-verify goes on without hooks"),
        StoreError::ForeignHook { line, .. } => {
            failure(Exit::Refused, "foreign-hook").hint(format!("add this line to it: {line}"))
        }
        StoreError::Permission { .. } => failure(Exit::Error, "permission"),
        StoreError::Signing { .. } => failure(Exit::Error, "signing"),
        StoreError::Endpoint { .. } => failure(Exit::Usage, "endpoint"),
        StoreError::MissingEndpoint { .. } => failure(Exit::CannotVerify, "missing-endpoint")
            .hint("fetch it first, with `git fetch`; a checkout of a CI job needs its whole history: fetch-depth: 0"),
        StoreError::MalformedTree { .. } => failure(Exit::Error, "malformed-tree"),
        StoreError::OutsideWorkTree { .. } => {
            failure(Exit::Error, "outside-work-tree").hint("run it in the work tree, or name a folder of it with -C")
        }
        StoreError::AmbiguousRevision { .. } => {
            failure(Exit::Error, "ambiguous-revision").hint("write more digits")
        }
        StoreError::NoWorkTree { .. } => failure(Exit::Error, "no-work-tree"),
        _ => failure(Exit::Error, "git"),
    }
}
