//! Reports, read by the programs and schemas that they are for.

use std::path::Path;
use std::process::Command;

use crate::tools;
use crate::world::World;

/// A world with errors and warnings, in files, of files, and in hostile names.
fn with_findings() -> World {
    let world = World::demanding(&["required_source=staging", "min_dwell=24h"]);
    world.git(&["checkout", "-q", "-b", "pull"]);
    world.write("prompts/router/12.md", "Route <best> & \"more\"\n");
    world.write(
        "pointers/prod.toml",
        "[prompts.greeting]\nversion = 1\n\n[prompts.router]\nversion = 12\n",
    );
    world.write("environments/qa ü#%.toml", "name = 1\n");
    world.write(
        "environments/qa.toml",
        "name = \"QA\"\n\"a\\u200d<b>\" = 1\n",
    );
    world.commit_all("<b>&amp; \"quoted\" ]]> \u{202e}");
    world
}

/// The ranges and states whose reports are read.
const JUDGED: [&[&str]; 3] = [
    &["--pin-policy", "main..pull"],
    &["--worktree"],
    &["main~1..main"],
];

/// Writes each report in `format` to a file, and returns the files.
fn written(world: &World, format: &str) -> Vec<std::path::PathBuf> {
    let reports = JUDGED.iter().enumerate().map(|(index, judged)| {
        let arguments = [&["check", "--exit-zero", "--format", format], *judged].concat();
        let path = world.path(&format!("report-{index}.{format}"));
        std::fs::write(&path, world.done(&arguments).stdout).unwrap();
        path
    });
    reports.collect()
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{command:?}: {text}");
    text
}

#[test]
fn the_official_validator_of_sarif_has_neither_error_nor_warning() {
    let Some([multitool]) = tools::programs(["sarif-multitool"]) else {
        return;
    };
    let world = with_findings();
    for report in written(&world, "sarif") {
        // The wrapper from npm hands its arguments to a shell, hence the quotes.
        let mut command = world.sealed(&multitool, &world.repo());
        command
            .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
            .arg("validate")
            .arg(&report)
            .args([
                "--level",
                "'Error;Warning'",
                "--kind",
                "Fail",
                "--rule-kind",
                "'Sarif;Ghas'",
            ]);
        let said = run(&mut command);
        let complaints: Vec<&str> = said
            .lines()
            .filter(|line| line.contains("): error ") || line.contains("): warning "))
            .collect();
        assert_eq!(complaints, Vec::<&str>::new(), "{}", report.display());
        assert!(said.contains("1 files scanned"), "{said}");
    }
}

#[test]
fn junit_reports_are_valid_by_the_schema_of_jenkins() {
    let Some([validator]) = tools::programs(["xmlschema-validate"]) else {
        return;
    };
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reports/junit-10.xsd");
    let world = with_findings();
    for report in written(&world, "junit") {
        run(world
            .sealed(&validator, &world.repo())
            .arg("--schema")
            .arg(&schema)
            .arg(&report));
    }
}

#[test]
fn findings_are_in_the_order_in_which_people_count() {
    let world = World::promoted();
    for number in [1, 2, 9, 10, 11] {
        world.write(&format!("environments/e{number}.toml"), "colour = 1\n");
    }
    let answer = world.json(11, &["check", "--worktree"]);
    let files: Vec<&str> = answer["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["file"].as_str().unwrap())
        .collect();
    let mut distinct = files.clone();
    distinct.dedup();
    let expected = ["e1", "e2", "e9", "e10", "e11"].map(|name| format!("environments/{name}.toml"));
    assert_eq!(distinct, expected);
}
