//! What a server's hook takes: all that is live is judged, and what cannot be judged is refused.

use std::fmt::Write as _;

use serde_json::Value;

use crate::world::{Run, World, codes};

const NOTHING: &str = "0000000000000000000000000000000000000000";

/// Each update as old commit, new commit and reference; `-` is a commit that is not there.
fn receive(world: &World, exit: i32, updates: &[(&str, &str, &str)]) -> Value {
    let commit = |name: &str| match name {
        "-" => NOTHING.to_owned(),
        name => world.git(&["rev-parse", name]),
    };
    let mut lines = String::new();
    for (old, new, reference) in updates {
        writeln!(lines, "{} {} {reference}", commit(old), commit(new)).unwrap();
    }
    fed(world, lines.as_bytes()).json(exit)
}

fn fed(world: &World, input: &[u8]) -> Run {
    world.fed(input, &["check", "--pre-receive", "--json"])
}

/// A project that ana owns, and the branch `evil`, on which eve rewrites a version.
fn owned() -> World {
    let world = World::promoted();
    world.done(&["access", "grant", "ana@example.org", "owner"]);
    evil(&world, "prompts/router/1.md");
    world
}

fn evil(world: &World, path: &str) {
    world.git(&["checkout", "-q", "-b", "evil"]);
    world.write(path, "EVIL\n");
    world.commit_all("evil");
    world.git(&["checkout", "-q", "main"]);
}

fn folders(answer: &Value) -> Vec<&str> {
    let updates = answer["updates"].as_array().unwrap();
    updates
        .iter()
        .map(|update| update["project"].as_str().unwrap())
        .collect()
}

#[test]
fn what_stands_behind_64_mib_of_tags_is_judged() {
    let world = owned();
    let main = world.git(&["rev-parse", "main"]);
    let mut lines = String::new();
    let name = vec!["b".repeat(200); 4].join("/");
    let mut number = 0;
    while lines.len() <= 64 * 1024 * 1024 {
        number += 1;
        writeln!(lines, "{NOTHING} {main} refs/tags/{number}/{name}").unwrap();
    }
    let evil = world.git(&["rev-parse", "evil"]);
    writeln!(lines, "{main} {evil} refs/heads/main").unwrap();
    let answer = fed(&world, lines.as_bytes()).json(11);
    assert_eq!(folders(&answer), ["."]);
}

#[test]
fn updates_that_cannot_be_read_to_the_end_are_refused() {
    let world = owned();
    let line = format!(
        "{} {} refs/heads/main",
        world.git(&["rev-parse", "main"]),
        world.git(&["rev-parse", "evil"])
    );
    let long = format!(
        "{NOTHING} {NOTHING} refs/tags/{}\n{line}\n",
        "x".repeat(70_000)
    );
    let strange = [b"0 0 refs/heads/\xff\n", line.as_bytes(), b"\n"].concat();
    for input in [line.as_bytes(), long.as_bytes(), &strange] {
        assert_eq!(
            fed(&world, input).json(7)["error"]["code"],
            "unread-updates"
        );
    }
}

#[test]
fn a_project_is_judged_however_deep_it_lies() {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "main"]);
    world.commit_all("begin");
    let deep = "a/b/c/d/e/f/gateway";
    assert_eq!(world.run(&["init", deep, "--name", "X"]).exit, 0);
    evil(&world, "a/b/c/d/e/f/gateway/pointers/prod.toml");
    let answer = receive(&world, 11, &[("main", "evil", "refs/heads/main")]);
    assert_eq!(folders(&answer), [deep]);
    assert_eq!(answer["updates"][0]["findings"][0]["code"], "toml-syntax");
}

/// Names that are not UTF-8 or contain a backslash cannot be named, so what is in there is refused, and what was there
/// before the hook was is nobody's fault.
#[cfg(unix)]
#[test]
fn a_project_that_cannot_be_named_is_refused_and_not_overlooked() {
    use std::os::unix::ffi::OsStrExt as _;
    let world = owned();
    for name in [&b"caf\xe9"[..], b"a\\b"] {
        world.git(&["checkout", "-q", "-B", "strange", "main"]);
        let folder = world.repo().join(std::ffi::OsStr::from_bytes(name));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(world.path("repo/envctl.toml"), folder.join("envctl.toml")).unwrap();
        world.commit_all("strange");
        let answer = receive(&world, 7, &[("main", "strange", "refs/heads/main")]);
        assert_eq!(answer["error"]["code"], "unnamed-project", "{answer:#}");
        world.git(&["commit", "-q", "--allow-empty", "-m", "beside it"]);
        receive(&world, 0, &[("strange~1", "strange", "refs/heads/main")]);
        std::fs::write(folder.join("envctl.toml"), "schema = 1\n").unwrap();
        world.commit_all("changed");
        let answer = receive(&world, 7, &[("strange~1", "strange", "refs/heads/main")]);
        assert_eq!(answer["error"]["code"], "unnamed-project", "{answer:#}");
    }
}

#[test]
fn a_replacement_of_objects_is_refused_and_may_be_removed() {
    let world = owned();
    let reference = format!("refs/replace/{}", world.git(&["rev-parse", "main"]));
    let answer = receive(&world, 4, &[("-", "evil", &reference)]);
    assert_eq!(answer["error"]["code"], "replaced-object");
    world.git(&["update-ref", &reference, "evil"]);
    receive(&world, 0, &[("evil", "-", &reference)]);
}

/// A few objects name 27 million folders.
#[test]
fn a_tree_object_counts_once_however_often_it_occurs() {
    let world = owned();
    let bomb = bomb(&world, 300, "file");
    receive(&world, 0, &[("-", &bomb, "refs/heads/eve")]);
    world.git(&["config", "envctl.verifyFolders", "3"]);
    let answer = receive(&world, 7, &[("-", &bomb, "refs/heads/eve")]);
    assert_eq!(answer["error"]["code"], "over-budget");
    let hint = answer["error"]["hint"].as_str().unwrap();
    assert!(hint.contains("envctl.verifyFolders"), "{hint}");
    world.git(&["config", "envctl.verifyFolders", "1000"]);
    let projects = self::bomb(&world, 300, "envctl.toml");
    let answer = receive(&world, 7, &[("-", &projects, "refs/heads/eve")]);
    assert_eq!(answer["error"]["code"], "over-budget", "each is a project");
}

/// A commit of three levels of trees, each of so many times the one below; the last holds one file.
fn bomb(world: &World, width: usize, file: &str) -> String {
    let blob = world.git(&["rev-parse", "main:envctl.toml"]);
    let mktree = |lines: String| {
        std::fs::write(world.path("lines"), lines).unwrap();
        let mut git = world.sealed("git", &world.repo());
        git.arg("mktree")
            .stdin(std::fs::File::open(world.path("lines")).unwrap());
        Run::of(&mut git).stdout.trim().to_owned()
    };
    let mut tree = mktree(format!("100644 blob {blob}\t{file}\n"));
    for _ in 0..3 {
        let entry = |number| format!("040000 tree {tree}\t{number:07}\n");
        tree = mktree((0..width).map(entry).collect());
    }
    world.git(&["commit-tree", "-m", "bomb", &tree])
}

#[test]
fn a_verdict_that_costs_more_than_the_settings_allow_is_none() {
    let world = owned();
    for setting in ["envctl.verifySeconds", "envctl.verifyMemory"] {
        world.git(&["config", setting, "many"]);
        let answer = receive(&world, 2, &[("main", "evil", "refs/heads/main")]);
        assert_eq!(answer["error"]["code"], "setting", "{setting}");
        world.git(&["config", "--unset", setting]);
    }
    world.git(&["config", "envctl.verifySeconds", "0"]);
    for answer in [
        receive(&world, 7, &[("main", "evil", "refs/heads/main")]),
        world.json(7, &["check", "main~1..main"]),
        world.json(7, &["check", "--pin-policy", "main..evil"]),
    ] {
        assert_eq!(answer["error"]["code"], "over-budget");
    }
}

#[test]
fn an_administrator_lets_exactly_one_update_through() {
    let world = owned();
    let (old, new) = (
        world.git(&["rev-parse", "main"]),
        world.git(&["rev-parse", "main~1"]),
    );
    let back = [("main", "main~1", "refs/heads/main")];
    assert_eq!(
        receive(&world, 4, &back)["error"]["code"],
        "not-fast-forward"
    );
    world.git(&["config", "envctl.allowUpdate", &format!("{old}..{new}")]);
    assert_eq!(folders(&receive(&world, 0, &back)), [] as [&str; 0]);
    receive(&world, 11, &[("main", "evil", "refs/heads/main")]);
    receive(&world, 4, &[("main", "main~2", "refs/heads/main")]);
    world.git(&["config", "envctl.allowUpdate", "main..main~1"]);
    assert_eq!(receive(&world, 2, &back)["error"]["code"], "setting");
}

/// A project whose owner names another branch the live one.
fn handed_over() -> World {
    let world = owned();
    let before = world.git(&["rev-parse", "main"]);
    world.git(&["tag", "before", &before]);
    world.replace("envctl.toml", "branch = \"main\"", "branch = \"release\"");
    world.commit_all("release from release");
    receive(&world, 0, &[("before", "main", "refs/heads/main")]);
    world
}

#[test]
fn a_branch_that_was_live_until_now_is_judged_until_the_next_has_taken_over() {
    let world = handed_over();
    world.write("prompts/router/1.md", "EVIL\n");
    world.commit_all("rewritten");
    let answer = receive(&world, 11, &[("main~1", "main", "refs/heads/main")]);
    assert_eq!(
        answer["updates"][0]["findings"][0]["code"],
        "version-immutable"
    );
    for (new, code) in [("-", "live-branch-deleted"), ("before", "not-fast-forward")] {
        world.git(&["reset", "-q", "--hard", "main~0"]);
        let answer = receive(&world, 4, &[("main~1", new, "refs/heads/main")]);
        assert_eq!(answer["error"]["code"], code);
    }
    world.git(&["reset", "-q", "--hard", "main~1"]);
    world.git(&["branch", "release"]);
    let answer = receive(&world, 0, &[("main", "-", "refs/heads/main")]);
    assert_eq!(folders(&answer), [] as [&str; 0], "release has taken over");
    assert_eq!(
        receive(&world, 4, &[("release", "-", "refs/heads/release")])["error"]["code"],
        "live-branch-deleted"
    );
}

#[test]
fn the_next_live_branch_is_judged_from_where_the_one_before_is() {
    let world = handed_over();
    world.git(&["checkout", "-q", "-b", "next"]);
    world.git(&["commit", "-q", "--allow-empty", "-m", "on"]);
    let answer = receive(&world, 0, &[("-", "next", "refs/heads/release")]);
    assert_eq!(
        answer["updates"][0]["base"],
        world.git(&["rev-parse", "main"])
    );
    world.write("prompts/router/1.md", "EVIL\n");
    world.commit_all("rewritten");
    let answer = receive(&world, 11, &[("-", "next", "refs/heads/release")]);
    assert_eq!(
        answer["updates"][0]["findings"][0]["code"],
        "version-immutable"
    );
    // Somebody else's project of the same name, which by its own rules is all right.
    world.git(&["checkout", "-q", "--orphan", "other"]);
    world.write("prompts/router/1.md", "EVIL\n");
    world.git(&["rm", "-q", "--cached", "access.toml"]);
    std::fs::remove_file(world.path("repo/access.toml")).unwrap();
    world.commit_all("mine");
    for branch in ["-", "evil"] {
        let answer = receive(&world, 4, &[(branch, "other", "refs/heads/release")]);
        assert_eq!(answer["error"]["code"], "live-branch-elsewhere");
    }
    let both = [
        ("before", "main", "refs/heads/main"),
        ("-", "other", "refs/heads/release"),
    ];
    world.git(&["update-ref", "refs/heads/main", "before"]);
    world.git(&["tag", "named", "next~2"]);
    let both = [(both[0].0, "named", both[0].2), both[1]];
    assert_eq!(
        receive(&world, 4, &both)["error"]["code"],
        "live-branch-elsewhere",
        "in one push as in two"
    );
}

/// A branch that names itself the live one is a project of its own, and all of it is judged.
#[test]
fn nobody_declares_a_branch_live_without_the_right_to() {
    let world = owned();
    world.git(&["checkout", "-q", "evil"]);
    world.git(&["reset", "-q", "--hard", "main"]);
    world.replace("envctl.toml", "branch = \"main\"", "branch = \"evil\"");
    let eve = "--author=Eve <eve@example.org>";
    world.git(&["commit", "-q", "-a", "-m", "mine", eve]);
    let answer = receive(&world, 11, &[("-", "evil", "refs/heads/evil")]);
    let findings = answer["updates"][0]["findings"].as_array().unwrap();
    assert_eq!(findings[0]["code"], "permission", "{answer:#}");
    assert_eq!(codes(&answer["updates"][0]), ["permission"]);
}

#[test]
fn a_hook_for_one_project_does_not_fall_silent_when_that_moves() {
    let world = owned();
    let judged = |project: &str, exit| {
        let (old, new) = (
            world.git(&["rev-parse", "main"]),
            world.git(&["rev-parse", "evil"]),
        );
        let line = format!("{old} {new} refs/heads/main\n");
        world
            .fed(
                line.as_bytes(),
                &["check", "--pre-receive", "--json", "--project", project],
            )
            .json(exit)
    };
    judged(".", 11);
    assert_eq!(judged("elsewhere", 7)["error"]["code"], "no-project");
}
