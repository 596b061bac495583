//! Renders the same values as text for people, lines for pipes, and JSON for programs.
//!
//! Nothing here does I/O. A renderer takes the value, and where it matters [`crate::ui::Medium`]
//! and the present time, and returns text; styles are in it as ANSI sequences, which
//! [`crate::ui::Output`] removes where colour is off.

pub mod csv;
mod excerpt;
pub mod findings;
pub mod going_back;
mod joined;
pub mod json;
pub mod markdown;
mod person;
mod plural;
mod positions;
pub mod report;
mod swatch;
mod table;
pub mod toml;
pub mod when;

pub use joined::joined;
pub use person::Person;
pub use plural::count;
pub use swatch::swatch;
pub use table::{Cell, Table};
