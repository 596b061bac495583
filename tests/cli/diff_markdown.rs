use crate::world::{Run, World};

fn page(world: &World, arguments: &[&str]) -> Run {
    world.refused(0, &[&["diff", "--format", "markdown"], arguments].concat())
}

/// Asserts that a page holds each of `parts`.
fn holds(run: &Run, parts: &[&str]) {
    for part in parts {
        assert!(run.stdout.contains(part), "no {part:?} in {}", run.stdout);
    }
}

#[test]
fn a_page_says_first_what_it_is_and_what_it_comes_to() {
    let world = World::demanding(&["required_source=staging", "no_rollback=true"]);
    world.write(
        "pointers/prod.toml",
        "[prompts.greeting]\nversion = 1\n\n[prompts.router]\nversion = 2\n",
    );
    world.write("prompts/greeting/2.md", "Hi\n");
    world.commit_all("by hand");
    let run = page(&world, &["HEAD~1..", "--content"]);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "<!-- envctl -->",
            "",
            "✅ **The policies allow 1 move.** `envctl check --pin-policy` judges the whole."
        ]
    );
    assert!(
        lines[4] == "Moves 1 pointer in prod, publishes 1 version.",
        "{run:?}"
    );
    holds(
        &run,
        &[
            "| `prod` 🔴 | `prompts/router` 1 → **2** | +1 −1 | Ana (`",
            "`): by hand | ✅ passes |",
            "- `prompts/router@2`: ✅ required-source: `prompts/router@2` is live in `staging`; ✅ no-rollback: ",
            "; live in `staging` for less than a minute; set by `ana@example.org`",
            "- `prompts/greeting@2`: 3 bytes, live nowhere yet",
            "<details><summary>prompts/router 1 → 2 (+1 −1)</summary>\n\n```diff\n@@ -1 +1 @@\n-Route\n+Route better\n```\n\n</details>",
            "<details><summary>prompts/greeting 1 → 2 (+1 −1)</summary>",
        ],
    );
    let short = page(&world, &["HEAD~1.."]).stdout;
    assert!(!short.contains("```diff"), "{short}");
}

#[test]
fn verdicts_are_words_with_a_symbol() {
    let world = World::demanding(&[
        "required_source=staging",
        "min_dwell=24h",
        "providers.required_source=false",
    ]);
    world.publish("prompts/greeting", "Hello again\n", "staging");
    let head = world.head();
    world.publish("prompts/extra", "x\n", "staging");
    world.write(
        "pointers/prod.toml",
        "[prompts.extra]\nversion = 1\n\n[prompts.router]\nversion = 2\n",
    );
    world.commit_all("by hand");
    let run = page(&world, &[&format!("{head}..")]);
    holds(
        &run,
        &[
            "❌ **The policies refuse 1 of 4 moves.**",
            "| ❌ not live in the required source |",
            "| ⏳ in 1 day (2026-01-02T12:00:00Z) |",
            "; ⏳ min-dwell: `prompts/router@2` has been live in `staging` since 2026-01-01T12:00:00Z; the policy of `prod` requires 24h (`",
            "| `prompts/greeting` 1 **removed** |",
        ],
    );
    let prod = run.stdout.find("| `prod` 🔴 |").unwrap();
    assert!(
        prod < run.stdout.find("| `staging` |").unwrap(),
        "{}",
        run.stdout
    );
}

#[test]
fn a_release_that_is_asked_for_is_judged_and_told() {
    let world = World::demanding(&["requires_approval=true"]);
    let head = world.head();
    assert_eq!(world.run(&["promote", "staging", "prod", "-y"]).exit, 5);
    let range = format!("{head}..");
    holds(
        &page(&world, &[&range]),
        &[
            "ℹ️ **Nothing moves.**",
            "\n\nRequests a release in prod.\n",
            "| requests `prompts/router` 1 → **2** | +1 −1 | Ana (`",
            "✅ approval: `prompts/router@2` waits for approval",
            "| ⏳ waits for approval |",
        ],
    );
    world.done(&["approve", "prod", "-y"]);
    holds(
        &page(&world, &[&range]),
        &[
            "✅ **The policies allow 1 move.**",
            "; approved by the same person (`",
            "| ⚠️ approved in `",
            ": requested in ",
            "keep both commits, a squash loses the approval",
        ],
    );
    holds(
        &page(&world, &["HEAD~1.."]),
        &[
            "approves the release in prod",
            "| ✅ passes |",
            "is approved as requested",
        ],
    );
}

/// Whoever opens a pull request chooses every text in it.
#[test]
fn nothing_from_the_repository_is_markup_html_or_a_mention() {
    let world = World::promoted();
    world.git(&["checkout", "-q", "-b", "a|`@eve<b>"]);
    let evil =
        "@ana <img src=x onerror=1> | `x` [y](javascript:z) #1 https://evil.example ![](//t)";
    world.write(
        "environments/prod.toml",
        format!(
            "name = \"{}\"\ndescription = '''{evil}'''\n",
            "@ana/x <b>|`"
        ),
    );
    world.write(
        "prompts/router/3.md",
        format!("Route {{{{ @eve|<script> }}}}\n```\n````diff\n</details> @eve\n\u{1b}[31m\u{202e}\n{evil}\n"),
    );
    world.replace("pointers/staging.toml", "version = 2", "version = 3");
    world.commit_all("evil");
    let run = page(&world, &["main..", "--content"]);
    let (outside, inside) = outside_of_blocks(&run.stdout);
    assert!(inside.contains("+````diff\n+</details> @eve"), "{inside}");
    let allowed = [
        "<!-- envctl -->",
        "<details>",
        "</details>",
        "<summary>",
        "</summary>",
        "<code>",
        "<sub>",
        "</sub>",
        "</code>",
    ];
    let rest = allowed
        .iter()
        .fold(outside.clone(), |text, tag| text.replace(tag, ""));
    for active in ["<", "@", "](", "![", "://", "\u{1b}", "\u{202e}"] {
        let rest = rest.replace("router@3", "").replace("ana@example.org", "");
        assert!(!rest.contains(active), "{active:?} in {rest}");
    }
    for row in outside.lines().filter(|line| line.starts_with('|')) {
        let cells = row.matches(" | ").count() + 1;
        assert!(matches!(cells, 4 | 5), "{cells} cells in {row}");
    }
    assert!(
        outside.contains("&#64;&#8203;ana/x &#60;b&#62;&#124;&#96;"),
        "{outside}"
    );
}

/// What stands outside of blocks of code, and what stands in them, as a reader of Markdown takes it apart.
fn outside_of_blocks(page: &str) -> (String, String) {
    let (mut outside, mut inside, mut fence) = (String::new(), String::new(), None::<String>);
    for line in page.lines() {
        let ticks: String = line
            .trim_start_matches(' ')
            .chars()
            .take_while(|c| *c == '`')
            .collect();
        match &fence {
            None if ticks.len() >= 3 => fence = Some(ticks),
            Some(open) if ticks.len() >= open.len() && line.trim() == ticks => fence = None,
            Some(_) => inside.push_str(&format!("{line}\n")),
            None => outside.push_str(&format!("{line}\n")),
        }
    }
    assert_eq!(fence, None, "a block is left open");
    (outside, inside)
}

/// A world whose last commit adds so many environments, each with so many new prompts of so many lines.
fn grown(environments: usize, prompts: usize, lines: usize) -> World {
    let world = World::new();
    for prompt in 0..prompts {
        let text: String = (0..lines)
            .map(|line| format!("line {line} of {prompt}, 😀 and so on\n"))
            .collect();
        world.write(&format!("prompts/p{prompt}/1.md"), text);
    }
    let pointers: Vec<String> = (0..prompts)
        .map(|prompt| format!("[prompts.p{prompt}]\nversion = 1\n"))
        .collect();
    for environment in 0..environments {
        world.write(
            &format!("environments/e{environment}.toml"),
            "name = \"One of many\"\n",
        );
        world.write(
            &format!("pointers/e{environment}.toml"),
            pointers.join("\n"),
        );
    }
    world.commit_all("much");
    world
}

#[test]
fn a_page_never_gets_too_long_and_says_what_is_left_out() {
    for (environments, prompts, lines, said) in [
        (1, 4, 1_500, "text lines. All of it: `envctl diff "),
        (1, 150, 40, "text changes"),
        (2, 400, 1, "rows"),
        (60, 40, 1, "rows"),
    ] {
        let world = grown(environments, prompts, lines);
        let run = page(&world, &["HEAD~1..", "--content"]);
        let length = run.stdout.encode_utf16().count();
        assert!(
            (20_000..=65_000).contains(&length),
            "{length} for {environments} {prompts} {lines}"
        );
        let last = run.stdout.lines().last().unwrap();
        assert!(
            last.starts_with("> Left out, for length: ") && last.contains(said),
            "{last}"
        );
        let command = last.split('`').nth(1).unwrap();
        let full = world.done(&command.split(' ').skip(1).collect::<Vec<_>>());
        assert!(full.stdout.encode_utf16().count() > 65_000, "{command}");
        assert!(run.stdout.starts_with("<!-- envctl -->\n"));
        outside_of_blocks(&run.stdout);
    }
}

#[test]
fn a_project_of_many_environments_still_gets_a_page() {
    let world = grown(400, 1, 1);
    let run = page(&world, &["HEAD~1.."]);
    holds(
        &run,
        &[
            "creates e0, e1, e10, e100, e101 and 395 more",
            "Left out, for length: ",
        ],
    );
    assert!(run.stdout.encode_utf16().count() <= 65_000);
}

#[test]
fn nothing_that_differs_is_a_page_too() {
    let world = World::promoted();
    let run = page(&world, &["HEAD.."]);
    holds(
        &run,
        &[
            "<!-- envctl -->\n\nℹ️ **Nothing moves.**",
            "\n\nChanges nothing that envctl keeps.\n",
        ],
    );
}

#[test]
fn what_must_never_happen_stands_at_the_top() {
    let world = World::promoted();
    world.write("prompts/router/1.md", "other\n");
    world.git(&["rm", "-q", "prompts/greeting/1.md"]);
    world.write("environments/staging.toml", "name = \n");
    world.commit_all("break");
    let run = page(&world, &["HEAD~1.."]);
    holds(
        &run,
        &[
            "> ⚠️ `prompts/router@1`, which is live in `prod`, is changed: published versions are immutable",
            "> ⚠️ `prompts/greeting@1`, which is live in `prod`, `staging`, is removed: published versions are immutable",
            "> ⚠️ after the change, `environments/staging.toml` cannot be read, and what it says is not compared",
            "- ❌ `prompts/router@1`: changed",
            "- ❌ `prompts/greeting@1`: gone",
        ],
    );
}

#[test]
fn no_literal_secret_is_shown() {
    let world = World::promoted();
    let key = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789";
    let text = crate::world::PROVIDER.replace("env::OPENAI_API_KEY", key);
    assert!(text.contains(key), "{text}");
    world.write("providers/openai/1.toml", text);
    world.commit_all("leak");
    for format in ["text", "json", "markdown"] {
        let run = world.run(&["diff", "HEAD~1..", "--content", "--format", format]);
        assert!(
            run.stdout.contains("credential = ") || run.stdout.contains("credential = \\\""),
            "{format}: {run:?}"
        );
        assert!(
            !format!("{run:?}").contains("abcdefghijkl"),
            "{format}: {run:?}"
        );
    }
}
