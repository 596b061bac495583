//! What is known of the versions of a resource, their texts, and how two of them differ.

use serde_json::{Value, json};

use crate::world::World;

fn versions(world: &World, arguments: &[&str]) -> Vec<Value> {
    let answer = world.json(0, &[&["versions"], arguments].concat());
    answer["versions"].as_array().unwrap().clone()
}

/// A world with three versions of the router, of which prod has rolled the second one back.
fn rolled_back() -> World {
    let world = World::promoted();
    let day = |day: u32| format!("2026-01-0{day}T12:00:00Z");
    world.done_at(&day(2), &["promote", "staging", "prod", "-y"]);
    world.done_at(
        &day(3),
        &["rollback", "prod", "-y", "-m", "Misleads customers"],
    );
    world.write("router.md", "Route best\n");
    let third = [
        "publish",
        "prompts/router",
        "router.md",
        "--to",
        "staging",
        "-m",
        "Third try",
    ];
    world.done_at(&day(4), &third);
    world
}

#[test]
fn a_pipe_gets_one_line_a_version_and_git_agrees() {
    let world = rolled_back();
    let run = world.refused(0, &["versions", "prompts/router"]);
    let lines: Vec<Vec<&str>> = run
        .stdout
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    let expected = [
        ["3", "Third try", "staging", "-", "-"],
        [
            "2",
            "publish prompts/router@2 to staging",
            "-",
            "staging,prod",
            "prod",
        ],
        [
            "1",
            "publish prompts/router@1 to staging",
            "prod",
            "staging",
            "-",
        ],
    ];
    assert_eq!(lines.len(), expected.len(), "{run:?}");
    for (line, [number, why, live, was, marked]) in lines.iter().zip(expected) {
        let file = format!("prompts/router/{number}.md");
        let added = world.git(&[
            "log",
            "--diff-filter=A",
            "--format=%H%x09%ae%x09%cI",
            "--",
            &file,
        ]);
        let [commit, email, at] = added.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let at = at.replace("+00:00", "Z");
        let expected = [
            number, &*at, commit, email, why, live, was, marked, "-", "-",
        ];
        assert_eq!(line, &expected);
    }
}

#[test]
fn json_says_when_each_version_was_live_where() {
    let world = rolled_back();
    let told = versions(&world, &["prompts/router"]);
    let numbers: Vec<_> = told
        .iter()
        .map(|one| one["version"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [3, 2, 1]);
    let commit = |revision: &str| world.git(&["rev-parse", revision]);
    let (promoted, back) = (commit("HEAD~2"), commit("HEAD~1"));
    assert_eq!(
        told[1]["stretches"],
        json!([
            { "environment": "staging", "at": "2026-01-01T12:00:00Z", "commit": commit("HEAD~3"), "until": "2026-01-04T12:00:00Z" },
            { "environment": "prod", "at": "2026-01-02T12:00:00Z", "commit": promoted, "until": "2026-01-03T12:00:00Z" },
        ])
    );
    assert_eq!(told[1]["live_in"], json!([]));
    let mark = &told[1]["rolled_back_in"][0];
    assert_eq!(
        (
            &mark["environment"],
            &mark["at"],
            &mark["commit"],
            &mark["reason"],
            &mark["author"]["name"]
        ),
        (
            &json!("prod"),
            &json!("2026-01-03T12:00:00Z"),
            &json!(back),
            &json!("Misleads customers"),
            &json!("Ana"),
        )
    );
    assert_eq!(told[2]["live_in"], json!(["prod"]));
    // Back again: its second stretch in prod is the one that lasts.
    assert_eq!(told[2]["stretches"][0]["environment"], "staging");
    assert_eq!(told[2]["stretches"][1]["commit"], json!(back));
    assert_eq!(told[2]["stretches"][2]["until"], "2026-01-02T12:00:00Z");
    for one in &told {
        let path = one["path"].as_str().unwrap();
        assert_eq!(one["blob"], commit(&format!("HEAD:{path}")));
    }
}

#[test]
fn a_limit_leaves_the_oldest_out_and_says_so() {
    let world = rolled_back();
    let run = world.done(&["versions", "prompts/router", "--limit", "1"]);
    assert_eq!(run.stdout.lines().count(), 1);
    run.says(&["2 older versions not shown"]);
    let answer = world.json(0, &["versions", "prompts/router", "--limit", "1"]);
    assert_eq!(
        (&answer["total"], &answer["versions"][0]["version"]),
        (&json!(3), &json!(3))
    );
    // What is known of one does not depend on how many are asked for.
    let all = versions(&world, &["prompts/router"]);
    for limit in 1..=3 {
        let some = versions(&world, &["prompts/router", "--limit", &limit.to_string()]);
        assert_eq!(some, all[..limit]);
    }
}

#[test]
fn the_past_is_seen_as_it_was() {
    let world = rolled_back();
    let told = versions(&world, &["prompts/router", "--at", "2026-01-02T18:00:00Z"]);
    assert_eq!(told.len(), 2);
    assert_eq!(told[0]["live_in"], json!(["staging", "prod"]));
    assert_eq!(told[0]["rolled_back_in"], json!([]));
}

#[test]
fn a_merge_is_when_and_the_commit_on_its_side_is_who_and_why() {
    let world = World::promoted();
    world.git(&["checkout", "-q", "-b", "topic"]);
    world.write("prompts/router/3.md", "Route best\n");
    world.git(&["add", "-A"]);
    let author = ["--author", "Ben <ben@example.org>"];
    world.git(
        &[
            &["commit", "-q", "-m", "Third router\n\nFrom the lab."][..],
            &author,
        ]
        .concat(),
    );
    let set = world.head();
    world.git(&["checkout", "-q", "main"]);
    world.git(&["merge", "-q", "--no-ff", "-m", "Merge topic", "topic"]);
    let newest = &versions(&world, &["prompts/router"])[0];
    assert_eq!(
        [
            &newest["commit"],
            &newest["origin_commit"],
            &newest["merged"]
        ],
        [&json!(world.head()), &json!(set), &json!(true)]
    );
    assert_eq!(
        [&newest["author"]["name"], &newest["reason"]],
        [&json!("Ben"), &json!("From the lab.")]
    );
}

#[test]
fn a_mark_holds_for_the_same_bytes_under_another_number() {
    let world = rolled_back();
    world.publish("prompts/router", "Route better\n", "staging");
    let told = versions(&world, &["prompts/router"]);
    assert_eq!(
        (&told[0]["version"], &told[0]["same_bytes"]),
        (&json!(4), &json!([2]))
    );
    assert_eq!(told[0]["rolled_back_in"][0]["environment"], "prod");
    // Alone it is the same, though its text is older than itself.
    assert_eq!(
        versions(&world, &["prompts/router", "--limit", "1"]),
        told[..1]
    );
}

#[test]
fn an_unknown_resource_is_an_error_with_what_was_meant() {
    let world = World::promoted();
    let run = world.refused(1, &["versions", "prompts/ruoter"]);
    assert_eq!(run.stdout, "");
    run.says(&[
        "no resource `prompts/ruoter`",
        "did you mean prompts/router?",
    ]);
    assert_eq!(
        world.run(&["versions", "prompts/ruoter", "--json"]).code(),
        "no-such-resource"
    );
    world
        .refused(2, &["versions", "prompts/router@1"])
        .says(&["only a resource is expected"]);
    world.refused(2, &["versions", "prod"]).says(&["KIND/NAME"]);
}

#[test]
fn history_that_is_cut_off_cannot_be_told() {
    let world = rolled_back();
    let shallow = world.path("shallow");
    let from = format!("file://{}", world.repo().display());
    world.git(&[
        "clone",
        "-q",
        "--depth",
        "1",
        &from,
        shallow.to_str().unwrap(),
    ]);
    let run = world.run_in(&shallow, &["versions", "prompts/router"]);
    assert_eq!((run.exit, &*run.stdout), (7, ""), "{run:?}");
    // The text alone needs no history.
    let run = world.run_in(&shallow, &["show", "prompts/router@2"]);
    assert_eq!((run.exit, &*run.stdout), (0, "Route better\n"), "{run:?}");
}

#[test]
fn a_version_is_shown_byte_for_byte_in_a_pipe() {
    let world = World::promoted();
    let text = "Route {{ customer }}\r\n\u{e9}\tlast line without a break";
    world.publish("prompts/router", text, "staging");
    let run = world.refused(0, &["show", "prompts/router@3"]);
    assert_eq!((&*run.stdout, &*run.stderr), (text, ""));
    let answer = world.json(0, &["show", "prompts/router@3"]);
    assert_eq!(answer["content"], text);
    assert_eq!(answer["size"], text.len());
    assert_eq!(answer["variables"], json!(["customer"]));
    assert_eq!(answer["masked"], false);
    assert_eq!(answer["record"], versions(&world, &["prompts/router"])[0]);
    assert_eq!(
        world.json(0, &["show", "prompts/router@1"])["content"],
        "Route\n"
    );
}

#[test]
fn what_may_be_a_secret_is_masked_and_that_is_said() {
    let world = World::promoted();
    let key = format!("sk-proj-{}", "Ab1".repeat(16));
    world.write("prompts/router/3.md", format!("Use {key} here\n"));
    world.commit_all("by hand");
    let run = world.run(&["show", "prompts/router@3"]);
    assert_eq!(run.exit, 0, "{run:?}");
    assert!(
        !run.stdout.contains(&key) && run.stdout.starts_with("Use "),
        "{run:?}"
    );
    run.says(&["masked"]);
    let answer = world.json(0, &["show", "prompts/router@3"]);
    assert_eq!(answer["masked"], true);
    assert!(!answer.to_string().contains(&key));
}

#[test]
fn a_version_that_does_not_exist_comes_with_the_nearest() {
    let world = World::promoted();
    for number in 3..=6 {
        world.publish("prompts/router", &format!("Route {number}\n"), "staging");
    }
    let nearest = "the nearest are prompts/router@4, prompts/router@5 and prompts/router@6";
    let next = "envctl versions prompts/router";
    for arguments in [
        &["show", "prompts/router@9"][..],
        &["diff", "prompts/router@1", "prompts/router@9"],
        &["diff", "prompts/router@9", "prompts/router@1"],
        &["point", "prod", "prompts/router@9", "-y"],
        &["promote", "staging", "prod", "prompts/router@9", "-y"],
    ] {
        let run = world.refused(1, arguments);
        run.says(&["prompts/router@9 was never published", nearest, next]);
        assert_eq!(
            world.run(&[arguments, &["--json"]].concat()).code(),
            "no-such-version"
        );
    }
    world
        .refused(1, &["show", "prompts/ruoter@1"])
        .says(&["did you mean prompts/router?"]);
}

#[test]
fn a_malformed_version_says_what_is_wrong_with_it() {
    let world = World::promoted();
    for (text, why) in [
        ("prompts/router", "names no version"),
        ("prompts/router@", "invalid version number \"\""),
        ("prompts/router@0", "invalid version number \"0\""),
        ("prompts/router@newest", "invalid version number \"newest\""),
        ("prompts/router@1@2", "invalid version number \"1@2\""),
        (
            "prompt/router@1",
            "the kinds are prompts, routing and providers",
        ),
        ("router@1", "KIND/NAME"),
    ] {
        for arguments in [&["show", text][..], &["point", "prod", text, "-y"]] {
            world.refused(2, arguments).says(&[why]);
        }
    }
}

#[test]
fn two_versions_differ_as_git_says() {
    let world = World::promoted();
    let lines = |word: &str| {
        (1..=20)
            .map(|at| format!("{at} {word}\n"))
            .collect::<String>()
    };
    world.publish("prompts/router", &lines("same"), "staging");
    world.publish(
        "prompts/router",
        &lines("same").replace("\n7 same", "\n7 other"),
        "staging",
    );
    let run = world.refused(0, &["diff", "prompts/router@3", "prompts/router@4"]);
    let (heading, hunks) = run.stdout.split_once("@@").unwrap();
    assert_eq!(heading, "--- prompts/router@3\n+++ prompts/router@4\n");
    let told = world.git(&[
        "diff",
        "HEAD:prompts/router/3.md",
        "HEAD:prompts/router/4.md",
    ]);
    let (_, expected) = told.split_once("@@").unwrap();
    // Behind the place of a hunk git quotes a line that it takes for a heading.
    let plain = |text: &str| {
        let lines = text.lines().map(|line| match line.split_once("@@ ") {
            Some((place, _)) => format!("{place}@@"),
            None => line.trim_end().to_owned(),
        });
        lines.collect::<Vec<_>>()
    };
    assert_eq!(plain(hunks)[1..], plain(expected)[1..]);
    let answer = world.json(0, &["diff", "prompts/router@3", "prompts/router@4"]);
    assert_eq!(answer["lines"], json!({ "added": 1, "removed": 1 }));
    assert_eq!([&answer["before"], &answer["after"]], [3, 4]);
}

#[test]
fn the_exit_code_says_whether_two_versions_differ() {
    let world = World::promoted();
    world.publish("prompts/router", "Route {{ who }}\n", "staging");
    let compared = |a: &str, b: &str| world.run(&["diff", a, b, "--exit-code"]);
    let run = compared("prompts/router@1", "prompts/router@3");
    assert_eq!(run.exit, 10, "{run:?}");
    run.says(&["adds {{ who }}: callers have to change with it"]);
    let run = compared("prompts/router@2", "prompts/router@2");
    assert_eq!((run.exit, &*run.stdout), (0, ""), "{run:?}");
    run.says(&["have the same bytes"]);
}

#[test]
fn only_versions_of_one_resource_are_compared() {
    let world = World::promoted();
    for (arguments, why) in [
        (
            &["prompts/router@1"][..],
            "compared with one other version of prompts/router",
        ),
        (&["prompts/router@1", "prompts/router"], "names no version"),
        (
            &["prompts/router@1", "prompts/greeting@1"],
            "different resources",
        ),
        (
            &["prompts/router@1", "prod"],
            "compared with one other version",
        ),
        (&["prompts/router", "prompts/router@1"], "names no version"),
        (
            &["staging", "prod", "prompts/router@1"],
            "only a resource is expected",
        ),
        (
            &["HEAD~1..", "prompts/router@1"],
            "only a resource is expected",
        ),
        (
            &[
                "prompts/router@1",
                "prompts/router@2",
                "--format",
                "markdown",
            ],
            "between commits",
        ),
    ] {
        world
            .refused(2, &[&["diff"], arguments].concat())
            .says(&[why]);
    }
}

/// The text that a promotion would bring is shown before it moves, and again where it waits for approval.
#[test]
fn content_shows_the_text_that_would_go_live() {
    let world = World::demanding(&["requires_approval=true"]);
    world.publish("prompts/new", "Hello\n", "staging");
    let expected = |stdout: &str| {
        let parts = [
            "prompts/router 1 → 2",
            "-Route\n+Route better\n",
            "prompts/new@1 (new)",
            "+Hello\n",
        ];
        for part in parts {
            assert!(stdout.contains(part), "no {part:?} in {stdout}");
        }
    };
    let diff = ["diff", "staging", "prod"];
    let run = world.refused(0, &[&diff[..], &["--content"]].concat());
    expected(&run.stdout);
    assert!(world.json(0, &diff).get("texts").is_none());
    let texts = world.json(0, &[&diff[..], &["--content"]].concat())["texts"].clone();
    let numbers = |text: &Value| {
        (
            text["resource"].clone(),
            text["before"].clone(),
            text["after"].clone(),
        )
    };
    let told: Vec<_> = texts.as_array().unwrap().iter().map(numbers).collect();
    assert_eq!(
        told,
        [
            (json!("prompts/new"), json!(null), json!(1)),
            (json!("prompts/router"), json!(1), json!(2)),
        ]
    );
    assert_eq!(world.run(&["promote", "staging", "prod", "-y"]).exit, 5);
    let run = world.refused(0, &["pending", "prod", "--content"]);
    expected(&run.stdout);
    assert_eq!(
        world.json(0, &["pending", "--content"])["pending"][0]["texts"],
        texts
    );
    assert!(
        world.json(0, &["pending"])["pending"][0]
            .get("texts")
            .is_none()
    );
    world.refused(2, &["diff", "staging", "prod", "--format", "markdown"]);
}
