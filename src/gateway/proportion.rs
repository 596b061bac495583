use crate::model::{Bounded, Weight};

/// How many parts of 1 a weight keeps.
const PARTS: f64 = 1e6;
/// The largest weight whose parts are counted exactly.
const LARGEST: f64 = 1e9;

/// Returns `weights` as the smallest whole numbers in the same proportion, as near as weights of a rule go; what is above 0
/// stays so. `None` if one is negative or no number.
pub(super) fn in_proportion(weights: &[f64]) -> Option<Vec<Weight>> {
    let is_sound = |weight: &f64| weight.is_finite() && *weight >= 0.0;
    weights.iter().all(is_sound).then_some(())?;
    let parts: Vec<u64> = weights.iter().map(|it| whole(it * PARTS)).collect();
    let divisor = parts.iter().copied().fold(0, greatest_common_divisor);
    let reduced = parts.iter().map(|part| weight(part / divisor.max(1)));
    let reduced: Option<Vec<Weight>> = reduced.collect();
    let largest = weights.iter().copied().fold(0.0, f64::max);
    let keeps = parts
        .iter()
        .zip(weights)
        .all(|(part, weight)| *part > 0 || *weight == 0.0);
    match reduced.filter(|_| keeps && largest <= LARGEST) {
        Some(weights) => Some(weights),
        None => {
            let most = f64::from(*Weight::RANGE.end());
            let rounded = |it: &f64| {
                let least = if *it > 0.0 { 1.0 } else { 0.0 };
                weight(whole((it / largest * most).clamp(least, most)))
            };
            weights.iter().map(rounded).collect()
        }
    }
}

fn weight(value: u64) -> Option<Weight> {
    Weight::new(u32::try_from(value).ok()?)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a weight is not negative, and what is beyond all measure is the largest number"
)]
fn whole(value: f64) -> u64 {
    value.round() as u64
}

fn greatest_common_divisor(one: u64, other: u64) -> u64 {
    if other == 0 {
        one
    } else {
        greatest_common_divisor(other, one % other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_keep_their_proportion() {
        for (weights, expected) in [
            (&[0.7, 0.3][..], &[7, 3][..]),
            (&[60.0, 20.0], &[3, 1]),
            (&[2.0, 4.0, 0.0], &[1, 2, 0]),
            (&[0.0, 0.5], &[0, 1]),
            (&[0.0, 0.0], &[0, 0]),
            (&[1e9], &[1]),
            (&[1e9, 1.0], &[1_000_000, 1]),
            (&[1e300, 1e-300, 0.0], &[1_000_000, 1, 0]),
        ] {
            let found = in_proportion(weights).unwrap();
            let found: Vec<u32> = found.into_iter().map(Weight::value).collect();
            assert_eq!(found, expected, "{weights:?}");
        }
        for weights in [[-1.0, 1.0], [f64::NAN, 1.0], [f64::INFINITY, 1.0]] {
            assert_eq!(in_proportion(&weights), None, "{weights:?}");
        }
    }
}
