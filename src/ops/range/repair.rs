use super::asked::Range;
use super::folders::folder_at;
use super::inputs::{Landing, RangeInputs, demands_signatures};
use super::report::{Assurance, RangeReport};
use super::terms::Terms;
use crate::check::{Meta, Transition, check_transition};
use crate::model::CommitId;
use crate::ops::inquiry::Inquiry;
use crate::ops::project_place::ProjectPlace;
use crate::ops::{ReadError, TimedLine};

/// Judges `merge`, which restores the line that the one of `replaced` had displaced. Nothing
/// changes except which line is live.
pub(super) fn repair(
    inputs: &RangeInputs<'_>,
    (replaced, merge): (CommitId, CommitId),
    line: &TimedLine,
    terms: &Terms,
) -> Result<RangeReport, ReadError> {
    let store = inputs.store;
    let range = Range {
        base: Some(replaced),
        head: merge,
    };
    let folder = folder_at(inputs, replaced, merge)?;
    let place = ProjectPlace::at(store, store.root_of(merge)?, &folder)?;
    let rules = terms.rules.clone().unwrap_or_else(|| place.state.clone());
    let at = line.position(merge).unwrap_or_default();
    let (own, effective) = (line.own(at), line.get(at).map(|(_, effective)| effective));
    let mut findings = Vec::new();
    match store.strict_commit(merge)? {
        Err(why) => {
            let finding = inputs.malformed_commit(&place, place.tree, &why);
            findings.push(inputs.found(merge, None, vec![finding], &place)?);
        }
        Ok(strict_commit) => {
            let own = own.unwrap_or(strict_commit.committer.at);
            let lands = Landing {
                own,
                effective: effective.unwrap_or(own),
            };
            let signs = demands_signatures(&rules.project);
            let meta = Meta {
                // No file changes, so the rules about files find nothing. The step counts as a move
                // of the whole project, which requires the permission to manage it.
                moved: true,
                ..inputs.meta(&strict_commit, lands, signs)
            };
            let mut inquiry = Inquiry::new(store, &folder, Some(replaced));
            let (state, stand) = (&*place.state, terms.stand(None));
            let report = inquiry.ask(|facts| {
                check_transition(&Transition {
                    before: state,
                    after: state,
                    meta: &meta,
                    wrong_before: None,
                    published: None,
                    facts,
                    stand,
                })
            })?;
            if !report.introduced.is_empty() {
                findings.push(inputs.found(
                    merge,
                    Some(&strict_commit),
                    report.introduced,
                    &place,
                )?);
            }
        }
    }
    let level = match demands_signatures(&rules.project) {
        true => Assurance::Signed,
        false => Assurance::Unsigned,
    };
    Ok(RangeReport {
        base: range.base,
        head: range.head,
        commits: 1,
        judged: 1,
        level,
        findings,
        landings: Vec::new(),
        valid_until: None,
        lapses: None,
    })
}
