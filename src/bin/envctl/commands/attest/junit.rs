//! Reads JUnit reports, the form in which pytest, DeepEval, promptfoo and most other tools write what they found.
//!
//! Tools differ, so only what all of them agree on is used: `testcase` elements, and in them `failure`, `error` and
//! `skipped`. Where the attributes of a suite count more failures than there are elements, the attributes count.

use roxmltree::{Document, Node, ParsingOptions};

use crate::error::Failure;
use crate::exit::Exit;

/// The most bytes of a report: 1 MiB.
pub const MOST: u64 = 1024 * 1024;

/// What a report says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestReport {
    /// How many cases were evaluated; those that were skipped do not count.
    pub cases: u32,
    /// How many of them failed.
    pub failures: u32,
}

/// Reads the report with these `bytes`, which came from `name`.
///
/// # Errors
///
/// When it is too large, is not a JUnit report, or no case was evaluated.
pub fn read(name: &str, bytes: &[u8]) -> Result<TestReport, Box<Failure>> {
    let failure = |code, message: String| Failure::new(Exit::Error, code, message);
    if bytes.len() as u64 > MOST {
        let message = format!("{name} is too large: a report has at most {MOST} bytes");
        let hint =
            "leave the output of the tests out of the report, or split it into several checks";
        return Err(failure("too-large", message).hint(hint).into());
    }
    let not_junit = |why: String| {
        let hint =
            "write one with the evaluation: pytest --junit-xml FILE, or see `envctl help ci`";
        let message = format!("{name} is not a JUnit report: {why}");
        Box::new(failure("not-junit", message).hint(hint))
    };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        not_junit(format!(
            "byte {} is not UTF-8 text",
            error.valid_up_to() + 1
        ))
    })?;
    // Without a document type nothing can be defined that expands, so a small file stays small.
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: u32::try_from(MOST).unwrap_or(u32::MAX),
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options)
        .map_err(|error| not_junit(error.to_string()))?;
    let root = document.root_element();
    if !matches!(root.tag_name().name(), "testsuites" | "testsuite") {
        let found = root.tag_name().name();
        return Err(not_junit(format!(
            "it begins with <{found}>, not with <testsuites> or <testsuite>"
        )));
    }
    let cases = root
        .descendants()
        .filter(|node| node.has_tag_name("testcase"));
    let (mut evaluated, mut failed) = (0_u32, 0_u32);
    for case in cases {
        let has = |name: &str| case.children().any(|child| child.has_tag_name(name));
        let fails = has("failure") || has("error");
        // A case that was skipped and failed, as in its teardown, has failed.
        if fails || !has("skipped") {
            evaluated += 1;
            failed += u32::from(fails);
        }
    }
    // What went wrong outside of any case stands beside them: an import, the set-up of a suite.
    let beside = root.descendants().filter(|node| {
        let parent = node.parent_element();
        let parent = parent.map(|parent| parent.tag_name().name());
        (node.has_tag_name("failure") || node.has_tag_name("error"))
            && matches!(parent, Some("testsuites" | "testsuite"))
    });
    let beside = u32::try_from(beside.count()).unwrap_or(u32::MAX);
    let failures = failed.saturating_add(beside).max(counted(root));
    if evaluated == 0 && failures == 0 {
        let message = format!("{name} has no test case that was evaluated, so it says nothing");
        let hint = "find out why no test ran, or state the result yourself: --passed or --failed";
        return Err(failure("no-test-cases", message).hint(hint).into());
    }
    Ok(TestReport {
        cases: evaluated.max(failures),
        failures,
    })
}

/// Returns how many failures and errors the attributes of `root` and of the suites in it count.
fn counted(root: Node<'_, '_>) -> u32 {
    // Suites of suites repeat the sum of those in them, which are counted alone.
    let innermost = root.descendants().skip(1).filter(|suite| {
        suite.has_tag_name("testsuite")
            && !suite
                .children()
                .any(|inner| inner.has_tag_name("testsuite"))
    });
    let inner = innermost.map(attributes).fold(0, u32::saturating_add);
    attributes(root).max(inner)
}

/// Returns how many failures and errors the attributes of `suite` count.
fn attributes(suite: Node<'_, '_>) -> u32 {
    let count = |name: &str| suite.attribute(name)?.trim().parse::<u32>().ok();
    let counts = ["failures", "errors"].into_iter().filter_map(count);
    counts.fold(0, u32::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str) -> Result<(u32, u32), &'static str> {
        match read("report.xml", text.as_bytes()) {
            Ok(report) => Ok((report.cases, report.failures)),
            Err(failure) => Err(failure.code),
        }
    }

    #[test]
    fn cases_are_counted_wherever_they_are() {
        for (text, expected) in [
            (
                "<testsuite><testcase/><testcase><failure/></testcase></testsuite>",
                (2, 1),
            ),
            (
                "<testsuites><testsuite><testsuite><testcase/></testsuite></testsuite></testsuites>",
                (1, 0),
            ),
            (
                "<testsuite><testcase/><testcase><skipped/></testcase></testsuite>",
                (1, 0),
            ),
            (
                "<testsuite><testcase><skipped/><error/></testcase></testsuite>",
                (1, 1),
            ),
            (
                "<testsuite><testcase><failure/><error/></testcase><testcase/></testsuite>",
                (2, 1),
            ),
            // What the attributes count, and what went wrong beside the cases.
            (
                "<testsuite failures='2' errors='1'><testcase/></testsuite>",
                (3, 3),
            ),
            (
                "<testsuites><testsuite failures='1'><testcase/><testcase/></testsuite><testsuite failures='1'><testcase/></testsuite></testsuites>",
                (3, 2),
            ),
            (
                "<testsuite><error message='cannot import'/><testcase/></testsuite>",
                (1, 1),
            ),
            (
                "<?xml version='1.0' encoding='utf-8'?>\n<testsuites>\n<testsuite><testcase name='a&amp;b'><system-out><![CDATA[<failure/>]]></system-out></testcase></testsuite></testsuites>",
                (1, 0),
            ),
        ] {
            assert_eq!(says(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_says_nothing_is_not_a_result() {
        let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><testsuite><testcase name='&b;'/></testsuite>";
        let outside = "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><testsuite><testcase>&a;</testcase></testsuite>";
        let deep = "<testsuite>".repeat(90_000);
        for (text, code) in [
            ("", "not-junit"),
            ("{\"passed\": true}", "not-junit"),
            ("<html><testcase/></html>", "not-junit"),
            ("<testsuite><testcase>", "not-junit"),
            (bomb, "not-junit"),
            (outside, "not-junit"),
            (deep.as_str(), "not-junit"),
            ("<testsuite tests='0'/>", "no-test-cases"),
            (
                "<testsuites><testsuite><testcase><skipped/></testcase></testsuite></testsuites>",
                "no-test-cases",
            ),
        ] {
            assert_eq!(says(text), Err(code), "{}", &text[..text.len().min(60)]);
        }
        assert_eq!(
            read("r", &[0xff, 0xfe, b'<', 0]).unwrap_err().code,
            "not-junit"
        );
        let large = vec![b' '; 1024 * 1024 + 1];
        assert_eq!(read("r", &large).unwrap_err().code, "too-large");
        let nested = format!(
            "{}{}",
            "<testsuite>".repeat(20_000),
            "</testsuite>".repeat(20_000)
        );
        assert_eq!(says(&nested), Err("no-test-cases"));
    }
}
