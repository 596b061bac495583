//! Text for a Markdown page that forges show, such as a comment on a pull request.
//!
//! Foreign text must not become markup, raw HTML, a link, or the mention of a person or an issue.
//! So everything that is not plainly harmless is written as a character reference, which no
//! Markdown takes for its own syntax, in text as in tables and in HTML. Mentions and links are
//! found in the *rendered* text by some forges, where a reference no longer helps: there a space of
//! no width breaks the word.

use std::borrow::Cow;
use std::fmt::Write;

use envctl::model::{EnvironmentSlug, Resource, VersionId};

use crate::ui::{Shown, ShownLines};

/// A character that breaks a word invisibly.
const BREAK: &str = "&#8203;";

/// Returns foreign text on one line, as text.
pub fn text(text: &str) -> String {
    let shown = Shown(text).text();
    let mut escaped = String::with_capacity(shown.len() + 16);
    for (at, character) in shown.char_indices() {
        let (before, after) = (&shown[..at], &shown[at + character.len_utf8()..]);
        let harmless = match character {
            '.' => !ends_like_a_host(before),
            ':' => !after.starts_with('/'),
            _ => is_harmless(character),
        };
        if harmless {
            escaped.push(character);
            continue;
        }
        // Writing to a String cannot fail.
        let _ = write!(escaped, "&#{};", u32::from(character));
        if STARTERS.contains(character) {
            escaped.push_str(BREAK);
        }
    }
    escaped
}

/// Characters that begin a mention, a reference or an address.
const STARTERS: &str = "@#!~$&.:";

fn is_harmless(character: char) -> bool {
    !character.is_ascii_punctuation() || ",;()'\"/-+=%?{}".contains(character)
}

/// Reports whether a dot after `before` would make a link of what follows: `www.example.org`.
fn ends_like_a_host(before: &str) -> bool {
    let mut last = before.bytes().rev();
    (0..3).all(|_| {
        last.next()
            .is_some_and(|byte| byte.eq_ignore_ascii_case(&b'w'))
    })
}

/// Returns foreign text on one line, as code: nothing in it is a mention or a link anywhere.
pub fn code(text: &str) -> String {
    // Between backticks nothing is markup, a mention or a link, so these can be copied as they stand. A `|` would still end
    // the cell of a table.
    let plain = |c: char| c.is_ascii_alphanumeric() || " /.-_@~^:;,=+()'%".contains(c);
    let is_plain = text.chars().all(plain) && !text.contains("://");
    match !text.is_empty() && text.trim() == text && is_plain {
        true => format!("`{text}`"),
        false => format!("<code>{}</code>", self::text(text)),
    }
}

/// Returns a sentence of the program in which names of resources and slugs between backticks are code. Foreign text may
/// stand besides.
pub fn sentence(sentence: &str) -> String {
    let is_slug = |part: &str| part.parse::<EnvironmentSlug>().is_ok();
    let parts: Vec<&str> = sentence.split('`').collect();
    if parts.len().is_multiple_of(2) || !parts.iter().skip(1).step_by(2).all(|part| is_slug(part)) {
        return words(sentence);
    }
    let written = |(index, part): (usize, &&str)| {
        if index % 2 == 1 {
            code(part)
        } else {
            words(part)
        }
    };
    parts.iter().enumerate().map(written).collect()
}

/// Returns text in which the names of resources and versions are code.
fn words(text: &str) -> String {
    let written = |word: &str| {
        let name = word.trim_end_matches([',', ';', ':', ' ']);
        let is_name = name.parse::<Resource>().is_ok() || name.parse::<VersionId>().is_ok();
        if is_name {
            format!("{}{}", code(name), &word[name.len()..])
        } else {
            self::text(word)
        }
    };
    text.split_inclusive(' ').map(written).collect()
}

/// Returns a table of cells that are Markdown already, without a line break at the end; empty if it has no row.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let titles: Vec<String> = header.iter().map(|title| (*title).to_owned()).collect();
    let rule = vec!["---".to_owned(); header.len()];
    [line(&titles), line(&rule)]
        .into_iter()
        .chain(rows.iter().map(|row| line(row)))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Lines as a block of code in a `language`, behind a fence that nothing in them can close.
pub fn block<'t>(language: &str, lines: impl Iterator<Item = Cow<'t, str>>) -> String {
    let body: Vec<String> = lines
        .map(|line| ShownLines(&line.replace('\n', " ")).to_string())
        .collect();
    let body = body.join("\n");
    let fence = "`".repeat(longest_run(&body, '`').max(2) + 1);
    format!("{fence}{language}\n{body}\n{fence}")
}

fn longest_run(text: &str, wanted: char) -> usize {
    let (mut longest, mut run) = (0, 0);
    for character in text.chars() {
        run = if character == wanted { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// Returns a section that is closed under `summary` until a reader opens it; both are Markdown or HTML already.
pub fn folded(summary: &str, content: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{content}\n\n</details>")
}

#[cfg(test)]
mod tests {
    use super::{block, code, sentence, table, text};

    #[test]
    fn foreign_text_is_no_markup() {
        for (given, expected) in [
            ("prod", "prod"),
            ("Müller (EU), 50 %", "Müller (EU), 50 %"),
            ("a|b", "a&#124;b"),
            ("<img src=x>", "&#60;img src=x&#62;"),
            ("`*_[x](y)", "&#96;&#42;&#95;&#91;x&#93;(y)"),
            ("@ana", "&#64;&#8203;ana"),
            ("#12", "&#35;&#8203;12"),
            ("https://x.org", "https&#58;&#8203;//x.org"),
            ("WWW.x.org", "WWW&#46;&#8203;x.org"),
            ("&lt;", "&#38;&#8203;lt;"),
            ("a\nb\u{202e}", "a&#92;nb&#92;u{202e}"),
        ] {
            assert_eq!(text(given), expected, "{given:?}");
        }
    }

    #[test]
    fn code_that_backticks_cannot_hold_is_html() {
        assert_eq!(code("prompts/a"), "`prompts/a`");
        assert_eq!(code("a`b|@c"), "<code>a&#96;b&#124;&#64;&#8203;c</code>");
        assert_eq!(code(""), "<code></code>");
    }

    #[test]
    fn slugs_of_a_sentence_are_code_and_what_pretends_to_be_is_not() {
        assert_eq!(sentence("live in `staging` now"), "live in `staging` now");
        assert_eq!(
            sentence("adds {{ `<b>` }} in `prod`"),
            text("adds {{ `<b>` }} in `prod`")
        );
        assert_eq!(
            sentence("prompts/a@2, <b>: 1 is"),
            "`prompts/a@2`, &#60;b&#62;: 1 is"
        );
        assert_eq!(sentence("odd `"), "odd &#96;");
    }

    #[test]
    fn nothing_in_a_block_closes_its_fence() {
        let lines = ["+a", " ````", "-\u{1b}[31m\tb"].map(std::borrow::Cow::from);
        assert_eq!(
            block("diff", lines.into_iter()),
            "`````diff\n+a\n ````\n-\\u{1b}[31m\tb\n`````"
        );
        assert_eq!(
            block("diff", std::iter::once("a".into())),
            "```diff\na\n```"
        );
    }

    #[test]
    fn a_table_without_rows_is_nothing() {
        assert_eq!(table(&["A"], &[]), "");
        assert_eq!(
            table(&["A", "B"], &[vec!["1".into(), "2".into()]]),
            "| A | B |\n| --- | --- |\n| 1 | 2 |"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_holds_what_markdown_or_html_act_on(given: String) {
            let escaped = text(&given);
            let active = |c: char| "<>|`*_[]\\@!~$^".contains(c) || crate::ui::is_unshowable(c);
            proptest::prop_assert!(!escaped.contains(active), "{escaped:?}");
            proptest::prop_assert!(!escaped.contains("://"), "{escaped:?}");
            // What is left of these two is of character references.
            for (at, _) in escaped.match_indices('&') {
                proptest::prop_assert!(escaped[at..].starts_with("&#"), "{escaped:?}");
            }
            for (at, _) in escaped.match_indices('#') {
                proptest::prop_assert!(escaped[..at].ends_with('&'), "{escaped:?}");
            }
        }
    }
}
