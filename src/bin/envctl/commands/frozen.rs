//! Freezes and windows of environments, as commands show them.

use envctl::model::{EnvironmentSlug, Freeze, FreezeId, Project};
use envctl::ops::Rehearsal;
use envctl::policy::Calendar;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::render::when::When;
use crate::render::{Cell, Table};
use crate::ui::Shown;

/// A freeze.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FreezeBody {
    environment: EnvironmentSlug,
    /// Its name.
    freeze: FreezeId,
    /// When it begins; null: with the commit that wrote it.
    begins: Option<When>,
    /// When it ends; null: when somebody thaws it.
    ends: Option<When>,
    /// Whether it also bars the return to what was live right before.
    rollbacks: bool,
    reason: Option<String>,
}

/// Whether pointers may move in an environment, and when that changes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CalendarBody {
    environment: EnvironmentSlug,
    /// Whether pointers may move now, as far as windows and freezes go.
    open: bool,
    /// When it opens next; null: it is open, or nobody knows.
    opens: Option<When>,
    /// When that changes next; null: never by itself.
    valid_until: Option<When>,
    /// The freezes that are not over.
    freezes: Vec<FreezeBody>,
}

impl FreezeBody {
    fn of(environment: &EnvironmentSlug, id: &FreezeId, freeze: &Freeze) -> Self {
        Self {
            environment: environment.clone(),
            freeze: id.clone(),
            begins: freeze.from.map(When),
            ends: freeze.until.map(When),
            rollbacks: freeze.rollbacks,
            reason: freeze
                .reason
                .as_ref()
                .map(|reason| reason.as_str().to_owned()),
        }
    }

    /// Returns the environment.
    pub fn environment(&self) -> &str {
        self.environment.as_str()
    }
}

impl CalendarBody {
    /// Returns the calendar of `environment` at `now`; `None` if it has neither windows nor freezes that are
    /// not over.
    pub fn of(project: &Project, environment: &EnvironmentSlug, now: Timestamp) -> Option<Self> {
        let calendar = calendar(project, environment);
        let freezes: Vec<FreezeBody> = calendar
            .freezes()
            .filter(|(_, freeze)| freeze.unreadable || !freeze.is_over(now))
            .map(|(id, freeze)| FreezeBody::of(environment, id, freeze))
            .collect();
        if freezes.is_empty() && !calendar.has_windows() {
            return None;
        }
        let open = calendar.allows(now);
        Some(Self {
            environment: environment.clone(),
            open,
            opens: calendar.opens(now).filter(|_| !open).map(When),
            valid_until: calendar.changes_after(now).map(When),
            freezes,
        })
    }
}

/// Returns when pointers of `environment` may move.
pub fn calendar<'p>(project: &'p Project, environment: &EnvironmentSlug) -> Calendar<'p> {
    let known = project.environments.get(environment);
    Calendar::of(
        known.map(|known| &known.policy),
        project.freezes.get(environment),
    )
}

/// Returns what is frozen in `environment` and when it opens next, as sentences; none if nothing bars moves.
pub fn sentences(project: &Project, environment: &EnvironmentSlug, now: Timestamp) -> Vec<String> {
    let calendar = calendar(project, environment);
    let mut sentences = Vec::new();
    for (id, freeze) in calendar.freezes() {
        let until = match freeze.until {
            Some(until) => format!("until {until}"),
            None => "until somebody thaws it".to_owned(),
        };
        let why = freeze.reason.as_ref().map_or_else(String::new, |reason| {
            format!(": {}", Shown(reason.as_str()))
        });
        if freeze.unreadable {
            sentences.push(format!(
                "{environment} counts as frozen: the freeze {id} cannot be read"
            ));
        } else if freeze.bars(now) {
            sentences.push(format!("{environment} is frozen by {id} {until}{why}"));
        } else if let Some(from) = freeze.from.filter(|_| !freeze.is_over(now)) {
            sentences.push(format!(
                "{environment} will be frozen by {id} from {from} {until}{why}"
            ));
        }
    }
    if calendar.allows(now) {
        return sentences;
    }
    match calendar.opens(now) {
        Some(opens) if calendar.has_windows() => {
            sentences.push(format!("{environment} opens at {opens}"));
        }
        _ => {}
    }
    sentences
}

/// Returns the freezes that `rehearsal` adds or removes.
pub fn changed_freezes(rehearsal: &Rehearsal) -> Vec<FreezeBody> {
    let (before, after) = (&rehearsal.before.project, &rehearsal.after.project);
    let of = |one: &Project, other: &Project| {
        let all = one.freezes.iter().flat_map(|(slug, freezes)| {
            let changed = freezes
                .iter()
                .filter(|(id, freeze)| other.freeze(slug, id) != Some(*freeze));
            changed
                .map(|(id, freeze)| FreezeBody::of(slug, id, freeze))
                .collect::<Vec<_>>()
        });
        all.collect::<Vec<_>>()
    };
    let mut changed = of(after, before);
    changed.extend(of(before, after));
    changed
}

/// Returns a table of freezes.
pub fn freezes_table(freezes: &[FreezeBody]) -> Table {
    let mut table = Table::new(&["ENVIRONMENT", "FREEZE", "FROM", "UNTIL", "WHY"]);
    for freeze in freezes {
        let moment = |moment: Option<When>, else_: &str| {
            moment.map_or_else(|| Cell::new(else_), |When(at)| Cell::new(at))
        };
        table.row([
            Cell::new(&freeze.environment),
            Cell::new(&freeze.freeze),
            moment(freeze.begins, "now"),
            moment(freeze.ends, "thawed"),
            freeze
                .reason
                .as_deref()
                .map_or_else(Cell::nothing, Cell::new),
        ]);
    }
    table
}
