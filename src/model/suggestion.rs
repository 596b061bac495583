/// Returns the name that somebody who typed `name` most likely meant; `None` if none is close.
pub fn closest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // 0.8 is where cargo and clap draw the line for the same measure: one slip in a short word
    // passes, another word does not.
    const CLOSE: f64 = 0.8;
    let rated = names
        .into_iter()
        .map(|candidate| (strsim::jaro(name, candidate), candidate));
    let best = rated.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (best.0 >= CLOSE).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let names = ["prod", "staging", "qa"];
        assert_eq!(closest("stagin", names), Some("staging"));
        assert_eq!(closest("prdo", names), Some("prod"));
        assert_eq!(closest("canary", names), None);
        assert_eq!(closest("x", []), None);
    }
}
