//! An id as it is written into a key: whatever it holds, it ends where it ends.

use percent_encoding::{AsciiSet, percent_encode};
use rules::secret::SecretHash;

/// How an id is written into a part of a key.
pub struct KeyPart {
    pub most_bytes: usize,
}

impl KeyPart {
    /// The id with `#` and `%` percent-encoded, or the hash of one that is too long. No two ids are written alike.
    pub fn written(&self, id: &str) -> String {
        const UNSAFE: &AsciiSet = &AsciiSet::EMPTY.add(b'#').add(b'%');
        let written: String = percent_encode(id.as_bytes(), UNSAFE).collect();
        match written.len() > self.most_bytes {
            // An escape has a digit there.
            true => format!("%-{}", SecretHash::of(id).as_str()),
            false => written,
        }
    }
}
