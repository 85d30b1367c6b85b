//! Which part of a file is asked for, and whether the client has it already: the headers of a
//! request against the validators of a file.

use std::ops::Range;

use axum::http::{HeaderMap, HeaderName, header};
use jiff::{Timestamp, fmt::rfc2822};

/// What shall be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Bytes that the file does not have.
    Beyond,
    /// Nothing: the client has it.
    Unchanged,
    /// Nothing: the file is not the one that the client means.
    Another,
}

/// Reads the conditions and the range of a request for a file with this tag (quoted), time of
/// change (seconds since 1970) and size.
pub(super) fn wanted(headers: &HeaderMap, tag: &str, changed: i64, size: u64) -> Wanted {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let time = |name| text(name).and_then(seconds);
    let another = match text(header::IF_MATCH) {
        Some(list) => !lists(list, tag),
        None => time(header::IF_UNMODIFIED_SINCE).is_some_and(|since| changed > since),
    };
    if another {
        return Wanted::Another;
    }
    let unchanged = match text(header::IF_NONE_MATCH) {
        // Here a tag that was made weak on the way counts as well.
        Some(list) => list.split(',').any(|one| matches_weakly(one.trim(), tag)),
        None => time(header::IF_MODIFIED_SINCE).is_some_and(|since| changed <= since),
    };
    if unchanged {
        return Wanted::Unchanged;
    }
    // A range that belongs to another state of the file means nothing: all of it is sent. A date
    // is too coarse to tell states apart.
    match text(header::RANGE) {
        Some(range) if text(header::IF_RANGE).is_none_or(|of| of.trim() == tag) => {
            part(range, size)
        }
        _ => Wanted::Whole,
    }
}

/// Writes a time as HTTP does.
pub(super) fn date(seconds: i64) -> Option<String> {
    let timestamp = Timestamp::from_second(seconds).ok()?;
    rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&timestamp).ok()
}

fn seconds(date: &str) -> Option<i64> {
    let timestamp = rfc2822::DateTimeParser::new().parse_timestamp(date.trim()).ok()?;
    Some(timestamp.as_second())
}

fn lists(list: &str, tag: &str) -> bool {
    list.split(',').any(|one| one.trim() == tag || one.trim() == "*")
}

fn matches_weakly(one: &str, tag: &str) -> bool {
    one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag
}

/// Reads a range. Several at once, or what is no range, may be answered with the whole file.
fn part(range: &str, size: u64) -> Wanted {
    match range.trim().strip_prefix("bytes=").map(str::trim) {
        Some(range) if !range.contains(',') => one_part(range, size),
        _ => Wanted::Whole,
    }
}

fn one_part(range: &str, size: u64) -> Wanted {
    let Some((first, last)) = range.split_once('-') else { return Wanted::Whole };
    let (first, last) = (number(first), number(last));
    let found = match (first, last) {
        (Some(Field::Number(first)), Some(Field::Number(last))) if first <= last => {
            first..last.saturating_add(1).min(size)
        }
        (Some(Field::Number(first)), Some(Field::Empty)) => first..size,
        // The last so many bytes.
        (Some(Field::Empty), Some(Field::Number(count))) => size.saturating_sub(count)..size,
        _ => return Wanted::Whole,
    };
    if found.is_empty() { Wanted::Beyond } else { Wanted::Part(found) }
}

enum Field {
    Empty,
    Number(u64),
}

/// Reads one end of a range; a number beyond 64 bits is as good as the largest.
fn number(text: &str) -> Option<Field> {
    match text.trim() {
        "" => Some(Field::Empty),
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
            Some(Field::Number(digits.parse().unwrap_or(u64::MAX)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TAG: &str = "\"a-1\"";

    fn ask(headers: &[(HeaderName, &str)]) -> Wanted {
        let pairs = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap()));
        wanted(&pairs.collect(), TAG, 1_000_000, 100)
    }

    #[test]
    fn ranges_are_read() {
        for (range, expected) in [
            ("bytes=0-9", Wanted::Part(0..10)),
            ("bytes=90-", Wanted::Part(90..100)),
            ("bytes=-5", Wanted::Part(95..100)),
            ("bytes=-500", Wanted::Part(0..100)),
            ("bytes=50-1000", Wanted::Part(50..100)),
            ("bytes=0-99999999999999999999999", Wanted::Part(0..100)),
            ("bytes=100-", Wanted::Beyond),
            ("bytes=-0", Wanted::Beyond),
            ("bytes=9-0", Wanted::Whole),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("bytes=x-", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("lines=1-2", Wanted::Whole),
        ] {
            assert_eq!(ask(&[(header::RANGE, range)]), expected, "{range}");
        }
    }

    #[test]
    fn a_range_of_another_state_gives_the_whole_file() {
        let range = (header::RANGE, "bytes=10-");
        for (of, expected) in [
            (TAG, Wanted::Part(10..100)),
            ("\"b-1\"", Wanted::Whole),
            ("W/\"a-1\"", Wanted::Whole),
            ("Mon, 12 Jan 1970 13:46:40 GMT", Wanted::Whole),
        ] {
            assert_eq!(ask(&[range.clone(), (header::IF_RANGE, of)]), expected, "{of}");
        }
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        for tag in [TAG, "W/\"a-1\"", "\"x\", \"a-1\"", "*"] {
            assert_eq!(ask(&[(header::IF_NONE_MATCH, tag)]), Wanted::Unchanged, "{tag}");
        }
        let date = date(1_000_000).unwrap();
        assert_eq!(date, "Mon, 12 Jan 1970 13:46:40 GMT");
        let since = (header::IF_MODIFIED_SINCE, date.as_str());
        assert_eq!(ask(std::slice::from_ref(&since)), Wanted::Unchanged);
        // The tag says more than the time.
        assert_eq!(ask(&[since, (header::IF_NONE_MATCH, "\"x\"")]), Wanted::Whole);
        assert_eq!(ask(&[(header::IF_MATCH, "\"x\"")]), Wanted::Another);
        assert_eq!(ask(&[(header::IF_MATCH, TAG)]), Wanted::Whole);
        let before = (header::IF_UNMODIFIED_SINCE, "Mon, 12 Jan 1970 13:46:39 GMT");
        assert_eq!(ask(&[before]), Wanted::Another);
    }

    proptest! {
        #[test]
        fn any_range_lies_within_the_file(range in "(bytes=)?[-0-9, x]{0,12}", size in 0_u64..50) {
            if let Wanted::Part(part) = part(&range, size) {
                prop_assert!(part.start < part.end && part.end <= size);
            }
        }
    }
}
