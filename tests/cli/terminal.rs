//! A person at a terminal: what is asked, and what the answers do.

use std::process::Stdio;

use nix::sys::wait::WaitStatus;
use rexpect::session::{PtySession, spawn_command};

use crate::world::World;

/// Longer than anything takes; a test that waits so long has failed.
const PATIENCE: Option<u64> = Some(20_000);

fn at_a_terminal(world: &World, arguments: &[&str]) -> PtySession {
    let mut command = world.program(&world.repo());
    command
        .args(arguments)
        .env("TERM", "xterm")
        .stdin(Stdio::inherit());
    spawn_command(command, PATIENCE).unwrap()
}

/// What was still written, and the exit code.
fn ending(mut session: PtySession) -> (String, i32) {
    let rest = session.exp_eof().unwrap();
    match session.process().wait().unwrap() {
        WaitStatus::Exited(_, exit) => (rest, exit),
        other => panic!("{other:?}: {rest}"),
    }
}

#[test]
fn a_production_environment_is_confirmed_by_its_slug() {
    let world = World::promoted();
    let mut session = at_a_terminal(&world, &["promote", "staging", "prod"]);
    session.exp_string("prompts/router").unwrap();
    session
        .exp_string("It serves production; type prod to continue:")
        .unwrap();
    session.send_line("prod").unwrap();
    let (rest, exit) = ending(session);
    assert_eq!(exit, 0, "{rest}");
    assert!(rest.contains("1 pointer"), "{rest}");
    assert!(world.read("pointers/prod.toml").contains("version = 2"));
}

#[test]
fn any_other_answer_is_a_no() {
    let world = World::promoted();
    let before = world.everything();
    for answer in ["", "y", "yes", "staging", "PROD", "prod2"] {
        let mut session = at_a_terminal(&world, &["promote", "staging", "prod"]);
        session.exp_string("type prod to continue:").unwrap();
        session.send_line(answer).unwrap();
        let (rest, exit) = ending(session);
        assert_eq!(exit, 3, "{answer:?}: {rest}");
        assert!(rest.contains("nothing was changed"), "{rest}");
    }
    assert_eq!(world.everything(), before);
}

#[test]
fn another_environment_is_confirmed_by_yes_and_enter_alone_is_no() {
    let world = World::promoted();
    world.done(&["env", "create", "qa"]);
    for (answer, expected) in [("", 3), ("n", 3), ("y", 0)] {
        let mut session = at_a_terminal(&world, &["promote", "staging", "qa"]);
        session
            .exp_string("Promote 2 pointers from staging to qa? [y/N]")
            .unwrap();
        session.send_line(answer).unwrap();
        let (rest, exit) = ending(session);
        assert_eq!(exit, expected, "{answer:?}: {rest}");
    }
}

#[test]
fn ctrl_c_is_neither() {
    let world = World::promoted();
    let before = world.everything();
    let mut session = at_a_terminal(&world, &["promote", "staging", "prod"]);
    session.exp_string("type prod to continue:").unwrap();
    session.send_control('c').unwrap();
    let (rest, exit) = ending(session);
    assert_eq!(exit, 130, "{rest}");
    assert_eq!(world.everything(), before);
}

#[test]
fn a_missing_target_is_offered_and_none_is_the_default() {
    let world = World::promoted();
    world.done(&["env", "create", "qa"]);
    let offered = || {
        let mut session = at_a_terminal(&world, &["promote", "staging"]);
        session.exp_string("Promote staging to").unwrap();
        session.exp_string("qa  (2 pointers would move)").unwrap();
        session
    };
    let mut session = offered();
    // The first Enter chooses nothing, since nothing is marked yet.
    session.send("\r\u{1b}[B\u{1b}[B\r").unwrap();
    session.flush().unwrap();
    session.exp_string("from staging to qa? [y/N]").unwrap();
    session.send_line("y").unwrap();
    let (rest, exit) = ending(session);
    assert_eq!(exit, 0, "{rest}");
    assert!(world.path("repo/pointers/qa.toml").exists());
}

#[test]
fn leaving_the_choice_changes_nothing() {
    let world = World::promoted();
    let before = world.everything();
    let mut session = at_a_terminal(&world, &["promote", "staging", "-y"]);
    session.exp_string("Promote staging to").unwrap();
    session.send("\u{1b}").unwrap();
    session.flush().unwrap();
    let (rest, exit) = ending(session);
    assert_eq!(exit, 3, "{rest}");
    assert_eq!(world.everything(), before);
}

/// A world in which the last change of prod was a rollback.
fn went_back() -> World {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y", "-m", "Better routes"]);
    world.publish("prompts/router", "Route best\n", "staging");
    world.done(&["promote", "staging", "prod", "-y"]);
    world.done(&["rollback", "prod", "-y"]);
    world
}

#[test]
fn a_rollback_that_would_guess_offers_the_last_states() {
    let world = went_back();
    let mut session = at_a_terminal(&world, &["rollback", "prod", "-m", "Even older"]);
    for part in [
        "would be a guess",
        "Go back in prod to",
        "prompts/router 2 ",
        " by Ana (",
        "prompts/router 2 ",
    ] {
        session.exp_string(part).unwrap();
    }
    // The first Enter chooses nothing, since nothing is marked yet.
    session.send("\r\u{1b}[B\u{1b}[B\r").unwrap();
    session.flush().unwrap();
    session.exp_string("Move 1 pointer back in prod?").unwrap();
    session.exp_string("type prod to continue:").unwrap();
    session.send_line("prod").unwrap();
    let (rest, exit) = ending(session);
    assert_eq!(exit, 0, "{rest}");
    let pointers = world.read("pointers/prod.toml");
    assert!(
        pointers.contains("[prompts.router]\nversion = 1"),
        "{pointers}"
    );
}

#[test]
fn leaving_the_states_changes_nothing_and_yes_lists_them() {
    let world = went_back();
    let before = world.everything();
    for key in ["\u{1b}", "q"] {
        let mut session = at_a_terminal(&world, &["rollback", "prod"]);
        session.exp_string("Go back in prod to").unwrap();
        session.send(key).unwrap();
        session.flush().unwrap();
        let (rest, exit) = ending(session);
        assert_eq!(exit, 3, "{rest}");
    }
    let (rest, exit) = ending(at_a_terminal(&world, &["rollback", "prod", "-y"]));
    assert_eq!(exit, 2, "{rest}");
    assert!(rest.contains("envctl rollback prod --at "), "{rest}");
    assert_eq!(world.everything(), before);
}

#[test]
fn yes_on_the_command_line_counts_only_for_a_typed_environment() {
    let world = World::promoted();
    let mut session = at_a_terminal(&world, &["promote", "staging", "-y"]);
    session.exp_string("Promote staging to").unwrap();
    session.send("\u{1b}[B\r").unwrap();
    session.flush().unwrap();
    session.exp_string("type prod to continue:").unwrap();
    session.send_line("no").unwrap();
    assert_eq!(ending(session).1, 3);
}

#[test]
fn the_fallback_is_handed_over_with_the_slug_of_the_one_that_serves_production() {
    let world = World::promoted();
    let mut session = at_a_terminal(&world, &["env", "edit", "staging", "--gateway-fallback"]);
    session
        .exp_string("Make staging the gateway fallback instead of prod?")
        .unwrap();
    session.exp_string("type prod to continue:").unwrap();
    session.send_line("prod").unwrap();
    let (rest, exit) = ending(session);
    assert_eq!(exit, 0, "{rest}");
}

#[test]
fn ci_is_never_asked() {
    let world = World::promoted();
    let mut command = world.program(&world.repo());
    command
        .args(["promote", "staging", "prod"])
        .env("CI", "true")
        .stdin(Stdio::inherit());
    let (rest, exit) = ending(spawn_command(command, PATIENCE).unwrap());
    assert_eq!(exit, 2, "{rest}");
    assert!(
        rest.contains("CI is set") && rest.contains("--yes"),
        "{rest}"
    );
}

#[test]
fn a_terminal_gets_tables_with_headers_and_colour() {
    let world = World::promoted();
    let (text, exit) = ending(at_a_terminal(&world, &["status"]));
    assert_eq!(exit, 0);
    assert!(
        text.contains("RESOURCE") && text.contains("\u{1b}["),
        "{text:?}"
    );
    let (text, _) = ending(at_a_terminal(&world, &["status", "--color", "never"]));
    assert!(
        text.contains("RESOURCE") && !text.contains("\u{1b}["),
        "{text:?}"
    );
}

#[test]
fn a_wait_is_told_in_hours_and_minutes() {
    let world = World::promoted();
    world.done(&["policy", "set", "prod", "min_dwell=3h 12m"]);
    let (text, exit) = ending(at_a_terminal(
        &world,
        &["policy", "explain", "staging", "prod", "--color", "never"],
    ));
    assert_eq!(exit, 0, "{text}");
    assert!(text.contains("prompts/router  1 "), "{text}");
    assert!(
        text.contains("eligible in 3 h 12 min, at 2026-01-01T15:12:00Z"),
        "{text}"
    );
    let (text, _) = ending(at_a_terminal(
        &world,
        &["policy", "show", "prod", "--color", "never"],
    ));
    assert!(
        text.contains("PROVIDERS") && text.contains("3h 12m"),
        "{text}"
    );
    let (text, _) = ending(at_a_terminal(
        &world,
        &["env", "show", "prod", "--color", "never"],
    ));
    assert!(
        text.contains("policy: min_dwell=3h 12m (envctl policy show prod)"),
        "{text}"
    );
}

#[test]
fn a_terminal_gets_each_commits_words_below_the_pointers() {
    let world = World::promoted();
    world.done(&[
        "promote",
        "staging",
        "prod",
        "-y",
        "-m",
        "Better routes\n\nSecond try",
    ]);
    let (text, exit) = ending(at_a_terminal(
        &world,
        &["blame", "prod", "--color", "never"],
    ));
    assert_eq!(exit, 0);
    let head = &world.head()[..10];
    assert!(
        text.contains(&format!(
            "{head}  Better routes\r\n            \r\n            Second try"
        )),
        "{text:?}"
    );
    let (text, _) = ending(at_a_terminal(
        &world,
        &["log", "--limit", "1", "--color", "never"],
    ));
    assert!(
        text.contains("| Better routes") && text.contains("prod: prompts/router 1 "),
        "{text:?}"
    );
}

#[test]
fn a_review_has_a_section_for_each_environment_and_says_what_stands_in_the_way() {
    let world = World::demanding(&["min_dwell=24h"]);
    world.write(
        "pointers/prod.toml",
        "[prompts.greeting]\nversion = 1\n\n[prompts.router]\nversion = 2\n",
    );
    world.write("prompts/greeting/2.md", "Hi\n");
    world.commit_all("by hand");
    let (text, exit) = ending(at_a_terminal(
        &world,
        &["diff", "HEAD~1..", "--content", "--color", "never"],
    ));
    assert_eq!(exit, 0, "{text}");
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    assert_eq!(lines[0], "prod  Production  serves production");
    assert!(
        lines[2].starts_with("prompts/router     1     2  forward  +1 "),
        "{text}"
    );
    for part in [
        "  wait     prompts/router@2 has been live in `staging` since",
        "eligible in 1 day",
        "Published",
        "+Hi",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}
