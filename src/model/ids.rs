use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// How many bytes a SHA-1 object name has; envctl supports no other object format.
const LENGTH: usize = 20;

/// Why a text is not an object name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an object name is 40 lower-case hexadecimal digits")]
pub struct IdError;

macro_rules! object_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; LENGTH]);

        impl $name {
            /// Returns the object name with these bytes.
            pub fn from_bytes(bytes: [u8; LENGTH]) -> Self {
                Self(bytes)
            }

            /// Returns the bytes of the object name.
            pub fn as_bytes(&self) -> &[u8; LENGTH] {
                &self.0
            }

            /// Returns the first ten digits, as people see them.
            pub fn short(&self) -> String {
                self.to_string()[..10].to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let mut bytes = [0; LENGTH];
                let digits = text.as_bytes();
                if digits.len() != 2 * LENGTH || !digits.iter().all(|d| matches!(d, b'0'..=b'9' | b'a'..=b'f')) {
                    return Err(IdError);
                }
                for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
                    let pair = std::str::from_utf8(pair).map_err(|_| IdError)?;
                    *byte = u8::from_str_radix(pair, 16).map_err(|_| IdError)?;
                }
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

object_name! {
    /// The name of a commit.
    CommitId
}

object_name! {
    /// The id of a blob: equal ids mean equal bytes.
    ContentId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_names_round_trip_and_nothing_else_parses() {
        let text = "00ff5e0a9b1c2d3e4f5061728394a5b6c7d8e9fa";
        assert_eq!(text.parse::<CommitId>().unwrap().to_string(), text);
        for bad in [
            "",
            "00ff",
            &text.to_uppercase(),
            &format!("{text}0"),
            "HEAD",
        ] {
            assert!(bad.parse::<CommitId>().is_err(), "{bad}");
        }
    }
}
