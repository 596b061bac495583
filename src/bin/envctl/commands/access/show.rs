use envctl::model::{
    Access, CommitId, GrantScope, Member, MemberName, Permission, Role, RoleName, SigningKey,
};
use envctl::plan::{Who, member};
use schemars::JsonSchema;
use serde::Serialize;

use super::named::who;
use crate::app::{Answer, App};
use crate::context::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::options::At;
use crate::render::{Cell, Table};
use crate::ui::style;

/// Show the members and their roles.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl access show
  envctl access show bob            one member, with addresses and keys
  envctl access show --at v1.4 --json")]
pub struct AccessShowArgs {
    /// Only this member: an address, or a name.
    #[arg(value_name = "EMAIL|MEMBER", value_parser = who)]
    who: Option<Who>,
    #[command(flatten)]
    at: At,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    /// Whether there is an access.toml; without it everyone is an owner.
    restricted: bool,
    signatures: Option<&'static str>,
    members: Vec<MemberBody<'a>>,
    /// The roles that the project defines.
    custom_roles: Vec<RoleBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct MemberBody<'a> {
    member: &'a MemberName,
    emails: Vec<&'a str>,
    roles: Vec<&'a Role>,
    /// The roles that apply in single environments only.
    scoped_roles: Vec<ScopedBody<'a>>,
    keys: Vec<String>,
    bot: bool,
}

#[derive(Serialize, JsonSchema)]
struct RoleBody<'a> {
    role: &'a RoleName,
    allows: Vec<Permission>,
}

#[derive(Serialize, JsonSchema)]
struct ScopedBody<'a> {
    scope: &'a GrantScope,
    roles: Vec<&'a Role>,
}

pub fn run(args: &AccessShowArgs, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let view = app.view(&session, &args.at)?;
    let project = &view.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    let nobody = Access::default();
    let access = project.access.as_ref().unwrap_or(&nobody);
    let members = chosen(access, args.who.as_ref())?;
    match (&project.access, &args.who) {
        (None, _) => app
            .output
            .say("there is no access.toml: everyone is an owner"),
        (Some(_), None) => {
            app.answer_table(&table(&members));
            if !access.roles.is_empty() {
                app.answer("");
                app.answer_table(&roles(access));
            }
            app.output
                .say(format!("signatures are {}", access.signatures));
        }
        (Some(_), Some(_)) => members
            .iter()
            .for_each(|(name, member)| app.answer_table(&one(name, member))),
    }
    Ok(app.done(&Body {
        context,
        commit: view.commit,
        restricted: project.access.is_some(),
        signatures: project
            .access
            .as_ref()
            .map(|access| access.signatures.as_str()),
        members: members
            .iter()
            .map(|(name, member)| body(name, member))
            .collect(),
        custom_roles: access
            .roles
            .iter()
            .map(|(role, allowed)| RoleBody {
                role,
                allows: allowed.iter().copied().collect(),
            })
            .collect(),
    }))
}

fn chosen<'a>(
    access: &'a Access,
    who: Option<&Who>,
) -> anyhow::Result<Vec<(&'a MemberName, &'a Member)>> {
    let Some(who) = who else {
        return Ok(access.members.iter().collect());
    };
    let found = member(access, who);
    let nobody = || {
        Failure::new(
            Exit::Error,
            "no-such-member",
            "no member named that in access.toml",
        )
    };
    Ok(vec![found.ok_or_else(|| {
        nobody().hint("`envctl access show` lists the members")
    })?])
}

fn body<'a>(name: &'a MemberName, member: &'a Member) -> MemberBody<'a> {
    let scoped = member.environments.iter().map(|(scope, roles)| ScopedBody {
        scope,
        roles: roles.iter().collect(),
    });
    MemberBody {
        member: name,
        emails: member
            .emails
            .iter()
            .map(envctl::model::Email::as_str)
            .collect(),
        roles: member.roles.iter().collect(),
        scoped_roles: scoped.collect(),
        keys: member.keys.iter().map(SigningKey::to_string).collect(),
        bot: member.bot,
    }
}

fn table(members: &[(&MemberName, &Member)]) -> Table {
    let mut table = Table::new(&["MEMBER", "ROLES", "IN ENVIRONMENTS", "EMAIL", "KEYS"]);
    for (name, member) in members {
        let bot = if member.bot { " (bot)" } else { "" };
        let first = member.emails.first().map_or_else(Cell::nothing, Cell::new);
        let keys = if member.keys.is_empty() {
            Cell::nothing()
        } else {
            Cell::new(member.keys.len())
        };
        let name = Cell::new(format!("{name}{bot}")).style(style::STRONG);
        table.row([
            name,
            named(member.roles.iter()),
            Cell::new(scoped(member)),
            first,
            keys,
        ]);
    }
    table
}

fn named<'a>(roles: impl Iterator<Item = &'a Role>) -> Cell {
    let names: Vec<&str> = roles.map(Role::as_str).collect();
    if names.is_empty() {
        Cell::nothing()
    } else {
        Cell::new(names.join(", "))
    }
}

fn scoped(member: &Member) -> String {
    let grant = |(scope, roles): (_, &std::collections::BTreeSet<Role>)| {
        let roles: Vec<&str> = roles.iter().map(Role::as_str).collect();
        format!("{scope}: {}", roles.join(", "))
    };
    member
        .environments
        .iter()
        .map(grant)
        .collect::<Vec<_>>()
        .join("; ")
}

fn roles(access: &Access) -> Table {
    let mut table = Table::new(&["ROLE", "PERMISSIONS"]);
    for (name, allowed) in &access.roles {
        let allowed: Vec<&str> = allowed
            .iter()
            .map(|permission| permission.as_str())
            .collect();
        table.row([
            Cell::new(RoleName::as_str(name)).style(style::STRONG),
            Cell::new(allowed.join(", ")),
        ]);
    }
    table
}

/// Returns a table of one member, a row for each property.
pub fn one(name: &MemberName, member: &Member) -> Table {
    let everywhere = member.roles.iter().map(|role| ("role", role.to_string()));
    let somewhere = member.environments.iter().flat_map(|(scope, roles)| {
        roles
            .iter()
            .map(move |role| ("role", format!("{role} in {scope}")))
    });
    let bot = member.bot.then(|| {
        (
            "bot",
            "requests releases; never decides on them, and never changes access or policies"
                .to_owned(),
        )
    });
    let rows = std::iter::once(("member", name.to_string()))
        .chain(
            member
                .emails
                .iter()
                .map(|email| ("email", email.to_string())),
        )
        .chain(everywhere)
        .chain(somewhere)
        .chain(member.keys.iter().map(|key| ("key", key.to_string())))
        .chain(bot);
    let mut table = Table::new(&["WHAT", "VALUE"]);
    for (what, value) in rows {
        table.row([Cell::new(what), Cell::new(value)]);
    }
    table
}
