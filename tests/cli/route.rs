use serde_json::json;

use crate::world::{PROVIDER, World};

const WEIGHTED: &str = "endpoint = \"chat\"\nmodels = [\"support\"]\nstrategy = \"weighted\"\n\
    retry = { max_retries = 2, backoff_base_ms = 250 }\n\
    [targets.big]\nprovider = \"openai\"\nmodel = \"gpt-5\"\nweight = 2\ntimeout_ms = 5000\n\
    [targets.small]\nprovider = \"openai\"\nmodel = \"gpt-5-mini\"\nweight = 1\n";

fn routed() -> World {
    let world = World::new();
    let provider = format!("{PROVIDER}timeout_ms = 30000\n");
    world.publish("providers/openai", &provider, "prod");
    world.publish("routing/primary", WEIGHTED, "prod");
    world
}

#[test]
fn a_request_is_followed_to_its_targets() {
    let world = routed();
    let ask = [
        "resolve",
        "--model",
        "support",
        "--endpoint",
        "chat",
        "--env",
        "prod",
    ];
    let run = world.done(&ask);
    assert_eq!(
        run.stdout,
        "routing/primary@1\tweighted\tbig\tproviders/openai@1\tgpt-5\t66.7\t5000\tenv::OPENAI_API_KEY\t\
         https://api.openai.com/v1\n\
         routing/primary@1\tweighted\tsmall\tproviders/openai@1\tgpt-5-mini\t33.3\t30000\tenv::OPENAI_API_KEY\t\
         https://api.openai.com/v1\n"
    );
    let answer = world.json(0, &ask);
    assert_eq!(
        (&answer["resource"], &answer["strategy"]),
        (&"routing/primary".into(), &"weighted".into())
    );
    assert_eq!(
        answer["retry"],
        json!({ "max_retries": 2, "backoff_base_ms": 250 })
    );
    assert_eq!(answer["targets"][1]["timeout_ms"], 30000);
    assert_eq!(answer["targets"][0]["credential"], "env::OPENAI_API_KEY");
}

#[test]
fn the_fallback_answers_as_for_a_resource() {
    let world = routed();
    let ask = ["resolve", "--model", "support", "--endpoint", "chat"];
    world
        .done(&ask)
        .says(&["served by the gateway fallback, prod"]);
    let stranger = [&ask[..], &["--env", "prdo"]].concat();
    world
        .done(&stranger)
        .says(&["warning: no environment `prdo`: served by the gateway fallback, prod"]);
    world
        .refused(1, &[&stranger[..], &["--strict"]].concat())
        .says(&["did you mean `prod`?"]);
    let nothing = world.json(1, &[&ask[..], &["--env", "staging"]].concat());
    assert_eq!(nothing["error"]["code"], "not-routed");
}

#[test]
fn a_request_that_no_rule_claims_learns_what_is_claimed() {
    let world = routed();
    let ask = |model: &str, endpoint: &str| {
        world.refused(
            1,
            &[
                "resolve",
                "--model",
                model,
                "--endpoint",
                endpoint,
                "--env",
                "prod",
            ],
        )
    };
    ask("suport", "chat").says(&["did you mean --model support?"]);
    ask("support", "embeddings")
        .says(&["--endpoint chat", "nothing is answered at embeddings there"]);
    ask("claude", "chat").says(&["what is answered at chat: support"]);
}

#[test]
fn either_a_resource_or_a_model_is_resolved() {
    let world = routed();
    for arguments in [
        &["resolve"] as &[&str],
        &["resolve", "--model", "support"],
        &["resolve", "--endpoint", "chat"],
        &[
            "resolve",
            "routing/primary",
            "--model",
            "support",
            "--endpoint",
            "chat",
        ],
        &[
            "resolve",
            "--model",
            "support",
            "--endpoint",
            "chat",
            "--content",
        ],
    ] {
        world.refused(2, arguments);
    }
    let run = world.refused(2, &["resolve", "--model", "support", "--endpoint", "chatt"]);
    run.says(&["did you mean chat?"]);
}
