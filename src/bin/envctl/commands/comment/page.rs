//! A page that never gets longer than a forge allows.

use super::folded::Folded;
use super::room::{Left, Room, length};
use crate::render::{joined, markdown};

/// The room that is kept free for the note about what was left out.
const RESERVE: usize = 1_000;

/// A page that keeps as many of its parts as fit.
pub struct Page {
    pub room: Room,
    pub left: Left,
    parts: Vec<String>,
}

impl Page {
    /// Returns an empty page of at most `most` characters, as forges count them.
    pub fn of(most: usize) -> Self {
        Self {
            room: Room::of(most.saturating_sub(RESERVE)),
            left: Left::default(),
            parts: Vec::new(),
        }
    }

    /// Adds parts for which [`Page::room`] was taken.
    pub fn fitted(&mut self, parts: Vec<String>) {
        self.parts.extend(parts);
    }

    /// Adds a part that is always short.
    pub fn block(&mut self, part: String) {
        if !part.is_empty() && self.room.take(&part) {
            self.parts.push(part);
        }
    }

    /// Adds lines under a first one, as many as fit into a quarter of the room.
    pub fn lines(&mut self, lines: Vec<String>) {
        let shown = self.fitting(&lines, self.room.left() / 4);
        self.left.rows += lines.len() - shown;
        self.block(lines[..shown].join("\n"));
    }

    /// Adds a table with as many rows as fit into half of the room.
    pub fn table(&mut self, header: &[&str], rows: Vec<Vec<String>>) {
        let lines: Vec<String> = rows.iter().map(|row| row.join(" | ")).collect();
        let shown = self.fitting(&lines, self.room.left() / 2);
        self.left.rows += rows.len() - shown;
        self.block(markdown::table(header, &rows[..shown]));
    }

    /// Adds folded sections, each with as many rows as fit into half of what room is left.
    pub fn folded(&mut self, sections: Vec<Folded>) {
        for Folded { title, groups } in sections {
            let mut room = self.room.left() / 2;
            let mut content = Vec::new();
            let mut cut = 0;
            for (head, rows) in groups {
                let taken = room.saturating_sub(length(&head) + 2);
                let shown = self.fitting(&rows, taken);
                cut += rows.len() - shown;
                if shown > 0 {
                    let group = joined(
                        std::iter::once(head).chain(rows.into_iter().take(shown)),
                        "\n",
                    );
                    room = room.saturating_sub(length(&group) + 2);
                    content.push(group);
                }
            }
            self.left.rows += cut;
            if !content.is_empty() {
                self.block(markdown::folded(&title, &content.join("\n\n")));
            }
        }
    }

    /// Returns how many of `lines` fit into `room`. A row of a table takes a little more than its text.
    fn fitting(&self, lines: &[String], room: usize) -> usize {
        let mut left = room.min(self.room.left()).saturating_sub(200);
        lines
            .iter()
            .take_while(|line| {
                let needed = length(line) + 6;
                let fits = needed <= left;
                left = left.saturating_sub(needed);
                fits
            })
            .count()
    }

    /// Returns the page, with a note about what was left out and the `command` that shows it.
    pub fn finish(self, command: &str) -> String {
        let page = self.parts.join("\n\n");
        match self.left.words() {
            None => page,
            Some(words) => format!(
                "{page}\n\n> Left out, for length: {words}. All of it: {}",
                markdown::code(command)
            ),
        }
    }
}
