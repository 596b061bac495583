//! Which rule applies to which kind of move: each rule is broken by each move, and kept by each, and the write path and
//! `check` are both asked.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use envctl::diag::{Finding, Severity};
use envctl::files::Edit;
use envctl::model::{
    CommitId, Identity, PendingMove, PendingRelease, PolicyKey, Resource, VersionNumber,
};
use envctl::ops::{WriteError, Written};
use envctl::plan::{Action, Decision, Message, OnApproval, Plan, decide};
use envctl::store::Store;
use jiff::{SignedDuration, Timestamp};

use crate::project::{World, resource, slug, time};
use crate::sandbox::alice;

/// A kind of move, in the order of the columns below. Prod has served 1, 2 and 4, went back to 2, and serves 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Forward,
    First,
    Previous,
    OtherReturn,
    RolledBack,
    Removal,
}

const KINDS: [Kind; 6] = [
    Kind::Forward,
    Kind::First,
    Kind::Previous,
    Kind::OtherReturn,
    Kind::RolledBack,
    Kind::Removal,
];

impl Kind {
    fn resource(self) -> Resource {
        resource(match self {
            Self::First => "prompts/tone",
            _ => "prompts/router",
        })
    }

    fn before(self) -> Option<VersionNumber> {
        VersionNumber::new(if self == Self::First { 0 } else { 5 })
    }

    fn after(self) -> Option<VersionNumber> {
        VersionNumber::new(match self {
            // A lower number that was never live is no return.
            Self::Forward => 3,
            Self::First | Self::OtherReturn => 1,
            Self::Previous => 2,
            Self::RolledBack => 4,
            Self::Removal => 0,
        })
    }
}

/// What makes a move break a rule, where the rule applies to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breach {
    /// The source serves nothing of it.
    Source,
    /// The source serves it since an hour.
    Dwell,
    /// It has other variables.
    Variables,
    /// A higher number became live an hour ago.
    Window,
    /// Nobody was asked.
    Unasked,
    /// A release waits.
    Waiting,
    /// Nobody evaluated it.
    Unevaluated,
    /// It is vetoed.
    Vetoed,
}

/// A rule, the policy, what breaks it, and for each kind of move whether it applies to it (`y`) or not (`n`; `-`: no move
/// of that kind can break it).
type Row = (
    &'static str,
    &'static [(PolicyKey, &'static str)],
    Breach,
    &'static str,
);

const TABLE: &[Row] = &[
    // forward, first, previous, other return, rolled back, removal
    (
        "required-source",
        &[(PolicyKey::RequiredSource, "staging")],
        Breach::Source,
        "yynnyn",
    ),
    (
        "min-dwell",
        &[(PolicyKey::MinDwell, "24h")],
        Breach::Dwell,
        "yynnyn",
    ),
    (
        "same-variables",
        &[(PolicyKey::SameVariables, "true")],
        Breach::Variables,
        "y-nnyn",
    ),
    (
        "no-rollback",
        &[(PolicyKey::NoRollback, "true")],
        Breach::Window,
        "y-yyyn",
    ),
    (
        "approval",
        &[(PolicyKey::RequiresApproval, "true")],
        Breach::Unasked,
        "yynyyy",
    ),
    (
        "approval",
        &[
            (PolicyKey::SeparationOfDuties, "true"),
            (PolicyKey::ApproveRollbacks, "true"),
        ],
        Breach::Unasked,
        "yyyyyy",
    ),
    ("rolled-back", &[], Breach::Unasked, "nnnnyn"),
    (
        "rolled-back",
        &[(PolicyKey::AllowRolledBack, "true")],
        Breach::Unasked,
        "nnnnnn",
    ),
    ("pending-release", &[], Breach::Waiting, "yynyyy"),
    (
        "required-checks",
        &[(PolicyKey::RequiredChecks, "evals")],
        Breach::Unevaluated,
        "yynnyn",
    ),
    ("veto", &[], Breach::Vetoed, "yyyyyn"),
];

fn hours_ago(hours: i64) -> Timestamp {
    time() - SignedDuration::from_hours(hours)
}

struct Scene {
    world: World,
    history: CommitId,
    allowed: bool,
}

impl Scene {
    /// The history above under `policy`, in which the rule of `breach` is broken or kept.
    fn new(policy: &[(PolicyKey, &str)], breach: Breach, broken: bool) -> Self {
        let world = World::of("plain");
        let scene = Self {
            history: world.sandbox.head(),
            allowed: policy.contains(&(PolicyKey::AllowRolledBack, "true")),
            world,
        };
        let sandbox = &scene.world.sandbox;
        for number in 1..6 {
            let variable = breach == Breach::Variables && broken && number != 5;
            let variable = if variable { "{{ name }}" } else { "" };
            let text = format!("{number} {variable}\n");
            sandbox.write(&format!("prompts/router/{number}.md"), &text);
        }
        sandbox.write("prompts/tone/1.md", "Be brief.\n");
        let environment = sandbox.read("environments/prod.toml");
        assert!(!environment.contains("[policy]"));
        let mut text = format!("{environment}\n[policy]\n");
        for (key, value) in policy {
            let bare = ["true", "false"].contains(value);
            let value = if bare {
                (*value).to_owned()
            } else if *key == PolicyKey::RequiredChecks {
                format!("[{value:?}]")
            } else {
                format!("{value:?}")
            };
            writeln!(text, "{key} = {value}").unwrap();
        }
        sandbox.write("environments/prod.toml", &text);
        if !(breach == Breach::Unevaluated && broken) {
            let versions = (1..6).map(|number| format!("prompts/router/{number}"));
            for version in versions.chain(["prompts/tone/1".to_owned()]) {
                let bytes = sandbox.read(&format!("{version}.md"));
                let content = Store::content_id(bytes.as_bytes());
                let text = format!("[evals]\ncontent = \"{content}\"\npassed = true\n");
                sandbox.write(&format!("attestations/{version}.toml"), &text);
            }
        }
        for (number, ago) in [(1, 900), (2, 800), (4, 700), (2, 600)] {
            scene.serve("prod", "router", number, ago);
        }
        let recently = breach == Breach::Window && broken;
        scene.serve("prod", "router", 5, if recently { 1 } else { 48 });
        Self {
            history: scene.world.sandbox.head(),
            ..scene
        }
    }

    /// Commits that `environment` has served just that since so many hours ago.
    fn serve(&self, environment: &str, name: &str, number: u32, hours: i64) {
        let sandbox = &self.world.sandbox;
        let text = format!("[prompts.{name}]\nversion = {number}\n");
        sandbox.write(&format!("pointers/{environment}.toml"), &text);
        sandbox.git(&["add", "-A"]);
        sandbox.git_at(hours_ago(hours), &["commit", "-q", "-m", "serve"]);
    }

    /// Goes back to where the history ends, and lets the source serve what `kind` brings, unless that is what breaks a rule.
    fn prepare(&self, kind: Kind, (breach, broken): (Breach, bool)) {
        let sandbox = &self.world.sandbox;
        sandbox.git(&["reset", "-q", "--hard", &self.history.to_string()]);
        if let Some(number) = kind
            .after()
            .filter(|_| !(broken && breach == Breach::Source))
        {
            let (resource, since) = (kind.resource(), if broken { 1 } else { 47 });
            let since = if breach == Breach::Dwell { since } else { 0 };
            let name = resource.name.as_str();
            self.serve("staging", name, number.value(), since);
        }
        if let Some(number) = kind.after().filter(|_| broken && breach == Breach::Vetoed) {
            let name = kind.resource().name.to_string();
            let text = format!("[prompts.{name}.{number}]\nreason = \"It invents refunds\"\n");
            sandbox.write("vetoes.toml", &text);
            sandbox.git(&["add", "-A"]);
            sandbox.git_at(hours_ago(0), &["commit", "-q", "-m", "veto"]);
        }
        if breach == Breach::Waiting && broken {
            let asked = "[prompts.tone]\nversion = 1\n\n[prompts.router]\nversion = 3\nseen = 5\n";
            sandbox.write("pending/prod.toml", asked);
            sandbox.git(&["add", "-A"]);
            sandbox.git_at(hours_ago(0), &["commit", "-q", "-m", "ask"]);
        }
    }

    /// The codes of the errors that both the write path and `check` find in a commit of `edits`.
    fn errors(&self, edits: &[Edit]) -> BTreeSet<&'static str> {
        let tip = self.world.session.tip().unwrap();
        let written = self
            .world
            .write_by(&alice(), time(), |_| Ok(plan(edits.to_vec())));
        match written {
            Ok(Written::Landed { commit, .. }) => {
                let found = codes(&self.world.checked(tip, commit));
                assert_eq!(found, BTreeSet::new(), "check finds what was written");
                found
            }
            Err(WriteError::Refused(refused)) => {
                let found = codes(&refused.report.introduced);
                let checked = self
                    .world
                    .forced_by(&alice(), time(), tip, &refused.changes);
                assert_eq!(codes(&checked), found, "check finds what was refused");
                found
            }
            other => panic!("{other:?}"),
        }
    }

    /// The errors of the move, or of asking for it.
    fn judged(&self, kind: Kind, asked: bool) -> BTreeSet<&'static str> {
        let edit = match asked {
            false => Edit::Point {
                environment: slug("prod"),
                resource: kind.resource(),
                to: kind.after(),
            },
            true => request(kind),
        };
        self.errors(&[edit])
    }

    /// The errors of a decision of somebody else on a request for the move.
    fn approved(&self, kind: Kind) -> BTreeSet<&'static str> {
        assert_eq!(self.judged(kind, true), BTreeSet::new(), "{kind:?}");
        let ben = Identity::new("Ben", "ben@example.org").unwrap();
        let tip = self.world.session.tip().unwrap();
        let written = self.world.write_by(&ben, time(), |basis| {
            Ok(decide(
                basis.project,
                &slug("prod"),
                Decision::Approve,
                None,
            )?)
        });
        match written {
            Ok(Written::Landed { commit, .. }) => codes(&self.world.checked(tip, commit)),
            Err(WriteError::Refused(refused)) => codes(&refused.report.introduced),
            other => panic!("{other:?}"),
        }
    }
}

fn plan(edits: Vec<Edit>) -> Plan {
    Plan {
        edits,
        moves: Vec::new(),
        requested: Vec::new(),
        on_approval: OnApproval::Stands,
        published: None,
        message: Message::new(Action::Point, "move"),
    }
}

fn request(kind: Kind) -> Edit {
    let asked = PendingMove {
        target: kind.after(),
        seen: kind.before(),
    };
    let moves = BTreeMap::from([(kind.resource(), asked)]);
    Edit::Request(slug("prod"), PendingRelease { from: None, moves })
}

fn codes(findings: &[Finding]) -> BTreeSet<&'static str> {
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| finding.code.as_str()).collect()
}

/// What else is found in a move of that kind: prod serves production, so what was rolled back stays out.
fn beside(scene: &Scene, kind: Kind) -> BTreeSet<&'static str> {
    let marked = kind == Kind::RolledBack && !scene.allowed;
    marked.then_some("rolled-back").into_iter().collect()
}

#[test]
fn a_rule_that_a_move_breaks_refuses_it_exactly_where_it_applies_to_such_moves() {
    for (rule, policy, breach, applies) in TABLE {
        let scene = Scene::new(policy, *breach, true);
        for (kind, applies) in KINDS.into_iter().zip(applies.chars()) {
            if applies == '-' {
                continue;
            }
            scene.prepare(kind, (*breach, true));
            let mut expected = beside(&scene, kind);
            expected.extend((applies == 'y').then_some(*rule));
            let found = scene.judged(kind, false);
            assert_eq!(found, expected, "{rule} {policy:?} {kind:?}");
        }
    }
}

#[test]
fn a_rule_that_a_move_keeps_lets_it_pass_whatever_kind_it_is() {
    for (rule, policy, breach, _) in TABLE {
        let scene = Scene::new(policy, *breach, false);
        for kind in KINDS {
            scene.prepare(kind, (*breach, false));
            let (found, expected) = match breach {
                // It is kept by asking, and by somebody else's approval.
                Breach::Unasked => (scene.approved(kind), BTreeSet::new()),
                _ => (scene.judged(kind, false), beside(&scene, kind)),
            };
            assert_eq!(found, expected, "{rule} {policy:?} {kind:?}");
        }
    }
}

#[test]
fn a_request_is_judged_as_the_move_that_it_asks_for() {
    for (rule, policy, breach, applies) in TABLE {
        if [Breach::Unasked, Breach::Waiting].contains(breach) {
            continue;
        }
        let scene = Scene::new(policy, *breach, true);
        for (kind, applies) in KINDS.into_iter().zip(applies.chars()) {
            if applies == '-' {
                continue;
            }
            scene.prepare(kind, (*breach, true));
            let expected: BTreeSet<&str> = (applies == 'y').then_some(*rule).into_iter().collect();
            assert_eq!(scene.judged(kind, true), expected, "{rule} {kind:?}");
        }
    }
}

/// An environment takes its pointers along when it is deleted.
#[test]
fn an_environment_whose_pointers_need_approval_to_go_is_emptied_before_it_is_deleted() {
    for (policy, expected) in [
        ("", None),
        ("\n[policy]\nmin_dwell = \"1h\"\n", None),
        ("\n[policy]\nrequires_approval = true\n", Some("approval")),
    ] {
        let scene = Scene::new(&[], Breach::Unasked, false);
        let sandbox = &scene.world.sandbox;
        sandbox.write(
            "environments/qa.toml",
            &format!("name = \"Quality\"\n{policy}"),
        );
        scene.serve("qa", "tone", 1, 0);
        let served = sandbox.head();
        let gone = || scene.errors(&[Edit::DeleteEnvironment(slug("qa"))]);
        assert_eq!(gone(), expected.into_iter().collect(), "{policy:?}");
        sandbox.git(&["reset", "-q", "--hard", &served.to_string()]);
        sandbox.git(&["rm", "-q", "pointers/qa.toml"]);
        sandbox.git_at(hours_ago(0), &["commit", "-q", "-m", "empty"]);
        assert_eq!(gone(), BTreeSet::new(), "{policy:?}");
    }
}

/// On a branch somebody approves; meanwhile it is approved on the live line, too, and rolled back there. Nothing conflicts.
#[test]
fn an_approval_from_before_a_rollback_does_not_bring_the_version_back_by_a_merge() {
    let policy = [(PolicyKey::RequiresApproval, "true")];
    let scene = Scene::new(&policy, Breach::Unasked, false);
    scene.prepare(Kind::Forward, (Breach::Unasked, false));
    assert_eq!(scene.judged(Kind::Forward, true), BTreeSet::new());
    let mut world = scene.world;
    let approve = |world: &World, name: &str| {
        let who = Identity::new(name, &format!("{name}@example.org")).unwrap();
        let written = world.write_by(&who, time(), |basis| {
            Ok(decide(
                basis.project,
                &slug("prod"),
                Decision::Approve,
                None,
            )?)
        });
        assert!(matches!(written, Ok(Written::Landed { .. })), "{written:?}");
    };
    world.branch("side", "main");
    approve(&world, "ben");
    world.checkout("main");
    approve(&world, "cleo");
    let back = Edit::Point {
        environment: slug("prod"),
        resource: Kind::Forward.resource(),
        to: Kind::Forward.before(),
    };
    world.land(|_| Ok(plan(vec![back.clone()])));
    let before = world.sandbox.head();
    let merge = ["merge", "-q", "--no-ff", "--no-edit", "side"];
    world.sandbox.git_at(time(), &merge);
    let live = world.sandbox.read("pointers/prod.toml");
    assert!(live.contains("version = 3"), "{live}");
    let found = codes(&world.checked(before, world.sandbox.head()));
    assert_eq!(found, BTreeSet::from(["approval", "rolled-back"]));
}
