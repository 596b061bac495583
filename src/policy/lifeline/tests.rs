use super::*;

/// A lifeline of numbers, oldest first: 0 is nothing, -1 no environment. The span at an index began with the commit of that
/// number.
fn lifeline(lived: &[i64], until: Until) -> Lifeline {
    let span = |(index, lived): (usize, &i64)| Span {
        lived: match u32::try_from(*lived).map(VersionNumber::new) {
            Err(_) => Lived::NoEnvironment,
            Ok(live) => Lived::of(live),
        },
        commit: (index > 0).then(|| commit(index)),
    };
    let mut spans: Vec<Span> = lived.iter().enumerate().map(span).collect();
    spans.reverse();
    Lifeline { spans, until }
}

fn commit(index: usize) -> CommitId {
    CommitId::from_bytes([u8::try_from(index).unwrap(); 20])
}

/// Every version has bytes of its own, but 9 those of 2.
fn content(number: VersionNumber) -> Option<ContentId> {
    let byte = match number.value() {
        9 => 2,
        number => u8::try_from(number).unwrap(),
    };
    Some(ContentId::from_bytes([byte; 20]))
}

#[test]
fn marks_follow_from_what_was_live() {
    type Row<'a> = (&'a str, &'a [i64], &'a [(u32, usize)]);
    let rows: &[Row<'_>] = &[
        ("moves forward mark nothing", &[-1, 0, 1, 2, 3], &[]),
        (
            "a return marks what it undoes",
            &[-1, 0, 1, 2, 1],
            &[(2, 4), (9, 4)],
        ),
        (
            "over several versions all of them",
            &[-1, 0, 1, 2, 3, 1],
            &[(2, 5), (3, 5), (9, 5)],
        ),
        (
            "then the middle one is no return",
            &[-1, 0, 1, 2, 3, 1, 2],
            &[(3, 5)],
        ),
        (
            "a return that is taken back leaves no mark",
            &[-1, 0, 1, 2, 3, 1, 3],
            &[],
        ),
        (
            "but what another return marked stays marked",
            &[-1, 0, 1, 2, 1, 3, 1, 3],
            &[(2, 4), (9, 4)],
        ),
        (
            "newer versions stay as they are",
            &[-1, 0, 1, 2, 1, 4],
            &[(2, 4), (9, 4)],
        ),
        (
            "a version that was never live here is no return",
            &[-1, 0, 3, 1],
            &[],
        ),
        (
            "a move to a marked version clears the mark and marks nothing",
            &[-1, 0, 1, 2, 1, 2],
            &[],
        ),
        (
            "and what follows counts again",
            &[-1, 0, 1, 2, 1, 2, 1],
            &[(2, 6), (9, 6)],
        ),
        (
            "the same bytes under another number",
            &[-1, 0, 1, 2, 1, 9],
            &[],
        ),
        (
            "a first release that is taken away",
            &[-1, 0, 1, 0],
            &[(1, 3)],
        ),
        ("a later release that is taken away", &[-1, 0, 1, 2, 0], &[]),
        (
            "what comes back after nothing is no return",
            &[-1, 0, 1, 2, 0, 1],
            &[],
        ),
        (
            "an environment that is deleted leaves the marks",
            &[-1, 0, 1, 2, 1, -1, 0],
            &[(2, 4), (9, 4)],
        ),
        ("and marks nothing", &[-1, 0, 1, -1, 0], &[]),
        (
            "one that is made anew has no past",
            &[-1, 0, 1, 3, -1, 0, 3, 1],
            &[],
        ),
        (
            "an environment that comes with a marked version clears the mark",
            &[-1, 0, 1, 2, 1, -1, 2],
            &[],
        ),
    ];
    for (why, lived, marked) in rows {
        let lifeline = lifeline(lived, Until::Beginning);
        let found: Vec<(u32, usize)> = (1..=9)
            .filter_map(|number| {
                let mark = lifeline
                    .rolled_back(VersionNumber::new(number).unwrap(), content)
                    .unwrap()?;
                Some((number, (0..9).find(|index| commit(*index) == mark)?))
            })
            .collect();
        assert_eq!(found, *marked, "{why}");
    }
}

#[test]
fn a_return_to_what_was_live_before_the_lifeline_begins_asks_for_more() {
    let number = |number| VersionNumber::new(number).unwrap();
    let until = Until::Published(number(4));
    // Of 5, which was published after the lifeline begins, and of 2, which was published before.
    let cut = |to| lifeline(&[3, 4, to], until).rolled_back(number(4), content);
    assert_eq!(cut(5), Ok(None));
    assert_eq!(cut(3), Ok(Some(commit(2))));
    assert_eq!(cut(2), Err(number(2)));
    // What was never live needs no more.
    assert_eq!(
        lifeline(&[3, 2], until).rolled_back(number(4), content),
        Ok(None)
    );
}
