mod all;
mod arguments;
mod delivering;
mod refused;
mod rendered;
mod variables;

use envctl::gateway::{Gateway, Inexpressible};
use envctl::model::{CommitId, EnvironmentSlug};
use schemars::JsonSchema;
use serde::Serialize;

pub use self::all::AllBody;
pub use self::arguments::RenderArgs;
use self::delivering::{Delivering, RenderedFolder};
pub use self::refused::refused;
pub use self::rendered::Rendered;
use self::rendered::judge_lost;
use self::variables::NeededVariable;
use crate::app::{Answer, App};
use crate::context::Context;
use crate::delivery::Manifest;

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    environment: &'a EnvironmentSlug,
    dry_run: bool,
    gateway: &'a Gateway,
    #[serde(rename = "losses")]
    lost: &'a [Inexpressible],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    #[serde(rename = "environment_variables")]
    variables: Vec<NeededVariable>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<RenderedFolder>,
}

pub fn run(args: &RenderArgs, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let view = app.view(&session, &args.at)?;
    let context = app.context(&session, view.state.project.settings.branch.as_ref());
    let Some(slug) = &args.slug else {
        return all::run(args, (app, &session, &view), context);
    };
    let rendered = Rendered::of(&session, &view, slug, args.format)?;
    judge_lost(&rendered.lost, args.strict, app)?;
    let variables = match args.check_env {
        true => variables::check(&rendered.served.gateway.variables(), app)?,
        false => Vec::new(),
    };
    let output = match &args.output {
        None => {
            app.answer(rendered.text.trim_end());
            None
        }
        Some(directory) => {
            let files = rendered.all_files();
            let manifest = Manifest::new(Some(slug), view.commit, rendered.configuration, &files);
            let delivering = Delivering {
                session: &session,
                view: &view,
                dry_run: args.change.dry_run,
            };
            Some(delivering.deliver(app, directory, &files, (slug.as_str(), manifest))?)
        }
    };
    Ok(app.done(&Body {
        context,
        commit: view.commit,
        environment: slug,
        dry_run: args.change.dry_run,
        gateway: &rendered.served.gateway,
        lost: &rendered.lost,
        variables,
        output,
    }))
}
