use super::entry::ModelEntry;
use super::values;
use crate::gateway::notes::ImportNotes;
use crate::model::{Bounded, Weight};

/// Returns the weights of `entries`, which share the requests: what LiteLLM chooses by where they have no order.
pub(super) fn weights(desk: &mut ImportNotes<'_>, entries: &[ModelEntry]) -> Vec<Weight> {
    let said = |part: &dyn Fn(&ModelEntry) -> Option<f64>| -> Option<Vec<f64>> {
        let values: Vec<f64> = entries
            .iter()
            .map(|entry| part(entry).unwrap_or(0.0))
            .collect();
        values.iter().any(|value| *value > 0.0).then_some(values)
    };
    let at = ["model_list", &entries[0].index.to_string()];
    if let Some(weights) = said(&|entry| entry.weight) {
        let whole = |weight: &f64| values::whole(*weight).and_then(Weight::new);
        return match weights.iter().map(whole).collect() {
            Some(weights) => weights,
            None => {
                desk.changed(&at, "weights are whole numbers in the same proportion");
                scaled(&weights)
            }
        };
    }
    for (word, limit) in [
        (
            "rpm",
            said(&|it| it.limits.rpm.map(|rpm| f64::from(rpm.value()))),
        ),
        (
            "tpm",
            said(&|it| it.limits.tpm.map(|tpm| f64::from(tpm.value()))),
        ),
    ] {
        if let Some(limits) = limit {
            desk.changed(
                &at,
                format!("the entries of its name are chosen by `{word}`, so that is their weight"),
            );
            return scaled(&limits);
        }
    }
    desk.changed(
        &at,
        "the entries of its name share the requests evenly, so each has the weight 1",
    );
    let even = Weight::new(1);
    entries.iter().filter_map(|_| even).collect()
}

/// `weights` in the same proportion as whole numbers that a weight can be; what is not drained keeps a share.
fn scaled(weights: &[f64]) -> Vec<Weight> {
    let most = f64::from(*Weight::RANGE.end());
    let largest = weights.iter().copied().fold(0.0, f64::max);
    let whole = weights.iter().all(|weight| weight.fract() == 0.0);
    // Six digits behind a point are kept.
    let factor = if whole { 1.0 } else { 1e6 };
    let parts: Option<Vec<u32>> = weights
        .iter()
        .map(|weight| values::whole((weight * factor).round()))
        .collect();
    let parts = parts.map(|parts| {
        let divisor = parts
            .iter()
            .copied()
            .fold(0, greatest_common_divisor)
            .max(1);
        parts
            .into_iter()
            .map(|part| part / divisor)
            .collect::<Vec<_>>()
    });
    let fine = |parts: &Vec<u32>| {
        let kept = |(part, weight): (&u32, &f64)| *part > 0 || *weight == 0.0;
        parts.iter().all(|part| Weight::new(*part).is_some()) && parts.iter().zip(weights).all(kept)
    };
    let parts = parts.filter(fine).unwrap_or_else(|| {
        let rounded = |weight: &f64| {
            let least = if *weight > 0.0 { 1.0 } else { 0.0 };
            values::whole((weight / largest * most).round().clamp(least, most)).unwrap_or(0)
        };
        weights.iter().map(rounded).collect()
    });
    parts.into_iter().filter_map(Weight::new).collect()
}

fn greatest_common_divisor(one: u32, other: u32) -> u32 {
    match other {
        0 => one,
        other => greatest_common_divisor(other, one % other),
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
            (&[0.0, 0.5], &[0, 1]),
            (&[1e9, 1.0], &[1_000_000, 1]),
        ] {
            let found: Vec<u32> = scaled(weights).into_iter().map(Weight::value).collect();
            assert_eq!(found, expected, "{weights:?}");
        }
    }
}
