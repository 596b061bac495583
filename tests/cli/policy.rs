use serde_json::{Value, json};

use crate::world::{World, codes};

#[test]
fn keys_are_set_in_one_commit_that_says_what_changed() {
    let world = World::new();
    world.done(&["policy", "set", "prod", "min_dwell=24h"]);
    let before = world.read("environments/prod.toml");
    let start = world.head();
    let arguments = [
        "policy",
        "set",
        "prod",
        "min_dwell=48h",
        "prompts.requires_approval=true",
        "-m",
        "Legal reads",
    ];
    let run = world.done(&arguments);
    assert_eq!(
        run.stdout,
        "min_dwell\t24h\t2 days\nprompts.requires_approval\t-\ttrue\n"
    );
    let short = &world.head()[..10];
    run.says(&[
        &format!("({short})"),
        &format!("undo: envctl undo {short}"),
        "next: envctl policy show prod",
    ]);
    assert_eq!(
        world.subjects(&start),
        ["policy set prod: min_dwell, prompts.requires_approval"]
    );
    let message = world.git(&["log", "-1", "--format=%B"]);
    assert!(message.contains(
        "\n\nmin_dwell: 24h → 2 days\nprompts.requires_approval: unset → true\n\nLegal reads\n\n"
    ));
    let policy =
        "\n[policy]\nmin_dwell = \"2 days\"\n\n[policy.prompts]\nrequires_approval = true\n";
    assert!(world.read("environments/prod.toml").ends_with(policy));
    assert_eq!(world.status(), "");
    world.git(&["revert", "--no-edit", "HEAD"]);
    assert_eq!(world.read("environments/prod.toml"), before);
    world.done(&["check"]);
}

#[test]
fn taking_the_last_key_out_leaves_no_trace() {
    let world = World::new();
    let before = world.read("environments/prod.toml");
    world.done(&[
        "policy",
        "set",
        "prod",
        "no_rollback=true",
        "routing.min_dwell=1h",
    ]);
    world.done(&[
        "policy",
        "set",
        "prod",
        "no_rollback=",
        "routing.min_dwell=",
    ]);
    assert_eq!(world.read("environments/prod.toml"), before);
}

#[test]
fn what_is_already_so_is_no_commit() {
    let world = World::new();
    world.done(&["policy", "set", "prod", "min_dwell=24h"]);
    for settings in [
        &["min_dwell=1 day"] as &[&str],
        &["no_rollback="],
        &["min_dwell=24h", "prompts.min_dwell="],
    ] {
        let arguments = [&["policy", "set", "prod"], settings].concat();
        assert_eq!(
            world.refused(0, &arguments).says(&["nothing to do"]).stdout,
            ""
        );
        let answer = world.json(0, &arguments);
        assert_eq!(
            (&answer["changed"], &answer["settings"]),
            (&false.into(), &json!([]))
        );
    }
    let answer = world.json(
        0,
        &[
            "policy",
            "set",
            "prod",
            "min_dwell=24h",
            "providers.min_dwell=false",
        ],
    );
    let expected = json!([{ "kind": "providers", "key": "min_dwell", "old": null, "new": false }]);
    assert_eq!(answer["settings"], expected);
}

#[test]
fn a_dry_run_shows_the_keys_and_changes_nothing() {
    let world = World::new();
    let run = world.refused(0, &["policy", "set", "prod", "min_dwell=24h", "-n"]);
    assert_eq!(run.stdout, "min_dwell\t-\t24h\n");
    run.says(&["dry run: policy set prod: min_dwell", "nothing was changed"]);
    let answer = world.json(0, &["policy", "set", "prod", "min_dwell=24h", "--dry-run"]);
    assert_eq!(
        (&answer["dry_run"], &answer["commit"]),
        (&true.into(), &Value::Null)
    );
}

#[test]
fn what_is_no_setting_is_a_usage_error_that_says_what_fits() {
    let world = World::new();
    for (settings, said) in [
        (&["min_dwel=24h"] as &[&str], "did you mean min_dwell?"),
        (&["prompt.min_dwell=24h"], "did you mean prompts?"),
        (&["min_dwell"], "key=value"),
        (&["min_dwell=24"], "90m, 24h or 2 days"),
        (&["min_dwell=-1h"], "negative"),
        (&["min_dwell=1.5h"], "fraction"),
        (&["min_dwell=99999999999h"], "min_dwell takes"),
        (&["no_rollback=maybe"], "true or false"),
        (&["required_source=Prod"], "the slug of an environment"),
        (&["min_dwell=1h", "min_dwell=2h"], "min_dwell is set twice"),
        (
            &[
                "min_dwell=1h",
                "prompts.no_rollback=true",
                "prompts.no_rollback=",
            ],
            "prompts.no_rollback is set twice",
        ),
        (&[], "<KEY=VALUE>"),
    ] {
        world
            .refused(2, &[&["policy", "set", "prod"], settings].concat())
            .says(&["error: ", said]);
    }
    world
        .refused(1, &["policy", "set", "prdo", "min_dwell=1h"])
        .says(&["did you mean `prod`?"]);
}

#[test]
fn a_source_that_cannot_be_is_refused_by_the_judge() {
    let world = World::new();
    for source in ["nowhere", "prod"] {
        for key in ["required_source", "routing.required_source"] {
            let setting = format!("{key}={source}");
            world
                .refused(4, &["policy", "set", "prod", &setting])
                .says(&["error[policy-source]", source]);
            assert_eq!(
                codes(&world.json(4, &["policy", "set", "prod", &setting, "-n"])),
                ["policy-source"]
            );
        }
    }
}

#[test]
fn what_is_set_and_not_in_force_is_told() {
    let world = World::demanding(&["prompts.min_dwell=2h", "routing.separation_of_duties=true"]);
    let run = world.done(&[
        "policy",
        "set",
        "prod",
        "min_dwell=1h",
        "requires_approval=false",
    ]);
    run.says(&[
        "for prompts it stays prompts.min_dwell=2h",
        "for routing, separation_of_duties still requires approval",
    ]);
    assert!(!run.stderr.contains("for prompts, separation"), "{run:?}");
    // What is set in the same command does not stay.
    let both = world.done(&[
        "policy",
        "set",
        "prod",
        "min_dwell=3h",
        "prompts.min_dwell=4h",
    ]);
    assert!(!both.stderr.contains("it stays"), "{}", both.stderr);
}

#[test]
fn a_policy_written_in_one_line_is_no_surprise() {
    let world = World::new();
    let text = "name = \"Production\"\npolicy = { min_dwell = \"1h\" }\n";
    world.write("environments/prod.toml", text);
    world.commit_all("by hand");
    world
        .refused(1, &["policy", "set", "prod", "no_rollback=true"])
        .says(&["[policy]"]);
    world.done(&["policy", "set", "prod", "min_dwell=2h"]);
    assert_eq!(
        world.read("environments/prod.toml"),
        text.replace("1h", "2h")
    );
}

#[test]
fn a_policy_may_change_while_a_release_waits() {
    let world = World::demanding(&["requires_approval=true"]);
    world.write(
        "pending/prod.toml",
        "from = \"staging\"\n\n[prompts.router]\nversion = 2\nseen = 1\n",
    );
    world.commit_all("request");
    world
        .done(&["policy", "set", "prod", "requires_approval="])
        .says(&["a release is pending in prod"]);
}

#[test]
fn a_policy_is_shown_as_it_is_in_force() {
    let world = World::new();
    let run = world.done(&["policy", "show", "prod"]);
    assert_eq!(run.stdout, "");
    run.says(&["no rules apply to moves into prod"]);
    let before = world.head();
    world.done(&[
        "policy",
        "set",
        "prod",
        "required_source=staging",
        "min_dwell=24h",
        "no_rollback=true",
        "separation_of_duties=true",
        "prompts.min_dwell=1h",
        "routing.min_dwell=0s",
        "providers.required_source=false",
        "providers.no_rollback=false",
    ]);
    let shown = "\
required_source\tstaging\tstaging\tstaging\t-
min_dwell\t24h\t1h\t-\t24h
no_rollback\ttrue\ttrue\ttrue\t-
rollback_window\t-\t24h\t24h\t-
requires_approval\t-\ttrue\ttrue\ttrue
separation_of_duties\ttrue\ttrue\ttrue\ttrue
";
    assert_eq!(world.done(&["policy", "show", "prod"]).stdout, shown);
    let answer = world.json(0, &["policy", "show", "prod"]);
    assert_eq!(answer["policy"]["min_dwell"], "24h");
    assert_eq!(answer["overrides"]["routing"], json!({ "min_dwell": "0s" }));
    assert_eq!(
        answer["in_force"]["providers"]["required_source"],
        Value::Null
    );
    let prompts = json!({
        "required_source": "staging", "min_dwell": "1h", "no_rollback": true, "rollback_window": "24h",
        "same_variables": null, "requires_approval": true, "separation_of_duties": true, "allow_rolled_back": null,
        "approve_rollbacks": null, "required_checks": null, "require_reason": null
    });
    assert_eq!(answer["in_force"]["prompts"], prompts);
    assert_eq!(
        world
            .done(&["policy", "show", "prod", "--at", &before])
            .stdout,
        ""
    );
    world
        .refused(1, &["policy", "show", "prdo"])
        .says(&["did you mean `prod`?"]);
}
