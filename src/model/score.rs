use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// What an evaluation measured, such as 0.93: any finite number. What it means is up to the check.
#[derive(Clone, Copy, Debug)]
pub struct Score(f64);

impl Score {
    /// Returns `number` as a score; `None` for infinities and for what is not a number.
    pub fn new(number: f64) -> Option<Self> {
        // Negative zero is written as zero, so that scores that read the same are the same.
        number.is_finite().then_some(Self(number + 0.0))
    }
}

/// The text is not a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a score is a finite number, such as 0.93")]
pub struct ScoreError;

impl FromStr for Score {
    type Err = ScoreError;

    fn from_str(text: &str) -> Result<Self, ScoreError> {
        // Rust's parser takes `inf` and `nan` as well, which `new` refuses.
        let number = text.trim().parse().map_err(|_| ScoreError)?;
        Self::new(number).ok_or(ScoreError)
    }
}

impl PartialEq for Score {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Score {}

/// As TOML and JSON write it, always with a fraction or an exponent.
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl Serialize for Score {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_finite_and_reads_as_it_is_written() {
        for text in ["0.93", "1.0", "-3.5", "1e300", "0.1"] {
            assert_eq!(text.parse::<Score>().unwrap().to_string(), text);
        }
        assert_eq!("1".parse::<Score>().unwrap().to_string(), "1.0");
        assert_eq!("-0".parse::<Score>(), "0".parse::<Score>());
        for bad in ["", "nan", "inf", "-infinity", "93%", "0,93"] {
            assert_eq!(bad.parse::<Score>(), Err(ScoreError), "{bad}");
        }
    }
}
