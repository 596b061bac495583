//! The terminal: what may be written to it, how, and when it may be asked.

mod output;
mod prompt;
mod stream;
pub mod style;
mod text;

pub use output::{Format, Medium, Output, Surroundings, Verbosity};
pub use prompt::{Conditions, PromptError, Prompting};
pub use text::{Shown, ShownLines, is_unshowable};
