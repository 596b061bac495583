use std::borrow::Cow;

use super::YamlValue;
use super::scalar::meaning;

/// Returns `text` as a YAML value: as it is where every reader takes that for the same text, else in double quotes.
pub(crate) fn quoted(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            // What no text may hold as it is, and the separators that some readers take for line breaks.
            c if c.is_control()
                || matches!(
                    c,
                    '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
                ) =>
            {
                quoted.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    Cow::Owned(quoted)
}

/// Reports whether `text` needs no quotes: it begins with a letter, nothing in it is a sign of YAML, and no reader of 1.1 or
/// 1.2 takes it for something else than a text.
fn is_plain(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@+".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(inner)
        && !text.ends_with(':')
        && !matches!(text, "y" | "Y" | "n" | "N")
        && matches!(meaning(text), YamlValue::Text(_))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parse;
    use super::*;

    #[test]
    fn what_might_be_taken_for_something_else_is_quoted() {
        for text in [
            "os.environ/OPENAI_API_KEY",
            "openai/gpt-4.1",
            "http://a:1/v1",
            "eu",
        ] {
            assert_eq!(quoted(text), text);
        }
        for text in [
            "",
            "yes",
            "n",
            "null",
            "2024-05-01",
            "a b",
            "a: b",
            "*",
            "1",
            "a:",
            "ü",
        ] {
            assert!(quoted(text).starts_with('"'), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_quoted_text_is_read_as_it_was(text in any::<String>()) {
            let yaml = format!("a: {}\n", quoted(&text));
            let root = parse(&yaml).unwrap();
            prop_assert_eq!(root.get("a").and_then(|it| it.text()), Some(text.as_str()));
        }
    }
}
