use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::remotes::{Remotes, write_hook};
use crate::world::{Run, World};

const PROMOTE: [&str; 5] = ["promote", "staging", "prod", "-y", "--push"];

#[test]
fn a_change_lands_there_and_here() {
    let remotes = Remotes::new();
    let answer = remotes.world.json(0, &PROMOTE);
    assert_eq!(
        answer["pushed"],
        json!({ "remote": "origin", "branch": "main", "commits": 1, "attempts": 1 })
    );
    assert_eq!(answer["commit"], remotes.there());
    assert_eq!(
        answer["undo"],
        format!("envctl undo {} --push=origin", &remotes.there()[..10])
    );
    remotes.together();
    let again = remotes.world.json(0, &PROMOTE);
    assert_eq!(
        (&again["changed"], &again["pushed"]),
        (&json!(false), &Value::Null)
    );
}

#[test]
fn a_dry_run_pushes_nothing() {
    let remotes = Remotes::new();
    remotes.refused(0, &["promote", "staging", "prod", "--push", "-n"]);
}

#[test]
fn what_others_pushed_is_what_is_judged() {
    let remotes = Remotes::new();
    let set = [
        "policy",
        "set",
        "prod",
        "min_dwell=24h",
        "required_source=staging",
        "--push",
    ];
    let run = remotes.world.run_in(&remotes.other(), &set);
    assert_eq!(run.exit, 0, "{run:?}");
    let before = remotes.world.head();
    let run = remotes.world.run(&PROMOTE);
    assert_eq!(run.exit, 5, "{run:?}");
    run.says(&["min-dwell", "envctl"]);
    assert_eq!(remotes.world.head(), before);
}

#[test]
fn who_is_behind_follows_with_files_that_are_nobodys() {
    let remotes = Remotes::new();
    remotes.publish_elsewhere("prompts/faq", "Ask\n", "staging");
    let other = remotes.other();
    fs::create_dir(other.join("docs")).unwrap();
    fs::write(other.join("docs/notes.txt"), "read me\n").unwrap();
    remotes.world.git_in(&other, &["add", "docs"]);
    remotes.world.git_in(&other, &["commit", "-qm", "notes"]);
    remotes.world.git_in(&other, &["push", "-q"]);
    let answer = remotes.world.json(0, &PROMOTE);
    assert_eq!(answer["moves"].as_array().unwrap().len(), 2, "{answer:#}");
    assert_eq!(remotes.world.read("docs/notes.txt"), "read me\n");
    remotes.together();
}

#[test]
fn who_loses_the_race_tries_again_on_what_is_there_then() {
    let remotes = Remotes::new();
    let (other, envctl) = (
        remotes.other().display().to_string(),
        env!("CARGO_BIN_EXE_envctl"),
    );
    let once = remotes.world.path("once");
    // Between what was fetched and what is pushed somebody else is faster, once.
    let script = format!(
        "mkdir {} || exit 0\nunset GIT_DIR GIT_WORK_TREE\ncd {other} && echo faster | {envctl} publish prompts/faq - --to staging -y --push",
        once.display()
    );
    write_hook(&remotes.world.repo().join(".git/hooks/pre-push"), &script);
    let answer = remotes.world.json(0, &PROMOTE);
    assert_eq!(answer["pushed"]["attempts"], 2, "{answer:#}");
    assert_eq!(answer["moves"].as_array().unwrap().len(), 2, "{answer:#}");
    remotes.together();
}

#[test]
fn a_remote_that_refuses_leaves_all_as_it_was_and_another_way_is_named() {
    let remotes = Remotes::new();
    remotes.hook(
        "pre-receive",
        "grep -q refs/heads/main || exit 0\necho 'main is protected'\nexit 1",
    );
    let run = remotes.refused(4, &PROMOTE);
    run.says(&[
        "origin/main refused",
        "pre-receive hook declined",
        "main is protected",
        "nothing was pushed",
    ]);
    let way = run
        .stderr
        .lines()
        .find_map(|line| line.split_once("through a pull request: git "))
        .unwrap()
        .1;
    remotes.world.git(&way.split(' ').collect::<Vec<_>>());
    let branches = remotes.world.git_in(
        &remotes.remote(),
        &["branch", "--list", "envctl/*", "--format=%(refname:short)"],
    );
    let change = remotes.world.git_in(
        &remotes.remote(),
        &["log", "-1", "--format=%s %P", &branches],
    );
    assert_eq!(
        change,
        format!("promote staging → prod: 1 pointer {}", remotes.there())
    );
    assert_eq!(
        remotes.world.json(4, &PROMOTE)["error"]["code"],
        "push-declined"
    );
}

#[test]
fn the_hook_before_a_push_may_refuse_unless_it_is_skipped() {
    let remotes = Remotes::new();
    write_hook(
        &remotes.world.repo().join(".git/hooks/pre-push"),
        "echo 'not today' >&2\nexit 1",
    );
    remotes
        .refused(4, &PROMOTE)
        .says(&["pre-push", "not today", "--no-verify"]);
    remotes
        .world
        .done(&[&PROMOTE, ["--no-verify"].as_slice()].concat());
    remotes.together();
}

#[test]
fn an_answer_that_is_late_is_not_a_failure_if_it_landed() {
    let remotes = Remotes::new();
    remotes.hook("post-receive", "exec sleep 3");
    let run = Run::of(&mut remotes.hasty(&PROMOTE));
    assert_eq!(run.exit, 0, "{run:?}");
    remotes.together();
}

#[test]
fn an_answer_that_does_not_come_is_unknown_and_the_same_again_tells() {
    let remotes = Remotes::new();
    let gate = remotes.world.path("gate");
    let hook = remotes.hook(
        "pre-receive",
        &format!("until [ -e {} ]; do sleep 0.1; done", gate.display()),
    );
    let before = (remotes.world.everything(), remotes.there());
    let run = Run::of(&mut remotes.hasty(&PROMOTE));
    assert_eq!(run.exit, 8, "{run:?}");
    run.says(&[
        "unknown",
        "no answer within 1 s",
        "run the command again to find out",
    ]);
    assert_eq!((remotes.world.everything(), remotes.there()), before);
    fs::write(gate, "").unwrap();
    fs::remove_file(hook).unwrap();
    remotes.world.done(&PROMOTE);
    remotes.together();
    let promotions = remotes
        .world
        .git(&["log", "--format=%s", &format!("{}..", before.1)]);
    assert_eq!(promotions, "promote staging → prod: 1 pointer");
}

#[test]
fn a_run_that_died_after_it_landed_is_found_by_the_same_command() {
    let remotes = Remotes::new();
    // The answer is lost with the one who waits for it: after the branch has moved there, and before it has here.
    remotes.hook("post-receive", "kill -9 $(cat ../pid); exec sleep 1");
    let pid = remotes.world.path("pid");
    let create = ["env", "create", "qa", "--push"];
    let mut child = remotes
        .world
        .program(&remotes.world.repo())
        .args(create)
        .spawn()
        .unwrap();
    fs::write(&pid, child.id().to_string()).unwrap();
    assert!(!child.wait().unwrap().success());
    fs::remove_file(remotes.remote().join("hooks/post-receive")).unwrap();
    assert_ne!(remotes.world.head(), remotes.there());
    let there = remotes.there();
    remotes.world.done(&create).says(&[
        "an earlier run of the same command had pushed it",
        &there[..10],
    ]);
    assert_eq!(remotes.there(), there);
    remotes.together();
    // It is known now, so asking for the same once more is asking for another.
    remotes
        .refused(4, &create)
        .says(&["the environment `qa` already exists"]);
}

#[test]
fn commits_of_envctl_that_were_not_pushed_go_along() {
    let remotes = Remotes::new();
    remotes.world.publish("prompts/faq", "Ask\n", "staging");
    let answer = remotes.world.json(0, &PROMOTE);
    assert_eq!(answer["pushed"]["commits"], 2, "{answer:#}");
    remotes.together();
}

#[test]
fn commits_of_others_that_were_not_pushed_stay_here() {
    let remotes = Remotes::new();
    remotes.world.write("notes.txt", "mine\n");
    remotes.world.commit_all("work in progress");
    let run = remotes.refused(6, &PROMOTE);
    run.says(&[
        "work in progress",
        "envctl did not make it",
        "git pull --rebase origin main",
    ]);
    assert_eq!(remotes.world.json(6, &PROMOTE)["error"]["code"], "unpushed");
}

#[test]
fn a_branch_that_is_not_here_is_pushed_all_the_same() {
    let remotes = Remotes::new();
    remotes.world.git(&["switch", "-q", "-c", "work"]);
    remotes.world.git(&["branch", "-qD", "main"]);
    let before = remotes.world.everything().1;
    let answer = remotes
        .world
        .json(0, &[&PROMOTE, ["--branch", "main"].as_slice()].concat());
    assert_eq!(
        (&answer["commit"], &answer["live"]),
        (&json!(remotes.there()), &json!(true))
    );
    assert_eq!(
        answer["undo"],
        format!(
            "envctl undo {} --branch main --push=origin",
            &remotes.there()[..10]
        )
    );
    assert_eq!(remotes.world.everything().1, before);
    assert_eq!(remotes.world.git(&["branch", "--list", "main"]), "");
}

#[test]
fn a_bare_clone_pushes_too() {
    let remotes = Remotes::new();
    remotes
        .world
        .git(&["clone", "-q", "--bare", "../remote.git", "../bare.git"]);
    let bare = remotes.world.path("bare.git");
    let run = remotes.world.run_in(&bare, &PROMOTE);
    assert_eq!(run.exit, 0, "{run:?}");
    assert_eq!(
        remotes.world.git_in(&bare, &["rev-parse", "main"]),
        remotes.there()
    );
}

#[test]
fn what_is_uncommitted_in_the_way_is_said_before_anything_is_pushed() {
    let remotes = Remotes::new();
    remotes.world.write("pointers/prod.toml", "# mine\n");
    remotes.refused(6, &PROMOTE).says(&["pointers/prod.toml"]);
    remotes.world.git(&["checkout", "-q", "pointers/prod.toml"]);
    remotes.publish_elsewhere("prompts/faq", "Ask\n", "staging");
    remotes.world.write("pointers/staging.toml", "# mine\n");
    let there = remotes.there();
    let run = remotes.world.run(&PROMOTE);
    assert_eq!((run.exit, remotes.there()), (6, there), "{run:?}");
}

#[test]
fn what_is_no_plain_file_is_left_to_git_to_follow() {
    let remotes = Remotes::new();
    let other = remotes.other();
    symlink("pointers", other.join("link")).unwrap();
    remotes.world.git_in(&other, &["add", "link"]);
    remotes.world.git_in(&other, &["commit", "-qm", "link"]);
    remotes.world.git_in(&other, &["push", "-q"]);
    let there = remotes.there();
    let run = remotes.world.run(&PROMOTE);
    assert_eq!((run.exit, remotes.there()), (6, there), "{run:?}");
    run.says(&["link", "git pull --rebase"]);
    remotes.world.git(&["pull", "-q", "--rebase"]);
    remotes.world.done(&PROMOTE);
    remotes.together();
}

#[test]
fn a_remote_that_went_back_is_refused() {
    let remotes = Remotes::new();
    remotes.world.done(&PROMOTE);
    remotes.world.git_in(
        &remotes.remote(),
        &["update-ref", "refs/heads/main", "main~1"],
    );
    let publish = [
        "publish",
        "prompts/faq",
        "envctl.toml",
        "--no-release",
        "--push",
    ];
    let refused = |publish: &[&str]| {
        let run = remotes.refused(6, publish);
        run.says(&["origin/main was at", "missing from its history"]);
        assert_eq!(
            remotes.world.json(6, publish)["error"]["code"],
            "remote-rewound"
        );
    };
    refused(&publish);
    // Also once somebody has fetched it: what is only here was there.
    remotes.world.git(&["fetch", "-q", "origin"]);
    refused(&publish);
    remotes.world.git(&["reset", "-q", "--keep", "origin/main"]);
    remotes
        .world
        .done(&["promote", "staging", "prod", "-y", "--push"]);
    remotes.together();
    remotes
        .world
        .git_in(&remotes.remote(), &["update-ref", "-d", "refs/heads/main"]);
    let run = remotes.world.refused(6, &["env", "create", "qa", "--push"]);
    run.says(&["is now missing"]);
}

#[test]
fn where_to_push_is_a_remote_and_nothing_else() {
    let remotes = Remotes::new();
    for (push, exit) in [
        ("--push=--upload-pack=touch pwned", 2),
        ("--push=ext::sh -c 'touch pwned'", 2),
        ("--push=../remote.git", 2),
        ("--push=upstream", 1),
        ("--push=", 2),
    ] {
        remotes.refused(exit, &["promote", "staging", "prod", "-y", push]);
    }
    let world = World::promoted();
    world
        .refused(1, &PROMOTE)
        .says(&["no remote to push to", "git remote add"]);
}

#[test]
fn a_remote_that_cannot_be_reached_is_named() {
    let remotes = Remotes::new();
    fs::rename(remotes.remote(), remotes.world.path("moved.git")).unwrap();
    remotes
        .world
        .refused(1, &PROMOTE)
        .says(&["cannot reach the remote origin"]);
    let answer = remotes.world.json(1, &PROMOTE);
    assert_eq!(answer["error"]["code"], "remote-unreachable");
}

#[test]
fn how_long_to_wait_is_checked() {
    let remotes = Remotes::new();
    for value in ["soon", "0s", "-1s"] {
        let run = Run::of(remotes.hasty(&PROMOTE).env("ENVCTL_PUSH_TIMEOUT", value));
        assert_eq!(run.exit, 2, "{run:?}");
        run.says(&["ENVCTL_PUSH_TIMEOUT"]);
    }
}

#[test]
fn what_the_surroundings_say_of_another_repository_does_not_reach_git() {
    let remotes = Remotes::new();
    let mut command = remotes.world.program(&remotes.world.repo());
    for name in [
        "GIT_OBJECT_DIRECTORY",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_COMMON_DIR",
        "GIT_REPLACE_REF_BASE",
    ] {
        command.env(name, "/nonexistent");
    }
    // With an index of its own, envctl takes the repository that git names.
    command.env_remove("GIT_INDEX_FILE");
    let run = Run::of(command.args(PROMOTE));
    assert_eq!(run.exit, 0, "{run:?}");
    remotes.together();
}

#[test]
fn a_project_can_be_made_in_a_clone_of_nothing() {
    let world = World::empty();
    world.git(&["init", "-q", "--bare", "-b", "main", "../remote.git"]);
    world.git(&["clone", "-q", "../remote.git", "."]);
    let answer = world.json(0, &["init", "--push"]);
    assert_eq!(answer["pushed"]["branch"], "main", "{answer:#}");
    assert_eq!(
        world.git(&["rev-parse", "main", "origin/main"]),
        format!("{0}\n{0}", world.head())
    );
    assert_eq!(world.status(), "");
    let run = World::empty().run(&["init", "--push"]);
    assert_eq!(run.exit, 1, "{run:?}");
}

#[test]
fn a_line_that_breaks_is_unknown_only_while_nobody_can_tell() {
    let remotes = Remotes::new();
    let hook = remotes.hook("pre-receive", "kill -9 $PPID; exec sleep 1");
    let before = (remotes.world.everything(), remotes.there());
    let answer = remotes.world.json(8, &PROMOTE);
    assert_eq!(answer["error"]["code"], "push-unknown");
    assert_eq!((remotes.world.everything(), remotes.there()), before);
    fs::remove_file(hook).unwrap();
    remotes.hook("post-receive", "kill -9 $PPID; exec sleep 1");
    remotes.world.done(&PROMOTE);
    remotes.together();
}

#[test]
fn the_hooks_that_envctl_installs_let_it_through() {
    let remotes = Remotes::new();
    let path = format!(
        "{}:{}",
        std::path::Path::new(env!("CARGO_BIN_EXE_envctl"))
            .parent()
            .unwrap()
            .display(),
        {
            let variables = remotes.world.variables();
            variables
                .into_iter()
                .find(|(name, _)| *name == "PATH")
                .unwrap()
                .1
        }
    );
    remotes.world.done(&["hooks", "install"]);
    assert_eq!(
        remotes
            .world
            .run_in(&remotes.remote(), &["hooks", "install"])
            .exit,
        0
    );
    let done = |arguments: &[&str]| {
        let run = Run::of(
            remotes
                .world
                .program(&remotes.world.repo())
                .args(arguments)
                .env("PATH", &path),
        );
        assert_eq!(run.exit, 0, "{run:?}");
        remotes.together();
    };
    done(&PROMOTE);
    done(&["policy", "set", "prod", "requires_approval=true", "--push"]);
    // What they would refuse, sync does not even send: moved by hand, in a commit that looks like envctl's.
    remotes
        .world
        .publish("prompts/router", "Route at once\n", "staging");
    remotes
        .world
        .replace("pointers/prod.toml", "version = 2", "version = 3");
    let message = "promote\n\nEnvctl-Action: promote\nEnvctl-Operation: 0123456789abcdef";
    remotes.world.git(&["commit", "-qan", "-m", message]);
    let run = remotes.world.run(&["sync"]);
    assert_eq!(run.exit, 6, "{run:?}");
    run.says(&["approval"]);
}

#[test]
fn a_request_for_approval_is_pushed_and_so_is_its_approval() {
    let remotes = Remotes::new();
    let run = remotes
        .world
        .done(&["policy", "set", "prod", "requires_approval=true", "--push"]);
    run.says(&["undo: envctl undo ", " --push=origin"]);
    let run = remotes.world.run(&PROMOTE);
    assert_eq!(run.exit, 5, "{run:?}");
    run.says(&["requested: staging → prod", "pushed to origin/main"]);
    let run = remotes
        .world
        .run_in(&remotes.other(), &["approve", "prod", "-y", "--push"]);
    assert_eq!(run.exit, 0, "{run:?}");
    remotes.world.done(&["sync"]);
    remotes.together();
}

#[test]
fn pushes_from_one_clone_at_once_all_land() {
    let remotes = Remotes::new();
    let create = |slug: &str| {
        let mut command = remotes.world.program(&remotes.world.repo());
        command
            .args(["env", "create", slug, "--push", "-q"])
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = ["one", "two", "three"]
        .iter()
        .map(|slug| create(slug))
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    remotes.together();
    assert_eq!(
        remotes.world.json(0, &["env", "list"])["environments"]
            .as_array()
            .unwrap()
            .len(),
        5
    );
}

#[test]
fn a_lock_that_stays_at_the_remote_is_told() {
    let remotes = Remotes::new();
    let lock = remotes.remote().join("refs/heads/main.lock");
    fs::write(&lock, "").unwrap();
    let run = remotes.refused(6, &PROMOTE);
    run.says(&[
        "origin/main refused it several times",
        "lock",
        "nothing was pushed",
    ]);
    fs::remove_file(lock).unwrap();
    remotes.world.done(&PROMOTE);
    remotes.together();
}

#[test]
fn a_job_with_a_detached_head_promotes() {
    let remotes = Remotes::new();
    let there = remotes.there();
    remotes
        .world
        .git(&["switch", "-q", "--detach", "origin/main"]);
    remotes.world.git(&["branch", "-qD", "main"]);
    remotes
        .refused(2, &PROMOTE)
        .says(&["HEAD is detached", "--branch"]);
    remotes
        .world
        .done(&[&PROMOTE, ["--branch", "main"].as_slice()].concat());
    assert_eq!(
        remotes
            .world
            .git_in(&remotes.remote(), &["rev-parse", "main~1"]),
        there
    );
    assert_eq!(remotes.world.head(), there);
}

/// Another bare repository that the remote is pushed to as well.
fn second_address(remotes: &Remotes) -> std::path::PathBuf {
    let second = remotes.world.path("second.git");
    remotes
        .world
        .git(&["clone", "-q", "--bare", "../remote.git", "../second.git"]);
    second
}

#[test]
fn what_one_of_two_addresses_refuses_is_not_called_pushed() {
    let remotes = Remotes::new();
    let world = &remotes.world;
    let second = second_address(&remotes);
    for address in ["../remote.git", "../second.git"] {
        world.git(&["config", "--add", "remote.origin.pushurl", address]);
    }
    let hook = second.join("hooks/pre-receive");
    write_hook(&hook, "#!/bin/sh\necho no >&2; exit 1\n");
    let answer = world.json(1, &PROMOTE);
    assert_eq!(answer["error"]["code"], "push-incomplete", "{answer:#}");
    remotes.together();
    assert_ne!(world.git_in(&second, &["rev-parse", "main"]), world.head());
    std::fs::remove_file(&hook).unwrap();
    world.done(&["sync"]);
    assert_eq!(world.git_in(&second, &["rev-parse", "main"]), world.head());
}

#[test]
fn what_is_pushed_elsewhere_is_judged_on_what_is_there() {
    let remotes = Remotes::new();
    let world = &remotes.world;
    let second = second_address(&remotes);
    world.git(&["config", "remote.origin.pushurl", "../second.git"]);
    let there = remotes.there();
    world.done(&PROMOTE);
    assert_eq!(world.git_in(&second, &["rev-parse", "main"]), world.head());
    world.git(&["fetch", "-q"]);
    world.done(&["rollback", "prod", "-y", "--push"]);
    assert_eq!(world.git_in(&second, &["rev-parse", "main"]), world.head());
    assert_eq!(remotes.there(), there, "what is only fetched from");
}
