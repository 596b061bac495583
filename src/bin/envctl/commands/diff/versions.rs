//! How the texts of two versions of one resource differ.

use envctl::model::{CommitId, VersionId};
use envctl::ops::{TextDifference, VariableChange, text_change, variable_change};
use envctl::plan::existing_version;
use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::{DiffArgs, DiffFormat, usage};
use super::json::{self, TextChangeBody};
use super::{text, words};
use crate::app::{Answer, App};
use crate::commands::variables;
use crate::context::Context;
use crate::exit::Exit;
use crate::ui::{Shown, style};

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    #[serde(flatten)]
    text: TextChangeBody<'a>,
    /// What callers of a prompt have to change with it.
    variable_changes: &'a [VariableChange],
}

/// Shows how the text of `first` differs from that of the other version on the command line.
pub(super) fn run(first: &VersionId, args: &DiffArgs, app: &mut App) -> anyhow::Result<Answer> {
    let other = args.other_version(first)?;
    if args.format == Some(DiffFormat::Markdown) {
        return Err(usage("--format markdown is for a difference between commits").into());
    }
    let session = app.session()?;
    let view = app.view(&session, &args.at)?;
    let project = &view.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    let old = existing_version(project, first)?.content;
    let new = existing_version(project, &other)?.content;
    let numbers = (first.number, other.number);
    let change = text_change(&session.store, project, &first.resource, numbers)?;
    match &change.difference {
        _ if old == new => app
            .output
            .say(format!("{first} and {other} have the same bytes")),
        TextDifference::Lines { shown, .. } => {
            let strong = style::STRONG;
            app.answer(format!("{strong}--- {first}{strong:#}"));
            app.answer(format!("{strong}+++ {other}{strong:#}"));
            text::write_lines(shown, app);
        }
        hidden => {
            let why = words::lines(hidden);
            app.output.warn(format!(
                "{first} and {other} differ, but that is not shown: {why}"
            ));
        }
    }
    let changed = variable_change(
        &session.store,
        &view.snapshot,
        project,
        &first.resource,
        numbers,
    )?;
    if let Some(change) = &changed {
        app.output.warn(Shown(&variables::sentence(change)));
    }
    let exit = if args.exit_code && old != new {
        Exit::Differences
    } else {
        Exit::Done
    };
    let body = Body {
        context,
        commit: view.commit,
        text: json::text(&change),
        variable_changes: changed.as_slice(),
    };
    Ok(app.done(&body).exit(exit))
}
