use envctl::diag::Finding;
use envctl::model::{
    CommitId, DisplayName, EnvironmentSlug, LoosenedRule, PolicyValue, Resource, VersionNumber,
    reason_of,
};
use envctl::ops::{
    Dwell, EnvironmentReview, ReleaseReview, Review, ReviewedMove, RevisionRange, Ruling,
    SettingChange, TextChange, TextDifference, VariableChange, View,
};
use envctl::plan::PolicyChange;
use envctl::policy::Outcome;
use schemars::JsonSchema;
use serde::Serialize;

use super::{summary, words};
use crate::commands::moves::{MoveBody, VersionBody};
use crate::commands::rolled_back::RolledBackBody;
use crate::commands::verdict::{self, VerdictBody};
use crate::commands::who::{ApprovedBody, Person};
use crate::context::Context;
use crate::render::findings::{self, Located};
use crate::render::when::When;

/// A review as data.
#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    revisions: String,
    base: CommitId,
    head: CommitId,
    /// Whether the project exists in `base`, and in `head`.
    base_exists: bool,
    head_exists: bool,
    /// What could not be read in `base`, and in `head`.
    base_findings: Vec<Located<'a>>,
    head_findings: Vec<Located<'a>>,
    summary: String,
    changes: Vec<EnvironmentChangeBody<'a>>,
    published: Vec<DiffPublishedBody<'a>>,
    altered: Vec<VersionBody>,
    vanished: Vec<VersionBody>,
    settings: Vec<Setting<'a>>,
    access: Option<&'static str>,
    /// The changes of `access.toml`, by key.
    member_changes: Vec<Setting<'a>>,
    /// The moves, made or requested, that would bring back a version that was rolled back.
    rolled_back: Vec<RolledBackBody>,
    loosened: Vec<LoosenedBody<'a>>,
    variable_changes: &'a [VariableChange],
    #[serde(skip_serializing_if = "Option::is_none")]
    texts: Option<Vec<TextChangeBody<'a>>>,
}

#[derive(Serialize, JsonSchema)]
struct EnvironmentChangeBody<'a> {
    environment: &'a EnvironmentSlug,
    name: Option<&'a DisplayName>,
    production: bool,
    change: &'static str,
    settings: Vec<Setting<'a>>,
    policy_changes: Vec<PolicyKeyBody<'a>>,
    moves: Vec<MovedBody<'a>>,
    pending_change: Option<RequestChangeBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct Setting<'a> {
    key: &'a str,
    #[schemars(with = "Option<PolicyValue>")]
    old: Option<&'a str>,
    #[schemars(with = "Option<PolicyValue>")]
    new: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct PolicyKeyBody<'a> {
    key: String,
    old: Option<&'a PolicyValue>,
    new: Option<PolicyValue>,
}

#[derive(Serialize, JsonSchema)]
struct RequestChangeBody<'a> {
    change: &'static str,
    from: Option<&'a EnvironmentSlug>,
    moves: Vec<MovedBody<'a>>,
    /// Who requested it, or closed it, and why.
    author: Option<Person<'a>>,
    commit: Option<CommitId>,
    reason: Option<String>,
}

/// A rule that holds no longer, or less strictly.
#[derive(Serialize, JsonSchema)]
struct LoosenedBody<'a> {
    environment: &'a EnvironmentSlug,
    /// The key, with the kind that it is loosened for if it still holds for others.
    key: String,
    old: Option<PolicyValue>,
    new: Option<PolicyValue>,
}

#[derive(Serialize, JsonSchema)]
struct MovedBody<'a> {
    #[serde(flatten)]
    moved: MoveBody<'a>,
    /// The source in which dwell counts, and since when the version is live there.
    source: Option<&'a EnvironmentSlug>,
    live_since: Option<When>,
    lines: Option<LineCountBody>,
    outcome: &'static str,
    eligible: Option<When>,
    verdicts: Vec<VerdictBody>,
    approved_within: Option<ApprovalBody>,
    /// Who set the pointer between the two commits and why; of an approved request, `approval` has the request.
    author: Option<Person<'a>>,
    commit: Option<CommitId>,
    reason: Option<String>,
    approval: Option<ApprovedBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct LineCountBody {
    added: usize,
    removed: usize,
}

#[derive(Serialize, JsonSchema)]
struct ApprovalBody {
    requested_in: CommitId,
    approved_in: CommitId,
}

#[derive(Serialize, JsonSchema)]
struct DiffPublishedBody<'a> {
    resource: &'a Resource,
    version: VersionNumber,
    size: u64,
    live_in: &'a [EnvironmentSlug],
}

/// How a text changes, as data.
#[derive(Serialize, JsonSchema)]
pub struct TextChangeBody<'a> {
    resource: &'a Resource,
    before: Option<VersionNumber>,
    after: VersionNumber,
    lines: Option<LineCountBody>,
    /// The unified diff; null: `message` says why.
    diff: Option<String>,
    message: Option<String>,
}

/// Returns a review of `range` as data, with texts if `content` asks for them.
pub fn body<'a>(
    context: Context,
    range: &RevisionRange,
    review: &'a Review,
    content: bool,
) -> Body<'a> {
    Body {
        context,
        revisions: range.to_string(),
        base: review.from.commit,
        head: review.to.commit,
        base_exists: review.from.state.project.exists,
        head_exists: review.to.state.project.exists,
        base_findings: unread(&review.from),
        head_findings: unread(&review.to),
        summary: summary::sentence(review),
        changes: review
            .environments
            .iter()
            .map(|one| environment(review, one))
            .collect(),
        published: review.published.iter().map(published).collect(),
        altered: VersionBody::all(&review.altered),
        vanished: VersionBody::all(&review.vanished),
        settings: review.settings.iter().map(setting).collect(),
        access: review.access.map(words::fate),
        member_changes: review.members.iter().map(setting).collect(),
        rolled_back: words::rolled_back(review),
        loosened: loosened(review),
        variable_changes: &review.variables,
        texts: content.then(|| review.texts.iter().map(text).collect()),
    }
}

fn loosened(review: &Review) -> Vec<LoosenedBody<'_>> {
    let (before, after) = (&review.from.state.project, &review.to.state.project);
    let kept = before.environments.iter().filter_map(|(slug, old)| {
        let new = after.environments.get(slug)?;
        Some((slug, old.policy.loosened(&new.policy)))
    });
    let body = |(environment, rules): (_, Vec<LoosenedRule>)| {
        rules.into_iter().map(move |rule| LoosenedBody {
            environment,
            key: rule.name(),
            old: rule.before,
            new: rule.after,
        })
    };
    kept.flat_map(body).collect()
}

fn unread(view: &View) -> Vec<Located<'_>> {
    let found: &[Finding] = &view.state.findings;
    findings::locate_all(found, &view.snapshot)
}

fn environment<'a>(review: &'a Review, one: &'a EnvironmentReview) -> EnvironmentChangeBody<'a> {
    EnvironmentChangeBody {
        environment: &one.slug,
        name: one.name.as_ref(),
        production: one.production,
        change: words::fate(one.fate),
        settings: one.settings.iter().map(setting).collect(),
        policy_changes: one.policy.iter().map(policy).collect(),
        moves: one
            .moves
            .iter()
            .map(|reviewed| moved(review, reviewed))
            .collect(),
        pending_change: one
            .release
            .as_ref()
            .map(|release| self::release(review, release)),
    }
}

fn setting(change: &SettingChange) -> Setting<'_> {
    Setting {
        key: &change.key,
        old: change.before.as_deref(),
        new: change.after.as_deref(),
    }
}

fn policy(change: &PolicyChange) -> PolicyKeyBody<'_> {
    PolicyKeyBody {
        key: change.setting.name(),
        old: change.before.as_ref(),
        new: change.setting.value(),
    }
}

fn release<'a>(review: &'a Review, release: &'a ReleaseReview) -> RequestChangeBody<'a> {
    RequestChangeBody {
        change: words::release(release.change),
        from: release.from.as_ref(),
        moves: release
            .moves
            .iter()
            .map(|reviewed| moved(review, reviewed))
            .collect(),
        author: release
            .commit
            .as_ref()
            .map(|commit| Person::of(&commit.author)),
        commit: release.commit.as_ref().map(|commit| commit.id),
        reason: release
            .commit
            .as_ref()
            .and_then(|commit| reason_of(&commit.message)),
    }
}

fn moved<'a>(review: &'a Review, reviewed: &'a ReviewedMove) -> MovedBody<'a> {
    let (source, since) = match &reviewed.dwell {
        Dwell::Live { source, since, .. } => (Some(source), Some(When(*since))),
        Dwell::Nowhere | Dwell::Unknown => (None, None),
    };
    let verdicts = match &reviewed.ruling {
        Ruling::Judged(judged) => verdict::bodies(judged),
        Ruling::Unknown | Ruling::Unjudged => Vec::new(),
    };
    let within = reviewed.approved_within();
    let account = reviewed.account.as_ref();
    MovedBody {
        moved: MoveBody::of(&reviewed.moved),
        source,
        live_since: since,
        lines: review.text_of(&reviewed.moved).and_then(lines),
        outcome: words::verdict(&reviewed.ruling),
        eligible: reviewed
            .ruling
            .outcome()
            .and_then(Outcome::eligible)
            .map(When),
        verdicts,
        author: account.map(|account| Person::of(&account.origin.author)),
        commit: account.map(|account| account.origin.id),
        reason: account.and_then(|account| reason_of(&account.origin.message)),
        approval: account.and_then(ApprovedBody::of),
        approved_within: within.and_then(|account| {
            let request = account.request.as_ref()?.commit.id;
            Some(ApprovalBody {
                requested_in: request,
                approved_in: account.origin.id,
            })
        }),
    }
}

fn lines(difference: &TextDifference) -> Option<LineCountBody> {
    match difference {
        TextDifference::Lines { added, removed, .. } => Some(LineCountBody {
            added: *added,
            removed: *removed,
        }),
        _ => None,
    }
}

fn published(published: &envctl::ops::PublishedText) -> DiffPublishedBody<'_> {
    let envctl::ops::PublishedText { id, size, live } = published;
    DiffPublishedBody {
        resource: &id.resource,
        version: id.number,
        size: *size,
        live_in: live,
    }
}

/// Returns how a text changes, as data.
pub fn text(change: &TextChange) -> TextChangeBody<'_> {
    let (diff, message) = match &change.difference {
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
    TextChangeBody {
        resource,
        before: *before,
        after: *after,
        lines: lines(difference),
        diff,
        message,
    }
}
