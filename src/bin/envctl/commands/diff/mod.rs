mod arguments;
pub mod environments;
pub mod json;
mod lines;
mod markdown;
mod range;
mod summary;
mod text;
mod words;

use self::arguments::{Format, Subject, no_resource, usage};
use crate::app::{Answer, App};

pub use self::arguments::DiffArgs;

pub fn run(args: &DiffArgs, app: &mut App) -> anyhow::Result<Answer> {
    let (target, resources) = args.target_and_resources()?;
    match (&args.subject, target) {
        (Subject::Environment(_), None) => Err(usage("the environment TO is missing").into()),
        (Subject::Environment(_), _) if args.content || args.format == Some(Format::Markdown) => {
            Err(
                usage("--content and --format markdown are for a difference between commits")
                    .into(),
            )
        }
        (Subject::Environment(from), Some(to)) => {
            environments::run(from, to, &resources, args, app)
        }
        (Subject::Range(_), Some(slug)) => Err(no_resource(slug).into()),
        (Subject::Range(_), None) if args.at.at.is_some() => {
            Err(usage("--at looks at one commit, and a range names two").into())
        }
        (Subject::Range(range), None) => range::run(range, &resources, args, app),
    }
}
