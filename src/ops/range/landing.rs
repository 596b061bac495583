//! What a pull request does when it lands, for each way in which a forge may land it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::asked::{LandingWay, Range};
use super::branch::Branch;
use super::combined::combined;
use super::inputs::RangeInputs;
use super::joint::{Joint, joint};
use super::line::{judge_by, off_the_line, swapped};
use super::net::{Net, Pull, conflict};
use super::rebased::{Rebased, rebased};
use super::report::{CommitFindings, LandingVerdict};
use super::terms::Terms;
use crate::check::any_error;
use crate::diag::{Code, Finding};
use crate::model::{CommitId, Override, Statement, Trailers};
use crate::ops::{ReadError, TimedLine};
use crate::store::{Actor, Draft, Drafts};

mod warnings;

/// The most authors for which a squash is judged. Findings that do not depend on the author are
/// reported beyond that, too.
const MOST_AUTHORS: usize = 16;

/// Whether a fast-forward can land a pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Forward {
    /// The live line continues.
    Continues,
    /// The base does not lead to the head, so no forge offers it.
    Parted,
    /// This merge would make another line the live one.
    Replaces(CommitId),
}

/// What was found, whether each way is allowed, and when that changes for its age.
type Landed = (Vec<CommitFindings>, Vec<LandingVerdict>, Option<Timestamp>);

/// Judges what `pull`, whose commits are those of `branch`, does when it lands in the way that is
/// `asked` about. `None` asks about all ways. Also returns which of the ways that a forge can take
/// are allowed, and when the first request or approval in it becomes too old.
///
/// # Errors
///
/// [`ReadError::OffTheLine`] where it is to land by a fast-forward, which would replace the live line.
pub(super) fn judge(
    pull: &Pull<'_, '_>,
    branch: &mut Branch<'_, '_>,
    asked: Option<LandingWay>,
) -> Result<Landed, ReadError> {
    let forward = match asked {
        None | Some(LandingWay::FastForward) => forward(pull, branch)?,
        // Not asked about another way of landing, since the answer takes a walk along the whole
        // line.
        Some(_) => Forward::Parted,
    };
    if asked == Some(LandingWay::FastForward) {
        require_forward(pull, forward)?;
    }
    let net = Net::of(pull, branch)?;
    let Some(root) = net.root else {
        let ways = LandingWay::ALL.into_iter();
        let ways = ways.filter(|way| asked.is_none_or(|asked| asked == *way));
        let barred = ways.map(|way| LandingVerdict { way, passes: false });
        return Ok((net.findings, barred.collect(), None));
    };
    let landing = Lander {
        pull,
        net: &net,
        authors: authors(branch),
        // Simulating takes a walk per way and author. Without a move the rules of time and policy
        // do not apply, and an error in a commit bars every way of landing anyway.
        simulates: (branch.moves || net.moves()) && !any_found(&branch.findings),
        drafts: pull.inputs.store.drafts()?,
        root,
    };
    let mut ways = Vec::new();
    for way in LandingWay::ALL {
        if asked.is_some_and(|asked| asked != way) {
            continue;
        }
        let found = match way {
            // The net effect was judged already as a merge onto the base, so this way needs no
            // simulation.
            LandingWay::Merge => Some(net.findings.clone()),
            LandingWay::Squash => Some(landing.squash(asked)?),
            LandingWay::Rebase => landing.rebase(asked)?,
            LandingWay::FastForward if forward == Forward::Continues => {
                Some(landing.forward(branch)?)
            }
            LandingWay::FastForward => None,
        };
        ways.extend(found.map(|found| (way, found)));
    }
    let warned = landing.warnings(asked, forward);
    // What is wrong with a commit of the branch bars every way.
    let barred = any_found(&branch.findings) || any_error(&warned);
    let verdict = |(way, found): &(LandingWay, Vec<CommitFindings>)| LandingVerdict {
        way: *way,
        passes: !barred && !any_found(found),
    };
    let verdicts = ways.iter().map(verdict).collect();
    let mut found = combined(&branch.findings, ways);
    if !warned.is_empty() {
        let strict_commit = pull.inputs.store.strict_commit(pull.head)?.ok();
        found.push(
            pull.inputs
                .found(pull.head, strict_commit.as_ref(), warned, &net.after)?,
        );
    }
    Ok((found, verdicts, net.origins.lapses()))
}

/// Succeeds if the branch goes on from the live line.
fn require_forward(pull: &Pull<'_, '_>, forward: Forward) -> Result<(), ReadError> {
    let ends = (pull.base, pull.head);
    match forward {
        Forward::Continues => Ok(()),
        Forward::Parted => Err(off_the_line(pull.inputs, ends.0, ends.1)),
        Forward::Replaces(merge) => Err(swapped(ends, merge)),
    }
}

fn forward(pull: &Pull<'_, '_>, branch: &mut Branch<'_, '_>) -> Result<Forward, ReadError> {
    let Pull {
        inputs, base, head, ..
    } = *pull;
    if !inputs.store.is_ancestor(base, head)? {
        return Ok(Forward::Parted);
    }
    let folder = branch.point(head)?.place.folder;
    let inputs = at(inputs, &folder);
    let line = TimedLine::of(inputs.store, &folder, head)?;
    if line.position(base).is_some() {
        return Ok(Forward::Continues);
    }
    Ok(match joint(&inputs, &line, base)? {
        Joint::Untouched { .. } | Joint::Repair { .. } => Forward::Continues,
        Joint::Swapped { merge } => Forward::Replaces(merge),
    })
}

/// Returns the same inputs for a project that ends in `folder`, and that no server has received.
fn at<'s>(inputs: &RangeInputs<'s>, folder: &'s crate::store::ProjectFolder) -> RangeInputs<'s> {
    RangeInputs {
        store: inputs.store,
        folder,
        now: inputs.now,
        received: None,
    }
}

/// Reports whether any of the findings is an error.
fn any_found(found: &[CommitFindings]) -> bool {
    any_error(found.iter().flat_map(|found| &found.findings))
}

/// Returns whom a squash may have as its author: those who made commits, or else those who made
/// merges.
fn authors(branch: &Branch<'_, '_>) -> Vec<Actor> {
    let of = |merged: bool| {
        let by = branch.authors.iter().filter(move |(_, by)| *by == merged);
        by.map(|(author, _)| author.clone()).collect::<Vec<_>>()
    };
    let made = of(false);
    if made.is_empty() { of(true) } else { made }
}

/// Lands a pull request in memory.
struct Lander<'a, 's> {
    pull: &'a Pull<'a, 's>,
    net: &'a Net,
    authors: Vec<Actor>,
    simulates: bool,
    drafts: Drafts<'s>,
    /// The root tree after it.
    root: crate::model::ContentId,
}

impl Lander<'_, '_> {
    fn terms(&self, drafted: bool) -> Terms {
        Terms {
            rules: Some(self.pull.place.state.clone()),
            drafted,
        }
    }

    /// Returns what fails if all of it becomes one commit, whichever of its authors that has.
    fn squash(&self, asked: Option<LandingWay>) -> Result<Vec<CommitFindings>, ReadError> {
        if !self.simulates || self.authors.is_empty() {
            return Ok(self.net.findings.clone());
        }
        let inputs = at(self.pull.inputs, &self.net.after.folder);
        // The forge chooses the author, so only what fails for every author is certain to fail.
        // Findings are compared by code and place, because their text names the author.
        let mut common: Option<Vec<Finding>> = None;
        let message = self.joined_messages()?;
        for author in self.authors.iter().take(MOST_AUTHORS) {
            let head = self.drafts.commit(&Draft {
                merged: None,
                tree: self.root,
                parent: self.pull.base,
                author,
                at: self.pull.lands.own,
                message: &message,
                committer: self.keeps_overrides(asked).then_some(author),
            })?;
            let range = Range {
                base: Some(self.pull.base),
                head,
            };
            let report = judge_by(&inputs, range, &self.terms(true))?;
            let findings = report.findings.into_iter().flat_map(|found| found.findings);
            // Date and message are those of the simulation, not of a real commit.
            let real = |finding: &Finding| !is_date(finding) && finding.code != Code::OVERRIDE;
            let findings: Vec<Finding> = findings.filter(real).collect();
            common = Some(match common {
                None => findings,
                Some(mut common) => {
                    let says = |finding: &Finding| (finding.code, finding.place.clone());
                    let here: BTreeSet<_> = findings.iter().map(says).collect();
                    common.retain(|finding| here.contains(&says(finding)));
                    common
                }
            });
        }
        self.net.by_culprit(self.pull, common.unwrap_or_default())
    }

    /// Reports whether simulated commits keep the overrides that are stated. A forge that makes the commits
    /// anew loses them; unless it is known that this one does, that is a warning and no refusal.
    fn keeps_overrides(&self, asked: Option<LandingWay>) -> bool {
        asked.is_none() && self.net.origins.take_overrides()
    }

    /// Returns the message of a squash: a forge joins those of the commits.
    fn joined_messages(&self) -> Result<String, ReadError> {
        let (mut messages, mut stated) = (Vec::new(), Vec::new());
        for (commit, _) in self.pull.commits {
            if let Ok(commit) = self.pull.inputs.store.strict_commit(*commit)? {
                let overrides = Statement::of(&commit.message).overrides;
                let line = |stated: &Override| {
                    format!("{}{}: {stated}", Trailers::PREFIX, Trailers::OVERRIDE)
                };
                stated.extend(overrides.iter().map(line));
                messages.push(format!("* {}", commit.message.trim()));
            }
        }
        messages.extend((!stated.is_empty()).then(|| stated.join("\n")));
        Ok(messages.join("\n\n"))
    }

    /// Returns what fails if each commit is made again on the base. Returns `None` if it conflicts
    /// there, in which case no forge lands it in this way.
    fn rebase(&self, asked: Option<LandingWay>) -> Result<Option<Vec<CommitFindings>>, ReadError> {
        let mut found = self.net.findings.clone();
        if !self.simulates {
            return Ok(Some(found));
        }
        match rebased(self.pull, &self.drafts, self.keeps_overrides(asked))? {
            // Nothing that a rebase could carry over, or a commit whose headers read in two ways.
            // That one has its finding from the branch, which bars every way of landing.
            Rebased::Nothing => {}
            Rebased::Conflict(..) if asked.is_none() => return Ok(None),
            Rebased::Conflict(commit, files) => {
                let findings = files.into_iter().map(conflict).collect();
                let strict_commit = self.pull.inputs.store.strict_commit(commit)?.ok();
                let place = &self.net.after;
                found.push(self.pull.inputs.found(
                    commit,
                    strict_commit.as_ref(),
                    findings,
                    place,
                )?);
            }
            Rebased::Line(line) => {
                let inputs = at(self.pull.inputs, &line.folder);
                let range = Range {
                    base: Some(self.pull.base),
                    head: line.head,
                };
                let report = judge_by(&inputs, range, &self.terms(true))?;
                for of in report.findings {
                    let findings = of.findings.into_iter().filter(|finding| !is_date(finding));
                    // The rebased commits exist in memory only, so a finding is reported at the
                    // original that the author can change.
                    let commit = line.of.get(&of.commit).copied().unwrap_or(of.commit);
                    let strict_commit = self.pull.inputs.store.strict_commit(commit)?.ok();
                    found.push(CommitFindings {
                        commit,
                        subject: strict_commit
                            .map(|commit| commit.subject)
                            .unwrap_or_default(),
                        findings: findings.collect(),
                        ..of
                    });
                }
            }
        }
        Ok(Some(found))
    }

    /// Returns what fails if the branch is moved to the head. Each commit becomes live by itself,
    /// and the server receives all of them at once.
    fn forward(&self, branch: &mut Branch<'_, '_>) -> Result<Vec<CommitFindings>, ReadError> {
        let mut found = self.net.findings.clone();
        if self.simulates {
            let folder = branch.point(self.pull.head)?.place.folder;
            let inputs = RangeInputs {
                // A pull request has not been live before it lands, so dwell counts from now,
                // whatever dates its commits have.
                received: Some(self.pull.inputs.now),
                ..at(self.pull.inputs, &folder)
            };
            let range = Range {
                base: Some(self.pull.base),
                head: self.pull.head,
            };
            found.extend(judge_by(&inputs, range, &self.terms(false))?.findings);
        }
        Ok(found)
    }
}

/// Reports whether the finding is about a date. Dates of simulated commits mean nothing.
fn is_date(finding: &Finding) -> bool {
    [Code::DATE_ORDER, Code::FUTURE_DATE].contains(&finding.code)
}
