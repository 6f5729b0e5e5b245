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
    /// By the text itself: hashes of texts that are no secret, made beforehand. They count where the table has none.
    pub published: BTreeMap<String, ChosenSecretHash>,
}

/// Replaces every placeholder of `reading` by a hash: a stored one of the same text, or else a new one.
pub fn reuse_hashes(items: &mut TenantItems, plain: &[String], stored: &StoredHashes) -> Result<(), HashingFailed> {
    let secrets = Hasher {
        plain,
        published: &stored.published,
        is_hash_of: ChosenSecretHash::matches,
        hashed: ChosenSecretHash::of_client_secret,
    };
    for server in &mut items.tenant.fhir_servers {
        secrets.hash_all(&mut server.secrets, stored.callers.get(&server.name))?;
    }
    for resource in &mut items.tenant.resources {
        secrets.hash_all(&mut resource.secrets, stored.callers.get(&resource.name))?;
    }
    for ehr in &mut items.tenant.ehrs {
        secrets.hash_all(&mut ehr.secrets, stored.callers.get(&ehr.name))?;
    }
    for client in &mut items.clients {
        let stored = stored.clients.get(&client.client_id);
        if let Some(of_client) = client_secrets_mut(client) {
            secrets.hash_all(of_client, stored)?;
        }
    }
    let passwords = Hasher { is_hash_of: is_hash_of_password, hashed: ChosenSecretHash::of_password, ..secrets };
    let kept: BTreeMap<String, &String> = stored.users.keys().map(|name| (precis::username(name), name)).collect();
    for user in &mut items.users {
        user.username = kept_username(&user.username, stored, &kept);
        passwords.hash_one(&mut user.password, stored.users.get(&user.username.to_lowercase()))?;
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

/// What hashes one kind of text.
#[derive(Clone, Copy)]
struct Hasher<'a> {
    plain: &'a [String],
    published: &'a BTreeMap<String, ChosenSecretHash>,
    is_hash_of: fn(&ChosenSecretHash, &str) -> bool,
    hashed: fn(&str) -> Result<ChosenSecretHash, HashingFailed>,
}

impl Hasher<'_> {
    fn hash_all(&self, hashes: &mut [ChosenSecretHash], stored: OfOwner<'_>) -> Result<(), HashingFailed> {
        hashes.iter_mut().try_for_each(|hash| self.hash_one(hash, stored))
    }

    fn hash_one(&self, hash: &mut ChosenSecretHash, stored: OfOwner<'_>) -> Result<(), HashingFailed> {
        let ChosenSecretHash::Argon2id(text) = &*hash else { return Ok(()) };
        let number = text.strip_prefix(LATER).and_then(|number| number.parse::<usize>().ok());
        let Some(plain) = number.and_then(|number| self.plain.get(number)) else { return Ok(()) };
        let published = self.published.get(plain);
        let is_same =
            |hash: &&ChosenSecretHash| hash.is_slow() && (published == Some(*hash) || (self.is_hash_of)(hash, plain));
        *hash = match stored.into_iter().flatten().find(is_same).or(published) {
            Some(same) => same.clone(),
            None => (self.hashed)(plain)?,
        };
        Ok(())
    }
}
