use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::world::{PROVIDER, ROUTE, Run, World, codes};

/// A world in which a provider, a rule and a prompt are live in staging, and the prompt in another version in prod.
fn served() -> World {
    let world = World::new();
    world.publish("prompts/router", "Route\n", "prod");
    world.publish("providers/openai", PROVIDER, "staging");
    world.publish("routing/primary", ROUTE, "staging");
    world.publish("prompts/router", "Route better\n", "staging");
    world
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            found.extend(
                files(&entry.path())
                    .into_iter()
                    .map(|(path, bytes)| (format!("{name}/{path}"), bytes)),
            );
        } else {
            found.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    found
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
fn a_folder_holds_the_prompts_and_a_manifest() {
    let world = served();
    let out = world.path("out");
    let to = out.to_str().unwrap();
    world
        .done(&["render", "staging", "-o", to])
        .says(&["3 files, written"]);
    let there = files(&out);
    assert_eq!(
        there.keys().collect::<Vec<_>>(),
        ["gateway.toml", "manifest.json", "prompts/router/2.md"]
    );
    assert_eq!(
        there["gateway.toml"],
        world.done(&["render", "staging"]).stdout.into_bytes()
    );
    assert_eq!(there["prompts/router/2.md"], b"Route better\n");
    let manifest: serde_json::Value = serde_json::from_slice(&there["manifest.json"]).unwrap();
    assert_eq!(
        (&manifest["environment"], &manifest["commit"]),
        (&"staging".into(), &world.head().into())
    );
    for (path, digest) in manifest["files"].as_object().unwrap() {
        assert_eq!(
            *digest,
            world.git(&[
                "hash-object",
                "--no-filters",
                out.join(path).to_str().unwrap()
            ]),
            "{path}"
        );
    }
    world
        .done(&["render", "staging", "-o", to])
        .says(&["unchanged"]);
    assert_eq!(files(&out), there);
    world
        .done(&["render", "prod", "-o", to])
        .says(&["replaced"]);
    assert_eq!(
        files(&out).keys().collect::<Vec<_>>(),
        ["gateway.toml", "manifest.json", "prompts/router/1.md"]
    );
    assert_eq!(
        fs::read_dir(world.path(".")).unwrap().count(),
        3,
        "nothing is left beside it"
    );
}

#[test]
fn what_is_not_an_earlier_render_is_not_replaced() {
    let world = served();
    let out = world.path("out");
    let to = out.to_str().unwrap();
    world.done(&["render", "prod", "-o", to]);
    let refused = || {
        assert_eq!(
            world.json(1, &["render", "staging", "-o", to])["error"]["code"],
            "foreign-folder"
        );
    };
    fs::write(out.join("prompts/router/mine.md"), "mine").unwrap();
    refused();
    assert_eq!(
        fs::read_to_string(out.join("prompts/router/mine.md")).unwrap(),
        "mine"
    );
    fs::remove_file(out.join("prompts/router/mine.md")).unwrap();
    fs::write(
        out.join("manifest.json"),
        "{\"schema\": \"another/v1\", \"files\": {}}",
    )
    .unwrap();
    refused();
    fs::remove_dir_all(&out).unwrap();
    std::os::unix::fs::symlink(world.repo(), &out).unwrap();
    refused();
    assert_eq!(
        world.json(1, &["render", "staging", "-o", &format!("{to}/")])["error"]["code"],
        "foreign-folder"
    );
    fs::remove_file(&out).unwrap();
    fs::write(&out, "a file").unwrap();
    refused();
    fs::remove_file(&out).unwrap();
    fs::create_dir(&out).unwrap();
    world
        .done(&["render", "staging", "-o", to])
        .says(&["written"]);
    for folder in [".", "prompts", "/"] {
        world.refused(1, &["render", "staging", "-o", folder]);
    }
}

/// Whoever looks while it is replaced finds the one or the other, whole.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_is_watched_is_never_half() {
    let world = served();
    let out = world.path("out");
    let to = out.to_str().unwrap();
    let [prod, staging] = ["prod", "staging"].map(|slug| world.done(&["render", slug]).stdout);
    world.done(&["render", "prod", "-o", to]);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut seen = 0;
            while !stop.load(Ordering::Relaxed) {
                let text = fs::read_to_string(out.join("gateway.toml")).unwrap();
                assert!(text == prod || text == staging, "{text}");
                seen += 1;
            }
            seen
        });
        for slug in ["staging", "prod"].repeat(10) {
            world.done(&["render", slug, "-o", to]);
        }
        stop.store(true, Ordering::Relaxed);
        assert!(watcher.join().unwrap() > 0);
    });
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
