//! What the browser says it signed for: which ceremony, which challenge, which page.

use super::{PasskeyRefused, RelyingParty};
use crate::secret::same;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// `CollectedClientData` (WebAuthn §5.8.1). Members that are not named here may come.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    ceremony: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
}

/// The hash that the authenticator has signed, if the rest is right.
pub fn check(json: &[u8], ceremony: &str, challenge: &str, rp: &RelyingParty) -> Result<[u8; 32], PasskeyRefused> {
    let said: ClientData = serde_json::from_slice(json).map_err(|_| PasskeyRefused("the client data can't be read"))?;
    if said.ceremony != ceremony {
        return Err(PasskeyRefused("the client data is of another ceremony"));
    }
    // An interaction of before there were passkeys has none.
    if challenge.is_empty() || !same(&said.challenge, challenge) {
        return Err(PasskeyRefused("the challenge is another"));
    }
    if said.origin != rp.origin {
        return Err(PasskeyRefused("the origin is another"));
    }
    if said.cross_origin {
        return Err(PasskeyRefused("the page was in the frame of another site"));
    }
    Ok(Sha256::digest(json).into())
}
