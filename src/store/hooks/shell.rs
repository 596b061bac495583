/// Returns `text` as one word of a command line for a POSIX shell, on one line and without control
/// characters.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@%+,:".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    if text.contains(char::is_control) {
        return printed(text);
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Lets the shell's `printf` make the word. A line break in a file's name must not begin a new line
/// of what is shown.
fn printed(text: &str) -> String {
    let mut format = String::new();
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b" -_./@+,:=".contains(&byte);
        if plain && !(format.is_empty() && byte == b'-') {
            format.push(char::from(byte));
        } else {
            format.push_str(&format!("\\{byte:03o}"));
        }
    }
    if text.ends_with('\n') {
        // A command substitution drops the line breaks at its end. This form is not POSIX, but interactive shells know it.
        return format!("$'{format}'");
    }
    format!("\"$(printf '{format}')\"")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::shell_word;

    #[test]
    fn a_plain_word_stays_as_it_is() {
        assert_eq!(shell_word("services/gate-way_2.x"), "services/gate-way_2.x");
    }

    #[test]
    fn a_shell_reads_any_text_as_that_one_word() {
        for text in [
            "",
            "a b",
            "it's",
            "$(id)",
            "`id`",
            "a\nb",
            "-a\n::b",
            "%s\n\"é\\0071",
            "a\tb",
            "\u{1b}[1m",
            "~",
            "*",
            "a;b",
            "\\",
            "'",
            "''\"",
            "#x",
            "é",
            "=x",
        ] {
            let output = Command::new("sh")
                .args(["-c", &format!("printf %s {}", shell_word(text))])
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
            assert!(!shell_word(text).contains(char::is_control), "{text:?}");
        }
    }
}
