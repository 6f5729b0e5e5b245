//! Passwords and secrets that a file has in the clear: the table's hash stays if it is a hash of the same text.

use super::{
    items::{TenantItems, client_secrets_mut},
    reading::LATER,
};
use rules::{
    precis,
    secret::{ChosenSecretHash, HashingFailed},
};
use std::collections::BTreeMap;

type Hashes = BTreeMap<String, Vec<ChosenSecretHash>>;

/// The hashes that the table has already, by the name of their owner.
#[derive(Clone, Debug, Default)]
pub struct StoredHashes {
    pub clients: Hashes,
    /// By username in lower case.
    pub users: Hashes,
    /// FHIR servers, resources and EHRs, whose names differ.
    pub callers: Hashes,
}

/// Replaces every placeholder of `reading` by a hash: a stored one of the same text, or else a new one.
pub fn reuse_hashes(items: &mut TenantItems, plain: &[String], stored: &StoredHashes) -> Result<(), HashingFailed> {
    for server in &mut items.tenant.fhir_servers {
        hash_all(&mut server.secrets, plain, stored.callers.get(&server.name))?;
    }
    for resource in &mut items.tenant.resources {
        hash_all(&mut resource.secrets, plain, stored.callers.get(&resource.name))?;
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
    let kept: BTreeMap<String, &String> = stored.users.keys().map(|name| (precis::username(name), name)).collect();
    for user in &mut items.users {
        user.username = kept_username(&user.username, stored, &kept);
        let stored = stored.users.get(&user.username.to_lowercase());
        hash_one(&mut user.password, plain, stored, is_hash_of_password, ChosenSecretHash::of_password)?;
    }
    Ok(())
}

/// The name in its one form, unless the table knows its owner under another: they keep theirs, and their `sub` with it.
fn kept_username(written: &str, stored: &StoredHashes, kept: &BTreeMap<String, &String>) -> String {
    let name = precis::kept_username(written);
    match kept.get(&precis::username(written)) {
        Some(there) if !stored.users.contains_key(&name.to_lowercase()) => (*there).clone(),
        _ => name,
    }
}

fn is_hash_of_password(hash: &ChosenSecretHash, plain: &str) -> bool {
    precis::password_forms(plain).iter().any(|form| hash.matches(form))
}

type OfOwner<'a> = Option<&'a Vec<ChosenSecretHash>>;

fn hash_all(hashes: &mut [ChosenSecretHash], plain: &[String], stored: OfOwner<'_>) -> Result<(), HashingFailed> {
    let (is_hash_of, hashed) = (ChosenSecretHash::matches, ChosenSecretHash::of_client_secret);
    hashes.iter_mut().try_for_each(|hash| hash_one(hash, plain, stored, is_hash_of, hashed))
}

fn hash_one(
    hash: &mut ChosenSecretHash,
    plain: &[String],
    stored: OfOwner<'_>,
    is_hash_of: impl Fn(&ChosenSecretHash, &str) -> bool,
    hashed: impl Fn(&str) -> Result<ChosenSecretHash, HashingFailed>,
) -> Result<(), HashingFailed> {
    let ChosenSecretHash::Argon2id(text) = &*hash else { return Ok(()) };
    let number = text.strip_prefix(LATER).and_then(|number| number.parse::<usize>().ok());
    let Some(plain) = number.and_then(|number| plain.get(number)) else { return Ok(()) };
    let same = stored.into_iter().flatten().find(|stored| stored.is_slow() && is_hash_of(stored, plain));
    *hash = match same {
        Some(same) => same.clone(),
        None => hashed(plain)?,
    };
    Ok(())
}
