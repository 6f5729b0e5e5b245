//! A text with values on a page: `{{ self::rich(frame.t.sign_in_lead(client_name)) }}`. Each value is escaped and kept apart from
//! the text round it (`<bdi>`), since its language may run the other way.

use crate::texts::{Filled, Piece};
use askama::filters::HtmlSafe;
use std::{borrow::Borrow, fmt};

pub struct Rich<F>(F);

pub fn rich<F: Borrow<Filled>>(filled: F) -> Rich<F> {
    Rich(filled)
}

impl<F: Borrow<Filled>> HtmlSafe for Rich<F> {}

impl<F: Borrow<Filled>> fmt::Display for Rich<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut emphasised = false;
        for piece in self.0.borrow().pieces() {
            match piece {
                Piece::Text(text) => escaped(text, f)?,
                Piece::Value(value) => {
                    f.write_str("<bdi>")?;
                    escaped(value, f)?;
                    f.write_str("</bdi>")?;
                }
                Piece::Emphasis => {
                    emphasised = !emphasised;
                    f.write_str(if emphasised { "<strong>" } else { "</strong>" })?;
                }
            }
        }
        Ok(())
    }
}

/// As askama escapes what a page shows.
fn escaped(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(['<', '>', '&', '"', '\'']) {
        let (before, special) = rest.split_at(at);
        f.write_str(before)?;
        let mut letters = special.chars();
        if let Some(letter) = letters.next() {
            write!(f, "&#{};", u32::from(letter))?;
        }
        rest = letters.as_str();
    }
    f.write_str(rest)
}
