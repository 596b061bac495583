use envctl::model::{Email, GrantScope, MemberName, Role, SigningKey};
use envctl::plan::{Grant, Who, grant};

use super::change::change;
use super::named::who;
use crate::app::{Answer, App};
use crate::commands::writing::arguments::WriteArgs;

/// Grant access: add a member, or give a member more roles, addresses or a key.
///
/// Without an access.toml everyone is an owner. This command writes the first one, which has to
/// make you an owner of the project. What a member already has stays as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl access grant ana@example.org owner
  envctl access grant bob@example.org developer --email 12+bob@users.noreply.example.com
  envctl access grant bob admin --env staging       in this environment only
  envctl access grant bob developer --env production   in every one that serves production
  envctl access grant bob --key \"$(cat id_ed25519.pub)\"
  envctl access grant ci@example.org developer --bot")]
pub struct AccessGrantArgs {
    /// An address, or the name of a member.
    #[arg(value_name = "EMAIL|MEMBER", value_parser = who)]
    who: Who,
    /// The roles: viewer, evaluator, developer, admin, owner, or one that the project defines.
    #[arg(value_name = "ROLE", required_unless_present_any = ["emails", "key", "bot"])]
    roles: Vec<Role>,
    /// Where the roles apply: an environment, or `production` [default: the whole project].
    #[arg(long = "env", value_name = "ENV|production")]
    scope: Option<GrantScope>,
    /// The name of a new member [default: derived from the address].
    #[arg(long)]
    name: Option<MemberName>,
    /// Another author address of the member.
    #[arg(long = "email", value_name = "EMAIL")]
    emails: Vec<Email>,
    /// A public key that the member signs with, as in id_ed25519.pub.
    #[arg(long)]
    key: Option<SigningKey>,
    /// The member is a program: it may request releases, but never approves or rejects one, or changes access or policies
    #[arg(long)]
    bot: bool,
    #[command(flatten)]
    write: WriteArgs,
}

pub fn run(args: &AccessGrantArgs, app: &mut App) -> anyhow::Result<Answer> {
    let wanted = Grant {
        who: args.who.clone(),
        roles: args.roles.clone(),
        scope: args.scope.clone(),
        name: args.name.clone(),
        emails: args.emails.clone(),
        key: args.key.clone(),
        bot: args.bot,
        reason: args.write.reason().cloned(),
    };
    change(app, &args.write, |project| grant(project, &wanted))
}
