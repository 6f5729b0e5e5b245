//! Tokens as somebody else verifies them: with the published key set and nothing else.

use crate::TestServer;
use rules::{jwk::KeySet, jws::UnverifiedJws};
use serde_json::Value;

impl TestServer {
    /// The claims, if a key of clinic's JWKS signed them.
    pub async fn verified(&self, token: &str) -> Result<Value, String> {
        let published = self.get("/clinic/.well-known/jwks.json").await;
        let keys = KeySet::parse(published.body.as_bytes()).map_err(|error| error.to_string())?;
        let jws = UnverifiedJws::parse(token).map_err(|error| error.0)?;
        let kid = jws.header.kid.as_deref().ok_or("no kid")?;
        let key = keys.find(kid, jws.algorithm().map_err(|error| error.0)?).map_err(|error| error.to_string())?;
        jws.verify(key).map_err(|error| error.0)
    }
}
