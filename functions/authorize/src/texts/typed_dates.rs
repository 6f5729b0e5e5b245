//! A date as a person types it, in the forms of the page's language. What can be read in two ways is not read.

use super::Texts;
use rules::{tenant::Language, time::is_day};

/// Why what was typed is not used as a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDate {
    Unreadable,
    /// 4/5/1978 is in April or in May.
    TwoReadings,
}

/// "on the first of September of the year 1978" is longer than anybody writes.
const MOST_CHARACTERS: usize = 40;
/// What may stand between a name and a date, and round a date.
const BESIDE_A_DATE: [char; 5] = [' ', ',', ';', '(', ')'];
/// Of a FHIR date that names a day.
const FULL_DATE: usize = "1978-04-17".len();
/// Nobody in a record was born before, and nobody is born after. It tells a year from two numbers that were run together.
const YEARS: std::ops::RangeInclusive<u32> = 1850..=2150;

enum Word {
    /// One or two digits: a day or a month.
    Number(u32),
    Year(u32),
    /// Eight digits in a row.
    RunTogether(String),
    Month(u32),
}

impl Texts {
    /// The FHIR date that was typed (FHIR R4 §2.24.0.1): a day, a month or a year. Nothing typed is no date and no mistake.
    pub fn typed_date(self, typed: &str) -> Result<String, NoDate> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Ok(String::new());
        }
        if typed.chars().count() > MOST_CHARACTERS {
            return Err(NoDate::Unreadable);
        }
        let words = typed.split(is_separator).filter(|word| !word.is_empty());
        let words: Option<Vec<Word>> = words.filter(|word| !is_filler(word)).map(|word| self.word(word)).collect();
        self.read(&words.ok_or(NoDate::Unreadable)?)
    }

    /// A name with a birth date beside it, "Amy Shaw 20 February 1987": the name, and what the date is. Without one it is empty.
    pub fn name_and_date(self, typed: &str) -> (String, Result<String, NoDate>) {
        let words: Vec<&str> = typed.split_whitespace().collect();
        let Some(first) = words.iter().position(|word| self.begins_a_date(word)) else {
            return (typed.to_owned(), Ok(String::new()));
        };
        let of = |words: &[&str]| words.join(" ").trim_matches(BESIDE_A_DATE).to_owned();
        // The month may stand before the day, "Amy Shaw, April 17, 1978", or alone, "Amy Shaw April 1978". In "Amy May 1978" it is
        // taken for the family name.
        let month_first = first.checked_sub(1).map(|begin| (begin, self.typed_date(&of(&words[begin..]))));
        let month_first =
            month_first.filter(|(begin, date)| date.as_ref().is_ok_and(|date| date.len() == FULL_DATE || *begin != 1));
        let (begin, date) = month_first.unwrap_or_else(|| (first, self.typed_date(&of(&words[first..]))));
        match (date, words.split_first()) {
            (Err(NoDate::Unreadable), Some((leading, name))) if first == 0 => match self.typed_date(&of(&[leading])) {
                Err(NoDate::Unreadable) => (typed.to_owned(), Ok(String::new())),
                date => (of(name), date),
            },
            (Err(NoDate::Unreadable), _) => (typed.to_owned(), Ok(String::new())),
            (date, _) => (of(&words[..begin]), date),
        }
    }

    /// A number, or a month with one, "Feb-20-1987". A name may have digits in it too, "Abbott509", but does not begin with one.
    fn begins_a_date(self, word: &str) -> bool {
        let is_digit = |c: char| c.is_ascii_digit();
        let begin = word.trim_start_matches(BESIDE_A_DATE).split(is_separator).next().unwrap_or_default();
        begin.starts_with(is_digit) || (word.contains(is_digit) && self.typed_month(begin).is_some())
    }

    fn read(self, words: &[Word]) -> Result<String, NoDate> {
        let month = |year: &u32, month: &u32| match is_day(*year, *month, 1) {
            true => Ok(format!("{year:04}-{month:02}")),
            false => Err(NoDate::Unreadable),
        };
        let day = |year: &u32, month: &u32, day: &u32| one_of([(*year, *month, *day)]);
        match words {
            [Word::Year(year)] => Ok(format!("{year:04}")),
            [Word::Month(of) | Word::Number(of), Word::Year(year)]
            | [Word::Year(year), Word::Month(of) | Word::Number(of)] => month(year, of),
            [Word::Number(of), Word::Month(month), Word::Year(year)]
            | [Word::Month(month), Word::Number(of), Word::Year(year)]
            | [Word::Year(year), Word::Month(month) | Word::Number(month), Word::Number(of)] => day(year, month, of),
            [Word::Number(first), Word::Number(second), Word::Year(year)] => self.either_order(*year, *first, *second),
            [Word::RunTogether(digits)] => self.run_together(digits),
            _ => Err(NoDate::Unreadable),
        }
    }

    /// Day and month, in the order of the language if both would do. English has no one order.
    fn either_order(self, year: u32, first: u32, second: u32) -> Result<String, NoDate> {
        let (day_first, month_first) = ((year, second, first), (year, first, second));
        match self.language() {
            Language::En => one_of([day_first, month_first]),
            Language::Nl | Language::De | Language::Es | Language::Fr => {
                one_of([day_first]).or_else(|_| one_of([month_first]))
            }
        }
    }

    /// 19780417, or 17041978. Where the year of a birth can be, no day with its month reads as one: only one of the two is a date.
    fn run_together(self, digits: &str) -> Result<String, NoDate> {
        let number = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse().ok()).unwrap_or(0);
        let (at_begin, at_end) = (number(0, 4), number(4, 8));
        if YEARS.contains(&at_end) {
            return self.either_order(at_end, number(0, 2), number(2, 4));
        }
        if YEARS.contains(&at_begin) {
            one_of([(at_begin, at_end / 100, at_end % 100)])
        } else {
            Err(NoDate::Unreadable)
        }
    }

    fn word(self, word: &str) -> Option<Word> {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = word.split_at(digits);
        match digits {
            0 => self.typed_month(word).map(Word::Month),
            _ if !(rest.is_empty() || digits <= 2 && is_ordinal(rest)) => None,
            1 | 2 => number.parse().ok().map(Word::Number),
            4 => number.parse().ok().map(Word::Year),
            8 => Some(Word::RunTogether(number.to_owned())),
            _ => None,
        }
    }

    /// A month by its name or the beginning of it, in the page's language or in English.
    fn typed_month(self, word: &str) -> Option<u32> {
        let typed = plain(word);
        let named = |t: Texts| {
            let mut named = (1..=12).filter(|month| {
                let name = t.find(&format!("month_{month}")).map(plain).unwrap_or_default();
                typed.chars().count() >= 3 && name.starts_with(&typed)
            });
            // "jui" begins two French months.
            named.next().filter(|_| named.next().is_none())
        };
        named(self).or_else(|| named(Texts::of(Language::En)))
    }
}

/// The only one of these that is a day.
fn one_of<const N: usize>(readings: [(u32, u32, u32); N]) -> Result<String, NoDate> {
    let days = readings.into_iter().filter(|(year, month, day)| is_day(*year, *month, *day));
    let mut days: Vec<String> = days.map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}")).collect();
    days.dedup();
    match days.as_slice() {
        [] => Err(NoDate::Unreadable),
        [only] => Ok(only.clone()),
        [..] => Err(NoDate::TwoReadings),
    }
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '.' | '/' | '-' | ',' | '\u{2010}'..='\u{2015}')
}

/// "17 de abril de 1978", "the 17th of April".
fn is_filler(word: &str) -> bool {
    matches!(plain(word).as_str(), "de" | "del" | "of" | "the" | "le" | "den" | "der" | "am" | "el")
}

/// "1er mars", "17th April", "1e".
fn is_ordinal(rest: &str) -> bool {
    matches!(plain(rest).as_str(), "st" | "nd" | "rd" | "th" | "er" | "e" | "º" | "°")
}

/// Small letters without accents: people type "fevrier", "marz" and "aout".
fn plain(word: &str) -> String {
    let without = |c| match c {
        'á' | 'à' | 'â' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'û' | 'ù' | 'ü' | 'ú' => 'u',
        'í' | 'î' | 'ï' => 'i',
        'ó' | 'ô' | 'ö' => 'o',
        other => other,
    };
    word.to_lowercase().chars().map(without).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(language: Language, typed: &str) -> Result<String, NoDate> {
        Texts::of(language).typed_date(typed)
    }

    #[test]
    fn each_language_reads_its_own_forms_and_those_that_can_not_be_misread() {
        for (language, forms) in [
            (Language::En, &["17 April 1978", "April 17, 1978", "17th of April 1978", "17/4/1978", "04/17/1978"][..]),
            (Language::Nl, &["17-04-1978", "17 april 1978", "17-4-1978", "17/04/1978", "17 apr. 1978"]),
            (Language::De, &["17.04.1978", "17.4.1978", "17. April 1978", "17. Apr. 1978", "17041978"]),
            (Language::Es, &["17/04/1978", "17 de abril de 1978", "17-04-1978", "17 abr 1978"]),
            (Language::Fr, &["17/04/1978", "17 avril 1978", "17 avr. 1978", "le 17 avril 1978"]),
        ] {
            let everywhere =
                ["1978-04-17", " 1978-4-17 ", "1978/04/17", "19780417", "17 apr 1978", "17\u{a0}April\u{2013}1978"];
            for typed in forms.iter().chain(&everywhere) {
                assert_eq!(read(language, typed).as_deref(), Ok("1978-04-17"), "{language:?} {typed}");
            }
        }
        assert_eq!(read(Language::Fr, "1er fevrier 1978").as_deref(), Ok("1978-02-01"));
        assert_eq!(read(Language::De, "3. marz 1978").as_deref(), Ok("1978-03-03"));
        for (typed, expected) in
            [("1978", "1978"), ("1978-04", "1978-04"), ("April 1978", "1978-04"), ("04/1978", "1978-04"), ("", "")]
        {
            assert_eq!(read(Language::En, typed).as_deref(), Ok(expected), "{typed}");
        }
    }

    #[test]
    fn what_a_language_writes_in_two_ways_is_asked_again() {
        for typed in ["4/5/1978", "04-05-1978", "5.4.1978"] {
            assert_eq!(read(Language::En, typed), Err(NoDate::TwoReadings), "{typed}");
        }
        assert_eq!(read(Language::En, "4/4/1978").as_deref(), Ok("1978-04-04"));
        for language in [Language::Nl, Language::De, Language::Es, Language::Fr] {
            assert_eq!(read(language, "4/5/1978").as_deref(), Ok("1978-05-04"), "{language:?}");
            assert_eq!(read(language, "20101112"), read(language, "2010-11-12"), "{language:?}");
            assert_eq!(read(language, "20101931"), read(language, "1931-10-20"), "{language:?}");
        }
        assert_eq!(read(Language::En, "04051978"), Err(NoDate::TwoReadings));
    }

    #[test]
    fn what_is_no_date_is_none() {
        let long = "1978 ".repeat(20);
        for typed in [
            "78",
            "17.4.78",
            "1978-13-01",
            "1978-02-30",
            "31 April 1978",
            "ge1900-01-01",
            "1978-04-17T00:00",
            "1978-04-17&_id=x",
            "17 jui 1978",
            "17 4",
            "April",
            "ma 1978",
            "0",
            "-",
            "1978 1979",
            "٣",
            &long,
        ] {
            assert_eq!(read(Language::Fr, typed), Err(NoDate::Unreadable), "{typed}");
        }
    }

    #[test]
    fn a_birth_date_beside_a_name_is_told_from_it() {
        for (typed, name, date) in [
            ("Amy Shaw", "Amy Shaw", None),
            ("Amy Shaw 1987-02-20", "Amy Shaw", Some("1987-02-20")),
            ("Shaw, Amy, 20 February 1987", "Shaw, Amy", Some("1987-02-20")),
            ("Amy Shaw, February 20, 1987", "Amy Shaw", Some("1987-02-20")),
            ("Amy Shaw (1987)", "Amy Shaw", Some("1987")),
            ("1987-02-20 Shaw", "Shaw", Some("1987-02-20")),
            ("Amy May 1987", "Amy May", Some("1987")),
            ("20 Feb 1987", "", Some("1987-02-20")),
            ("Amy Shaw, May 3, 1987", "Amy Shaw", Some("1987-05-03")),
            ("Amy Shaw May 1987", "Amy Shaw", Some("1987-05")),
            ("May 1987", "", Some("1987-05")),
            ("Henry 8", "Henry 8", None),
            // Names of sample data have digits in them.
            ("Marta22 Abbott509", "Marta22 Abbott509", None),
            ("Marta22 Abbott509 1987-02-20", "Marta22 Abbott509", Some("1987-02-20")),
            ("Marta22 Abbott509 (20 Feb 1987)", "Marta22 Abbott509", Some("1987-02-20")),
            ("Marta22 Abbott509, February 20, 1987", "Marta22 Abbott509", Some("1987-02-20")),
            ("Marta22 Abbott509 Feb-20-1987", "Marta22 Abbott509", Some("1987-02-20")),
            ("1987-02-20 Abbott509", "Abbott509", Some("1987-02-20")),
            ("Amy Shaw ,1987", "Amy Shaw", Some("1987")),
            ("", "", None),
        ] {
            let found = Texts::of(Language::En).name_and_date(typed);
            assert_eq!((found.0.as_str(), found.1), (name, Ok(date.unwrap_or_default().to_owned())), "{typed}");
        }
        assert_eq!(Texts::of(Language::En).name_and_date("Amy 4/5/1987"), ("Amy".into(), Err(NoDate::TwoReadings)));
    }
}
