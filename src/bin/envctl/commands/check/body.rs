use envctl::model::CommitId;
use envctl::ops::{Assurance, LandingVerdict, LandingWay};
use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::CheckArgs;
use crate::context::Context;
use crate::render::report::{CheckReport, Reported, ReportedBody};
use crate::render::when::When;

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    pub context: Context,
    /// The commit that was judged, or that edits in progress are based on; null: no commit.
    pub commit: Option<CommitId>,
    /// What was judged: tip, staged, worktree or range.
    pub examined: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<RangeBody>,
    pub level: Assurance,
    pub findings: Vec<ReportedBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
pub struct RangeBody {
    base: Option<CommitId>,
    head: Option<CommitId>,
    commits: usize,
    judged: usize,
    pinned: bool,
    /// How it lands; null: all ways were judged, or it has landed.
    landing: Option<LandingWay>,
    /// The ways of landing that were judged, and whether each is allowed.
    ways: Vec<LandingBody>,
    /// The next moment at which time alone changes the verdict, if it is known.
    valid_until: Option<When>,
}

#[derive(Serialize, JsonSchema)]
struct LandingBody {
    landing: LandingWay,
    allowed: bool,
}

impl LandingBody {
    fn of(verdict: &LandingVerdict) -> Self {
        Self {
            landing: verdict.way,
            allowed: verdict.passes,
        }
    }
}

impl<'a> Body<'a> {
    /// Returns the answer about one project.
    pub fn of(
        args: &CheckArgs,
        context: Context,
        examined: &'static str,
        (report, findings): (&CheckReport, &'a [Reported<'a>]),
    ) -> Self {
        let range = args.words.first().map(|_| RangeBody {
            base: report.base,
            head: report.head,
            commits: report.commits,
            judged: report.judged,
            pinned: args.pin_policy,
            landing: args.way(),
            ways: report.landings.iter().map(LandingBody::of).collect(),
            valid_until: report.valid_until.map(When),
        });
        Self {
            context,
            commit: report.head,
            examined,
            range,
            level: report.level,
            findings: ReportedBody::all(findings),
        }
    }
}
