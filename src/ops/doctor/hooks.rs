use super::problem::{Fix, Gravity, Problem};
use crate::ops::{ReadError, Session};
use crate::store::{HookFile, HookName, HookState, ProjectFolder, Store, shell_word};

/// Returns the hooks that do not do what they should.
pub(super) fn installed(
    store: &Store,
    session: Option<&Session>,
) -> Result<Vec<Problem>, ReadError> {
    let folder = session.map(|session| &session.folder);
    let mut problems = Vec::new();
    for name in HookName::ALL {
        let file = store.hook(name, folder)?;
        let wanted = folder.filter(|_| store.usual_hooks().contains(&name));
        problems.extend(match (file.state, wanted) {
            (HookState::Outdated | HookState::Disabled, _) => Some(idle(&file, folder)),
            (HookState::Absent, Some(folder)) => Some(absent(name, folder)),
            (HookState::Foreign, Some(folder)) => foreign(&file, folder),
            _ => None,
        });
    }
    Ok(problems)
}

fn idle(file: &HookFile, folder: Option<&ProjectFolder>) -> Problem {
    let name = file.name;
    let problem = match file.state {
        HookState::Disabled => Problem::new(
            Gravity::Warning,
            "hook-disabled",
            format!("the {name} hook is not executable, so git ignores it"),
        ),
        _ => Problem::new(
            Gravity::Warning,
            "hook-outdated",
            format!("the {name} hook is not the one that this envctl installs"),
        ),
    };
    match folder.or(file.folder.as_ref()) {
        Some(folder) => problem
            .remedy(install(name, folder))
            .fix(Fix::Hook(name, folder.clone())),
        None => problem.remedy(format!("envctl hooks install {name}")),
    }
}

fn absent(name: HookName, folder: &ProjectFolder) -> Problem {
    let message = format!("there is no {name} hook, so nothing is checked there");
    Problem::new(Gravity::Note, "hook-absent", message).remedy(install(name, folder))
}

/// Returns the problem with somebody else's hook. One that runs `envctl check` is as good as
/// envctl's.
fn foreign(file: &HookFile, folder: &ProjectFolder) -> Option<Problem> {
    let name = file.name;
    let for_this_project = file.calls_check && file.folder.is_none();
    if for_this_project && file.runs {
        return None;
    }
    if for_this_project {
        let message = format!("the {name} hook is not executable, so git ignores it");
        let remedy = format!("chmod +x {}", shell_word(&file.path.display().to_string()));
        return Some(Problem::new(Gravity::Warning, "hook-disabled", message).remedy(remedy));
    }
    let why = file.why.as_deref().unwrap_or("not envctl's");
    let message = format!("the {name} hook is {why}; it can run this as well");
    Some(Problem::new(Gravity::Note, "hook-foreign", message).remedy(file.line(folder)))
}

fn install(name: HookName, folder: &ProjectFolder) -> String {
    let project = if folder.is_root() {
        String::new()
    } else {
        format!(" --project={}", shell_word(folder.as_str()))
    };
    format!("envctl hooks install {name}{project}")
}
