/// `text` as one word of a command line for a POSIX shell.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@%+,:".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
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
            "", "a b", "it's", "$(id)", "`id`", "a\nb", "~", "*", "a;b", "\\", "'", "''\"", "#x",
            "é", "=x",
        ] {
            let output = Command::new("sh")
                .args(["-c", &format!("printf %s {}", shell_word(text))])
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
        }
    }
}
