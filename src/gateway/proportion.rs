/// Returns `weights` as the smallest whole numbers in the same proportion; `None` if one is negative or beyond all measure.
pub(super) fn in_proportion(weights: &[f64]) -> Option<Vec<u32>> {
    let millionths: Option<Vec<u64>> = weights.iter().copied().map(millionths).collect();
    let millionths = millionths?;
    let divisor = millionths
        .iter()
        .copied()
        .fold(0, greatest_common_divisor)
        .max(1);
    let whole = millionths
        .iter()
        .map(|weight| u32::try_from(weight / divisor).ok());
    whole.collect()
}

fn millionths(weight: f64) -> Option<u64> {
    let scaled = (weight * 1e6).round();
    // A weight beyond these is refused, as it would be if it stood in a release.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked before"
    )]
    (0.0..=1e12).contains(&scaled).then_some(scaled as u64)
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
    fn shares_become_whole_numbers() {
        assert_eq!(in_proportion(&[0.7, 0.3]), Some(vec![7, 3]));
        assert_eq!(in_proportion(&[2.0, 4.0, 0.0]), Some(vec![1, 2, 0]));
        assert_eq!(in_proportion(&[-1.0]), None);
        assert_eq!(in_proportion(&[f64::NAN]), None);
        assert_eq!(in_proportion(&[1e6]), Some(vec![1]));
        assert_eq!(in_proportion(&[1e9]), None);
    }
}
