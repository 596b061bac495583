//! The few styles of the program. [`super::Output`] decides whether they are written.

use anstyle::{AnsiColor, Style};

/// The word `error:`.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The word `warning:`.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// The word `hint:`.
pub const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// Success.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// The header of a table, and names that matter.
pub const STRONG: Style = Style::new().bold();
/// Less important details.
pub const FAINT: Style = Style::new().dimmed();
