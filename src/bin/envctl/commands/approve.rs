use envctl::model::EnvironmentSlug;
use envctl::plan::Decision;

use super::decision;
use super::writing::arguments::{OverrideArgs, WriteArgs};
use crate::app::{Answer, App};

/// Approve the pending release of an environment: exactly the requested pointers move.
///
/// Everything but the approval is judged again by the present policy, and a release whose pointers moved since the request
/// is refused. Where the policy separates duties, someone other than the requester has to approve.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl pending prod                        what is pending, who requested it, and why
  envctl approve prod -m \"Read the transcripts\"
  envctl approve prod -n                     would it be allowed?")]
pub struct ApproveArgs {
    /// The environment.
    environment: EnvironmentSlug,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    overriding: OverrideArgs,
}

pub fn run(args: &ApproveArgs, app: &mut App) -> anyhow::Result<Answer> {
    let rules = &args.overriding.rules;
    decision::run(
        Decision::Approve,
        &args.environment,
        (&args.write, rules),
        app,
    )
}
