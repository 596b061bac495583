use envctl::model::{Email, GrantScope, PublicKey, Role};
use envctl::plan::{Revocation, Who, revoke};

use super::change::change;
use super::named::who;
use crate::app::{Answer, App};
use crate::commands::writing::arguments::WriteArgs;

/// Revoke access: remove roles, an address or a key, or the whole member.
///
/// A key that was removed does not count for any later commit. The last owner of the project cannot be removed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl access revoke bob@example.org               remove the member
  envctl access revoke bob admin                     one role
  envctl access revoke bob --env prod                every role in prod
  envctl access revoke bob --key \"$(cat id_ed25519.pub)\"")]
pub struct AccessRevokeArgs {
    /// An address, or the name of a member.
    #[arg(value_name = "EMAIL|MEMBER", value_parser = who)]
    who: Who,
    /// The roles to remove.
    #[arg(value_name = "ROLE")]
    roles: Vec<Role>,
    /// Where to remove them: an environment, or `production` [default: the whole project].
    #[arg(long = "env", value_name = "ENV|production")]
    scope: Option<GrantScope>,
    /// An address to remove.
    #[arg(long)]
    email: Option<Email>,
    /// A key to remove, as in id_ed25519.pub.
    #[arg(long)]
    key: Option<PublicKey>,
    #[command(flatten)]
    write: WriteArgs,
}

pub fn run(args: &AccessRevokeArgs, app: &mut App) -> anyhow::Result<Answer> {
    let wanted = Revocation {
        who: args.who.clone(),
        roles: args.roles.clone(),
        scope: args.scope.clone(),
        email: args.email.clone(),
        key: args.key.clone(),
        reason: args.write.reason().cloned(),
    };
    change(app, &args.write, |project| revoke(project, &wanted))
}
