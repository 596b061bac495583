use envctl::model::{CommitId, EnvironmentSlug, Resource, VersionNumber};
use envctl::ops::{TextChange, VariableChange, checks_of, diff, rolled_back, text_changes};
use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::DiffArgs;
use super::json::{self, TextChangeBody};
use super::text::write_text;
use crate::app::{Answer, App};
use crate::commands::checks::{self, CheckRecordBody};
use crate::commands::moves::{self, MoveBody};
use crate::commands::rolled_back::RolledBackBody;
use crate::commands::variables;
use crate::context::Context;
use crate::exit::Exit;
use crate::render::{count, joined};
use crate::ui::Shown;

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    from: &'a EnvironmentSlug,
    to: &'a EnvironmentSlug,
    moves: Vec<MoveBody<'a>>,
    only_in_target: Vec<Only<'a>>,
    /// The moves that would bring back a version that was rolled back in the target.
    rolled_back: Vec<RolledBackBody>,
    /// What checks say about the versions that would move.
    checks: Vec<MovedChecks<'a>>,
    /// The prompts whose callers have to change.
    variable_changes: Vec<VariableChange>,
    /// The text changes, with --content.
    #[serde(skip_serializing_if = "Option::is_none")]
    texts: Option<Vec<TextChangeBody<'a>>>,
}

#[derive(Serialize, JsonSchema)]
struct MovedChecks<'a> {
    resource: &'a Resource,
    version: VersionNumber,
    checks: Vec<CheckRecordBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct Only<'a> {
    resource: &'a Resource,
    version: VersionNumber,
}

/// Shows what promoting `from` to `to` would move; only `resources`, unless there are none.
pub(super) fn run(
    from: &EnvironmentSlug,
    to: &EnvironmentSlug,
    resources: &[Resource],
    args: &DiffArgs,
    app: &mut App,
) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let view = app.view(&session, &args.at)?;
    let project = &view.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    let difference = diff(project, from, to, resources)?;
    app.answer_table(&moves::table(&difference.moves));
    let texts: Option<Vec<TextChange>> = match args.content {
        true => Some(text_changes(&session.store, project, &difference.moves)?),
        false => None,
    };
    if let Some(texts) = texts.as_ref().filter(|texts| !texts.is_empty()) {
        app.answer("");
        texts.iter().for_each(|text| write_text(text, app));
    }
    let variables = variables::warn_of(
        app,
        &session.store,
        (&view.snapshot, project),
        &difference.moves,
    )?;
    let checked = checks_of(&session, &view, &difference.moves)?;
    for (version, records) in &checked {
        let said = joined(records.iter().map(checks::words), "; ");
        app.output.say(Shown(&format!("{version}: {said}")));
    }
    let rolled_back = rolled_back(&session, &view, &difference.moves, None)?;
    for (_, verdict) in &rolled_back {
        app.output.warn(Shown(&verdict.sentence));
    }
    let rolled_back = rolled_back
        .iter()
        .map(|(moved, verdict)| RolledBackBody::of(moved, verdict));
    if difference.moves.is_empty() {
        app.output.say(format!("{to} serves what {from} serves"));
    }
    if !difference.only_in_target.is_empty() {
        let what = count(difference.only_in_target.len(), "resource");
        app.output.say(format!(
            "{what} only in {to}: a promotion keeps these, --prune removes them"
        ));
    }
    let only = difference
        .only_in_target
        .iter()
        .map(|(resource, number)| Only {
            resource,
            version: *number,
        });
    let exit = if args.exit_code && !difference.moves.is_empty() {
        Exit::Differences
    } else {
        Exit::Done
    };
    let body = Body {
        context,
        commit: view.commit,
        from,
        to,
        moves: moves::bodies(&difference.moves),
        only_in_target: only.collect(),
        rolled_back: rolled_back.collect(),
        checks: checked
            .iter()
            .map(|(version, records)| MovedChecks {
                resource: &version.resource,
                version: version.number,
                checks: CheckRecordBody::all(records),
            })
            .collect(),
        variable_changes: variables,
        texts: texts
            .as_ref()
            .map(|texts| texts.iter().map(json::text).collect()),
    };
    Ok(app.done(&body).exit(exit))
}
