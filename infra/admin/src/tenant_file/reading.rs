//! The state of reading one file: its placeholders, its texts to hash, and the mistakes found so far.

use super::mistake::{Mistake, Mistakes, Place};
use rules::secret::ChosenSecretHash;
use std::{cell::RefCell, ops::RangeInclusive};

pub struct Reading<'a> {
    /// The deployment's public URL, for `{base}`.
    pub base: &'a str,
    /// The tenant, for `{id}`.
    pub id: &'a str,
    /// Whether private addresses may be plain http, as loopback ones; for the local server with `--listen`.
    pub lan: bool,
    hashing: Hashing,
    /// Texts that are hashed later.
    plain: RefCell<Vec<String>>,
    mistakes: RefCell<Vec<(usize, String, String)>>,
}

/// Argon2 takes its time, and a check for mistakes needs no hashes.
#[derive(Clone, Copy)]
pub enum Hashing {
    Skipped,
    /// By `reuse_hashes`, which knows the hashes that the table has.
    Later,
}

/// A piece of the file and its offset.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    pub value: &'a str,
    pub at: usize,
}

/// Stands before the number of a text that is not hashed yet.
pub const LATER: &str = "later:";

impl<'a> Reading<'a> {
    pub fn new(base: &'a str, id: &'a str, lan: bool, hashing: Hashing) -> Reading<'a> {
        Reading { base, id, lan, hashing, plain: RefCell::default(), mistakes: RefCell::default() }
    }

    pub fn mistake(&self, at: usize, found: impl Into<String>, expected: impl Into<String>) {
        self.mistakes.borrow_mut().push((at, found.into(), expected.into()));
    }

    /// A value that is wrong, shown as it is in the file. Not for secrets.
    pub fn wrong(&self, text: Text<'_>, expected: impl Into<String>) {
        self.mistake(text.at, quoted(text.value), expected);
    }

    /// Reports every name that came before. `fold` says what counts as the same.
    pub fn unique<'t>(&self, expected: &str, names: impl Iterator<Item = Text<'t>>, fold: impl Fn(&str) -> String) {
        let mut seen = std::collections::HashSet::new();
        for name in names {
            if !seen.insert(fold(name.value)) {
                self.mistake(name.at, format!("{} a second time", quoted(name.value)), expected);
            }
        }
    }

    pub fn hash_password(&self, password: Text<'_>) -> Option<ChosenSecretHash> {
        Some(self.hash_later(password.value))
    }

    /// A long one is hashed fast, and always to the same.
    pub fn hash_client_secret(&self, secret: Text<'_>) -> Option<ChosenSecretHash> {
        if ChosenSecretHash::is_generated(secret.value) {
            return ChosenSecretHash::of_client_secret(secret.value).ok();
        }
        Some(self.hash_later(secret.value))
    }

    fn hash_later(&self, text: &str) -> ChosenSecretHash {
        match self.hashing {
            // Nothing matches an empty hash.
            Hashing::Skipped => ChosenSecretHash::Argon2id(String::new()),
            Hashing::Later => {
                let mut plain = self.plain.borrow_mut();
                plain.push(text.to_owned());
                ChosenSecretHash::Argon2id(format!("{LATER}{}", plain.len() - 1))
            }
        }
    }

    /// The texts that are still to be hashed, for `reuse_hashes`.
    pub fn take_plain(&self) -> Vec<String> {
        self.plain.take()
    }

    /// All mistakes by line, or nothing if there are none.
    pub fn finish(self, file: &str, text: &str) -> Result<(), Mistakes> {
        let mut mistakes = self.mistakes.into_inner();
        mistakes.sort();
        mistakes.dedup();
        if mistakes.is_empty() {
            return Ok(());
        }
        let placed = mistakes.into_iter().map(|(at, found, expected)| Mistake {
            file: file.to_owned(),
            place: Some(Place::of(at, text)),
            found,
            expected,
        });
        Err(Mistakes(placed.collect()))
    }
}

/// A value on one line of a terminal.
pub fn quoted(value: &str) -> String {
    if value.is_empty() {
        return "an empty text".to_owned();
    }
    let shown: String = value.chars().take(120).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    format!("`{shown}{}`", if value.chars().count() > 120 { "…" } else { "" })
}

pub fn is_printable_ascii(text: &str) -> bool {
    is_printable_ascii_of(1..=255, text)
}

/// Of so many characters.
pub fn is_printable_ascii_of(length: RangeInclusive<usize>, text: &str) -> bool {
    length.contains(&text.len()) && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}
