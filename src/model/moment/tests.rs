use super::*;

/// A Sunday, at noon in Greenwich, which is 13:00 in Berlin.
fn present() -> Present {
    Present {
        now: "2026-11-22T12:00:00Z".parse().unwrap(),
        zone: TimeZone::get("Europe/Berlin").unwrap(),
    }
}

fn read(text: &str, tense: Tense) -> String {
    match moment(text, &present(), tense) {
        Ok(at) => at.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn moments_of_the_past_are_read() {
    for (text, at) in [
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
        ("2026-11-20T10:00:00+02:00", "2026-11-20T08:00:00Z"),
        ("2026-11-20T10:00[America/New_York]", "2026-11-20T15:00:00Z"),
        ("2026-11-20 14:05", "2026-11-20T13:05:00Z"),
        ("2026-11-20T14:05", "2026-11-20T13:05:00Z"),
        ("2026-11-20", "2026-11-19T23:00:00Z"),
        ("@1700000000", "2023-11-14T22:13:20Z"),
        ("@1700000000 +0100", "2023-11-14T22:13:20Z"),
        ("1700000000 +0000", "2023-11-14T22:13:20Z"),
        ("2023-11-14 23:13:20 +0100", "2023-11-14T22:13:20Z"),
        ("Tue, 14 Nov 2023 23:13:20 +0100", "2023-11-14T22:13:20Z"),
        ("Tue Nov 14 23:13:20 2023 +0100", "2023-11-14T22:13:20Z"),
        ("Tue Nov 14 23:13:20 2023", "2023-11-14T22:13:20Z"),
        ("now", "2026-11-22T12:00:00Z"),
        ("yesterday", "2026-11-21T12:00:00Z"),
        ("Yesterday 09:00", "2026-11-21T08:00:00Z"),
        ("yesterday at 09:00", "2026-11-21T08:00:00Z"),
        ("yesterday noon", "2026-11-21T11:00:00Z"),
        ("noon yesterday", "2026-11-21T11:00:00Z"),
        ("noon", "2026-11-22T11:00:00Z"),
        ("midnight", "2026-11-21T23:00:00Z"),
        ("today", "2026-11-21T23:00:00Z"),
        ("13:00", "2026-11-22T12:00:00Z"),
        ("9:30", "2026-11-22T08:30:00Z"),
        ("14:00", "2026-11-21T13:00:00Z"),
        ("14:00:30", "2026-11-21T13:00:30Z"),
        ("2pm", "2026-11-21T13:00:00Z"),
        ("12am", "2026-11-21T23:00:00Z"),
        ("monday", "2026-11-15T23:00:00Z"),
        ("fri 17:00", "2026-11-20T16:00:00Z"),
        ("2026-11-20 noon", "2026-11-20T11:00:00Z"),
        ("3h ago", "2026-11-22T09:00:00Z"),
        ("2 days ago", "2026-11-20T12:00:00Z"),
        ("2.days.ago", "2026-11-20T12:00:00Z"),
        ("an hour ago", "2026-11-22T11:00:00Z"),
        ("1h 30m ago", "2026-11-22T10:30:00Z"),
        ("1 week ago", "2026-11-15T12:00:00Z"),
        ("1 month ago", "2026-10-22T11:00:00Z"),
    ] {
        assert_eq!(read(text, Tense::Past), at, "{text}");
    }
}

#[test]
fn moments_to_come_are_read() {
    for (text, at) in [
        ("tomorrow 09:00", "2026-11-23T08:00:00Z"),
        ("tomorrow", "2026-11-23T12:00:00Z"),
        ("in 2h", "2026-11-22T14:00:00Z"),
        ("in 1h 30m", "2026-11-22T13:30:00Z"),
        ("in 2 days", "2026-11-24T12:00:00Z"),
        ("in a week", "2026-11-29T12:00:00Z"),
        ("14:00", "2026-11-22T13:00:00Z"),
        ("12:00", "2026-11-23T11:00:00Z"),
        ("noon", "2026-11-23T11:00:00Z"),
        ("monday 09:00", "2026-11-23T08:00:00Z"),
        ("2026-12-01T08:00:00Z", "2026-12-01T08:00:00Z"),
        ("now", "2026-11-22T12:00:00Z"),
    ] {
        assert_eq!(read(text, Tense::Future), at, "{text}");
    }
}

#[test]
fn where_both_are_meant_a_clock_is_todays() {
    assert_eq!(read("14:00", Tense::Either), "2026-11-22T13:00:00Z");
    assert_eq!(read("12:00", Tense::Either), "2026-11-22T11:00:00Z");
    assert_eq!(read("in 2h", Tense::Either), "2026-11-22T14:00:00Z");
    assert_eq!(read("2h ago", Tense::Either), "2026-11-22T10:00:00Z");
}

#[test]
fn the_other_side_of_the_present_is_refused() {
    for text in ["tomorrow", "tomorrow 09:00", "in 2h"] {
        assert!(read(text, Tense::Past).contains("in the future"), "{text}");
    }
    for text in ["yesterday", "2 days ago", "2026-11-20T10:00:00Z"] {
        assert!(read(text, Tense::Future).contains("in the past"), "{text}");
    }
}

#[test]
fn a_time_that_a_clock_change_skips_or_repeats_is_one_moment() {
    assert_eq!(
        read("2026-03-29 02:30", Tense::Past),
        "2026-03-29T01:30:00Z"
    );
    assert_eq!(
        read("2026-10-25 02:30", Tense::Past),
        "2026-10-25T00:30:00Z"
    );
}

#[test]
fn revisions_and_nonsense_are_no_moments() {
    for text in [
        "",
        " ",
        "HEAD~2",
        "main",
        "v1.0",
        "abc1234",
        "1234567",
        "long ago",
        "ago",
        "25:00",
        "14:60",
        "13pm",
        "1:2:3:4",
        "in",
        "in -2h",
        "-2h ago",
        "2026-13-01",
        "tomorrow tomorrow",
        "@",
        "@x",
        "é:00",
    ] {
        assert!(
            matches!(
                moment(text, &present(), Tense::Past),
                Err(MomentError::Form { .. })
            ),
            "{text:?}"
        );
    }
    let far = moment("99999 years ago", &present(), Tense::Past);
    assert!(far.is_err(), "{far:?}");
    assert!(moment("@99999999999999", &present(), Tense::Past).is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in ".{0,40}") {
        for tense in [Tense::Past, Tense::Future, Tense::Either] {
            let _ = moment(&text, &present(), tense);
        }
    }

    #[test]
    fn what_is_written_as_rfc_3339_reads_the_same(second in 0..1_790_000_000i64) {
        let at = Timestamp::from_second(second).unwrap();
        proptest::prop_assert_eq!(moment(&at.to_string(), &present(), Tense::Past), Ok(at));
    }
}
