use envctl::model::{Permission, Role};
use serde_json::{Value, json};

use crate::world::{Run, World, codes};

/// A project in which ana, who runs everything, is the owner, and bob a developer.
fn owned() -> World {
    let world = World::promoted();
    world.done(&["access", "grant", "ana@example.org", "owner"]);
    world.done(&["access", "grant", "bob@example.org", "developer"]);
    world
}

fn by(world: &World, email: &str, arguments: &[&str]) -> Run {
    let mut command = world.program(&world.repo());
    Run::of(
        command
            .args(arguments)
            .env("GIT_AUTHOR_EMAIL", email)
            .env("GIT_COMMITTER_EMAIL", email),
    )
}

fn by_json(world: &World, exit: i32, email: &str, arguments: &[&str]) -> Value {
    by(world, email, &[arguments, &["--json"]].concat()).json(exit)
}

#[test]
fn the_first_grant_makes_whoever_grants_an_owner() {
    let world = World::new();
    assert!(
        world
            .refused(0, &["access", "show"])
            .stderr
            .contains("everyone is an owner")
    );
    let refused = world.json(4, &["access", "grant", "bob@example.org", "owner"]);
    assert_eq!(codes(&refused), ["permission"]);
    let run = world.done(&[
        "access",
        "grant",
        "ana@example.org",
        "owner",
        "-m",
        "we are more than one now",
    ]);
    run.says(&[
        "access grant ana: owner; addresses",
        "next: envctl access show",
    ]);
    let expected = "# Who may do what: envctl help access\n\n[members.ana]\nemails = [\"ana@example.org\"]\nroles = [\"owner\"]\n";
    assert_eq!(world.read("access.toml"), expected);
    assert_eq!(world.status(), "");
}

#[test]
fn what_somebody_may_not_do_is_refused_with_what_it_takes() {
    let world = owned();
    for (arguments, missing) in [
        (&["env", "create", "qa"][..], "project:manage_environments"),
        (
            &["policy", "set", "prod", "min_dwell=1h"],
            "env:policies:manage in `prod`",
        ),
        (
            &["env", "edit", "staging", "--gateway-fallback", "-y"],
            "project:manage_default_environment",
        ),
        (
            &["access", "grant", "bob", "admin"],
            "project:manage_members",
        ),
    ] {
        let before = world.everything();
        let run = by(&world, "bob@example.org", arguments);
        assert_eq!(run.exit, 4, "{arguments:?}: {run:?}");
        run.says(&[
            "error[permission]: bob@example.org may not do this",
            missing,
        ]);
        assert_eq!(world.everything(), before);
        let answer = by_json(&world, 4, "bob@example.org", arguments);
        assert_eq!(codes(&answer), ["permission"]);
    }
    let stranger = by_json(
        &world,
        4,
        "eve@example.org",
        &["promote", "staging", "prod", "-y"],
    );
    assert_eq!(codes(&stranger), ["permission"]);
    assert_eq!(
        by(
            &world,
            "bob@example.org",
            &["promote", "staging", "prod", "-y"]
        )
        .exit,
        0
    );
}

#[test]
fn a_grant_for_one_environment_holds_there() {
    let world = owned();
    world.done(&[
        "access",
        "grant",
        "carol@example.org",
        "developer",
        "--env",
        "production",
    ]);
    world.done(&["env", "create", "qa"]);
    let into = |to: &str| {
        by(
            &world,
            "carol@example.org",
            &["promote", "staging", to, "-y"],
        )
        .exit
    };
    assert_eq!((into("qa"), into("prod")), (4, 0));
    let may = |arguments: &[&str]| {
        let answer = world.json(
            0,
            &[&["access", "explain", "carol@example.org"], arguments].concat(),
        );
        let permissions = answer["permissions"].as_array().unwrap().clone();
        permissions
            .into_iter()
            .filter(|of| of["allowed"] == true)
            .count()
    };
    assert_eq!((may(&["prod"]), may(&["qa"]), may(&[])), (11, 0, 0));
}

#[test]
fn the_last_owner_stays() {
    let world = owned();
    for arguments in [
        &["access", "revoke", "ana"][..],
        &["access", "revoke", "ana", "owner"],
    ] {
        let answer = world.json(4, arguments);
        assert_eq!(codes(&answer), ["members"], "{answer:#}");
    }
}

#[test]
fn a_grant_and_its_revocation_leave_no_trace() {
    let world = owned();
    world.replace(
        "access.toml",
        "[members.bob]",
        "# Bob is new here.\n[members.bob]",
    );
    world.commit_all("a comment");
    let before = world.read("access.toml");
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJlE0R4rBkLbcTqvo5i6Hsh3YBUDVGbgvOPmqVbL5Dws";
    for (grant, revoke) in [
        (
            &["access", "grant", "bob", "admin", "--env", "prod"][..],
            &["access", "revoke", "bob", "--env", "prod"][..],
        ),
        (
            &["access", "grant", "bob", "--key", key],
            &["access", "revoke", "bob", "--key", key],
        ),
        (
            &["access", "grant", "bob", "--email", "b@example.org"],
            &["access", "revoke", "bob", "--email", "b@example.org"],
        ),
        (
            &["access", "grant", "carol@example.org", "viewer"],
            &["access", "revoke", "carol@example.org"],
        ),
    ] {
        world.done(grant);
        assert!(
            world.refused(0, grant).stderr.contains("nothing to do"),
            "{grant:?}"
        );
        world.done(revoke);
        assert_eq!(world.read("access.toml"), before, "{grant:?}");
    }
    let answer = world.json(0, &["access", "grant", "bob", "admin", "--dry-run"]);
    assert_eq!(
        (&answer["dry_run"], &answer["changed"], &answer["commit"]),
        (&json!(true), &json!(true), &Value::Null)
    );
}

#[test]
fn who_or_what_is_not_there_is_said() {
    let world = owned();
    for (arguments, exit, code, hint) in [
        (
            &["access", "grant", "bob", "develper"][..],
            1,
            "no-such-role",
            "did you mean developer?",
        ),
        (
            &["access", "grant", "bob", "admin", "--env", "stagin"],
            1,
            "no-such-environment",
            "staging",
        ),
        (
            &["access", "grant", "bobb", "admin"],
            1,
            "no-such-member",
            "did you mean bob?",
        ),
        (
            &["access", "revoke", "bobb"],
            1,
            "no-such-member",
            "did you mean bob?",
        ),
        (
            &["access", "revoke", "bobb", "developer"],
            1,
            "no-such-member",
            "did you mean bob?",
        ),
        (
            &["access", "revoke", "bob", "--email", "b@example.org"],
            1,
            "not-granted",
            "access show bob",
        ),
        (
            &["access", "revoke", "bob", "--email", "bob@example.org"],
            4,
            "last-address",
            "--email EMAIL",
        ),
        (
            &["access", "revoke", "eve@example.org"],
            1,
            "no-such-member",
            "access show",
        ),
        (
            &["access", "grant", "bob@elsewhere.org", "admin"],
            1,
            "member-exists",
            "--name",
        ),
        (
            &["access", "explain", "bob@example.org", "stagin"],
            1,
            "no-such-environment",
            "staging",
        ),
    ] {
        let answer = world.json(exit, arguments);
        assert_eq!(answer["error"]["code"], code, "{answer:#}");
        assert!(
            answer["error"]["hint"].as_str().unwrap().contains(hint),
            "{answer:#}"
        );
    }
    assert_eq!(world.run(&["access", "grant", "bob"]).exit, 2);
    assert_eq!(
        world
            .run(&["access", "grant", "bob", "--key", "ssh-rsa AAAA"])
            .exit,
        2
    );
}

#[test]
fn members_are_shown_with_their_roles() {
    let world = owned();
    let shown = world.done(&["access", "show"]).stdout;
    assert_eq!(
        shown,
        "ana\towner\t-\tana@example.org\t-\nbob\tdeveloper\t-\tbob@example.org\t-\n"
    );
    assert_eq!(
        world.done(&["access", "show", "bob"]).stdout,
        "member\tbob\nemail\tbob@example.org\nrole\tdeveloper\n"
    );
    let answer = world.json(0, &["access", "show"]);
    assert_eq!(
        (&answer["restricted"], &answer["signatures"]),
        (&json!(true), &json!("optional"))
    );
    assert_eq!(answer["members"][1]["emails"], json!(["bob@example.org"]));
    let logged = world.json(0, &["log", "--limit", "1"]);
    assert_eq!(logged["entries"][0]["members_changed"], json!(["bob"]));
    assert_eq!(logged["entries"][0]["action"], "access-edit");
}

#[test]
fn grants_and_revocations_are_in_the_log() {
    let world = owned();
    world.done(&["access", "grant", "bob", "admin", "viewer", "--env", "prod"]);
    world.done(&[
        "access", "revoke", "bob", "admin", "--env", "prod", "-m", "moved on",
    ]);
    world.done(&["access", "revoke", "bob", "--env", "prod"]);
    world.done(&["access", "revoke", "bob"]);
    let subjects = [
        "access revoke bob",
        "access revoke bob: every role in prod",
        "access revoke bob: admin in prod",
        "access grant bob: admin, viewer in prod",
    ];
    let shown = world.done(&["log", "--limit", "4"]).stdout;
    let shown: Vec<&str> = shown
        .lines()
        .map(|line| line.rsplit('\t').next().unwrap())
        .collect();
    assert_eq!(shown, subjects);
    let entries = world.json(0, &["log", "--limit", "4"])["entries"]
        .as_array()
        .unwrap()
        .clone();
    for (entry, subject) in entries.iter().zip(subjects) {
        assert_eq!(
            (&entry["subject"], &entry["action"]),
            (&json!(subject), &json!("access-edit"))
        );
        assert_eq!(entry["members_changed"], json!(["bob"]));
    }
    assert_eq!(entries[2]["reason"], "moved on");
}

/// What the help says of roles is what they allow, and its example reads.
#[test]
fn the_help_has_the_roles_as_they_are() {
    let world = World::new();
    let help = world.done(&["help", "access"]).stdout;
    for permission in Permission::ALL {
        let line = help
            .lines()
            .find(|line| line.trim_start().starts_with(&format!("{permission} ")))
            .unwrap();
        let said: Vec<bool> = line
            .split_whitespace()
            .skip(1)
            .map(|word| word == "yes")
            .collect();
        let allowed = Role::BUILT_IN.map(|role| role.allows(permission) == Some(true));
        assert_eq!(said, allowed, "{permission}");
    }
    let example = help
        .lines()
        .skip_while(|line| !line.contains("signatures = "));
    let example = example.take_while(|line| line.is_empty() || line.starts_with("    "));
    let example: String = example
        .map(|line| format!("{}\n", line.trim_start()))
        .collect();
    let world = World::new();
    world.done(&["env", "create", "qa"]);
    world.write("access.toml", example);
    world.git(&["add", "-A"]);
    world.done(&["check", "--staged"]);
}
