//! A return to what was live right before gets past slips that have nothing to do with it, whoever makes it and by whatever
//! way; and nothing else does.

use std::fs;

use envctl::check::any_error;
use envctl::diag::Severity;
use envctl::files::PolicySetting;
use envctl::model::{CommitId, Identity, PolicyKey, VersionId, VersionNumber};
use envctl::ops::{Basis, Destination, Rollback, Subject, WriteError, Written, judge, rollback};
use envctl::plan::{
    Narrowing, Plan, Promotion, PublishTarget, point, promote, publish, retire, set_policy,
};
use jiff::{SignedDuration, Timestamp};

use crate::project::{World, publication, resource, slug, time};
use crate::sandbox::put;

const ROUTER: &str = "prompts/router";
const POINTERS: &str = "pointers/prod.toml";
/// What was live before the version that is.
const PREVIOUS: u32 = 3;
/// What was live before that.
const EARLIER: u32 = 2;

fn person(email: &str) -> Identity {
    Identity::new("Somebody", email).unwrap()
}

fn ana() -> Identity {
    person("ana@example.org")
}

fn version(number: u32) -> VersionId {
    resource(ROUTER).at(VersionNumber::new(number).unwrap())
}

fn minutes(minutes: i64) -> Timestamp {
    time() + SignedDuration::from_mins(minutes)
}

/// A team in whose prod the router went from 2 to 3 and to 4, and whose moves there need approval.
struct Scene {
    world: World,
}

/// A way back.
#[derive(Clone, Copy, Debug)]
enum Way {
    Rollback,
    Promote,
    Point,
    ByHand,
}

const WAYS: [Way; 4] = [Way::Rollback, Way::Promote, Way::Point, Way::ByHand];

impl Scene {
    fn new() -> Self {
        let mut world = World::of("support+team");
        world.session.now = minutes(600);
        let scene = Self { world };
        scene.land(|basis| Ok(promote(basis.project, &Scene::promotion())?));
        let release = || PublishTarget::To(slug("staging"));
        scene.land(|basis| {
            let publication = publication(ROUTER, "Route it to somebody.\n", release());
            Ok(publish(basis.project, &publication, |_| false)?)
        });
        scene.land(|basis| Ok(promote(basis.project, &Scene::promotion())?));
        // So that a promotion goes back, too.
        scene.land(|basis| {
            let back = [version(PREVIOUS)];
            Ok(point(basis.project, &slug("staging"), &back, false, None)?)
        });
        let approve = (PolicyKey::RequiresApproval, "true");
        scene.land(|basis| {
            let (key, value) = approve;
            let value = Some(key.value(value).unwrap());
            let setting = PolicySetting::Key {
                kind: None,
                key,
                value,
            };
            Ok(set_policy(basis.project, &slug("prod"), &[setting], None)?)
        });
        scene
    }

    fn promotion() -> Promotion {
        Promotion {
            from: slug("staging"),
            to: slug("prod"),
            resources: vec![resource(ROUTER).into()],
            prune: false,
            narrowing: Narrowing::default(),
            request: false,
            reason: None,
        }
    }

    fn write(
        &self,
        who: &Identity,
        at: Timestamp,
        intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
    ) -> Result<Written, WriteError> {
        self.world.write_by(who, at, intent)
    }

    fn land(&self, intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>) -> CommitId {
        landed(self.write(&ana(), time(), intent))
    }

    fn tip(&self) -> CommitId {
        self.world.session.tip().unwrap()
    }

    fn go_to(&self, commit: CommitId) {
        let sandbox = &self.world.sandbox;
        sandbox.git(&["reset", "-q", "--hard", &commit.to_string()]);
    }

    /// Commits the files, none for those that go, with git.
    fn slip(&self, files: &[(&str, Option<&str>)]) {
        for (path, text) in files {
            match text {
                Some(text) => self.world.sandbox.write(path, text),
                None => fs::remove_file(self.world.sandbox.repo().join(path)).unwrap(),
            }
        }
        self.world.sandbox.commit_all("slip");
    }

    /// The file of prod's pointers, in which the router names `number`.
    fn pointers(&self, number: u32) -> String {
        let text = self.world.sandbox.read(POINTERS);
        let (before, rest) = text.split_once("[prompts.router]\nversion = ").unwrap();
        let (_, rest) = rest.split_once('\n').unwrap();
        format!("{before}[prompts.router]\nversion = {number}\n{rest}")
    }

    fn back(&self, basis: &Basis<'_>, way: Way) -> Result<Plan, WriteError> {
        let prod = slug("prod");
        match way {
            Way::Rollback => rollback(
                &self.world.session,
                basis,
                &Rollback {
                    environment: &prod,
                    resources: &[resource(ROUTER)],
                    to: Destination::BeforeTheLastChange,
                    reason: None,
                },
            ),
            Way::Promote => Ok(promote(basis.project, &Self::promotion())?),
            Way::Point | Way::ByHand => Ok(point(
                basis.project,
                &prod,
                &[version(PREVIOUS)],
                false,
                None,
            )?),
        }
    }

    /// Whether the edit of `path` passes as what a commit hook judges, made by ana; nothing of it stays.
    fn passes_the_hook(&self, path: &str, text: &str) -> bool {
        let sandbox = &self.world.sandbox;
        sandbox.write(path, text);
        sandbox.git(&["add", "-A"]);
        let judged = judge(&self.world.session, Subject::Staged, Some(&ana())).unwrap();
        sandbox.git(&["reset", "-q", "--hard"]);
        !any_error(&judged.findings)
    }

    /// The codes of the errors that `check` finds in a commit in which somebody wrote the router's pointer by hand.
    fn errors_by_hand(&self, number: u32) -> Vec<&'static str> {
        let text = self.pointers(number);
        let found = self
            .world
            .forced_by(&ana(), minutes(1), self.tip(), &[put(POINTERS, &text)]);
        let errors = found
            .iter()
            .filter(|finding| finding.severity == Severity::Error);
        errors.map(|finding| finding.code.as_str()).collect()
    }
}

fn landed(written: Result<Written, WriteError>) -> CommitId {
    match written {
        Ok(Written::Landed { commit, .. }) => commit,
        other => panic!("nothing landed: {other:?}"),
    }
}

fn is_refused(written: &Result<Written, WriteError>) -> bool {
    match written {
        Ok(Written::Landed { .. } | Written::Unchanged { .. }) => false,
        Err(WriteError::Refused(_) | WriteError::Plan(_)) => true,
        Err(error) => panic!("{error:?}"),
    }
}

/// The files of a slip: what they say then; none: they go.
type Files = [(&'static str, Option<&'static str>)];

/// Slips that decide nothing about prod, by name.
const SLIPS: &[(&str, &Files)] = &[
    ("a draft", &[("prompts/x/draft.md", Some("Dear all,\n"))]),
    (
        "another environment that is not TOML",
        &[("environments/staging.toml", Some("name = \n"))],
    ),
    (
        "an unknown key of another environment",
        &[("environments/qa.toml", Some("nam = \"Quality\"\n"))],
    ),
    (
        "pointers of another environment that are no numbers",
        &[(
            "pointers/qa.toml",
            Some("[prompts.router]\nversion = \"3\"\n"),
        )],
    ),
    (
        "pointers of another environment to nothing",
        &[("pointers/qa.toml", Some("[prompts.router]\nversion = 99\n"))],
    ),
    (
        "pointers without an environment",
        &[(
            "pointers/canary.toml",
            Some("[prompts.tone]\nversion = 1\n"),
        )],
    ),
    (
        "a release that waits elsewhere and cannot be read",
        &[("pending/qa.toml", Some("prompts = 1\n"))],
    ),
    (
        "a release that is scheduled elsewhere",
        &[("scheduled/qa/1.toml", Some("at = 1\n"))],
    ),
    (
        "a gap in the versions of another resource",
        &[("prompts/tone/7.txt", Some("Be brief.\n"))],
    ),
    (
        "a version that is live elsewhere and says nothing sound",
        &[
            ("providers/other/1.toml", Some("base_url = 1\n")),
            (
                "pointers/qa.toml",
                Some("[providers.other]\nactivation = 1\n"),
            ),
        ],
    ),
    (
        "a version that is live nowhere and says nothing sound",
        &[("providers/other/1.toml", Some("base_url = 1\n"))],
    ),
];

#[test]
fn a_return_to_the_previous_version_gets_past_unrelated_slips_by_every_way() {
    let scene = Scene::new();
    let sound = scene.tip();
    for (name, files) in SLIPS {
        scene.go_to(sound);
        scene.slip(files);
        let slip = scene.tip();
        for way in WAYS {
            match way {
                Way::ByHand => {
                    assert_eq!(scene.errors_by_hand(PREVIOUS), Vec::<&str>::new(), "{name}");
                }
                way => {
                    let written = scene.write(&ana(), minutes(1), |basis| scene.back(basis, way));
                    let commit = landed(written);
                    let found = scene.world.checked(slip, commit);
                    assert!(!any_error(&found), "{name} {way:?}: {found:#?}");
                    scene.go_to(slip);
                }
            }
        }
        let text = scene.pointers(PREVIOUS);
        assert!(scene.passes_the_hook(POINTERS, &text), "{name}");
        // What is no return is refused, as before.
        let forward = scene.write(&ana(), minutes(1), |basis| {
            let publication = publication(
                "prompts/tone",
                "Be kind.\n",
                PublishTarget::To(slug("staging")),
            );
            Ok(publish(basis.project, &publication, |_| false)?)
        });
        let unsound = any_error(
            &judge(&scene.world.session, Subject::Tip, None)
                .unwrap()
                .findings,
        );
        assert!(unsound, "{name}");
        // Versions that are live nowhere hold nothing up.
        let holds_up = !name.contains("nowhere");
        assert_eq!(is_refused(&forward), holds_up, "{name}");
    }
}

/// Files that decide about prod and are not sound, by name; and whether what the rules say of the move hangs on them, so that
/// `check` also finds it where it judges the move alone.
const DECIDING: &[(&str, bool, &str, &str)] = &[
    ("settings", false, "envctl.toml", "colour = \"red\"\n{}"),
    ("members", true, "access.toml", "nick = \"x\"\n{}"),
    (
        "a key of the policy",
        true,
        "environments/prod.toml",
        "{}\n[policy.prompts]\nmin_dwel = \"1h\"\n",
    ),
    (
        "an environment that is not TOML",
        true,
        "environments/prod.toml",
        "{}\nname = \n",
    ),
    (
        "a pointer that is no number",
        false,
        POINTERS,
        "{}\n[prompts.other]\nversion = \"1\"\n",
    ),
    (
        "a pointer to nothing",
        false,
        POINTERS,
        "{}\n[prompts.other]\nversion = 1\n",
    ),
    ("what waits", false, "pending/prod.toml", "{}prompts = 1\n"),
    (
        "a second file of the version",
        true,
        "prompts/router/3.txt",
        "Which one?\n",
    ),
];

#[test]
fn a_return_is_refused_where_a_file_that_decides_about_it_is_unsound() {
    let scene = Scene::new();
    let sound = scene.tip();
    for (name, told_again, path, text) in DECIDING {
        scene.go_to(sound);
        let was = fs::read_to_string(scene.world.sandbox.repo().join(path)).unwrap_or_default();
        scene.slip(&[(path, Some(&text.replace("{}", &was)))]);
        for way in [Way::Rollback, Way::Promote, Way::Point] {
            let written = scene.write(&ana(), minutes(1), |basis| scene.back(basis, way));
            assert!(is_refused(&written), "{name} {way:?}");
        }
        let text = scene.pointers(PREVIOUS);
        assert!(!scene.passes_the_hook(POINTERS, &text), "{name}");
        let errors = scene.errors_by_hand(PREVIOUS);
        assert_eq!(!errors.is_empty(), *told_again, "{name}: {errors:?}");
        let found = scene.world.checked(sound, scene.tip());
        assert!(any_error(&found), "{name}");
    }
}

/// The file of the policy is mended and the pointer moves in one commit: what the rules were nobody can tell.
#[test]
fn no_move_lands_together_with_what_mends_the_rules_that_judge_it() {
    let scene = Scene::new();
    let sound = scene.world.sandbox.read("environments/prod.toml");
    let broken = format!("{sound}\nname = \n");
    scene.slip(&[("environments/prod.toml", Some(&broken))]);
    let found = |changes: &[envctl::files::FileChange]| {
        let found = scene
            .world
            .forced_by(&ana(), minutes(1), scene.tip(), changes);
        let errors = found.into_iter().filter(|finding| any_error([finding]));
        errors
            .map(|finding| (finding.code.as_str(), finding.place.file))
            .collect::<Vec<_>>()
    };
    let (mend, move_) = (
        put("environments/prod.toml", &sound),
        put(POINTERS, &scene.pointers(1)),
    );
    let syntax = ("toml-syntax", "environments/prod.toml".to_owned());
    let approval = |found: &Vec<(&str, String)>| found.iter().any(|(code, _)| *code == "approval");
    let both = found(&[mend.clone(), move_.clone()]);
    assert!(both.contains(&syntax) && !approval(&both), "{both:?}");
    assert_eq!(found(std::slice::from_ref(&mend)), []);
    // One after the other, the rules that were mended judge the move.
    scene.slip(&[("environments/prod.toml", Some(&sound))]);
    let after = found(&[move_]);
    assert!(approval(&after) && !after.contains(&syntax), "{after:?}");
}

/// A version that says nothing sound is no better for being live elsewhere.
#[test]
fn what_moves_to_a_version_that_says_nothing_sound_is_found_wherever_that_is_live_already() {
    let scene = Scene::new();
    scene.slip(&[
        ("providers/other/1.toml", Some("base_url = 1\n")),
        (
            "pointers/staging.toml",
            Some("[providers.other]\nactivation = 1\n"),
        ),
    ]);
    let text = format!(
        "{}\n[providers.other]\nactivation = 1\n",
        scene.world.sandbox.read("pointers/qa.toml")
    );
    let found = scene.world.forced_by(
        &ana(),
        minutes(1),
        scene.tip(),
        &[put("pointers/qa.toml", &text)],
    );
    let wrong = |finding: &&envctl::diag::Finding| finding.place.file == "providers/other/1.toml";
    assert!(found.iter().any(|finding| wrong(&finding)), "{found:#?}");
}

#[test]
fn what_is_no_return_to_the_previous_version_is_held_up_by_a_slip() {
    let scene = Scene::new();
    scene.slip(SLIPS[0].1);
    let prod = slug("prod");
    let to = |number: u32| {
        scene.write(&ana(), minutes(1), |basis| {
            Ok(point(
                basis.project,
                &prod,
                &[version(number)],
                false,
                None,
            )?)
        })
    };
    assert!(is_refused(&to(EARLIER)), "an earlier version");
    assert!(is_refused(&to(1)), "one that was never live");
    let removal = scene.write(&ana(), minutes(1), |basis| {
        Ok(retire(basis.project, &prod, &[resource(ROUTER)], None)?)
    });
    assert!(is_refused(&removal), "a removal");
    let with_more = scene.write(&ana(), minutes(1), |basis| {
        let mut plan = scene.back(basis, Way::Point)?;
        let first = point(
            basis.project,
            &slug("qa"),
            &[resource("prompts/tone").at(VersionNumber::FIRST)],
            false,
            None,
        )?;
        plan.edits.extend(first.edits);
        Ok(plan)
    });
    assert!(is_refused(&with_more), "a return, and something else moves");
    let with_rules = scene.write(&ana(), minutes(1), |basis| {
        let mut plan = scene.back(basis, Way::Point)?;
        let key = PolicyKey::RequiresApproval;
        let setting = PolicySetting::Key {
            kind: None,
            key,
            value: None,
        };
        plan.edits
            .extend(set_policy(basis.project, &prod, &[setting], None)?.edits);
        Ok(plan)
    });
    assert!(is_refused(&with_rules), "a return, and the policy changes");
    // And by the hook of somebody who writes it by hand.
    for number in [EARLIER, 1] {
        let text = scene.pointers(number);
        assert!(!scene.passes_the_hook(POINTERS, &text), "{number}");
    }
}

#[test]
fn a_return_that_breaks_something_is_refused_with_and_without_a_slip() {
    for slip in [false, true] {
        let scene = Scene::new();
        // The rule that is live in qa, 2, asks for a model that the provider that was live before does not list.
        let provider = |models: &str| {
            format!(
                "base_url = \"https://api.openai.com/v1\"\nmodels = {models}\ncredential = \"env::KEY\"\n"
            )
        };
        for models in ["[\"gpt-5-mini\"]", "[\"gpt-5\", \"gpt-5-mini\"]"] {
            scene.land(|basis| {
                let text = provider(models);
                let publication =
                    publication("providers/openai", text, PublishTarget::To(slug("qa")));
                Ok(publish(basis.project, &publication, |_| false)?)
            });
        }
        let one = VersionNumber::FIRST;
        scene.land(|basis| {
            let first = [resource("routing/primary").at(one)];
            Ok(point(basis.project, &slug("qa"), &first, false, None)?)
        });
        if slip {
            scene.slip(SLIPS[0].1);
        }
        let back = |resource_name: &str| {
            scene.write(&ana(), minutes(1), |basis| {
                let (environment, resources) = (slug("qa"), [resource(resource_name)]);
                let back = Rollback {
                    environment: &environment,
                    resources: &resources,
                    to: Destination::BeforeTheLastChange,
                    reason: None,
                };
                rollback(&scene.world.session, basis, &back)
            })
        };
        assert!(is_refused(&back("providers/openai")), "slip: {slip}");
        // What the rule was before goes with either.
        landed(back("routing/primary"));
        landed(back("providers/openai"));
    }
}

/// Who made a return takes it back within an hour, past a slip as well; nobody else does, and not later.
#[test]
fn taking_a_return_back_gets_past_a_slip_as_long_as_it_is_a_return() {
    let scene = Scene::new();
    let dora = person("dora@example.org");
    landed(scene.write(&dora, minutes(1), |basis| scene.back(basis, Way::Rollback)));
    scene.slip(SLIPS[0].1);
    let again = |who: &Identity, at| {
        scene.write(who, at, |basis| {
            Ok(point(
                basis.project,
                &slug("prod"),
                &[version(4)],
                false,
                None,
            )?)
        })
    };
    assert!(is_refused(&again(&ana(), minutes(30))));
    assert!(is_refused(&again(&dora, minutes(62))));
    landed(again(&dora, minutes(61)));
}
