//! A password that is tried: counted with those of the name and the address, or apart, where the browser knows the person.

use super::{Attempt, waits::Counters};
use crate::{
    http::answer::Refusal,
    store::{Counter, Item, Key},
};
use rules::{
    credentials::{
        Credentials,
        known_browser::{BrowserMark, BrowserMarks},
    },
    user::User,
};

pub struct PasswordAttempt<'a> {
    of_stranger: Attempt<'a>,
    /// What the browser shows, and what is counted by each.
    marks: Vec<(&'a BrowserMark, Attempt<'a>)>,
}

/// What the table has counted so far.
pub struct PasswordCounts {
    of_stranger: Counters,
    marks: Vec<Counter>,
}

impl<'a> PasswordAttempt<'a> {
    pub fn new(of_stranger: Attempt<'a>, marks: &'a BrowserMarks) -> PasswordAttempt<'a> {
        let marks = marks.marks().iter().map(|mark| (mark, Attempt::of_known_browser(&of_stranger, mark))).collect();
        PasswordAttempt { of_stranger, marks }
    }

    /// The item that the password belongs to, the first that there is under these keys, read with the counters in one call. Refuses at once where there is a block and
    /// nothing that the browser shows could lift it.
    pub async fn find<T: Item>(&self, items: &[Key]) -> Result<(Option<T>, PasswordCounts), Refusal> {
        if self.marks.is_empty() {
            self.of_stranger.check()?;
        }
        let of_stranger = self.of_stranger.counters().map(|(key, _)| key);
        // A browser has no address, so one counter says all.
        let of_marks = self.marks.iter().map(|(_, attempt)| {
            let [(key, _), ..] = attempt.counters();
            key
        });
        let keys: Vec<Key> = of_stranger.into_iter().chain(of_marks).collect();
        let store = &self.of_stranger.server.store;
        let (found, counters) = store.find_with_counters(items, &keys, self.of_stranger.now).await?;
        let at = |i: usize| counters.get(i).copied().unwrap_or(Counter::NONE);
        let counts = PasswordCounts {
            of_stranger: Counters { at_address: at(0), address: at(1), name: at(2) },
            marks: (0..self.marks.len()).map(|i| at(3 + i)).collect(),
        };
        if self.marks.is_empty() {
            self.of_stranger.refuse_if_blocked(&counts.of_stranger)?;
        }
        Ok((found.map(|found| found.value), counts))
    }

    /// By what this password is counted, once it is known whose it would be. Refuses where that must wait.
    pub fn counted_by(
        &self,
        counts: &PasswordCounts,
        person: Option<(&User, &Credentials)>,
    ) -> Result<&Attempt<'a>, Refusal> {
        let now = self.of_stranger.now;
        let knows = |mark: &BrowserMark| person.is_some_and(|(user, own)| mark.is_of(user, own, now));
        let known = self.marks.iter().zip(&counts.marks).find(|((mark, _), _)| knows(mark));
        let (attempt, counters) = match known {
            Some(((_, attempt), count)) => {
                (attempt, Counters { at_address: *count, address: Counter::NONE, name: Counter::NONE })
            }
            None => (&self.of_stranger, counts.of_stranger),
        };
        attempt.check()?;
        attempt.refuse_if_blocked(&counters)?;
        Ok(attempt)
    }
}
