//! What jobs elsewhere read of this repository: the action, the hook of pre-commit, and the examples of the help.

use std::fs;

use yaml_rust2::{Yaml, YamlLoader};

use crate::world::{Run, World};

const ACTION: &str = include_str!("../../action.yml");
const HOOKS: &str = include_str!("../../.pre-commit-hooks.yaml");
const HELP: &str = include_str!("../../src/bin/envctl/help/ci.md");

fn yaml(text: &str) -> Yaml {
    YamlLoader::load_from_str(text)
        .unwrap_or_else(|error| panic!("{error}: {text}"))
        .remove(0)
}

fn steps(action: &Yaml) -> &[Yaml] {
    action["runs"]["steps"].as_vec().unwrap()
}

#[test]
fn the_action_says_where_each_of_its_outputs_comes_from() {
    let action = yaml(ACTION);
    let world = World::new();
    let outputs = world.path("outputs");
    let mut command = world.program(&world.repo());
    command
        .args(["check", "--format", "github"])
        .env("GITHUB_OUTPUT", &outputs);
    assert_eq!(Run::of(&mut command).exit, 0);
    let told = fs::read_to_string(&outputs).unwrap();
    let mut told: Vec<&str> = told
        .lines()
        .map(|line| line.split_once('=').unwrap().0)
        .collect();
    let named = action["outputs"].as_hash().unwrap();
    for (name, output) in named {
        let value = output["value"].as_str().unwrap();
        assert!(
            value.starts_with(&format!(
                "${{{{ steps.check.outputs.{} ",
                name.as_str().unwrap()
            )),
            "{value}"
        );
    }
    let mut named: Vec<&str> = named.keys().map(|name| name.as_str().unwrap()).collect();
    told.sort_unstable();
    named.sort_unstable();
    assert_eq!(told, named);
}

#[test]
fn nothing_that_a_pull_request_says_gets_into_a_script_of_the_action() {
    let action = yaml(ACTION);
    for step in steps(&action) {
        assert!(!step["run"].as_str().unwrap().contains("${{"), "{step:?}");
        let builds = step["run"].as_str().unwrap().contains("cargo");
        assert!(
            !builds || step["working-directory"].as_str() == Some("${{ github.action_path }}"),
            "{step:?}"
        );
    }
}

/// Runs the step of the action that checks, with an envctl that only says how it was called.
fn called(world: &World, variables: &[(&str, &str)]) -> (Run, String) {
    let action = yaml(ACTION);
    let step = steps(&action)
        .iter()
        .find(|step| step["id"].as_str() == Some("check"))
        .unwrap();
    let programs = world.path("programs");
    fs::create_dir_all(&programs).unwrap();
    fs::write(programs.join("script"), step["run"].as_str().unwrap()).unwrap();
    fs::write(
        programs.join("envctl.sh"),
        "envctl() { printf '%s\\n' \"$@\"; case \" $* \" in *--pre-push*) cat ;; esac; }\n",
    )
    .unwrap();
    let mut command = world.sealed("bash", &world.repo());
    command
        .args(["--noprofile", "--norc", "-eo", "pipefail"])
        .arg(programs.join("script"));
    command
        .env("BASH_ENV", programs.join("envctl.sh"))
        .env("GITHUB_OUTPUT", programs.join("outputs"));
    for variable in step["env"].as_hash().unwrap().keys() {
        command.env(variable.as_str().unwrap(), "");
    }
    command.env("PIN", "auto").env("ALL", "false");
    let run = Run::of(command.envs(variables.iter().copied()));
    (
        run,
        fs::read_to_string(programs.join("outputs")).unwrap_or_default(),
    )
}

#[test]
fn the_action_judges_what_the_event_brings() {
    let world = World::new();
    let zeros = "0".repeat(40);
    let fresh = |reference| {
        [
            ("EVENT", "push"),
            ("BEFORE", zeros.as_str()),
            ("AFTER", "2e"),
            ("REF", reference),
            ("DEFAULT", "main"),
        ]
    };
    let pull = [
        ("EVENT", "pull_request"),
        ("PULL_BASE", "release"),
        ("PULL_HEAD", "h"),
    ];
    let landing = [&pull[..], &[("LANDING", "squash"), ("ALL", "true")]].concat();
    let pushed = format!("--pre-push\n--\norigin\nrefs/heads/main 2e refs/heads/main {zeros}\n");
    for (variables, rest) in [
        (&pull[..], "--pin-policy\n--\norigin/release..h\n"),
        (
            &landing[..],
            "--pin-policy\n--landing=squash\n--all-projects\n--\norigin/release..h\n",
        ),
        (
            &[("EVENT", "pull_request_target"), ("RANGE", "b..h")],
            "--pin-policy\n--\nb..h\n",
        ),
        (
            &[
                ("EVENT", "merge_group"),
                ("QUEUE_BASE", "b"),
                ("QUEUE_HEAD", "h"),
                ("LANDING", "merge"),
            ],
            "--\nb..h\n",
        ),
        (
            &[("EVENT", "push"), ("BEFORE", "1f"), ("AFTER", "2e")],
            "--\n1f..2e\n",
        ),
        (&fresh("refs/heads/main"), &pushed),
        (
            &fresh("refs/heads/feature"),
            "--pin-policy\n--\norigin/main..2e\n",
        ),
        (&fresh("refs/tags/v1"), ""),
        (
            &[("EVENT", "schedule"), ("PROJECT", "--x $(id)")],
            "--project=--x $(id)\n",
        ),
    ] {
        let (run, _) = called(&world, variables);
        assert_eq!(
            (run.exit, run.stdout),
            (0, format!("check\n--format\ngithub\n{rest}")),
            "{variables:?}"
        );
    }
}

/// The tip is sound, and what came before it is not: a branch that is new is judged from its first commit.
#[test]
fn a_live_branch_that_is_new_is_judged_whole() {
    let world = World::promoted();
    world.replace("pointers/prod.toml", "version = 1", "version = 9");
    world.commit_all("to nothing");
    world.git(&["revert", "--no-edit", "HEAD"]);
    world.done(&["check"]);
    let (head, zeros) = (world.head(), "0".repeat(40));
    let outputs = world.path("outputs");
    let update = format!("refs/heads/main {head} refs/heads/main {zeros}\n");
    let mut command = world.program(&world.repo());
    command
        .args(["check", "--format", "github", "--pre-push", "origin"])
        .env("GITHUB_OUTPUT", &outputs);
    let run = world.feed(&mut command, update.as_bytes());
    assert_eq!(run.exit, 11, "{run:?}");
    assert!(
        run.stdout.starts_with("::error file=pointers/prod.toml"),
        "{run:?}"
    );
    let told = fs::read_to_string(&outputs).unwrap();
    assert!(
        told.starts_with("findings=2\n") && told.ends_with("ok=false\nlevel=A0\njudged=7\n"),
        "{told}"
    );
}

#[test]
fn the_action_refuses_to_guess() {
    let world = World::new();
    let target = [
        ("EVENT", "pull_request_target"),
        ("PULL_BASE", "b"),
        ("PULL_HEAD", "h"),
    ];
    let fresh = [
        ("EVENT", "push"),
        ("PIN", "false"),
        ("BEFORE", "0000"),
        ("REF", "refs/heads/feature"),
        ("DEFAULT", "main"),
    ];
    for variables in [
        &target[..],
        &fresh,
        &[("EVENT", "push"), ("PIN", "yes")],
        &[("EVENT", "push"), ("ALL", "1")],
    ] {
        let (run, outputs) = called(&world, variables);
        assert_eq!(run.exit, 2, "{run:?}");
        assert!(run.stdout.starts_with("::error title=envctl::"), "{run:?}");
        assert!(outputs.ends_with("ok=false\n"), "{outputs}");
    }
}

#[test]
fn pre_commit_judges_whatever_is_committed() {
    let hook = &yaml(HOOKS)[0];
    assert_eq!(
        (
            hook["always_run"].as_bool(),
            hook["pass_filenames"].as_bool()
        ),
        (Some(true), Some(false))
    );
    assert!(hook["files"].is_badvalue());
    let entry = hook["entry"].as_str().unwrap();
    let arguments: Vec<&str> = entry.strip_prefix("envctl ").unwrap().split(' ').collect();
    World::new().done(&arguments);
}

#[test]
fn the_examples_of_the_help_are_yaml() {
    let help = blocks(HELP);
    assert_eq!(help.len(), 3, "{help:?}");
    assert_eq!(help[0]["permissions"]["contents"].as_str(), Some("read"));
    assert_eq!(
        help[0]["jobs"]["envctl"]["steps"][0]["with"]["fetch-depth"].as_i64(),
        Some(0)
    );
    assert_eq!(
        help[1]["envctl"]["artifacts"]["reports"]["codequality"].as_str(),
        Some("envctl.json")
    );
    assert_eq!(
        help[2]["repos"][0]["hooks"][0]["id"].as_str(),
        yaml(HOOKS)[0]["id"].as_str()
    );
}

/// The indented block behind each line of `help` that names a YAML file.
fn blocks(help: &str) -> Vec<Yaml> {
    let lines: Vec<&str> = help.lines().collect();
    let named =
        |line: &str| !line.starts_with(' ') && (line.contains(".yml") || line.contains(".yaml"));
    let block = |at: usize| {
        let body = lines[at + 1..]
            .iter()
            .take_while(|line| line.is_empty() || line.starts_with("    "));
        body.map(|line| format!("{}\n", line.get(4..).unwrap_or_default()))
            .collect::<String>()
    };
    (0..lines.len())
        .filter(|at| named(lines[*at]))
        .map(|at| yaml(&block(at)))
        .collect()
}
