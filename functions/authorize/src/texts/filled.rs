//! A text with its values in it. Plain by `Display`; in pieces for a page, which escapes each and sets the values apart.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    text: &'static str,
    values: Vec<(&'static str, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Ours, in the page's language.
    Text(&'a str),
    /// Anybody's, in any language: an app's name, what was searched for.
    Value(&'a str),
    /// Emphasis begins, or ends.
    Emphasis,
}

impl Filled {
    pub(super) fn new(text: &'static str, values: Vec<(&'static str, String)>) -> Filled {
        Filled { text, values }
    }

    pub fn pieces(&self) -> Vec<Piece<'_>> {
        let mut pieces = Vec::new();
        for (index, part) in self.text.split("**").enumerate() {
            if index > 0 {
                pieces.push(Piece::Emphasis);
            }
            self.add(part, &mut pieces);
        }
        pieces
    }

    fn add<'a>(&'a self, mut rest: &'a str, pieces: &mut Vec<Piece<'a>>) {
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else { break };
            pieces.push(Piece::Text(before));
            let value = self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
            pieces.push(Piece::Value(value.unwrap_or_default()));
            rest = after;
        }
        pieces.push(Piece::Text(rest));
    }
}

impl fmt::Display for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces().into_iter().try_for_each(|piece| match piece {
            Piece::Text(text) | Piece::Value(text) => f.write_str(text),
            Piece::Emphasis => Ok(()),
        })
    }
}
