//! Arguments of commands that change the project.

use std::cell::OnceCell;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use envctl::model::{OverridableRule, Reason, ReasonError, RemoteName, TimeSpan};
use envctl::store::Hooks;

/// Options of every command that changes the project.
#[derive(Clone, Debug, clap::Args)]
pub struct WriteArgs {
    /// Show what would happen and change nothing.
    #[arg(short = 'n', long)]
    pub dry_run: bool,

    /// Why you make the change; it becomes part of the commit message.
    // An empty text counts as no reason, so that a script can always pass -m "$WHY".
    #[arg(short, long = "message", value_name = "WHY")]
    pub message: Option<ReasonArg>,

    /// Do not ask for confirmation.
    #[arg(short, long)]
    pub yes: bool,

    /// Also push the change, to REMOTE or to the remote that `git push` would use; it is judged on
    /// top of the remote branch, and again whenever that has moved meanwhile.
    #[arg(long, value_name = "REMOTE", num_args = 0..=1, require_equals = true)]
    pub push: Option<Option<RemoteName>>,

    /// Skip the commit-msg, post-commit and pre-push hooks, as in git.
    #[arg(long)]
    pub no_verify: bool,

    /// The reason that was written in an editor, for want of -m.
    #[arg(skip)]
    pub written: OnceCell<Reason>,
}

/// The argument of -m: a reason, or `None` if it is empty.
#[derive(Clone, Debug)]
pub struct ReasonArg(Option<Reason>);

impl FromStr for ReasonArg {
    type Err = ReasonError;

    fn from_str(text: &str) -> Result<Self, ReasonError> {
        let empty = text.trim().is_empty();
        Ok(Self((!empty).then(|| text.parse()).transpose()?))
    }
}

impl ReasonArg {
    /// Returns the reason, if it is not empty.
    pub fn reason(&self) -> Option<&Reason> {
        self.0.as_ref()
    }
}

impl WriteArgs {
    /// Returns why the change is made, if a reason was given.
    pub fn reason(&self) -> Option<&Reason> {
        let given = self.message.as_ref().and_then(ReasonArg::reason);
        given.or_else(|| self.written.get())
    }

    /// Gives the reason that was written in an editor; the first one counts.
    pub fn give(&self, reason: Reason) {
        self.written.get_or_init(|| reason);
    }

    /// Returns whether the hooks of git run.
    pub fn hooks(&self) -> Hooks {
        if self.no_verify {
            Hooks::Skip
        } else {
            Hooks::Run
        }
    }
}

/// Which rules of the policy are overridden for the moves of a change.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct OverrideArgs {
    /// Override these rules of the policy for the moves, such as windows or min_dwell; requires
    /// env:override there, and -m.
    #[arg(long = "override", value_name = "RULE", value_delimiter = ',')]
    #[arg(value_parser = PossibleValuesParser::new(OverridableRule::WORDS).try_map(|rule| rule.parse::<OverridableRule>()))]
    pub rules: Vec<OverridableRule>,
}

/// Whether a change that is not eligible yet is waited for.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct WaitArgs {
    /// Wait for a dwell, a window or the end of a freeze, for SPAN at most, and try again.
    #[arg(long, value_name = "SPAN", num_args = 0..=1, require_equals = true)]
    pub wait: Option<Option<TimeSpan>>,
}

/// Whether a change that waits for approval is a success.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct AcceptPendingArgs {
    /// Exit with 0 instead of 5 if the change was recorded and waits for approval.
    #[arg(long)]
    pub accept_pending: bool,
}
