//! What git makes of two branches that envctl wrote, and what the judge says of the result.

use envctl::diag::{Code, Finding};
use envctl::files::{EnvironmentEdit, EnvironmentRole};
use envctl::model::{Environment, Project, VersionNumber};
use envctl::ops::{Subject, judge};
use envctl::plan::{
    Narrowing, Plan, PlanError, Promotion, PublishTarget, create_environment, delete_environment,
    edit_environment, promote, publish,
};

use crate::project::{World, publication, resource, slug};

type Intent = fn(&Project) -> Result<Plan, PlanError>;

fn make_fallback(project: &Project, to: &str) -> Result<Plan, PlanError> {
    edit_environment(
        project,
        &slug(to),
        &EnvironmentEdit::default(),
        &[EnvironmentRole::GatewayFallback],
        None,
    )
}

fn promote_one(project: &Project, name: &str) -> Result<Plan, PlanError> {
    let resources = vec![resource(name).into()];
    promote(
        project,
        &Promotion {
            from: slug("qa"),
            to: slug("staging"),
            resources,
            prune: false,
            narrowing: Narrowing::default(),
            request: false,
            reason: None,
        },
    )
}

/// Lets two branches each make one change, merges the second into the first, and answers whether git could.
fn merged(world: &mut World, one: Intent, other: Intent) -> bool {
    world.branch("one", "main");
    world.land(one);
    world.branch("other", "main");
    world.land(other);
    world.checkout("one");
    world
        .sandbox
        .try_git(
            &world.sandbox.repo(),
            &["merge", "-q", "--no-edit", "other"],
        )
        .status
        .success()
}

fn conflicts(world: &World) -> String {
    world
        .sandbox
        .git(&["diff", "--name-only", "--diff-filter=U"])
}

fn findings(world: &World) -> Vec<Finding> {
    judge(&world.session, Subject::Tip, None).unwrap().findings
}

#[test]
fn two_fallbacks_conflict() {
    let mut world = World::of("support");
    assert!(!merged(
        &mut world,
        |project| make_fallback(project, "qa"),
        |project| make_fallback(project, "staging")
    ));
    assert_eq!(conflicts(&world), "envctl.toml");
}

#[test]
fn a_fallback_whose_environment_another_branch_deletes_merges_and_is_found() {
    let mut world = World::of("support");
    world.land(|project| {
        create_environment(
            project,
            &slug("canary"),
            &Environment::named_after(&slug("canary")),
            &[],
            None,
        )
    });
    let delete = |project: &Project| delete_environment(project, &slug("canary"), None);
    assert!(merged(&mut world, delete, |project| make_fallback(
        project, "canary"
    )));
    let findings = findings(&world);
    assert_eq!(
        findings
            .iter()
            .map(|finding| finding.code)
            .collect::<Vec<_>>(),
        [Code::GATEWAY_FALLBACK]
    );
    let refused = world.write(|project| promote_one(project, "prompts/router"));
    assert!(
        !matches!(refused, Ok(envctl::ops::Written::Landed { .. })),
        "{refused:?}"
    );
    world.land(|project| make_fallback(project, "prod"));
    assert_eq!(self::findings(&world), []);
    world.sandbox.fsck();
}

#[test]
fn neighbouring_pointers_merge() {
    let mut world = World::of("support");
    world.land(|project| {
        publish(
            project,
            &publication("prompts/tone", "Be brief.\n", PublishTarget::To(slug("qa"))),
            |_| false,
        )
    });
    world.land(|project| {
        publish(
            project,
            &publication("prompts/router", "Route.\n", PublishTarget::To(slug("qa"))),
            |_| false,
        )
    });
    let (one, other): (Intent, Intent) = (
        |project| promote_one(project, "prompts/router"),
        |project| promote_one(project, "prompts/tone"),
    );
    assert!(merged(&mut world, one, other));
    assert_eq!(findings(&world), []);
    let live = world.state(world.sandbox.head()).project;
    for (name, number) in [("prompts/router", 4), ("prompts/tone", 2)] {
        assert_eq!(
            live.live(&slug("staging"), &resource(name))
                .map(VersionNumber::value),
            Some(number)
        );
    }
}

#[test]
fn one_number_published_twice_conflicts() {
    let mut world = World::of("support");
    let publish_text = |project: &Project, text: &str| {
        publish(
            project,
            &publication("prompts/tone", text, PublishTarget::Nowhere),
            |_| false,
        )
    };
    let (one, other): (Intent, Intent) = (
        |project| {
            publish(
                project,
                &publication("prompts/tone", "Be brief.\n", PublishTarget::Nowhere),
                |_| false,
            )
        },
        |project| {
            publish(
                project,
                &publication("prompts/tone", "Be exact.\n", PublishTarget::Nowhere),
                |_| false,
            )
        },
    );
    assert!(!merged(&mut world, one, other));
    assert_eq!(conflicts(&world), "prompts/tone/2.txt");
    assert!(world.sandbox.status().starts_with("AA "));
    // The way out that the rule's text names: the file of the live branch stays, the other text is published again.
    world
        .sandbox
        .git(&["checkout", "--ours", "prompts/tone/2.txt"]);
    world.sandbox.commit_all("merge");
    world.land(|project| publish_text(project, "Be exact.\n"));
    assert_eq!(findings(&world), []);
    assert_eq!(world.sandbox.read("prompts/tone/3.txt"), "Be exact.\n");
}
