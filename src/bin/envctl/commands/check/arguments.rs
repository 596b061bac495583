use envctl::ops::{LandingWay, Pin};

use crate::error::Failure;
use crate::exit::Exit;
use crate::render::report::ReportFormat;
use crate::ui::Shown;

/// Judge the project by every rule: its tip, the edits in progress, or every commit of a range.
///
/// Exits with 11 if there is an error among the findings; warnings do not fail. `envctl explain CODE` explains a finding.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl check                                   the tip of the branch
  envctl check --staged                          what is staged, as a step from the tip
  envctl check --worktree                        what is in the work tree, as a step from the tip
  envctl check v1.4..HEAD                        every step of the live line since then
  envctl check --pin-policy origin/main..HEAD    may this land on main now? (for pull requests)
  envctl check --pin-policy --landing squash origin/main..HEAD    if it lands by a squash
  envctl check --all-projects --staged           what is staged, of every project of the repository
  envctl check --json | jq '.findings[].code'

A range names two commits, each as HEAD, a commit's name of 7 digits or more, a branch, a remote-tracking branch or a tag,
with ~N or ^N.")]
pub struct CheckArgs {
    /// The commits to judge: those that lead to HEAD and not to BASE. With --pre-push, git passes
    /// the name and the address of the remote here.
    #[arg(value_name = "BASE..HEAD", num_args = 0..=2, conflicts_with_all = ["staged", "worktree", "pre_receive"])]
    pub words: Vec<String>,
    /// Judge what is staged.
    #[arg(long, conflicts_with_all = ["worktree", "pre_receive", "pre_push"])]
    pub staged: bool,
    /// Judge what is in the work tree.
    #[arg(long, conflicts_with_all = ["pre_receive", "pre_push"])]
    pub worktree: bool,
    /// Judge every project of the repository.
    #[arg(long, conflicts_with_all = ["pre_receive", "pre_push"])]
    pub all_projects: bool,
    /// Judge by the rules of BASE, as if the branch landed now.
    #[arg(long, requires = "words", conflicts_with = "pre_push")]
    pub pin_policy: bool,
    /// How the forge lands pull requests; without it, all ways are judged.
    #[arg(long, value_enum, value_name = "WAY", requires = "pin_policy")]
    pub landing: Option<LandingArg>,
    /// Judge what a push brings to the live branch; for a server's pre-receive hook, which gets the updates on stdin.
    #[arg(long, conflicts_with = "pre_push")]
    pub pre_receive: bool,
    /// Judge what a push brings to the live branch before it is sent; for a pre-push hook.
    #[arg(long)]
    pub pre_push: bool,
    /// The format of the report.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ReportFormat::Text, hide_default_value = true)]
    pub format: ReportFormat,
    /// Exit with 0 whatever the findings, for jobs that upload the report.
    #[arg(long)]
    pub exit_zero: bool,
}

/// A way of landing, as written on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LandingArg {
    /// By a merge commit.
    Merge,
    /// By one commit of all changes.
    Squash,
    /// By replaying each commit on BASE.
    Rebase,
    /// By moving the branch to HEAD.
    FastForward,
}

impl From<LandingArg> for LandingWay {
    fn from(way: LandingArg) -> Self {
        match way {
            LandingArg::Merge => Self::Merge,
            LandingArg::Squash => Self::Squash,
            LandingArg::Rebase => Self::Rebase,
            LandingArg::FastForward => Self::FastForward,
        }
    }
}

impl CheckArgs {
    /// Returns how the forge lands pull requests, if the arguments say so.
    pub fn way(&self) -> Option<LandingWay> {
        self.landing.map(LandingWay::from)
    }

    /// Returns the conditions for the ends of a range.
    pub fn pin(&self) -> Pin {
        match (self.pin_policy, self.way()) {
            (false, _) => Pin::Line,
            (true, None) => Pin::Base,
            (true, Some(way)) => Pin::Landing(way),
        }
    }

    /// Returns the range to judge, if there is one.
    pub fn range(&self) -> anyhow::Result<Option<&str>> {
        match self.words.as_slice() {
            [] => Ok(None),
            [range] => Ok(Some(range)),
            [_, more, ..] => {
                let message = format!(
                    "unexpected argument '{}': one range is judged at a time",
                    Shown(more)
                );
                Err(Failure::new(Exit::Usage, "usage", message).into())
            }
        }
    }

    /// Reports whether --format asks for JSON.
    pub fn wants_json(&self) -> bool {
        self.format == ReportFormat::Json
    }
}
