use std::ops::Range;

use anstream::adapter::strip_str;
use envctl::diag::{Code, Finding, Place};
use proptest::prelude::any;
use proptest::{prop_assert, proptest};
use serde_json::json;

use super::super::positions::Positions;
use super::{Located, render};
use crate::ui::{Medium, is_unshowable};

fn finding() -> Finding {
    Finding::error(
        Code::GATEWAY_FALLBACK,
        Place::file("envctl.toml"),
        "no environment is called `qa`",
    )
    .help("create it with `envctl env create qa`")
}

fn located<'a>(
    finding: &'a Finding,
    path: &str,
    text: Option<&'a str>,
    span: Option<Range<usize>>,
) -> Located<'a> {
    let place = |text, span: &Range<usize>| Positions::of(text).line_and_column(span.start);
    let position = text
        .zip(span.as_ref())
        .map(|(text, span)| place(text, span));
    Located {
        end: None,
        finding,
        path: path.to_owned(),
        text,
        span,
        position,
    }
}

fn report(text: Option<&str>, span: Option<Range<usize>>, medium: Medium) -> String {
    let finding = finding();
    let found = located(&finding, "gateway/envctl.toml", text, span);
    strip_str(&render(&[found], medium)).to_string()
}

#[test]
fn a_finding_looks_like_that_of_a_compiler() {
    let text = "schema = 1\nname = \"support\"\ngateway_fallback = \"qa\"\n";
    let expected = r#"
error[gateway-fallback]: no environment is called `qa`
 --> gateway/envctl.toml:3:20
  |
3 | gateway_fallback = "qa"
  |                    ^^^^
  |
  = help: create it with `envctl env create qa`"#;
    assert_eq!(
        report(Some(text), Some(47..51), Medium::PIPE),
        expected.trim_start()
    );
}

#[test]
fn a_finding_about_a_whole_file_has_no_snippet() {
    let expected = "
error[gateway-fallback]: no environment is called `qa`
--> gateway/envctl.toml
 = help: create it with `envctl env create qa`";
    assert_eq!(report(None, None, Medium::PIPE), expected.trim_start());
}

#[test]
fn the_place_is_that_in_the_file_even_where_the_line_is_cut() {
    let line = format!("k = \"{}\" # note", "a".repeat(1_000_000));
    let report = report(Some(&line), Some(1_000_006..1_000_012), Medium::PIPE);
    assert!(
        report.contains("--> gateway/envctl.toml:1:1000007\n"),
        "{report}"
    );
    assert!(report.len() < 1000, "{report}");
}

#[test]
fn foreign_text_cannot_steer_the_terminal() {
    let finding = Finding::warning(
        Code::UNKNOWN_KEY,
        Place::file("a"),
        "unknown key `\u{1b}[2J`",
    )
    .help("\u{9b}2J");
    let found = located(
        &finding,
        "a\u{202e}b.toml",
        Some("\u{1b}[2J = \u{7f}"),
        Some(0..4),
    );
    let report = strip_str(&render(&[found], Medium::PIPE)).to_string();
    assert!(
        !report.contains(|c| c != '\n' && is_unshowable(c)),
        "{report:?}"
    );
    assert!(report.contains(r"unknown key `\u{1b}[2J`"), "{report}");
}

#[test]
fn programs_get_the_parts() {
    let finding = Finding::error(
        Code::UNKNOWN_KEY,
        Place::key("envctl.toml", ["policy", "dwell"]),
        "unknown key",
    );
    let found = located(&finding, "envctl.toml", Some("a\nb"), Some(2..3));
    let expected = json!({
        "code": "unknown-key", "severity": "error", "message": "unknown key", "hint": null,
        "eligible": null, "fails_by": [], "file": "envctl.toml", "key": "policy.dwell", "line": 2, "column": 1,
    });
    assert_eq!(serde_json::to_value(&found).unwrap(), expected);
    let whole = Located {
        text: None,
        position: None,
        ..found
    };
    assert_eq!(serde_json::to_value(&whole).unwrap()["line"], json!(null));
}

proptest! {
    #[test]
    fn a_report_never_panics(text: String, start in 0..200_usize, end in 0..200_usize, width: u16) {
        let medium = Medium { terminal: true, color: true, width };
        prop_assert!(!report(Some(&text), Some(start..end), medium).is_empty());
    }

    #[test]
    fn awkward_text_never_panics(
        text in "[\n\r\t \"=a日é\u{301}\u{1b}\u{202e}\u{200d}\u{2028}👩]{0,120}",
        start in any::<usize>(),
        length in 0..200_usize,
        narrow in 0..30_u16,
    ) {
        let start = start % (text.len() + 3);
        let medium = Medium { terminal: true, color: false, width: narrow };
        let report = report(Some(&text), Some(start..start + length), medium);
        prop_assert!(!report.contains(|c| c != '\n' && is_unshowable(c)), "{report:?}");
    }
}
