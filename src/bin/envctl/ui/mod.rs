//! The terminal: what may be written to it, how, and when it may be asked.

pub mod editor;
mod interrupt;
mod output;
pub mod patience;
mod prompt;
mod runner;
mod stream;
mod streams;
pub mod style;
mod text;

pub use output::{Format, Output, Verbosity};
pub use prompt::{Interactivity, PromptError, Prompting};
pub use streams::{Medium, StandardStreams};
pub use text::{Shown, ShownLines, is_unshowable};
