//! Use cases over a session: what the commands do, as functions that return data.
//!
//! [`write()`] is the only way to change a project: it reads the tip, plans, applies the plan as text, parses that text
//! again, lets the judge look at it, and only then moves the branch. Everything else reads.

mod account;
mod actions;
mod advice;
mod bisect;
mod blame;
mod catch_up;
mod course;
mod delivery;
mod diff;
mod doctor;
mod earlier;
mod error;
mod evidence;
mod explain;
mod guess;
mod history;
mod init;
mod inquiry;
mod judge;
mod last_changes;
mod later_changes;
mod lifeline;
mod line;
mod log;
mod log_entry;
mod moved_on;
mod open_to_push;
mod operation;
mod pending;
mod pointer_changes;
mod project_place;
mod projects;
mod provenance;
mod push;
mod push_once;
mod range;
mod rehearse;
mod render;
mod replay;
mod resolve;
mod review;
mod rollback;
#[cfg(test)]
mod round_trip;
mod route;
mod selection;
mod session;
mod set_by;
mod status;
mod sync;
mod trail;
mod undo;
mod undo_choice;
mod undone_commit;
mod upstream;
mod variables;
mod versions;
mod view;
mod whereabouts;
mod write;
mod writer;

pub use account::{Account, Asked};
pub use actions::actions;
pub use bisect::{BisectError, Bisection, Culprit, Suspect, Tested, Trial, bisect};
pub use blame::{Blamed, blame};
pub use delivery::Delivery;
pub use diff::{Difference, diff};
pub use doctor::{Gravity, Problem, examine, treat};
pub use earlier::{Earlier, earlier};
pub use error::{ReadError, WriteError};
pub use evidence::{CheckRecord, VetoRecord, checks_of};
pub use explain::{Explanation, explain, rolled_back};
pub use guess::{EarlierState, Guess};
pub use history::History;
pub use init::{
    NewProject, found, init, name_tables_in_diffs, rehearse_anew, rehearse_found, rehearse_init,
};
pub use judge::{Judgement, Subject, judge};
pub use line::{LEEWAY, TimedLine};
pub use log::{Filter, log};
pub use log_entry::LogEntry;
pub use moved_on::MovedOn;
pub use operation::{Basis, Operation, Rehearsal, Written};
pub use pending::{Waiting, pending};
pub use pointer_changes::{PointerChange, PointerChanges};
pub use projects::{all_projects, judged_in_range};
pub use range::{
    Assurance, CommitFindings, Displaced, LandingVerdict, LandingWay, Pin, Push, PushDestination,
    PushError, PushedRange, Range, RangeReport, Refusal, Unjudged, Update, check_range, displaced,
    judge_push,
};
pub use rehearse::{rehearse, require_clean};
pub use render::{RenderError, render};
pub use resolve::{Resolution, ResolveError, Resolved, Served, Unknown, resolve, resolve_alone};
pub use review::{
    Beginning, DiffLine, Dwell, EnvironmentReview, Fate, PublishedText, ReleaseChange,
    ReleaseReview, Review, ReviewedMove, RevisionRange, Ruling, SettingChange, TextChange,
    TextDifference, VersionText, commits_between, landed, review, text_change, text_changes,
    version_text,
};
pub use rollback::{Destination, Rollback, rollback};
pub use route::{Hop, Routing, RoutingError, route};
pub use selection::{Selection, SessionTarget};
pub use session::Session;
pub use status::{FailedCheck, Status, StatusRow, failed_checks, status};
pub use sync::{Synced, sync};
pub use undo::{WayBack, undo, way_back};
pub use undo_choice::UndoChoiceError;
pub use undone_commit::{UndoneCommit, commit_to_undo};
pub use upstream::{SyncState, Upstream};
pub use variables::{VariableChange, variable_change, variable_changes, variables_of};
pub use versions::{VersionOrigin, VersionRecord, VersionStretch, versions};
pub use view::{Moment, View};
pub use write::{write, write_if};
