//! What was rolled back comes back only by name, with somebody else's approval, or by whoever rolled back by mistake.

use crate::world::{Run, World, codes};

const BEN: &str = "ben@example.org";

fn by(world: &World, email: &str, arguments: &[&str]) -> Run {
    let mut command = world.program(&world.repo());
    command.args(arguments).env("GIT_AUTHOR_EMAIL", email);
    Run::of(&mut command)
}

/// A world in which prod has served router 1 and 2, and 2 was rolled back there.
fn rolled_back() -> World {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    world.done(&["rollback", "prod", "-y", "-m", "Misleads customers"]);
    world
}

#[test]
fn a_promotion_does_not_undo_a_rollback() {
    let world = rolled_back();
    let nightly = ["promote", "staging", "prod", "-y"];
    let answer = by(&world, BEN, &[&nightly[..], &["--json"]].concat()).json(4);
    assert_eq!(codes(&answer), ["rolled-back"]);
    let said = answer["findings"][0]["message"].as_str().unwrap();
    let back = &world.head()[..10];
    assert_eq!(
        said,
        format!(
            "prompts/router@2 was rolled back in `prod` just now by Ana: Misleads customers ({back})"
        )
    );
    // A dry run, the explanation and the diff say the same, and propose nothing that brings it back.
    for arguments in [
        &["promote", "staging", "prod", "-n"][..],
        &["policy", "explain", "staging", "prod"],
        &["diff", "staging", "prod"],
    ] {
        let run = by(&world, BEN, arguments);
        let told = format!("{}{}", run.stdout, run.stderr);
        assert!(told.contains("was rolled back"), "{told}");
        assert!(!told.contains("prompts/router@2 --"), "{told}");
    }
    // What else differs moves by the command that the refusal names.
    world.publish("prompts/greeting", "Hi\n", "staging");
    let run = by(&world, BEN, &nightly);
    let except = "envctl promote staging prod --except prompts/router";
    run.says(&[except]);
    let words: Vec<&str> = except.split(' ').skip(1).chain(["-y"]).collect();
    assert_eq!(by(&world, BEN, &words).exit, 0);
    // And the next version moves as ever.
    world.publish("prompts/router", "Route best\n", "staging");
    world.done(&nightly);
    world.done(&["check"]);
}

#[test]
fn a_hand_made_commit_is_found_by_check() {
    let world = rolled_back();
    let base = world.head();
    world.replace(
        "pointers/prod.toml",
        "version = 1\n\n[prompts.router]\nversion = 1",
        "version = 1\n\n[prompts.router]\nversion = 2",
    );
    world.git(&[
        "commit",
        "-qam",
        "again",
        "--author",
        "Ben <ben@example.org>",
    ]);
    let answer = world.json(11, &["check", &format!("{base}..HEAD")]);
    assert_eq!(codes(&answer), ["rolled-back"]);
}

#[test]
fn it_comes_back_by_a_request_that_names_it_and_somebody_else_approves() {
    let world = rolled_back();
    let named = ["promote", "staging", "prod", "prompts/router"];
    let refused = by(&world, BEN, &[&named[..], &["-y"]].concat());
    assert_eq!(refused.exit, 4);
    refused.says(&["--request"]);
    // Without a name nobody asks for it by accident.
    let unnamed = by(
        &world,
        BEN,
        &["promote", "staging", "prod", "--request", "-y"],
    );
    assert_eq!(unnamed.exit, 4, "{unnamed:?}");
    let asked = by(&world, BEN, &[&named[..], &["--request", "-y"]].concat());
    assert_eq!(asked.exit, 5, "{asked:?}");
    assert_eq!(by(&world, BEN, &["approve", "prod", "-y"]).exit, 4);
    world.done(&["approve", "prod", "-y"]);
    assert!(
        world
            .read("pointers/prod.toml")
            .contains("[prompts.router]\nversion = 2")
    );
    world.done(&[
        "check",
        &format!(
            "{}..HEAD",
            world.git(&["rev-list", "--max-parents=0", "HEAD"])
        ),
    ]);
    // The mark is cleared: the way back and forth is a rollback like any other.
    world.done(&["rollback", "prod", "prompts/router", "--to", "1", "-y"]);
}

#[test]
fn a_version_that_is_pointed_to_waits_in_any_environment_where_that_is_asked_for() {
    let world = World::promoted();
    let run = world.run(&["point", "staging", "prompts/router@1", "--request", "-y"]);
    assert_eq!(run.exit, 5, "{run:?}");
    run.says(&["to approve: envctl approve staging"]);
    world.done(&["approve", "staging", "-y"]);
    assert!(
        world
            .read("pointers/staging.toml")
            .contains("[prompts.router]\nversion = 1")
    );
}

#[test]
fn whoever_rolled_back_by_mistake_takes_that_back_within_an_hour() {
    let take_back = ["rollback", "prod", "prompts/router", "--to", "2", "-y"];
    let world = rolled_back();
    assert_eq!(by(&world, BEN, &take_back).exit, 4);
    assert_eq!(world.run(&["promote", "staging", "prod", "-y"]).exit, 4);
    world.done(&take_back);
}

#[test]
fn a_return_over_several_versions_marks_all_of_them() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    world.publish("prompts/router", "Route best\n", "staging");
    world.done(&["promote", "staging", "prod", "-y"]);
    world.done(&["rollback", "prod", "prompts/router", "--to", "1", "-y"]);
    for version in ["prompts/router@2", "prompts/router@3"] {
        let answer = by(&world, BEN, &["point", "prod", version, "-y", "--json"]).json(4);
        assert_eq!(codes(&answer), ["rolled-back"], "{version}");
    }
}

#[test]
fn a_first_release_that_was_undone_is_not_promoted_again() {
    let world = World::promoted();
    world.done(&["retire", "prod", "prompts/router", "-y"]);
    world.done(&["point", "staging", "prompts/router@1", "-y"]);
    let nightly = ["promote", "staging", "prod", "-y", "--json"];
    assert_eq!(codes(&by(&world, BEN, &nightly).json(4)), ["rolled-back"]);
    // The same bytes under another number are the same version.
    world.publish("prompts/router", "Route\n", "staging");
    assert_eq!(codes(&by(&world, BEN, &nightly).json(4)), ["rolled-back"]);
}

#[test]
fn where_nothing_is_ruled_versions_go_back_and_forth_all_day() {
    let world = World::promoted();
    for round in 0..3 {
        world.done(&["point", "staging", "prompts/router@1", "-y"]);
        let run = by(&world, BEN, &["point", "staging", "prompts/router@2", "-y"]);
        assert_eq!(run.exit, 0, "{round} {run:?}");
        run.says(&["prompts/router@2 was rolled back in `staging` just now by Ana"]);
    }
    world.done(&[
        "policy",
        "set",
        "staging",
        "min_dwell=1h",
        "allow_rolled_back=true",
    ]);
    world.done(&["policy", "set", "staging", "min_dwell="]);
    world.done(&["point", "staging", "prompts/router@1", "-y"]);
    world.done(&["point", "staging", "prompts/router@2", "-y"]);
}

#[test]
fn a_rollback_does_not_wait_for_a_release() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    world.done(&["policy", "set", "prod", "requires_approval=true"]);
    world.publish("prompts/router", "Route best\n", "staging");
    assert_eq!(world.run(&["promote", "staging", "prod", "-y"]).exit, 5);
    world.done(&["rollback", "prod", "prompts/router", "-y"]);
    // What was asked for had seen something else.
    assert_eq!(by(&world, BEN, &["approve", "prod", "-y"]).exit, 4);
}

/// The hook judges what somebody wrote by hand as the write path judges a rollback.
#[cfg(unix)]
#[test]
fn a_return_gets_past_a_slip_of_somebody_else_and_says_that_there_is_one() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    world.write("prompts/x/draft.md", "Dear all,\n");
    world.commit_all("a draft");
    let slip = world.head();
    world.refused(4, &["retire", "prod", "prompts/router", "-y"]);
    let run = world.done(&["rollback", "prod", "prompts/router", "-y"]);
    run.says(&["warning: 1 error elsewhere in the project: envctl check"]);
    world.done(&["check", &format!("{slip}..HEAD")]);
    world.refused(11, &["check"]);
    // As the hook before a commit sees it.
    let back = world.git(&["diff", "--binary", &slip, "HEAD"]);
    world.git(&["reset", "-q", "--hard", &slip]);
    world.write("../back.patch", format!("{back}\n"));
    world.git(&["apply", "--index", "../back.patch"]);
    let run = world.done(&["check", "--staged"]);
    assert!(run.stdout.starts_with("warning[unknown-file]"), "{run:?}");
    world.git(&["reset", "-q", "--hard"]);
    world.replace("pointers/prod.toml", "[prompts.router]\nversion = 2\n", "");
    world.git(&["add", "-A"]);
    world.refused(11, &["check", "--staged"]);
}

#[test]
fn a_report_says_of_a_request_and_of_its_approval_what_they_bring_back() {
    let world = rolled_back();
    let back = world.head();
    let told = format!("ago by Ana: Misleads customers ({})", &back[..10]);
    let named = [
        "promote",
        "staging",
        "prod",
        "prompts/router",
        "--request",
        "-y",
    ];
    assert_eq!(by(&world, BEN, &named).exit, 5);
    let pending = world.json(0, &["pending"]);
    let waits = &pending["pending"][0];
    assert_eq!(waits["rolled_back"][0]["commit"], back, "{waits:#}");
    assert_eq!(waits["can_be_approved"], true);
    world.run(&["pending"]).says(&[&told]);
    // Ana could take back what she did herself.
    let approved = by(&world, "chloe@example.org", &["approve", "prod", "-y"]);
    assert_eq!(approved.exit, 0, "{approved:?}");
    let request = world.git(&["rev-parse", "HEAD~1"]);
    for range in [format!("{back}..{request}"), format!("{request}..HEAD")] {
        let diff = world.json(0, &["diff", &range]);
        assert_eq!(diff["rolled_back"][0]["version"], 2, "{diff:#}");
        assert_eq!(diff["rolled_back"][0]["commit"], back, "{diff:#}");
        for arguments in [
            &["diff", &range, "--format", "markdown"][..],
            &["check", &range, "--format", "markdown"],
            &["diff", &range],
        ] {
            let page = world.done(arguments).stdout.replace('\\', "");
            assert!(page.contains("Misleads customers"), "{arguments:?}: {page}");
        }
        let page = world.done(&["diff", &range, "--format", "markdown"]).stdout;
        let (note, table) = (
            page.find("↩️").unwrap(),
            page.find("| Environment |").unwrap(),
        );
        assert!(note < table, "{page}");
        let found = world.json(0, &["check", &range]);
        assert_eq!(codes(&found), ["rolled-back"], "{found:#}");
        assert_eq!(found["findings"][0]["severity"], "warning");
    }
}

const ACCESS: &str = "[members.ana]\nemails = [\"ana@example.org\"]\nroles = [\"owner\"]\n\n\
    [members.ben]\nemails = [\"ben@example.org\"]\nroles = [\"owner\"]\nbot = true\n";

/// A bot cannot take its own rollback back, so no line says that it could; whoever is no bot can.
#[test]
fn the_undo_line_of_a_bots_rollback_proposes_nothing_that_is_refused() {
    for (email, undo) in [(BEN, false), ("ana@example.org", true)] {
        let world = World::promoted();
        world.done(&["promote", "staging", "prod", "-y"]);
        world.write("access.toml", ACCESS);
        world.commit_all("who may do what");
        let run = by(&world, email, &["rollback", "prod", "-y"]);
        assert_eq!(run.exit, 0, "{run:?}");
        assert_eq!(run.stderr.contains("undo:"), undo, "{run:?}");
    }
}

#[test]
fn an_approval_says_where_only_bots_are_known_to_have_written_what_comes_back() {
    let world = World::new();
    world.write("access.toml", ACCESS);
    world.commit_all("who may do what");
    world.publish("prompts/router", "Route\n", "staging");
    world.done(&["promote", "staging", "prod", "-y"]);
    world.write("../text", "Route better\n");
    let text = world.path("text").display().to_string();
    let published = by(
        &world,
        BEN,
        &["publish", "prompts/router", &text, "--to", "staging", "-y"],
    );
    assert_eq!(published.exit, 0, "{published:?}");
    world.done(&["promote", "staging", "prod", "-y"]);
    world.done(&["rollback", "prod", "-y"]);
    let named = [
        "promote",
        "staging",
        "prod",
        "prompts/router",
        "--request",
        "-y",
    ];
    assert_eq!(by(&world, BEN, &named).exit, 5);
    let told = "ben@example.org, a bot, requested it, and no person is known to have written prompts/router@2";
    // Whoever rolled back takes that back; anybody else is told.
    for arguments in [&["pending"][..], &["approve", "prod", "-n"]] {
        by(&world, "chloe@example.org", arguments).says(&[told]);
    }
}

#[test]
fn an_approval_is_reverted_also_after_the_source_moved_on() {
    let world = World::demanding(&[
        "requires_approval=true",
        "required_source=staging",
        "min_dwell=0s",
    ]);
    assert_eq!(world.run(&["promote", "staging", "prod", "-y"]).exit, 5);
    world.done(&["approve", "prod", "-y"]);
    let approval = world.head();
    world.publish("prompts/router", "Route best\n", "staging");
    let base = world.head();
    world.git(&["revert", "--no-commit", &approval]);
    world.done(&["check", "--staged"]);
    world.git(&["commit", "-q", "-m", "revert"]);
    world.done(&["check", &format!("{base}..HEAD")]);
    // What waits again is judged like any request: its source serves something else.
    let answer = by(&world, BEN, &["approve", "prod", "-y", "--json"]).json(4);
    assert!(codes(&answer).contains(&"required-source"), "{answer:#}");
    world.done(&["withdraw", "prod"]);
}

/// What was rolled back stays so in an environment that is deleted and created again, and no hint leads around that.
#[test]
fn what_was_never_live_in_a_new_environment_is_not_proposed_if_it_was_rolled_back() {
    let world = World::promoted();
    world.done(&["env", "create", "qa", "--production"]);
    world.done(&["promote", "prod", "qa", "-y"]);
    world.done(&["promote", "staging", "qa", "-y"]);
    world.done(&["rollback", "qa", "-y"]);
    world.done(&["env", "delete", "qa", "-y"]);
    world.done(&["env", "create", "qa", "--production"]);
    world.done(&["promote", "prod", "qa", "-y"]);
    let arguments = ["rollback", "qa", "prompts/router", "--to", "2", "-y"];
    let run = by(&world, BEN, &arguments);
    assert_eq!(run.exit, 4, "{run:?}");
    let proposed = run.stderr.contains("envctl point");
    let pointed = by(&world, BEN, &["point", "qa", "prompts/router@2", "-n"]);
    assert_eq!(proposed, pointed.exit == 0, "{run:?} {pointed:?}");
    assert!(!proposed, "{run:?}");
}
