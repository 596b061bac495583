//! A project whose folder was moved: whatever looks back follows it, with git as the witness of where it stood.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::world::World;

/// A repository with the project Support, of which git tells where it stood, and perhaps others.
struct Scene {
    world: World,
    /// Where the project stands; empty: in the repository's root.
    folder: &'static str,
}

/// How a project came to where it stands.
type Journey = fn(&mut Scene);

const JOURNEYS: &[(&str, Journey)] = &[
    ("it stays", |_| {}),
    ("it is moved once", |scene| scene.moves("gate")),
    ("it is moved twice", |scene| {
        scene.moves("gate");
        scene.serves(2);
        scene.moves("services/gate");
    }),
    ("it leaves the root and comes back", |scene| {
        scene.moves("gate");
        scene.serves(2);
        scene.serves(1);
        scene.moves("");
    }),
    ("its pointers move along", |scene| {
        scene.carry("gate");
        let pointers = "gate/pointers/prod.toml";
        scene.world.replace(pointers, "version = 1", "version = 2");
        scene.commit("move, and serve 2");
    }),
    ("its settings change along", |scene| {
        scene.carry("gate");
        let settings = "gate/envctl.toml";
        scene.world.replace(settings, "order", "# moved\norder");
        scene.commit("move, and say so");
    }),
    ("another is moved together with it", |scene| {
        scene.moves("apps/gate");
        scene.other("apps/other");
        scene.world.git(&["mv", "apps", "platform"]);
        scene.folder = "platform/gate";
        scene.commit("move all of them");
    }),
    ("two trade places", |scene| {
        scene.moves("gate");
        scene.other("other");
        scene.world.git(&["mv", "gate", "aside"]);
        scene.world.git(&["mv", "other", "gate"]);
        scene.world.git(&["mv", "aside", "other"]);
        scene.folder = "other";
        scene.commit("trade places");
    }),
    ("it is copied and stays", |scene| {
        let there = scene.world.repo().join("copy");
        scene.moves("gate");
        let here = scene.here();
        scene
            .world
            .sealed("cp", &here)
            .args(["-r", ".", there.to_str().unwrap()])
            .status()
            .unwrap();
        scene.world.replace("copy/envctl.toml", "Support", "Copy");
        scene
            .world
            .replace("gate/envctl.toml", "order", "# copied\norder");
        scene.commit("copy");
    }),
    ("another takes its place", |scene| {
        scene.moves("gate");
        scene.other("other");
        scene.world.git(&["mv", "gate", "new"]);
        scene.world.git(&["mv", "other", "gate"]);
        scene.folder = "new";
        scene.commit("everybody moves up");
    }),
];

impl Scene {
    fn new() -> Self {
        let scene = Self {
            world: World::empty(),
            folder: "",
        };
        scene.world.done(&["init", "--name", "Support"]);
        for text in ["Route\n", "Route better\n", "Route best\n"] {
            let publish = ["publish", "prompts/router", "-", "--no-release"];
            assert_eq!(scene.world.fed(text.as_bytes(), &publish).exit, 0);
        }
        scene.serves(1);
        scene
    }

    fn here(&self) -> PathBuf {
        self.world.repo().join(self.folder)
    }

    fn run(&self, exit: i32, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--json"]].concat();
        self.world.run_in(&self.here(), &arguments).json(exit)
    }

    fn serves(&self, number: u32) {
        let version = format!("prompts/router@{number}");
        self.run(0, &["point", "prod", &version, "-y"]);
    }

    /// Puts the project into `folder`, and commits nothing.
    fn carry(&mut self, folder: &'static str) {
        let (from, to) = (self.here(), self.world.repo().join(folder));
        fs::create_dir_all(&to).unwrap();
        for name in [
            "envctl.toml",
            "environments",
            "pending",
            "pointers",
            "prompts",
            ".gitattributes",
        ] {
            if from.join(name).exists() {
                fs::rename(from.join(name), to.join(name)).unwrap();
            }
        }
        self.folder = folder;
    }

    fn moves(&mut self, folder: &'static str) {
        self.carry(folder);
        self.commit(&format!("move to {folder:?}"));
    }

    fn commit(&self, message: &str) {
        self.world.git(&["add", "-A"]);
        self.world.git(&["commit", "-q", "-m", message]);
    }

    /// Makes another project in `folder` that serves something else, without a word about this one.
    fn other(&self, folder: &str) {
        let there = self.world.repo().join(folder);
        self.world.done(&["init", folder, "--name", "Other"]);
        for text in ["Chat\n", "Chat better\n"] {
            let publish = [
                "-C",
                folder,
                "publish",
                "prompts/router",
                "-",
                "--to",
                "prod",
                "-y",
            ];
            assert_eq!(self.world.fed(text.as_bytes(), &publish).exit, 0);
        }
        assert!(there.join("pointers/prod.toml").exists());
    }

    /// The commits, newest first, with what git says is live in prod of Support.
    fn witnessed(&self) -> Vec<(String, Option<u64>)> {
        let line = self.world.git(&["rev-list", "--first-parent", "HEAD"]);
        let live = |commit: &str| {
            let named = [
                "grep",
                "-l",
                "name = \"Support\"",
                commit,
                "--",
                "*envctl.toml",
            ];
            let settings = self.world.git(&named);
            let pointers = settings.replace("envctl.toml", "pointers/prod.toml");
            let there = self.world.git(&["ls-tree", "-r", "--name-only", commit]);
            let path = pointers.split_once(':').unwrap().1;
            if !there.lines().any(|line| line == path) {
                return None;
            }
            let text = self.world.git(&["show", &pointers]);
            let (_, number) = text.split_once("version = ").unwrap();
            Some(number.trim().parse().unwrap())
        };
        let of = |commit: &str| (commit.to_owned(), live(commit));
        line.lines().map(of).collect()
    }
}

#[test]
fn whatever_looks_back_follows_a_project_that_was_moved() {
    for (journey, travel) in JOURNEYS {
        let mut scene = Scene::new();
        travel(&mut scene);
        scene.serves(3);
        let witnessed = scene.witnessed();
        // 1. What was live at every commit.
        for (commit, live) in &witnessed {
            let resolve = ["resolve", "prompts/router", "--env", "prod", "--at", commit];
            let answer = scene.run(if live.is_some() { 0 } else { 1 }, &resolve);
            assert_eq!(answer["version"].as_u64(), *live, "{journey}: {answer:#}");
        }
        // 2. The commits that moved the pointer.
        let moved: Vec<(&String, Option<u64>, Option<u64>)> = witnessed
            .windows(2)
            .filter(|pair| pair[0].1 != pair[1].1)
            .map(|pair| (&pair[0].0, pair[1].1, pair[0].1))
            .collect();
        let log = scene.run(0, &["log", "prod", "prompts/router"]);
        let told: Vec<(&str, Option<u64>, Option<u64>)> = log["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| {
                let moved = &entry["moves"][0];
                let commit = entry["commit"].as_str().unwrap();
                (commit, moved["before"].as_u64(), moved["after"].as_u64())
            })
            .collect();
        let expected: Vec<_> = moved
            .iter()
            .map(|(commit, before, after)| (commit.as_str(), *before, *after))
            .collect();
        assert_eq!(told, expected, "{journey}");
        let all = scene.run(0, &["log"])["entries"].as_array().unwrap().len();
        assert!(all >= 1 + 3 + moved.len(), "{journey}: it begins with init");
        // 3. Since when it is live, what a rollback goes back to, and what a range moves.
        let blame = scene.run(0, &["blame", "prod", "--at", moved[1].0]);
        assert_eq!(
            blame["pointers"][0]["commit"],
            moved[1].0.as_str(),
            "{journey}"
        );
        let back = scene.run(0, &["rollback", "prod", "-n"]);
        assert_eq!(back["moves"][0]["after"].as_u64(), moved[0].1, "{journey}");
        let (oldest, first) = (&moved[moved.len() - 1].0, moved[moved.len() - 1].2);
        let status = scene.run(0, &["status", "--at", oldest]);
        let environments = status["environments"].as_array().map(Vec::len);
        assert_eq!(environments, Some(2), "{journey}: {status:#}");
        let back = scene.run(0, &["rollback", "prod", "--at", oldest, "-n"]);
        assert_eq!(back["moves"][0]["after"].as_u64(), first, "{journey}");
        let range = format!("{oldest}..HEAD");
        let diff = scene.run(0, &["diff", &range]);
        let moves = &diff["changes"][0]["moves"];
        assert_eq!(
            moves.as_array().map(Vec::len),
            Some(1),
            "{journey}: {diff:#}"
        );
        assert_eq!(moves[0]["before"].as_u64(), first, "{journey}");
        assert_eq!(moves[0]["after"], 3, "{journey}");
        assert_eq!(diff["vanished"], serde_json::json!([]), "{journey}");
        let path = [
            "resolve",
            "prompts/router",
            "--env",
            "prod",
            "--at",
            oldest,
            "--path",
        ];
        let path = scene.run(0, &path)["path"].as_str().unwrap().to_owned();
        scene
            .world
            .git(&["cat-file", "-e", &format!("{oldest}:{path}")]);
    }
}

/// Git at a time, as somebody.
fn git_at(world: &World, time: &str, name: &str, arguments: &[&str]) {
    let mut git = world.sealed("git", &world.repo());
    let email = format!("{}@example.org", name.to_lowercase());
    git.args(arguments)
        .env("GIT_COMMITTER_DATE", time)
        .env("GIT_AUTHOR_DATE", time)
        .env("GIT_AUTHOR_NAME", name)
        .env("GIT_AUTHOR_EMAIL", email);
    assert!(git.status().unwrap().success(), "{arguments:?}");
}

#[test]
fn a_time_before_the_move_is_looked_at_where_the_project_stood_then() {
    let mut scene = Scene::new();
    scene.carry("gate");
    scene.world.git(&["add", "-A"]);
    git_at(
        &scene.world,
        "2026-01-01T14:00:00Z",
        "Ana",
        &["commit", "-qm", "move"],
    );
    let then = [
        "resolve",
        "prompts/router",
        "--env",
        "prod",
        "--at",
        "2026-01-01T13:00:00Z",
    ];
    assert_eq!(scene.run(0, &then)["version"], 1);
    let back = ["rollback", "prod", "--at", "2026-01-01T13:00:00Z", "-n"];
    assert_eq!(scene.run(0, &back)["changed"], false);
    let early = [&then[..5], &["2025-12-31T13:00:00Z"]].concat();
    assert_eq!(scene.run(1, &early)["error"]["code"], "no-project-then");
}

#[test]
fn who_asked_for_a_release_is_known_though_a_merge_brought_it_and_the_project_was_moved_since() {
    let mut scene = Scene::new();
    scene.run(0, &["policy", "set", "prod", "separation_of_duties=true"]);
    scene.world.git(&["checkout", "-q", "-b", "topic"]);
    scene.run(5, &["point", "prod", "prompts/router@2", "-y"]);
    git_at(
        &scene.world,
        "2026-01-01T12:00:00Z",
        "Ben",
        &["commit", "-q", "--amend", "--no-edit", "--reset-author"],
    );
    scene.world.git(&["checkout", "-q", "main"]);
    git_at(
        &scene.world,
        "2026-01-01T12:00:00Z",
        "Eve",
        &["merge", "-q", "--no-ff", "-m", "merge", "topic"],
    );
    scene.moves("gate");
    let pending = scene.run(0, &["pending"]);
    assert_eq!(
        pending["pending"][0]["author"]["email"], "ben@example.org",
        "{pending:#}"
    );
    let mut ben = scene.world.program(&scene.here());
    ben.args(["approve", "prod", "-y"])
        .env("GIT_AUTHOR_EMAIL", "ben@example.org");
    assert_eq!(crate::world::Run::of(&mut ben).exit, 4);
    scene.run(0, &["approve", "prod", "-y"]);
    let blame = scene.run(0, &["blame", "prod"]);
    let approval = &blame["pointers"][0]["approval"];
    assert_eq!(
        approval["request"]["author"]["email"], "ben@example.org",
        "{blame:#}"
    );
}
