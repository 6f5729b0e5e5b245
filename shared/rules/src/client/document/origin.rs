//! What a client that came from a document has beyond what any client has.

use crate::{secret::SecretHash, time::Timestamp};

/// Where a client comes from that nobody registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentOrigin {
    /// Host, and port if there is one, of its address: who it is, to a person.
    pub host: String,
    /// Of what a person's yes is about, and of what a grant relies on. Keys may be rotated without changing it.
    pub hash: SecretHash,
    /// See [`super::hosts::ClientDocuments`].
    pub localhost_any_port: bool,
    /// From then on, the document is asked for again before it is relied on.
    pub fresh_until: Timestamp,
}
