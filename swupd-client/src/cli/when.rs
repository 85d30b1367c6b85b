//! Times as people read them.

use jiff::Timestamp;

/// Returns a day.
pub(super) fn day(seconds: u64) -> String {
    formatted(seconds, "%Y-%m-%d")
}

/// Returns a moment.
pub(super) fn minute(seconds: u64) -> String {
    formatted(seconds, "%Y-%m-%d %H:%M UTC")
}

/// Returns a moment, and how long ago it was.
pub(super) fn moment(now: u64, then: u64) -> String {
    format!("{} ({})", minute(then), ago(now, then))
}

/// Returns how long ago something was, in its largest unit.
pub(super) fn ago(now: u64, then: u64) -> String {
    let Some(seconds) = now.checked_sub(then) else { return "in the future".into() };
    let unit = UNITS.iter().rev().find(|(_, length)| seconds >= *length);
    let Some((name, length)) = unit else { return "just now".into() };
    match seconds / length {
        1 => format!("1 {name} ago"),
        many => format!("{many} {name}s ago"),
    }
}

fn formatted(seconds: u64, form: &str) -> String {
    let instant = i64::try_from(seconds).ok().and_then(|s| Timestamp::from_second(s).ok());
    instant.map_or_else(|| "at no time".into(), |instant| instant.strftime(form).to_string())
}

const UNITS: &[(&str, u64)] = &[("minute", 60), ("hour", 60 * 60), ("day", 24 * 60 * 60)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_their_largest_unit() {
        let day_and_hour = 86_400 + 3_600;
        for (seconds, told) in [
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (7199, "1 hour ago"),
            (7200, "2 hours ago"),
            (day_and_hour, "1 day ago"),
            (400 * 86_400, "400 days ago"),
        ] {
            assert_eq!(ago(1_000_000_000, 1_000_000_000 - seconds), told);
        }
        assert_eq!(ago(5, 6), "in the future");
        assert_eq!(moment(1_700_000_060, 1_700_000_000), "2023-11-14 22:13 UTC (1 minute ago)");
        assert_eq!(day(1_700_000_000), "2023-11-14");
        assert_eq!(day(u64::MAX), "at no time");
    }
}
