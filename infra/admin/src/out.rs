//! The output for the operator: text or JSON on standard output, questions and progress on standard error.

use crate::failure::Failure;
use serde_json::Value;
use std::{
    fmt::Write as _,
    io::{self, IsTerminal, Write},
};

#[derive(Clone, Copy, Debug)]
pub struct Out {
    pub json: bool,
    /// The answer to every question is yes.
    pub yes: bool,
}

impl Out {
    /// The command's answer, in one of its two forms. A reader that has gone away is no failure.
    pub fn answer(&self, json: &Value, human: impl AsRef<str>) {
        let text = match self.json {
            true => serde_json::to_string_pretty(json).unwrap_or_default(),
            false => human.as_ref().trim_end().to_owned(),
        };
        if !text.is_empty() {
            let _ = writeln!(io::stdout(), "{text}");
        }
    }

    /// Something to know on the way, which is not the answer.
    pub fn note(&self, text: impl AsRef<str>) {
        let _ = writeln!(io::stderr(), "{}", text.as_ref());
    }

    /// How far a long work is; only where somebody watches.
    pub fn progress(&self, text: impl AsRef<str>) {
        if io::stderr().is_terminal() {
            let _ = write!(io::stderr(), "\r\x1b[K{}", text.as_ref());
            let _ = io::stderr().flush();
        }
    }

    pub fn progress_ends(&self) {
        self.progress("");
    }

    /// Before harm. Without anybody to ask, only `--yes` says yes.
    pub fn confirm(&self, question: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Err(Failure::refused(format!(
                "{question}\nNobody is there to answer: say --yes if this is meant."
            )));
        }
        let _ = write!(io::stderr(), "{question} [y/N] ");
        let _ = io::stderr().flush();
        let mut answer = String::new();
        let _ = io::stdin().read_line(&mut answer);
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => Err(Failure::refused("nothing was done")),
        }
    }
}

/// Rows under their headings, in columns as wide as they must be.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(headings.get(column).map(|heading| heading.chars().count())).max().unwrap_or_default()
    };
    let mut text = String::new();
    let headings: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
    for row in std::iter::once(&headings).chain(rows) {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let _ = write!(line, "{cell:<width$}  ", width = width(column));
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// `2026-11-22 04:02:37 UTC`
pub fn moment(at: rules::time::Timestamp) -> String {
    at.utc().strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::time::Timestamp;

    #[test]
    fn a_moment_is_a_date() {
        assert_eq!(moment(Timestamp(0)), "1970-01-01 00:00:00 UTC");
        assert_eq!(moment(Timestamp(951_782_400)), "2000-02-29 00:00:00 UTC");
        assert_eq!(moment(Timestamp(1_800_000_000)), "2027-01-15 08:00:00 UTC");
    }
}
