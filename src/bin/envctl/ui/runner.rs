use std::borrow::Cow;

/// Returns `text` with a backslash in everything that the runner of a GitHub job takes for a command: lines that begin
/// with `::`, and `##[` anywhere.
///
/// The runner reads both streams of a step, whatever they hold: a name from the repository must not
/// set a variable of the job.
pub fn disarmed(text: &str) -> Cow<'_, str> {
    let commands = |line: &str| line.trim_start().starts_with("::");
    if !text.contains("##[") && !text.lines().any(commands) {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive('\n').map(|line| {
        let line = line.replace("##[", r"##\[");
        if commands(&line) {
            line.replacen("::", r"\::", 1)
        } else {
            line
        }
    });
    Cow::Owned(lines.collect())
}

#[cfg(test)]
mod tests {
    use super::disarmed;

    #[test]
    fn a_line_that_begins_like_a_command_does_not() {
        for (text, harmless) in [
            ("::set-env name=PATH::x\n", "\\::set-env name=PATH::x\n"),
            (
                "a\n \t::stop-commands::x\nb",
                "a\n \t\\::stop-commands::x\nb",
            ),
            (
                "error: ##[add-matcher]x.json",
                "error: ##\\[add-matcher]x.json",
            ),
            ("a::b, # [x]\n", "a::b, # [x]\n"),
        ] {
            assert_eq!(disarmed(text), harmless);
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_left_to_obey(text in "[:#\\[\n \r\u{85}\u{2028}a]{0,40}") {
            let text = disarmed(&text);
            proptest::prop_assert!(!text.contains("##["));
            proptest::prop_assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
        }
    }
}
