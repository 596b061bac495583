//! Edits of arrays, item by item.

use std::ops::Range;

use toml::de::DeValue;

use super::quotes::{quoted, quoted_like};
use super::{Splice, entry, value_at};

/// The comment in the last line of a list that envctl lays out. Formatters put a list that fits on one line,
/// which a comment in it prevents.
pub(in crate::files) const ONE_A_LINE: &str =
    "  # One a line: branches that add one each can be merged.";

impl Splice {
    /// Makes the array at `path` hold `items` in that order, one per line. Comments stay with their items.
    pub(in crate::files) fn arrange(&mut self, path: &[&str], items: &[String]) {
        let newline = self.newline();
        let root = self.table();
        let Some((_, span)) = entry(root.get_ref(), path) else {
            return;
        };
        let lines = ItemLines::of(&self.text, &span, value_at(root.get_ref(), path))
            .unwrap_or_else(|| ItemLines::none(newline));
        drop(root);
        let mut array = format!("[{}", lines.head);
        for (index, item) in items.iter().enumerate() {
            let (block, tail) = match lines.items.iter().find(|line| line.item == *item) {
                Some(line) => (line.block.clone(), line.tail.as_str()),
                None => (format!("  {}", quoted(item)), newline),
            };
            // A list that ends without a comma keeps it that way.
            let comma = if lines.ends_bare && index + 1 == items.len() {
                ""
            } else {
                ","
            };
            array.extend([block.as_str(), comma, tail]);
        }
        array.extend([lines.rest.as_str(), "]"]);
        self.text.replace_range(span, &array);
    }

    /// Makes the array at `path` hold `items`; `same` reports whether two spellings mean the same item. Items
    /// that stay keep their place and spelling, and new ones are added at the end. `false` if there is no
    /// array.
    pub(in crate::files) fn hold(
        &mut self,
        path: &[&str],
        items: &[String],
        same: fn(&str, &str) -> bool,
    ) -> bool {
        let Some(spans) = self.item_spans(path) else {
            return false;
        };
        let there = self.texts(path);
        let stays: Vec<bool> = there
            .iter()
            .map(|text| items.iter().any(|item| same(text, item)))
            .collect();
        let new = items
            .iter()
            .filter(|item| !there.iter().any(|text| same(text, item)));
        if self.is_a_line_each(path) {
            let kept = there
                .iter()
                .zip(&stays)
                .filter(|(_, stays)| **stays)
                .map(|(text, _)| text);
            self.arrange(path, &kept.chain(new).cloned().collect::<Vec<_>>());
            return true;
        }
        // From the back, so that the spans before stay valid. An item that is not a text stays: it
        // is a finding, and not this edit's to remove.
        for index in (0..spans.len())
            .rev()
            .filter(|index| !stays.get(*index).copied().unwrap_or(true))
        {
            self.remove_item(path, index);
        }
        new.for_each(|item| self.push_item(path, item));
        true
    }

    /// Reports whether the array at `path` has one item per line.
    fn is_a_line_each(&self, path: &[&str]) -> bool {
        let root = self.table();
        let span = entry(root.get_ref(), path).map(|(_, span)| span);
        span.is_some_and(|span| {
            ItemLines::of(&self.text, &span, value_at(root.get_ref(), path)).is_some()
        })
    }

    /// Returns the spans of the items of the array at `path`.
    fn item_spans(&self, path: &[&str]) -> Option<Vec<Range<usize>>> {
        let root = self.table();
        let array = value_at(root.get_ref(), path)?.as_array()?;
        Some(array.iter().map(toml::Spanned::span).collect())
    }

    /// Removes an item with the comma that belongs to it: the one before it, or of the first item the one
    /// after it.
    fn remove_item(&mut self, path: &[&str], index: usize) {
        let spans = self.item_spans(path).unwrap_or_default();
        let Some(item) = spans.get(index) else { return };
        let start = index
            .checked_sub(1)
            .map_or(item.start, |before| spans[before].end);
        let end = if index == 0 {
            spans.get(1).map_or(item.end, |next| next.start)
        } else {
            item.end
        };
        self.text.replace_range(start..end, "");
    }

    /// Adds an item at the end, quoted like the one before it.
    fn push_item(&mut self, path: &[&str], item: &str) {
        let Some((_, array)) = entry(self.table().get_ref(), path) else {
            return;
        };
        match self.item_spans(path).unwrap_or_default().last() {
            Some(last) => {
                let item = quoted_like(&self.text[last.clone()], item);
                self.text.insert_str(last.end, &format!(", {item}"));
            }
            None => self.text.insert_str(array.start + 1, &quoted(item)),
        }
    }
}

/// An array with one item per line: the rest of its first line, the items, and what follows the last one.
struct ItemLines {
    head: String,
    items: Vec<ItemLine>,
    rest: String,
    /// Whether the last item has no comma after it.
    ends_bare: bool,
}

/// An item with the comments around it, without its comma.
struct ItemLine {
    item: String,
    block: String,
    tail: String,
}

impl ItemLines {
    /// Returns the lines of a new array.
    fn none(newline: &str) -> Self {
        Self {
            head: newline.to_owned(),
            items: Vec::new(),
            rest: format!("{ONE_A_LINE}{newline}"),
            ends_bare: false,
        }
    }

    /// Splits the array at `span` into lines; `None` if it is not laid out with one item per line.
    fn of(text: &str, span: &Range<usize>, value: Option<&DeValue<'_>>) -> Option<Self> {
        let array = value?.as_array()?;
        let mut from = span.start + text[span.clone()].find('\n')? + 1;
        let head = text[span.start + 1..from].to_owned();
        let closing = text[..span.end].rfind('\n')? + 1;
        let (mut items, mut ends_bare) = (Vec::new(), false);
        for item in array.iter() {
            let (start, end) = (item.span().start, item.span().end);
            // Two items on one line, or anything else between them than comments and white space.
            if start < from || !says_nothing(&text[from..start]) {
                return None;
            }
            let line_end = end + text[end..].find('\n')? + 1;
            let tail = &text[end..line_end];
            let comma = tail.trim_start().starts_with(',');
            let tail = if comma {
                tail.replacen(',', "", 1)
            } else {
                tail.to_owned()
            };
            ends_bare = !comma;
            items.push(ItemLine {
                item: item.get_ref().as_str()?.to_owned(),
                block: text[from..end].to_owned(),
                tail,
            });
            from = line_end;
        }
        let rest = text
            .get(from..span.end - 1)
            // The bracket has a line of its own. Only then is an item that is added a line that is
            // added, and two branches that add one each can be merged.
            .filter(|rest| from <= closing && says_nothing(rest))?;
        Some(Self {
            head,
            items,
            rest: rest.to_owned(),
            ends_bare,
        })
    }
}

/// Reports whether `text` consists of comments and white space.
fn says_nothing(text: &str) -> bool {
    text.lines()
        .all(|line| line.trim_start().is_empty() || line.trim_start().starts_with('#'))
}
