//! What a step of the story does, through the same library calls that the commands make.

use anyhow::Context;
use envctl::files::{EnvironmentEdit, EnvironmentRole, PolicySetting};
use envctl::model::{
    Environment, EnvironmentKey, EnvironmentSlug, Freeze, OverridableRule, Project, Reason,
    Resource, TimeSpan, VersionId,
};
use envctl::ops::{
    Basis, Destination, Operation, Rollback, Session, WriteError, Written, rollback, write,
};
use envctl::plan::{
    self, Decision, Evaluation, Narrowing, NewFreeze, Plan, PlanError, Promotion, Publication,
    PublishTarget, attest, create_environment, decide, edit_environment, reorder_environments,
    set_policy,
};
use envctl::store::Store;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::material::MATERIAL;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Deed {
    Init(IgnoredAny),
    Publish(Publish),
    Promote(Promote),
    Create(StoryEnvironment),
    Edit(StoryEnvironment),
    Reorder(Vec<String>),
    Policy(SetPolicy),
    /// Approves the pending release of that environment.
    Approve(String),
    Reject(String),
    Rollback(GoBack),
    Attest(Attested),
    Freeze(StoryFreeze),
}

/// Freezes an environment for so long.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoryFreeze {
    slug: String,
    name: String,
    span: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Publish {
    version: String,
    to: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Promote {
    from: String,
    to: String,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    request: bool,
    /// The rules that it overrides.
    #[serde(default, rename = "override")]
    overrides: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetPolicy {
    slug: String,
    set: Vec<String>,
}

/// What an evaluation found.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Attested {
    version: String,
    check: String,
    cases: u32,
    failures: u32,
    link: String,
}

/// Undoes the last change of each pointer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GoBack {
    slug: String,
    resources: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoryEnvironment {
    slug: String,
    name: Option<String>,
    description: Option<String>,
    color: Option<String>,
    production: Option<bool>,
    #[serde(default)]
    gateway_fallback: bool,
    #[serde(default)]
    default_publish: bool,
}

impl Deed {
    pub(super) fn carry_out(
        &self,
        session: &Session,
        operation: &Operation,
        why: &Reason,
    ) -> anyhow::Result<()> {
        match self {
            Self::Init(_) => anyhow::bail!("a project is made once"),
            Self::Publish(publish) => publish.carry_out(session, operation, why),
            Self::Promote(promote) => {
                let promotion = promote.promotion(why)?;
                let rules = promote
                    .overrides
                    .iter()
                    .map(|rule| rule.parse())
                    .collect::<Result<Vec<OverridableRule>, _>>()?;
                commit(session, operation, |project| {
                    Ok(plan::promote(project, &promotion)?.overriding(&rules))
                })
            }
            Self::Create(describe) => {
                let (slug, environment) = (describe.slug()?, describe.environment()?);
                let roles = describe.roles();
                commit(session, operation, |project| {
                    create_environment(project, &slug, &environment, &roles, Some(why))
                })
            }
            Self::Edit(describe) => {
                let (slug, edit, roles) = (describe.slug()?, describe.edit()?, describe.roles());
                commit(session, operation, |project| {
                    edit_environment(project, &slug, &edit, &roles, Some(why))
                })
            }
            Self::Reorder(slugs) => {
                let slugs = slugs
                    .iter()
                    .map(|slug| slug.parse())
                    .collect::<Result<Vec<_>, _>>()?;
                commit(session, operation, |project| {
                    reorder_environments(project, &slugs, Some(why))
                })
            }
            Self::Policy(policy) => {
                let slug = policy.slug.parse()?;
                let settings = policy
                    .set
                    .iter()
                    .map(|text| text.parse())
                    .collect::<Result<Vec<PolicySetting>, _>>()?;
                commit(session, operation, |project| {
                    set_policy(project, &slug, &settings, Some(why))
                })
            }
            Self::Approve(slug) => decision(session, operation, slug, Decision::Approve, why),
            Self::Reject(slug) => decision(session, operation, slug, Decision::Reject, why),
            Self::Rollback(back) => back.carry_out(session, operation, why),
            Self::Attest(attested) => {
                let (version, check) = (attested.version.parse()?, attested.check.parse()?);
                let evaluation = attested.evaluation()?;
                commit(session, operation, |project| {
                    attest(project, &version, &check, &evaluation, Some(why))
                })
            }
            Self::Freeze(story) => {
                let span: TimeSpan = story.span.parse()?;
                let at = operation.committer_time.at;
                let new = Freeze {
                    until: Some(span.after(at)),
                    reason: Some(why.clone()),
                    ..Freeze::default()
                };
                let (slug, name) = (story.slug.parse()?, story.name.parse()?);
                commit(session, operation, |project| {
                    let new = NewFreeze {
                        environments: std::slice::from_ref(&slug),
                        name: Some(&name),
                        freeze: &new,
                    };
                    plan::freeze(project, new, at)
                })
            }
        }
    }
}

fn decision(
    session: &Session,
    operation: &Operation,
    slug: &str,
    decision: Decision,
    why: &Reason,
) -> anyhow::Result<()> {
    let slug = slug.parse()?;
    commit(session, operation, |project| {
        decide(project, &slug, decision, Some(why))
    })
}

fn commit(
    session: &Session,
    operation: &Operation,
    intent: impl Fn(&Project) -> Result<Plan, PlanError>,
) -> anyhow::Result<()> {
    land(session, operation, |basis| Ok(intent(basis.project)?))
}

/// Writes a step. A step of the story that changes nothing is a mistake in the story.
fn land(
    session: &Session,
    operation: &Operation,
    intent: impl Fn(&Basis<'_>) -> Result<Plan, WriteError>,
) -> anyhow::Result<()> {
    match write(session, operation, intent)? {
        Written::Landed { .. } => Ok(()),
        Written::Unchanged { .. } => anyhow::bail!("that changes nothing"),
    }
}

impl Attested {
    fn evaluation(&self) -> anyhow::Result<Evaluation> {
        Ok(Evaluation {
            passed: self.failures == 0,
            score: None,
            cases: Some(self.cases),
            failures: Some(self.failures),
            link: Some(self.link.parse()?),
        })
    }
}

impl GoBack {
    fn carry_out(
        &self,
        session: &Session,
        operation: &Operation,
        why: &Reason,
    ) -> anyhow::Result<()> {
        let (environment, resources) = (self.slug.parse()?, resources(&self.resources)?);
        let to = Destination::BeforeTheLastChange;
        let back = Rollback {
            environment: &environment,
            resources: &resources,
            to,
            reason: Some(why),
        };
        land(session, operation, |basis| rollback(session, basis, &back))
    }
}

fn resources(texts: &[String]) -> anyhow::Result<Vec<Resource>> {
    Ok(texts
        .iter()
        .map(|text| text.parse())
        .collect::<Result<_, _>>()?)
}

impl Publish {
    fn carry_out(
        &self,
        session: &Session,
        operation: &Operation,
        why: &Reason,
    ) -> anyhow::Result<()> {
        let version: VersionId = self.version.parse()?;
        let folder = MATERIAL.get_dir(version.resource.to_string());
        let stem = version.number.to_string();
        let file = folder.and_then(|folder| {
            folder
                .files()
                .find(|file| file.path().file_stem() == Some(stem.as_ref()))
        });
        let file = file.with_context(|| format!("{version} does not ship"))?;
        let publication = Publication {
            resource: version.resource,
            payload: file.contents().into(),
            extension: file
                .path()
                .extension()
                .and_then(|extension| extension.to_str())
                .map(str::to_owned),
            release: self
                .to
                .as_deref()
                .map_or(Ok(PublishTarget::Default), |to| {
                    to.parse().map(PublishTarget::To)
                })?,
            reason: Some(why.clone()),
        };
        let name = Store::content_id(&publication.payload);
        commit(session, operation, |project| {
            plan::publish(project, &publication, |content| content == name)
        })
    }
}

impl Promote {
    fn promotion(&self, why: &Reason) -> anyhow::Result<Promotion> {
        Ok(Promotion {
            from: self.from.parse()?,
            to: self.to.parse()?,
            resources: resources(&self.resources)?
                .into_iter()
                .map(Into::into)
                .collect(),
            prune: false,
            narrowing: Narrowing::default(),
            request: self.request,
            reason: Some(why.clone()),
        })
    }
}

impl StoryEnvironment {
    fn slug(&self) -> anyhow::Result<EnvironmentSlug> {
        Ok(self.slug.parse()?)
    }

    fn edit(&self) -> anyhow::Result<EnvironmentEdit> {
        let production = self.production.map(|production| production.to_string());
        let settings = [
            (EnvironmentKey::Name, &self.name),
            (EnvironmentKey::Description, &self.description),
            (EnvironmentKey::Color, &self.color),
            (EnvironmentKey::Production, &production),
        ];
        let named = settings
            .into_iter()
            .filter_map(|(key, text)| Some((key, text.as_deref()?)));
        Ok(EnvironmentEdit::parse(named)?)
    }

    fn environment(&self) -> anyhow::Result<Environment> {
        let mut environment = Environment::named_after(&self.slug()?);
        self.edit()?.apply(&mut environment);
        Ok(environment)
    }

    fn roles(&self) -> Vec<EnvironmentRole> {
        let asked = [
            (self.default_publish, EnvironmentRole::DefaultPublish),
            (self.gateway_fallback, EnvironmentRole::GatewayFallback),
        ];
        asked
            .into_iter()
            .filter(|(asked, _)| *asked)
            .map(|(_, role)| role)
            .collect()
    }
}
