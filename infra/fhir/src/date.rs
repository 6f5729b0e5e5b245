//! FHIR dates: a `date`, `dateTime` or `instant` is the span of time it may mean, in milliseconds since 1970.

use jiff::{Timestamp, civil::Date};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub start: i64,
    /// The first millisecond after it.
    pub end: i64,
    pub precision: Precision,
    pub zone: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    Year,
    Month,
    Day,
    Minute,
    Second,
}

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 24 * 60 * MINUTE;

/// Reads `YYYY`, `YYYY-MM`, `YYYY-MM-DD` and those with a time; a time without a zone is taken as UTC.
pub fn parse(text: &str) -> Option<Span> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let precision = match date.len() {
        4 => Precision::Year,
        7 => Precision::Month,
        10 => Precision::Day,
        _ => return None,
    };
    let mut parts = date.split('-');
    let year = digits(parts.next()?, 4).filter(|year| *year > 0)?;
    let month = parts.next().map_or(Some(1), |part| digits(part, 2))?;
    let day = parts.next().map_or(Some(1), |part| digits(part, 2))?;
    let first = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    let last = match precision {
        Precision::Year => first.last_of_year(),
        Precision::Month => first.last_of_month(),
        _ => first,
    };
    match time {
        None => Some(Span { start: midnight(first), end: midnight(last) + DAY, precision, zone: false }),
        Some(time) if precision == Precision::Day => with_time(midnight(first), time),
        Some(_) => None,
    }
}

/// An `instant`, as it goes into `meta.lastUpdated`.
pub fn instant(millis: i64) -> String {
    moment(millis).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// The form of an HTTP date (RFC 9110 section 5.6.7), for `Last-Modified`.
pub fn http_date(millis: i64) -> String {
    moment(millis).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn moment(millis: i64) -> Timestamp {
    let reachable = millis.clamp(Timestamp::MIN.as_millisecond(), Timestamp::MAX.as_millisecond());
    Timestamp::from_millisecond(reachable).unwrap_or_default()
}

fn midnight(date: Date) -> i64 {
    date.duration_since(Date::constant(1970, 1, 1)).as_secs() * SECOND
}

fn with_time(midnight: i64, time: &str) -> Option<Span> {
    let (clock, offset) = match time.find(['Z', '+', '-']) {
        Some(at) => (time.get(..at)?, Some(zone(time.get(at..)?)?)),
        None => (time, None),
    };
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, Some(millis(fraction)?)),
        None => (clock, None),
    };
    let parts: Option<Vec<i64>> = clock.split(':').map(|part| digits(part, 2).map(i64::from)).collect();
    let (hour, minute, second, precision, length) = match (parts?.as_slice(), fraction) {
        ([hour, minute], None) => (*hour, *minute, 0, Precision::Minute, MINUTE),
        ([hour, minute, second], None) => (*hour, *minute, *second, Precision::Second, SECOND),
        ([hour, minute, second], Some(_)) => (*hour, *minute, *second, Precision::Second, 1),
        _ => return None,
    };
    // A minute may have a leap second.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let into_the_day = hour * 60 * MINUTE + minute * MINUTE + second * SECOND + fraction.unwrap_or(0);
    let start = midnight + into_the_day - offset.unwrap_or(0);
    Some(Span { start, end: start + length, precision, zone: offset.is_some() })
}

fn zone(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let hours = digits(hours, 2).map(i64::from).filter(|hours| *hours <= 14)?;
    let minutes = digits(minutes, 2).map(i64::from).filter(|minutes| *minutes < 60)?;
    Some(sign * (hours * 60 + minutes) * MINUTE)
}

fn millis(fraction: &str) -> Option<i64> {
    let three: String = fraction.chars().chain("00".chars()).take(3).collect();
    let all_digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits { digits(&three, 3).map(i64::from) } else { None }
}

fn digits(text: &str, count: usize) -> Option<i16> {
    let right = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if right { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{http_date, instant, parse};

    #[test]
    fn a_partial_date_is_all_that_it_may_mean() {
        for (text, start, end) in [
            ("2019", "2019-01-01", "2020-01-01"),
            ("2019-12", "2019-12-01", "2020-01-01"),
            ("2020-02", "2020-02-01", "2020-03-01"),
            ("2020-02-29", "2020-02-29", "2020-03-01"),
        ] {
            let span = parse(text).map(|span| (instant(span.start), instant(span.end)));
            assert_eq!(span, Some((format!("{start}T00:00:00.000Z"), format!("{end}T00:00:00.000Z"))), "{text}");
        }
    }

    #[test]
    fn a_time_counts_its_zone_its_fraction_and_a_leap_second() {
        let start = |text| parse(text).map(|span| instant(span.start));
        assert_eq!(start("2019-07-21T01:30+02:00").as_deref(), Some("2019-07-20T23:30:00.000Z"));
        assert_eq!(start("2019-07-21T01:30:05.12Z").as_deref(), Some("2019-07-21T01:30:05.120Z"));
        assert_eq!(start("2016-12-31T23:59:60Z").as_deref(), Some("2017-01-01T00:00:00.000Z"));
    }

    #[test]
    fn the_last_year_of_the_calendar_has_an_end() {
        let day = parse("9999-12-31").map(|span| span.end - span.start);
        assert_eq!(day, Some(24 * 60 * 60 * 1000));
        assert_eq!(parse("9999").map(|span| span.end), parse("9999-12-31").map(|span| span.end));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in
            ["2019-02-29", "2019-13", "0000", "2019-7-21", "2019T10:00", "2019-07-21T24:00", "2019-07-21T10", ""]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_http_date_names_the_day() {
        assert_eq!(http_date(1_767_225_600_000), "Thu, 01 Jan 2026 00:00:00 GMT");
    }
}
