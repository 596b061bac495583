use super::entry::ModelEntry;
use super::values;
use crate::gateway::notes::ImportNotes;
use crate::gateway::proportion::in_proportion;
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
        let drained = entries.iter().filter(|entry| entry.weight.is_none());
        for entry in drained {
            let message = "without a `weight` beside entries that have one it gets no request: its weight is 0";
            desk.adapted(&["model_list", &entry.index.to_string()], message);
        }
        let whole = |weight: &f64| values::whole(*weight).and_then(Weight::new);
        return match weights.iter().map(whole).collect() {
            Some(weights) => weights,
            None => {
                desk.adapted(&at, "weights are whole numbers in the same proportion");
                in_proportion(&weights).unwrap_or_default()
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
            desk.adapted(
                &at,
                format!("the entries of its name are chosen by `{word}`, so that is their weight"),
            );
            return in_proportion(&limits).unwrap_or_default();
        }
    }
    desk.adapted(
        &at,
        "the entries of its name share the requests evenly, so each has the weight 1",
    );
    let even = Weight::new(1);
    entries.iter().filter_map(|_| even).collect()
}
