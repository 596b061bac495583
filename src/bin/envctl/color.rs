//! The two meanings of `--color`: when to colour the output, and, where an environment is described, its colour.

use clap::ColorChoice;
use envctl::model::{Color, ColorError};

/// What stands behind `--color`.
///
/// clap hands the value of an option that every command takes up to the root under one name, whatever command it came from;
/// so both meanings are one type, and each place accepts its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorOption {
    /// When to colour the output.
    Output(ColorChoice),
    /// The colour of an environment.
    Environment(Color),
}

impl ColorOption {
    /// Reads when to colour the output.
    pub fn output(text: &str) -> Result<Self, String> {
        text.parse().map(Self::Output)
    }

    /// Reads the colour of an environment.
    pub fn environment(text: &str) -> Result<Self, ColorError> {
        text.parse().map(Self::Environment)
    }

    /// When to colour the output.
    pub fn choice(self) -> ColorChoice {
        match self {
            Self::Output(choice) => choice,
            Self::Environment(_) => ColorChoice::Auto,
        }
    }

    /// The colour of an environment.
    pub fn of_environment(self) -> Option<Color> {
        match self {
            Self::Output(_) => None,
            Self::Environment(color) => Some(color),
        }
    }
}
