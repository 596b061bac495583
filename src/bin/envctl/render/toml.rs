use std::fmt::Write as _;

use crate::ui::is_unshowable;

/// Returns `toml`, whose strings are all basic ones, with everything escaped that acts on a terminal or on the runner
/// of a job; every value stays as it is.
///
/// What is escaped can only stand inside a string, so no parser is needed to find the places.
pub fn harmless(toml: &str) -> String {
    let mut text = String::with_capacity(toml.len());
    for character in toml.chars() {
        if character == '\n' || !is_unshowable(character) {
            text.push(character);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\U{:08X}", u32::from(character));
        }
    }
    text.replace("##[", r"##\u005B")
}
