//! Asks for the target of a promotion if it is missing.

use envctl::model::{EnvironmentSlug, Project};
use envctl::ops::diff;

use crate::app::App;
use crate::error::Failure;
use crate::render::count;
use crate::ui::Prompting;

/// Lets the user choose where to promote to: first the environments whose policy requires FROM, then the others.
pub fn offered(
    from: &EnvironmentSlug,
    app: &mut App,
    project: &Project,
) -> anyhow::Result<EnvironmentSlug> {
    let (requiring, others): (Vec<_>, Vec<_>) = project
        .in_order()
        .into_iter()
        .filter(|slug| *slug != from)
        .partition(|slug| project.requiring(from).any(|requiring| requiring == *slug));
    let slugs: Vec<&EnvironmentSlug> = requiring.into_iter().chain(others).collect();
    if let Prompting::Forbidden { reason } = app.prompting {
        let names = slugs
            .iter()
            .map(|slug| slug.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        let failure = Failure::needs_flag(reason, "the environment to promote to, and --yes");
        return Err(failure.hint(format!("the environments are {names}")).into());
    }
    let items: Vec<String> = slugs
        .iter()
        .map(|slug| described(project, from, slug))
        .collect();
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    let chosen = app
        .prompting
        .choose(&mut app.output, &format!("Promote {from} to"), &items)?;
    chosen
        .map(|index| slugs[index].clone())
        .ok_or_else(|| Failure::declined().into())
}

fn described(project: &Project, from: &EnvironmentSlug, to: &EnvironmentSlug) -> String {
    let differing = diff(project, from, to, &[]).map_or(0, |difference| difference.moves.len());
    format!("{to}  ({} would move)", count(differing, "pointer"))
}
