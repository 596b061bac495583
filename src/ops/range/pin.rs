use std::collections::BTreeSet;

use jiff::Timestamp;

use super::asked::LandingWay;
use super::branch::Branch;
use super::displaced::{displaced_before, displaced_finding};
use super::inputs::{Landing, RangeInputs, demands_signatures};
use super::landing;
use super::net::Pull;
use super::report::{Assurance, CommitFindings, RangeReport};
use crate::check::check_date;
use crate::model::{CommitId, EnvironmentSlug, Identity, Project, moves};
use crate::ops::ReadError;
use crate::ops::project_place::ProjectPlace;
use crate::policy::Calendar;
use crate::store::{Actor, Ancestors};

/// Judges whether what `head` brings may land on `base` now: its commits by the rules of `base`,
/// and its effect on `base` for the way in which it lands, or for all ways if that is not known.
pub(super) fn judge(
    inputs: &RangeInputs<'_>,
    (base, head): (CommitId, CommitId),
    way: Option<LandingWay>,
) -> Result<RangeReport, ReadError> {
    let mut live = Ancestors::of(Some(base));
    let commits = inputs.store.brought_by(&[head], &mut live)?;
    let place = ProjectPlace::at(inputs.store, inputs.store.root_of(base)?, inputs.folder)?;
    let lands = Landing::on(inputs, base)?;
    let mut branch = Branch::new(inputs, inputs.folder, (base, &place.state), lands);
    branch.judge(&commits, &[head])?;
    date(inputs, &commits, &place, &mut branch.findings)?;
    let pull = Pull {
        inputs,
        base,
        head,
        place: &place,
        lands,
        commits: &commits,
    };
    let (landed, landings, lapses) = match commits.is_empty() {
        true => (Vec::new(), Vec::new(), None),
        false => landing::judge(&pull, &mut branch, way)?,
    };
    let level = if demands_signatures(&place.state.project) {
        Assurance::Signed
    } else {
        Assurance::Unsigned
    };
    let after = branch.point(head)?.place.state;
    let opens = calendar_changes(&place.state.project, &after.project, inputs.now);
    let expires = keys_expire(&place.state.project, &branch.authors, inputs.now);
    let (judged, mut findings) = (branch.judged, branch.findings);
    findings.extend(landed);
    // A warning, since the pull request did not cause it. But whoever looks at the base should
    // learn of it.
    if let Some(branch) = &place.state.project.settings.branch
        && let Some(displaced) = displaced_before(inputs, branch, base)?
    {
        let strict_commit = inputs.store.strict_commit(displaced.merge)?.ok();
        let warning = vec![displaced_finding(&displaced)];
        findings.push(inputs.found(displaced.merge, strict_commit.as_ref(), warning, &place)?);
    }
    let all = findings.iter().flat_map(|of| &of.findings);
    let waits = all.filter_map(|finding| finding.eligible);
    Ok(RangeReport {
        valid_until: waits
            .chain(lapses)
            .chain(opens)
            .chain(expires)
            .filter(|at| *at > inputs.now)
            .min(),
        lapses,
        base: Some(base),
        head,
        commits: commits.len(),
        judged,
        level,
        findings,
        landings,
    })
}

/// Returns when the windows and freezes of `live` change what they say of the moves from there to `after`.
fn calendar_changes(live: &Project, after: &Project, now: Timestamp) -> Vec<Timestamp> {
    let moved = moves(live, after);
    let places: BTreeSet<&EnvironmentSlug> = moved.iter().map(|moved| &moved.environment).collect();
    let changes = places.into_iter().filter_map(|slug| {
        let policy = live.environments.get(slug).map(|known| &known.policy);
        Calendar::of(policy, live.freezes.get(slug)).changes_after(now)
    });
    changes.collect()
}

/// Returns when the first key of one of `authors` expires after `now`, where signatures are required. A verdict holds
/// until then at least: which of several keys signed is not asked.
fn keys_expire(project: &Project, authors: &[(Actor, bool)], now: Timestamp) -> Option<Timestamp> {
    let access = project.access.as_ref();
    let access = access.filter(|_| demands_signatures(project))?;
    let members = authors.iter().filter_map(|(author, _)| {
        let who = Identity::new(&author.name, &author.email).ok()?;
        access.member(who.email())
    });
    let ends = members.flat_map(|(_, member)| member.keys.iter().map(|key| key.valid_before));
    ends.flatten().filter(|end| *end > now).min()
}

/// Adds to `found` what is wrong with the dates of `commits`. Any of them may end up on the live
/// line, and later commits then count as live since that date.
fn date(
    inputs: &RangeInputs<'_>,
    commits: &[(CommitId, Vec<CommitId>)],
    place: &ProjectPlace,
    found: &mut Vec<CommitFindings>,
) -> Result<(), ReadError> {
    for (commit, _) in commits {
        // Headers that can be read in more than one way are a finding of their own if the commit
        // touches the project.
        let Ok(own) = inputs
            .store
            .commit(*commit)
            .map(|record| record.committer.at)
        else {
            continue;
        };
        let Some(finding) = check_date(inputs.ahead(own)) else {
            continue;
        };
        match found.iter_mut().find(|found| found.commit == *commit) {
            Some(found) => found.findings.push(finding),
            None => {
                let strict_commit = inputs.store.strict_commit(*commit)?.ok();
                found.push(inputs.found(*commit, strict_commit.as_ref(), vec![finding], place)?);
            }
        }
    }
    Ok(())
}
