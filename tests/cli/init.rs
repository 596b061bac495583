use crate::world::{Run, World};

#[test]
fn an_empty_folder_becomes_a_repository_with_a_project_in_one_commit() {
    let world = World::empty();
    let run = world.done(&["init", "--name", "Support desk", "-m", "Start"]);
    assert_eq!(run.stdout, "");
    run.says(&[
        "Support desk in the repository's root, with prod and staging (",
        "next: envctl publish",
    ]);
    assert_eq!(
        world.git(&["log", "--format=%an <%ae> %cI %s"]),
        "Ana <ana@example.org> 2026-01-01T12:00:00Z init Support desk"
    );
    assert_eq!(world.git(&["symbolic-ref", "HEAD"]), "refs/heads/main");
    assert_eq!(
        world.git(&["ls-tree", "-r", "--name-only", "HEAD"]),
        ".gitattributes\nenvctl.toml\nenvironments/prod.toml\nenvironments/staging.toml"
    );
    assert_eq!(world.status(), "");
    world.git(&["fsck", "--strict"]);
    assert!(
        world
            .git(&[
                "log",
                "-1",
                "--format=%(trailers:key=Envctl-Action,valueonly)"
            ])
            .starts_with("init")
    );
    world.done(&["check"]);
}

#[test]
fn the_roles_begin_with_prod() {
    let world = World::new();
    let list = world.json(0, &["env", "list"]);
    let of = |key: &str| -> Vec<_> {
        let environments = list["environments"].as_array().unwrap();
        environments
            .iter()
            .filter(|environment| environment[key] == true)
            .map(|one| one["environment"].clone())
            .collect()
    };
    for key in ["is_default_publish", "is_gateway_fallback", "production"] {
        assert_eq!(of(key), ["prod"], "{key}");
    }
    assert_eq!(of("system").len(), 2);
}

#[test]
fn a_repository_with_commits_keeps_its_branch_and_its_files() {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "trunk"]);
    world.write("src/app.py", "print()\n");
    world.commit_all("app");
    world.write("untracked.txt", "mine");
    world.done(&["init", "--name", "x"]);
    assert_eq!(world.json(0, &["status"])["branch"], "trunk");
    assert!(world.read("envctl.toml").contains("branch = \"trunk\""));
    assert_eq!(world.status(), "?? untracked.txt");
    assert_eq!(world.git(&["rev-list", "--count", "HEAD"]), "2");
}

#[test]
fn existing_git_attributes_are_kept() {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "main"]);
    world.write(".gitattributes", "*.png binary\n");
    world.commit_all("attributes");
    world.done(&["init", "--name", "x"]);
    let attributes = world.read(".gitattributes");
    assert!(
        attributes.contains("*.png binary\n") && attributes.contains("prompts/** -text"),
        "{attributes}"
    );
}

#[test]
fn git_heads_a_piece_with_the_pointer_that_moves() {
    let world = World::new();
    for name in ["a", "b", "support-router"] {
        world.publish(&format!("prompts/{name}"), "1", "staging");
    }
    world.publish("prompts/support-router", "2", "staging");
    let heading = |lines: &str| {
        let diff = world.git(&["diff", lines, "HEAD~1", "--", "pointers"]);
        diff.lines()
            .find(|line| line.starts_with("@@"))
            .unwrap()
            .rsplit("@@")
            .next()
            .unwrap()
            .trim()
            .to_owned()
    };
    assert_eq!(heading("-U0"), "[prompts.support-router]");
    // With lines around it, that table stands among them, and the heading is the one above.
    assert_eq!(heading("-U3"), "[prompts.b]");
    world.git(&["config", "--unset", "diff.envctl.xfuncname"]);
    assert_eq!(heading("-U0"), "version = 1");
}

#[test]
fn a_setting_of_the_users_own_stays() {
    let world = World::empty();
    world.write(
        "../home/.gitconfig",
        "[envctl]\n\tdurable = false\n[diff \"envctl\"]\n\txfuncname = mine\n",
    );
    world.done(&["init", "--name", "x"]);
    assert_eq!(
        world.git(&["config", "--get-all", "diff.envctl.xfuncname"]),
        "mine"
    );
}

#[test]
fn a_dry_run_keeps_no_setting() {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "main"]);
    world.done(&["init", "--name", "x", "-n"]);
    assert_eq!(
        Run::of(
            world
                .sealed("git", &world.repo())
                .args(["config", "diff.envctl.xfuncname"])
        )
        .exit,
        1
    );
}

#[test]
fn a_subfolder_of_a_monorepo_is_a_project_of_its_own() {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "main"]);
    world.write("README", "mono\n");
    world.commit_all("mono");
    world.done(&["init", "services/gateway", "--name", "Gateway"]);
    world.done(&["init", "services/other", "--name", "Other"]);
    assert_eq!(
        world.json(0, &["status", "--project", "services/gateway"])["project"],
        "services/gateway"
    );
    let deep = world.path("repo/services/other/environments");
    assert_eq!(
        Run::of(world.program(&deep).args(["status", "--json"])).json(0)["project"],
        "services/other"
    );
    let lost = world.run(&["status", "--json"]).json(1);
    assert_eq!(lost["error"]["code"], "no-project");
    let hint = lost["error"]["hint"].as_str().unwrap();
    assert!(
        hint.contains("--project services/gateway") && hint.contains("--project services/other"),
        "{hint}"
    );
    assert_eq!(world.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_second_time_is_refused() {
    let world = World::new();
    world
        .refused(4, &["init"])
        .says(&["a project already exists here", "envctl init DIR"]);
    assert_eq!(world.run(&["init", "--json"]).code(), "project-exists");
}

#[test]
fn folders_with_other_content_are_refused() {
    for path in [
        "prompts/notes/chat.ini",
        "routing/x.py",
        "environments/env.yml",
        "access.toml",
    ] {
        let world = World::empty();
        world.git(&["init", "-q", "-b", "main"]);
        world.write(path, "something = 1\n");
        world.commit_all("mine");
        world.refused(4, &["init"]).says(&["envctl init DIR"]);
        assert_eq!(
            world.run(&["init", "--json"]).code(),
            "folder-occupied",
            "{path}"
        );
        world.done(&["init", "gateway"]);
    }
}

#[test]
fn an_uncommitted_file_in_the_way_is_not_overwritten() {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "main"]);
    world.write("environments/prod.toml", "mine = true\n");
    let run = world.run(&["init", "--name", "x"]);
    assert_ne!(run.exit, 0, "{run:?}");
    assert_eq!(world.read("environments/prod.toml"), "mine = true\n");
    assert_eq!(world.git(&["for-each-ref"]), "");
}

#[test]
fn who_git_does_not_know_gets_both_settings_to_make_and_nothing_is_left_behind() {
    for prepared in [false, true] {
        let world = World::empty();
        if prepared {
            world.git(&["init", "-q", "-b", "main"]);
        }
        let target = world.path("repo/new");
        let mut command = world.program(&world.repo());
        for part in ["AUTHOR", "COMMITTER"] {
            command
                .env_remove(format!("GIT_{part}_NAME"))
                .env_remove(format!("GIT_{part}_EMAIL"));
        }
        let run = Run::of(command.args(["init", "new"]));
        assert_eq!(run.exit, 1, "{run:?}");
        run.says(&[
            "git config --global user.name",
            "git config --global user.email",
        ]);
        assert!(!target.exists());
        assert_eq!(world.path("repo/.git").exists(), prepared);
    }
}

#[test]
fn a_dry_run_makes_nothing() {
    let world = World::empty();
    let answer = world.json(0, &["init", "fresh", "-n"]);
    assert_eq!(
        (&answer["repository_created"], &answer["name"]),
        (&true.into(), &"fresh".into())
    );
    assert!(!world.path("repo/fresh").exists() && !world.path("repo/.git").exists());
    world.git(&["init", "-q", "-b", "main"]);
    let answer = world.json(0, &["init", "-n", "--name", "x"]);
    assert_eq!(
        (&answer["dry_run"], &answer["changed"], &answer["commit"]),
        (&true.into(), &true.into(), &().into())
    );
    assert_eq!(world.git(&["for-each-ref"]), "");
    assert_eq!(world.status(), "");
}

#[test]
fn a_bare_repository_may_hold_a_project() {
    let world = World::empty();
    world.git(&["init", "-q", "--bare", "-b", "main"]);
    world.done(&["init", "--name", "Bare"]);
    let listed = world.git(&["ls-tree", "-r", "--name-only", "main"]);
    assert!(listed.contains("envctl.toml"), "{listed}");
    world.done(&["check"]);
    world.git(&["fsck", "--strict"]);
}

#[test]
fn a_detached_head_needs_a_branch() {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "main"]);
    world.commit_all("begin");
    world.git(&["checkout", "-q", "--detach"]);
    world.refused(2, &["init"]).says(&["--branch"]);
    assert_eq!(world.run(&["init", "--json"]).code(), "detached");
}

#[test]
fn a_folder_whose_name_is_no_name_asks_for_one() {
    let world = World::empty();
    let long = "x".repeat(65);
    let run = world.run(&["init", &long]);
    assert_eq!(run.exit, 2, "{run:?}");
    run.says(&["--name"]);
    assert!(!world.path(&format!("repo/{long}")).exists());
    world.done(&["init", &long, "--name", "short"]);
}

#[test]
fn a_name_is_refused_like_any_other_value() {
    let world = World::empty();
    for name in ["", "a\nb", "\u{1b}[2J", &"x".repeat(65)] {
        let run = world.run(&["init", "--name", name, "--json"]);
        assert_eq!(run.json(2)["schema"], "envctl.init/v1", "{name:?}");
        assert!(!run.stderr.contains('\u{1b}'), "{run:?}");
    }
    assert!(!world.path("repo/.git").exists());
}
