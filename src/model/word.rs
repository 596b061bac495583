use crate::model::suggestion::closest;

/// A text is none of the words that a key takes. It is not repeated: whoever shows the error shows the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not one of {}{}", .words.join(", "), .meant.map(|word| format!("; did you mean {word}?")).unwrap_or_default())]
pub struct WordError {
    /// The words that there are.
    words: &'static [&'static str],
    /// The one that was most likely meant.
    meant: Option<&'static str>,
}

impl WordError {
    /// Returns the error for `text`, which is not one of `words`.
    pub(super) fn new(text: &str, words: &'static [&'static str]) -> Self {
        Self {
            words,
            meant: closest(text, words.iter().copied()),
        }
    }
}

/// Declares a choice among words: its variants, and how each is spelled in files and answers.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every word, in the order in which they are listed.
            pub const WORDS: &[&str] = &[$($word),*];

            /// Returns the word.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::model::word::WordError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    _ => Err($crate::model::word::WordError::new(text, Self::WORDS)),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "enum": Self::WORDS })
            }
        }
    };
}

pub(super) use words;
