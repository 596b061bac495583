use envctl::model::{
    Access, CommitId, Email, EnvironmentSlug, Member, MemberName, Permission, Project, Role,
};
use envctl::plan::existing;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{Answer, App};
use crate::context::Context;
use crate::options::At;
use crate::render::{Cell, Table};
use crate::ui::style;

/// Show what somebody may do in an environment, or in the project as a whole, and by which role.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl access explain bob@example.org prod
  envctl access explain bob@example.org
  envctl access explain bob@example.org prod --json | jq -r '.permissions[] | select(.allowed) | .permission'")]
pub struct AccessExplainArgs {
    /// The author address of the person's commits.
    email: Email,
    /// The environment [default: the whole project].
    #[arg(value_name = "ENV")]
    environment: Option<EnvironmentSlug>,
    #[command(flatten)]
    at: At,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    email: &'a Email,
    environment: Option<&'a EnvironmentSlug>,
    member: Option<&'a MemberName>,
    bot: bool,
    permissions: Vec<PermissionBody>,
}

#[derive(Serialize, JsonSchema)]
struct PermissionBody {
    permission: Permission,
    allowed: bool,
    /// The roles that allow it, and where they were granted.
    granted: Vec<GrantBody>,
}

#[derive(Serialize, JsonSchema)]
struct GrantBody {
    role: String,
    /// An environment, or `production`; null: the whole project.
    scope: Option<String>,
}

pub fn run(args: &AccessExplainArgs, app: &mut App) -> anyhow::Result<Answer> {
    let session = app.session()?;
    let view = app.view(&session, &args.at)?;
    let project = &view.state.project;
    let context = app.context(&session, project.settings.branch.as_ref());
    if let Some(slug) = &args.environment {
        existing(project, slug)?;
    }
    let known = project
        .access
        .as_ref()
        .and_then(|access| access.member(args.email.as_str()));
    let permissions: Vec<PermissionBody> = Permission::ALL
        .map(|permission| judged(args, project, permission))
        .into();
    app.answer_table(&table(&permissions));
    let place = args.environment.as_ref().map_or_else(
        || "in the whole project".to_owned(),
        |slug| format!("in {slug}"),
    );
    match (&project.access, known) {
        (None, _) => app
            .output
            .say("there is no access.toml: everyone is an owner"),
        (Some(_), None) => app
            .output
            .say(format!("{} is not a member and may do nothing", args.email)),
        (Some(_), Some((name, member))) => {
            let bot = if member.bot {
                "; as a bot it never approves or rejects, or changes access or policies"
            } else {
                ""
            };
            app.output
                .say(format!("{} is {name}, {place}{bot}", args.email));
        }
    }
    Ok(app.done(&Body {
        context,
        commit: view.commit,
        email: &args.email,
        environment: args.environment.as_ref(),
        member: known.map(|(name, _)| name),
        bot: known.is_some_and(|(_, member)| member.bot),
        permissions,
    }))
}

fn judged(args: &AccessExplainArgs, project: &Project, permission: Permission) -> PermissionBody {
    let Some(access) = &project.access else {
        let by = vec![GrantBody {
            role: Role::Owner.to_string(),
            scope: None,
        }];
        return PermissionBody {
            permission,
            allowed: true,
            granted: by,
        };
    };
    let Some((_, member)) = access.member(args.email.as_str()) else {
        return PermissionBody {
            permission,
            allowed: false,
            granted: Vec::new(),
        };
    };
    let environment = args.environment.as_ref();
    let by = reasons(access, member, permission, environment, project);
    PermissionBody {
        permission,
        allowed: access.allows(member, permission, environment, project),
        granted: by,
    }
}

fn reasons(
    access: &Access,
    member: &Member,
    permission: Permission,
    environment: Option<&EnvironmentSlug>,
    project: &Project,
) -> Vec<GrantBody> {
    let grants = member.grants_in(environment, project);
    let allowing = grants.filter(|(_, role)| access.role_allows(role, permission));
    let by = |(scope, role): (Option<&envctl::model::GrantScope>, &Role)| GrantBody {
        role: role.to_string(),
        scope: scope.map(ToString::to_string),
    };
    allowing.map(by).collect()
}

fn table(permissions: &[PermissionBody]) -> Table {
    let mut table = Table::new(&["PERMISSION", "MAY", "BY"]);
    for PermissionBody {
        permission,
        allowed,
        granted: by,
    } in permissions
    {
        let by = by.iter().map(|by| match &by.scope {
            None => by.role.clone(),
            Some(scope) => format!("{} in {scope}", by.role),
        });
        let by = by.collect::<Vec<_>>().join(", ");
        let may = Cell::new(if *allowed { "yes" } else { "no" });
        let may = if *allowed {
            may.style(style::STRONG)
        } else {
            may.style(style::FAINT)
        };
        table.row([
            Cell::new(permission),
            may,
            if by.is_empty() {
                Cell::nothing()
            } else {
                Cell::new(by)
            },
        ]);
    }
    table
}
