//! Promotions of rules and of the providers that they use: what belongs together goes live together.

use crate::world::{World, codes};

fn provider(models: &[&str]) -> String {
    format!(
        "base_url = \"https://api.openai.com/v1\"\nmodels = {models:?}\ncredential = \"env::OPENAI_API_KEY\"\n"
    )
}

fn rule(model: &str, provider: &str, target: &str) -> String {
    format!(
        "endpoint = \"chat\"\nmodels = [{model:?}]\nstrategy = \"single\"\n\n\
         [targets.main]\nprovider = {provider:?}\nmodel = {target:?}\n"
    )
}

/// Staging has moved from `gpt-4` to `gpt-5`; in production an older rule still asks for `gpt-4`.
fn moved_on() -> World {
    let world = World::new();
    world.publish("providers/openai", &provider(&["gpt-4"]), "staging");
    world.publish(
        "routing/primary",
        &rule("chat", "openai", "gpt-4"),
        "staging",
    );
    world.done(&["promote", "staging", "prod", "-y"]);
    world.publish(
        "providers/openai",
        &provider(&["gpt-4", "gpt-5"]),
        "staging",
    );
    world.publish(
        "routing/primary",
        &rule("chat", "openai", "gpt-5"),
        "staging",
    );
    world.publish("providers/openai", &provider(&["gpt-5"]), "staging");
    world.publish("prompts/greeting", "Hello", "staging");
    world
}

#[test]
fn a_rule_without_its_provider_is_refused_with_what_it_lacks() {
    let world = moved_on();
    let before = world.everything();
    let run = world.refused(4, &["promote", "staging", "prod", "routing/primary", "-y"]);
    run.says(&[
        "error[coherence]: routing/primary@2 asks providers/openai for `gpt-5`",
        "pointers/prod.toml:2:11",
        "hint: these have to move with it: providers/openai 1 → 3",
        "hint: together: envctl promote staging prod routing/primary --with-dependencies",
    ]);
    let answer = world.json(4, &["promote", "staging", "prod", "routing/primary", "-y"]);
    assert_eq!(codes(&answer), ["coherence"]);
    assert_eq!(answer["dependencies"][0]["resource"], "providers/openai");
    assert_eq!(answer["dependencies"][0]["after"], 3);
    assert_eq!(world.everything(), before);
}

#[test]
fn with_dependencies_what_belongs_together_moves_in_one_commit() {
    for named in ["routing/primary", "providers/openai"] {
        let world = moved_on();
        let start = world.head();
        let run = world.done(&[
            "promote",
            "staging",
            "prod",
            named,
            "-y",
            "--with-dependencies",
        ]);
        assert_eq!(
            run.stdout,
            "routing/primary\t1\t2\tforward\nproviders/openai\t1\t3\tforward\n"
        );
        run.says(&["with them, as dependencies: "]);
        assert_eq!(
            world.subjects(&start),
            ["promote staging → prod: 2 pointers"]
        );
        assert_eq!(codes(&world.json(0, &["check"])), Vec::<String>::new());
    }
}

#[test]
fn a_chain_of_dependencies_is_followed_to_its_end() {
    let world = moved_on();
    world.publish("providers/other", &provider(&["o-1"]), "staging");
    world.publish(
        "routing/second",
        &rule("second", "openai", "gpt-5"),
        "staging",
    );
    // The rule needs the new activation; that drops what `primary` asks for; the next `primary` needs another provider.
    world.publish("routing/primary", &rule("chat", "other", "o-1"), "staging");
    let answer = world.json(
        0,
        &[
            "promote",
            "staging",
            "prod",
            "routing/second",
            "-n",
            "--with-dependencies",
        ],
    );
    let added = answer["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|moved| moved["resource"].as_str().unwrap());
    assert_eq!(
        added.collect::<Vec<_>>(),
        ["routing/primary", "providers/openai", "providers/other"]
    );
    assert_eq!(answer["moves"].as_array().unwrap().len(), 4);
}

#[test]
fn a_rule_with_another_name_goes_with_the_one_that_it_replaces() {
    let world = moved_on();
    world.done(&["promote", "staging", "prod", "-y"]);
    world.done(&["retire", "staging", "routing/primary", "-y"]);
    world.publish(
        "routing/support",
        &rule("chat", "openai", "gpt-5"),
        "staging",
    );
    for arguments in [
        &[][..],
        &["routing/support"],
        &["routing/support", "--with-dependencies"],
    ] {
        world.refused(4, &[&["promote", "staging", "prod", "-y"], arguments].concat()).says(&[
            "hint: these have to move with it: routing/primary 2 removed",
            "hint: together: envctl promote staging prod routing/support --with-dependencies --prune",
        ]);
    }
    world.done(&[
        "promote",
        "staging",
        "prod",
        "routing/support",
        "--with-dependencies",
        "--prune",
        "-y",
    ]);
}

#[test]
fn a_provider_in_use_is_refused_with_the_rules_that_use_it() {
    let world = moved_on();
    world
        .refused(4, &["retire", "prod", "providers/openai", "-y"])
        .says(&[
            "hint: used there by: routing/primary",
            "hint: together: envctl retire prod providers/openai routing/primary",
        ]);
    world.done(&[
        "retire",
        "prod",
        "providers/openai",
        "routing/primary",
        "-y",
    ]);
}

#[test]
fn what_needs_nothing_takes_nothing_along() {
    let world = moved_on();
    let answer = world.json(
        0,
        &[
            "promote",
            "staging",
            "prod",
            "prompts/greeting",
            "-y",
            "--with-dependencies",
        ],
    );
    assert_eq!(answer["dependencies"].as_array().unwrap().len(), 0);
    assert_eq!(answer["moves"].as_array().unwrap().len(), 1);
    let answer = world.json(
        0,
        &["promote", "staging", "prod", "-y", "--with-dependencies"],
    );
    assert_eq!(
        answer["dependencies"].as_array().unwrap().len(),
        0,
        "all that differs moves anyway"
    );
}

#[test]
fn what_only_pruning_can_mend_has_the_command_that_prunes() {
    let world = moved_on();
    world.done(&["env", "create", "qa"]);
    world.publish(
        "routing/rival",
        &rule("rival", "openai", "gpt-5"),
        "staging",
    );
    world.done(&["promote", "staging", "qa", "-y"]);
    world.publish(
        "routing/rival",
        &rule("third", "openai", "gpt-5"),
        "staging",
    );
    world.publish(
        "routing/third",
        &rule("rival", "openai", "gpt-5"),
        "staging",
    );
    world.write(
        "pointers/staging.toml",
        world
            .read("pointers/staging.toml")
            .replace("[routing.rival]\nrelease = 2\n", ""),
    );
    world.commit_all("retire the rival by hand");
    let run = world.refused(
        4,
        &[
            "promote",
            "staging",
            "qa",
            "routing/third",
            "-y",
            "--with-dependencies",
        ],
    );
    run.says(&["routing/third@1 and routing/rival@1 both answer chat for `rival` in `qa`"]);
    let run = world.refused(4, &["promote", "staging", "qa", "routing/third", "-y"]);
    run.says(&["together: envctl promote staging qa routing/third --with-dependencies --prune"]);
    world.done(&[
        "promote",
        "staging",
        "qa",
        "routing/third",
        "-y",
        "--with-dependencies",
        "--prune",
    ]);
}

#[test]
fn an_activation_that_drops_a_model_in_use_is_refused() {
    let world = moved_on();
    world.write("openai.toml", provider(&["gpt-4"]));
    let answer = world.json(
        4,
        &[
            "publish",
            "providers/openai",
            "openai.toml",
            "--to",
            "staging",
        ],
    );
    assert_eq!(codes(&answer), ["coherence"]);
    world.done(&["publish", "providers/openai", "openai.toml", "--no-release"]);
}

#[test]
fn a_broken_release_that_is_live_can_be_moved_away_from() {
    let world = moved_on();
    world.write("routing/primary/3.toml", "endpoint = \"chat\"\n");
    world.write(
        "pointers/staging.toml",
        world
            .read("pointers/staging.toml")
            .replace("release = 2", "release = 3"),
    );
    world.commit_all("by hand");
    world.write("next.md", "Next");
    let answer = world.json(
        4,
        &["publish", "prompts/greeting", "next.md", "--to", "staging"],
    );
    assert_eq!(
        codes(&answer),
        ["missing-key", "missing-key", "missing-key"]
    );
    world.publish(
        "routing/primary",
        &rule("chat", "openai", "gpt-5"),
        "staging",
    );
    world.done(&["publish", "prompts/greeting", "next.md", "--to", "staging"]);
}
