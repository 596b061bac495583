//! The report on a pull request: what it says first, and that it agrees with the judge.

use std::process::Command;

use crate::world::{Run, World};

/// A pull request that somebody prepared, and what its report says.
struct Prepared {
    name: &'static str,
    /// What the policy of prod demands.
    demands: &'static [&'static str],
    /// Makes the commits of the branch `pull`.
    pull: fn(&World),
    /// How the first line begins.
    verdict: &'static str,
    /// What else the page says.
    says: &'static [&'static str],
}

const DWELL: &[&str] = &["required_source=staging", "min_dwell=24h"];
const APPROVAL: &[&str] = &["requires_approval=true"];
const SEPARATED: &[&str] = &["separation_of_duties=true"];

/// Runs `arguments` with the present time, as it is for the judge of a pull request.
fn today(world: &World, arguments: &[&str], exit: i32) {
    run_today(world.program(&world.repo()), arguments, exit);
}

fn run_today(mut command: Command, arguments: &[&str], exit: i32) {
    let dates = ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"];
    for date in dates {
        command.env_remove(date);
    }
    let run = Run::of(command.args(arguments));
    assert_eq!(run.exit, exit, "{arguments:?}: {run:?}");
}

/// Asks for what staging serves.
fn ask(world: &World) {
    today(
        world,
        &["promote", "staging", "prod", "-y", "-m", "please"],
        5,
    );
}

/// What prod serves, with version `router` of the router.
fn serve(world: &World, router: u32) {
    world.write(
        "pointers/prod.toml",
        format!("[prompts.greeting]\nversion = 1\n\n[prompts.router]\nversion = {router}\n"),
    );
}

const PULLS: &[Prepared] = &[
    Prepared {
        name: "a move by hand of a version that its source does not serve",
        demands: &["required_source=staging"],
        pull: |world| {
            world.write("prompts/router/3.md", "Route best\n");
            serve(world, 3);
            world.commit_all("faster: skip staging");
        },
        verdict: "❌ **May not land on `main`.** Neither waiting nor an approval helps: the pull request has to change.",
        says: &[
            "What helps:\n\n- make it live in `staging` first: `envctl point staging prompts/router@3`",
            "| `prod` 🔴 | `prompts/router` 1 → **3** | +1 −1 | Ana (`",
            "`): faster: skip staging | ❌ not live in the required source |",
        ],
    },
    Prepared {
        name: "a move that is too early",
        demands: DWELL,
        pull: |world| {
            world.git(&["checkout", "-q", "main"]);
            world.write("draft.md", "Route best\n");
            let publish = ["publish", "prompts/router", "draft.md", "--to", "staging"];
            today(world, &publish, 0);
            world.git(&["checkout", "-q", "-B", "pull"]);
            serve(world, 3);
            world.commit_all("early");
        },
        verdict: "⏳ **May not land on `main`.** It needs a wait that ends in ",
        says: &["| ⏳ in "],
    },
    Prepared {
        name: "a policy that is loosened",
        demands: DWELL,
        pull: |world| {
            world.done(&["policy", "set", "prod", "min_dwell=1h", "required_source="]);
        },
        verdict: "⚠️ **May land on `main`, but it loosens rules.**",
        says: &[
            "Commits, newest first:\n\n- Ana (`",
            "> 🔓 `prod`: `required_source` staging → **off**",
            "> 🔓 `prod`: `min_dwell` 24h → **1h**",
        ],
    },
    Prepared {
        name: "a version that was rolled back, by hand",
        demands: &["required_source=staging"],
        pull: |world| {
            world.git(&["checkout", "-q", "main"]);
            world.done(&["promote", "staging", "prod", "-y"]);
            world.done(&["rollback", "prod", "-y", "-m", "misleads customers"]);
            world.git(&["checkout", "-q", "-B", "pull"]);
            serve(world, 2);
            world.commit_all("again");
        },
        verdict: "❌ **May not land on `main`.** It needs a request for the version that was rolled back, which somebody else approves.",
        says: &[
            "> ↩️ `prompts/router@2` was rolled back in `prod` ",
            " by Ana: misleads customers (",
            "| ❌ was rolled back |",
        ],
    },
    Prepared {
        name: "a request",
        demands: APPROVAL,
        pull: ask,
        verdict: "✅ **May land on `main`.** Land it before ",
        says: &[
            "Requests a release in prod.",
            "| requests `prompts/router` 1 → **2** | +1 −1 | Ana (`",
            "`): please | ⏳ waits for approval |",
        ],
    },
    Prepared {
        name: "a request with its approval",
        demands: APPROVAL,
        pull: |world| {
            ask(world);
            today(world, &["approve", "prod", "-y"], 0);
        },
        verdict: "⚠️ **May land on `main` by a merge commit, a rebase or a fast-forward, but not by a squash.** Note that whoever asked for it approved it. Land it before ",
        says: &[
            "; approved by the same person (`",
            "| ⚠️ depends on how it lands |",
        ],
    },
    Prepared {
        name: "a request with its approval, where duties are separated",
        demands: SEPARATED,
        pull: |world| {
            ask(world);
            serve(world, 2);
            world.git(&["rm", "-q", "pending/prod.toml"]);
            world.git(&["add", "-A"]);
            let bob = "--author=Bob <bob@example.org>";
            let git = world.sealed("git", &world.repo());
            run_today(git, &["commit", "-q", bob, "-m", "approve"], 0);
        },
        verdict: "❌ **May not land on `main`.** It needs a request that lands first, and in a later pull request its approval by another person.",
        says: &[
            "- land the request in its own pull request, and the approval in a later one",
            "; approved by Bob (`",
            "| ❌ duties are not separated |",
        ],
    },
    Prepared {
        name: "a request with its approval and a later return",
        demands: APPROVAL,
        pull: |world| {
            ask(world);
            today(world, &["approve", "prod", "-y"], 0);
            today(
                world,
                &["rollback", "prod", "-y", "-m", "misleads customers"],
                0,
            );
        },
        verdict: "✅ **May land on `main`.**",
        says: &["No net change: what its commits do, they take back again."],
    },
    Prepared {
        name: "a published version that changes",
        demands: &[],
        pull: |world| {
            world.write("prompts/router/1.md", "Route otherwise\n");
            world.commit_all("typo");
        },
        verdict: "❌ **May not land on `main`.** Neither waiting nor an approval helps",
        says: &[
            "> ⚠️ `prompts/router@1`, which is live in `prod`, is changed: published versions are immutable",
        ],
    },
    Prepared {
        name: "a file that cannot be read",
        demands: DWELL,
        pull: |world| {
            world.write("pointers/prod.toml", "<<<<<<< ours\n");
            world.commit_all("merge by hand");
        },
        verdict: "❌ **May not land on `main`.** Neither waiting nor an approval helps",
        says: &[
            "> ⚠️ after the change, `pointers/prod.toml` cannot be read, and what it says is not compared",
        ],
    },
    Prepared {
        name: "a branch that conflicts with what it is to land on",
        demands: &[],
        pull: |world| {
            serve(world, 2);
            world.commit_all("two");
            world.git(&["checkout", "-q", "main"]);
            world.write("prompts/router/3.md", "Route best\n");
            serve(world, 3);
            world.commit_all("three");
            world.git(&["checkout", "-q", "pull"]);
        },
        verdict: "❌ **May not land on `main`.** It needs its conflicts resolved; nothing else could be judged.",
        says: &[
            "What the pull request changes cannot be shown.",
            "- bring the branch up to date, with git merge or git rebase, and resolve the conflict there",
        ],
    },
    Prepared {
        name: "a move before a freeze that begins later",
        demands: &["required_source=staging"],
        pull: |world| {
            world.git(&["checkout", "-q", "main"]);
            let freeze = [
                "freeze",
                "prod",
                "--from",
                "2100-01-01T00:00:00Z",
                "-m",
                "later",
            ];
            world.done(&freeze);
            world.git(&["checkout", "-q", "-B", "pull"]);
            serve(world, 2);
            world.commit_all("before it");
        },
        verdict: "✅ **May land on `main`.** This holds until 2100-01-01T00:00:00Z, in ",
        says: &["`): before it | ✅ passes |"],
    },
    Prepared {
        name: "a branch whose base went on",
        demands: &["required_source=staging"],
        pull: |world| {
            serve(world, 2);
            world.commit_all("promote by hand");
            world.git(&["checkout", "-q", "main"]);
            world.publish("prompts/greeting", "Hello again\n", "staging");
            world.git(&["checkout", "-q", "pull"]);
        },
        verdict: "✅ **May land on `main`.**",
        says: &[
            "Moves 1 pointer in prod.\n",
            "| `prompts/router` 1 → **2** | +1 −1 | Ana (`",
            "`): promote by hand | ✅ passes |",
        ],
    },
];

/// Returns the world of a prepared pull request and its report.
fn reported(prepared: &Prepared) -> (World, Run) {
    let world = match prepared.demands {
        [] => World::promoted(),
        demands => World::demanding(demands),
    };
    world.git(&["checkout", "-q", "-b", "pull"]);
    (prepared.pull)(&world);
    let run = world.run(&[
        "check",
        "--pin-policy",
        "main..pull",
        "--format",
        "markdown",
    ]);
    (world, run)
}

#[test]
fn the_first_line_agrees_with_the_judge_and_says_what_would_change_it() {
    for prepared in PULLS {
        let (world, run) = reported(prepared);
        let name = prepared.name;
        let page = &run.stdout;
        let mut lines = page.lines();
        assert_eq!(lines.next(), Some("<!-- envctl -->"), "{name}: {run:?}");
        let first = lines.nth(1).unwrap();
        assert!(first.starts_with(prepared.verdict), "{name}: {first}");
        assert_eq!(
            first.contains("**May land on `main`.**") || first.contains("loosens"),
            run.exit == 0,
            "{name}: {run:?}"
        );
        for part in prepared.says {
            assert!(page.contains(part), "{name}: no {part:?} in {page}");
        }
        let arguments = ["check", "--pin-policy", "main..pull", "--json"];
        let answer = world.run(&arguments).json(run.exit);
        let ways = answer["range"]["ways"].as_array().unwrap();
        let allowed = ways.iter().filter(|way| way["allowed"] == true).count();
        assert_eq!(
            first.starts_with("❌") || first.starts_with("⏳"),
            allowed == 0,
            "{name}: {answer}"
        );
        assert_eq!(run.exit == 0, allowed == ways.len(), "{name}: {answer}");
    }
}

/// What a reviewer decides on must not be hidden by what somebody wrote into the pull request.
#[test]
fn a_hostile_pull_request_keeps_the_verdict_first_and_fits() {
    let world = World::demanding(&["required_source=staging"]);
    world.git(&["checkout", "-q", "-b", "pull"]);
    let text: String = (0..2_000)
        .map(|line| format!("</details> line {line} <!-- @all\n"))
        .collect();
    world.write("prompts/router/3.md", text);
    serve(&world, 3);
    world.write(
        "environments/staging.toml",
        "name = \"✅ **May land** <!-- | @ana\"\n",
    );
    world.commit_all("✅ **May land on `main`.**\n\n<!-- envctl --> | `");
    let run = world.run(&[
        "check",
        "--pin-policy",
        "main..pull",
        "--format",
        "markdown",
    ]);
    let page = &run.stdout;
    assert!(page.encode_utf16().count() <= 65_000, "{}", page.len());
    assert!(
        page.starts_with("<!-- envctl -->\n\n❌ **May not land on `main`.**"),
        "{page}"
    );
    assert_eq!(
        page.matches("<!--").count(),
        1 + page.matches("+</details> line").count(),
        "{page}"
    );
    assert_eq!(
        page.matches("May land on").count(),
        page.matches("May land on &#96;main").count(),
        "{page}"
    );
}
