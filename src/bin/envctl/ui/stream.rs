use std::borrow::Cow;
use std::io::{self, Write};

use anstream::adapter::strip_str;

use super::runner::disarmed;
use super::text::escaped_lines;

/// One of the two streams, and its state.
pub(super) struct Stream {
    sink: Box<dyn Write>,
    pub(super) terminal: bool,
    pub(super) color: bool,
    /// Whether commands for the runner of a job are being written.
    pub(super) commanding: bool,
    /// The reader has gone.
    pub(super) closed: bool,
    /// The first failure that is not a closed pipe.
    pub(super) failure: Option<io::Error>,
}

impl Stream {
    pub(super) fn new(sink: Box<dyn Write>, terminal: bool, color: bool) -> Self {
        Self {
            sink,
            terminal,
            color,
            commanding: false,
            closed: false,
            failure: None,
        }
    }

    /// Writes styled text; without colour, only the text.
    pub(super) fn text(&mut self, styled: &str) {
        let mut text = harmless(styled);
        if !self.color {
            text = strip_str(&text).to_string();
        }
        // The runner of a job reads all output, and it is unknown whether this is one.
        let text = if self.commanding {
            Cow::Borrowed(text.as_str())
        } else {
            disarmed(&text)
        };
        self.bytes(text.as_bytes());
    }

    /// Writes styled text and ends the line, in one write: two processes on one stderr must not mix their lines.
    pub(super) fn line(&mut self, styled: &str) {
        self.text(&format!("{styled}\n"));
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        if !self.closed && self.failure.is_none() {
            let written = self.sink.write_all(bytes);
            self.note(written);
        }
    }

    pub(super) fn flush(&mut self) {
        if !self.closed && self.failure.is_none() {
            let flushed = self.sink.flush();
            self.note(flushed);
        }
    }

    fn note(&mut self, outcome: io::Result<()>) {
        match outcome {
            Ok(()) => {}
            // Whoever reads has seen enough, as `head` has. That is no failure of the command,
            // whose exit code says what became of the repository.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.closed = true,
            Err(error) => self.failure = Some(error),
        }
    }
}

/// Returns `styled` with everything escaped that acts on a terminal, except sequences that set colour and weight.
///
/// Foreign text should already have gone through [`super::Shown`], but that is easily forgotten.
/// This is the second barrier.
fn harmless(styled: &str) -> String {
    let mut text = String::with_capacity(styled.len());
    let mut rest = styled;
    while let Some((before, style, after)) = split_at_style(rest) {
        text += &escaped_lines(before);
        text += style;
        rest = after;
    }
    text + &escaped_lines(rest)
}

/// Returns the text before the first sequence `ESC [ numbers m`, the sequence, and the text after it.
fn split_at_style(text: &str) -> Option<(&str, &str, &str)> {
    text.match_indices("\u{1b}[")
        .find_map(|(start, introducer)| {
            let numbers = start + introducer.len();
            let end = numbers + text[numbers..].find(|c: char| !c.is_ascii_digit() && c != ';')?;
            let after = text[end..].strip_prefix('m')?;
            Some((&text[..start], &text[start..=end], after))
        })
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use proptest::{prop_assert, proptest};

    use super::harmless;
    use crate::ui::is_unshowable;

    #[test]
    fn only_styles_get_through() {
        for (styled, written) in [
            (
                "\u{1b}[1m\u{1b}[38;2;1;2;3mprod\u{1b}[0m\n",
                "\u{1b}[1m\u{1b}[38;2;1;2;3mprod\u{1b}[0m\n",
            ),
            (
                "\u{1b}[2J\u{1b}[1mx\u{1b}[m",
                "\\u{1b}[2J\u{1b}[1mx\u{1b}[m",
            ),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("\u{1b}[\u{1b}[31", "\\u{1b}[\\u{1b}[31"),
            ("a\tb\u{202e}c", "a\tb\\u{202e}c"),
        ] {
            assert_eq!(harmless(styled), written);
        }
    }

    proptest! {
        #[test]
        fn without_its_styles_the_text_is_showable(text in "[\u{1b}\\[0-9;mJ\n\r\u{9b}a]{0,60}") {
            let plain = strip_str(&harmless(&text)).to_string();
            prop_assert!(!plain.contains(|c| c != '\n' && is_unshowable(c)), "{plain:?}");
        }
    }
}
