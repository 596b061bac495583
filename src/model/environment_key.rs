use std::fmt;

use crate::model::environment::{Color, ColorError, Environment};
use crate::model::keys::keys;
use crate::model::text::{Description, DisplayName, TextError};

keys! {
    /// A key of `environments/<slug>.toml` outside its policy.
    EnvironmentKey: EnvironmentKeyRow;

    /// What it is called; the slug where the key is missing.
    Name = EnvironmentKeyRow::new("name", EnvironmentType::Name, "The name of the environment.")
        .options("What people read [default: the slug]", "Another name")
        .field(
            |environment| Some(EnvironmentValue::Name(environment.name.clone())),
            |environment, value| if let Some(EnvironmentValue::Name(name)) = value {
                environment.name = name;
            },
        );
    /// What it is for.
    Description = EnvironmentKeyRow::new("description", EnvironmentType::Description, "What it is for.")
        .options(
            "What it is for, up to 280 characters",
            "Another description, up to 280 characters; an empty one removes it",
        )
        .field(
            |environment| Some(&environment.description)
                .filter(|description| !description.as_str().is_empty())
                .cloned()
                .map(EnvironmentValue::Description),
            |environment, value| environment.description = match value {
                Some(EnvironmentValue::Description(description)) => description,
                _ => Description::default(),
            },
        );
    /// How it is shown.
    Color = EnvironmentKeyRow::new("color", EnvironmentType::Color, "Its colour on a terminal.")
        .options(
            "red, orange, amber, green, teal, blue, indigo, purple, pink, gray, #rrggbb or #rgb; none removes the colour",
            "red, orange, amber, green, teal, blue, indigo, purple, pink, gray, #rrggbb or #rgb; none removes it",
        )
        .field(
            |environment| environment.color.map(EnvironmentValue::Color),
            |environment, value| environment.color = match value {
                Some(EnvironmentValue::Color(color)) => Some(color),
                _ => None,
            },
        );
    /// Whether it serves production traffic.
    Production = EnvironmentKeyRow::new("production", EnvironmentType::Switch, "Whether it serves production.")
        .options("It serves production traffic", "It serves production traffic")
        .off("no-production", "It does not serve production traffic")
        .field(
            |environment| Some(EnvironmentValue::Switch(environment.production)),
            |environment, value| environment.production = value == Some(EnvironmentValue::Switch(true)),
        );
}

/// What a key of an environment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvironmentValue {
    /// A name for people.
    Name(DisplayName),
    /// A description, which is not empty: an empty one is written as no key.
    Description(Description),
    /// A colour.
    Color(Color),
    /// On or off.
    Switch(bool),
}

/// Which values a key of an environment takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnvironmentType {
    /// A name for people.
    Name,
    /// A text that says more than a name.
    Description,
    /// A colour; `none` on a command line removes it.
    Color,
    /// `true` or `false`.
    Switch,
}

/// Why a text is not a valid value of an environment's key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentValueError {
    /// A name or a description has its limits.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Not a colour.
    #[error(transparent)]
    Color(#[from] ColorError),
    /// A switch is on or off.
    #[error("{text:?} is neither true nor false")]
    Switch {
        /// What was given.
        text: String,
    },
}

type Says = fn(&Environment) -> Option<EnvironmentValue>;
type Set = fn(&mut Environment, Option<EnvironmentValue>);

/// What is known of a key.
pub(super) struct EnvironmentKeyRow {
    name: &'static str,
    takes: EnvironmentType,
    meaning: &'static str,
    create: &'static str,
    edit: &'static str,
    off: Option<(&'static str, &'static str)>,
    says: Says,
    set: Set,
}

impl EnvironmentKeyRow {
    /// Returns the row of a key: its name, which values it takes, and what it means, as a sentence in the
    /// schema of the file.
    const fn new(name: &'static str, takes: EnvironmentType, meaning: &'static str) -> Self {
        Self {
            name,
            takes,
            meaning,
            create: "",
            edit: "",
            off: None,
            says: |_| None,
            set: |_, _| {},
        }
    }

    /// Sets the help of its option when an environment is created, and when one is edited.
    const fn options(mut self, create: &'static str, edit: &'static str) -> Self {
        self.create = create;
        self.edit = edit;
        self
    }

    /// Sets the option that switches it off, and its help.
    const fn off(mut self, option: &'static str, help: &'static str) -> Self {
        self.off = Some((option, help));
        self
    }

    /// Sets the field of [`Environment`] that holds it. `None` stands for a key that is not written; setting
    /// `None` gives the field the value of a missing key.
    const fn field(mut self, says: Says, set: Set) -> Self {
        self.says = says;
        self.set = set;
        self
    }
}

impl EnvironmentKey {
    /// Returns the key as it is written.
    pub const fn as_str(self) -> &'static str {
        self.row().name
    }

    /// Returns which values it takes.
    pub const fn takes(self) -> EnvironmentType {
        self.row().takes
    }

    /// Returns what it means, as a sentence.
    pub const fn meaning(self) -> &'static str {
        self.row().meaning
    }

    /// Returns the help of the option that gives it to a new environment.
    pub const fn create_help(self) -> &'static str {
        self.row().create
    }

    /// Returns the help of the option that changes it.
    pub const fn edit_help(self) -> &'static str {
        self.row().edit
    }

    /// Returns the option that switches it off, and its help, if it is a switch.
    pub const fn off(self) -> Option<(&'static str, &'static str)> {
        self.row().off
    }

    /// Returns what `environment` says under this key; `None` where its file has no need of the key.
    pub fn of(self, environment: &Environment) -> Option<EnvironmentValue> {
        (self.row().says)(environment)
    }

    /// Sets the value under this key in `environment`; `None` sets what a missing key means.
    pub fn set(self, environment: &mut Environment, value: Option<EnvironmentValue>) {
        (self.row().set)(environment, value);
    }

    /// Returns the value that `text` stands for on a command line; `None` stands for the removal of the key.
    ///
    /// # Errors
    ///
    /// When the key does not take such a value.
    pub fn value(self, text: &str) -> Result<Option<EnvironmentValue>, EnvironmentValueError> {
        Ok(match self.takes() {
            EnvironmentType::Name => Some(EnvironmentValue::Name(text.parse()?)),
            EnvironmentType::Description => Some(text.parse()?)
                .filter(|description: &Description| !description.as_str().is_empty())
                .map(EnvironmentValue::Description),
            EnvironmentType::Color if text.eq_ignore_ascii_case("none") => None,
            EnvironmentType::Color => Some(EnvironmentValue::Color(text.parse()?)),
            EnvironmentType::Switch => {
                let on = text.parse().map_err(|_| EnvironmentValueError::Switch {
                    text: text.to_owned(),
                })?;
                Some(EnvironmentValue::Switch(on))
            }
        })
    }
}

impl fmt::Display for EnvironmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for EnvironmentValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => name.fmt(f),
            Self::Description(description) => description.fmt(f),
            Self::Color(color) => color.fmt(f),
            Self::Switch(on) => on.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests;
