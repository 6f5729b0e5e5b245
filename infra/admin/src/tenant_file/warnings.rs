//! What a file may say and a specification advises against: shown with the plan, and written all the same.

use super::items::TenantItems;
use rules::{
    client::Client,
    identity_provider::changeable,
    tenant::{GrantType, Policy},
};

/// SMART App Launch 2.2, best practices: an access token of a person's app lives for an hour at most.
const SMART_TOKEN: i64 = 3600;
/// SMART App Launch 2.2, backend services: "expires_in … SHOULD NOT exceed 300".
const SMART_BACKEND_TOKEN: i64 = 300;

pub fn warnings(items: &TenantItems) -> Vec<String> {
    let policy = &items.tenant.policy;
    let of_policy = [
        ("access_token_seconds", policy.access_token_seconds, SMART_TOKEN),
        ("backend_token_seconds", policy.backend_token_seconds, SMART_BACKEND_TOKEN),
    ];
    let of_policy = of_policy.into_iter().filter(|(_, seconds, most)| seconds > most);
    let of_policy = of_policy.map(|(name, seconds, most)| too_long("[policy]", name, seconds, most));
    let of_clients = items.clients.iter().filter_map(of_client);
    // What can change hands finds somebody else one day.
    let of_providers = items.tenant.identity_providers.iter().flat_map(changeable::cautions);
    let of_docs = items.tenant.docs.as_ref().and_then(|_| short_refresh(policy));
    of_policy.chain(of_docs).chain(of_clients).chain(of_providers).collect()
}

/// 45 CFR 170.315(g)(10)(v)(A): "no less than three months", which may have 92 days.
const THREE_MONTHS: i64 = 92 * 86_400;

fn short_refresh(policy: &Policy) -> Option<String> {
    let seconds = policy.refresh_idle_seconds;
    let is_short = policy.grant_types.contains(&GrantType::RefreshToken) && seconds < THREE_MONTHS;
    is_short.then(|| {
        format!("[policy]: refresh_idle_seconds = {seconds}, where 45 CFR 170.315(g)(10) has three months at least: {THREE_MONTHS}")
    })
}

/// What is said of one client, also where a command registers it.
pub fn of_client(client: &Client) -> Option<String> {
    let most = if client.may_use(GrantType::ClientCredentials) { SMART_BACKEND_TOKEN } else { SMART_TOKEN };
    let seconds = client.access_token_seconds.filter(|seconds| *seconds > most)?;
    Some(too_long(&client.client_id, "access_token_seconds", seconds, most))
}

fn too_long(whose: &str, name: &str, seconds: i64, most: i64) -> String {
    format!("{whose}: {name} = {seconds}, where SMART App Launch 2.2 has {most} at most")
}
