//! Random sequences of what people do to a project, sensible or not, through the only writer.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use envctl::check::any_error;
use envctl::files::{Edit, EnvironmentEdit, EnvironmentRole};
use envctl::model::{Changes, CommitId, Environment, Extension, Kind, VersionNumber, changes};
use envctl::ops::{Basis, Filter, Rehearsal, Subject, WriteError, Written, actions, judge, log};
use envctl::plan::{
    Action, Message, Narrowing, OnApproval, Plan, PlanError, Promotion, PublishTarget,
    create_environment, delete_environment, edit_environment, promote, promote_with_dependencies,
    publish, reorder_environments,
};
use envctl::store::Store;
use proptest::prelude::*;
use proptest::sample::select;

use crate::cases::cases;
use crate::project::{World, environment_edit, publication, resource, slug, time};
use crate::sandbox::alice;

const SLUGS: [&str; 4] = ["prod", "staging", "qa", "canary"];
const RESOURCES: [&str; 5] = [
    "prompts/router",
    "prompts/tone",
    "routing/primary",
    "providers/openai",
    "prompts/new",
];
const BROKEN: [&[u8]; 4] = [b"\xff", b"", b"x = 1\n", b"models = [\n"];

/// Something that people do to a project, sensible or not.
#[derive(Clone, Debug)]
pub enum Step {
    Publish {
        resource: &'static str,
        payload: Vec<u8>,
        to: Option<&'static str>,
    },
    Promote {
        from: &'static str,
        to: &'static str,
        resources: Vec<&'static str>,
        prune: bool,
        together: bool,
    },
    Create(&'static str, Vec<EnvironmentRole>),
    Edit(&'static str, EnvironmentEdit, Vec<EnvironmentRole>),
    Delete(&'static str),
    Reorder(Vec<&'static str>),
    /// Edits that no command would plan.
    ByHand(Vec<Edit>),
}

impl Step {
    pub fn plan(&self, basis: &Basis<'_>) -> Result<Plan, PlanError> {
        let project = basis.project;
        match self {
            Self::Publish {
                resource,
                payload,
                to,
            } => {
                let release = to.map_or(PublishTarget::Default, |to| PublishTarget::To(slug(to)));
                let publication = publication(resource, payload.clone(), release);
                publish(project, &publication, |content| {
                    content == Store::content_id(payload)
                })
            }
            Self::Promote {
                from,
                to,
                resources,
                prune,
                together,
            } => {
                let resources = resources.iter().map(|name| resource(name).into()).collect();
                let promotion = Promotion {
                    from: slug(from),
                    to: slug(to),
                    resources,
                    prune: *prune,
                    narrowing: Narrowing::default(),
                    request: false,
                    reason: None,
                };
                if *together {
                    promote_with_dependencies(project, basis.configuration, &promotion)
                } else {
                    promote(project, &promotion)
                }
            }
            Self::Create(new, roles) => create_environment(
                project,
                &slug(new),
                &Environment::named_after(&slug(new)),
                roles,
                None,
            ),
            Self::Edit(edited, edit, roles) => {
                edit_environment(project, &slug(edited), edit, roles, None)
            }
            Self::Delete(gone) => delete_environment(project, &slug(gone), None),
            Self::Reorder(order) => reorder_environments(
                project,
                &order.iter().map(|name| slug(name)).collect::<Vec<_>>(),
                None,
            ),
            Self::ByHand(edits) => Ok(Plan {
                requested: Vec::new(),
                on_approval: OnApproval::Stands,
                edits: edits.clone(),
                moves: Vec::new(),
                published: None,
                message: Message::new(Action::EnvEdit, "by hand"),
            }),
        }
    }
}

/// A few things that people do, one after the other.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..12)
}

fn step() -> impl Strategy<Value = Step> {
    let slug = || select(&SLUGS[..]);
    let some = || prop::collection::vec(select(&RESOURCES[..]), 0..3);
    prop_oneof![
        6 => (published(), prop::option::of(slug()))
            .prop_map(|((resource, payload), to)| Step::Publish { resource, payload, to }),
        6 => (slug(), slug(), some(), any::<(bool, bool)>())
            .prop_map(|(from, to, resources, (prune, together))| Step::Promote { from, to, resources, prune, together }),
        3 => (slug(), roles()).prop_map(|(slug, roles)| Step::Create(slug, roles)),
        3 => (slug(), edit(), roles()).prop_map(|(slug, edit, roles)| Step::Edit(slug, edit, roles)),
        4 => slug().prop_map(Step::Delete),
        2 => prop::collection::vec(slug(), 0..4).prop_map(Step::Reorder),
        6 => prop::collection::vec(edit_by_hand(), 1..3).prop_map(Step::ByHand),
    ]
}

/// A resource and a payload for it: mostly one that its kind allows, of a few that differ.
fn published() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let sound = (select(&RESOURCES[..]), 1..5u8)
        .prop_map(|(name, variant)| (name, payload(resource(name).kind, variant).into_bytes()));
    let broken = (select(&RESOURCES[..]), select(&BROKEN[..]));
    prop_oneof![4 => sound, 1 => broken.prop_map(|(name, payload)| (name, payload.to_vec()))]
}

/// One of four texts that may be published as that kind; not every rule goes with every provider.
fn payload(kind: Kind, variant: u8) -> String {
    let models = ["gpt-5", "gpt-5-mini"];
    let model = models[usize::from(variant % 2)];
    match kind {
        Kind::Prompts => format!("x = {variant}\n"),
        Kind::Providers => {
            let listed = if variant > 2 {
                format!("{models:?}")
            } else {
                format!("[{model:?}]")
            };
            format!("base_url = \"https://api.openai.com/v{variant}\"\nmodels = {listed}\n")
        }
        Kind::Routing => format!(
            "endpoint = \"chat\"\nmodels = [\"m{variant}\"]\nstrategy = \"single\"\n\n\
             [targets.main]\nprovider = \"openai\"\nmodel = {model:?}\n"
        ),
    }
}

fn roles() -> impl Strategy<Value = Vec<EnvironmentRole>> {
    prop_oneof![
        3 => Just(vec![]),
        1 => Just(vec![EnvironmentRole::GatewayFallback]),
        1 => Just(vec![EnvironmentRole::DefaultPublish]),
        1 => Just(vec![EnvironmentRole::GatewayFallback, EnvironmentRole::DefaultPublish]),
    ]
}

fn edit() -> impl Strategy<Value = EnvironmentEdit> {
    let name = prop::option::of("[A-Z][a-z'\"]{0,4}");
    let description = prop::option::of("[a-zß\"\\\\ ]{0,6}");
    let color = prop::option::of(select(&["red", "#0a0b0c"][..]).prop_map(str::to_owned));
    let production = prop::option::of(any::<bool>().prop_map(|on| on.to_string()));
    (name, description, color, production).prop_map(environment_edit)
}

fn edit_by_hand() -> impl Strategy<Value = Edit> {
    let place = || {
        (
            select(&SLUGS[..]).prop_map(slug),
            select(&RESOURCES[..]).prop_map(resource),
        )
    };
    let number = || (1..6u32).prop_map(|number| VersionNumber::new(number).unwrap());
    let role = select(
        &[
            EnvironmentRole::GatewayFallback,
            EnvironmentRole::DefaultPublish,
        ][..],
    );
    prop_oneof![
        (place(), prop::option::of(number())).prop_map(|((environment, resource), to)| {
            Edit::Point {
                environment,
                resource,
                to,
            }
        }),
        (place(), number(), 1..5u8).prop_map(|((_, resource), number, variant)| {
            let text = payload(resource.kind, variant);
            let ending = if resource.kind == Kind::Prompts {
                "md"
            } else {
                "toml"
            };
            let extension = Extension::of(resource.kind, ending).unwrap();
            Edit::AddVersion(resource.at(number), extension, text.into_bytes().into())
        }),
        (role, place()).prop_map(|(role, (slug, _))| Edit::Assign(role, slug)),
        place().prop_map(|(slug, _)| Edit::DeleteEnvironment(slug)),
        place().prop_map(|(slug, _)| Edit::CreateEnvironment(
            slug.clone(),
            Environment::named_after(&slug)
        )),
        prop::collection::vec(select(&SLUGS[..]).prop_map(slug), 0..4).prop_map(Edit::Reorder),
    ]
}

/// Every file of the repository but git's objects and envctl's own notes: what a refused write must not change.
fn traces(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut traces = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        if path.ends_with(".git/objects") || path.ends_with(".git/envctl") {
            continue;
        }
        if path.is_dir() {
            traces.extend(traces_under(&path, &name));
        } else {
            traces.insert(name, fs::read(path).unwrap());
        }
    }
    traces
}

fn traces_under(folder: &Path, name: &str) -> impl Iterator<Item = (String, Vec<u8>)> {
    traces(folder)
        .into_iter()
        .map(move |(path, bytes)| (format!("{name}/{path}"), bytes))
}

fn landed(
    world: &World,
    step: &Step,
    tip: CommitId,
    commit: CommitId,
    rehearsal: &Rehearsal,
) -> Changes {
    let (before, after) = (world.state(tip), world.state(commit));
    assert_eq!(
        after.project, rehearsal.after.project,
        "what was judged is what was written"
    );
    assert_eq!(
        world.session.view(None).unwrap().state,
        rehearsal.after,
        "and what the next command reads"
    );
    let found = judge(&world.session, Subject::Tip, None).unwrap().findings;
    assert!(
        !any_error(&found),
        "check finds what write accepted: {found:#?}"
    );
    let settings = &after.project.settings;
    for holder in [&settings.gateway_fallback, &settings.default_publish] {
        assert!(
            holder
                .as_ref()
                .is_some_and(|slug| after.project.environments.contains_key(slug))
        );
    }
    for key in ["gateway_fallback", "default_publish"] {
        let text = world.sandbox.read("envctl.toml");
        assert_eq!(
            text.lines().filter(|line| line.starts_with(key)).count(),
            1,
            "{text}"
        );
    }
    let changes = changes(&before.project, &after.project);
    if !matches!(step, Step::ByHand(_)) {
        assert_eq!(
            changes.moves, rehearsal.plan.moves,
            "what moved is what was planned"
        );
    }
    changes
}

fn run(steps: &[Step]) {
    let world = World::of("support");
    let first = world.sandbox.head();
    let mut history = Vec::new();
    for step in steps {
        let tip = world.session.tip().unwrap();
        let before = traces(&world.sandbox.repo());
        match world.write_by(&alice(), time(), |basis| Ok(step.plan(basis)?)) {
            Ok(Written::Landed {
                commit,
                rehearsal,
                notes,
                ..
            }) => {
                assert_eq!(notes, Vec::<String>::new());
                history.push((commit, landed(&world, step, tip, commit, &rehearsal)));
                continue;
            }
            Ok(Written::Unchanged { rehearsal, .. }) => assert!(rehearsal.is_empty()),
            Err(WriteError::Refused(refused)) => {
                let forced = world.forced(tip, &refused.changes);
                assert_eq!(forced, refused.report.introduced, "{step:?}");
                assert!(any_error(&forced), "{step:?}");
            }
            Err(WriteError::Plan(_)) => {}
            Err(error) => panic!("{step:?}: {error:?}"),
        }
        assert_eq!(
            traces(&world.sandbox.repo()),
            before,
            "{step:?} left a trace"
        );
    }
    assert_eq!(world.sandbox.status(), "");
    world.sandbox.fsck();
    let found = world.checked(first, world.session.tip().unwrap());
    assert!(!any_error(&found), "{found:#?}");
    let view = world.session.view(None).unwrap();
    let shown = log(&world.session, &view, &Filter::default()).unwrap();
    for entry in shown
        .iter()
        .filter(|entry| !entry.commit.message.starts_with("by hand") && !entry.began)
    {
        let noted: Vec<Action> = Action::noted_in(&entry.trailers).into_iter().collect();
        assert_eq!(
            actions(entry),
            noted,
            "what envctl did and nothing else: {entry:#?}"
        );
    }
    let shown = shown
        .into_iter()
        .rev()
        .skip(1)
        .map(|entry| (entry.commit.id, entry.changes));
    history.retain(|(_, changes)| !changes.is_empty());
    assert_eq!(
        shown.collect::<Vec<_>>(),
        history,
        "the log shows each change once"
    );
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn what_write_accepts_check_passes_and_what_it_refuses_check_reports(steps in steps()) {
        run(&steps);
    }
}

#[test]
fn the_steps_include_ones_that_land_and_ones_that_are_refused() {
    let publish = Step::Publish {
        resource: "prompts/tone",
        payload: b"x".to_vec(),
        to: Some("prod"),
    };
    let delete = Step::Delete("qa");
    let hand_over = Step::Edit(
        "qa",
        EnvironmentEdit::default(),
        vec![EnvironmentRole::GatewayFallback],
    );
    let promote = Step::Promote {
        from: "staging",
        to: "prod",
        resources: vec!["prompts/router"],
        prune: false,
        together: false,
    };
    run(&[publish, delete, hand_over, promote]);
}
