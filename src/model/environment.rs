use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::model::policy::Policy;
use crate::model::slug::EnvironmentSlug;
use crate::model::text::{Description, DisplayName};

/// An environment as its own file describes it. What is live there is in [`super::Pointers`], the two roles that only
/// one environment can hold are in [`super::Settings`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// What it is called; the slug if nothing else was given.
    pub name: DisplayName,
    /// What it is for.
    pub description: Description,
    /// How it is shown.
    pub color: Option<Color>,
    /// Whether it serves production traffic; any number of environments may.
    pub production: bool,
    /// What rules moves into it.
    pub policy: Policy,
}

impl Environment {
    /// Returns an environment named after its slug, with nothing else set.
    pub fn named_after(slug: &EnvironmentSlug) -> Self {
        Self {
            // A slug is never blank, never has control characters and is shorter than a name may
            // be.
            name: slug.as_str().parse().expect("every slug is a display name"),
            description: Description::default(),
            color: None,
            production: false,
            policy: Policy::default(),
        }
    }

    /// Returns an environment named after its slug, with the policy, the description and the colour of `model`. Whether it
    /// serves production is for whoever creates it to say.
    pub fn like(slug: &EnvironmentSlug, model: &Self) -> Self {
        Self {
            description: model.description.clone(),
            color: model.color,
            policy: model.policy.clone(),
            ..Self::named_after(slug)
        }
    }
}

/// The colour of an environment: one of ten names, `#rrggbb` or `#rgb`, in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color {
    name: Option<&'static str>,
    red: u8,
    green: u8,
    blue: u8,
}

/// The names and what they look like.
const NAMED: [(&str, [u8; 3]); 10] = [
    ("red", [0xdc, 0x26, 0x26]),
    ("orange", [0xea, 0x58, 0x0c]),
    ("amber", [0xd9, 0x77, 0x06]),
    ("green", [0x16, 0xa3, 0x4a]),
    ("teal", [0x0d, 0x94, 0x88]),
    ("blue", [0x25, 0x63, 0xeb]),
    ("indigo", [0x4f, 0x46, 0xe5]),
    ("purple", [0x93, 0x33, 0xea]),
    ("pink", [0xdb, 0x27, 0x77]),
    ("gray", [0x6b, 0x72, 0x80]),
];

impl Color {
    /// Returns the names that a colour may have.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|(name, _)| *name)
    }

    /// Returns red, green and blue, each 0 to 255.
    pub fn rgb(self) -> [u8; 3] {
        [self.red, self.green, self.blue]
    }
}

impl FromStr for Color {
    type Err = ColorError;

    fn from_str(text: &str) -> Result<Self, ColorError> {
        let named = NAMED
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text));
        if let Some((name, [red, green, blue])) = named {
            return Ok(Self {
                name: Some(name),
                red,
                green,
                blue,
            });
        }
        let digits = text.strip_prefix('#').ok_or(ColorError)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(ColorError);
        }
        let digits = match digits.len() {
            // As in CSS, each digit stands for two: `#f80` is `#ff8800`.
            3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
            6 => digits.to_owned(),
            _ => return Err(ColorError),
        };
        let channel =
            |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| ColorError);
        Ok(Self {
            name: None,
            red: channel(0)?,
            green: channel(2)?,
            blue: channel(4)?,
        })
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name {
            Some(name) => f.pad(name),
            None => write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue),
        }
    }
}

impl Serialize for Color {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Why a text is not a valid colour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a colour is one of {}, #rrggbb or #rgb", Color::names().collect::<Vec<_>>().join(", "))]
pub struct ColorError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_names_or_digits_in_any_case() {
        for (text, shown) in [
            ("red", "red"),
            ("Gray", "gray"),
            ("#0a1b2c", "#0a1b2c"),
            ("#0A1B2C", "#0a1b2c"),
            ("#F80", "#ff8800"),
        ] {
            assert_eq!(text.parse::<Color>().unwrap().to_string(), shown);
        }
        for text in [
            "",
            "none",
            "grey",
            "#",
            "#ffff",
            "#12345g",
            "#+12345",
            "#ééé",
            "rgb(1,2,3)",
        ] {
            assert!(text.parse::<Color>().is_err(), "{text:?}");
        }
    }
}
