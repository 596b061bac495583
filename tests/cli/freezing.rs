//! Freezes and windows: nothing moves until they open.

use crate::world::World;

/// A window that is closed now and for the next day, and opens within the week.
fn closed_window(world: &World) -> String {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let seconds = world.git(&["log", "-1", "--format=%ct"]).parse().unwrap();
    let at = jiff::Timestamp::from_second(seconds).unwrap();
    let now = jiff::tz::TimeZone::UTC.to_datetime(at).date();
    let today = usize::try_from(now.weekday().to_monday_zero_offset()).unwrap();
    format!("windows.later={} 12:00-13:00 UTC", days[(today + 3) % 7])
}

#[test]
fn a_freeze_holds_until_somebody_thaws_it() {
    let world = World::promoted();
    let run = world.done(&[
        "freeze",
        "prod",
        "--name",
        "incident",
        "-m",
        "Incident 4711",
    ]);
    run.says(&["freeze prod until thawed", "next: envctl thaw prod"]);
    assert_eq!(
        world.read("freezes/prod/incident.toml"),
        "reason = \"Incident 4711\"\n"
    );
    world
        .done(&["status"])
        .says(&["prod is frozen by incident until somebody thaws it: Incident 4711"]);
    let shown = world.json(0, &["env", "show", "prod"]);
    assert_eq!(shown["calendar"]["freezes"][0]["reason"], "Incident 4711");
    assert_eq!(shown["calendar"]["open"], false);
    let before = world.everything();
    let refused = world.json(4, &["promote", "staging", "prod", "-y"]);
    assert_eq!(refused["findings"][0]["code"], "freezes");
    let run = world.refused(4, &["promote", "staging", "prod", "-y"]);
    run.says(&["envctl thaw prod --freeze incident"]);
    assert_eq!(world.everything(), before);
    // Another environment is not frozen, and the return to the previous version is never barred.
    world.publish("prompts/router", "Another\n", "staging");
    let run = world.refused(2, &["thaw", "prod"]);
    run.says(&["--yes"]);
    world.done(&["thaw", "prod", "-y", "-m", "Over"]);
    assert!(!world.repo().join("freezes/prod/incident.toml").exists());
    world.done(&["promote", "staging", "prod", "-y"]);
    world.done(&["check"]);
    let log = world.json(0, &["log", "--action", "freeze"]);
    assert_eq!(log["entries"].as_array().unwrap().len(), 1);
}

#[test]
fn a_freeze_with_an_end_is_a_wait() {
    let world = World::promoted();
    world.done(
        &["freeze", "prod", "qa", "--for", "2h", "-m", "Migration"]
            .map(|word| if word == "qa" { "staging" } else { word }),
    );
    let answer = world.json(5, &["promote", "staging", "prod", "-y"]);
    assert_eq!(
        (
            &answer["error"]["code"],
            &answer["error"]["wait"],
            &answer["error"]["recorded"]
        ),
        (&"not-eligible-yet".into(), &"window".into(), &false.into())
    );
    let shown = world.json(0, &["env", "show", "prod"]);
    assert_eq!(answer["error"]["eligible"], shown["calendar"]["opens"]);
    assert_eq!(shown["calendar"]["opens"], shown["calendar"]["valid_until"]);
    world.json(5, &["retire", "prod", "prompts/router", "-y"]);
    // Both were frozen in one commit, and one undo thaws both.
    assert!(
        world
            .git(&["log", "-1", "--format=%s"])
            .starts_with("freeze prod, staging until ")
    );
    world.done(&["undo", "-y"]);
    world.done(&["promote", "staging", "prod", "-y"]);
}

#[test]
fn the_return_to_the_previous_version_is_barred_only_on_request() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    world.done(&["freeze", "prod", "-m", "Holidays"]);
    world.done(&["rollback", "prod", "-y", "-m", "Broken"]);
    world.done(&["promote", "staging", "prod", "-n", "-y", "prompts/greeting"]);
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    world.done(&["freeze", "prod", "--rollbacks", "-m", "Migration"]);
    world
        .refused(4, &["rollback", "prod", "-y"])
        .says(&["is frozen by"]);
}

#[test]
fn two_branches_that_freeze_the_same_environment_merge() {
    let world = World::promoted();
    world.git(&["checkout", "-q", "-b", "other"]);
    world.done(&["freeze", "prod", "--name", "incident", "-m", "One"]);
    world.git(&["checkout", "-q", "main"]);
    world.done(&["freeze", "prod", "--name", "holidays", "-m", "Two"]);
    let base = world.head();
    world.git(&["merge", "-q", "--no-edit", "other"]);
    world.done(&["check", &format!("{base}..HEAD")]);
    let shown = world.json(0, &["env", "show", "prod"]);
    assert_eq!(shown["calendar"]["freezes"].as_array().unwrap().len(), 2);
    world.done(&["thaw", "prod", "--freeze", "holidays", "-y"]);
    world
        .refused(4, &["promote", "staging", "prod", "-y"])
        .says(&["by `incident`"]);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let world = World::promoted();
    world.done(&["freeze", "prod", "--name", "incident", "-m", "One"]);
    let before = world.everything();
    for (arguments, exit, code) in [
        (&["freeze", "prod"] as &[&str], 2, "reason-needed"),
        (&["freeze", "nowhere", "-m", "x"], 1, "no-such-environment"),
        (&["freeze", "prod", "prod", "-m", "x"], 2, "usage"),
        (
            &["freeze", "prod", "--name", "incident", "-m", "Two"],
            1,
            "freeze-exists",
        ),
        (
            &["freeze", "prod", "--until", "yesterday", "-m", "x"],
            2,
            "invalid-time",
        ),
        (
            &["freeze", "prod", "--until", "1h ago", "-m", "x"],
            2,
            "invalid-time",
        ),
        (
            &["thaw", "prod", "--freeze", "holidays", "-y"],
            1,
            "no-such-freeze",
        ),
        (
            &["policy", "set", "prod", "windows.office=mon 9-17 UTC"],
            2,
            "usage",
        ),
    ] {
        let answer = world.json(exit, arguments);
        assert_eq!(answer["error"]["code"], code, "{arguments:?} {answer}");
    }
    world
        .done(&["freeze", "prod", "--name", "incident", "-m", "One"])
        .says(&["already frozen"]);
    world.done(&["freeze", "staging", "-n", "-m", "x"]);
    assert_eq!(world.everything(), before);
}

#[test]
fn moves_happen_inside_windows() {
    let world = World::promoted();
    let before = world.read("environments/prod.toml");
    let closed = closed_window(&world);
    world.done(&["policy", "set", "prod", &closed]);
    world.done(&["policy", "show", "prod"]).says(&[
        "moves happen only",
        "from 12:00 to 13:00 (UTC) (window later)",
    ]);
    let answer = world.json(5, &["promote", "staging", "prod", "-y"]);
    assert_eq!(
        (&answer["error"]["wait"], &answer["error"]["recorded"]),
        (&"window".into(), &false.into())
    );
    let explained = world.json(0, &["policy", "explain", "staging", "prod"]);
    let verdicts = explained["moves"][0]["verdicts"].as_array().unwrap();
    assert!(
        verdicts
            .iter()
            .any(|verdict| verdict["code"] == "windows" && verdict["outcome"] == "wait")
    );
    // Publishing into it waits as well, and writes nothing.
    let head = world.head();
    world.write("new.md", "New\n");
    world.json(
        5,
        &["publish", "prompts/router", "new.md", "--to", "prod", "-y"],
    );
    assert_eq!(world.head(), head);
    world.done(&[
        "policy",
        "set",
        "prod",
        "windows.always=mon-sun 00:00-00:00 Europe/Berlin",
    ]);
    world.done(&["promote", "staging", "prod", "-y"]);
    world.done(&["policy", "set", "prod", "windows.later=", "windows.always="]);
    assert_eq!(world.read("environments/prod.toml"), before);
    world.done(&["check"]);
}

#[test]
fn a_policy_may_require_reasons() {
    let world = World::demanding(&["require_reason=true"]);
    let before = world.everything();
    world
        .refused(4, &["promote", "staging", "prod", "-y"])
        .says(&["requires a reason", "-m WHY"]);
    assert_eq!(
        world.json(4, &["promote", "staging", "prod", "-y"])["findings"][0]["code"],
        "require-reason"
    );
    assert_eq!(world.everything(), before);
    let base = world.head();
    world.done(&["promote", "staging", "prod", "-y", "-m", "The new wording"]);
    world.done(&["check", &format!("{base}..HEAD")]);
    world.refused(4, &["rollback", "prod", "-y"]);
    world.done(&["rollback", "prod", "-y", "-m", "Broken"]);
    // By hand: the subject is what a person wrote.
    let base = world.head();
    world.replace("pointers/prod.toml", "version = 1", "version = 1 ");
    world.done(&["check", &format!("{base}..HEAD")]);
}
