use serde_json::{Value, json};

use crate::world::{Run, World, codes};

/// A clone of a server and another one, in which somebody runs `git pull` and `git push` after both have committed; answers
/// the commit that was live until then.
fn pulled(world: &World) -> String {
    world.done(&["access", "grant", "ana@example.org", "owner"]);
    let folder = world.path("");
    world.git_in(&folder, &["clone", "-q", "--bare", "repo", "server.git"]);
    let server = world.path("server.git").display().to_string();
    world.git(&["remote", "add", "origin", &server]);
    world.git(&["fetch", "-q", "origin"]);
    world.git_in(&folder, &["clone", "-q", &server, "other"]);
    let other = world.path("other");
    std::fs::write(other.join("notes.md"), "mine\n").unwrap();
    world.git_in(&other, &["add", "-A"]);
    world.git_in(&other, &["commit", "-qm", "notes"]);
    world.publish("prompts/tone", "Be kind\n", "staging");
    world.git(&["push", "-q", "origin", "main"]);
    let displaced = world.head();
    world.git_in(&other, &["pull", "-q", "--no-rebase", "--no-edit"]);
    world.git_in(&other, &["push", "-q", "origin", "main"]);
    world.git(&["pull", "-q", "--ff-only", "origin", "main"]);
    displaced
}

fn problem(answer: &Value) -> Option<&Value> {
    let problems = answer["problems"].as_array().unwrap();
    problems
        .iter()
        .find(|problem| problem["code"] == "displaced-line")
}

#[test]
fn a_line_that_a_pull_replaced_is_named_and_put_back() {
    let world = World::promoted();
    let displaced = pulled(&world);
    let swapped = world.head();
    let said = "has made another line the live one";
    world.done(&["status"]).says(&[said, &displaced[..10]]);
    assert_eq!(
        world.json(0, &["status"])["displaced"],
        json!({"commit": displaced, "merge": swapped})
    );
    let pinned = world.json(0, &["check", "--pin-policy", "HEAD..HEAD"]);
    assert_eq!(codes(&pinned), ["landing"]);
    assert_eq!(pinned["findings"][0]["commit"], json!(swapped));
    // The one who did it sees it as well.
    let other = world
        .run_in(&world.path("other"), &["status", "--json"])
        .json(0);
    assert_eq!(other["displaced"]["commit"], json!(displaced));
    // The command that doctor names puts it back, and the server takes that.
    let answer = world.json(11, &["doctor"]);
    let mend = problem(&answer).unwrap()["hint"].as_str().unwrap();
    let repaired = Run::of(world.sealed("sh", &world.repo()).args(["-c", mend]));
    assert_eq!(repaired.exit, 0, "{repaired:?}");
    assert_eq!(world.git(&["status", "--porcelain"]), "");
    assert_eq!(world.git(&["rev-parse", "HEAD^1"]), displaced);
    let range = format!("{swapped}..HEAD");
    assert_eq!(codes(&world.json(0, &["check", &range])), [""; 0]);
    let update = format!("{swapped} {} refs/heads/main\n", world.head());
    world.git(&["push", "-q", "origin", "HEAD:refs/heads/repair"]);
    let mut hook = world.program(&world.path("server.git"));
    let received = world.feed(hook.args(["check", "--pre-receive"]), update.as_bytes());
    assert_eq!(received.exit, 0, "{received:?}");
    assert_eq!(world.json(0, &["status"])["displaced"], json!(null));
    assert_eq!(
        problem(&serde_json::from_str(&world.run(&["doctor", "--json"]).stdout).unwrap()),
        None
    );
}

/// What is made again, taken back or merged in order is no other line.
#[test]
fn an_honest_branch_displaces_nothing() {
    let world = World::promoted();
    world.write("notes.md", "one\n");
    world.commit_all("by mistake on main");
    let moved = world.head();
    world.git(&["branch", "feature"]);
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    world.publish("prompts/tone", "Be kind\n", "staging");
    world.git(&["commit", "-q", "--amend", "-m", "again"]);
    world.git(&["merge", "-q", "--no-ff", "-m", "merge", "feature"]);
    assert_eq!(world.git(&["rev-parse", "HEAD^2"]), moved);
    assert_eq!(world.json(0, &["status"])["displaced"], json!(null));
    assert_eq!(
        problem(&serde_json::from_str(&world.run(&["doctor", "--json"]).stdout).unwrap()),
        None
    );
}
