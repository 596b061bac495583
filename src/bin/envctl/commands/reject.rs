use envctl::model::EnvironmentSlug;
use envctl::plan::Decision;

use super::decision;
use super::writing::arguments::WriteArgs;
use crate::app::{Answer, App};

/// Reject the pending release of an environment: nothing moves.
///
/// It can be requested again. This always works, even if the release is broken or its environment no longer exists.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl reject prod -m \"The refund wording is still wrong\"")]
pub struct RejectArgs {
    /// The environment.
    environment: EnvironmentSlug,
    #[command(flatten)]
    write: WriteArgs,
}

pub fn run(args: &RejectArgs, app: &mut App) -> anyhow::Result<Answer> {
    decision::run(Decision::Reject, &args.environment, (&args.write, &[]), app)
}
