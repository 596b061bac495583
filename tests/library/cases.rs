//! How many cases a property is tried with.

use proptest::prelude::ProptestConfig;

/// So many cases, unless the environment asks for a number of its own: `PROPTEST_CASES=10000 cargo test`.
#[expect(
    clippy::disallowed_methods,
    reason = "whether it is set decides who chose the number"
)]
pub fn cases(in_the_suite: u32) -> ProptestConfig {
    let asked = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() {
        asked.cases
    } else {
        in_the_suite
    };
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 1000,
        ..asked
    }
}
