use serde_json::{Value, json};

use crate::world::{Run, World, codes};

#[test]
fn a_sound_project_has_no_findings() {
    let world = World::promoted();
    let run = world.refused(0, &["check"]);
    assert_eq!(run.stdout, "");
    run.says(&["no findings in ", &world.head()[..10]]);
    let answer = world.json(0, &["check"]);
    assert_eq!(
        (&answer["examined"], &answer["findings"]),
        (&json!("tip"), &json!([]))
    );
}

#[test]
fn a_finding_names_file_line_key_and_what_helps() {
    let world = World::promoted();
    world.replace(
        "environments/prod.toml",
        "production = true",
        "production = true\nprodution = true",
    );
    world.commit_all("typo");
    let run = world.refused(11, &["check"]);
    for part in [
        "error[unknown-key]",
        "--> environments/prod.toml:4:1",
        "4 | prodution = true",
        "= help: ",
    ] {
        assert!(run.stdout.contains(part), "{part}: {run:?}");
    }
    run.says(&["error: 1 finding", "envctl explain unknown-key"]);
    let answer = world.json(11, &["check"]);
    assert_eq!(answer["error"]["code"], "findings");
    let found = &answer["findings"][0];
    assert_eq!(
        (&found["line"], &found["key"], &found["severity"]),
        (&json!(4), &json!("prodution"), &json!("error"))
    );
    assert!(
        found["hint"].as_str().unwrap().contains("production"),
        "{found}"
    );
    let zero = world.refused(0, &["check", "--exit-zero"]);
    assert!(zero.stdout.contains("error[unknown-key]"));
}

#[test]
fn the_tip_the_index_and_the_work_tree_are_three_things() {
    let world = World::promoted();
    world.replace("pointers/prod.toml", "version = 1", "version = 7");
    world.done(&["check"]);
    world.done(&["check", "--staged"]);
    assert_eq!(
        codes(&world.json(11, &["check", "--worktree"])),
        ["pointer", "pointer"]
    );
    world.git(&["add", "-A"]);
    world.git(&[
        "restore",
        "pointers/prod.toml",
        "--source",
        "HEAD",
        "--worktree",
    ]);
    assert_eq!(
        codes(&world.json(11, &["check", "--staged"])),
        ["pointer", "pointer"]
    );
    world.done(&["check", "--worktree"]);
    world.git(&["commit", "-qm", "x"]);
    assert_eq!(codes(&world.json(11, &["check"])), ["pointer", "pointer"]);
    world.refused(2, &["check", "--staged", "--worktree"]);
}

#[test]
fn a_step_is_judged_with_what_was_before() {
    let world = World::published();
    let policy = "\n[policy]\nrequired_source = \"staging\"\n";
    world.write(
        "environments/prod.toml",
        world.read("environments/prod.toml") + policy,
    );
    world.commit_all("policy");
    world.write("prompts/router/2.md", "two");
    world.write("prompts/router/1.md", "changed");
    world.write("pointers/prod.toml", "[prompts.router]\nversion = 2\n");
    assert_eq!(
        codes(&world.json(11, &["check", "--worktree"])),
        ["required-source", "version-immutable"]
    );
    world.git(&["add", "-A"]);
    assert_eq!(
        codes(&world.json(11, &["check", "--staged"])),
        ["required-source", "version-immutable"]
    );
}

/// What the write path refuses, `check` finds with the same codes when it is forced in by hand.
#[test]
fn what_is_done_by_hand_is_found_as_it_would_have_been_refused() {
    for (path, text, expected) in [
        (
            "pointers/prod.toml",
            "[prompts.greeting]\nversion = 9\n",
            "pointer",
        ),
        (
            "pointers/prod.toml",
            "[prompts.none]\nversion = 1\n",
            "pointer",
        ),
        (
            "pointers/nowhere.toml",
            "[prompts.greeting]\nversion = 1\n",
            "pointer",
        ),
        (
            "pointers/prod.toml",
            "[prompts.greeting]\nversion = \"1\"\n",
            "wrong-type",
        ),
        (
            "pointers/prod.toml",
            "[prompts.greeting]\nversion = 0\n",
            "invalid-value",
        ),
        (
            "pointers/prod.toml",
            "[prompts.greeting]\nversion = -1\n",
            "invalid-value",
        ),
        (
            "pointers/prod.toml",
            "[prompts.greeting]\nversion = 4294967296\n",
            "invalid-value",
        ),
        ("pointers/prod.toml", "[prompts.greeting]\n", "missing-key"),
        (
            "pointers/prod.toml",
            "[prompts.greeting]\nrelease = 1\nversion = 1\n",
            "unknown-key",
        ),
        (
            "pointers/prod.toml",
            "[prompts.greeting]\nversion = 1\n[prompts.greeting]\nversion = 1\n",
            "toml-syntax",
        ),
        (
            "pointers/prod.toml",
            "<<<<<<< HEAD\nx = 1\n=======\n>>>>>>> x\n",
            "toml-syntax",
        ),
        ("environments/qa.toml", "name = \"\"\n", "invalid-value"),
        (
            "environments/qa.toml",
            "name = \"a\\u001b[2Jb\"\n",
            "invalid-value",
        ),
        (
            "environments/qa.toml",
            "name = \"qa\"\ncolor = \"pinkish\"\n",
            "invalid-value",
        ),
        ("environments/QA.toml", "name = \"qa\"\n", "unknown-file"),
        ("environments/con.toml", "name = \"qa\"\n", "unknown-file"),
        ("environments/qa.yml", "name: qa\n", "unknown-file"),
        ("prompts/greeting/3.md", "three", "version-sequence"),
        ("prompts/greeting/1.txt", "again", "version-sequence"),
        ("prompts/greeting/01.md", "x", "unknown-file"),
        ("access.toml", "", "members"),
    ] {
        let world = World::published();
        world.write(path, text);
        world.commit_all("by hand");
        let answer = world.json(11, &["check"]);
        assert!(
            codes(&answer).contains(&expected),
            "{path} {text:?}: {answer:#}"
        );
        assert_eq!(answer["findings"][0]["file"], path, "{answer:#}");
        let run = world.run(&["env", "edit", "staging", "--description", "x"]);
        assert_eq!(run.exit, 4, "{path} {text:?}: {run:?}");
    }
}

#[test]
fn a_version_that_is_no_toml_is_found() {
    let world = World::published();
    world.write("routing/a/1.toml", "x = \n");
    world.commit_all("by hand");
    assert_eq!(codes(&world.json(11, &["check"])), ["toml-syntax"]);
}

#[test]
fn settings_are_judged_like_everything_else() {
    for (old, new, expected) in [
        (
            "gateway_fallback = \"prod\"",
            "gateway_fallback = \"gone\"",
            "gateway-fallback",
        ),
        ("gateway_fallback = \"prod\"\n", "", "gateway-fallback"),
        ("name = \"Support\"\n", "", "missing-key"),
        (
            "default_publish = \"prod\"",
            "default_publish = \"gone\"",
            "default-publish",
        ),
        ("schema = 1", "schema = 2", "newer-schema"),
        (
            "schema = 1",
            "schema = 1\nfallback = \"prod\"",
            "unknown-key",
        ),
        (
            "  \"prod\",\n",
            "  \"prod\",\n  \"prod\",\n",
            "display-order",
        ),
        (
            "branch = \"main\"",
            "branch = \"--upload-pack=x\"",
            "invalid-value",
        ),
    ] {
        let world = World::published();
        world.replace("envctl.toml", old, new);
        world.commit_all("by hand");
        let answer = world.json(11, &["check"]);
        assert!(codes(&answer).contains(&expected), "{new:?}: {answer:#}");
    }
}

#[test]
fn a_slug_in_the_order_without_an_environment_is_only_a_warning() {
    let world = World::published();
    world.replace("envctl.toml", "  \"prod\",\n", "  \"prod\",\n  \"gone\",\n");
    world.commit_all("by hand");
    let run = world.refused(0, &["check"]);
    assert!(run.stdout.contains("warning[display-order]"), "{run:?}");
    world.done(&["env", "edit", "staging", "--description", "x"]);
}

#[test]
fn links_and_executables_in_owned_folders_are_found() {
    let world = World::published();
    std::os::unix::fs::symlink("/etc/passwd", world.path("repo/prompts/greeting/2.md")).unwrap();
    world.git(&["add", "-A"]);
    world.git(&["update-index", "--chmod=+x", "pointers/staging.toml"]);
    world.git(&["commit", "-qm", "by hand"]);
    let answer = world.json(11, &["check"]);
    assert!(
        codes(&answer).starts_with(&["unknown-file", "unknown-file"]),
        "{answer:#}"
    );
    assert!(!world.run(&["check"]).stdout.contains("root:"));
}

#[test]
fn a_write_that_mends_the_last_break_is_allowed() {
    let world = World::published();
    world.replace(
        "envctl.toml",
        "gateway_fallback = \"prod\"",
        "gateway_fallback = \"gone\"",
    );
    world.commit_all("by hand");
    world.refused(4, &["env", "edit", "staging", "--description", "x"]);
    world.done(&["env", "edit", "prod", "--gateway-fallback", "-y"]);
    world.done(&["check"]);
}

#[test]
fn companions_and_foreign_files_are_none_of_its_business() {
    let world = World::published();
    for path in [
        "prompts/README.md",
        "pointers/.gitkeep",
        "providers/.gitattributes",
        "src/main.py",
        "environment/x",
    ] {
        world.write(path, "x");
    }
    world.commit_all("more");
    world.done(&["check"]);
}

#[test]
fn a_finding_in_a_subfolder_is_named_from_the_root() {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "main"]);
    world.done(&["init", "services/gateway"]);
    world.write("services/gateway/environments/prod.toml", "nam = 1\n");
    world.commit_all("x");
    let answer = world.json(11, &["check", "--project", "services/gateway"]);
    assert_eq!(
        answer["findings"][0]["file"],
        "services/gateway/environments/prod.toml"
    );
}

/// A world whose tip has an error, and the line that says so.
fn broken() -> World {
    let world = World::promoted();
    world.replace(
        "environments/prod.toml",
        "production = true",
        "production = true\nprodution = true",
    );
    world.commit_all("typo");
    world
}

#[test]
fn every_format_says_the_same() {
    let world = broken();
    let github = world.refused(11, &["check", "--format", "github"]).stdout;
    assert!(
        github.starts_with("::error file=environments/prod.toml,line=4,col=1,title=unknown-key::"),
        "{github}"
    );
    let gitlab: Value =
        serde_json::from_str(&world.refused(11, &["check", "--format", "gitlab"]).stdout).unwrap();
    assert_eq!(
        (
            &gitlab[0]["check_name"],
            &gitlab[0]["location"]["lines"]["begin"]
        ),
        (&json!("unknown-key"), &json!(4))
    );
    let sarif: Value =
        serde_json::from_str(&world.refused(11, &["check", "--format", "sarif"]).stdout).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(
        result["locations"][0]["physicalLocation"]["region"]["startLine"],
        4
    );
    let junit = world.refused(11, &["check", "--format", "junit"]).stdout;
    assert!(
        junit.contains("failures=\"1\"") && junit.contains("environments/prod.toml:4:1"),
        "{junit}"
    );
    let markdown = world.refused(11, &["check", "--format", "markdown"]).stdout;
    assert!(
        markdown.starts_with("<!-- envctl-check -->\n") && markdown.contains("| unknown-key |"),
        "{markdown}"
    );
    let json = world.run(&["check", "--format", "json"]);
    assert_eq!(codes(&json.json(11)), ["unknown-key"]);
    assert_eq!(
        world
            .refused(0, &["check", "--format", "sarif", "--exit-zero"])
            .exit,
        0
    );
    assert_eq!(world.run(&["check", "--format", "yaml"]).exit, 2);
}

#[test]
fn where_nothing_was_found_a_report_says_so() {
    let world = World::promoted();
    assert_eq!(world.done(&["check", "--format", "github"]).stdout, "");
    assert_eq!(world.done(&["check", "--format", "gitlab"]).stdout, "[]\n");
    assert!(
        world
            .done(&["check", "--format", "junit"])
            .stdout
            .contains("failures=\"0\"")
    );
    assert!(
        world
            .done(&["check", "--format", "markdown"])
            .stdout
            .contains("No findings")
    );
}

/// An empty file would be taken for a report without findings.
#[test]
fn where_there_is_no_report_nothing_looks_like_one() {
    let world = broken();
    for format in ["gitlab", "sarif", "junit", "markdown"] {
        let run = world.refused(7, &["check", "nowhere..HEAD", "--format", format]);
        assert_eq!(run.stdout, "", "{format}");
    }
    let github = world
        .refused(7, &["check", "nowhere..HEAD", "--format", "github"])
        .stdout;
    assert_eq!(
        github,
        "::error title=envctl::no commit named \"nowhere\" in this repository\n"
    );
}

#[test]
fn a_job_of_github_gets_a_summary_and_outputs() {
    let world = broken();
    let (summary, outputs) = (world.path("summary"), world.path("outputs"));
    std::fs::write(&summary, "before\n").unwrap();
    let mut command = world.program(&world.repo());
    command.args(["check", "HEAD^..HEAD", "--format", "github"]);
    let run = Run::of(
        command
            .env("GITHUB_STEP_SUMMARY", &summary)
            .env("GITHUB_OUTPUT", &outputs),
    );
    assert_eq!(run.exit, 11, "{run:?}");
    let summary = std::fs::read_to_string(summary).unwrap();
    assert!(
        summary.starts_with("before\n<!-- envctl-check -->") && summary.contains("unknown-key"),
        "{summary}"
    );
    assert_eq!(
        std::fs::read_to_string(outputs).unwrap(),
        "findings=1\nerrors=1\nwarnings=0\nok=false\nlevel=A0\njudged=1\n"
    );
}

/// A world with a key whose name hides characters and speaks to a runner, and a commit with such a subject.
fn hostile() -> World {
    let world = World::new();
    let key = "\"a\\u200d\\n::set-env name=X::y\\n##[add-matcher]m.json\" = 1\n";
    world.write("environments/qa.toml", key);
    world.git(&["add", "-A"]);
    world.git(&["commit", "-q", "-m", "::stop-commands::x ##[group]\u{200d}"]);
    world
}

#[test]
fn a_report_holds_what_the_repository_says_whatever_that_is() {
    let world = hostile();
    for format in ["gitlab", "sarif", "json"] {
        let run = world.refused(11, &["check", "HEAD^..HEAD", "--format", format]);
        let report: Value = serde_json::from_str(&run.stdout)
            .unwrap_or_else(|error| panic!("{format}: {error}: {run:?}"));
        assert!(
            report.to_string().contains("a\u{200d}"),
            "{format}: {report}"
        );
        assert!(!run.stdout.contains('\u{200d}'), "{format}");
    }
    let junit = world
        .refused(11, &["check", "HEAD^..HEAD", "--format", "junit"])
        .stdout;
    assert!(!junit.contains('\u{200d}'), "{junit}");
    let junit = roxmltree::Document::parse(&junit).unwrap();
    let messages = junit
        .descendants()
        .filter_map(|element| element.attribute("message"));
    assert!(
        messages
            .into_iter()
            .any(|message| message.contains("a\u{200d}")),
        "{junit:?}"
    );
}

#[test]
fn nothing_of_the_repository_speaks_to_the_runner_of_a_job() {
    let world = hostile();
    for format in [
        "text", "github", "gitlab", "sarif", "junit", "markdown", "json",
    ] {
        let mut command = world.program(&world.repo());
        command.args(["check", "HEAD^..HEAD", "--format", format]);
        if format != "github" {
            command.env("GITHUB_ACTIONS", "true");
        }
        let run = Run::of(&mut command);
        assert_eq!(run.exit, 11, "{run:?}");
        for line in run.stdout.lines().chain(run.stderr.lines()) {
            let ours = format == "github" && line.starts_with("::error file=environments/qa.toml");
            let obeyed = line.trim_start().starts_with("::") || line.contains("##[");
            assert!(ours || !obeyed, "{format}: {line}");
        }
    }
    let mut log = world.program(&world.repo());
    let run = Run::of(log.arg("log").env("GITHUB_ACTIONS", "true"));
    assert!(
        run.stdout.contains("##\\[group]") && !run.stdout.contains("##["),
        "{run:?}"
    );
}

#[test]
fn a_command_line_that_is_wrong_is_an_annotation_too() {
    let world = World::new();
    for arguments in [
        ["check", "--format", "github", "--nonsense"],
        ["check", "--format=github", "--nonsense", "-q"],
    ] {
        let run = world.refused(2, &arguments);
        assert!(
            run.stdout
                .starts_with("::error title=envctl::unexpected argument '--nonsense'"),
            "{run:?}"
        );
    }
}

#[test]
fn a_job_of_github_without_a_verdict_is_not_ok() {
    let world = World::new();
    for (arguments, exit) in [(["nowhere..HEAD"], 7), (["HEAD"], 2), (["--nonsense"], 2)] {
        let outputs = world.path("outputs");
        let mut command = world.program(&world.repo());
        command
            .args(["check", "--format", "github"])
            .args(arguments)
            .env("GITHUB_OUTPUT", &outputs);
        let run = Run::of(&mut command);
        assert_eq!(run.exit, exit, "{run:?}");
        assert!(run.stdout.starts_with("::error title=envctl::"), "{run:?}");
        let told = std::fs::read_to_string(&outputs).unwrap();
        assert_eq!(
            told,
            "findings=unknown\nerrors=unknown\nwarnings=unknown\nok=false\nlevel=unknown\njudged=unknown\n",
            "{arguments:?}"
        );
        std::fs::remove_file(outputs).unwrap();
    }
}
