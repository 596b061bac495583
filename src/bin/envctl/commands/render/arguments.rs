use std::path::PathBuf;

use envctl::model::EnvironmentSlug;

use crate::format_names::{self, RenderFormat};
use crate::options::{At, ChangeArgs};

/// Write the gateway configuration of an environment.
///
/// Providers, targets, routes and prompts as they are live there; the same state is the same bytes. With -o they are
/// written to a folder, with the prompts and a manifest. The folder itself stays and its content changes in one step, so it may
/// be a mount point and a gateway may watch it. What is live and does not fit together is refused, as is what another
/// gateway's format cannot express; what that only loses is a warning. `envctl help gateway` says more.
#[derive(Debug, clap::Args)]
#[command(override_usage = "envctl render [OPTIONS] <ENV|--all>")]
#[command(after_help = "\
Examples:
  envctl render prod > gateway.toml
  envctl render prod --format json | jq .routes
  envctl render prod -o /etc/gateway        gateway.toml, prompts/ and manifest.json
  envctl render prod --format tensorzero -o conf/envctl --check-env
  envctl render --all --format tensorzero   environments as namespaces
  envctl render --all -o /srv/gateways      a folder for each environment
  envctl render prod --at HEAD~1            as it was")]
pub struct RenderArgs {
    /// The environment.
    #[arg(value_name = "ENV", required_unless_present = "all")]
    pub(super) slug: Option<EnvironmentSlug>,
    /// Render every environment: a folder for each below DIR, or namespaces of one configuration.
    #[arg(long, conflicts_with = "slug")]
    pub(super) all: bool,
    /// What to write it as.
    #[arg(long, value_name = "FORMAT", value_parser = format_names::rendered(), default_value = format_names::own())]
    pub(super) format: RenderFormat,
    /// Write it to this folder, with the prompts and a manifest.
    #[arg(short, long, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
    /// Refuse what the format can only write with a loss.
    #[arg(long)]
    pub(super) strict: bool,
    /// Refuse it where a variable that the gateway needs is not set here.
    #[arg(long)]
    pub(super) check_env: bool,
    #[command(flatten)]
    pub(super) change: ChangeArgs,
    #[command(flatten)]
    pub(super) at: At,
}
