//! The names of the project that a shell completes: environments, resources and versions.

use std::any::TypeId;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use clap::{Arg, Args, Command, FromArgMatches};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use envctl::model::{
    CheckName, EnvironmentSlug, Kind, NamedResource, PolicyKey, Project, Resource, VersionId,
    VersionNumber,
};

use crate::app::App;
use crate::commands::diff::{DiffSubject, NamedOne};
use crate::options::Global;
use crate::process::Process;
use crate::render::joined;

/// What an argument takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct NameTaken {
    environments: bool,
    resources: bool,
    checks: bool,
    versions: NumberTaken,
}

/// Whether an argument takes a version behind an `@`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NumberTaken {
    Never,
    Optional,
    Required,
}

/// Returns `line` with completions for each argument that takes a name of the project in which `process` runs.
///
/// What an argument takes is told from the type that it is read as, so no command has to say it.
pub fn completed(line: Command, process: Process) -> Command {
    let line = line.mut_args(|argument| completed_argument(argument, process));
    line.mut_subcommands(|command| completed(command, process))
}

fn completed_argument(argument: Arg, process: Process) -> Arg {
    let Some(taken) = taken(&argument) else {
        return argument;
    };
    argument.add(ArgValueCompleter::new(move |current: &OsStr| {
        let (Some(current), Some(project)) = (current.to_str(), project(process)) else {
            return Vec::new();
        };
        candidates(&project, taken, current)
    }))
}

fn taken(argument: &Arg) -> Option<NameTaken> {
    let id = argument.get_value_parser().type_id();
    let is = |other: TypeId| id == other;
    let named = |name: &str| {
        let mut names = argument.get_value_names().unwrap_or_default().iter();
        names.any(|known| known.as_str() == name)
    };
    let either = is(TypeId::of::<DiffSubject>()) || is(TypeId::of::<NamedOne>());
    // These are read as plain text, because what they name may not exist or is told apart later.
    let looked_at = named("ENV|RESOURCE");
    let taken = NameTaken {
        environments: is(TypeId::of::<EnvironmentSlug>())
            || either
            || looked_at
            || named("ENV")
            || named("ENV|production"),
        resources: is(TypeId::of::<Resource>())
            || is(TypeId::of::<NamedResource>())
            || is(TypeId::of::<VersionId>())
            || either
            || looked_at,
        checks: is(TypeId::of::<CheckName>()),
        versions: if is(TypeId::of::<VersionId>()) {
            NumberTaken::Required
        } else if is(TypeId::of::<NamedResource>()) || either {
            NumberTaken::Optional
        } else {
            NumberTaken::Never
        },
    };
    (taken.environments || taken.resources || taken.checks).then_some(taken)
}

/// Returns the project that the command line is about, or `None` if there is none or it cannot be read: then there is
/// nothing to complete, and an error would disturb the line that somebody types.
fn project(process: Process) -> Option<Project> {
    // Before `--` stand the words of the shell's script, behind it the line as far as it is typed.
    let words = process.arguments().skip_while(|word| word != "--").skip(1);
    let mut app = App::new(process, &global(words.collect())?);
    let session = app.session().ok()?;
    Some(session.view(None).ok()?.state.project)
}

/// Returns the global options on a line that is not complete yet.
fn global(words: Vec<OsString>) -> Option<Global> {
    let others = Arg::new("others").num_args(0..);
    let line = Global::augment_args(Command::new("envctl").ignore_errors(true)).arg(others);
    Global::from_arg_matches(&line.try_get_matches_from(words).ok()?).ok()
}

fn candidates(project: &Project, taken: NameTaken, current: &str) -> Vec<CompletionCandidate> {
    let names = match current.split_once('@') {
        Some((resource, _)) if taken.versions != NumberTaken::Never => resource
            .parse()
            .map_or_else(|_| Vec::new(), |resource| versions(project, &resource)),
        _ => named(project, taken, current),
    };
    let fitting = names
        .into_iter()
        .filter(|(name, _)| name.starts_with(current));
    fitting
        .enumerate()
        .map(|(order, (name, help))| {
            CompletionCandidate::new(name)
                .help((!help.is_empty()).then(|| help.into()))
                .display_order(Some(order))
        })
        .collect()
}

/// Returns environments and resources that begin with `current`, each with what helps to choose.
fn named(project: &Project, taken: NameTaken, current: &str) -> Vec<(String, String)> {
    let environments = taken.environments.then(|| project.in_order());
    let environments = environments.into_iter().flatten();
    let resources = taken.resources.then(|| project.versions.keys());
    let resources = resources.into_iter().flatten();
    let resources: Vec<&Resource> = resources
        .filter(|resource| resource.to_string().starts_with(current))
        .collect();
    let resources = match (taken.versions, resources.as_slice()) {
        // A name that cannot stand alone goes on at once.
        (NumberTaken::Required, [only]) => versions(project, only),
        (NumberTaken::Required, several) => several
            .iter()
            .map(|resource| (format!("{resource}@"), newest(project, resource)))
            .collect(),
        (_, several) => several
            .iter()
            .map(|resource| (resource.to_string(), newest(project, resource)))
            .collect(),
    };
    environments
        .map(|slug| {
            (
                slug.to_string(),
                project.environments[slug].name.to_string(),
            )
        })
        .chain(resources)
        .chain(checks(project, taken.checks))
        .collect()
}

/// Returns the checks that some policy requires or somebody has attested, if they are `wanted`.
fn checks(project: &Project, wanted: bool) -> impl Iterator<Item = (String, String)> {
    let policies = project.environments.values().map(|known| &known.policy);
    let required = policies.flat_map(|policy| {
        let of = |kind: Kind| policy.demands(kind).checks(PolicyKey::RequiredChecks);
        Kind::ALL.into_iter().filter_map(of).flatten()
    });
    let attested = project
        .attestations
        .values()
        .flat_map(|checks| checks.keys());
    let names = required.chain(attested).filter(|_| wanted);
    let names: BTreeSet<&CheckName> = names.collect();
    let named: Vec<_> = names
        .into_iter()
        .map(|name| (name.to_string(), String::new()))
        .collect();
    named.into_iter()
}

/// Returns the versions of `resource`, newest first, each with where it is live.
fn versions(project: &Project, resource: &Resource) -> Vec<(String, String)> {
    let numbers = project.versions.get(resource).into_iter();
    let numbers = numbers.flat_map(|known| known.keys().rev().copied());
    let named = |number: VersionNumber| {
        (
            resource.at(number).to_string(),
            live(project, resource, number),
        )
    };
    numbers.map(named).collect()
}

fn live(project: &Project, resource: &Resource, number: VersionNumber) -> String {
    let mut live = project.in_order();
    live.retain(|slug| project.live(slug, resource) == Some(number));
    match live.is_empty() {
        true => String::new(),
        false => format!("live in {}", joined(live, ", ")),
    }
}

fn newest(project: &Project, resource: &Resource) -> String {
    let newest = project.newest(resource);
    newest.map_or_else(String::new, |(number, _)| format!("newest is {number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An argument whose values are names of the project is found by what it is read as, or by what it is called.
    #[test]
    fn every_argument_that_is_called_by_a_name_completes() {
        fn look(command: &Command, path: &str, missing: &mut Vec<String>, found: &mut usize) {
            for argument in command.get_arguments() {
                let mut names = argument.get_value_names().unwrap_or_default().iter();
                let words = ["ENV", "RESOURCE", "SLUG", "FROM"];
                let is_named = names.any(|name| {
                    name.split(['|', '[', '@', ']'])
                        .any(|part| words.contains(&part))
                });
                let completes = taken(argument).is_some();
                *found += usize::from(completes);
                if is_named && !completes {
                    missing.push(format!("{path} {}", argument.get_id()));
                }
            }
            for command in command.get_subcommands() {
                let path = format!("{path} {}", command.get_name());
                look(command, &path, missing, found);
            }
        }
        let (mut missing, mut found) = (Vec::new(), 0);
        look(&crate::cli::command(), "envctl", &mut missing, &mut found);
        assert_eq!(missing, Vec::<String>::new());
        assert!(found > 30, "{found}");
    }
}
