use envctl::model::{CommitId, EnvironmentSlug, MemberName, Move, reason_of};
use envctl::ops::{Account, Filter, LogEntry, actions};
use envctl::plan::Action;
use schemars::JsonSchema;
use serde::Serialize;

use crate::commands::moves::{self, MoveBody, VersionBody};
use crate::commands::overridden::OverrideBody;
use crate::commands::who::{ApprovedBody, Person, subject};
use crate::context::Context;
use crate::render::when::When;

/// A log as data.
#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    context: Context,
    commit: CommitId,
    /// The requested period, as it was understood.
    since: Option<When>,
    until: Option<When>,
    entries: Vec<EntryBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct EntryBody<'a> {
    commit: CommitId,
    at: When,
    author: Person<'a>,
    /// The action that envctl noted; null: the commit was made by hand.
    action: Option<Action>,
    /// The actions that its files confirm.
    actions: Vec<Action>,
    subject: &'a str,
    reason: Option<&'a str>,
    /// The rules that were overridden for its moves, by environment.
    overridden: Vec<OverrideBody>,
    moves: Vec<LoggedMoveBody<'a>>,
    requested: Vec<Requested<'a>>,
    approved: Vec<&'a EnvironmentSlug>,
    closed: Vec<&'a EnvironmentSlug>,
    tampered: Vec<&'a EnvironmentSlug>,
    published: Vec<VersionBody>,
    created: &'a [EnvironmentSlug],
    edited: &'a [EnvironmentSlug],
    policies: &'a [EnvironmentSlug],
    deleted: &'a [EnvironmentSlug],
    gateway_fallback: Option<&'a EnvironmentSlug>,
    default_publish: Option<&'a EnvironmentSlug>,
    reordered: bool,
    project_edited: bool,
    /// The members whose access changed.
    members_changed: &'a [MemberName],
    access_edited: bool,
}

#[derive(Serialize, JsonSchema)]
struct LoggedMoveBody<'a> {
    #[serde(flatten)]
    moved: MoveBody<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<OriginBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<ApprovedBody<'a>>,
}

/// The commit that a merge brought a move from.
#[derive(Serialize, JsonSchema)]
struct OriginBody<'a> {
    commit: CommitId,
    author: Person<'a>,
    subject: &'a str,
    reason: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Requested<'a> {
    environment: &'a EnvironmentSlug,
    moves: Vec<MoveBody<'a>>,
}

impl<'a> Body<'a> {
    /// Returns the log of what led to `commit`.
    pub fn of(
        context: Context,
        commit: CommitId,
        filter: &Filter,
        entries: &'a [LogEntry],
    ) -> Self {
        Self {
            context,
            commit,
            since: filter.since.map(When),
            until: filter.until.map(When),
            entries: entries.iter().map(body).collect(),
        }
    }
}

fn body(entry: &LogEntry) -> EntryBody<'_> {
    let changes = &entry.changes;
    let handed = changes.roles.as_ref();
    EntryBody {
        commit: entry.commit.id,
        at: When(entry.at),
        author: Person::of(&entry.commit.author),
        action: Action::noted_in(&entry.trailers),
        actions: actions(entry),
        subject: subject(&entry.commit),
        reason: entry.reason.as_deref(),
        overridden: entry.overrides.iter().map(OverrideBody::of).collect(),
        moves: changes
            .moves
            .iter()
            .zip(&entry.accounts)
            .map(|(moved, account)| of(entry, moved, account))
            .collect(),
        requested: entry
            .requested()
            .map(|(slug, moves)| requested(slug, moves))
            .collect(),
        approved: entry.approved().collect(),
        closed: entry.closed().map(|(environment, _)| environment).collect(),
        tampered: entry.tampered().collect(),
        published: VersionBody::all(&changes.published),
        created: &changes.created,
        edited: &changes.edited,
        policies: &changes.policies,
        deleted: &changes.deleted,
        gateway_fallback: handed.and_then(|(before, after)| {
            after
                .gateway_fallback
                .as_ref()
                .filter(|slug| before.gateway_fallback.as_ref() != Some(slug))
        }),
        default_publish: handed.and_then(|(before, after)| {
            after
                .default_publish
                .as_ref()
                .filter(|slug| before.default_publish.as_ref() != Some(slug))
        }),
        reordered: changes.reordered,
        project_edited: changes.project_edited,
        members_changed: &changes.members,
        access_edited: changes.access,
    }
}

fn of<'a>(entry: &LogEntry, moved: &'a Move, account: &'a Account) -> LoggedMoveBody<'a> {
    let of = &account.origin;
    let origin = (of.id != entry.commit.id).then(|| OriginBody {
        commit: of.id,
        author: Person::of(&of.author),
        subject: subject(of),
        reason: reason_of(&of.message),
    });
    LoggedMoveBody {
        moved: MoveBody::of(moved),
        origin,
        approval: ApprovedBody::of(account),
    }
}

fn requested<'a>(environment: &'a EnvironmentSlug, moves: &'a [Move]) -> Requested<'a> {
    Requested {
        environment,
        moves: moves::bodies(moves),
    }
}
