//! Dates that can't be misread: the month is a word.

use super::Texts;
use rules::time::Timestamp;

impl Texts {
    /// A FHIR date (`2019`, `2019-07` or `2019-07-21`, FHIR R4 §2.24.0.1). What is none is shown as it came.
    pub fn date(self, date: &str) -> String {
        let mut parts = date.splitn(3, '-');
        let year = parts.next().filter(|year| year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()));
        let (Some(year), month, day) = (year, parts.next(), parts.next()) else { return date.to_owned() };
        let Some(month) = month else { return year.to_owned() };
        let Some(month) = self.month(month) else { return date.to_owned() };
        match day.map(|day| day.get(..2).unwrap_or(day).parse::<u32>()) {
            None => self.date_month_year(month, year).to_string(),
            Some(Ok(1)) => self.date_day_month_year(self.date_first_of_month(), month, year).to_string(),
            Some(Ok(day @ 2..=31)) => self.date_day_month_year(day, month, year).to_string(),
            Some(_) => date.to_owned(),
        }
    }

    /// The day of a moment, in UTC, and it says so: where its reader is, it may be another one.
    pub fn day(self, moment: Timestamp) -> String {
        self.date_utc(self.utc_date(moment)).to_string()
    }

    /// The day and the minute of a moment, in UTC, and it says so.
    pub fn moment(self, moment: Timestamp) -> String {
        let time = moment.utc().strftime("%H:%M").to_string();
        self.date_time_utc(self.utc_date(moment), time).to_string()
    }

    fn utc_date(self, moment: Timestamp) -> String {
        self.date(&moment.utc().date().to_string())
    }

    fn month(self, month: &str) -> Option<&'static str> {
        let number = month.parse::<u32>().ok().filter(|_| month.len() == 2)?;
        self.find(&format!("month_{number}"))
    }
}
