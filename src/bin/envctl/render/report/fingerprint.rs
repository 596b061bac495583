use std::collections::BTreeMap;

use envctl::model::ContentId;
use envctl::store::Store;

use super::Reported;

/// Returns a fingerprint for each finding from its rule, file, key and message, so that it stays the same when its line
/// moves.
pub(super) fn fingerprints(findings: &[Reported<'_>]) -> Vec<String> {
    let mut seen: BTreeMap<ContentId, usize> = BTreeMap::new();
    let mut fingerprint = |reported: &Reported<'_>| {
        let finding = reported.located.finding;
        let key = finding.place.dotted_key().unwrap_or_default();
        let parts = [
            finding.code.as_str(),
            &reported.located.path,
            &key,
            &finding.message,
        ];
        let id = Store::content_id(parts.join("\0").as_bytes());
        let times = seen.entry(id).or_default();
        *times += 1;
        if *times == 1 {
            id.to_string()
        } else {
            format!("{id}-{times}")
        }
    };
    findings.iter().map(&mut fingerprint).collect()
}
