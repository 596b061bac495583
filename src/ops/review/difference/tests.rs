use super::*;

fn shown(old: &str, new: &str) -> String {
    let TextDifference::Lines { shown, .. } = lines(old, new) else {
        unreachable!("both are texts")
    };
    shown.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_unified_diff_as_git_writes_it() {
    let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\n";
    assert_eq!(
        shown(old, &old.replace("e\n", "E\n+\n")),
        "@@ -2,7 +2,8 @@\n b\n c\n d\n-e\n+E\n++\n f\n g\n h\n"
    );
    assert_eq!(shown("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
    assert_eq!(
        shown("a\n", "a"),
        "@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n"
    );
    assert_eq!(shown("a\n", "a\n"), "");
}

#[test]
fn only_a_line_feed_ends_a_line() {
    assert_eq!(
        shown("a\rb\u{2028}c\n", "a\r\n"),
        "@@ -1 +1 @@\n-a\rb\u{2028}c\n+a\r\n"
    );
}
