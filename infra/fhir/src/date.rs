//! FHIR dates: a `date`, `dateTime` or `instant` is the span of time it may mean, in milliseconds since 1970.

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
    let mut parts = date.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = parts.next().map(|part| digits(part, 2)).map_or(Some(None), |part| part.map(Some))?;
    let day = parts.next().map(|part| digits(part, 2)).map_or(Some(None), |part| part.map(Some))?;
    if parts.next().is_some() || year == 0 {
        return None;
    }
    let first = day_number(year, month.unwrap_or(1), day.unwrap_or(1))? * DAY;
    let span = |start, end, precision| Some(Span { start, end, precision, zone: false });
    match (month, day, time) {
        (None, _, None) => span(first, day_number(year + 1, 1, 1)? * DAY, Precision::Year),
        (Some(12), None, None) => span(first, day_number(year + 1, 1, 1)? * DAY, Precision::Month),
        (Some(month), None, None) => span(first, day_number(year, month + 1, 1)? * DAY, Precision::Month),
        (_, Some(_), None) => span(first, first + DAY, Precision::Day),
        (_, Some(_), Some(time)) => with_time(first, time),
        _ => None,
    }
}

/// An `instant`, as it goes into `meta.lastUpdated`.
pub fn instant(millis: i64) -> String {
    let (year, month, day) = civil(millis.div_euclid(DAY));
    let rest = millis.rem_euclid(DAY);
    let (hour, minute) = (rest / (60 * MINUTE), rest / MINUTE % 60);
    let (second, milli) = (rest / SECOND % 60, rest % SECOND);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// The form of an HTTP date (RFC 9110 section 5.6.7), for `Last-Modified`.
pub fn http_date(millis: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let days = millis.div_euclid(DAY);
    let (year, month, day) = civil(days);
    let weekday = usize::try_from(days.rem_euclid(7)).ok().and_then(|index| DAYS.get(index)).unwrap_or(&"Thu");
    let month = usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).unwrap_or(&"Jan");
    let rest = millis.rem_euclid(DAY);
    let (hour, minute, second) = (rest / (60 * MINUTE), rest / MINUTE % 60, rest / SECOND % 60);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

fn with_time(midnight: i64, time: &str) -> Option<Span> {
    let (clock, offset) = match time.find(['Z', '+', '-']) {
        Some(at) => (time.get(..at)?, Some(zone(time.get(at..)?)?)),
        None => (time, None),
    };
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (clock, None),
    };
    let mut parts = clock.split(':');
    let hour = digits(parts.next()?, 2).filter(|hour| *hour < 24)?;
    let minute = digits(parts.next()?, 2).filter(|minute| *minute < 60)?;
    let second = parts.next().map(|part| digits(part, 2).filter(|second| *second < 61));
    let start = midnight + hour * 60 * MINUTE + minute * MINUTE - offset.unwrap_or(0);
    let zone = offset.is_some();
    match (second, fraction, parts.next()) {
        (None, None, None) => Some(Span { start, end: start + MINUTE, precision: Precision::Minute, zone }),
        (Some(Some(second)), None, None) => {
            let start = start + second * SECOND;
            Some(Span { start, end: start + SECOND, precision: Precision::Second, zone })
        }
        (Some(Some(second)), Some(fraction), None) => {
            let start = start + second * SECOND + millis(fraction)?;
            Some(Span { start, end: start + 1, precision: Precision::Second, zone })
        }
        _ => None,
    }
}

fn zone(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let hours = digits(hours, 2).filter(|hours| *hours <= 14)?;
    let minutes = digits(minutes, 2).filter(|minutes| *minutes < 60)?;
    Some(sign * (hours * 60 + minutes) * MINUTE)
}

fn millis(fraction: &str) -> Option<i64> {
    let three: String = fraction.chars().chain("00".chars()).take(3).collect();
    let all_digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits { digits(&three, 3) } else { None }
}

fn digits(text: &str, count: usize) -> Option<i64> {
    let right = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if right { text.parse().ok() } else { None }
}

/// Days since 1970-01-01 of a date in the Gregorian calendar, or nothing if there is no such day.
fn day_number(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let number = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    (civil(number) == (year, month, day)).then_some(number)
}

fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}
