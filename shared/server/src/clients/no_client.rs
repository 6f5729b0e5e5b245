//! Why no client is found under a `client_id`.

use crate::store::StoreError;
use rules::oauth::error::{ErrorCode, OAuthError};

/// Why there is no client, where that is more than that there is none.
#[derive(Debug, thiserror::Error)]
pub enum NoClient {
    #[error("{0}")]
    Store(#[from] StoreError),
    /// No document of that address is taken here, whatever is in it.
    #[error("{0}")]
    NotTaken(String),
    /// There is no good document at that address.
    #[error("{0}")]
    Document(String),
    /// Nothing is known of it at the moment: its server is down, or was asked a moment ago.
    #[error("{why}")]
    NotNow { why: String, retry_after: i64 },
}

impl NoClient {
    /// At an endpoint for programs. What is wrong with a document is its owner's business, and public.
    pub fn at_endpoint(self) -> OAuthError {
        match self {
            NoClient::Store(error) => error.into(),
            NoClient::NotTaken(why) | NoClient::Document(why) => {
                let text = "this server takes no client metadata document from the address in client_id";
                OAuthError::invalid_client(text).because(why)
            }
            NoClient::NotNow { why, retry_after } => {
                let text = "the client metadata document can't be had at the moment; please try again";
                OAuthError::new(ErrorCode::TemporarilyUnavailable, text).because(why).retry_after(retry_after)
            }
        }
    }
}
