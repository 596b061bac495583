use envctl::diag::Finding;
use envctl::model::{
    CommitId, DisplayName, EnvironmentSlug, PolicyValue, Resource, VersionId, VersionNumber,
};
use envctl::ops::{
    Dwell, EnvironmentReview, ReleaseReview, Review, ReviewedMove, RevisionRange, Ruling,
    SettingChange, TextChange, TextDifference, VariableChange, View,
};
use envctl::plan::PolicyChange;
use envctl::policy::Outcome;
use serde::Serialize;

use super::{summary, words};
use crate::commands::moves::MoveBody;
use crate::commands::verdict::{self, VerdictBody};
use crate::context::Context;
use crate::render::findings::{self, Located};
use crate::render::when::rfc3339;

/// A review as data.
#[derive(Serialize)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    range: String,
    from: End<'a>,
    to: End<'a>,
    at: String,
    summary: String,
    environments: Vec<Environment<'a>>,
    published: Vec<Published<'a>>,
    altered: &'a [VersionId],
    vanished: &'a [VersionId],
    settings: Vec<Setting<'a>>,
    access: Option<&'static str>,
    /// What `access.toml` says otherwise, by key.
    members: Vec<Setting<'a>>,
    variables: &'a [VariableChange],
    #[serde(skip_serializing_if = "Option::is_none")]
    texts: Option<Vec<Text<'a>>>,
}

#[derive(Serialize)]
struct End<'a> {
    commit: CommitId,
    project_exists: bool,
    findings: Vec<Located<'a>>,
}

#[derive(Serialize)]
struct Environment<'a> {
    environment: &'a EnvironmentSlug,
    name: Option<&'a DisplayName>,
    production: bool,
    change: &'static str,
    settings: Vec<Setting<'a>>,
    policy: Vec<Policy<'a>>,
    moves: Vec<Moved<'a>>,
    release: Option<Release<'a>>,
}

#[derive(Serialize)]
struct Setting<'a> {
    key: &'a str,
    before: Option<&'a str>,
    after: Option<&'a str>,
}

#[derive(Serialize)]
struct Policy<'a> {
    key: String,
    before: Option<&'a PolicyValue>,
    after: Option<&'a PolicyValue>,
}

#[derive(Serialize)]
struct Release<'a> {
    change: &'static str,
    from: Option<&'a EnvironmentSlug>,
    moves: Vec<Moved<'a>>,
}

#[derive(Serialize)]
struct Moved<'a> {
    #[serde(flatten)]
    moved: MoveBody<'a>,
    /// Where the version's time counts, and since when it is live there.
    source: Option<&'a EnvironmentSlug>,
    live_since: Option<String>,
    lines: Option<Lines>,
    outcome: &'static str,
    eligible: Option<String>,
    verdicts: Vec<VerdictBody>,
    approved_within: Option<Approval>,
}

#[derive(Serialize)]
struct Lines {
    added: usize,
    removed: usize,
}

#[derive(Serialize)]
struct Approval {
    request: CommitId,
    approval: CommitId,
}

#[derive(Serialize)]
struct Published<'a> {
    resource: &'a Resource,
    number: VersionNumber,
    size: u64,
    live: &'a [EnvironmentSlug],
}

#[derive(Serialize)]
struct Text<'a> {
    resource: &'a Resource,
    before: Option<VersionNumber>,
    after: VersionNumber,
    lines: Option<Lines>,
    /// The unified diff; none: `reason` says why.
    diff: Option<String>,
    reason: Option<String>,
}

/// A review of `range` as data, with texts if there was asked for `content`.
pub fn body<'a>(
    context: Context,
    range: &RevisionRange,
    review: &'a Review,
    content: bool,
) -> Body<'a> {
    Body {
        context,
        range: range.to_string(),
        from: end(&review.from),
        to: end(&review.to),
        at: rfc3339(review.at),
        summary: summary::sentence(review),
        environments: review
            .environments
            .iter()
            .map(|one| environment(review, one))
            .collect(),
        published: review.published.iter().map(published).collect(),
        altered: &review.altered,
        vanished: &review.vanished,
        settings: review.settings.iter().map(setting).collect(),
        access: review.access.map(words::fate),
        members: review.members.iter().map(setting).collect(),
        variables: &review.variables,
        texts: content.then(|| review.texts.iter().map(text).collect()),
    }
}

fn end(view: &View) -> End<'_> {
    let found: &[Finding] = &view.state.findings;
    End {
        commit: view.commit,
        project_exists: view.state.project.exists,
        findings: findings::locate_all(found, &view.snapshot),
    }
}

fn environment<'a>(review: &'a Review, one: &'a EnvironmentReview) -> Environment<'a> {
    Environment {
        environment: &one.slug,
        name: one.name.as_ref(),
        production: one.production,
        change: words::fate(one.fate),
        settings: one.settings.iter().map(setting).collect(),
        policy: one.policy.iter().map(policy).collect(),
        moves: one
            .moves
            .iter()
            .map(|reviewed| moved(review, reviewed))
            .collect(),
        release: one
            .release
            .as_ref()
            .map(|release| self::release(review, release)),
    }
}

fn setting(change: &SettingChange) -> Setting<'_> {
    Setting {
        key: &change.key,
        before: change.before.as_deref(),
        after: change.after.as_deref(),
    }
}

fn policy(change: &PolicyChange) -> Policy<'_> {
    Policy {
        key: change.setting.name(),
        before: change.before.as_ref(),
        after: change.setting.value.as_ref(),
    }
}

fn release<'a>(review: &'a Review, release: &'a ReleaseReview) -> Release<'a> {
    Release {
        change: words::release(release.change),
        from: release.from.as_ref(),
        moves: release
            .moves
            .iter()
            .map(|reviewed| moved(review, reviewed))
            .collect(),
    }
}

fn moved<'a>(review: &'a Review, reviewed: &'a ReviewedMove) -> Moved<'a> {
    let (source, since) = match &reviewed.dwell {
        Dwell::Live { source, since, .. } => (Some(source), Some(rfc3339(*since))),
        Dwell::Nowhere | Dwell::Unknown => (None, None),
    };
    let verdicts = match &reviewed.ruling {
        Ruling::Judged(judged) => verdict::bodies(judged),
        Ruling::Unknown | Ruling::Unjudged => Vec::new(),
    };
    let account = reviewed.approved_within.as_ref();
    Moved {
        moved: MoveBody::of(&reviewed.moved),
        source,
        live_since: since,
        lines: review.text_of(&reviewed.moved).and_then(lines),
        outcome: words::verdict(&reviewed.ruling),
        eligible: reviewed
            .ruling
            .outcome()
            .and_then(Outcome::eligible)
            .map(rfc3339),
        verdicts,
        approved_within: account.and_then(|account| {
            let request = account.request.as_ref()?.commit.id;
            Some(Approval {
                request,
                approval: account.origin.id,
            })
        }),
    }
}

fn lines(difference: &TextDifference) -> Option<Lines> {
    match difference {
        TextDifference::Lines { added, removed, .. } => Some(Lines {
            added: *added,
            removed: *removed,
        }),
        _ => None,
    }
}

fn published(published: &envctl::ops::Published) -> Published<'_> {
    let envctl::ops::Published { id, size, live } = published;
    Published {
        resource: &id.resource,
        number: id.number,
        size: *size,
        live,
    }
}

fn text(change: &TextChange) -> Text<'_> {
    let (diff, reason) = match &change.difference {
        TextDifference::Lines { shown, .. } => (
            Some(
                shown
                    .iter()
                    .map(|line| format!("{line}\n"))
                    .collect::<String>(),
            ),
            None,
        ),
        other => (None, Some(words::lines(other))),
    };
    let TextChange {
        resource,
        before,
        after,
        difference,
    } = change;
    Text {
        resource,
        before: *before,
        after: *after,
        lines: lines(difference),
        diff,
        reason,
    }
}
