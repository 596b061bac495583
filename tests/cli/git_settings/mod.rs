//! git and envctl are asked the same under each source of git's settings: who commits and when, who signs, which hooks run,
//! who may write to what is written, and whether the remote is reached, with the login that it wants.

mod forge;
mod scene;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use self::scene::{Facts, Scene, Source};
use crate::remotes::write_hook;
use crate::world::{Run, World};

#[test]
fn git_and_envctl_give_one_answer_under_each_source_of_settings() {
    for source in Source::ALL {
        let scene = Scene::under(source);
        scene.git(&["commit", "-q", "--allow-empty", "-m", "by git"]);
        scene.git(&["push", "-q", "origin", "main"]);
        let by_git = scene.facts();
        // That git was told everything.
        let Facts {
            author,
            committer,
            signature,
            hooks,
            pushed,
            jobs,
            modes,
        } = &by_git;
        assert_eq!(
            author, "Bo \"B\" Bot <author@bots.example> 1762931600 -0800",
            "{source:?}"
        );
        assert_eq!(
            committer, "Bo \"B\" Bot <bo@bots.example> 1767335400 +0530",
            "{source:?}"
        );
        assert!(signature.starts_with("G SHA256:"), "{source:?}: {by_git:?}");
        assert_eq!(hooks, &["commit-msg", "post-commit", "pre-push"]);
        assert!(*pushed && jobs == &["7"], "{source:?}: {by_git:?}");
        assert_eq!(modes[1] & 0o060, 0o060, "{source:?}: {by_git:?}");

        let run = scene.envctl(&["promote", "staging", "prod", "-y", "--push"]);
        assert_eq!(run.exit, 0, "{source:?}: {run:?}");
        let mut by_envctl = scene.facts();
        // The remote decides before the branch here follows, so the last two hooks come the other way round.
        assert_eq!(
            by_envctl.hooks,
            ["commit-msg", "pre-push", "post-commit"],
            "{source:?}"
        );
        by_envctl.hooks.swap(1, 2);
        assert_eq!(by_envctl, by_git, "{source:?}");
    }
}

#[test]
fn without_variables_the_dates_are_those_of_now_in_the_local_zone() {
    let world = World::promoted();
    let dates = |mut command: Command| {
        command
            .env_remove("GIT_AUTHOR_DATE")
            .env_remove("GIT_COMMITTER_DATE")
            .env("TZ", "Asia/Kathmandu");
        let run = Run::of(&mut command);
        assert_eq!(run.exit, 0, "{run:?}");
        let dates = world.git(&["log", "-1", "--date=raw", "--format=%ad %cd"]);
        let words: Vec<String> = dates.split(' ').map(str::to_owned).collect();
        assert_eq!(words[..2], words[2..]);
        (words[0].parse::<u64>().unwrap(), words[1].clone())
    };
    let mut envctl = world.program(&world.repo());
    envctl.args(["promote", "staging", "prod", "-y"]);
    let by_envctl = dates(envctl);
    let mut git = world.sealed("git", &world.repo());
    git.args(["commit", "-q", "--allow-empty", "-m", "by git"]);
    let by_git = dates(git);
    assert_eq!((by_envctl.1.as_str(), &by_envctl.1), ("+0545", &by_git.1));
    assert!(by_git.0 - by_envctl.0 < 600, "{by_envctl:?} {by_git:?}");
}

/// The command that a setting names is run, whichever way the setting comes.
#[test]
fn the_program_that_leads_to_a_remote_is_the_one_that_git_runs() {
    for way in ["GIT_CONFIG_COUNT", "GIT_CONFIG_GLOBAL", "GIT_SSH_COMMAND"] {
        let world = World::promoted();
        world.git(&["clone", "-q", "--bare", ".", "../remote.git"]);
        let remote = format!("ssh://forge.invalid{}", world.path("remote.git").display());
        world.git(&["remote", "add", "origin", &remote]);
        let marker = world.path("reached");
        // It goes nowhere: the last word is the command for the other side.
        let script = format!(
            "#!/bin/sh\necho \"$*\" >> '{}'\nfor last; do :; done\nexec sh -c \"$last\"\n",
            marker.display()
        );
        let ssh = world.path("ssh.sh");
        write_hook(&ssh, &script);
        let ssh = ssh.to_str().unwrap();
        let mut envctl = world.program(&world.repo());
        match way {
            "GIT_CONFIG_COUNT" => {
                envctl
                    .env("GIT_CONFIG_COUNT", "2")
                    .env("GIT_CONFIG_KEY_0", "core.sshCommand")
                    .env("GIT_CONFIG_VALUE_0", ssh)
                    .env("GIT_CONFIG_KEY_1", "ssh.variant")
                    .env("GIT_CONFIG_VALUE_1", "simple");
            }
            "GIT_CONFIG_GLOBAL" => {
                let file = world.path("global");
                let text = format!("[core]\nsshCommand = {ssh}\n[ssh]\nvariant = simple\n");
                fs::write(&file, text).unwrap();
                envctl.env(way, file);
            }
            _ => {
                envctl.env(way, ssh).env("GIT_SSH_VARIANT", "simple");
            }
        }
        let run = Run::of(envctl.args(["promote", "staging", "prod", "-y", "--push"]));
        assert_eq!(run.exit, 0, "{way}: {run:?}");
        let reached = fs::read_to_string(&marker).unwrap();
        assert!(reached.contains("git-receive-pack"), "{way}: {reached}");
        let there = world.git_in(&world.path("remote.git"), &["rev-parse", "main"]);
        assert_eq!(there, world.head(), "{way}");
    }
}

/// A login that does not come is said, and asked for by nobody.
#[test]
fn a_forge_that_wants_a_login_is_not_reached_without_one() {
    let scene = Scene::under(Source::Local);
    scene.world.git(&["config", "--unset", "credential.helper"]);
    let run = scene.envctl(&["promote", "staging", "prod", "-y", "--push"]);
    assert_eq!(run.exit, 1, "{run:?}");
    let facts = scene.facts();
    assert!(!facts.pushed || facts.jobs.is_empty(), "{facts:?}");
}

/// A repository of somebody else is opened where git opens it, whichever way it was told.
#[test]
fn a_folder_of_somebody_else_is_trusted_exactly_where_git_trusts_it() {
    let world = World::promoted();
    let repo = world.repo();
    let chown = Run::of(
        world
            .sealed("chown", &repo)
            .args(["-R", "12345:12345"])
            .arg(&repo),
    );
    if chown.exit != 0 {
        return crate::tools::skip("only root gives folders away");
    }
    let folder = repo.display().to_string();
    let parent = repo.parent().unwrap().display().to_string();
    let mut trusted = 0;
    for form in [
        "*",
        &folder,
        &format!("{folder}/"),
        &format!("{parent}/*"),
        &format!("{parent}/other"),
        &format!("{folder}/.git"),
        "",
        ".",
        "~/../repo",
        "%(prefix)/nothing",
        "repo",
    ] {
        let ways: [&dyn Fn(&mut Command); 4] = [
            &|command| {
                let file = world.path("trusting");
                fs::write(&file, format!("[safe]\n\tdirectory = \"{form}\"\n")).unwrap();
                command.env("GIT_CONFIG_GLOBAL", file);
            },
            &|command| {
                let file = world.path("trusting");
                fs::write(&file, format!("[safe]\n\tdirectory = \"{form}\"\n")).unwrap();
                command
                    .env("GIT_CONFIG_SYSTEM", file)
                    .env_remove("GIT_CONFIG_NOSYSTEM");
            },
            &|command| {
                command
                    .env("GIT_CONFIG_COUNT", "1")
                    .env("GIT_CONFIG_KEY_0", "safe.directory")
                    .env("GIT_CONFIG_VALUE_0", form);
            },
            // Given, and taken back by an empty value.
            &|command| {
                let file = world.path("trusting");
                let text = format!("[safe]\n\tdirectory = \"{form}\"\n\tdirectory =\n");
                fs::write(&file, text).unwrap();
                command.env("GIT_CONFIG_GLOBAL", file);
            },
        ];
        for (at, way) in ways.iter().enumerate() {
            for (below, folder) in [("", repo.clone()), ("prompts", repo.join("prompts"))] {
                let mut git = world.sealed("git", &folder);
                let mut envctl = world.program(&folder);
                way(&mut git);
                way(&mut envctl);
                let by_git = Run::of(git.args(["rev-parse", "HEAD"]));
                let by_envctl = Run::of(envctl.arg("status"));
                assert_eq!(
                    by_git.exit == 0,
                    by_envctl.exit == 0,
                    "{form:?}, way {at}, in {below:?}: {by_git:?} {by_envctl:?}"
                );
                trusted += usize::from(by_git.exit == 0);
                if by_envctl.exit != 0 {
                    by_envctl.says(&["safe.directory"]);
                }
            }
        }
    }
    assert!(trusted >= 12, "{trusted}");
}

/// Whoever shares a repository can go on in it, whatever the mask of who wrote before.
#[test]
fn what_is_written_into_a_shared_repository_is_shared_as_git_shares_it() {
    for value in ["group", "all", "0640", "umask", "true", "2"] {
        let modes = |by_git: bool| {
            let world = World::promoted();
            world.git(&["config", "core.sharedRepository", value]);
            let program = if by_git {
                "git commit -q --allow-empty -m by-git".to_owned()
            } else {
                format!("'{}' promote staging prod -y", env!("CARGO_BIN_EXE_envctl"))
            };
            let mut shell = world.sealed("sh", &world.repo());
            let run = Run::of(shell.args(["-c", &format!("umask 077; {program}")]));
            assert_eq!(run.exit, 0, "{value}: {run:?}");
            let head = world.head();
            let git = world.repo().join(".git");
            [
                format!("objects/{}/{}", &head[..2], &head[2..]),
                "refs/heads/main".to_owned(),
            ]
            .map(|path| fs::metadata(git.join(path)).unwrap().permissions().mode() & 0o777)
        };
        assert_eq!(modes(false), modes(true), "{value}");
    }
}

#[test]
fn what_git_cannot_read_is_refused() {
    for (key, value) in [
        ("commit.gpgsign", "perhaps"),
        ("core.sharedRepository", "0060"),
        ("envctl.durable", "maybe"),
    ] {
        let world = World::promoted();
        world.git(&["config", key, value]);
        // git itself gives up over one of them.
        let before = world.read(".git/refs/heads/main");
        let run = world.run(&["promote", "staging", "prod", "-y"]);
        assert_eq!(run.exit, 1, "{run:?}");
        run.says(&[&key.to_lowercase()]);
        assert_eq!(world.read(".git/refs/heads/main"), before, "{key}");
    }
}

#[test]
fn dates_of_variables_are_those_that_git_writes() {
    for date in [
        "@1700000000 +0130",
        "1700000000 -0800",
        "2023-11-14T23:13:20+01:00",
        "2023-11-14 23:13:20",
        "Tue, 14 Nov 2023 23:13:20 +0100",
        "11/14/2023 23:13:20 +0500",
    ] {
        let world = World::promoted();
        let of = |mut command: Command| {
            command.env("GIT_AUTHOR_DATE", date).env("TZ", "Asia/Tokyo");
            let run = Run::of(&mut command);
            assert_eq!(run.exit, 0, "{date}: {run:?}");
            world.git(&["log", "-1", "--date=raw", "--format=%ad"])
        };
        let mut git = world.sealed("git", &world.repo());
        git.args(["commit", "-q", "--allow-empty", "-m", "by git"]);
        let by_git = of(git);
        let mut envctl = world.program(&world.repo());
        envctl.args(["promote", "staging", "prod", "-y"]);
        assert_eq!(of(envctl), by_git, "{date}");
    }
    let world = World::promoted();
    let mut envctl = world.program(&world.repo());
    envctl.args(["promote", "staging", "prod", "-y"]);
    let run = Run::of(envctl.env("GIT_AUTHOR_DATE", "yesterday"));
    assert_eq!(run.exit, 2, "{run:?}");
    run.says(&["invalid GIT_AUTHOR_DATE"]);
}

#[test]
fn an_address_comes_from_email_only_where_git_takes_it_from_there() {
    for (settings, exit) in [
        (vec![("user.name", "Ana")], 0),
        (
            vec![("user.name", "Ana"), ("user.useConfigOnly", "true")],
            1,
        ),
        (vec![("user.name", "Ana"), ("committer.email", "c@x")], 1),
    ] {
        let world = World::promoted();
        for (key, value) in &settings {
            world.git(&["config", key, value]);
        }
        let mut envctl = world.program(&world.repo());
        for name in [
            "GIT_AUTHOR_NAME",
            "GIT_AUTHOR_EMAIL",
            "GIT_COMMITTER_NAME",
            "GIT_COMMITTER_EMAIL",
        ] {
            envctl.env_remove(name);
        }
        envctl.args(["promote", "staging", "prod", "-y"]);
        let run = Run::of(envctl.env("EMAIL", "ana@mail.example"));
        assert_eq!(run.exit, exit, "{settings:?}: {run:?}");
    }
}

/// A split index, a sparse one, and one with what `feature.manyFiles` brings along.
#[test]
fn every_form_of_the_index_works_for_writing_reading_and_our_own_hook() {
    let forms: [&[&[&str]]; 3] = [
        &[
            &["config", "core.splitIndex", "true"],
            &["update-index", "--split-index"],
        ],
        &[&[
            "sparse-checkout",
            "set",
            "--cone",
            "--sparse-index",
            "pointers",
        ]],
        &[
            &["config", "feature.manyFiles", "true"],
            &["update-index", "--force-write-index"],
        ],
    ];
    for form in forms {
        let world = World::promoted();
        world.write("other/file", "x\n");
        world.commit_all("a folder beside the project");
        world.done(&["hooks", "install", "pre-commit"]);
        for command in form {
            world.git(command);
        }
        world.done(&["promote", "staging", "prod", "-y"]);
        assert_eq!(world.status(), "", "{form:?}");
        world.done(&["check", "--staged"]);
        world.json(0, &["doctor"]);
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_envctl"));
        let variables = world.variables();
        let (_, path) = variables.iter().find(|(name, _)| *name == "PATH").unwrap();
        let path = format!("{}:{path}", program.parent().unwrap().display());
        let mut commit = world.sealed("git", &world.repo());
        commit.args(["commit", "-q", "--allow-empty", "-m", "through our hook"]);
        let run = Run::of(commit.env("PATH", path));
        assert_eq!(run.exit, 0, "{form:?}: {run:?}");
        world.git(&["fsck", "--strict"]);
    }
}

/// What git leaves out of names and addresses, envctl leaves out, and nothing else.
#[test]
fn names_are_written_as_git_writes_them() {
    for (name, email) in [
        ("Ann B.", "ann@example.org"),
        (".Ann", "ann@example.org"),
        (" .Ann, <x>; ", " <ann@example.org> "),
        ("\"Ann\"", "ann@example.org,"),
        ("Ann\nB", "ann@example.org"),
        ("O'Neill & \u{e4}\u{f6} \u{6f22}", "ann@example.org"),
    ] {
        let world = World::promoted();
        let by = |program: &str, arguments: &[&str]| {
            let mut command = world.sealed(program, &world.repo());
            for part in ["AUTHOR", "COMMITTER"] {
                command
                    .env(format!("GIT_{part}_NAME"), name)
                    .env(format!("GIT_{part}_EMAIL"), email);
            }
            let run = Run::of(command.args(arguments));
            assert_eq!(run.exit, 0, "{name:?} {email:?}: {run:?}");
            let commit = world.git(&["cat-file", "commit", "HEAD"]);
            let people = commit
                .lines()
                .filter(|line| line.starts_with("author ") || line.starts_with("committer "));
            people.map(str::to_owned).collect::<Vec<_>>()
        };
        let by_git = by("git", &["commit", "-q", "--allow-empty", "-m", "by git"]);
        let promote = ["promote", "staging", "prod", "-y"];
        assert_eq!(by(env!("CARGO_BIN_EXE_envctl"), &promote), by_git);
    }
}
