//! Answers of honest, odd and lying servers.

use super::*;
use proptest::prelude::*;

fn headers(lines: &[(HeaderName, &str)]) -> HeaderMap {
    lines.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
}

fn tag(text: &str) -> Validator {
    Validator::Tag(text.parse().unwrap())
}

fn rest_of_ten() -> Resume {
    Resume { from: 4, size: Some(10), validator: Some(tag("\"a\"")) }
}

#[test]
fn a_whole_answer_gives_size_and_validator() {
    let plain = read(200, &headers(&[(CONTENT_LENGTH, "10"), (ETAG, "\"a\"")]), None).unwrap();
    assert_eq!(plain, Answer { size: Some(10), start: 0, validator: Some(tag("\"a\"")) });
    let bare = read(200, &headers(&[]), None).unwrap();
    assert_eq!(bare, Answer { size: None, start: 0, validator: None });
}

#[test]
fn a_weak_tag_does_not_tell_contents_apart_but_a_date_does() {
    assert_eq!(Validator::of(&headers(&[(ETAG, "W/\"a\"")])), None);
    let both = headers(&[(ETAG, "W/\"a\""), (LAST_MODIFIED, "Thu, 01 Jan 1970 00:00:00 GMT")]);
    assert!(matches!(Validator::of(&both), Some(Validator::Date(_))));
}

#[test]
fn the_rest_must_be_the_rest() {
    let part = |range: &str, length: &str, tag: &str| {
        let lines = [(CONTENT_RANGE, range), (CONTENT_LENGTH, length), (ETAG, tag)];
        read(206, &headers(&lines), Some(&rest_of_ten()))
    };
    assert_eq!(part("bytes 4-9/10", "6", "\"a\"").unwrap().start, 4);
    assert_eq!(part("bytes 4-9/*", "6", "\"a\"").unwrap().size, Some(10));
    for (range, length) in [
        ("bytes 0-9/10", "10"),
        ("bytes 5-9/10", "5"),
        ("bytes 4-8/10", "5"),
        ("bytes 4-9/10", "7"),
        ("bytes 9-4/10", "6"),
        ("bytes 4-9/9", "6"),
        ("bytes */10", "6"),
        ("bytes=4-9/10", "6"),
        ("bytes 4-+9/10", "6"),
        ("bytes 4-18446744073709551615/*", "6"),
        ("bytes -9/10", "6"),
    ] {
        let answer = part(range, length, "\"a\"");
        assert!(matches!(answer, Err(FetchErrorKind::Nonsense(_))), "{range} {answer:?}");
    }
    assert_eq!(part("bytes 4-9/10", "6", "\"b\""), Err(FetchErrorKind::Changed));
    assert_eq!(part("bytes 4-10/11", "7", "\"a\""), Err(FetchErrorKind::Changed));
}

#[test]
fn a_server_without_ranges_is_used_only_where_the_content_is_the_same() {
    let whole = |tag: &str, length: &str| {
        read(200, &headers(&[(ETAG, tag), (CONTENT_LENGTH, length)]), Some(&rest_of_ten()))
    };
    assert_eq!(whole("\"a\"", "10").unwrap().start, 0);
    assert_eq!(whole("\"b\"", "10"), Err(FetchErrorKind::Changed));
    assert_eq!(whole("\"a\"", "11"), Err(FetchErrorKind::Changed));
    assert_eq!(read(200, &headers(&[]), Some(&rest_of_ten())), Err(FetchErrorKind::Changed));
}

#[test]
fn every_status_has_a_meaning() {
    let kind = |status| read(status, &HeaderMap::new(), None).unwrap_err();
    assert_eq!(kind(404), FetchErrorKind::NotFound);
    assert_eq!(kind(403), FetchErrorKind::Refused(403));
    assert_eq!(kind(302), FetchErrorKind::Redirected);
    assert_eq!(kind(304), FetchErrorKind::Refused(304));
    assert_eq!(kind(204), FetchErrorKind::Refused(204));
    assert_eq!(kind(503), FetchErrorKind::Failing(503));
    assert_eq!(kind(429), FetchErrorKind::Failing(429));
    assert!(matches!(kind(206), FetchErrorKind::Nonsense(_)));
    let resumed = read(416, &HeaderMap::new(), Some(&rest_of_ten()));
    assert_eq!(resumed, Err(FetchErrorKind::Changed));
}

proptest! {
    #[test]
    fn ranges_are_read_as_written(first in 0..u64::MAX - 1, more in 0u64..1 << 40, size: bool) {
        let last = first.saturating_add(more).min(u64::MAX - 1);
        let size = size.then_some(last + 1);
        let shown = size.map_or("*".into(), |size| size.to_string());
        let parsed = Range::parse(format!("bytes {first}-{last}/{shown}").as_bytes());
        prop_assert_eq!(parsed, Some(Range { first, last, size }));
    }

    #[test]
    fn what_is_accepted_is_a_part(text in "(bytes )?[0-9*-]{0,6}-?[0-9*]{0,21}/?[0-9*]{0,4}") {
        if let Some(range) = Range::parse(text.as_bytes()) {
            prop_assert!(range.first <= range.last);
            prop_assert!(range.size.is_none_or(|size| range.last < size));
        }
    }
}
