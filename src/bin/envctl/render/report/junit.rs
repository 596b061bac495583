//! JUnit's XML, which most CI servers show: a test case for each commit with findings, or one that passes.

use envctl::diag::Severity;
use envctl::files::without_sure_keys;

use super::{CheckReport, Reported};
use crate::ui::is_unshowable;

/// Returns the report as XML, without a line break at the end.
pub fn render(report: &CheckReport) -> String {
    let findings = report.findings();
    let groups: Vec<&[Reported<'_>]> = findings
        .chunk_by(|one, other| one.commit.map(|of| of.id) == other.commit.map(|of| of.id))
        .collect();
    let failures = groups
        .iter()
        .filter(|group| group.iter().any(is_error))
        .count();
    let tests = groups.len().max(1);
    let level = format!("{}: {}", report.level.as_str(), report.level.meaning());
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"envctl check {}\" tests=\"{tests}\" \
         failures=\"{failures}\" errors=\"0\">\n<properties><property name=\"level\" value=\"{}\"/></properties>\n",
        escaped(&report.subject),
        escaped(&level)
    );
    if groups.is_empty() {
        xml.push_str(&format!(
            "<testcase classname=\"envctl\" name=\"{}\"/>\n",
            escaped(&report.subject)
        ));
    }
    groups
        .into_iter()
        .for_each(|group| xml.push_str(&case(report, group)));
    xml + "</testsuite>\n</testsuites>"
}

fn is_error(reported: &Reported<'_>) -> bool {
    reported.located.finding.severity == Severity::Error
}

fn case(report: &CheckReport, group: &[Reported<'_>]) -> String {
    let name = match group.first().and_then(|reported| reported.commit) {
        Some(commit) => format!("{} {}", commit.id.short(), commit.subject),
        None => report.subject.clone(),
    };
    let mut xml = format!(
        "<testcase classname=\"envctl\" name=\"{}\">\n",
        escaped(&name)
    );
    for reported in group.iter().filter(|reported| is_error(reported)) {
        let finding = reported.located.finding;
        xml.push_str(&format!(
            "<failure type=\"{}\" message=\"{}\">{}</failure>\n",
            finding.code,
            escaped(&finding.message),
            escaped(&described(reported))
        ));
    }
    let warnings: Vec<String> = group
        .iter()
        .filter(|reported| !is_error(reported))
        .map(described)
        .collect();
    if !warnings.is_empty() {
        xml.push_str(&format!(
            "<system-out>{}</system-out>\n",
            escaped(&warnings.join("\n"))
        ));
    }
    xml + "</testcase>\n"
}

fn described(reported: &Reported<'_>) -> String {
    let located = &reported.located;
    let place = match located.line_and_column() {
        Some((line, column)) => format!("{}:{line}:{column}", located.path),
        None => located.path.clone(),
    };
    let help = located
        .finding
        .help
        .as_ref()
        .map(|help| format!("\n{help}"))
        .unwrap_or_default();
    format!(
        "{place}: {} [{}]{help}",
        located.finding.message, located.finding.code
    )
}

/// Returns text for an attribute or an element. What XML 1.0 cannot hold becomes a replacement character; what a
/// terminal or the runner of a job would act on becomes a reference.
fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&apos;".to_owned(),
        '\n' => "&#10;".to_owned(),
        '\t' => "&#9;".to_owned(),
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}'.to_string(),
        c if c.is_control() => '\u{fffd}'.to_string(),
        c if is_unshowable(c) => format!("&#x{:x};", u32::from(c)),
        c => c.to_string(),
    };
    without_sure_keys(text)
        .chars()
        .map(escape)
        .collect::<String>()
        .replace("##[", "##&#91;")
}

#[cfg(test)]
mod tests {
    use super::super::tests::report;
    use super::*;

    #[test]
    fn text_stays_text() {
        let xml = render(&report(&["<a href=\"x\">&'\u{0}\u{1b}\u{ffff}"]));
        assert!(
            xml.contains(
                "message=\"&lt;a href=&quot;x&quot;&gt;&amp;&apos;\u{fffd}\u{fffd}\u{fffd}\""
            ),
            "{xml}"
        );
        assert!(xml.contains("tests=\"1\" failures=\"1\""), "{xml}");
    }

    #[test]
    fn what_hides_becomes_a_reference() {
        let xml = render(&report(&["a\u{200d}b\u{202e} ##[group]"]));
        assert!(
            xml.contains("message=\"a&#x200d;b&#x202e; ##&#91;group]\""),
            "{xml}"
        );
    }

    #[test]
    fn where_nothing_was_found_a_test_passes() {
        let xml = render(&report(&[]));
        assert!(
            xml.contains("tests=\"1\" failures=\"0\"") && xml.contains("<testcase "),
            "{xml}"
        );
    }
}
