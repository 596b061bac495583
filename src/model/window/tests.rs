use super::*;

fn window(text: &str) -> Window {
    text.parse().unwrap()
}

/// What `fixtures/windows/witness.py` says by another implementation of time zones, with zone data of its own.
#[test]
fn windows_open_and_close_as_a_witness_says() {
    let recorded = include_str!("../../../fixtures/windows/witness.txt");
    let cases: Vec<Vec<&str>> = recorded
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
        .collect();
    assert!(cases.len() > 400, "{}", cases.len());
    for case in cases {
        let [text, moment, open, end, opens] = case.as_slice() else {
            panic!("{case:?}");
        };
        let (window, at) = (window(text), moment.parse::<Timestamp>().unwrap());
        let at_or_none = |text: &str| (text != "-").then(|| text.parse::<Timestamp>().unwrap());
        let found = (
            window.contains(at),
            window.end_around(at),
            window.opens_after(at),
        );
        let expected = (*open == "open", at_or_none(end), at_or_none(opens));
        assert_eq!(found, expected, "{text} at {moment}");
    }
}

#[test]
fn a_window_is_written_in_one_way() {
    for (text, written, clause) in [
        (
            "mon-thu 09:00-16:00 Europe/Berlin",
            "mon-thu 09:00-16:00 Europe/Berlin",
            "Monday to Thursday from 09:00 to 16:00 (Europe/Berlin)",
        ),
        (
            " Sun   22:00-02:00 utc ",
            "sun 22:00-02:00 UTC",
            "Sunday from 22:00 to 02:00 of the next day (UTC)",
        ),
        (
            "sat-mon,wed 00:00-00:00 asia/tokyo",
            "mon,wed,sat-sun 00:00-00:00 Asia/Tokyo",
            "Monday, Wednesday, Saturday to Sunday from 00:00 to 00:00 of the next day (Asia/Tokyo)",
        ),
    ] {
        let read = window(text);
        assert_eq!(
            (read.to_string().as_str(), read.clause().as_str()),
            (written, clause)
        );
        assert_eq!(window(written), read);
    }
}

#[test]
fn what_is_no_window_is_an_error() {
    for (text, says) in [
        ("", "invalid window"),
        ("mon-thu 09:00-16:00", "invalid window"),
        ("mon 09:00 UTC", "invalid window"),
        ("mon 09:00-16:00 UTC UTC", "invalid window"),
        ("monday 09:00-16:00 UTC", "invalid day \"monday\""),
        ("mon-xyz 09:00-16:00 UTC", "invalid day \"xyz\""),
        ("mon, 09:00-16:00 UTC", "invalid day \"\""),
        ("mon 9:00-16:00 UTC", "invalid time \"9:00\""),
        ("mon 09:00-24:00 UTC", "invalid time \"24:00\""),
        ("mon 09:60-10:00 UTC", "invalid time \"09:60\""),
        ("mon 09:00-16:00:00 UTC", "invalid time"),
        (
            "mon 09:00-16:00 Europe/Berlim",
            "unknown time zone \"Europe/Berlim\"",
        ),
        ("mon 09:00-16:00 CET-1CEST", "unknown time zone"),
        ("mon 09:00-16:00 +01:00", "unknown time zone"),
    ] {
        let error = text.parse::<Window>().unwrap_err().to_string();
        assert!(error.contains(says), "{text:?}: {error}");
    }
}

#[test]
fn the_ends_of_time_are_closed() {
    for at in [Timestamp::MIN, Timestamp::MAX] {
        let daily = window("mon-sun 09:00-10:00 UTC");
        assert!(!daily.contains(at));
    }
    assert_eq!(
        window("mon 09:00-10:00 UTC").opens_after(Timestamp::MAX),
        None
    );
}
