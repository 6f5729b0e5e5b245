//! Long texts as small numbers, and chance that is the same in each run.

use super::world::Caller;
use rules::{grant::FreshSecrets, secret::Secret};
use std::{cell::RefCell, collections::HashMap, rc::Rc};

/// Each different thing once, in the order in which they came up.
pub struct Numbered<T> {
    things: RefCell<Vec<Rc<T>>>,
    numbers: RefCell<HashMap<String, u16>>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Numbered<T> {
        Numbered { things: RefCell::default(), numbers: RefCell::default() }
    }
}

impl<T> Numbered<T> {
    /// The number of the thing with this text.
    pub fn number(&self, text: String, thing: impl FnOnce() -> T) -> u16 {
        *self.numbers.borrow_mut().entry(text).or_insert_with(|| {
            let mut things = self.things.borrow_mut();
            things.push(Rc::new(thing()));
            u16::try_from(things.len() - 1).unwrap()
        })
    }

    pub fn get(&self, number: u16) -> Rc<T> {
        Rc::clone(&self.things.borrow()[usize::from(number)])
    }
}

/// The secrets that this request makes tokens from. They count callers and requests, so that they don't depend on who was faster.
pub fn chance(caller: Caller) -> FreshSecrets {
    let secret = |what: &str| format!("{what}-{caller:?}").replace(['(', ')'], "-");
    let of_43 = |what: &str| Secret::new(format!("{:-<43}", secret(what)));
    FreshSecrets { family: of_43("family"), rotation: of_43("rotation"), salt: secret("salt") }
}
