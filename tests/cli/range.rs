use serde_json::{Value, json};

use crate::world::{Run, World, codes};

/// A project in which ana owns everything, prod takes only what is in staging, and the branch `pull` moves prod past that.
fn pulled() -> World {
    let world = World::demanding(&["required_source=staging"]);
    world.done(&["access", "grant", "ana@example.org", "owner"]);
    world.git(&["checkout", "-q", "-b", "pull"]);
    world.write("prompts/router/3.md", "Route past everybody\n");
    world.replace(
        "pointers/prod.toml",
        "[prompts.router]\nversion = 1",
        "[prompts.router]\nversion = 3",
    );
    world.commit_all("sneak");
    world
}

#[test]
fn a_range_names_the_commit_that_a_finding_came_with() {
    let world = pulled();
    for arguments in [
        &["check", "main..HEAD"][..],
        &["check", "--pin-policy", "main..pull"],
    ] {
        let run = world.refused(11, arguments);
        let heading = format!(
            "commit {} ana@example.org: sneak\nerror[required-source]: ",
            &world.head()[..10]
        );
        assert!(run.stdout.starts_with(&heading), "{run:?}");
        assert!(run.stdout.contains("--> pointers/prod.toml:"), "{run:?}");
        run.says(&["A0: ", "1 finding in ", "envctl explain required-source"]);
        let answer = world.json(11, arguments);
        assert_eq!(codes(&answer), ["required-source"]);
        let found = &answer["findings"][0];
        assert_eq!(
            (
                &found["commit"],
                &found["subject"],
                &found["author"]["email"]
            ),
            (
                &json!(world.head()),
                &json!("sneak"),
                &json!("ana@example.org")
            )
        );
        assert_eq!(
            (&answer["level"], &answer["range"]["judged"]),
            (&json!("A0"), &json!(1))
        );
    }
    let clean = world.refused(0, &["check", "main~2..main"]);
    clean.says(&["no findings in main~2..main: 2 commits"]);
    assert_eq!(world.refused(0, &["check", "HEAD..HEAD"]).stdout, "");
}

#[test]
fn an_end_of_a_range_is_one_commit_and_nothing_else() {
    let world = pulled();
    let head = world.head();
    world.git(&["tag", "v1", "main"]);
    world.git(&["tag", "twice", "main"]);
    world.git(&["branch", "twice", "main"]);
    for good in [
        format!("v1..{head}"),
        format!("main..{}", &head[..7]),
        "HEAD^..HEAD".to_owned(),
        "pull~1..pull".to_owned(),
    ] {
        assert_eq!(world.run(&["check", &good]).exit, 11, "{good}");
    }
    let zero = format!("{}..HEAD", "0".repeat(40));
    for (range, exit, code) in [
        ("main..nowhere", 7, "missing-endpoint"),
        (zero.as_str(), 7, "missing-endpoint"),
        ("twice..HEAD", 2, "endpoint"),
        ("main..HEAD^{tree}", 2, "endpoint"),
        ("main..:/sneak", 2, "endpoint"),
        ("main..@{1}", 2, "endpoint"),
        ("main..HEAD~x", 2, "endpoint"),
        ("main...HEAD", 2, "range"),
        ("main..", 2, "range"),
        ("..main", 2, "range"),
        ("main", 2, "range"),
        ("HEAD..main", 7, "off-the-line"),
    ] {
        let answer = world.json(exit, &["check", range]);
        assert_eq!(answer["error"]["code"], code, "{range}: {answer:#}");
    }
    assert_eq!(world.run(&["check", "--", "--upload-pack=x..HEAD"]).exit, 2);
}

#[test]
fn what_cannot_be_verified_is_no_verdict() {
    let world = pulled();
    let head = world.head();
    world.git_in(
        &world.path(""),
        &[
            "clone",
            "-q",
            "--depth",
            "1",
            &format!("file://{}", world.repo().display()),
            "shallow",
        ],
    );
    let run = world.run_in(&world.path("shallow"), &["check", "HEAD..HEAD", "--json"]);
    assert_eq!(run.json(7)["error"]["code"], "shallow");
    assert_eq!(
        world.run_in(&world.path("shallow"), &["check"]).exit,
        0,
        "the state can be told"
    );
    let blob = world.git(&["rev-parse", "HEAD:prompts/router/3.md"]);
    let object = world
        .repo()
        .join(".git/objects")
        .join(&blob[..2])
        .join(&blob[2..]);
    let bytes = std::fs::read(&object).unwrap();
    std::fs::remove_file(&object).unwrap();
    let answer = world.json(7, &["check", "main..HEAD"]);
    assert_eq!(answer["error"]["code"], "missing-object");
    assert!(
        answer["error"]["message"].as_str().unwrap().contains(&blob),
        "{answer:#}"
    );
    std::fs::write(&object, bytes).unwrap();
    world.git(&["replace", &head, "main"]);
    assert_eq!(
        world.json(7, &["check", "main..HEAD"])["error"]["code"],
        "altered-history"
    );
    world.git(&["replace", "-d", &head]);
    world.write(".git/info/grafts", format!("{head}\n"));
    assert_eq!(
        world.json(7, &["check", "main..HEAD"])["error"]["code"],
        "altered-history"
    );
}

/// A bare repository that judges what is pushed to it, and the program where its hook finds it.
fn server(world: &World) -> String {
    let folder = world.path("server.git");
    world.git_in(
        &world.path(""),
        &["clone", "-q", "--bare", "repo", "server.git"],
    );
    let hook = folder.join("hooks/pre-receive");
    std::fs::create_dir_all(folder.join("hooks")).unwrap();
    std::fs::write(
        &hook,
        format!(
            "#!/bin/sh\nexec '{}' check --pre-receive\n",
            env!("CARGO_BIN_EXE_envctl")
        ),
    )
    .unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    world.git(&["remote", "add", "origin", &folder.display().to_string()]);
    folder.display().to_string()
}

fn push(world: &World, arguments: &[&str]) -> Run {
    Run::of(
        world
            .sealed("git", &world.repo())
            .args([&["push", "-q", "origin"], arguments].concat()),
    )
}

/// git keeps what is pushed in quarantine until the hook has spoken; only the hook sees it.
#[cfg(unix)]
#[test]
fn a_server_takes_what_is_allowed_and_nothing_else() {
    let world = pulled();
    world.git(&["checkout", "-q", "main"]);
    let server = server(&world);
    let at = |reference: &str| world.git_in(server.as_ref(), &["rev-parse", reference]);
    let before = at("main");
    let refused = push(&world, &["pull:main"]);
    assert_ne!(refused.exit, 0);
    refused.says(&[
        "error[required-source]",
        "sneak",
        "1 finding in what is pushed",
    ]);
    assert_eq!(at("main"), before);
    push(&world, &["pull:refs/heads/other"]).says(&[]);
    assert_eq!(
        at("other"),
        world.git(&["rev-parse", "pull"]),
        "another branch is nobody's concern"
    );
    world.publish("prompts/router", "Route best\n", "staging");
    let taken = push(&world, &["main"]);
    assert_eq!((taken.exit, at("main")), (0, world.head()), "{taken:?}");
    for (arguments, said) in [
        (&["--force", "main~1:main"][..], "only moves forward"),
        (&[":main"], "never deleted"),
    ] {
        let refused = push(&world, arguments);
        assert_ne!(refused.exit, 0, "{arguments:?}");
        refused.says(&[said]);
    }
    assert_eq!(at("main"), world.head());
    world.git_in(server.as_ref(), &["fsck", "--strict"]);
}

#[cfg(unix)]
#[test]
fn a_server_that_has_nothing_yet_judges_all_that_comes() {
    let world = World::promoted();
    world.git_in(
        &world.path(""),
        &["init", "-q", "--bare", "-b", "main", "server.git"],
    );
    assert_eq!(
        world
            .run_in(&world.path("server.git"), &["hooks", "install"])
            .exit,
        0
    );
    world.git(&[
        "remote",
        "add",
        "origin",
        &world.path("server.git").display().to_string(),
    ]);
    world.git(&["checkout", "-q", "-b", "broken"]);
    world.replace("pointers/prod.toml", "version = 1", "version = 9");
    world.commit_all("a pointer to nothing");
    let push = |arguments: &[&str]| {
        git_with_envctl(&world, &[&["push", "-q", "origin"], arguments].concat())
    };
    let refused = push(&["broken:main"]);
    assert_ne!(refused.exit, 0);
    refused.says(&["error[pointer]"]);
    assert_eq!(push(&["main"]).exit, 0);
}

#[test]
fn a_line_that_git_would_not_write_is_a_mistake_of_usage() {
    let world = World::new();
    let run = world.fed(b"nonsense\n", &["check", "--pre-receive", "--json"]);
    assert_eq!(run.json(2)["error"]["code"], "update");
    let run = world.fed(b"", &["check", "--pre-receive", "--json"]);
    assert_eq!(run.json(0)["updates"], Value::Array(Vec::new()));
}

/// git, run where it finds envctl.
#[cfg(unix)]
fn git_with_envctl(world: &World, arguments: &[&str]) -> Run {
    let programs = std::path::Path::new(env!("CARGO_BIN_EXE_envctl"))
        .parent()
        .unwrap()
        .display()
        .to_string();
    let path = world
        .variables()
        .into_iter()
        .find(|(name, _)| *name == "PATH")
        .unwrap()
        .1;
    let mut command = world.sealed("git", &world.repo());
    Run::of(
        command
            .args(arguments)
            .env("PATH", format!("{programs}:{path}")),
    )
}

#[cfg(unix)]
#[test]
fn installed_hooks_judge_before_it_is_sent_and_before_it_is_taken() {
    let world = pulled();
    world.git(&["checkout", "-q", "main"]);
    world.git_in(
        &world.path(""),
        &["clone", "-q", "--bare", "repo", "server.git"],
    );
    let server = world.path("server.git");
    assert_eq!(world.run_in(&server, &["hooks", "install"]).exit, 0);
    world.git(&["remote", "add", "origin", &server.display().to_string()]);
    let push = |arguments: &[&str]| {
        git_with_envctl(&world, &[&["push", "-q", "origin"], arguments].concat())
    };
    let refused = push(&["pull:main"]);
    assert_ne!(refused.exit, 0);
    refused.says(&["error[required-source]", "pre-receive hook declined"]);
    world.done(&["hooks", "install"]);
    let refused = push(&["pull:main"]);
    assert_ne!(refused.exit, 0);
    assert!(
        refused.stdout.contains("error[required-source]"),
        "{refused:?}"
    );
    assert!(
        !refused.stderr.contains("declined"),
        "it is not even sent: {refused:?}"
    );
    push(&["--no-verify", "pull:main"]).says(&["pre-receive hook declined"]);
    world.publish("prompts/router", "Route best\n", "staging");
    let taken = push(&["main"]);
    assert_eq!(taken.exit, 0, "{taken:?}");
    assert_eq!(world.git_in(&server, &["rev-parse", "main"]), world.head());
}

/// Where a branch was renamed, the old name is often kept as a symbolic reference, and who pushes to it moves the live branch.
#[test]
fn the_live_branch_is_judged_under_every_name_that_leads_to_it() {
    let world = pulled();
    world.git(&["checkout", "-q", "main"]);
    world.git_in(
        &world.path(""),
        &["clone", "-q", "--bare", "repo", "server.git"],
    );
    let server = world.path("server.git");
    assert_eq!(world.run_in(&server, &["hooks", "install"]).exit, 0);
    world.git_in(
        &server,
        &["symbolic-ref", "refs/heads/master", "refs/heads/main"],
    );
    world.git_in(
        &server,
        &["symbolic-ref", "refs/tags/live", "refs/heads/master"],
    );
    world.git(&["remote", "add", "origin", &server.display().to_string()]);
    let before = world.git_in(&server, &["rev-parse", "main"]);
    for to in ["pull:master", "+pull:refs/tags/live"] {
        let refused = git_with_envctl(&world, &["push", "-q", "origin", to]);
        assert_ne!(refused.exit, 0, "{to}");
        refused.says(&["error[required-source]", "pre-receive hook declined"]);
    }
    let refused = git_with_envctl(&world, &["push", "-q", "origin", ":master"]);
    assert_ne!(refused.exit, 0, "{refused:?}");
    assert_eq!(world.git_in(&server, &["rev-parse", "main"]), before);
}

/// A repository that is not bare may be pushed to as well, and its hooks run in git's own folder.
#[cfg(unix)]
#[test]
fn hooks_find_a_project_in_a_subfolder() {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "main"]);
    world.commit_all("begin");
    assert_eq!(world.run(&["init", "gate way", "--name", "X"]).exit, 0);
    world.git_in(&world.path(""), &["clone", "-q", "repo", "server"]);
    let server = world.path("server");
    world.git_in(&server, &["checkout", "-q", "--detach"]);
    let installed = world.run_in(
        &server.join("gate way"),
        &["hooks", "install", "pre-receive"],
    );
    assert_eq!(installed.exit, 0, "{installed:?}");
    let installed = world.run_in(
        &world.repo().join("gate way"),
        &["hooks", "install", "pre-push"],
    );
    assert_eq!(installed.exit, 0, "{installed:?}");
    world.git(&["remote", "add", "origin", &server.display().to_string()]);
    let push = |arguments: &[&str]| {
        git_with_envctl(&world, &[&["push", "-q", "origin"], arguments].concat())
    };
    world.write("gate way/pointers/prod.toml", "[prompts.x]\nversion = 1\n");
    world.commit_all("to nothing");
    let refused = push(&["main"]);
    assert!(
        refused.exit != 0 && refused.stdout.contains("error[pointer]"),
        "{refused:?}"
    );
    let refused = push(&["--no-verify", "main"]);
    refused.says(&["error[pointer]", "pre-receive hook declined"]);
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    world.write("notes", "nothing of envctl's\n");
    world.commit_all("notes");
    let taken = push(&["main"]);
    assert_eq!(taken.exit, 0, "{taken:?}");
}

/// A branch without a project, such as one of pages, can be committed to where the hook is installed.
#[test]
fn where_no_project_is_staged_nothing_is_judged() {
    let world = World::promoted();
    world.git(&["checkout", "-q", "--orphan", "pages"]);
    world.git(&["rm", "-rqf", "."]);
    world.write("index.html", "<p>\n");
    world.git(&["add", "-A"]);
    world
        .done(&["check", "--staged"])
        .says(&["no project is staged here"]);
    world.commit_all("pages");
    world
        .done(&["check", "--staged"])
        .says(&["no project is staged here"]);
    assert_eq!(
        world.run(&["check"]).exit,
        1,
        "but there is none to ask about"
    );
    world.write("envctl.toml", "schema = 1\n");
    world.git(&["add", "-A"]);
    assert_eq!(
        world.run(&["check", "--staged"]).exit,
        11,
        "one that begins is judged as it is"
    );
}

/// Whoever resolves a conflict and commits the merge has not done what the other side did.
#[test]
fn a_merge_that_is_committed_by_hand_is_judged_as_one() {
    let world = World::promoted();
    world.done(&["access", "grant", "ana@example.org", "owner"]);
    world.done(&["access", "grant", "vic@example.org", "viewer"]);
    world.write("notes", "begin\n");
    world.commit_all("notes");
    world.git(&["checkout", "-q", "-b", "mine"]);
    world.write("notes", "mine\n");
    world.commit_all("mine");
    world.git(&["checkout", "-q", "main"]);
    world.publish("prompts/router", "Route best\n", "staging");
    world.write("notes", "theirs\n");
    world.commit_all("theirs");
    world.git(&["checkout", "-q", "mine"]);
    let merge = Run::of(
        world
            .sealed("git", &world.repo())
            .args(["merge", "-q", "main"]),
    );
    assert_ne!(merge.exit, 0, "the notes conflict");
    world.write("notes", "both\n");
    world.git(&["add", "notes"]);
    let by_vic = |arguments: &[&str]| {
        Run::of(
            world
                .program(&world.repo())
                .args(arguments)
                .env("GIT_AUTHOR_EMAIL", "vic@example.org"),
        )
    };
    let run = by_vic(&["check", "--staged"]);
    assert_eq!(run.exit, 0, "{run:?}");
    world.replace("pointers/staging.toml", "version = 3", "version = 1");
    world.git(&["add", "-A"]);
    let answer = by_vic(&["check", "--staged", "--json"]).json(11);
    assert!(codes(&answer).contains(&"merge"), "{answer:#}");
}

/// A server that cannot read which branch is live must not take every branch for another one.
#[cfg(unix)]
#[test]
fn where_nobody_can_tell_which_branch_is_live_every_branch_is_judged() {
    let world = World::promoted();
    world.write("envctl.toml", "schema = 1\n[\n");
    world.commit_all("broken");
    let server = server(&world);
    world.replace("pointers/prod.toml", "version = 1", "version = 9");
    world.commit_all("to nothing");
    let refused = push(&world, &["main"]);
    assert_ne!(refused.exit, 0);
    refused.says(&["error[pointer]"]);
    world.git_in(server.as_ref(), &["fsck"]);
}
