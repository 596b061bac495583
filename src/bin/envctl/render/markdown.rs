//! Markdown for comments and summaries of forges, into which text of a repository goes without being read as Markdown.

/// The most characters that a comment holds; GitHub's limit is 65,536, and a bot may want to add a line.
pub const COMMENT: usize = 65_000;

/// `text` as code that is shown as it is: neither Markdown nor HTML is read in it, nobody is mentioned, and a line break is
/// a space.
pub fn code(text: &str) -> String {
    format!("<code>{}</code>", literal(text))
}

/// `text` in which nothing is read as Markdown or HTML. Outside of code, forges still make links of addresses and mentions.
pub fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    for character in crate::ui::Shown(text).text().chars() {
        match character {
            ' ' | '-' | '.' | '/' | ',' => literal.push(character),
            punctuation if punctuation.is_ascii_punctuation() => {
                literal.push_str(&format!("&#{};", u32::from(punctuation)));
            }
            other => literal.push(other),
        }
    }
    literal
}

/// Parts of a text, of which as many are kept as fit.
pub struct Budget {
    text: String,
    left: usize,
}

impl Budget {
    /// A text of at most `most` characters.
    pub fn of(most: usize) -> Self {
        Self { text: String::new(), left: most }
    }

    /// Adds `part` if it leaves `reserve` characters free; whether it does.
    pub fn add(&mut self, part: &str, reserve: usize) -> bool {
        let length = part.chars().count();
        let fits = length + reserve <= self.left;
        if fits {
            self.text.push_str(part);
            self.left -= length;
        }
        fits
    }

    /// The text.
    pub fn into_text(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_foreign_text_is_read() {
        let hostile = "| **@team** <img src=x> `x` [a](b)\n# \u{1b}[2J";
        let shown = code(hostile);
        let inner = shown.strip_prefix("<code>").unwrap().strip_suffix("</code>").unwrap();
        assert!(!inner.contains(['|', '*', '@', '<', '>', '`', '[', '(', '\n', '\u{1b}']), "{shown}");
        assert_eq!(code("prompts/support-router"), "<code>prompts/support-router</code>");
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut budget = Budget::of(10);
        assert!(budget.add("12345", 5) && !budget.add("1", 5) && budget.add("éééé", 0));
        assert_eq!(budget.into_text(), "12345éééé");
    }
}
