//! What callers in this process identify themselves with at the server's own endpoints.

use crate::failure::Failure;
use rules::secret::{ChosenSecretHash, Secret};

/// A new secret at each start, so that nobody outside this process can know it.
pub fn own_secret() -> Result<(Secret, ChosenSecretHash), Failure> {
    let secret = Secret::random();
    let hash = ChosenSecretHash::of_client_secret(secret.expose()).map_err(|_| "hashing failed")?;
    Ok((secret, hash))
}
