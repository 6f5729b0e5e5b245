//! A person's partition: the list of their grants, and the consents that are remembered. One query reads both.

use super::{Item, Key, List, Listed, Store, StoreError, Versioned, item, schema::allowed_by};
use rules::{
    authorize::remembered::RememberedConsent,
    grant::{GrantId, grant_index::ListedGrant},
    secret::SecretHash,
    tenant::TenantId,
    time::Timestamp,
};

const LISTED_PREFIX: &str = "GRANT#";

/// A grant's line in the list of the person who gave it.
pub fn listed_grant(tenant: &TenantId, sub: &str, grant: &GrantId) -> Key {
    Key { sk: format!("{LISTED_PREFIX}{}", grant.0), ..allowed_by(tenant, sub) }
}

impl Item for ListedGrant {
    fn key(&self) -> Key {
        listed_grant(&self.tenant, &self.sub, &self.grant)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

pub fn remembered_consent(tenant: &TenantId, sub: &str, name: &SecretHash) -> Key {
    Key { sk: format!("CONSENT#{}", name.as_str()), ..allowed_by(tenant, sub) }
}

impl Item for RememberedConsent {
    fn key(&self) -> Key {
        remembered_consent(&self.tenant, &self.sub, &self.name)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }

    fn listed(&self) -> Option<Listed> {
        Some(Listed::of(&self.tenant, List::Consents, &self.client_id, self.name.as_str()))
    }
}

pub enum Allowed {
    Grant(ListedGrant),
    Consent(Versioned<RememberedConsent>),
}

impl Allowed {
    pub async fn all_of(
        store: &Store,
        tenant: &TenantId,
        sub: &str,
        now: Timestamp,
    ) -> Result<Vec<Allowed>, StoreError> {
        let mut found = Vec::new();
        for item in store.partition(&allowed_by(tenant, sub).pk).await? {
            let is_line = item.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk.starts_with(LISTED_PREFIX));
            found.extend(match is_line {
                true => item::read(&item, now)?.map(|line: Versioned<ListedGrant>| Allowed::Grant(line.value)),
                false => item::read(&item, now)?.map(Allowed::Consent),
            });
        }
        Ok(found)
    }
}
