//! Moments as the protocols write them: whole seconds since 1970 (RFC 7519 §2, NumericDate).

use jiff::{
    civil::{Date, DateTime},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

/// Allowance for clocks that disagree, in seconds, wherever somebody else's clock is judged.
pub const CLOCK_SKEW: i64 = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    pub fn plus(self, seconds: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this moment; negative when `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The calendar's date and time in UTC. What no calendar reaches is its beginning or its end.
    pub fn utc(self) -> DateTime {
        let reachable = self.0.clamp(jiff::Timestamp::MIN.as_second(), jiff::Timestamp::MAX.as_second());
        let moment = jiff::Timestamp::from_second(reachable).unwrap_or_default();
        TimeZone::UTC.to_datetime(moment)
    }

    /// What expires at this moment is no longer good at `now`.
    pub fn is_past(self, now: Timestamp) -> bool {
        self <= now
    }
}

/// As FHIR writes it, an `instant` (FHIR R4 §2.24.0.1): `2027-01-15T08:00:00Z`.
impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.utc().strftime("%Y-%m-%dT%H:%M:%SZ").fmt(f)
    }
}

/// Whether the calendar has this day.
pub fn is_day(year: u32, month: u32, day: u32) -> bool {
    let narrow = |number: u32| i8::try_from(number).ok();
    let date = i16::try_from(year).ok().zip(narrow(month)).zip(narrow(day));
    date.is_some_and(|((year, month), day)| Date::new(year, month, day).is_ok())
}

/// Whole years from a FHIR date (`2019`, `2019-07` or `2019-07-21`) to `now`, in UTC.
pub fn age(birth_date: &str, now: Timestamp) -> Option<i64> {
    let mut parts = birth_date.split('-').map(|part| part.parse::<i64>().ok());
    let year = parts.next()??;
    let born = (parts.next().flatten().unwrap_or(1), parts.next().flatten().unwrap_or(1));
    let today = now.utc();
    let has_had_birthday = (i64::from(today.month()), i64::from(today.day())) >= born;
    let age = i64::from(today.year()) - year - i64::from(!has_had_birthday);
    (0..150).contains(&age).then_some(age)
}

#[cfg(test)]
mod tests {
    use super::{Timestamp, age, is_day};

    #[test]
    fn a_moment_is_written_as_an_instant() {
        assert_eq!(Timestamp(1_800_000_000).to_string(), "2027-01-15T08:00:00Z");
        assert_eq!(Timestamp(951_827_696).to_string(), "2000-02-29T12:34:56Z");
    }

    #[test]
    fn a_day_is_one_of_the_calendar() {
        for day in [(2000, 2, 29), (1999, 12, 31), (1850, 1, 1)] {
            assert!(is_day(day.0, day.1, day.2), "{day:?}");
        }
        for none in [(1900, 2, 29), (2000, 13, 1), (2000, 0, 1), (2000, 1, 0), (2000, 4, 31), (99_999, 1, 1)] {
            assert!(!is_day(none.0, none.1, none.2), "{none:?}");
        }
    }

    #[test]
    fn age_counts_whole_years() {
        let noon = Timestamp(1_795_262_400);
        assert_eq!(noon.to_string(), "2026-11-21T12:00:00Z");
        assert_eq!(age("1990-11-21", noon), Some(36));
        assert_eq!(age("1990-11-22", noon), Some(35));
        assert_eq!(age("2026", noon), Some(0));
        assert_eq!(age("later", noon), None);
    }

    #[test]
    fn a_moment_beyond_every_calendar_is_still_written() {
        assert_eq!(Timestamp(i64::MIN).to_string(), "-9999-01-02T01:59:59Z");
        assert_eq!(Timestamp(i64::MAX).to_string(), "9999-12-30T22:00:00Z");
    }
}
