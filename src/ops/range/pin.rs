use super::bench::{Bench, Landing, demands_signatures};
use super::branch::Branch;
use super::line::without;
use super::place::Place;
use super::report::{Assurance, CommitFindings, RangeReport};
use crate::check::{Meta, Stand, Transition, check_date, check_transition, place_of};
use crate::diag::{self, Code, Finding};
use crate::model::{CommitId, ContentId, changed_entries};
use crate::ops::ReadError;
use crate::ops::inquiry::Inquiry;
use crate::store::{Ancestors, Merged};

/// Judges whether what `head` brings may land on `base` now: its commits by the rules of `base`, and the net change as if it
/// were merged at this moment.
pub(super) fn judge(
    bench: &Bench<'_>,
    base: CommitId,
    head: CommitId,
) -> Result<RangeReport, ReadError> {
    let mut live = Ancestors::of(Some(base));
    let commits = bench.store.brought_by(&[head], &mut live)?;
    let place = Place::at(bench.store, bench.store.root_of(base)?, bench.folder)?;
    let lands = Landing::on(bench, base)?;
    let mut branch = Branch::new(bench, bench.folder, &place.state, lands);
    branch.judge(&commits, &[head])?;
    date(bench, &commits, &place, &mut branch.findings)?;
    let net = match commits.is_empty() {
        true => Vec::new(),
        false => net(bench, (base, head), (&place, lands), &mut branch)?,
    };
    let level = if demands_signatures(&place.state.project) {
        Assurance::Signed
    } else {
        Assurance::Unsigned
    };
    let (judged, mut findings) = (branch.judged, branch.findings);
    findings.extend(net);
    Ok(RangeReport {
        base: Some(base),
        head,
        commits: commits.len(),
        judged,
        level,
        findings,
    })
}

/// Adds to `found` what is wrong with the dates of `commits`: any of them may come onto the live line, and what is made on it
/// then is live since that date.
fn date(
    bench: &Bench<'_>,
    commits: &[(CommitId, Vec<CommitId>)],
    place: &Place,
    found: &mut Vec<CommitFindings>,
) -> Result<(), ReadError> {
    for (commit, _) in commits {
        // Where the headers read in more than one way, that is a finding of its own if the project is touched.
        let Ok(own) = bench
            .store
            .commit(*commit)
            .map(|record| record.committer.at)
        else {
            continue;
        };
        let Some(finding) = check_date(bench.ahead(own)) else {
            continue;
        };
        match found.iter_mut().find(|found| found.commit == *commit) {
            Some(found) => found.findings.push(finding),
            None => {
                let attested = bench.store.attested(*commit)?.ok();
                found.push(bench.found(*commit, attested.as_ref(), vec![finding], place)?);
            }
        }
    }
    Ok(())
}

/// What is wrong with the merge of both, by the commit that brought it about.
fn net(
    bench: &Bench<'_>,
    (base, head): (CommitId, CommitId),
    (place, lands): (&Place, Landing),
    branch: &mut Branch<'_, '_>,
) -> Result<Vec<CommitFindings>, ReadError> {
    let store = bench.store;
    let head_commit = store.attested(head)?.ok();
    let root = match merged(bench, base, head)? {
        Merged::Tree(root) => root,
        Merged::Conflicts(files) => {
            let findings = files.into_iter().map(conflict).collect();
            return Ok(vec![bench.found(
                head,
                head_commit.as_ref(),
                findings,
                place,
            )?]);
        }
    };
    let mut after = place.clone();
    let (_, mut tree) = after.compare(store, root)?;
    // Where the project is gone, it may have moved to where the head has it: by the rules of BASE that is a move all the same.
    let folder = branch.point(head)?.place.folder;
    let moved = folder != after.folder
        && !store.holds_project(root, &after.folder)?
        && store.holds_project(root, &folder)?;
    if moved {
        tree = store.folder_in(root, &folder)?;
        after.folder = folder;
    }
    if let Err(error) = after.advance(store, tree) {
        let finding = bench.malformed_tree(error)?;
        let found = bench.found(head, head_commit.as_ref(), vec![finding], place)?;
        return Ok(if branch.findings.is_empty() {
            vec![found]
        } else {
            Vec::new()
        });
    }
    let (old, new) = (&place.state.project, &after.state.project);
    let mut origins = branch.origins((base, old), &[head], new)?;
    origins.by_nobody = true;
    if moved {
        branch.explain_move(&mut origins, &[head], &after.folder)?;
    }
    let meta = Meta {
        moved,
        effective: lands.effective,
        ..Meta::unsigned(None, lands.own)
    };
    let mut inquiry = Inquiry::new(store, bench.folder, Some(base));
    let (before, now) = (&*place.state, &*after.state);
    let stand = Stand::Merge(&origins);
    let report = inquiry.ask(|facts| {
        check_transition(&Transition {
            before,
            after: now,
            meta: &meta,
            wrong_before: None,
            facts,
            stand,
        })
    })?;
    let entries = changed_entries(old, new);
    let culprit = |finding: &Finding| {
        let at = |entry: &&crate::model::Entry| place_of(entry, new) == finding.place;
        entries
            .iter()
            .find(at)
            .and_then(|entry| origins.get(entry))
            .map_or(head, |origin| origin.commit)
    };
    let findings = without(report.introduced, &branch.findings);
    let mut found: Vec<(CommitId, Vec<Finding>)> = Vec::new();
    for finding in findings {
        let commit = culprit(&finding);
        match found.iter_mut().find(|(known, _)| *known == commit) {
            Some((_, findings)) => findings.push(finding),
            None => found.push((commit, vec![finding])),
        }
    }
    let with_author = |(commit, findings)| {
        let attested = store.attested(commit)?.ok();
        bench.found(commit, attested.as_ref(), findings, &after)
    };
    found.into_iter().map(with_author).collect()
}

fn merged(bench: &Bench<'_>, base: CommitId, head: CommitId) -> Result<Merged, ReadError> {
    if bench.store.is_ancestor(base, head)? {
        return Ok(Merged::Tree(root(bench, head)?));
    }
    Ok(bench.store.merged(base, head, bench.folder)?)
}

fn root(bench: &Bench<'_>, commit: CommitId) -> Result<ContentId, ReadError> {
    Ok(bench.store.root_of(commit)?)
}

fn conflict(file: String) -> Finding {
    let message = "this file conflicts with the branch that it is to be merged into";
    let help = "bring the branch up to date, with git merge or git rebase, and decide there";
    Finding::error(Code::MERGE_CONFLICT, diag::Place::file(file), message).help(help)
}
