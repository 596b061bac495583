mod arguments;
pub mod environments;
pub mod json;
mod lines;
mod range;
pub mod summary;
pub mod text;
pub mod versions;
pub mod words;

pub use self::arguments::DiffSubject;
use self::arguments::{DiffFormat, no_resource, usage};
use crate::app::{Answer, App};

pub use self::arguments::{DiffArgs, NamedOne};

pub fn run(args: &DiffArgs, app: &mut App) -> anyhow::Result<Answer> {
    let (target, resources) = match &args.subject {
        DiffSubject::Version(_) => (None, Vec::new()),
        _ => args.target_and_resources()?,
    };
    match (&args.subject, target) {
        (DiffSubject::Version(version), _) => versions::run(version, args, app),
        (DiffSubject::Environment(_), None) => Err(usage("the environment TO is missing").into()),
        (DiffSubject::Environment(_), _) if args.format == Some(DiffFormat::Markdown) => {
            Err(usage("--format markdown is for a difference between commits").into())
        }
        (DiffSubject::Environment(from), Some(to)) => {
            environments::run(from, to, &resources, args, app)
        }
        (DiffSubject::Range(_), Some(slug)) => Err(no_resource(slug).into()),
        (DiffSubject::Range(_), None) if args.at.at.is_some() => {
            Err(usage("--at looks at one commit, and a range names two").into())
        }
        (DiffSubject::Range(range), None) => range::run(range, &resources, args, app),
    }
}
