//! The terminal: what may be written to it, how, and when it may be asked.

mod interrupt;
mod output;
pub mod patience;
mod prompt;
mod runner;
mod stream;
pub mod style;
mod surroundings;
mod text;

pub use output::{Format, Output, Verbosity};
pub use prompt::{Conditions, PromptError, Prompting};
pub use surroundings::{Medium, Surroundings};
pub use text::{Shown, ShownLines, is_unshowable};
