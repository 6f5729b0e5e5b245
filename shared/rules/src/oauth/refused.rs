//! A refusal that was made, under the id by which an operator finds it.

use super::error::{OAuthError, printable};
use crate::secret::random_text;

/// Characters of a detail that the log has: it may name all that a client is registered for, and a line of a log ends.
const MOST_DETAIL: usize = 4_000;

/// What the log says of a refusal; rides on the response to the edge.
#[derive(Clone, Debug)]
pub struct Refused {
    pub id: String,
    pub code: &'static str,
    pub description: String,
    pub detail: String,
}

impl Refused {
    pub fn of(error: &OAuthError) -> Refused {
        Refused {
            id: random_text::<6>(),
            code: error.code.as_str(),
            description: printable(&error.description),
            detail: error.detail.chars().take(MOST_DETAIL).collect(),
        }
    }

    /// The sentence for the client, with the id at its end.
    pub fn description(&self) -> String {
        format!("{} (reference {})", self.description, self.id)
    }
}
