//! The name of a grant.

use crate::secret::random_text;
use serde::{Deserialize, Serialize};

/// 128 random bits. Not a secret: it names the grant inside codes, tokens and logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GrantId(pub String);

impl GrantId {
    pub fn random() -> GrantId {
        GrantId(random_text::<16>())
    }
}
