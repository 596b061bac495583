use std::collections::{BTreeMap, BTreeSet};

use super::asked::LandingWay;
use super::report::CommitFindings;
use crate::check::any_error;
use crate::diag::{Code, Finding, Place as FindingPlace};
use crate::model::CommitId;

/// What identifies a finding of one commit, independent of the moment of landing.
type LandingKey = (CommitId, Code, FindingPlace);

/// Returns what was found for each way of landing, each finding once. A finding that only some ways
/// have names the ways that are safe. What was found `already` in the commits is left out.
pub(super) fn combined(
    already: &[CommitFindings],
    ways: Vec<(LandingWay, Vec<CommitFindings>)>,
) -> Vec<CommitFindings> {
    let key = |of: &CommitFindings, finding: &Finding| -> LandingKey {
        (of.commit, finding.code, finding.place.clone())
    };
    let keys = |found: &[CommitFindings]| -> Vec<LandingKey> {
        let all = found
            .iter()
            .flat_map(|of| of.findings.iter().map(|finding| key(of, finding)));
        all.collect()
    };
    let known: BTreeSet<LandingKey> = keys(already).into_iter().collect();
    let mut failing: BTreeMap<LandingKey, BTreeSet<LandingWay>> = BTreeMap::new();
    for (way, found) in &ways {
        for key in keys(found) {
            failing.entry(key).or_default().insert(*way);
        }
    }
    let sound = |found: &[CommitFindings]| {
        !any_error(found.iter().flat_map(|of| {
            of.findings
                .iter()
                .filter(|finding| !known.contains(&key(of, finding)))
        }))
    };
    let safe = ways
        .iter()
        .find(|(_, found)| sound(found))
        .map(|(way, _)| *way);
    let all = ways.len();
    let mut shown = known.clone();
    let mut combined = Vec::new();
    for (_, found) in ways {
        for mut of in found {
            let findings = std::mem::take(&mut of.findings);
            for finding in findings {
                let key = key(&of, &finding);
                if !shown.insert(key.clone()) {
                    continue;
                }
                let failing = &failing[&key];
                of.findings.push(match failing.len() < all {
                    true => depending(finding, failing, safe),
                    false => finding,
                });
            }
            if !of.findings.is_empty() {
                combined.push(of);
            }
        }
    }
    combined
}

/// Returns the finding, which only some ways of landing have, with the way that is safe.
fn depending(
    finding: Finding,
    failing: &BTreeSet<LandingWay>,
    safe: Option<LandingWay>,
) -> Finding {
    let phrases: Vec<&str> = failing.iter().map(|way| way.phrase()).collect();
    let phrases = match phrases.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    };
    let mut help = format!("this applies if it lands by {phrases}");
    if let Some(safe) = safe {
        help.push_str(&format!(
            "; land it by {}: envctl check --pin-policy --landing {}",
            safe.phrase(),
            safe.as_str()
        ));
    }
    // The condition comes first: whoever lands it in another way need not read on.
    let lines: Vec<String> = std::iter::once(help).chain(finding.help.clone()).collect();
    Finding {
        help: Some(lines.join("\n")),
        landing: failing.iter().map(|way| way.as_str()).collect(),
        ..finding
    }
}
