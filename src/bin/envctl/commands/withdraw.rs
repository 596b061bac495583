use envctl::model::EnvironmentSlug;
use envctl::plan::Decision;

use super::decision;
use super::writing::arguments::WriteArgs;
use crate::app::{Answer, App};

/// Withdraw the pending release of an environment: nothing moves.
///
/// Requesters withdraw, reviewers reject (`envctl reject`). This always works, even if the release
/// is broken or its environment no longer exists.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl withdraw prod -m \"Found a mistake\"")]
pub struct WithdrawArgs {
    /// The environment.
    environment: EnvironmentSlug,
    #[command(flatten)]
    write: WriteArgs,
}

pub fn run(args: &WithdrawArgs, app: &mut App) -> anyhow::Result<Answer> {
    decision::run(
        Decision::Withdraw,
        &args.environment,
        (&args.write, &[]),
        app,
    )
}
