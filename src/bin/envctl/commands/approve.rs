use envctl::model::EnvironmentSlug;
use envctl::plan::Decision;

use super::decision;
use super::writing::arguments::WriteArgs;
use crate::app::{Answer, App};

/// Approve the release that waits in an environment: exactly what was asked for moves.
///
/// Everything but the approval is judged again by the policy as it is now, and a release whose pointers moved since it was
/// asked for is refused. Where the policy separates duties, somebody else than the requester has to approve.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl pending prod                        what waits, who asked, and why
  envctl approve prod -m \"Read the transcripts\"
  envctl approve prod -n                     would it be allowed?")]
pub struct ApproveArgs {
    /// The environment.
    environment: EnvironmentSlug,
    #[command(flatten)]
    write: WriteArgs,
}

pub fn run(args: &ApproveArgs, app: &mut App) -> anyhow::Result<Answer> {
    decision::run(Decision::Approve, &args.environment, &args.write, app)
}
