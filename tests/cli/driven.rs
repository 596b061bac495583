//! A script that knows nothing of the program but its schemas drives it.
//!
//! It runs a command with `--json`, looks up each field that it wants in the schema that the answer names, and refuses to
//! read one that the schema does not describe.

use std::cell::RefCell;

use serde_json::Value;

use crate::answers::printed;
use crate::world::{NOON, Run, World};

/// A script: what it knows is what `envctl schema` says.
struct Script<'w> {
    world: &'w World,
    person: &'static str,
    /// What the clock on its wall says, which all scripts share.
    clock: &'w RefCell<String>,
}

/// An answer that is read field by field, each by leave of its schema.
struct Read {
    schema: Value,
    answer: Value,
}

impl Script<'_> {
    fn run(&self, arguments: &[&str]) -> Read {
        let mut command = self.world.program(&self.world.repo());
        command
            .args(arguments)
            .arg("--json")
            .env("GIT_AUTHOR_NAME", self.person)
            .env("GIT_AUTHOR_EMAIL", format!("{}@example.org", self.person))
            .env("GIT_COMMITTER_NAME", self.person)
            .env(
                "GIT_COMMITTER_EMAIL",
                format!("{}@example.org", self.person),
            )
            .env("GIT_AUTHOR_DATE", &*self.clock.borrow())
            .env("GIT_COMMITTER_DATE", &*self.clock.borrow());
        let run = Run::of(&mut command);
        let answer = run.json(run.exit);
        // The name of a schema is in the answer.
        let name = answer["schema"].as_str().unwrap();
        let name = name.trim_start_matches("envctl.").trim_end_matches("/v1");
        Read {
            schema: printed(name),
            answer,
        }
    }
}

impl Script<'_> {
    /// Waits until the moment `until`.
    fn wait(&self, until: &str) {
        until.clone_into(&mut self.clock.borrow_mut());
    }
}

impl Read {
    /// What is at `path`, whose every step the schema describes; `*` is the first of a list.
    fn at(&self, path: &str) -> Value {
        let (mut schema, mut value) = (&self.schema, &self.answer);
        for step in path.split('.') {
            schema = self.resolved(schema);
            let known = if step == "*" {
                value = &value[0];
                &schema["items"]
            } else {
                value = &value[step];
                &schema["properties"][step]
            };
            assert!(
                !known.is_null(),
                "{path}: the schema knows no {step}: {schema:#}"
            );
            schema = known;
        }
        value.clone()
    }

    /// The schema behind references and `null`.
    fn resolved<'s>(&'s self, schema: &'s Value) -> &'s Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.trim_start_matches("#/$defs/");
            return self.resolved(&self.schema["$defs"][name]);
        }
        let forms = schema["anyOf"].as_array();
        let form = forms.and_then(|forms| forms.iter().find(|form| form["type"] != "null"));
        form.map_or(schema, |form| self.resolved(form))
    }

    fn text(&self, path: &str) -> String {
        let value = self.at(path);
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    }
}

#[test]
fn a_script_that_knows_only_the_schemas_promotes_waits_approves_and_rolls_back() {
    let world = World::demanding(&["requires_approval=true", "min_dwell=1h"]);
    let clock = RefCell::new(NOON.to_owned());
    let [ana, ben] = ["ana", "ben"].map(|person| Script {
        world: &world,
        person,
        clock: &clock,
    });

    // Promote: it has to dwell, and the answer says until when, with everything that was planned.
    let refused = ana.run(&["promote", "staging", "prod", "-y"]);
    assert_eq!(
        (refused.text("ok"), refused.text("error.code")),
        ("false".into(), "not-eligible-yet".into())
    );
    assert_eq!(
        (refused.text("error.wait"), refused.text("error.recorded")),
        ("dwell".into(), "false".into())
    );
    assert_eq!(
        (refused.text("branch"), refused.text("live")),
        ("main".into(), "true".into())
    );
    assert_eq!(refused.text("pending.*.moves.*.outcome"), "wait");
    assert_eq!(
        refused.text("pending.*.moves.*.verdicts.*.code"),
        "min-dwell"
    );

    // What waits is said once: the error, the verdict and the explanation as of then name one moment.
    let eligible = refused.text("error.eligible");
    assert_eq!(
        refused.text("pending.*.moves.*.verdicts.*.eligible"),
        eligible
    );
    let wait = ana.run(&["policy", "explain", "staging", "prod", "--at", NOON]);
    assert_eq!(
        (wait.text("wait"), wait.text("eligible"), wait.text("at")),
        ("dwell".into(), eligible.clone(), NOON.into())
    );

    // Wait: a second before that moment it is still refused.
    ana.wait("2026-01-01T12:59:59Z");
    let early = ana.run(&["promote", "staging", "prod", "-y"]);
    assert_eq!(early.text("error.eligible"), eligible);
    ana.wait(&eligible);

    // Then it is requested, and waits for approval.
    let asked = ana.run(&["promote", "staging", "prod", "-y", "-m", "Weekly"]);
    assert_eq!(
        (asked.text("error.wait"), asked.text("error.recorded")),
        ("approval".into(), "true".into())
    );
    let pending = ana.run(&["pending"]);
    let environment = pending.text("pending.*.environment");
    assert_eq!(pending.text("pending.*.commit"), asked.text("commit"));
    assert_eq!(
        (
            pending.text("pending.*.reason"),
            pending.text("pending.*.author.name")
        ),
        ("Weekly".into(), "ana".into())
    );

    // Approve.
    let approved = ben.run(&["approve", &environment, "-y"]);
    assert_eq!(approved.text("ok"), "true");
    let (resource, version) = (
        approved.text("moves.*.resource"),
        approved.text("moves.*.after"),
    );
    let status = ana.run(&["status"]);
    let live = status.at("pointers");
    let is_live = live.as_array().unwrap().iter().any(|pointer| {
        pointer["environment"] == environment.as_str()
            && pointer["resource"] == resource.as_str()
            && pointer["version"]
                .as_u64()
                .map(|number| number.to_string())
                .as_ref()
                == Some(&version)
    });
    assert!(is_live, "{live:#}");

    // Log.
    let log = ana.run(&["log", &environment]);
    assert_eq!(log.text("entries.*.commit"), approved.text("commit"));
    assert_eq!(
        log.text("entries.*.moves.*.approval.request.reason"),
        "Weekly"
    );

    // Roll back, to what was live before.
    let back = ben.run(&["rollback", &environment, &resource, "-y"]);
    assert_eq!(back.text("moves.*.after"), approved.text("moves.*.before"));
    assert_eq!(back.text("moves.*.direction"), "back");
    let log = ana.run(&["log", &environment]);
    assert_eq!(
        (log.text("entries.*.commit"), log.text("entries.*.action")),
        (back.text("commit"), "rollback".into())
    );
}
