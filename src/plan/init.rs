use super::{Action, Message, Plan, PlanError, Reason};
use crate::files::Edit;
use crate::model::{BranchName, DisplayName, Environment, EnvironmentSlug, Project, Settings};

/// How git should treat what envctl owns: versions byte for byte, its own files with LF on every machine.
const ATTRIBUTES: &str = "\
# envctl: a version is served byte for byte, so git must not convert it
prompts/** -text
routing/** -text
providers/** -text
# envctl: its own files read the same on every machine
/envctl.toml text eol=lf
/access.toml text eol=lf
environments/*.toml text eol=lf
pointers/*.toml text eol=lf
pending/*.toml text eol=lf
scheduled/**/*.toml text eol=lf
";

/// Plans a new project with the environments `prod` and `staging`; `attributes` is what `.gitattributes` says already.
///
/// # Errors
///
/// When there is a project already.
pub fn init(
    project: &Project,
    name: &DisplayName,
    branch: &BranchName,
    attributes: &str,
    reason: Option<&Reason>,
) -> Result<Plan, PlanError> {
    if project.exists {
        return Err(PlanError::ProjectExists);
    }
    let [prod, staging] = EnvironmentSlug::system();
    let settings = Settings {
        name: Some(name.clone()),
        branch: Some(branch.clone()),
        default_publish: Some(prod.clone()),
        gateway_fallback: Some(prod.clone()),
        order: vec![staging.clone(), prod.clone()],
    };
    let message = Message::new(Action::Init, format!("init {name}")).detail("environments prod and staging");
    let edits = vec![
        Edit::WriteFile(".gitattributes", with_ours(attributes)),
        Edit::CreateProject(settings),
        Edit::CreateEnvironment(prod, production()),
        Edit::CreateEnvironment(staging, staging_environment()),
    ];
    Ok(Plan { edits, moves: Vec::new(), message: message.reason(reason) })
}

fn with_ours(attributes: &str) -> String {
    match attributes {
        "" => ATTRIBUTES.to_owned(),
        theirs if theirs.contains(ATTRIBUTES) => theirs.to_owned(),
        theirs => format!("{}\n\n{ATTRIBUTES}", theirs.trim_end()),
    }
}

fn production() -> Environment {
    Environment {
        name: display_name("Production"),
        color: "green".parse().ok(),
        production: true,
        ..Environment::named_after(&EnvironmentSlug::system()[0])
    }
}

fn staging_environment() -> Environment {
    Environment {
        name: display_name("Staging"),
        color: "amber".parse().ok(),
        ..Environment::named_after(&EnvironmentSlug::system()[1])
    }
}

fn display_name(name: &str) -> DisplayName {
    name.parse().expect("a short word is a display name")
}
