//! Passwords and secrets that a file has in the clear: the table's hash stays if it is a hash of the same text.

use super::{
    items::{TenantItems, client_secrets_mut},
    reading::LATER,
};
use rules::secret::{ChosenSecretHash, HashingFailed};
use std::collections::BTreeMap;

type Hashes = BTreeMap<String, Vec<ChosenSecretHash>>;

/// The hashes that the table has already, by the name of their owner.
#[derive(Clone, Debug, Default)]
pub struct StoredHashes {
    pub clients: Hashes,
    /// By username in lower case.
    pub users: Hashes,
    /// FHIR servers and EHRs, whose names differ.
    pub callers: Hashes,
}

/// Replaces every placeholder of `reading` by a hash: a stored one of the same text, or else a new one.
pub fn reuse_hashes(items: &mut TenantItems, plain: &[String], stored: &StoredHashes) -> Result<(), HashingFailed> {
    for server in &mut items.tenant.fhir_servers {
        hash_all(&mut server.secrets, plain, stored.callers.get(&server.name))?;
    }
    for ehr in &mut items.tenant.ehrs {
        hash_all(&mut ehr.secrets, plain, stored.callers.get(&ehr.name))?;
    }
    for client in &mut items.clients {
        let stored = stored.clients.get(&client.client_id);
        if let Some(secrets) = client_secrets_mut(client) {
            hash_all(secrets, plain, stored)?;
        }
    }
    for user in &mut items.users {
        hash_one(&mut user.password, plain, stored.users.get(&user.username.to_lowercase()))?;
    }
    Ok(())
}

type OfOwner<'a> = Option<&'a Vec<ChosenSecretHash>>;

fn hash_all(hashes: &mut [ChosenSecretHash], plain: &[String], stored: OfOwner<'_>) -> Result<(), HashingFailed> {
    hashes.iter_mut().try_for_each(|hash| hash_one(hash, plain, stored))
}

fn hash_one(hash: &mut ChosenSecretHash, plain: &[String], stored: OfOwner<'_>) -> Result<(), HashingFailed> {
    let ChosenSecretHash::Argon2id(text) = &*hash else { return Ok(()) };
    let number = text.strip_prefix(LATER).and_then(|number| number.parse::<usize>().ok());
    let Some(plain) = number.and_then(|number| plain.get(number)) else { return Ok(()) };
    let same = stored.into_iter().flatten().find(|stored| stored.is_slow() && stored.matches(plain));
    *hash = match same {
        Some(same) => same.clone(),
        None => ChosenSecretHash::of_password(plain)?,
    };
    Ok(())
}
