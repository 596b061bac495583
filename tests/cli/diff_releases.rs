//! What `diff` says about pending releases when a range has several commits.

use crate::world::World;

const ASK: [&str; 4] = ["promote", "staging", "prod", "-y"];

/// A world in which a release waits in prod, and the commit that requested it.
fn waiting() -> (World, String) {
    let world = World::promoted();
    world.done(&["policy", "set", "prod", "requires_approval=true"]);
    assert_eq!(world.run(&ASK).exit, 5);
    let asked = world.head();
    (world, asked)
}

/// Makes the router go back to what was live in prod before.
fn roll_back(world: &World) {
    let live = "[prompts.greeting]\nversion = 1\n\n[prompts.router]\nversion = 1\n";
    world.write("pointers/prod.toml", live);
    world.commit_all("an incident");
}

/// What happened to the release of prod in `range`.
fn release(world: &World, range: &str) -> String {
    let run = world.done(&["diff", range]);
    let lines = run.stdout.lines();
    let [line] = &*lines
        .filter(|line| line.starts_with("release"))
        .collect::<Vec<_>>()
    else {
        panic!("one release: {run:?}")
    };
    line.split('\t').nth(2).unwrap().to_owned()
}

#[test]
fn an_approval_is_one_whatever_else_moves_in_the_range() {
    let (world, asked) = waiting();
    world.done(&["approve", "prod", "-y"]);
    let range = format!("{asked}..");
    assert_eq!(release(&world, &range), "approved");
    roll_back(&world);
    assert_eq!(release(&world, &range), "approved");
    world
        .done(&["diff", &range])
        .says(&["Approves the release in prod"]);
    assert_eq!(world.run(&["check", &format!("{asked}..HEAD")]).exit, 0);
}

#[test]
fn an_approval_that_was_undone_is_no_withdrawal() {
    let (world, asked) = waiting();
    world.done(&["approve", "prod", "-y"]);
    world.done(&["undo", "-y"]);
    assert_eq!(
        world.git(&["diff", "--name-only", &asked, "HEAD"]),
        "pending/prod.toml"
    );
    assert_eq!(release(&world, &format!("{asked}..")), "approved");
}

#[test]
fn a_request_after_a_withdrawal_is_a_request() {
    let (world, asked) = waiting();
    world.done(&["withdraw", "prod"]);
    assert_eq!(release(&world, &format!("{asked}..")), "closed");
    world.write("draft.md", "Route it, quickly.\n");
    world.done(&["publish", "prompts/router", "draft.md", "--to", "staging"]);
    assert_eq!(world.run(&ASK).exit, 5);
    assert_eq!(release(&world, &format!("{asked}..")), "requested");
}

#[test]
fn a_merge_of_an_approval_and_of_more_is_an_approval() {
    let (world, asked) = waiting();
    world.git(&["checkout", "-q", "-b", "feature"]);
    world.done(&["approve", "prod", "-y"]);
    roll_back(&world);
    world.git(&["checkout", "-q", "main"]);
    world.git(&["merge", "-q", "--no-ff", "-m", "merge", "feature"]);
    assert_eq!(release(&world, &format!("{asked}..")), "approved");
}

#[test]
fn tampering_stays_tampering_whatever_is_approved_later() {
    let (world, asked) = waiting();
    world.publish("prompts/router", "Route best\n", "staging");
    world.replace("pending/prod.toml", "version = 2", "version = 3");
    world.commit_all("by hand");
    let range = format!("{asked}..");
    assert_eq!(release(&world, &range), "tampered");
    world.done(&["withdraw", "prod"]);
    assert_eq!(release(&world, &range), "tampered");
    let (world, asked) = waiting();
    world.git(&["rm", "-q", "pending/prod.toml"]);
    world.write("pointers/prod.toml", "[prompts.greeting]\nversion = 1\n");
    world.commit_all("something else");
    assert_eq!(release(&world, &format!("{asked}..")), "tampered");
    assert_eq!(world.run(&["check", &format!("{asked}..HEAD")]).exit, 11);
}
