use std::borrow::Cow;
use std::fmt;

use envctl::files::without_sure_keys;
use envctl::model::is_shaping_joiner;

/// Text from the repository or from the user, on one line and safe to show.
///
/// Everything that a terminal would act on instead of showing it (controls, line breaks, marks that
/// hide or reorder the text around them) becomes a visible escape: `\n`, `\u{1b}`. Joiners that
/// shape the letters or the emoji around them stay. What looks like a credential is masked, before
/// an escape can hide its beginning. All foreign text reaches a terminal through this type or
/// through [`ShownLines`].
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a>(pub &'a str);

impl<'a> Shown<'a> {
    /// Returns the text as it is shown, borrowed if nothing had to be escaped.
    pub fn text(self) -> Cow<'a, str> {
        match without_sure_keys(self.0) {
            Cow::Borrowed(text) => escaped(text, is_unshowable),
            Cow::Owned(text) => Cow::Owned(escaped(&text, is_unshowable).into_owned()),
        }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text())
    }
}

/// Like [`Shown`], for text of several lines: line feeds and tabs stay, and `\r\n` ends a line like `\n` does.
#[derive(Clone, Copy, Debug)]
pub struct ShownLines<'a>(pub &'a str);

impl fmt::Display for ShownLines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escaped_lines(&without_sure_keys(self.0)))
    }
}

/// Returns text of several lines with everything escaped that acts on a terminal: for content that was asked for.
pub fn escaped_lines(text: &str) -> String {
    let unix = if text.contains("\r\n") {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(text)
    };
    escaped(&unix, |c| is_unshowable(c) && c != '\n' && c != '\t').into_owned()
}

fn escaped(text: &str, unshowable: impl Fn(char) -> bool) -> Cow<'_, str> {
    // Nearly all texts are of these, and bytes are compared many at once.
    let plain = |byte: u8| matches!(byte, b' '..=b'~');
    if text.bytes().all(plain) || !text.contains(&unshowable) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let shapes = is_shaping_joiner(before, character, characters.peek().copied());
        if unshowable(character) && !shapes {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
        before = Some(character);
    }
    Cow::Owned(shown)
}

/// Reports whether a character steers the terminal, hides, or reorders the text around it, instead of being seen.
///
/// Controls (C0, DEL, C1), line and paragraph separators, bidirectional and zero-width marks, characters that are blank
/// by definition, and the invisible copies of ASCII in the tag block.
pub fn is_unshowable(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' |
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' |
            '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{Shown, ShownLines, is_unshowable};

    #[test]
    fn what_steers_a_terminal_becomes_visible() {
        for (text, shown) in [
            ("\u{1b}[31mred", r"\u{1b}[31mred"),
            ("a\nb\tc\r", r"a\nb\tc\r"),
            ("abc\u{202e}dcb", r"abc\u{202e}dcb"),
            ("a\u{200b}b\u{feff}", r"a\u{200b}b\u{feff}"),
            ("\u{9b}31m\u{7f}\u{0}", r"\u{9b}31m\u{7f}\u{0}"),
            ("\u{e0041}", r"\u{e0041}"),
            ("pr\u{200d}od", r"pr\u{200d}od"),
            ("م\u{200c}", r"م\u{200c}"),
        ] {
            assert_eq!(Shown(text).to_string(), shown);
        }
    }

    #[test]
    fn credentials_are_blotted_out_wherever_an_escape_stands() {
        for text in [
            "a\nsk-proj-abcDEF123456",
            "https://me:sk-hunter-12\u{1b}@host",
            "Authorization: Bearer \u{200b}0123456789abcdef",
        ] {
            let shown = format!("{} {}", Shown(text), ShownLines(text));
            for secret in ["DEF123456", "hunter", "0123456789"] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
    }

    #[test]
    fn everything_else_passes() {
        for text in [
            "",
            "prod",
            "Müller & Søn",
            "日本語",
            "🚀",
            r"C:\new",
            "a\u{301}",
            "👨‍👩‍👧",
            "می‌خواهم",
        ] {
            assert_eq!(Shown(text).to_string(), text);
        }
    }

    #[test]
    fn shown_text_pads_like_text() {
        assert_eq!(format!("[{:>5}]", Shown("a\n")), r"[  a\n]");
    }

    #[test]
    fn lines_keep_their_breaks_and_tabs() {
        assert_eq!(
            ShownLines("a\r\n\tb\u{1b}\rc\n").to_string(),
            "a\n\tb\\u{1b}\\rc\n"
        );
    }

    proptest::proptest! {
        #[test]
        fn nothing_unshowable_is_left(text: String) {
            let joins = |c: char| matches!(c, '\u{200c}' | '\u{200d}');
            proptest::prop_assert!(!Shown(&text).to_string().contains(|c| is_unshowable(c) && !joins(c)));
        }
    }
}
