//! A folded section of the page.

/// A part of the page that is closed until a reader opens it.
pub struct Folded {
    /// Its title, as Markdown.
    pub title: String,
    /// What comes before each group of rows, and the rows.
    pub groups: Vec<(String, Vec<String>)>,
}
