use envctl::model::EnvironmentSlug;
use envctl::plan::Decision;

use super::decision;
use super::writing::arguments::WriteArgs;
use crate::app::{Answer, App};

/// Take back the release that waits in an environment: nothing moves.
///
/// It is for whoever asked; `envctl reject` is for whoever was asked. This always works, also where the release is broken or
/// its environment is gone.
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
    decision::run(Decision::Withdraw, &args.environment, &args.write, app)
}
