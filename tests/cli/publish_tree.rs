use crate::world::{PROVIDER, ROUTE, World};

/// A world with a tree of one prompt, one rule and one provider beside the project.
fn with_tree() -> World {
    let world = World::new();
    world.write("tree/prompts/router.md", "Route\n");
    world.write("tree/routing/primary.toml", ROUTE);
    world.write("tree/providers/openai.toml", PROVIDER);
    world.write("tree/README.md", "ours");
    world
}

const FROM: [&str; 5] = ["publish", "--from", "tree", "--to", "staging"];

#[test]
fn what_changed_since_the_newest_versions_is_one_commit() {
    let world = with_tree();
    let start = world.head();
    let run = world.done(&FROM);
    assert_eq!(
        run.stdout,
        "prompts/router@1\nrouting/primary@1\nproviders/openai@1\n"
    );
    run.says(&["published 3 versions, live in staging ("]);
    let again = world.refused(0, &FROM);
    again.says(&[
        "unchanged: prompts/router@1, routing/primary@1, providers/openai@1",
        "nothing to do",
    ]);
    world.write("tree/prompts/router.md", "Route better\n");
    world.write("tree/prompts/tone.txt", "Kind\n");
    let run = world.done(&FROM);
    assert_eq!(run.stdout, "prompts/router@2\nprompts/tone@1\n");
    run.says(&["unchanged: routing/primary@1, providers/openai@1"]);
    assert_eq!(
        world.subjects(&start),
        [
            "publish 2 versions to staging",
            "publish 3 versions to staging"
        ]
    );
    let changed = world.git(&["show", "--format=", "--name-only", "HEAD"]);
    assert_eq!(
        changed,
        "pointers/staging.toml\nprompts/router/2.md\nprompts/tone/1.txt"
    );
    assert_eq!(
        world.git(&["cat-file", "blob", "HEAD:prompts/tone/1.txt"]),
        "Kind"
    );
}

#[test]
fn pointers_follow_to_what_is_published_already() {
    let world = with_tree();
    let answer = world.json(0, &["publish", "--from", "tree", "--no-release"]);
    assert_eq!(
        (&answer["moves"], &answer["environment"]),
        (&serde_json::json!([]), &().into())
    );
    assert_eq!(
        answer["versions"][1],
        serde_json::json!({ "resource": "routing/primary", "version": 1, "is_new": true })
    );
    world.done(&FROM).says(&["3 pointers moved in staging"]);
    world
        .refused(2, &["publish", "--from", "tree"])
        .says(&["pass --yes"]);
    world.done(&["publish", "--from", "tree", "-y"]);
    assert_eq!(
        world.done(&["render", "prod"]).stdout,
        world.done(&["render", "staging"]).stdout
    );
}

#[test]
fn a_dry_run_says_what_would_be_published() {
    let world = with_tree();
    let run = world.refused(0, &[&FROM[..], &["-n"]].concat());
    assert_eq!(run.stdout.lines().count(), 3);
    run.says(&["dry run: published 3 versions"]);
}

#[test]
fn files_that_do_not_fit_are_listed_and_nothing_is_published() {
    let world = with_tree();
    for (path, text) in [
        ("tree/prompts/Router.md", "x"),
        ("tree/prompts/router.txt", "x"),
        ("tree/prompts/con.md", "x"),
        ("tree/prompts/a.md.orig", "x"),
        ("tree/prompts/deep/a.md", "x"),
        ("tree/prompts/empty.md", ""),
        ("tree/routing/primary.md", "x"),
        ("tree/prompt/a.md", "x"),
        ("tree/gateway.toml", "x"),
        ("tree/prompts/\u{1b}[2J.md", "x"),
    ] {
        world.write(path, text);
    }
    world.write("tree/prompts/huge.md", vec![b'x'; 1024 * 1024 + 1]);
    std::os::unix::fs::symlink("/etc/passwd", world.repo().join("tree/prompts/link.md")).unwrap();
    let run = world.refused(4, &FROM);
    run.says(&[
        "12 files do not fit",
        "hint: prompts/link.md: it is not a regular file",
        "prompts/huge.md: it has more than",
    ]);
    assert!(!run.stderr.contains('\u{1b}'), "{run:?}");
    let answer = world.json(4, &FROM);
    assert_eq!(answer["error"]["code"], "unfit-files");
    let unfit: Vec<_> = answer["unfit"]
        .as_array()
        .unwrap()
        .iter()
        .map(|unfit| unfit["file"].as_str().unwrap())
        .collect();
    assert_eq!(
        unfit,
        [
            "gateway.toml",
            "prompt",
            "prompts/\u{1b}[2J.md",
            "prompts/Router.md",
            "prompts/a.md.orig",
            "prompts/con.md",
            "prompts/deep",
            "prompts/empty.md",
            "prompts/huge.md",
            "prompts/link.md",
            "prompts/router.txt",
            "routing/primary.md"
        ]
    );
}

#[test]
fn a_tree_is_judged_as_a_whole() {
    let world = with_tree();
    world.write(
        "tree/providers/openai.toml",
        PROVIDER.replace("gpt-5\"", "gpt-4\""),
    );
    let answer = world.json(4, &FROM);
    assert_eq!(crate::world::codes(&answer), ["coherence"]);
    world.write(
        "tree/providers/openai.toml",
        PROVIDER.replace("env::OPENAI_API_KEY", "hunter2hunter2"),
    );
    let run = world.refused(4, &FROM);
    run.says(&["literal-secret"]);
    assert!(!run.stderr.contains("hunter2"), "{run:?}");
    world
        .refused(1, &["publish", "--from", "nowhere"])
        .says(&["nowhere"]);
    world.refused(2, &["publish", "prompts/a", "a.md", "--from", "tree"]);
    world.refused(2, &["publish", "prompts/a"]);
}
