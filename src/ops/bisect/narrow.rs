//! Which of several candidates a test fails with, in as few runs as may be: a search among states, and one among subsets.

use std::collections::BTreeSet;
use std::ops::Range;

/// What one run of a test said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tested {
    /// It passed.
    Good,
    /// It failed.
    Bad,
    /// It could not say.
    Skipped,
}

/// Finds the first of the states in `open` that is bad, where the one before `open` is good and the last of them is bad.
/// Returns the states that may be it: more than one only if those between were skipped.
///
/// # Errors
///
/// The error of `test`.
pub(super) fn first_bad<E>(
    open: Range<usize>,
    mut test: impl FnMut(usize, usize) -> Result<Tested, E>,
) -> Result<Range<usize>, E> {
    let (mut first, mut last) = (open.start, open.end.saturating_sub(1));
    let mut skipped = BTreeSet::new();
    // What is looked for is one of `first..=last`; `last` is known to be bad.
    while let Some(middle) = nearest(first, last, &skipped) {
        match test(middle, last - first)? {
            Tested::Good => first = middle + 1,
            Tested::Bad => last = middle,
            Tested::Skipped => drop(skipped.insert(middle)),
        }
    }
    Ok(first..last + 1)
}

/// Returns the state of `first..last` nearest to the middle that was not skipped.
fn nearest(first: usize, last: usize, skipped: &BTreeSet<usize>) -> Option<usize> {
    let middle = first + (last - first).div_ceil(2).saturating_sub(1);
    let open = (first..last).filter(|state| !skipped.contains(state));
    open.min_by_key(|state| (state.abs_diff(middle), *state))
}

/// What is left of a set of moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Narrowed {
    /// The moves that the test fails with.
    pub(super) guilty: BTreeSet<usize>,
    /// Whether a smaller set may be enough that the test could not say anything about.
    pub(super) doubtful: bool,
}

/// Narrows the moves `0..count`, with which a test fails, down to a set of which no part is enough: Zeller's delta debugging.
///
/// Only sets that `coherent` returns are tested. It gets a set and returns the same, or one that may be tested in its place,
/// larger or smaller; `None` if there is none. No set is tested twice.
///
/// # Errors
///
/// The error of `test`.
pub(super) fn fewest<E>(
    count: usize,
    coherent: impl Fn(&BTreeSet<usize>, FitBy) -> Option<BTreeSet<usize>>,
    mut test: impl FnMut(&BTreeSet<usize>) -> Result<Tested, E>,
) -> Result<Narrowed, E> {
    let mut guilty: BTreeSet<usize> = (0..count).collect();
    let mut parts = 2;
    let mut passed: BTreeSet<BTreeSet<usize>> = BTreeSet::new();
    let mut skipped: BTreeSet<BTreeSet<usize>> = BTreeSet::new();
    'narrower: while guilty.len() > 1 {
        let all: Vec<usize> = guilty.iter().copied().collect();
        let size = all.len().div_ceil(parts);
        let chunks: Vec<BTreeSet<usize>> = all
            .chunks(size)
            .map(|chunk| chunk.iter().copied().collect())
            .collect();
        let others = chunks
            .iter()
            .map(|chunk| guilty.difference(chunk).copied().collect());
        let tries = chunks.iter().cloned().chain(others);
        let tries: Vec<BTreeSet<usize>> = tries.collect();
        for (index, wanted) in tries.iter().enumerate() {
            let is_chunk = index < chunks.len();
            for direction in [FitBy::Adding, FitBy::LeavingOut] {
                let Some(tried) = coherent(wanted, direction) else {
                    continue;
                };
                let is_smaller = tried.len() < guilty.len() && tried.is_subset(&guilty);
                if tried.is_empty()
                    || !is_smaller
                    || passed.contains(&tried)
                    || skipped.contains(&tried)
                {
                    continue;
                }
                match test(&tried)? {
                    Tested::Bad => {
                        guilty = tried;
                        parts = if is_chunk {
                            2
                        } else {
                            parts.saturating_sub(1).max(2)
                        };
                        continue 'narrower;
                    }
                    Tested::Good => drop(passed.insert(tried)),
                    Tested::Skipped => drop(skipped.insert(tried)),
                }
            }
        }
        if parts >= guilty.len() {
            break;
        }
        parts = (parts * 2).min(guilty.len());
    }
    let doubtful = skipped
        .iter()
        .any(|skipped| skipped.is_subset(&guilty) && *skipped != guilty);
    Ok(Narrowed { guilty, doubtful })
}

/// Which way a set may change that does not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FitBy {
    /// What it lacks is added.
    Adding,
    /// What does not fit is left out.
    LeavingOut,
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    fn set(members: &[usize]) -> BTreeSet<usize> {
        members.iter().copied().collect()
    }

    fn narrowed(count: usize, bad: impl Fn(&BTreeSet<usize>) -> Tested) -> (Narrowed, usize) {
        let mut runs = 0;
        let any = |set: &BTreeSet<usize>, _| Some(set.clone());
        let found = fewest(count, any, |tried| {
            runs += 1;
            Ok::<_, Infallible>(bad(tried))
        });
        (found.unwrap(), runs)
    }

    fn if_bad(bad: bool) -> Tested {
        if bad { Tested::Bad } else { Tested::Good }
    }

    #[test]
    fn what_was_skipped_stays_a_candidate() {
        let mut tried = Vec::new();
        let found = first_bad(1..9, |state, _| {
            tried.push(state);
            Ok::<_, Infallible>(match state {
                4 | 5 => Tested::Skipped,
                state => if_bad(state >= 6),
            })
        });
        assert_eq!(found.unwrap(), 4..7, "{tried:?}");
    }

    #[test]
    fn what_cannot_be_told_is_doubtful() {
        let (found, _) = narrowed(2, |tried| match tried.len() {
            2 => Tested::Bad,
            _ => Tested::Skipped,
        });
        assert!(found.doubtful);
        assert_eq!(found.guilty, set(&[0, 1]));
    }

    #[test]
    fn what_goes_together_stays_together() {
        // 1 needs 0, and 0 alone is harmless.
        let coherent = |wanted: &BTreeSet<usize>, direction| {
            let mut set = wanted.clone();
            if set.contains(&1) && !set.contains(&0) {
                match direction {
                    FitBy::Adding => drop(set.insert(0)),
                    FitBy::LeavingOut => drop(set.remove(&1)),
                }
            }
            Some(set)
        };
        let mut tried = Vec::new();
        let found = fewest(5, coherent, |set: &BTreeSet<usize>| {
            tried.push(set.clone());
            Ok::<_, Infallible>(if_bad(set.contains(&1)))
        });
        assert_eq!(found.unwrap().guilty, set(&[0, 1]));
        assert!(
            tried
                .iter()
                .all(|set| !set.contains(&1) || set.contains(&0)),
            "{tried:?}"
        );
    }

    proptest! {
        #[test]
        fn the_first_bad_state_is_found_in_a_logarithm_of_runs(count in 1usize..500, at in 0usize..500) {
            let at = 1 + at % count;
            let mut runs = 0;
            let found = first_bad(1..count + 1, |state, _| {
                runs += 1;
                Ok::<_, Infallible>(if_bad(state >= at))
            });
            prop_assert_eq!(found.unwrap(), at..at + 1);
            prop_assert!(runs <= count.ilog2() + 1, "{} runs for {}", runs, count);
        }

        #[test]
        fn exactly_the_guilty_are_left(count in 1usize..14, guilty in prop::collection::btree_set(0usize..14, 1..4)) {
            let guilty: BTreeSet<usize> = guilty.into_iter().map(|one| one % count).collect();
            let (found, _) = narrowed(count, |tried| if_bad(guilty.is_subset(tried)));
            prop_assert_eq!(found, Narrowed { guilty, doubtful: false });
        }
    }
}
