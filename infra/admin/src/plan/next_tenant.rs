//! The tenant as it will be when the file is applied: what the file says, what commands have made, and what is derived from its clients.

use super::{
    applied::{AppliedItem, AppliedKind},
    tenant_in_table::TenantInTable,
};
use crate::tenant_file::{TenantItems, client_secrets};
use rules::{
    dpop::NonceKey,
    hash_work::HashWork,
    secret::ChosenSecretHash,
    signing_keys::{KeyState, rotation},
    tenant::{SigningAlg, Tenant},
};
use server::store::Versioned;
use std::collections::{BTreeMap, BTreeSet};

/// The tenant with what is derived from its clients.
pub fn next_tenant(before: &TenantInTable, items: &TenantItems) -> Tenant {
    let there = before.tenant.as_ref();
    let of_file: BTreeSet<String> = items.clients.iter().flat_map(|client| client.origins.iter().cloned()).collect();
    // An origin that no client of a file explains belongs to a client that was registered otherwise.
    let lines: BTreeMap<&String, _> = before.applied_of_kind(AppliedKind::Client).collect();
    let applied = before.clients.iter().filter(|(id, _)| lines.contains_key(id));
    let explained: BTreeSet<&String> = applied.flat_map(|(_, client)| client.origins.iter()).collect();
    let others =
        there.into_iter().flat_map(|tenant| tenant.origins.iter()).filter(|origin| !explained.contains(origin));
    let of_commands = before.other_clients.iter().flat_map(|client| client.origins.iter());
    let others: Vec<String> = others.chain(of_commands).cloned().collect();
    let Tenant { mut ehrs, mut fhir_servers, mut resources, .. } = items.tenant.clone();
    for ehr in &mut ehrs {
        let own = there
            .and_then(|tenant| tenant.ehrs.iter().find(|one| one.name == ehr.name))
            .map(|one| one.secrets.as_slice());
        keep_secrets(before.applied.get(&(AppliedKind::Ehr, ehr.name.clone())), own, &mut ehr.secrets);
    }
    let servers = fhir_servers.iter_mut().map(|server| (&server.name, &mut server.secrets));
    for (name, secrets) in servers.chain(resources.iter_mut().map(|resource| (&resource.name, &mut resource.secrets))) {
        let own = there.and_then(|tenant| tenant.guarded().find(|one| one.name() == name));
        let line = before.applied.get(&(AppliedKind::FhirServer, name.clone()));
        keep_secrets(line, own.map(|one| one.secrets()), secrets);
    }
    Tenant {
        ehrs,
        fhir_servers,
        resources,
        origins: of_file.into_iter().chain(others).collect(),
        ended: match (there, &before.deleted) {
            (Some(tenant), _) => tenant.ended.clone(),
            // Of a former tenant of this name.
            (None, Some(deleted)) => vec![deleted.ended()],
            (None, None) => Vec::new(),
        },
        longest_token_seconds: longest_token(before, items),
        former_token_seconds: there.map(|tenant| tenant.former_token_seconds.clone()).unwrap_or_default(),
        former_grant_seconds: there.map(|tenant| tenant.former_grant_seconds.clone()).unwrap_or_default(),
        dpop_nonce_key: nonce_key(there, items),
        refusal_work: refusal_work(before, items),
        ..items.tenant.clone()
    }
}

/// Made when the file first asks for nonces, and kept.
fn nonce_key(there: Option<&Versioned<Tenant>>, items: &TenantItems) -> Option<NonceKey> {
    let kept = there.and_then(|tenant| tenant.dpop_nonce_key.clone());
    kept.or_else(|| items.tenant.policy.dpop_nonce.then(NonceKey::random))
}

/// Secrets that a command made stay until the file has others than it had then.
fn keep_secrets(
    line: Option<&Versioned<AppliedItem>>,
    there: Option<&[ChosenSecretHash]>,
    wanted: &mut Vec<ChosenSecretHash>,
) {
    let unchanged = line.is_some_and(|line| line.secrets == *wanted);
    if let (true, Some(there)) = (unchanged, there) {
        *wanted = there.to_vec();
    }
}

fn longest_token(before: &TenantInTable, items: &TenantItems) -> i64 {
    let policy = &items.tenant.policy;
    let of_clients = items.clients.iter().chain(&before.other_clients).filter_map(|client| client.access_token_seconds);
    let of_policy = [policy.access_token_seconds, policy.backend_token_seconds, policy.id_token_seconds];
    of_clients.chain(of_policy).max().unwrap_or_default()
}

/// The work of comparing with the costliest user, client, FHIR server, resource or EHR of the file; never less than with a hash that this
/// server makes itself.
fn refusal_work(before: &TenantInTable, items: &TenantItems) -> HashWork {
    let users = items.users.iter().chain(&before.other_users).map(|user| HashWork::of(&user.password));
    let clients =
        items.clients.iter().chain(&before.other_clients).map(|client| HashWork::of_all(client_secrets(client)));
    let servers = items.tenant.guarded().map(|guarded| HashWork::of_all(guarded.secrets()));
    let ehrs = items.tenant.ehrs.iter().map(|ehr| HashWork::of_all(&ehr.secrets));
    users.chain(clients).chain(servers).chain(ehrs).fold(HashWork::default(), Ord::max)
}

/// One active key for each algorithm that this tenant signs with.
pub fn missing_keys(before: &TenantInTable, tenant: &Tenant) -> Vec<SigningAlg> {
    let has = |alg: &SigningAlg| before.keys.iter().any(|key| key.alg == *alg && key.state == KeyState::Active);
    rotation::algorithms(tenant).into_iter().filter(|alg| !has(alg)).collect()
}
