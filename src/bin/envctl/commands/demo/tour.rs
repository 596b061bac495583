//! What the demo shows and does, as a user would with commands.

use std::path::Path;

use envctl::model::{EnvironmentSlug, Identity, Resource};
use envctl::ops::{Operation, Session, diff, explain, pending, rolled_back, write};
use envctl::plan::{Decision, Narrowing, Promotion, decide, promote};
use envctl::policy::asked_moves;
use envctl::store::{Hooks, Writing};

use super::story::Story;
use crate::app::App;
use crate::commands::moves;
use crate::commands::pending as waits;
use crate::commands::policy;
use crate::commands::writing::arguments::ReasonArg;
use crate::commands::writing::outcome::WriteOutcome;
use crate::render::{count, joined};
use crate::ui::{Shown, style};

/// A version that was rolled back in prod an hour ago, and that staging still has.
const ROLLED_BACK: &str = "prompts/tone-rewrite";

pub(super) fn introduce(
    app: &mut App,
    session: &Session,
    directory: &Path,
    story: &Story,
) -> anyhow::Result<()> {
    let name = session
        .view(None)?
        .state
        .project
        .settings
        .name
        .map_or_else(String::new, |name| name.to_string());
    app.answer(format!(
        "{name} in {}: {}",
        directory.display(),
        count(story.length(), "commit")
    ));
    Ok(())
}

pub(super) fn show_what_differs(
    app: &mut App,
    session: &Session,
    from: &EnvironmentSlug,
    to: &EnvironmentSlug,
) -> anyhow::Result<()> {
    let view = session.view(None)?;
    let difference = diff(&view.state.project, from, to, &[])?;
    typed(app, &format!("envctl diff {from} {to}"));
    app.answer_table(&moves::table(&difference.moves));
    for (_, verdict) in rolled_back(session, &view, &difference.moves, None)? {
        app.output.warn(Shown(&verdict.sentence));
    }
    Ok(())
}

pub(super) fn show_what_waits(
    app: &mut App,
    session: &Session,
    environment: &EnvironmentSlug,
) -> anyhow::Result<()> {
    let visitor = visitor()?;
    typed(app, &format!("envctl pending {environment}"));
    for waiting in pending(
        session,
        &session.view(None)?,
        Some(environment),
        Some(&visitor),
    )? {
        waits::show(app, &waiting, &asked_moves(environment, &waiting.release));
    }
    Ok(())
}

pub(super) fn approve(
    app: &mut App,
    session: &Session,
    environment: &EnvironmentSlug,
    message: Option<&ReasonArg>,
) -> anyhow::Result<WriteOutcome> {
    let operation = operation(app)?;
    let reason = match message.and_then(ReasonArg::reason) {
        Some(reason) => reason.clone(),
        None => "Try envctl".parse()?,
    };
    let written = write(session, &operation, |basis| {
        Ok(decide(
            basis.project,
            environment,
            Decision::Approve,
            Some(&reason),
        )?)
    })?;
    typed(app, &format!("envctl approve {environment}"));
    let outcome = WriteOutcome::of_written(app, written);
    let pointers = count(outcome.rehearsal.plan.moves.len(), "pointer");
    let undo = outcome.undo(app, session);
    outcome.say(
        app,
        &format!("approved: {pointers} in {environment}"),
        undo.as_deref(),
    );
    Ok(outcome)
}

pub(super) fn show_what_is_not_eligible(
    app: &mut App,
    session: &Session,
    from: &EnvironmentSlug,
    to: &EnvironmentSlug,
) -> anyhow::Result<()> {
    show_explanation(
        app,
        session,
        promotion(from, to, "routing/primary-chat".parse()?),
    )
}

/// Explains why a version that was rolled back is not promoted again, and what helps.
pub(super) fn show_what_was_rolled_back(
    app: &mut App,
    session: &Session,
    from: &EnvironmentSlug,
    to: &EnvironmentSlug,
) -> anyhow::Result<()> {
    show_explanation(app, session, promotion(from, to, ROLLED_BACK.parse()?))
}

/// Explains what a promotion of one resource would do.
fn show_explanation(app: &mut App, session: &Session, promotion: Promotion) -> anyhow::Result<()> {
    let Promotion {
        from,
        to,
        resources,
        ..
    } = &promotion;
    let resource = joined(resources, " ");
    typed(
        app,
        &format!("envctl policy explain {from} {to} {resource}"),
    );
    let view = session.view(None)?;
    let plan = promote(&view.state.project, &promotion)?;
    let explanation = explain(session, &view, &plan, Some(app.process.now()))?;
    policy::show_explanation(app, &promotion, &explanation);
    Ok(())
}

fn promotion(from: &EnvironmentSlug, to: &EnvironmentSlug, resource: Resource) -> Promotion {
    Promotion {
        from: from.clone(),
        to: to.clone(),
        resources: vec![resource.into()],
        prune: false,
        narrowing: Narrowing::default(),
        request: false,
        reason: None,
    }
}

/// Returns an operation by the user who runs the demo.
fn operation(app: &App) -> anyhow::Result<Operation> {
    let writing = Writing {
        durable: true,
        hooks: Hooks::Skip,
    };
    Ok(app.process.operation_of(visitor()?, writing))
}

/// Prints the command that shows what follows.
fn typed(app: &mut App, command: &str) {
    let strong = style::STRONG;
    app.answer(format!("\n{strong}$ {command}{strong:#}"));
}

pub(super) fn suggest(app: &mut App, directory: &Path) {
    let next = [
        ("envctl status", "what is live where"),
        (
            "envctl approve prod-eu",
            "the pending release for the EU; it asks you first",
        ),
        (
            "envctl blame prod",
            "since when, by whom and why each version is live",
        ),
        (
            "envctl log prod --action rollback --action policy-set",
            "an incident, and what it taught",
        ),
        (
            "envctl log prod prompts/sentiment",
            "rolled back by mistake, requested, and live again",
        ),
        (
            "envctl promote staging prod prompts/tone-rewrite --request",
            "how to bring it back: another person approves",
        ),
        (
            "envctl diff HEAD~9.. --content",
            "what a pull request of the last nine commits would do",
        ),
        (
            "envctl render prod --format litellm",
            "what LiteLLM would read; -o writes it to a folder",
        ),
        ("git log -p", "every move is a commit"),
    ];
    app.output
        .say(format!("\nTry next:\n  cd {}", directory.display()));
    for (command, what) in next {
        app.output.say(format!("  {command}\n      {what}"));
    }
}

pub(super) fn visitor() -> anyhow::Result<Identity> {
    Ok(Identity::new("envctl demo", "demo@envctl.example")?)
}
