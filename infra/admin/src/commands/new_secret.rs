//! A new secret for a client, an EHR or a FHIR server.

use crate::failure::Failure;
use rules::secret::{ChosenSecretHash, Secret};

/// Puts it first. The last one stays good beside it, unless this is to be the only one.
pub fn put_new(secrets: &mut Vec<ChosenSecretHash>, only: bool) -> Result<Secret, Failure> {
    let secret = Secret::random();
    let hash = ChosenSecretHash::of_client_secret(secret.expose()).map_err(|_| Failure::failed("hashing failed"))?;
    secrets.insert(0, hash);
    secrets.truncate(if only { 1 } else { 2 });
    Ok(secret)
}
