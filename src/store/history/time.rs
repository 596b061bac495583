use jiff::Timestamp;

/// Returns the moment `seconds` after 1970, clamped to what a timestamp can express.
pub(in crate::store) fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}
