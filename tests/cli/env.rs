use crate::world::{Run, World, codes};

/// The roles and their holders, as `env list` tells them.
fn holders(world: &World, role: &str) -> Vec<String> {
    let list = world.json(0, &["env", "list"]);
    let environments = list["environments"].as_array().unwrap().iter();
    environments
        .filter(|one| one[role] == true)
        .map(|one| one["environment"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_environment_is_created_edited_and_deleted() {
    let world = World::new();
    let start = world.head();
    world.done(&[
        "env",
        "create",
        "qa",
        "--name",
        "QA",
        "--color",
        "purple",
        "--description",
        "Tests",
        "-m",
        "Why",
    ]);
    assert_eq!(
        world.read("environments/qa.toml"),
        "name = \"QA\"\ndescription = \"Tests\"\ncolor = \"purple\"\nproduction = false\n"
    );
    let shown = world.json(0, &["env", "show", "qa"]);
    assert_eq!(shown["schema"], "envctl.env-show/v1");
    world.done(&[
        "env",
        "edit",
        "qa",
        "--name",
        "Q & A",
        "--color",
        "#a0b1c2",
        "--description",
        "",
    ]);
    assert_eq!(
        world.read("environments/qa.toml"),
        "name = \"Q & A\"\ncolor = \"#a0b1c2\"\nproduction = false\n"
    );
    world.done(&["env", "delete", "qa", "-y"]);
    assert!(!world.path("repo/environments/qa.toml").exists());
    assert_eq!(world.subjects(&start).len(), 3);
    assert_eq!(world.status(), "");
}

#[test]
fn without_a_name_the_slug_is_shown() {
    let world = World::new();
    world.done(&["env", "create", "qa"]);
    assert!(world.done(&["env", "list"]).stdout.contains("qa\tqa\t0\t"));
}

#[test]
fn edits_keep_comments_and_undoing_one_is_byte_identical() {
    let world = World::new();
    let text = "# ours\nname = 'QA'   # short\n\nproduction = false\n";
    world.write("environments/qa.toml", text);
    world.commit_all("by hand");
    world.done(&["env", "edit", "qa", "--description", "x"]);
    assert!(
        world
            .read("environments/qa.toml")
            .starts_with("# ours\nname = 'QA'   # short\n")
    );
    world.done(&["env", "edit", "qa", "--description", ""]);
    assert_eq!(world.read("environments/qa.toml"), text);
}

#[test]
fn an_edit_that_changes_nothing_is_no_commit() {
    let world = World::new();
    world
        .refused(0, &["env", "edit", "prod", "--name", "Production"])
        .says(&["nothing to do"]);
    let answer = world.json(0, &["env", "edit", "prod"]);
    assert_eq!(
        (&answer["changed"], &answer["commit"]),
        (&false.into(), &().into())
    );
}

#[test]
fn system_environments_change_in_everything_but_being_there() {
    let world = World::new();
    for slug in ["prod", "staging"] {
        world.done(&[
            "env",
            "edit",
            slug,
            "--name",
            "Renamed",
            "--color",
            "teal",
            "--description",
            "x",
            "--production",
        ]);
        world.done(&["env", "edit", slug, "--no-production"]);
    }
    world.done(&["env", "create", "qa"]);
    world.done(&[
        "env",
        "edit",
        "qa",
        "--gateway-fallback",
        "--default-publish",
        "-y",
    ]);
    for slug in ["prod", "staging"] {
        world
            .refused(4, &["env", "delete", slug, "-y"])
            .says(&["error[system-environments]", slug]);
    }
}

#[test]
fn nobody_creates_a_slug_that_is_there() {
    let world = World::new();
    world.done(&["env", "create", "qa"]);
    for slug in ["prod", "staging", "qa"] {
        world
            .refused(4, &["env", "create", slug])
            .says(&[&format!("`{slug}`"), "envctl env edit"]);
        assert_eq!(
            world.run(&["env", "create", slug, "--json"]).code(),
            "environment-exists"
        );
    }
}

#[test]
fn a_deletion_that_breaks_a_rule_is_refused_by_name() {
    let world = World::new();
    for slug in ["fallback", "target", "source", "waiting"] {
        world.done(&["env", "create", slug]);
    }
    world.publish("prompts/greeting", "Hello\n", "staging");
    world.done(&["env", "edit", "fallback", "--gateway-fallback", "-y"]);
    world.done(&["env", "edit", "target", "--default-publish"]);
    world.write(
        "environments/prod.toml",
        world.read("environments/prod.toml") + "\n[policy]\nrequired_source = \"source\"\n",
    );
    world.write(
        "pending/waiting.toml",
        "from = \"staging\"\n\n[prompts.greeting]\nversion = 1\n",
    );
    world.commit_all("by hand");
    world.done(&["check"]);
    for (slug, code) in [
        ("prod", "system-environments"),
        ("fallback", "gateway-fallback"),
        ("target", "default-publish"),
        ("source", "policy-source"),
        ("waiting", "pending-release"),
    ] {
        world
            .refused(4, &["env", "delete", slug, "-y"])
            .says(&[&format!("error[{code}]"), "help: "]);
        let answer = world.json(4, &["env", "delete", slug, "-y"]);
        assert_eq!(answer["error"]["code"], "refused");
        assert!(codes(&answer).contains(&code), "{answer:#}");
    }
    world.done(&["env", "edit", "prod", "--gateway-fallback", "-y"]);
    world.done(&["env", "delete", "fallback", "-y"]);
}

#[test]
fn each_role_has_exactly_one_holder_whoever_it_is_handed_to() {
    let world = World::new();
    world.done(&[
        "env",
        "create",
        "eu",
        "--gateway-fallback",
        "--default-publish",
        "-y",
    ]);
    for (role, flag) in [
        ("is_gateway_fallback", "--gateway-fallback"),
        ("is_default_publish", "--default-publish"),
    ] {
        assert_eq!(holders(&world, role), ["eu"]);
        for slug in ["staging", "prod", "eu", "staging"] {
            world.done(&["env", "edit", slug, flag, "-y"]);
            assert_eq!(holders(&world, role), [slug], "{role}");
        }
    }
    world.done(&["check"]);
}

#[test]
fn handing_over_the_fallback_is_confirmed_and_the_default_target_is_not() {
    let world = World::new();
    world
        .refused(2, &["env", "edit", "staging", "--gateway-fallback"])
        .says(&["pass --yes"]);
    world
        .refused(2, &["env", "create", "qa", "--gateway-fallback"])
        .says(&["pass --yes"]);
    world
        .refused(0, &["env", "edit", "prod", "--gateway-fallback"])
        .says(&["nothing to do"]);
    world.done(&["env", "edit", "staging", "--default-publish"]);
}

#[test]
fn deleting_takes_the_pointers_in_the_same_commit() {
    let world = World::new();
    world.done(&["env", "create", "qa"]);
    world.publish("prompts/greeting", "Hello\n", "qa");
    let answer = world.json(0, &["env", "delete", "qa", "-y"]);
    assert_eq!(answer["moves"][0]["direction"], "removed");
    let changed = world.git(&["show", "--format=", "--name-status", "HEAD"]);
    assert_eq!(changed, "D\tenvironments/qa.toml\nD\tpointers/qa.toml");
}

#[test]
fn deleting_says_who_answers_then_and_what_is_lost() {
    let world = World::new();
    world.done(&["env", "create", "qa"]);
    world.publish("prompts/greeting", "Hello\n", "qa");
    world.publish("prompts/farewell", "Bye\n", "qa");
    world.publish("prompts/farewell", "Bye\n", "prod");
    let says =
        "the gateway fallback prod answers requests for qa; it does not serve prompts/greeting";
    world.done(&["env", "delete", "qa", "-n"]).says(&[says]);
    let answer = world.json(0, &["env", "delete", "qa", "-y"]);
    assert_eq!(answer["served_by"]["environment"], "prod");
    assert_eq!(
        answer["served_by"]["lost"],
        serde_json::json!(["prompts/greeting"])
    );
}

#[test]
fn a_fallback_that_serves_less_is_handed_over_only_as_incomplete() {
    let world = World::new();
    world.publish("prompts/greeting", "Hello\n", "prod");
    for command in [
        &["env", "edit", "staging", "--gateway-fallback", "-y"] as &[&str],
        &["env", "create", "qa", "--gateway-fallback", "-y"],
    ] {
        let head = world.head();
        let answer = world.json(4, command);
        assert_eq!(answer["error"]["code"], "incomplete-fallback");
        assert_eq!(answer["lost"], serde_json::json!(["prompts/greeting"]));
        world
            .refused(4, command)
            .says(&["prompts/greeting", "--incomplete"]);
        assert_eq!(world.head(), head);
        world.done(&[command, &["--incomplete", "-n"]].concat());
    }
    world.refused(2, &["env", "edit", "staging", "--incomplete"]);
    world.done(&[
        "env",
        "edit",
        "staging",
        "--gateway-fallback",
        "--incomplete",
        "-y",
    ]);
    world.done(&["env", "edit", "prod", "--gateway-fallback", "-y"]);
    world.publish("prompts/greeting", "Hello\n", "staging");
    world.done(&["env", "edit", "staging", "--gateway-fallback", "-y"]);
}

#[test]
fn a_colour_is_removed_and_takes_any_case() {
    let world = World::new();
    let before = world.read("environments/staging.toml");
    world.done(&["env", "edit", "staging", "--color", "Teal"]);
    assert!(
        world
            .read("environments/staging.toml")
            .contains("color = \"teal\"")
    );
    world.done(&["env", "edit", "staging", "--color", "#F80"]);
    assert!(
        world
            .read("environments/staging.toml")
            .contains("color = \"#ff8800\"")
    );
    world.done(&["env", "edit", "staging", "--color", "none"]);
    assert!(!world.read("environments/staging.toml").contains("color"));
    world.done(&["env", "edit", "staging", "--color", "AMBER"]);
    assert_eq!(world.read("environments/staging.toml"), before);
    world.done(&["env", "create", "qa", "--color", "none"]);
    assert!(!world.read("environments/qa.toml").contains("color"));
}

#[test]
fn a_name_is_trimmed_and_shown_with_the_joiners_that_shape_it() {
    let world = World::new();
    for name in ["👨‍👩‍👧 family", "می‌خواهم", "क्‍ष"] {
        world.done(&["env", "edit", "staging", "--name", &format!(" {name} ")]);
        assert_eq!(world.json(0, &["env", "show", "staging"])["name"], name);
        assert!(world.done(&["env", "list"]).stdout.contains(name));
    }
    world.done(&["check"]);
}

#[test]
fn a_second_environment_of_the_same_name_is_a_warning() {
    let world = World::new();
    world.done(&["env", "create", "qa", "--name", "Staging"]);
    assert!(
        world
            .done(&["check"])
            .stdout
            .contains("warning[environment-name]")
    );
}

#[test]
fn a_slug_may_be_used_again_and_serves_nothing_then() {
    let world = World::new();
    world.done(&["env", "create", "qa"]);
    world.publish("prompts/greeting", "Hello\n", "qa");
    world.done(&["env", "delete", "qa", "-y"]);
    world.done(&["env", "create", "qa"]);
    assert_eq!(
        world.json(1, &["resolve", "prompts/greeting", "--env", "qa"])["error"]["code"],
        "not-served"
    );
}

#[test]
fn what_an_environment_may_be_called() {
    let world = World::new();
    for (slug, good) in [
        ("a", true),
        ("0", true),
        ("prod-eu-2", true),
        (&*"x".repeat(63), true),
        (&*"x".repeat(64), false),
        ("", false),
        ("-qa", false),
        ("qa-", false),
        ("QA", false),
        ("q_a", false),
        ("q.a", false),
        ("q a", false),
        ("qä", false),
        ("..", false),
        ("a/b", false),
        ("../../etc/passwd", false),
        ("con", false),
        ("nul", false),
        ("com1", false),
        ("q\u{202e}a", false),
        ("q\na", false),
        ("$(id)", false),
        ("--upload-pack=x", false),
    ] {
        for arguments in [
            &["env", "create", "-n", slug] as &[&str],
            &["env", "create", "-n", "--", slug],
        ] {
            let run = world.run(arguments);
            assert_eq!(run.exit, if good { 0 } else { 2 }, "{arguments:?}: {run:?}");
            assert!(!run.stderr.contains('\u{202e}'), "{run:?}");
        }
    }
}

#[test]
fn limits_of_names_descriptions_and_colours() {
    let world = World::new();
    for (flag, value, good) in [
        ("--name", &*"é".repeat(64), true),
        ("--name", &*"é".repeat(65), false),
        ("--name", "", false),
        ("--name", "tab\there", false),
        ("--name", "\u{1b}[31mred", false),
        ("--name", "two\nlines", false),
        ("--name", "quote\"s and \\ and ''' and #", true),
        ("--name", "[policy]", true),
        ("--description", &*"é".repeat(280), true),
        ("--description", &*"é".repeat(281), false),
        ("--description", "\u{7f}", false),
        ("--color", "#a0b1c2", true),
        ("--color", "#A0B1C2", true),
        ("--color", "gray", true),
        ("--color", "grey", false),
        ("--color", "#fff", true),
        ("--color", "#ffff", false),
        ("--color", "#gggggg", false),
        ("--color", "", false),
    ] {
        let run = world.run(&["env", "edit", "staging", "-n", flag, value]);
        assert_eq!(
            run.exit,
            if good { 0 } else { 2 },
            "{flag} {value:?}: {run:?}"
        );
        assert!(!run.stderr.contains('\u{1b}'), "{run:?}");
    }
}

#[test]
fn what_looks_like_toml_in_a_name_stays_a_name() {
    let world = World::new();
    for name in [
        "quote\"s and \\ and ''' and #",
        "[policy]",
        "a = 1",
        "'",
        "\"\"\"",
        "=",
        "日本語 🚀",
    ] {
        world.done(&["env", "edit", "staging", "--name", name]);
        assert_eq!(world.json(0, &["env", "show", "staging"])["name"], name);
    }
    world.done(&["check"]);
}

#[test]
fn the_order_is_that_of_the_last_reorder() {
    let world = World::new();
    world.done(&["env", "create", "qa"]);
    world.done(&["env", "create", "alpha"]);
    let order = || {
        let run = world.done(&["env", "list"]);
        run.stdout
            .lines()
            .map(|line| line.split('\t').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(order(), ["staging", "prod", "alpha", "qa"]);
    world.done(&["env", "reorder", "qa", "prod", "staging"]);
    assert_eq!(order(), ["qa", "prod", "staging", "alpha"]);
    world.refused(0, &["env", "reorder", "qa", "prod", "staging"]);
    world.done(&["env", "reorder", "alpha"]);
    assert_eq!(order(), ["alpha", "qa", "prod", "staging"]);
    let answer = world.json(0, &["env", "reorder", "qa", "prod", "staging", "alpha"]);
    assert_eq!(
        answer["order"],
        serde_json::json!(["qa", "prod", "staging", "alpha"])
    );
    world
        .refused(1, &["env", "reorder", "prdo", "staging"])
        .says(&["did you mean `prod`?"]);
    let twice = world.run(&["env", "reorder", "qa", "qa"]);
    assert!(matches!(twice.exit, 2 | 4), "{twice:?}");
}

#[test]
fn an_unknown_environment_is_an_error_with_a_suggestion() {
    let world = World::new();
    for arguments in [
        &["env", "show", "prdo"] as &[&str],
        &["env", "edit", "prdo", "--name", "x"],
        &["env", "delete", "prdo", "-y"],
    ] {
        world
            .refused(1, arguments)
            .says(&["no environment `prdo`", "did you mean `prod`?"]);
        assert_eq!(
            world.json(1, arguments)["error"]["code"],
            "no-such-environment"
        );
    }
}

#[test]
fn an_environment_like_another_takes_its_policy_description_and_colour_and_nothing_else() {
    let world = World::promoted();
    world.done(&[
        "env",
        "edit",
        "prod",
        "--description",
        "For customers",
        "--color",
        "red",
    ]);
    world.done(&[
        "policy",
        "set",
        "prod",
        "min_dwell=24h",
        "prompts.requires_approval=true",
    ]);
    let policy = |slug: &str| world.json(0, &["policy", "show", slug])["policy"].clone();
    world.done(&["env", "create", "eu", "--like", "prod"]);
    assert_eq!(
        world.read("environments/eu.toml"),
        "name = \"eu\"\ndescription = \"For customers\"\ncolor = \"red\"\nproduction = false\n\n\
         [policy]\nmin_dwell = \"24h\"\n\n[policy.prompts]\nrequires_approval = true\n"
    );
    assert_eq!(policy("eu"), policy("prod"));
    assert!(!world.repo().join("pointers/eu.toml").exists());
    let message = world.git(&["log", "-1", "--format=%B"]);
    assert!(message.contains("\nlike prod\n"), "{message}");
    // What is said beside it counts.
    world.done(&[
        "env",
        "create",
        "us",
        "--like",
        "prod",
        "--color",
        "blue",
        "--production",
        "-y",
    ]);
    let us = world.read("environments/us.toml");
    assert!(us.contains("color = \"blue\"\nproduction = true\n"), "{us}");
    let refused = world.json(1, &["env", "create", "de", "--like", "prdo"]);
    assert_eq!(refused["error"]["code"], "no-such-environment");
    world.refused(0, &["env", "create", "de", "--like", "prod", "-n"]);
}

#[test]
fn a_policy_is_copied_only_by_who_may_set_one() {
    let world = World::promoted();
    world.done(&["policy", "set", "prod", "min_dwell=24h"]);
    world.write(
        "access.toml",
        "[members.ana]\nemails = [\"ana@example.org\"]\nroles = [\"owner\"]\n\n\
         [members.ben]\nemails = [\"ben@example.org\"]\nroles = [\"keeper\"]\n\n\
         [roles.keeper]\npermissions = [\"project:manage_environments\"]\n",
    );
    world.commit_all("who may do what");
    for (like, exit) in [("prod", 4), ("staging", 0)] {
        let mut command = world.program(&world.repo());
        let arguments = ["env", "create", "qa", "--like", like, "--json"];
        command
            .args(arguments)
            .env("GIT_AUTHOR_EMAIL", "ben@example.org");
        let answer = Run::of(&mut command).json(exit);
        if exit == 4 {
            assert_eq!(codes(&answer), ["permission"], "{answer:#}");
        }
    }
}
