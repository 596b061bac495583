use std::fmt::Display;

/// Returns the items separated by `between`: names in a sentence, arguments in a command.
pub fn joined<T: Display>(items: impl IntoIterator<Item = T>, between: &str) -> String {
    items
        .into_iter()
        .map(|item| item.to_string())
        .collect::<Vec<_>>()
        .join(between)
}
