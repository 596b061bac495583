//! SARIF 2.1.0, which code scanning and editors read.

use envctl::diag::{Code, Severity};
use envctl::files::without_sure_keys;
use serde_json::{Value, json};

use super::fingerprint::fingerprints;
use super::{CheckReport, Reported};
use crate::address::REPOSITORY;
use crate::render::findings::Located;
use crate::render::{Person, json};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Returns the report as JSON, without a line break at the end.
pub fn render(report: &CheckReport) -> String {
    let findings = report.findings();
    let mut codes: Vec<Code> = findings
        .iter()
        .map(|reported| reported.located.finding.code)
        .collect();
    codes.sort();
    codes.dedup();
    let fingerprints = fingerprints(&findings);
    let results = findings
        .iter()
        .zip(fingerprints)
        .map(|(reported, fingerprint)| {
            let rule = codes
                .binary_search(&reported.located.finding.code)
                .unwrap_or_default();
            result(reported, rule, &fingerprint)
        });
    let driver = json!({
        "name": "envctl",
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "informationUri": REPOSITORY,
        "rules": codes.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
    });
    let run = json!({
        "tool": { "driver": driver },
        "columnKind": "unicodeCodePoints",
        "results": results.collect::<Vec<_>>(),
        "properties": { "subject": report.subject, "head": report.head, "level": report.level, "judged": report.judged },
    });
    let document = json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] });
    json::without_credentials(&document)
        .and_then(|document| json::pretty(&document))
        .unwrap_or_default()
}

fn rule(code: Code) -> Value {
    let text = code.explanation();
    let first = text
        .lines()
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .unwrap_or_default();
    json!({
        "id": code,
        "name": title(code),
        "helpUri": format!("{REPOSITORY}/blob/main/src/diag/codes/{code}.md"),
        "shortDescription": { "text": first },
        "fullDescription": { "text": text },
        "help": { "text": text, "markdown": text },
    })
}

/// Returns the name of a rule as SARIF wants it: `MinDwell`.
fn title(code: Code) -> String {
    let words = code.as_str().split('-').map(|word| {
        let mut characters = word.chars();
        let first = characters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(characters).collect::<String>()
    });
    words.collect()
}

fn result(reported: &Reported<'_>, rule: usize, fingerprint: &str) -> Value {
    let finding = reported.located.finding;
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let text = match &finding.help {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    };
    let mut location = json!({ "physicalLocation": { "artifactLocation": { "uri": encoded(&reported.located.path) } } });
    location["physicalLocation"]["region"] = region(&reported.located);
    if let Some(key) = finding.place.dotted_key() {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": key }]);
    }
    json!({
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": level,
        "message": { "text": text },
        "locations": [location],
        "partialFingerprints": { "envctl/v1": fingerprint },
        "properties": {
            "commit": reported.commit.map(|heading| heading.id),
            "author": reported.commit.and_then(|heading| heading.author.as_ref().map(Person::of)),
            "subject": reported.commit.map(|heading| &heading.subject),
        },
    })
}

/// Returns where a finding begins and ends. One about a whole file covers its lines; one about a file that does not
/// exist is shown at its beginning.
fn region(located: &Located<'_>) -> Value {
    match (located.line_and_column(), located.end) {
        (Some((line, column)), Some((last, end))) => json!({
            "startLine": line, "startColumn": column, "endLine": last, "endColumn": end,
        }),
        _ => {
            let lines = located.text.map_or(1, |text| text.lines().count().max(1));
            json!({ "startLine": 1, "endLine": lines })
        }
    }
}

/// Returns a path as a relative reference: everything that a URI may not hold as it is becomes `%NN`.
fn encoded(path: &str) -> String {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~');
    let encode = |byte: u8| {
        if plain(byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    // After escaping, the beginning of a credential could no longer be recognized.
    without_sure_keys(path).bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::report;
    use super::*;

    #[test]
    fn results_name_their_rules() {
        let document: Value = serde_json::from_str(&render(&report(&["a", "b"]))).unwrap();
        let run = &document["runs"][0];
        assert_eq!(
            (
                &document["version"],
                &run["tool"]["driver"]["rules"][0]["id"]
            ),
            (&json!("2.1.0"), &json!("pointer"))
        );
        assert_eq!(run["results"].as_array().unwrap().len(), 2);
        assert_eq!(run["results"][1]["ruleIndex"], 0);
        assert_eq!(
            run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "envctl.toml"
        );
        let empty: Value = serde_json::from_str(&render(&report(&[]))).unwrap();
        assert_eq!(empty["runs"][0]["results"], json!([]));
    }

    #[test]
    fn a_path_is_a_reference_whatever_is_in_it() {
        assert_eq!(encoded("a b/ü#?.toml"), "a%20b/%C3%BC%23%3F.toml");
    }
}
