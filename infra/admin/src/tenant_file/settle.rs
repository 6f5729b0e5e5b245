//! Passwords and secrets that a file has in the clear: the hash that is there stays, if it is of the same text.

use super::{TenantItems, reading::LATER};
use crate::applied::secrets_mut;
use rules::secret::{ChosenSecretHash, HashingFailed};
use std::collections::BTreeMap;

type Hashes = BTreeMap<String, Vec<ChosenSecretHash>>;

/// Hashes that are about already, by whose they are.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub clients: Hashes,
    /// By name in lower case.
    pub users: Hashes,
    /// FHIR servers and EHRs, whose names differ.
    pub callers: Hashes,
}

pub fn settle(items: &mut TenantItems, plain: &[String], known: &Known) -> Result<(), HashingFailed> {
    for server in &mut items.tenant.fhir_servers {
        all(&mut server.secrets, (plain, known.callers.get(&server.name)))?;
    }
    for ehr in &mut items.tenant.ehrs {
        all(&mut ehr.secrets, (plain, known.callers.get(&ehr.name)))?;
    }
    for client in &mut items.clients {
        let known = known.clients.get(&client.client_id);
        if let Some(secrets) = secrets_mut(client) {
            all(secrets, (plain, known))?;
        }
    }
    for user in &mut items.users {
        one(&mut user.password, (plain, known.users.get(&user.username.to_lowercase())))?;
    }
    Ok(())
}

type Texts<'a> = (&'a [String], Option<&'a Vec<ChosenSecretHash>>);

fn all(hashes: &mut [ChosenSecretHash], texts: Texts<'_>) -> Result<(), HashingFailed> {
    hashes.iter_mut().try_for_each(|hash| one(hash, texts))
}

fn one(hash: &mut ChosenSecretHash, (plain, known): Texts<'_>) -> Result<(), HashingFailed> {
    let ChosenSecretHash::Argon2id(text) = &*hash else { return Ok(()) };
    let number = text.strip_prefix(LATER).and_then(|number| number.parse::<usize>().ok());
    let Some(plain) = number.and_then(|number| plain.get(number)) else { return Ok(()) };
    let same = known.into_iter().flatten().find(|known| known.is_slow() && known.matches(plain));
    *hash = match same {
        Some(same) => same.clone(),
        None => ChosenSecretHash::of_password(plain)?,
    };
    Ok(())
}
