use std::io;
use std::time::Duration;

use crate::quartiles::quartiles;

/// Does a job once and tells how long that took, or what else it cost.
pub type Side = Box<dyn FnMut() -> io::Result<f64>>;

/// Two sides that do the same, or one side whose cost is told as it is.
pub enum Contest {
    /// Told as what the first costs over what the second costs.
    Ratio(Side, Side),
    /// Told in the unit of the side.
    Cost(Side),
}

/// What the rounds came to.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    pub lower: f64,
    pub median: f64,
    pub upper: f64,
}

impl Contest {
    /// Runs both sides `rounds` times, after one round that warms the caches and does not count.
    pub fn measure(mut self, rounds: usize) -> io::Result<Measured> {
        let mut values = Vec::new();
        for round in 0..=rounds {
            let value = self.round(round)?;
            if round > 0 {
                values.push(value);
            }
        }
        let [lower, median, upper] = quartiles(values);
        Ok(Measured {
            lower,
            median,
            upper,
        })
    }

    /// Who runs first alternates, so that neither always finds what the other has just left.
    fn round(&mut self, round: usize) -> io::Result<f64> {
        match self {
            Self::Cost(side) => side(),
            Self::Ratio(ours, theirs) if round.is_multiple_of(2) => {
                let ours = ours()?;
                Ok(ours / theirs()?)
            }
            Self::Ratio(ours, theirs) => {
                let theirs = theirs()?;
                Ok(ours()? / theirs)
            }
        }
    }
}

/// A duration as the cost of a side.
pub fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}
