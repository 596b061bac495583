use serde_json::json;

use crate::world::{PROVIDER, ROUTE, Run, World, codes};

/// A world in which a provider, a rule and a prompt are live in staging, and the prompt in another version in prod.
pub fn served() -> World {
    let world = World::new();
    world.publish("prompts/router", "Route\n", "prod");
    world.publish("providers/openai", PROVIDER, "staging");
    world.publish("routing/primary", ROUTE, "staging");
    world.publish("prompts/router", "Route better\n", "staging");
    world
}

#[test]
fn what_is_live_is_one_text() {
    let world = served();
    let text = world.done(&["render", "staging"]).stdout;
    assert_eq!(
        text,
        "[providers.openai]\nbase_url = \"https://api.openai.com/v1\"\nmodels = [\"gpt-5\", \"gpt-5-mini\"]\n\
         credential = \"env::OPENAI_API_KEY\"\nauth_type = \"bearer\"\n\n[targets.\"primary.main\"]\n\
         provider = \"openai\"\nmodel = \"gpt-5\"\n\n[routes.primary]\nendpoint = \"chat\"\nmodels = [\"gpt-5\"]\n\
         strategy = \"single\"\ntargets = [\"primary.main\"]\n\n[prompts.router]\nversion = 2\n\
         path = \"prompts/router/2.md\"\n"
    );
    assert_eq!(world.done(&["render", "staging"]).stdout, text);
    assert_eq!(
        world.done(&["render", "prod"]).stdout,
        "[prompts.router]\nversion = 1\npath = \"prompts/router/1.md\"\n"
    );
    assert_eq!(
        world.done(&["render", "staging", "--at", "HEAD~1"]).stdout,
        text.split("[prompts").next().unwrap().trim_end().to_owned() + "\n"
    );
}

#[test]
fn json_holds_the_same_tables() {
    let world = served();
    let bare: serde_json::Value = serde_json::from_str(
        &world
            .done(&["render", "staging", "--format", "json"])
            .stdout,
    )
    .unwrap();
    assert_eq!(
        bare["routes"]["primary"]["targets"],
        json!(["primary.main"])
    );
    assert_eq!(
        bare["targets"]["primary.main"],
        json!({ "provider": "openai", "model": "gpt-5" })
    );
    assert_eq!(
        bare["prompts"]["router"],
        json!({ "version": 2, "path": "prompts/router/2.md" })
    );
    let answer = world.json(0, &["render", "staging"]);
    assert_eq!(
        (&answer["gateway"], &answer["environment"]),
        (&bare, &"staging".into())
    );
    assert_eq!(answer["commit"], world.head());
}

#[test]
fn what_does_not_fit_together_is_refused_with_what_is_wrong() {
    let world = served();
    world.write("pointers/staging.toml", "[routing.primary]\nrelease = 1\n");
    world.write("pointers/prod.toml", "[prompts.router]\nversion = 9\n");
    world.commit_all("by hand");
    let run = world.refused(4, &["render", "staging"]);
    assert_eq!(run.stdout, "");
    run.says(&[
        "error[coherence]",
        "pointers/staging.toml:2:11",
        "not active in `staging`",
    ]);
    let answer = world.json(4, &["render", "staging"]);
    assert_eq!(
        (codes(&answer), &answer["error"]["code"]),
        (vec!["coherence"], &"unsound".into())
    );
    assert_eq!(
        codes(&world.json(4, &["render", "prod"])),
        ["pointer"],
        "what is wrong elsewhere does not matter"
    );
    world
        .refused(1, &["render", "stagin"])
        .says(&["did you mean `staging`?"]);
}

/// A name may hold what hides characters from people, or speaks to the runner of a job.
#[test]
fn a_configuration_reads_the_same_whatever_its_names_hold() {
    let world = World::new();
    let name = "gpt\u{ad}\u{e0041}##[group]5";
    world.publish(
        "providers/openai",
        &PROVIDER.replace("gpt-5\"", &format!("{name}\"")),
        "staging",
    );
    for format in ["toml", "json"] {
        for runner in ["", "true"] {
            let mut command = world.program(&world.repo());
            command
                .args(["render", "staging", "--format", format])
                .env("GITHUB_ACTIONS", runner);
            let text = Run::of(&mut command).stdout;
            let models = match format {
                "toml" => {
                    serde_json::to_value(toml::from_str::<toml::Table>(&text).unwrap()).unwrap()
                }
                _ => serde_json::from_str(&text).unwrap(),
            };
            assert_eq!(models["providers"]["openai"]["models"][0], name, "{text}");
            assert!(
                !text.contains(['\u{ad}', '\u{e0041}']) && !text.contains("##["),
                "{text}"
            );
        }
    }
}
