//! The letters of a resource scope: create, read, update, delete, search, and their v1 names.

use std::fmt;

/// At least one of `c r u d s`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Permissions(u8);

/// How an app wrote its permissions, so that the answer can be in the same words (SMART App Launch, "Scopes for
/// requesting FHIR Resources": v1 scopes asked for are returned as v1 scopes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Spelling {
    V1,
    V2,
}

const LETTERS: [(Permissions, char); 5] = [
    (Permissions::CREATE, 'c'),
    (Permissions::READ, 'r'),
    (Permissions::UPDATE, 'u'),
    (Permissions::DELETE, 'd'),
    (Permissions::SEARCH, 's'),
];

const V1_NAMES: [(Permissions, &str); 3] =
    [(Permissions::READ_SEARCH, "read"), (Permissions::WRITE, "write"), (Permissions::ALL, "*")];

impl Permissions {
    pub const CREATE: Permissions = Permissions(0b00001);
    pub const READ: Permissions = Permissions(0b00010);
    pub const UPDATE: Permissions = Permissions(0b00100);
    pub const DELETE: Permissions = Permissions(0b01000);
    pub const SEARCH: Permissions = Permissions(0b10000);
    /// v1 `read`.
    pub const READ_SEARCH: Permissions = Permissions(0b10010);
    /// v1 `write`.
    pub const WRITE: Permissions = Permissions(0b01101);
    /// v1 `*`.
    pub const ALL: Permissions = Permissions(0b11111);

    /// v1 names are matched whole and first, so that `read` is never `r` and `d`.
    pub fn parse(text: &str) -> Option<(Permissions, Spelling)> {
        if let Some((permissions, _)) = V1_NAMES.iter().find(|(_, name)| *name == text) {
            return Some((*permissions, Spelling::V1));
        }
        let mut order = LETTERS.iter();
        let mut bits = 0;
        for letter in text.chars() {
            bits |= order.find(|(_, known)| *known == letter)?.0.0;
        }
        (bits != 0).then_some((Permissions(bits), Spelling::V2))
    }

    pub fn contains(self, other: Permissions) -> bool {
        self.0 & other.0 == other.0
    }

    pub fn and(self, other: Permissions) -> Option<Permissions> {
        Self::from_bits(self.0 & other.0)
    }

    pub fn or(self, other: Permissions) -> Permissions {
        Permissions(self.0 | other.0)
    }

    pub fn minus(self, other: Permissions) -> Option<Permissions> {
        Self::from_bits(self.0 & !other.0)
    }

    /// The v1 name that says exactly this, if there is one.
    pub fn v1_name(self) -> Option<&'static str> {
        V1_NAMES.iter().find(|(permissions, _)| *permissions == self).map(|(_, name)| *name)
    }

    fn from_bits(bits: u8) -> Option<Permissions> {
        (bits != 0).then_some(Permissions(bits))
    }
}

/// The v2 letters, in their order.
impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        LETTERS.iter().filter(|(one, _)| self.contains(*one)).try_for_each(|(_, letter)| write!(f, "{letter}"))
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
