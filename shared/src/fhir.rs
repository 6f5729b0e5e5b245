//! What this server knows of FHIR: the form of ids and references, and how to read what the pages show.

pub mod bundle;
pub mod context;
pub mod patients;
pub mod people;
pub mod reader;

pub use patients::{FoundPatients, PatientSummary};
pub use reader::{FhirFailed, FhirReader, OWN_CLIENT_ID};

use crate::time::Timestamp;

/// FHIR R4 §2.24.0.1, id.
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

/// The form of a resource type's name.
pub fn is_type(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The type and id of `Type/id`.
pub fn relative_reference(text: &str) -> Option<(&str, &str)> {
    let (kind, id) = text.split_once('/')?;
    (is_type(kind) && is_id(id)).then_some((kind, id))
}

/// Whole years from a FHIR date (`2019`, `2019-07` or `2019-07-21`) to `now`, in UTC.
pub fn age(birth_date: &str, now: Timestamp) -> Option<i64> {
    let mut parts = birth_date.split('-').map(|part| part.parse::<i64>().ok());
    let year = parts.next()??;
    let born = (parts.next().flatten().unwrap_or(1), parts.next().flatten().unwrap_or(1));
    let (this_year, month, day) = civil(now.0.div_euclid(86_400));
    let age = this_year - year - i64::from((month, day) < born);
    (0..150).contains(&age).then_some(age)
}

/// Year, month and day of a count of days since 1970 (the algorithm of Howard Hinnant, "days to civil").
pub fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_counts_whole_years() {
        let noon = Timestamp(1_795_262_400); // 2026-11-21T12:00Z
        assert_eq!(civil(noon.0 / 86_400), (2026, 11, 21));
        assert_eq!(age("1990-11-21", noon), Some(36));
        assert_eq!(age("1990-11-22", noon), Some(35));
        assert_eq!(age("2026", noon), Some(0));
        assert_eq!(age("later", noon), None);
    }
}
