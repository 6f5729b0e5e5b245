//! What a grant keeps of its client's document, and which later change of the document ends it
//! (draft-ietf-oauth-client-id-metadata-document-02 §8.4, §8.4.1).

use super::address::DocumentAddress;
use crate::{
    client::{Client, ClientAuthentication, RegisteredKeys},
    secret::SecretHash,
    tenant::AuthenticationMethod,
};
use serde::{Deserialize, Serialize};
use url::Url;

/// The document as it was when its person said yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentThen {
    pub hash: SecretHash,
    pub method: AuthenticationMethod,
    /// The host of the client's keys: its own, where they stand in the document. None for a client without keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys_at: Option<String>,
}

impl DocumentThen {
    /// None for a client that somebody registered.
    pub fn of(client: &Client) -> Option<DocumentThen> {
        let origin = client.origin.as_ref()?;
        Some(DocumentThen {
            hash: origin.hash.clone(),
            method: client.authentication.method(),
            keys_at: keys_at(client),
        })
    }

    /// Why what was given to that client is not this one's, if it isn't. A client that has come to prove itself is welcome, and one that
    /// an operator has registered since is the operator's word.
    pub fn is_broken_by(&self, client: &Client) -> Option<&'static str> {
        let now = DocumentThen::of(client)?;
        match (self.method, now.method) {
            (AuthenticationMethod::None, _) => None,
            (_, AuthenticationMethod::None) => Some("the client's document has it prove itself no more"),
            _ if self.keys_at != now.keys_at => Some("the client's document has its keys at another host"),
            _ => None,
        }
    }
}

fn keys_at(client: &Client) -> Option<String> {
    match &client.authentication {
        ClientAuthentication::PrivateKeyJwt { keys: RegisteredKeys::JwksUri(url) } => {
            Url::parse(url).ok()?.host_str().map(str::to_owned)
        }
        ClientAuthentication::PrivateKeyJwt { keys: RegisteredKeys::Jwks(_) } => {
            DocumentAddress::parse(&client.client_id, true).ok().map(DocumentAddress::host)
        }
        _ => None,
    }
}
